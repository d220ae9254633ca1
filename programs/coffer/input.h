/* Files and standard input as bytes. */
#ifndef COFFER_PROGRAM_INPUT_H
#define COFFER_PROGRAM_INPUT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

/* A whole file, or standard input when path is "-". In: max, bytes at most.
 * Out: ret_text, in the arena.
 * Returns: OK; IO (it cannot be read); BODY_TOO_LARGE; NO_MEMORY.
 * On failure: *ret_text is empty. */
struct status input_read(struct arena *arena, const char *path, size_t max, struct bytes *ret_text);

#endif
