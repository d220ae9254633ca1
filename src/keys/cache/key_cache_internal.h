/* How the cache lies in memory. Private to this module; tests look here for what must be wiped.
 *
 * A shard is a table with chains: a bucket's head and an entry's next are positions plus one, zero
 * ends a chain. Entry i has its key in keys[i]. Positions below count have been used; a dropped one
 * is in the list of free ones. */
#ifndef COFFER_KEYS_CACHE_KEY_CACHE_INTERNAL_H
#define COFFER_KEYS_CACHE_KEY_CACHE_INTERNAL_H

#include "base/thread.h"
#include "keys/cache/key_cache.h"
#include "keys/cache/key_memory_internal.h"

enum {
    KEY_CACHE_SHARDS = 16,
    KEY_CACHE_SHARD_MIN = 1024, /* fewer entries than this for each: one shard */
    KEY_CACHE_STEPS = 64,       /* of the hand, for one eviction */
};

struct key_cache_entry {
    struct key_cache_id id;
    struct felt public_key;
    struct key_cache_account account;
    struct keyed_sum sum;
    uint32_t next;
    uint8_t signatures; /* since the last full verification */
    uint8_t notes;
    bool recent; /* used since the hand passed */
};

struct key_cache_shard {
    struct thread_lock lock;
    struct key_cache_entry *entries;
    struct stark_key *keys; /* locked memory */
    uint32_t *heads;
    uint32_t buckets; /* a power of two */
    uint32_t capacity;
    uint32_t count; /* positions in use or free */
    uint32_t free;  /* list of dropped positions */
    uint32_t hand;  /* of the clock that finds what to evict */
    uint64_t live;
    uint64_t hits;
    uint64_t misses;
    uint64_t evictions;
    uint64_t recalled;
    uint64_t restored; /* verified entries that came back, at their first signature */
    struct key_memory memory;
};

struct key_cache {
    struct key_cache_shard shards[KEY_CACHE_SHARDS];
    uint32_t shard_count;
    uint8_t salt[16];
    struct mem *mem;
    void *entries; /* of all shards */
    void *heads;
    void *marks;
    void *keys;
    void *sum_key; /* struct keyed_sum_key in locked memory */
    size_t keys_len;
    size_t bytes;
};

#endif
