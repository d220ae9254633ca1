/* Files of keys: nobody else may read them, and nothing is ever written over.
 *
 * Used by client_key.h and user_key.h. */
#ifndef COFFER_CLIENT_KEY_FILE_H
#define COFFER_CLIENT_KEY_FILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

enum { KEY_FILE_MAX = 8192 };

/* Read a regular file, no link to one. Out: *ret_text in the arena, *secret*; *ret_is_private,
 * whether nobody else may read it.
 * Returns: OK; KEY_FILE when it is not there, none, or longer than KEY_FILE_MAX; NO_MEMORY.
 * On failure: *ret_text is empty. */
struct status key_file_read(const char *path, struct arena *arena, struct bytes *ret_text,
                            bool *ret_is_private);

/* Write a new file of mode 0600, to the disk. In: text, *secret*.
 * Returns: OK; KEY_FILE, with errno, also when there is such a file. On failure: there is no new
 * one. */
struct status key_file_write(const char *path, struct bytes text);

#endif
