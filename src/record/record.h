/* One record of the store: what nodes exchange and keep, and which of two wins.
 *
 * Of two records of one key the greater wins whole, by time, then tie, then ttl (never is the
 * longest). A tie is drawn with each write and sealed with it, so that records which are equal are
 * one write, however often it was sealed again; of those only the clocks are joined. A tombstone
 * has zeros for a tie and so gives way to a value of its millisecond: what an upstream node leaves
 * of a value that it evicted (the value's clock and time, sometimes its ttl) deletes nothing
 * elsewhere. Tombstones of one millisecond are one write.
 *
 * A record names its origin: the request that wrote it, so that a retry is known on any node, and
 * where the trail of its writer has it. That is no part of the order nor of the seal, whose keys
 * all nodes have; where copies of one write differ in it, the greater cause stays, then the greater
 * op.
 * Used by kv.h. Source: design, section 10; formats, sections 7, 12 and 13. */
#ifndef COFFER_RECORD_RECORD_H
#define COFFER_RECORD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum {
    RECORD_TIE = 12,
    RECORD_OP = 16,
    RECORD_CAUSE = 16 + 2 + 8,
};

enum record_flag {
    RECORD_TOMBSTONE = 1,
    RECORD_V1 = 2,        /* the blob is of the v1 form; a v1 tombstone has none */
    RECORD_EVICTABLE = 4, /* of a value: it may give way to others where room is needed */
    RECORD_FLAGS = 7,
};

/* Borrows all it names. */
struct record {
    struct bytes key;        /* 1 to LIMIT_KV_KEY bytes of UTF-8 */
    struct bytes clock;      /* encoded; the record's own, as its writer sealed it */
    struct bytes seen;       /* encoded; of all writes that were met for the key, this one's too */
    struct bytes blob;       /* see value_seal.h */
    uint64_t updated_at_ms;  /* wall time of the write, Unix */
    uint64_t ttl_ms;         /* 0: never expires; of a tombstone without meaning */
    uint8_t tie[RECORD_TIE]; /* start of the nonce that the value was first sealed under */
    uint8_t flags;
    uint8_t op[RECORD_OP];       /* of the request with an Idempotency-Key; zeros: without one */
    uint8_t cause[RECORD_CAUSE]; /* of its intent in the trail: boot, lane u16, seq u64; or zeros */
};

/* Which write a value is from. */
struct record_version {
    uint64_t updated_at_ms;
    uint8_t tie[RECORD_TIE];
};

/* Characters of a version as text: lower-case hex of its members, opaque to callers. */
#define RECORD_VERSION_TEXT 40

/* Returns: OK; VALUE_KEY when the key is empty, too long or no UTF-8. */
struct status record_check_key(struct bytes key);

/* Check the shape of a record from outside; its blob stays closed. Returns: OK; VALUE_KEY;
 * RECORD_INVALID for unknown flags, an evictable tombstone, a v2 tombstone with a ttl, a clock that
 * is not canonical, a blob whose length cannot be, or a tie that cannot be: zeros for a value,
 * others for a tombstone, not the start of a v1 blob. */
struct status record_check(const struct record *record);

/* What the v1 wire, which has no word for it, means: every value may give way but those below
 * wallet/, where the platform keeps what it cannot make again. */
bool record_v1_evictable(struct bytes key);

/* The last millisecond at which it is alive; UINT64_MAX when it never expires. */
uint64_t record_expires(uint64_t updated_at_ms, uint64_t ttl_ms);

/* Less than, equal to, greater than zero as a is to b, of one key. */
int record_order(const struct record *a, const struct record *b);

/* The same of their origins, cause before op. */
int record_origin_order(const struct record *a, const struct record *b);

/* The version of a record. It stays when clocks are joined and blobs sealed again. */
struct record_version record_version(const struct record *record);

/* Less than, equal to, greater than zero as a is to b. */
int record_version_order(const struct record_version *a, const struct record_version *b);

/* Append the text of a version. */
void record_version_write(const struct record_version *version, struct buf *out);

/* Read the text of a version. Returns: OK; VERSION_INVALID. On failure: *ret_version is zero. */
struct status record_version_read(struct bytes text, struct record_version *ret_version);

#endif
