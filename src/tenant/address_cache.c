#include "tenant/address_cache.h"

#include <string.h>

static size_t set_of(const struct felt *public_key)
{
    return public_key->limb[0] % ADDRESS_CACHE_SETS;
}

static struct account compute(const struct address_cache *cache, const struct account_class *class,
                              const struct felt *public_key)
{
    struct account account = account_of(class, public_key);
#ifdef COFFER_CHECKED
    account.address.limb[0] ^= (uint64_t)cache->fault;
#else
    (void)cache;
#endif
    return account;
}

static void keep(struct address_cache *cache, const struct account *account)
{
    size_t set = set_of(&account->public_key);
    cache->entry[set][cache->next[set]] = *account;
    cache->next[set] = (uint8_t)((cache->next[set] + 1) % ADDRESS_CACHE_WAYS);
}

struct status address_cache_get(struct address_cache *cache, const struct account_class *class,
                                const struct felt *public_key, struct account *ret_account)
{
    const struct account *set = cache->entry[set_of(public_key)];
    for (size_t i = 0; i < ADDRESS_CACHE_WAYS; i++) {
        if (set[i].class == class && felt_equal(&set[i].public_key, public_key)) {
            *ret_account = set[i];
            return OK;
        }
    }
    *ret_account = compute(cache, class, public_key);
    struct account again = account_of(class, public_key);
    if (!felt_equal(&ret_account->address, &again.address)) {
        memset(ret_account, 0, sizeof *ret_account);
        return FAIL(SELF_CHECK);
    }
    keep(cache, ret_account);
    return OK;
}

struct status address_cache_find(struct address_cache *cache, const struct tenant *tenant,
                                 const struct felt *public_key, const struct felt *address,
                                 struct account *ret_account)
{
    const struct account *set = cache->entry[set_of(public_key)];
    for (size_t i = 0; i < ADDRESS_CACHE_WAYS; i++) {
        if (set[i].class != NULL && felt_equal(&set[i].public_key, public_key) &&
            felt_equal(&set[i].address, address)) {
            *ret_account = set[i];
            return OK;
        }
    }
    const struct account_class *class =
        account_find(tenant->classes, tenant->class_count, public_key, address);
    if (class == NULL) {
        memset(ret_account, 0, sizeof *ret_account);
        return FAIL(SENDER_MISMATCH);
    }
    return address_cache_get(cache, class, public_key, ret_account);
}
