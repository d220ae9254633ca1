/* A statement: something that an authority, a user or a key said for good, with who signed it.
 *
 * Record: {"v":1,"text","body","sigs":[[n,K,proof]],"t","block"}, members in this order, no spaces;
 * text as it was signed, body and bytes in base64 of URLs, t Unix ms, the latest that it could be
 * when it was committed, block as nodes write it, or -. What does not print as it was read is none.
 * The text is a CofferState/1 of wire/auth_text.h, whose hash of the body is that of the body.
 *
 * Reading says nothing of signatures: they are looked at once, when a statement is committed
 * (statement_check.h), and a record of the cluster was. Public data. Used by identity logs.
 * Source: formats for users, sections 16 and 21. */
#ifndef COFFER_STATEMENTS_STATEMENT_H
#define COFFER_STATEMENTS_STATEMENT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "statements/statement_body.h"
#include "wire/auth_text.h"

enum {
    STATEMENT_RECORD_MAX = 98304,
    STATEMENT_BLOCK_MAX = 96,
};

/* What a statement is made of. All borrowed. */
struct statement_parts {
    struct bytes text;
    struct bytes body;
    struct statement_sigs sigs;
    uint64_t t_ms;
    struct bytes block; /* visible ASCII */
};

/* Has pointers into itself: it stays where it was made. */
struct statement {
    struct bytes record; /* as it was read */
    struct statement_parts parts;
    struct auth_text_read_statement read;
    uint8_t proof_of[AUTH_TEXT_HASH]; /* P: SHA-256 of the text; its name */
    enum statement_op op;
    struct statement_scope scope;
    union statement_body body;
};

/* Read text, body and sigs of an object, in the forms of records: what clients send. In: arena,
 * which holds what *ret borrows, as the document does. Returns: OK; a failure of JSON,
 * INVALID_BASE64, RECORD_INVALID; NO_MEMORY. */
struct status statement_parts_read(struct arena *arena, const struct json_in *root,
                                   struct statement_parts *ret);

/* Append a record. Returns: OK; BUFFER_FULL. */
struct status statement_put(const struct statement_parts *parts, struct buf *out);

/* Read a record. In: arena, which holds *ret and what it borrows, besides record, which must
 * outlive it. Needs 41 bytes for each byte of record and of its body while it reads, and keeps
 * some kB and 3 times their length.
 * Returns: OK; RECORD_INVALID; NO_MEMORY. On failure: *ret is NULL.
 * Timing: n log n in the length of record. */
struct status statement_read(struct arena *arena, struct bytes record, struct statement **ret);

/* Whether it is about this scope of this domain and tenant. */
bool statement_is_of(const struct statement *statement, const struct auth_place *place,
                     struct bytes scope);

/* Order of statements: by P, then by record. Returns: less than, equal to, greater than zero. */
int statement_order(const struct statement *a, const struct statement *b);

/* The id of the authenticator that a proof is of, if it is one. */
void statement_sig_id(const struct statement *statement, const struct statement_sig *sig,
                      uint8_t ret[static AUTH_TEXT_ID]);

#endif
