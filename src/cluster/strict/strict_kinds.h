/* The kinds of strict records: what their values are, and how two of one key become one.
 *
 * What is secret in a value is sealed by who makes it. A merge is a join: in any order, any number
 * of times, the same comes out, so that records can go any way between members. Values are
 * big-endian, with what decides first in them:
 *
 *   STATEMENT  immutable, one for each hash of a text: of two that were checked at once the lesser
 *   REVOKED    until u64, Unix ms; the later; gone with the end of that minute
 *   FACTOR     term u64, last u64, fails u64, the time of the last failure u64, secret; the greater
 *   SPENT      [window u8, bucket u64, sum 32], ascending; the greater sum of each bucket, of each
 *              window the newest 64
 *   LANE       changes u64, next u64, what was used: what was written under the greatest ballot, as
 *              for an object; under one ballot the greater, which is the one that was changed last
 *   APPROVAL   immutable: of two, which nobody makes, the lesser
 *   DECISION   1 approve or 2 reject, proof; the greater: reject wins
 *   OBJECT     term u64, nonce, object: what was written under the greatest ballot, since what
 *              no majority has held was never said to anybody; under one ballot the lesser
 *   BEGUN      Unix ms u64, term u64: when a cluster began with a snapshot, after which terms; the
 *              greater. Made by strict_begin alone
 *
 * Used by the table of records and by who makes records. Source: formats for users, section 17. */
#ifndef COFFER_CLUSTER_STRICT_STRICT_KINDS_H
#define COFFER_CLUSTER_STRICT_STRICT_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"

enum {
    STRICT_BOOT = 16,
    STRICT_VALUE_MAX = 98304,
    STRICT_BUCKET = 1 + 8 + 32, /* bytes of a bucket of what was spent */
    STRICT_WINDOWS_MAX = 4,     /* windows have the numbers 0 to 3 */
    STRICT_BUCKETS_MAX = 64,    /* of a window, at least as long as its window is */
    STRICT_SPENT_MAX = STRICT_WINDOWS_MAX * STRICT_BUCKETS_MAX * STRICT_BUCKET,
};

/* The last term, and number of a set: what says more is malformed, and nobody counts on. */
#define STRICT_NUMBER_MAX (UINT64_MAX / 2)

/* Who may act for a slot: of two the one of the later term, of equal terms of the greater boot. */
struct strict_ballot {
    uint64_t term; /* 0: none */
    uint8_t boot[STRICT_BOOT];
};

/* Less than, equal to, greater than zero as a is to b. */
int strict_ballot_order(const struct strict_ballot *a, const struct strict_ballot *b);

/* name, how it merges, whether only the home of its slot writes it, whether the greater ballot
 * decides, whether a node may not act without it, bytes of a value at most */
#define STRICT_KINDS(X)                                       \
    X(STATEMENT, LEAST, false, false, true, STRICT_VALUE_MAX) \
    X(REVOKED, GREATER, false, false, true, 8)                \
    X(FACTOR, GREATER, true, false, false, 512)               \
    X(SPENT, BUCKETS, true, false, false, STRICT_SPENT_MAX)   \
    X(LANE, GREATER, true, true, false, 4096)                 \
    X(APPROVAL, LEAST, false, false, false, 8192)             \
    X(DECISION, GREATER, false, false, false, 4096)           \
    X(OBJECT, LEAST, true, true, false, 512)                  \
    X(BEGUN, GREATER, false, false, true, 16)

enum strict_kind {
#define STRICT_KIND_NAME(name, merge, has_home, by_ballot, is_listed, max) STRICT_##name,
    STRICT_KINDS(STRICT_KIND_NAME)
#undef STRICT_KIND_NAME
        STRICT_KINDS_COUNT,
};

/* Whether only the home of a slot writes records of a kind. */
bool strict_kind_has_home(enum strict_kind kind);

/* Whether a node may act only if it lacks none of them. */
bool strict_kind_is_listed(enum strict_kind kind);

/* Whether a value is one of its kind. */
bool strict_value_is_valid(enum strict_kind kind, struct bytes value);

/* From when on a record is gone, Unix ms: a full minute, so that all nodes drop it at once and
 * have the same but for a moment. UINT64_MAX: it stays. */
uint64_t strict_value_gone_ms(enum strict_kind kind, struct bytes value);

/* A value with the ballot that it was written under. */
struct strict_version {
    struct strict_ballot ballot;
    struct bytes value;
};

/* What two valid ones become. In: memory, STRICT_SPENT_MAX bytes. Returns: the value, in memory or
 * one of the two; the greater ballot. */
struct strict_version strict_merge(enum strict_kind kind, const struct strict_version *a,
                                   const struct strict_version *b, uint8_t *memory);

#endif
