/* How the store lies in memory, and what its files share.
 *
 * A record is one block: the header, then key, clock, what was seen (unless it is the same), blob;
 * and behind them, for what will expire or is dead, a struct kv_due.
 * It is in its namespace's tree by key, in one of the namespace's lists by state, and unless it is
 * spent in the list of changes and in the tree of its leaf of the digest. */
#ifndef COFFER_STORE_KV_INTERNAL_H
#define COFFER_STORE_KV_INTERNAL_H

#include "base/ordered_tree.h"
#include "store/kv.h"
#include "store/kv_digest.h"

enum kv_state {
    KV_LIVE,    /* has a value; may be past its ttl until kv_tick or a write finds out */
    KV_EXPIRED, /* hidden, still whole: peers may need it as evidence */
    KV_SPENT,   /* its blob had to go; times and clocks remain */
    KV_BURIED,  /* a tombstone */
};

enum { KV_DIGEST_NODES = 1 + 16 + 256 + 4096 + KV_DIGEST_LEAVES };

/* A digest of a record, or a sum of them. */
struct kv_sum {
    uint64_t high;
    uint64_t low;
};

/* A place in a list that is a ring through its head. */
struct kv_link {
    struct kv_link *previous;
    struct kv_link *next;
};

struct kv_space {
    struct ordered_node by_id;
    struct ordered_node by_size; /* while an app's with something that may go */
    uint8_t id[DOMAIN_TENANT_ID];
    bool is_system;
    bool is_sized; /* in the tree by size */
    struct ordered_tree records;
    struct kv_link live;    /* evictable; the most recently used first, as in all lists */
    struct kv_link kept;    /* live, not evictable */
    struct kv_link expired; /* whole */
    struct kv_link graves;  /* tombstones and spent records */
    size_t grave_count;
    size_t grave_bytes;
    size_t live_count;
    size_t kept_count;
    size_t kept_bytes;           /* of what is in kept */
    size_t bytes;                /* of the records and of this struct */
    struct record_version floor; /* all zeros: none */
    uint64_t evicted_ms;         /* the latest time of a record that was evicted */
};

struct kv_record {
    struct kv_change change;
    struct kv_link link;
    struct kv_space *space;
    uint64_t updated_at_ms;
    uint64_t ttl_ms;
    struct kv_sum digest; /* unless it is spent */
    struct ordered_node by_leaf;
    uint16_t leaf;
    uint16_t key_len;
    uint16_t clock_len;
    uint16_t seen_len; /* 0: no more than the clock */
    uint32_t blob_len;
    uint8_t tie[RECORD_TIE];
    uint8_t op[RECORD_OP];
    uint8_t cause[RECORD_CAUSE];
    uint8_t flags;
    uint8_t state;
    bool has_due;
    bool hides;                 /* something dead, within its retention, lies under a live record */
    struct ordered_node by_key; /* last, so that a search reads it and the key together */
    uint8_t bytes[];
};

/* When the state of a record changes. Ordered by time, then by address. */
struct kv_due {
    struct ordered_node node;
    struct kv_record *record;
    uint64_t at_ms;
};

struct kv {
    struct kv_limits limits;
    uint8_t node[VECTOR_CLOCK_WALLET];
    struct mem *mem;
    struct ordered_tree spaces;
    struct ordered_tree by_size; /* namespaces of apps, by what may go */
    struct ordered_tree due;
    struct ordered_tree waiting; /* records from the future */
    struct kv_change changes;    /* the head of the ring */
    uint64_t seq;
    uint64_t now_ms;   /* the greatest seen: what expired stays so */
    size_t kept_bytes; /* of all apps, with their namespaces */
    struct kv_stats stats;
    struct kv_sum sums[KV_DIGEST_NODES];           /* level after level, from the root */
    struct ordered_node *leaves[KV_DIGEST_LEAVES]; /* roots of trees by tenant and key */
};

/* What a block of len bytes costs. */
size_t kv_cost(size_t len);

/* What a record costs. */
size_t kv_record_cost(const struct kv_record *record);

/* Views of what a record has. The record's time of expiry. */
struct bytes kv_record_key(const struct kv_record *record);
struct record kv_record_view(const struct kv_record *record);
struct kv_feed_item kv_record_item(const struct kv_record *record);
bool kv_record_visible(const struct kv *kv, const struct kv_record *record);

/* Whether a record is alive and may not be evicted. */
bool kv_record_kept(const struct kv_record *record);

/* Whether a record is a tombstone or has expired; what is left of an evicted one is not dead. */
bool kv_record_dead(const struct kv *kv, const struct kv_record *record);

/* Whether what takes the place of old (or NULL) hides something dead. */
bool kv_record_hides(const struct kv *kv, const struct kv_record *old);

/* Bytes of the block that kv_record_make makes of a view. */
size_t kv_record_len(const struct record *view, bool has_due);

/* A block with the content of a view, in no structure yet; with a struct kv_due if has_due. The
 * blob is copied, unless its ptr is NULL, which leaves blob.len zeros to fill.
 * Returns: OK, NO_MEMORY. */
struct status kv_record_make(struct kv *kv, const struct record *view, bool has_due,
                             struct kv_record **ret);
uint8_t *kv_record_blob(struct kv_record *record);

/* Free a record that is in no structure; *record may be NULL. */
void kv_record_free(struct kv *kv, struct kv_record **record);

/* The namespace of an id; NULL when there is none. */
struct kv_space *kv_space_find(const struct kv *kv, const uint8_t id[static DOMAIN_TENANT_ID]);

/* The record of a key; NULL when there is none. */
struct kv_record *kv_space_record(const struct kv_space *space, struct bytes key);

/* Whether a record of this cost may replace old (or NULL) in a namespace (or NULL: a new one).
 * In: adds_kept, it is a new value that is not evictable. Returns: OK, VALUE_QUOTA. */
struct status kv_space_fits(const struct kv *kv, const struct kv_at *at,
                            const struct kv_record *old, size_t cost, bool adds_kept);

/* Whether it may without anything else going. */
bool kv_space_has_room(const struct kv *kv, const struct kv_at *at, const struct kv_record *old,
                       size_t cost);

/* What may go of a namespace. What of a quota values may take that are not evictable. */
size_t kv_space_loose(const struct kv_space *space);
size_t kv_kept_limit(size_t quota);

/* Let the digest follow as record (or NULL) takes the place of old (or NULL); not both are NULL.
 * In: record, whose namespace is set. */
void kv_digest_change(struct kv *kv, struct kv_record *old, struct kv_record *record);

/* Put a record in the place of old (or NULL), which is freed, and make room; a namespace is made
 * where there is none. In: record, whose state and time due are set; it fits. Returns: OK;
 * NO_MEMORY. On failure: nothing changes, and record is freed. */
struct status kv_place(struct kv *kv, const struct kv_at *at, struct kv_record *old,
                       struct kv_record *record);

/* Let a checked record wait, unless it does. Returns: OK; RECORD_FUTURE without room; NO_MEMORY. */
struct status kv_waiting_add(struct kv *kv, const struct kv_at *at, const struct record *record);

/* Orders what waits; key is a struct kv_feed_item. Forget all of it. */
int kv_waiting_compare(const void *key, const struct ordered_node *node);
void kv_waiting_clear(struct kv *kv);

/* The struct kv_due of a record that has one. */
struct kv_due *kv_due_of(struct kv_record *record);

/* Free a namespace without records. */
void kv_space_free(struct kv *kv, struct kv_space *space);

/* Mark a record as the most recently used. */
void kv_touch(struct kv_record *record);

/* The record that a node by_key is in. */
struct kv_record *kv_record_of(const struct ordered_node *node);

/* a + b, at most UINT64_MAX. */
uint64_t kv_later(uint64_t a, uint64_t b);

#endif
