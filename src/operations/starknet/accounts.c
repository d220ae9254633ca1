#include "operations/starknet/accounts.h"

#include "operations/starknet/price.h"
#include "pipeline/trail.h"
#include "tenant/user_account.h"

struct status accounts_show(struct work *work, const struct permit *permit,
                            const struct items_user *user, struct felt *ret_public_key,
                            struct account *ret_account)
{
    const struct user_keys *keys = tenant_keys(permit_tenant(permit));
    SECRET(user_key, key);
    TRY(user_keys_get(keys, user->name, user->index, &key));
    work->owed += price_key(&key);
    TRY(user_keys_show(keys, user->name, user->index, &key));
    const struct account_keys both = items_keys(user, &key.public_key);
    if (user->role != ITEMS_ALONE && !account_class_has_guardian(user->class)) {
        return FAIL(GUARDIAN);
    }
    TRY(user_account_get(permit_tenant(permit), &key, user->class, &both, ret_account));
    *ret_public_key = key.public_key;
    trail_object(work, &ret_account->address);
    return OK;
}
