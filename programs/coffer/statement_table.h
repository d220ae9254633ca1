/* Members of the bodies of statements: their names and kinds, by operation. One table, for reading
 * and for saying them. */
#ifndef COFFER_PROGRAM_STATEMENT_TABLE_H
#define COFFER_PROGRAM_STATEMENT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "statements/statement_body.h"

enum { STATEMENT_TABLE_MEMBERS = 8 /* of an operation, at most */, STATEMENT_TABLE_SCOPES = 8 };

/* How the value of a member is written. */
enum statement_kind {
    KIND_KEY, /* a file; or SCHEME:HEX, where there is none. Scheme and key lie side by side */
    KIND_BYTES,
    KIND_LABEL,
    KIND_NUMBER,
    KIND_TIME,
    KIND_SINCE,  /* a number; without one: nothing is void */
    KIND_FIXED,  /* hex of size bytes */
    KIND_ITEMS,  /* likewise, several, separated by commas */
    KIND_NAMES,  /* separated by commas */
    KIND_PEOPLE, /* likewise, or all */
    KIND_SCOPES,
    KIND_FELT,
    KIND_CHAIN,
    KIND_DOCUMENT, /* a text, or @FILE; without one: null, where it may be */
    KIND_TICKET,   /* a file */
    KIND_TRUTH,
};

struct statement_member {
    const char *name;
    enum statement_kind kind;
    bool is_needed;
    size_t at;   /* in union statement_body */
    size_t size; /* of FIXED and ITEMS */
};

/* The members of an operation; the one after the last has no name. */
const struct statement_member *statement_table(enum statement_op op);

/* The name of a bit of scopes. In: bit, below STATEMENT_TABLE_SCOPES. */
const char *statement_table_scope(size_t bit);

#endif
