/* Derived keys, kept for a while: bounded, in locked memory, shared by all event loops.
 *
 * An entry is found by a key_cache_id, which is made of (tenant id, what its keys are derived from,
 * username, key index) together, so that nothing is ever found by a username alone, nor after the
 * seed has changed. When the cache is full, entries that were not used lately give way; their
 * memory is wiped first. Of KEY_CACHE_MET times as many keys it is remembered in 8 bytes each, none
 * of them secret, what they passed: such a key is derived again, but not checked again from the
 * start. All functions may be called from any thread.
 * Used by user_keys.h only. Source: formats, sections 3, 4 and 11. */
#ifndef COFFER_KEYS_CACHE_KEY_CACHE_H
#define COFFER_KEYS_CACHE_KEY_CACHE_H

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

enum {
    KEY_CACHE_ENTRIES_MAX = 100000000,
    KEY_CACHE_TENANT = 32,      /* bytes of a tenant's id */
    KEY_CACHE_VERIFY_EACH = 64, /* one signature in so many is verified in full */
    KEY_CACHE_MET = 16,         /* keys that are remembered, for each entry */
};

/* What a key has passed. */
enum key_cache_note {
    KEY_CACHE_SHOWN = 1,    /* derived twice, with one result */
    KEY_CACHE_VERIFIED = 2, /* and a signature of it was verified in full */
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

/* The last account of a key that was computed: what other and which mean is known to whoever keeps
 * it, who also computed the address twice. Public. */
struct key_cache_account {
    struct felt address;
    struct felt other;
    uint64_t which; /* 0: none is kept */
};

/* What an entry holds. *secret* in key. */
struct key_cache_value {
    struct stark_key key;
    struct felt public_key;
    struct key_cache_account account;
    struct keyed_sum sum; /* of all before and of the id, under a key of the cache */
    uint64_t notes;       /* enum key_cache_note, of this very key */
};

void key_cache_value_wipe(struct key_cache_value *value);

struct key_cache_stats {
    uint64_t entries;
    uint64_t capacity;
    uint64_t hits;
    uint64_t misses;
    uint64_t evictions;
    uint64_t recalled; /* of the misses: keys that were met before */
    size_t bytes;      /* of all memory, locked or not */
};

struct key_cache;

/* How many entries fit: what is not secret into bytes, the keys into locked bytes. From 1 to
 * KEY_CACHE_ENTRIES_MAX. */
size_t key_cache_entries_for(uint64_t bytes, uint64_t locked);

/* An empty cache. In: entries, 1 to KEY_CACHE_ENTRIES_MAX; mem, the budget for what is not secret.
 * Takes 32 bytes of locked memory for each entry at once, and a page more.
 * Returns: OK; NO_MEMORY, also when the kernel refuses to lock (RLIMIT_MEMLOCK); ENTROPY.
 * On failure: *ret is NULL. */
struct status key_cache_open(size_t entries, struct mem *mem, const struct entropy *entropy,
                             struct key_cache **ret);

/* Wipe and free; *cache becomes NULL (it may be NULL). No other thread may be inside. */
void key_cache_close(struct key_cache **cache);

/* In: source, a sum of what the tenant's keys are derived from. */
struct key_cache_tenant key_cache_tenant(const struct key_cache *cache,
                                         const uint8_t tenant[static KEY_CACHE_TENANT],
                                         const struct keyed_sum *source);

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

/* Set the notes of a value that was derived just now from what is remembered of the key. That it
 * was met makes it derived twice, with one result; a key that is not the one that was met, in its
 * secret half or its public one, gets no notes, but for one in 2^29. In: value, *secret*, with its
 * sum, which is made before so that no fault falls between the two.
 * Timing: tells whether the key was met; nothing about it. */
void key_cache_recall(struct key_cache *cache, const struct key_cache_id *id,
                      struct key_cache_value *value);

/* True when it is remembered that this account of this key was kept: another one passes with
 * probability 2^-31. */
bool key_cache_recalls_account(struct key_cache *cache, const struct key_cache_id *id,
                               const struct key_cache_value *value);

/* Keep an entry with its notes; one that is there already stays as it is. In: value, *secret*, with
 * its sum.
 * Timing: as key_cache_get. */
void key_cache_put(struct key_cache *cache, const struct key_cache_id *id,
                   const struct key_cache_value *value);

/* Keep the account and the sum of a value in the entry with the sum before it, if that is there,
 * and remember them. In: value, *secret*.
 * Timing: tells whether the entry is there and is that one. */
void key_cache_put_account(struct key_cache *cache, const struct key_cache_id *id,
                           const struct keyed_sum *before, const struct key_cache_value *value);

/* Count a signature that is about to be made. Returns: true when it must be verified in full: none
 * of this entry has been so far, or KEY_CACHE_VERIFY_EACH - 1 went by since the last one, or there
 * is no such entry. Of an entry that came verified it is not known how many went by: such entries
 * begin at all the counts there are in turn, so that one in KEY_CACHE_VERIFY_EACH is verified even
 * of keys that never stay. */
bool key_cache_count_signature(struct key_cache *cache, const struct key_cache_id *id);

/* Note what this very key has passed, and remember it. KEY_CACHE_VERIFIED also starts the count of
 * signatures again. In: value, *secret*. Timing: tells whether the key is in its entry. */
void key_cache_note(struct key_cache *cache, const struct key_cache_id *id,
                    const struct key_cache_value *value, enum key_cache_note note);

/* Wipe one entry, if it is there, or all of them and what is remembered. */
void key_cache_drop(struct key_cache *cache, const struct key_cache_id *id);
void key_cache_clear(struct key_cache *cache);

struct key_cache_stats key_cache_stats(struct key_cache *cache);

#endif
