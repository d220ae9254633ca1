/* The store: records of namespaces in bounded memory; put, get, delete, list, merge.
 *
 * A state machine: no clock, lock, socket or entropy of its own; time, keys and nonces come with
 * the call, and calls on one store must not overlap.
 *
 * A namespace belongs to one tenant and is an app's or the system's (tenants, users, revocations).
 * Every record lies there sealed (value_seal.h). What it costs (names, clocks, indexes and the
 * allocator's share included) counts against LIMITS: of the app, and of all apps together; the
 * system has a cap of its own.
 *
 * Room. Of the app beyond its quota, or of the app with most that may go when all together are
 * beyond theirs, this goes, in this order, until it fits: values of expired records; the least
 * recently used evictable record (written, merged or read; lists do not count); the oldest
 * tombstone. What was just written never goes, nor do live records that are not evictable: a write
 * that cannot fit beside them is refused. They take at most 15/16 of a quota, so that there is room
 * for tombstones. The system's records never go; a write beyond the system's cap is refused.
 *
 * Nothing comes back:
 * - A deleted key leaves a tombstone that beats lesser records (record.h), for retention_ms from
 *   its updated_at (from now, when a late tombstone deleted something here). A namespace keeps at
 *   most `tombstones` of them, in at most a quarter of its quota; one that has to go earlier raises
 *   the namespace's floor to its version, and no record up to the floor is taken in for a key that
 *   is not here.
 * - An expired record is hidden for good, even if the clock goes back, and beats lesser records
 *   like a tombstone, for retention_ms after it expired. Of its value nothing needs to be left.
 * - An evicted record leaves nothing: it was a cache entry, and a peer's copy of it, of an older
 *   write or of a later one may come in. Only where something dead lies under it, its times and
 *   clocks stay for the retention: then the same write or a later one may come in, nothing lesser.
 * A peer that was apart for longer than the retention must start from a snapshot, or it brings back
 * what was deleted meanwhile.
 *
 * Cost: find, put, delete, merge O(log n); eviction O(log n) for each record that goes; a page of a
 * list O(log n + page); expiry O(log n) each, bounded in every call. Keys are ordered in a balanced
 * tree, which hostile keys cannot unbalance.
 * Used by the service and the cluster. Source: design, section 10. */
#ifndef COFFER_STORE_KV_H
#define COFFER_STORE_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/status.h"
#include "record/record.h"
#include "record/value_seal.h"
#include "record/vector_clock.h"

struct kv;

/* Bytes but for those that say otherwise. */
struct kv_limits {
    size_t app_bytes;
    size_t all_apps_bytes; /* app_bytes or more */
    size_t system_bytes;
    size_t tombstones;     /* of a namespace, 1 or more */
    uint64_t retention_ms; /* of what is dead */
    uint64_t future_ms;    /* how far ahead of now a record may come from */
    size_t waiting_bytes;  /* of records from beyond that */
};

/* Where and when: what every call brings. */
struct kv_at {
    const struct value_seal_keys *keys; /* of the namespace, whose id is keys->tenant */
    uint64_t now_ms;                    /* wall time */
    bool is_system;                     /* the same for a namespace in every call */
};

enum kv_condition {
    KV_ALWAYS,
    KV_IF_ABSENT,  /* nothing is visible under the key */
    KV_IF_VERSION, /* what is visible is of this version */
};

struct kv_write {
    struct bytes key;
    struct bytes value; /* *secret*; kv_delete takes none */
    uint64_t ttl_ms;    /* 0: never expires; kv_delete takes none */
    bool evictable;     /* a value that may give way to others */
    enum kv_condition condition;
    struct record_version version;
    bool has_after;
    struct record_version after;     /* if has_after: this write or a later one must be here */
    uint8_t nonce[VALUE_SEAL_NONCE]; /* fresh random bytes */
    uint8_t op[RECORD_OP];           /* see record.h */
    uint8_t cause[RECORD_CAUSE];
};

struct kv_read {
    struct bytes key;
    bool has_since;
    struct record_version since; /* if has_since: the answer must be this write or a later one */
};

/* About a record that is visible. */
struct kv_found {
    struct bytes key; /* in the store, until the next call that writes */
    struct record_version version;
    uint64_t ttl_ms;
    size_t value_len;
    bool evictable;
};

struct kv_list {
    struct bytes prefix; /* may be empty */
    struct bytes after;  /* where the page before ended; empty for the first */
    size_t max;          /* keys in the page, 1 to LIMIT_KV_PAGE */
};

struct kv_page {
    size_t count;
    bool more;         /* there may be keys after next */
    struct bytes next; /* in the store, until the next call that writes */
};

enum kv_merged {
    KV_KEPT,     /* nothing changed */
    KV_JOINED,   /* the record here won, its clocks or its origin grew */
    KV_REPLACED, /* the record that came in won, or there was none */
    KV_WAITS,    /* it is from the future and not held yet */
};

struct kv_stats {
    size_t namespaces;
    size_t records; /* alive or not yet found to be expired */
    size_t dead;    /* tombstones and expired records */
    size_t bytes;   /* of apps */
    size_t system_bytes;
    size_t waiting; /* records from the future */
    size_t waiting_bytes;
    uint64_t evictions;  /* of live records */
    uint64_t expiries;   /* records that were found to be expired */
    uint64_t early_ends; /* tombstones that went before their retention */
};

/* What a namespace has. Bytes count as against the quota: with names, clocks and indexes. */
struct kv_usage {
    size_t bytes;
    size_t kept_bytes;       /* of values that may not give way */
    size_t limit_bytes;      /* for all */
    size_t limit_kept_bytes; /* for values that may not give way */
    size_t values;           /* alive or not yet found to be expired */
    size_t kept_values;
    size_t dead; /* what is left of deleted, expired and evicted values */
};

/* What LIMIT_KV_* say. */
struct kv_limits kv_limits_default(void);

/* An empty store. In: node, the wallet that counts writes here; mem, for as much as all limits
 * together, two values and the 1.6 MB of the digest. Returns: OK; NO_MEMORY. On failure: *ret is
 * NULL. */
struct status kv_open(const struct kv_limits *limits,
                      const uint8_t node[static VECTOR_CLOCK_WALLET], struct mem *mem,
                      struct kv **ret);

/* Free all; *kv becomes NULL (it may be NULL). */
void kv_close(struct kv **kv);

/* Write a value; or, where the value under the key, alive or not, has this op, which is not zeros,
 * change nothing and tell of that one: a request that is asked again, here or on another node, is
 * done once, whatever its condition. Its time is max(now, what was there + 1), its clock all that
 * was seen for the key with this node's count bumped, its tie the start of the nonce. Out: ret,
 * about the record (may be NULL). Returns: OK; VALUE_KEY; VALUE_TOO_LARGE; VERSION_BEHIND when
 * what it must come after was not seen here; VERSION_CONFLICT when the condition does not hold;
 * IDEMPOTENCY_CONFLICT when the value with this op is another; VALUE_QUOTA when it cannot fit;
 * VALUE_EPOCH, NO_MEMORY, INTERNAL, and for a repeat VALUE_SEAL. On failure: nothing changes.
 * Timing: tells whether a repeat has the same value. */
struct status kv_put(struct kv *kv, const struct kv_at *at, const struct kv_write *write,
                     struct kv_found *ret);

/* Put a tombstone in the place of a value; or, where a tombstone of this op is, as kv_put. Returns:
 * OK; VALUE_NOT_FOUND when nothing was visible (where the store has evicted records, a tombstone of
 * no op is written all the same if there is room, for a peer's copy); otherwise as kv_put. On other
 * failures: nothing changes. */
struct status kv_delete(struct kv *kv, const struct kv_at *at, const struct kv_write *write,
                        struct kv_found *ret);

/* Read a value. Out: ret_value, *secret*, appended; ret, about the record (may be NULL).
 * Returns: OK; VALUE_KEY; VALUE_NOT_FOUND; VERSION_BEHIND when this node has not seen the version;
 * VALUE_SEAL or VALUE_EPOCH when it does not open; BUFFER_FULL. On failure: *ret is zero. */
struct status kv_get(struct kv *kv, const struct kv_at *at, const struct kv_read *read,
                     struct buf *ret_value, struct kv_found *ret);

/* One page of the visible keys in byte order. A page may be short, even empty, while more is true:
 * what is hidden costs steps too, LIMIT_KV_PAGE_STEPS for one page. In: ret_found, room for
 * list->max. Returns: OK; NUMBER_RANGE when max is out of range. */
struct status kv_list(struct kv *kv, const struct kv_at *at, const struct kv_list *list,
                      struct kv_found *ret_found, struct kv_page *ret_page);

/* Take in a record from a peer: a join, so that stores which met the same records hold the same
 * times, ties, clocks, flags, origins and values whatever the order. What comes in must open; what
 * is here stays closed. Two v2 tombstones of one millisecond are sealed again, under both clocks.
 * From beyond future_ms it waits until kv_waiting_merge; where there is no room for all that
 * waits, the farthest do not.
 * In: record, from outside; nonce, fresh random bytes for that. Returns: OK; VALUE_KEY,
 * RECORD_INVALID; RECORD_FUTURE when it cannot wait; RECORD_STALE up to the floor; VALUE_SEAL,
 * VALUE_EPOCH; VALUE_QUOTA; NO_MEMORY, INTERNAL.
 * On failure: nothing changes and *ret_merged is KV_KEPT. */
struct status kv_merge(struct kv *kv, const struct kv_at *at, const struct record *record,
                       const uint8_t nonce[static VALUE_SEAL_NONCE], enum kv_merged *ret_merged);

/* The same for what comes because digests differ: a live evictable value of which nothing is here,
 * or only what is left of one, comes in where there is room beside all that is here, and no other
 * goes for it. Full nodes would hand each other for ever what each has evicted. Returns: also
 * VALUE_QUOTA where there is no such room. */
struct status kv_merge_if_room(struct kv *kv, const struct kv_at *at, const struct record *record,
                               const uint8_t nonce[static VALUE_SEAL_NONCE],
                               enum kv_merged *ret_merged);

/* Seal the record of a key, visible or not, under the key that seals, where it lies under one of an
 * earlier epoch of the root: in its place, with all else as it was, so that nobody is told of it.
 * Records of version 1 stay as they are. In: nonce, fresh random bytes. Out: *ret_changed, whether
 * it was. Returns: OK, also where there is nothing to do; VALUE_EPOCH, VALUE_SEAL when it does not
 * open; NO_MEMORY, INTERNAL. On failure: it is as it was. Cost: that of reading and writing it. */
struct status kv_reseal(struct kv *kv, const struct kv_at *at, struct bytes key,
                        const uint8_t nonce[static VALUE_SEAL_NONCE], bool *ret_changed);

/* The record of a key, visible or not, as peers get it. It does not count as a use. Out: views of
 * the store, until the next call that writes. Returns: false when there is none, or only what is
 * left of one that was evicted or expired. */
bool kv_peek(const struct kv *kv, const uint8_t tenant[static DOMAIN_TENANT_ID], struct bytes key,
             struct record *ret_record);

/* The number of the last change of what kv_peek finds; 0 when that is nothing. */
uint64_t kv_changed(const struct kv *kv, const uint8_t tenant[static DOMAIN_TENANT_ID],
                    struct bytes key);

/* Bury what expired and drop what is past its retention. Every write does a little of it too.
 * In: max, steps at most. Returns: the steps done; fewer than max when nothing is left. */
size_t kv_tick(struct kv *kv, uint64_t now_ms, size_t max);

struct kv_stats kv_stats(const struct kv *kv);

/* What a namespace of an app has, nothing when there is none. Cost: constant after its lookup. */
struct kv_usage kv_usage(const struct kv *kv, const uint8_t tenant[static DOMAIN_TENANT_ID]);

/* --- changes, for peers ----------------------------------------------------------------------- */

/* In the order of changes: neighbours, and the number of the change (0 for a feed's own mark). */
struct kv_change {
    struct kv_change *previous;
    struct kv_change *next;
    uint64_t seq;
};

/* A reader of changes, whose mark lies among them; any number, each costs every other one a step.
 * Changes of one record are seen once, as the latest. */
struct kv_feed {
    struct kv_change mark;
};

struct kv_feed_item {
    struct record record; /* views of the store, until the next call that writes */
    struct bytes tenant;
    bool is_system;
    uint64_t seq;
};

/* Start before all records, which is a snapshot, or behind them. The feed must not move. */
void kv_feed_open(struct kv *kv, struct kv_feed *feed, bool from_start);
void kv_feed_close(struct kv_feed *feed);

/* The next change behind the mark, which moves behind it. Returns: false when there is none. */
bool kv_feed_next(struct kv *kv, struct kv_feed *feed, struct kv_feed_item *ret_item);

/* Move the mark back to before all changes after seq. Cost: one step for each of them. */
void kv_feed_rewind(struct kv *kv, struct kv_feed *feed, uint64_t seq);

/* Show the record of a key, if there is one, to all feeds anew: behind all changes, unless it is
 * the last and no feed has passed it. */
void kv_announce(struct kv *kv, const uint8_t tenant[static DOMAIN_TENANT_ID], struct bytes key);

/* The number of the last change; 0 when there was none. */
uint64_t kv_seq(const struct kv *kv);

/* --- records from the future ------------------------------------------------------------------ */

/* The first whose time has come; to be asked every second, and until there is none. Out: views of
 * the store, until the next call that writes. Returns: false when there is none. */
bool kv_waiting_next(const struct kv *kv, uint64_t now_ms, struct kv_feed_item *ret_item);

/* Take it in, whatever comes of it. In: at, of its namespace and of a time when kv_waiting_next
 * named it. Returns: as kv_merge. */
struct status kv_waiting_merge(struct kv *kv, const struct kv_at *at,
                               const uint8_t nonce[static VALUE_SEAL_NONCE],
                               enum kv_merged *ret_merged);

#endif
