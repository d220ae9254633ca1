/* A tenant's users' keys: derived from the tenant's seed when they are needed, kept in the cache.
 *
 * No user is ever registered: every (username, index) has a key from the start, and no other user
 * changes it. Used by tenants and by every operation that shows or uses a key. All functions but
 * init and wipe may be called from any thread.
 * Source: formats, sections 3, 4 and 11. */
#ifndef COFFER_KEYS_USER_KEYS_H
#define COFFER_KEYS_USER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"
#include "crypto/felt.h"
#include "crypto/stark_key.h"
#include "keys/cache/key_cache.h"
#include "keys/derive_v2.h"
#include "keys/domain.h"

enum user_keys_derivation {
    USER_KEYS_V1, /* keys/derive_v1.h */
    USER_KEYS_V2, /* keys/derive_v2.h */
};

/* A tenant's source of keys, prepared once and then read only. *secret*: keep it in memory of
 * secret_alloc. */
struct user_keys {
    enum user_keys_derivation derivation;
    struct secret32 seed; /* of v1 */
    struct derive_v2 v2;  /* of v2 */
    struct key_cache *cache;
    struct key_cache_tenant tenant;
    struct keyed_sum sum; /* of all the others but cache: compared before each derivation */
};

/* A user's key in use: declare it with SECRET(user_key, name). *secret* in key. */
struct user_key {
    struct stark_key key;
    struct felt public_key; /* x of key*G */
    struct key_cache_account account;
    struct keyed_sum sum; /* of all before: see user_keys_intact */
    struct key_cache_id id;
    uint64_t notes; /* enum key_cache_note: what this key is known to have passed */
};

void user_keys_wipe(struct user_keys *keys);

static inline void user_key_wipe(struct user_key *key)
{
    secret_wipe(key, sizeof *key);
}

/* Prepare a source. In: tenant, its id; seed, *secret*; cache, which must outlive keys.
 * Timing: constant. */
void user_keys_init(struct user_keys *keys, const uint8_t tenant[static DOMAIN_TENANT_ID],
                    enum user_keys_derivation derivation, const struct secret32 *seed,
                    struct key_cache *cache);

/* The key of (user, index), from the cache or derived and then kept there.
 * In: keys, *secret*; user, from outside; index, up to LIMIT_KEY_INDEX. Out: *ret, *secret* in key.
 * Returns: OK; INVALID_USERNAME; INVALID_KEY_INDEX; SELF_CHECK (see stark_key_public), also when
 * the key in the cache is not what was put there (it is dropped, and the next call derives it
 * again) or when keys are not what init made (nothing is derived from them any more).
 * On failure: *ret is zero.
 * Timing: that of the cache and of the derivation; constant in the key's value. */
struct status user_keys_get(const struct user_keys *keys, struct bytes user, uint64_t index,
                            struct user_key *ret);

/* Derive key again from the seed, past the cache, and compare: what the self-checks rest on. When
 * the two differ, the cached one is dropped.
 * In: user, index, those that gave key; key, *secret*. Out: *ret, to verify signatures with.
 * Returns: OK; SELF_CHECK when they differ. On failure: *ret is zero; nothing may be released.
 * Timing: as user_keys_get. */
struct status user_keys_again(const struct user_keys *keys, struct bytes user, uint64_t index,
                              const struct user_key *key, struct stark_public *ret);

/* Before each signature with key: count it. Returns: true when this one must be verified in full
 * (hash recomputed from the parsed input, key derived with user_keys_again, signature verified
 * against that public key): the first with this key, and later one in KEY_CACHE_VERIFY_EACH. */
bool user_keys_must_verify(const struct user_keys *keys, const struct user_key *key);

/* True when it is remembered that this account of key was kept before, so that it need not be
 * computed twice: another one passes with probability 2^-31. */
bool user_keys_recalls_account(const struct user_keys *keys, const struct user_key *key,
                               const struct key_cache_account *account);

/* Keep an account that was computed twice, or recalled, with key in the cache.
 * Returns: OK, then key->account is it; SELF_CHECK as user_keys_intact. */
struct status user_keys_keep_account(const struct user_keys *keys, struct user_key *key,
                                     const struct key_cache_account *account);

/* After a signature that is not verified in full, before it is released: whether key still is what
 * user_keys_get gave. A signature by a key with a flipped bit would give that bit away.
 * In: key, *secret*. Returns: OK; SELF_CHECK: nothing may be released; the cached one is dropped.
 * Timing: depends on the answer only. */
struct status user_keys_intact(const struct user_keys *keys, const struct user_key *key);

/* After a full verification that passed. Until then, must_verify stays true for this key. */
void user_keys_verified(const struct user_keys *keys, struct user_key *key);

/* Before key's public key or an address of it is shown, but by a signature of which
 * user_keys_must_verify decides: user_keys_again, unless that is noted already.
 * Returns, On failure, Timing: as user_keys_again. */
struct status user_keys_show(const struct user_keys *keys, struct bytes user, uint64_t index,
                             struct user_key *key);

/* Public keys of indices first_index to first_index + count - 1, each derived twice and compared.
 * What is cached is used, but nothing is put into the cache.
 * In: count, 1 to LIMIT_DERIVE_COUNT; first_index + count - 1 up to LIMIT_KEY_INDEX.
 * Out: ret_public [count]. Returns: as user_keys_get; INVALID_COUNT; SELF_CHECK.
 * On failure: ret_public is unspecified. */
struct status user_keys_batch(const struct user_keys *keys, struct bytes user, uint64_t first_index,
                              size_t count, struct felt *ret_public);

/* True when public_key is that of (user, index): one lookup or derivation, however many users there
 * are.
 * Returns: as user_keys_get. On failure: *ret is false. */
struct status user_keys_owns(const struct user_keys *keys, struct bytes user, uint64_t index,
                             const struct felt *public_key, bool *ret);

#endif
