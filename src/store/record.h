/* One record of the store: what nodes exchange and keep, and which of two wins.
 *
 * The winner of two records of one key is the greater by, in this order: updated_at; a tombstone
 * over a value; the plaintext as bytes; the ttl (never is the longest); the bytes of the clock that
 * it was sealed under; the v2 blob over the v1 blob. That is a total order, so that taking the
 * winner and joining the clocks is commutative, associative and idempotent for every member. Where
 * all are equal the records are the same, and which blob is kept (nonce, epoch) makes no
 * difference. Used by kv.h. Source: design, section 10; formats, section 7. */
#ifndef COFFER_STORE_RECORD_H
#define COFFER_STORE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum record_flag {
    RECORD_TOMBSTONE = 1,
    RECORD_V1 = 2, /* the blob is of the v1 form; a v1 tombstone has none */
    RECORD_FLAGS = 3,
};

/* Borrows all it names. */
struct record {
    struct bytes key;          /* 1 to LIMIT_KV_KEY bytes of UTF-8 */
    struct bytes clock;        /* encoded; of all writes that went into the record */
    struct bytes sealed_clock; /* encoded; as the writer of this value had it */
    struct bytes blob;         /* see value_seal.h */
    uint64_t updated_at_ms;    /* wall time of the write, Unix */
    uint64_t ttl_ms;           /* 0: never expires */
    uint8_t flags;
};

/* Which write a value is from. All zero for a value whose writer is unknown (an empty v1 clock). */
struct record_version {
    uint64_t updated_at_ms;
    uint64_t count;    /* the greatest of the clock that it was sealed under */
    uint8_t wallet[8]; /* the start of that wallet */
};

/* Characters of a version as text: lower-case hex of its members, opaque to callers. */
#define RECORD_VERSION_TEXT 48

/* Returns: OK; VALUE_KEY when the key is empty, too long or no UTF-8. */
struct status record_check_key(struct bytes key);

/* Check the shape of a record from outside; its blob stays closed. Returns: OK; VALUE_KEY;
 * RECORD_INVALID for unknown flags, a tombstone with a ttl, a clock that is not canonical or a blob
 * whose length cannot be. */
struct status record_check(const struct record *record);

/* The last millisecond at which it is alive; UINT64_MAX when it never expires. */
uint64_t record_expires(uint64_t updated_at_ms, uint64_t ttl_ms);

/* True if it has a ttl and now is past it. A tombstone never expires. */
bool record_is_expired(const struct record *record, uint64_t now_ms);

/* True if record_order must know the plaintexts of two checked records of one key. */
bool record_needs_plaintext(const struct record *a, const struct record *b);

/* Less than, equal to, greater than zero as a is to b. In: plaintexts, *secret*, used only where
 * record_needs_plaintext says so. Timing: depends on their lengths, on the answer and on all that
 * is not plaintext. */
int record_order(const struct record *a, struct bytes a_plaintext, const struct record *b,
                 struct bytes b_plaintext);

/* The version of a checked record. It stays when clocks are joined and blobs sealed again. */
struct record_version record_version(const struct record *record);

bool record_version_equal(const struct record_version *a, const struct record_version *b);

/* True if a record contains the write of a version: it is later, or as late and its joined clock
 * has counted that write. */
bool record_contains(const struct record *record, const struct record_version *version);

/* Append the text of a version. */
void record_version_write(const struct record_version *version, struct buf *out);

/* Read the text of a version. Returns: OK; VERSION_INVALID. On failure: *ret_version is zero. */
struct status record_version_read(struct bytes text, struct record_version *ret_version);

#endif
