/* Derived keys, kept for a while: bounded, in locked memory, shared by all event loops.
 *
 * An entry is found by a key_cache_id, which is made of (tenant id, username, key index) together,
 * so that nothing is ever found by a username alone. When the cache is full, entries that were not
 * used lately give way; their memory is wiped first. All functions may be called from any thread.
 * Used by user_keys.h only. Source: formats, sections 3, 4 and 11. */
#ifndef COFFER_KEYS_KEY_CACHE_H
#define COFFER_KEYS_KEY_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "crypto/felt.h"
#include "crypto/stark_key.h"
#include "digest/keyed_sum.h"
#include "digest/sha256.h"
#include "keys/domain.h"

enum {
    KEY_CACHE_ENTRIES_MAX = 100000000,
    KEY_CACHE_VERIFY_EACH = 64, /* one signature in so many is verified in full */
};

/* What an entry is found by: a keyed hash, so that nobody outside can aim at the place of another
 * entry. Public. */
struct key_cache_id {
    uint8_t b[32];
};

/* A tenant's part of all its ids, prepared once. Public. */
struct key_cache_tenant {
    struct sha256_state state;
};

/* What an entry holds. *secret* in key. */
struct key_cache_value {
    struct stark_key key;
    struct felt public_key;
    struct keyed_sum sum; /* of both and of the id, under a key of the cache */
};

void key_cache_value_wipe(struct key_cache_value *value);

struct key_cache_stats {
    uint64_t entries;
    uint64_t capacity;
    uint64_t hits;
    uint64_t misses;
    uint64_t evictions;
    size_t bytes; /* of all memory, locked or not */
};

struct key_cache;

/* An empty cache. In: entries, 1 to KEY_CACHE_ENTRIES_MAX; mem, the budget for what is not secret.
 * Takes 32 bytes of locked memory for each entry at once, and a page more.
 * Returns: OK; NO_MEMORY, also when the kernel refuses to lock (RLIMIT_MEMLOCK); ENTROPY.
 * On failure: *ret is NULL. */
struct status key_cache_open(size_t entries, struct mem *mem, const struct entropy *entropy,
                             struct key_cache **ret);

/* Wipe and free; *cache becomes NULL (it may be NULL). No other thread may be inside. */
void key_cache_close(struct key_cache **cache);

struct key_cache_tenant key_cache_tenant(const struct key_cache *cache,
                                         const uint8_t tenant[static DOMAIN_TENANT_ID]);

/* In: user, a valid username. Timing: depends on the length of user. */
struct key_cache_id key_cache_id(const struct key_cache_tenant *tenant, struct bytes user,
                                 uint64_t index);

/* The key of the sums, for what is kept beside the cache and lives no longer. *secret*. */
const struct keyed_sum_key *key_cache_sum_key(const struct key_cache *cache);

/* Set the sum of a value that was derived just now. In: id, the one it belongs to; value, *secret*.
 * Timing: constant. */
void key_cache_sum(const struct key_cache *cache, const struct key_cache_id *id,
                   struct key_cache_value *value);

/* Whether a value is still what its sum was made of. The entry is dropped when it is not.
 * In: value, *secret*. Returns: OK; SELF_CHECK, then nothing made with the value may be released.
 * Timing: depends on the answer only. */
struct status key_cache_check(struct key_cache *cache, const struct key_cache_id *id,
                              const struct key_cache_value *value);

/* Look an entry up and check it. Out: *ret, *secret*, zero when there is none; *ret_hit.
 * Returns: OK, hit or not; SELF_CHECK as key_cache_check: the next one derives the key again.
 * On failure: *ret is zero, *ret_hit false.
 * Timing: tells whether the entry is there and how full its shard is; nothing about the key. */
struct status key_cache_get(struct key_cache *cache, const struct key_cache_id *id,
                            struct key_cache_value *ret, bool *ret_hit);

/* Keep an entry, without notes; one that is there already stays as it is. In: value, *secret*, with
 * its sum.
 * Timing: as key_cache_get. */
void key_cache_put(struct key_cache *cache, const struct key_cache_id *id,
                   const struct key_cache_value *value);

/* Count a signature that is about to be made. Returns: true when it must be verified in full: none
 * of this entry has been so far, or KEY_CACHE_VERIFY_EACH - 1 went by since the last one, or there
 * is no such entry. */
bool key_cache_count_signature(struct key_cache *cache, const struct key_cache_id *id);

/* Note that a signature of this key passed the full verification. */
void key_cache_note_signature(struct key_cache *cache, const struct key_cache_id *id);

/* True when it is noted that the public key was derived twice with one result; and note that. */
bool key_cache_shown(struct key_cache *cache, const struct key_cache_id *id);
void key_cache_note_shown(struct key_cache *cache, const struct key_cache_id *id);

/* Wipe one entry, if it is there, or all of them. */
void key_cache_drop(struct key_cache *cache, const struct key_cache_id *id);
void key_cache_clear(struct key_cache *cache);

struct key_cache_stats key_cache_stats(struct key_cache *cache);

#endif
