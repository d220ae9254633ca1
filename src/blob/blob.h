/* A store of named objects that nobody trusts: the port, which a folder implements, and later
 * others.
 *
 * An object is written once, whole or not at all, and never changed. Whoever holds the storage may
 * read, hide, replace, roll back and delete everything; what lies there has to be sealed and
 * counted by those who use it. Names are our own and leak: they must say nothing.
 * Used by snapshots. One caller at a time for each port. Calls wait for disk or network. */
#ifndef COFFER_BLOB_BLOB_H
#define COFFER_BLOB_BLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum {
    BLOB_NAME_MAX = 95,  /* bytes of a name, and a NUL makes 96 */
    BLOB_LIST_MAX = 256, /* names in a page of a list */
};

struct blob_name {
    char text[BLOB_NAME_MAX + 1]; /* a-z, 0-9 and the hyphen, which is not the first; then NULs */
};

struct blob_list {
    size_t count;
    bool more; /* there may be names behind the last one */
    struct blob_name names[BLOB_LIST_MAX];
};

struct blob_port {
    void *context;
    struct status (*get)(void *context, const struct blob_name *name, struct buf *out);
    struct status (*put)(void *context, const struct blob_name *name, struct bytes object);
    struct status (*list)(void *context, const struct blob_name *prefix,
                          const struct blob_name *after, struct blob_list *ret_list);
    struct status (*remove)(void *context, const struct blob_name *name);
};

/* Whether a text is a name: 1 to BLOB_NAME_MAX of its characters. */
bool blob_name_valid(const char *text);

/* The name that a text is. Returns: OK; BLOB_NAME. On failure: *ret_name is empty. */
struct status blob_name_of(const char *text, struct blob_name *ret_name);

/* Read an object. Out: out, appended. Returns: OK; BLOB_NAME; BLOB_ABSENT when there is none;
 * BLOB_FOREIGN when something else lies under the name, or more than fits into out; NO_MEMORY; IO
 * when the storage cannot be asked. On failure: out is as before. */
struct status blob_get(const struct blob_port *port, const struct blob_name *name, struct buf *out);

/* Write an object, so that it is there after a loss of power. Returns: OK, also when the same
 * object was there; BLOB_NAME; BLOB_EXISTS when anything else was; BLOB_FULL; NO_MEMORY; IO, after
 * which it may be there. On failure: no part of it is. */
struct status blob_put(const struct blob_port *port, const struct blob_name *name,
                       struct bytes object);

/* A page of the names that begin with prefix and come behind after (either may be empty), in byte
 * order. Returns: OK; BLOB_NAME; NO_MEMORY; IO. On failure: the list is empty. */
struct status blob_list(const struct blob_port *port, const struct blob_name *prefix,
                        const struct blob_name *after, struct blob_list *ret_list);

/* Delete an object. Returns: OK, also when there was none; BLOB_NAME; BLOB_FOREIGN when it is none
 * and stays; IO. */
struct status blob_remove(const struct blob_port *port, const struct blob_name *name);

#endif
