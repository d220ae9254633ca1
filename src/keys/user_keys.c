#include "keys/user_keys.h"

#include "base/ct.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "keys/derive_v1.h"
#include "keys/username.h"

void user_keys_wipe(struct user_keys *keys)
{
    secret_wipe(keys, sizeof *keys);
}

/* What the sum of a source is made of. */
enum { SUM_PARTS = 4, SOURCE_PARTS = 3 };

static void sum_parts(const struct user_keys *keys, struct bytes ret[static SUM_PARTS])
{
    ret[0] = (struct bytes){(const uint8_t *)&keys->derivation, sizeof keys->derivation};
    ret[1] = BYTES_ARRAY(keys->seed.b);
    ret[2] = (struct bytes){(const uint8_t *)&keys->v2, sizeof keys->v2};
    ret[3] = (struct bytes){(const uint8_t *)&keys->tenant, sizeof keys->tenant};
}

void user_keys_init(struct user_keys *keys, const uint8_t tenant[static DOMAIN_TENANT_ID],
                    enum user_keys_derivation derivation, const struct secret32 *seed,
                    struct key_cache *cache)
{
    _Static_assert((int)DOMAIN_TENANT_ID == KEY_CACHE_TENANT, "a tenant's id");
    *keys = (struct user_keys){.derivation = derivation, .cache = cache};
    if (derivation == USER_KEYS_V1) {
        keys->seed = *seed;
    } else {
        derive_v2_init(&keys->v2, seed);
    }
    struct bytes parts[SUM_PARTS];
    sum_parts(keys, parts);
    struct keyed_sum source = keyed_sum_of(key_cache_sum_key(cache), parts, SOURCE_PARTS);
    /* Entries are found by what is made of it: under a key that is random in each process, a sum
     * says nothing about the seed. */
    ct_public(&source, sizeof source);
    keys->tenant = key_cache_tenant(cache, tenant, &source);
    keys->sum = keyed_sum_of(key_cache_sum_key(cache), parts, SUM_PARTS);
}

static struct status derive_bytes(const struct user_keys *keys, struct bytes user, uint64_t index,
                                  struct secret32 *ret)
{
    /* Deriving twice from a seed that changed gives the same wrong key twice. */
    struct bytes parts[SUM_PARTS];
    sum_parts(keys, parts);
    TRY(keyed_sum_check(key_cache_sum_key(keys->cache), parts, SUM_PARTS, &keys->sum));
    if (keys->derivation == USER_KEYS_V2) {
        return derive_v2_key(&keys->v2, user, index, ret);
    }
    SECRET(derive_v1, derived);
    TRY(derive_v1_key(&keys->seed, user, index, &derived));
    *ret = derived.key;
    return OK;
}

static struct status derive(const struct user_keys *keys, struct bytes user, uint64_t index,
                            struct stark_key *ret_key, struct stark_public *ret_public)
{
    SECRET32(bytes);
    TRY(derive_bytes(keys, user, index, &bytes));
    TRY(stark_key_from_bytes(&bytes, ret_key));
    return stark_key_public(ret_key, ret_public);
}

/* In: keep, whether a key that had to be derived goes into the cache. */
static struct status find(const struct user_keys *keys, struct bytes user, uint64_t index,
                          bool keep, struct user_key *ret)
{
    *ret = (struct user_key){0};
    TRY(username_check(user));
    if (index > LIMIT_KEY_INDEX) {
        return FAIL(INVALID_KEY_INDEX);
    }
    struct key_cache_id id = key_cache_id(&keys->tenant, user, index);
    SECRET(key_cache_value, value);
    bool is_hit = false;
    TRY(key_cache_get(keys->cache, &id, &value, &is_hit));
    if (!is_hit) {
        struct stark_public public;
        TRY(derive(keys, user, index, &value.key, &public));
        value.public_key = public.x;
        key_cache_sum(keys->cache, &id, &value);
        key_cache_recall(keys->cache, &id, &value);
        if (keep) {
            key_cache_put(keys->cache, &id, &value);
        }
    }
    *ret = (struct user_key){.key = value.key,
                             .public_key = value.public_key,
                             .account = value.account,
                             .sum = value.sum,
                             .id = id,
                             .notes = value.notes};
    return OK;
}

struct status user_keys_get(const struct user_keys *keys, struct bytes user, uint64_t index,
                            struct user_key *ret)
{
    return find(keys, user, index, true, ret);
}

struct status user_keys_again(const struct user_keys *keys, struct bytes user, uint64_t index,
                              const struct user_key *key, struct stark_public *ret)
{
    SECRET(stark_key, again);
    struct status status = derive(keys, user, index, &again, ret);
    if (status_is_ok(status) && (!felt_equal(&ret->x, &key->public_key) ||
                                 ct_declassify(ct_equal(&again, &key->key, sizeof again)) == 0)) {
        status = FAIL(SELF_CHECK);
    }
    if (!status_is_ok(status)) {
        *ret = (struct stark_public){0};
        key_cache_drop(keys->cache, &key->id);
    }
    return status;
}

bool user_keys_must_verify(const struct user_keys *keys, const struct user_key *key)
{
    /* By the notes of this very key: in its entry may be another, that was derived meanwhile. */
    bool is_due = key_cache_count_signature(keys->cache, &key->id);
    return is_due || (key->notes & KEY_CACHE_VERIFIED) == 0;
}

static struct key_cache_value value_of(const struct user_key *key)
{
    return (struct key_cache_value){key->key, key->public_key, key->account, key->sum, key->notes};
}

bool user_keys_recalls_account(const struct user_keys *keys, const struct user_key *key,
                               const struct key_cache_account *account)
{
    SECRET(key_cache_value, value);
    value = value_of(key);
    value.account = *account;
    return key_cache_recalls_account(keys->cache, &key->id, &value);
}

struct status user_keys_keep_account(const struct user_keys *keys, struct user_key *key,
                                     const struct key_cache_account *account)
{
    SECRET(key_cache_value, value);
    TRY(user_keys_intact(keys, key));
    value = value_of(key);
    value.account = *account;
    key_cache_sum(keys->cache, &key->id, &value);
    key_cache_put_account(keys->cache, &key->id, &key->sum, &value);
    key->account = value.account;
    key->sum = value.sum;
    return OK;
}

struct status user_keys_intact(const struct user_keys *keys, const struct user_key *key)
{
    SECRET(key_cache_value, value);
    value = value_of(key);
    return key_cache_check(keys->cache, &key->id, &value);
}

static void note(const struct user_keys *keys, const struct user_key *key, enum key_cache_note what)
{
    SECRET(key_cache_value, value);
    value = value_of(key);
    key_cache_note(keys->cache, &key->id, &value, what);
}

void user_keys_verified(const struct user_keys *keys, struct user_key *key)
{
    note(keys, key, KEY_CACHE_VERIFIED);
    key->notes = KEY_CACHE_SHOWN | KEY_CACHE_VERIFIED;
}

struct status user_keys_show(const struct user_keys *keys, struct bytes user, uint64_t index,
                             struct user_key *key)
{
    if ((key->notes & KEY_CACHE_SHOWN) == 0) {
        struct stark_public again;
        TRY(user_keys_again(keys, user, index, key, &again));
        note(keys, key, KEY_CACHE_SHOWN);
        key->notes |= KEY_CACHE_SHOWN;
    }
    return OK;
}

struct status user_keys_batch(const struct user_keys *keys, struct bytes user, uint64_t first_index,
                              size_t count, struct felt *ret_public)
{
    if (count == 0 || count > LIMIT_DERIVE_COUNT) {
        return FAIL(INVALID_COUNT);
    }
    if (first_index > LIMIT_KEY_INDEX || count - 1 > LIMIT_KEY_INDEX - first_index) {
        return FAIL(INVALID_KEY_INDEX);
    }
    for (size_t i = 0; i < count; i++) {
        SECRET(user_key, key);
        struct stark_public again;
        TRY(find(keys, user, first_index + i, false, &key));
        /* Not noted: ranges shall not take the places of users that are met again. */
        if ((key.notes & KEY_CACHE_SHOWN) == 0) {
            TRY(user_keys_again(keys, user, first_index + i, &key, &again));
        }
        ret_public[i] = key.public_key;
    }
    return OK;
}

struct status user_keys_owns(const struct user_keys *keys, struct bytes user, uint64_t index,
                             const struct felt *public_key, bool *ret)
{
    *ret = false;
    SECRET(user_key, key);
    TRY(user_keys_get(keys, user, index, &key));
    *ret = felt_equal(&key.public_key, public_key);
    return OK;
}
