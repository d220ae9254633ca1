#include "tenant/address_cache.h"

#include <string.h>

static size_t set_of(const struct account_keys *keys)
{
    return (keys->owner.limb[0] ^ keys->guardian.limb[0]) % ADDRESS_CACHE_SETS;
}

static bool is_of(const struct account *account, const struct account_keys *keys)
{
    return felt_equal(&account->keys.owner, &keys->owner) &&
           felt_equal(&account->keys.guardian, &keys->guardian);
}

static struct account compute(const struct address_cache *cache, const struct account_class *class,
                              const struct account_keys *keys)
{
    struct account account = account_of_keys(class, keys);
#ifdef COFFER_CHECKED
    account.address.limb[0] ^= (uint64_t)cache->fault;
#else
    (void)cache;
#endif
    return account;
}

static void keep(struct address_cache *cache, const struct account *account)
{
    size_t set = set_of(&account->keys);
    cache->entry[set][cache->next[set]] = *account;
    cache->next[set] = (uint8_t)((cache->next[set] + 1) % ADDRESS_CACHE_WAYS);
}

struct status address_cache_get(struct address_cache *cache, const struct account_class *class,
                                const struct account_keys *keys, struct account *ret_account)
{
    const struct account *set = cache->entry[set_of(keys)];
    for (size_t i = 0; i < ADDRESS_CACHE_WAYS; i++) {
        if (set[i].class == class && is_of(&set[i], keys)) {
            *ret_account = set[i];
            return OK;
        }
    }
    *ret_account = compute(cache, class, keys);
    struct account again = account_of_keys(class, keys);
    if (!felt_equal(&ret_account->address, &again.address)) {
        memset(ret_account, 0, sizeof *ret_account);
        return FAIL(SELF_CHECK);
    }
    keep(cache, ret_account);
    return OK;
}

struct status address_cache_find(struct address_cache *cache, const struct tenant *tenant,
                                 const struct account_keys *keys, const struct felt *address,
                                 struct account *ret_account)
{
    const struct account *set = cache->entry[set_of(keys)];
    for (size_t i = 0; i < ADDRESS_CACHE_WAYS; i++) {
        if (set[i].class != NULL && is_of(&set[i], keys) && felt_equal(&set[i].address, address)) {
            *ret_account = set[i];
            return OK;
        }
    }
    const struct account_class *class =
        account_find(tenant->classes, tenant->class_count, keys, address);
    if (class == NULL) {
        memset(ret_account, 0, sizeof *ret_account);
        return FAIL(SENDER_MISMATCH);
    }
    return address_cache_get(cache, class, keys, ret_account);
}
