#include "tenant/user_account.h"

#include <string.h>

#ifdef COFFER_CHECKED
_Thread_local bool user_account_fault_planted;
#endif

static bool is_owner(const struct user_key *key, const struct account_keys *keys)
{
    return felt_equal(&keys->owner, &key->public_key);
}

static bool is_one_of(const struct user_key *key, const struct account_keys *keys)
{
    return is_owner(key, keys) || felt_equal(&keys->guardian, &key->public_key);
}

/* Which account of a key it is, without the address: the other key, and the place of its class
 * among the tenant's, from 1, with whether the key is the owner in the lowest bit. */
static struct key_cache_account named(const struct tenant *tenant, const struct user_key *key,
                                      const struct account_class *class,
                                      const struct account_keys *keys)
{
    uint64_t place = (uint64_t)(class - tenant->classes) + 1;
    bool owner = is_owner(key, keys);
    return (struct key_cache_account){.other = owner ? keys->guardian : keys->owner,
                                      .which = 2 * place + (owner ? 1 : 0)};
}

/* The class of what is kept; NULL when nothing is. */
static const struct account_class *class_of(const struct tenant *tenant,
                                            const struct key_cache_account *kept)
{
    return kept->which == 0 ? NULL : &tenant->classes[kept->which / 2 - 1];
}

static bool is_kept(const struct tenant *tenant, const struct user_key *key,
                    const struct account_class *class, const struct account_keys *keys)
{
    struct key_cache_account wanted = named(tenant, key, class, keys);
    return wanted.which == key->account.which && is_one_of(key, keys) &&
           felt_equal(&wanted.other, &key->account.other);
}

/* After one computation: the other one. On failure: *account is zero. */
static struct status compute_again(struct account *account)
{
    struct account again = account_of_keys(account->class, &account->keys);
#ifdef COFFER_CHECKED
    again.address.limb[0] ^= (uint64_t)user_account_fault_planted;
#endif
    if (!felt_equal(&account->address, &again.address)) {
        memset(account, 0, sizeof *account);
        return FAIL(SELF_CHECK);
    }
    return OK;
}

struct status user_account_once(const struct account_class *class, const struct account_keys *keys,
                                struct account *ret_account)
{
    *ret_account = account_of_keys(class, keys);
    return compute_again(ret_account);
}

/* After one computation: nothing more when it is remembered; and keep it. */
static struct status confirm(const struct tenant *tenant, struct user_key *key,
                             struct account *account)
{
    const struct user_keys *keys = tenant_keys(tenant);
    struct key_cache_account kept = named(tenant, key, account->class, &account->keys);
    kept.address = account->address;
    if (!is_one_of(key, &account->keys)) {
        return compute_again(account);
    }
    if (!user_keys_recalls_account(keys, key, &kept)) {
        TRY(compute_again(account));
    }
    struct status status = user_keys_keep_account(keys, key, &kept);
    if (!status_is_ok(status)) {
        memset(account, 0, sizeof *account);
    }
    return status;
}

struct status user_account_get(const struct tenant *tenant, struct user_key *key,
                               const struct account_class *class, const struct account_keys *keys,
                               struct account *ret_account)
{
    if (is_kept(tenant, key, class, keys)) {
        *ret_account = account_at(class, keys, &key->account.address);
        return OK;
    }
    *ret_account = account_of_keys(class, keys);
    return confirm(tenant, key, ret_account);
}

/* Classes of the configuration may share a hash: what was kept may be of a later one, but the first
 * one is asked for. */
static bool is_first_of_hash(const struct tenant *tenant, const struct account_class *class)
{
    const struct account_class *first = tenant->classes;
    while (!felt_equal(&first->hash, &class->hash)) {
        first++;
    }
    return first == class;
}

struct status user_account_find(const struct tenant *tenant, struct user_key *key,
                                const struct account_keys *keys, const struct felt *address,
                                struct account *ret_account)
{
    const struct account_class *class = class_of(tenant, &key->account);
    if (class != NULL && felt_equal(&key->account.address, address) &&
        is_kept(tenant, key, class, keys) && is_first_of_hash(tenant, class)) {
        *ret_account = account_at(class, keys, address);
        return OK;
    }
    class = account_find(tenant->classes, tenant->class_count, keys, address);
    if (class == NULL) {
        memset(ret_account, 0, sizeof *ret_account);
        return FAIL(SENDER_MISMATCH);
    }
    *ret_account = account_at(class, keys, address);
    return confirm(tenant, key, ret_account);
}
