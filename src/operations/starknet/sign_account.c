#include "operations/starknet/price.h"
#include "operations/starknet/sign_internal.h"
#include "pipeline/trail.h"
#include "tenant/user_account.h"
#include "users/users_foreign.h"

/* The account that the request names: by itself, or as the sender. NULL when it leaves it open. */
static const struct felt *wanted(const struct sign_item *item)
{
    if (item->has_address) {
        return &item->address;
    }
    return sign_names_sender(item) ? &item->transaction.sender : NULL;
}

static struct status find_account(const struct tenant *tenant, struct sign_job *job,
                                  const struct account_keys *keys, struct account *ret_account)
{
    const struct items_user *user = &job->user;
    const struct felt *address = wanted(&job->item);
    if (address != NULL && !user->has_class) {
        bool is_kept = felt_equal(&job->key.account.address, address);
        struct status status = user_account_find(tenant, &job->key, keys, address, ret_account);
        job->is_searched = !is_kept && ret_account->class != &tenant->classes[0];
        return status;
    }
    if (user->role != ITEMS_ALONE && !account_class_has_guardian(user->class)) {
        return FAIL(GUARDIAN);
    }
    return user_account_get(tenant, &job->key, user->class, keys, ret_account);
}

struct status sign_choose_account(const struct tenant *tenant, struct sign_job *job)
{
    const struct sign_item *item = &job->item;
    struct account *account = &job->result.account;
    struct account_keys keys = items_keys(&job->user, &job->result.public_key);
    struct status status = find_account(tenant, job, &keys, account);
    if (status.code == STATUS_SENDER_MISMATCH && item->has_address) {
        return FAIL(ACCOUNT_MISMATCH);
    }
    TRY(status);
    if (item->has_address && !felt_equal(&item->address, &account->address)) {
        return FAIL(ACCOUNT_MISMATCH);
    }
    bool is_sender =
        !sign_names_sender(item) || felt_equal(&item->transaction.sender, &account->address);
    if (is_sender) {
        return OK;
    }
    return item->has_address ? FAIL(ACCOUNT_MISMATCH) : FAIL(SENDER_MISMATCH);
}

/* The key that a listed account has, and its class. */
static struct status use_listed(struct work *work, const struct tenant *tenant,
                                struct sign_job *job, const struct users_foreign_found *found)
{
    struct items_user *user = &job->user;
    const struct account_class *class = NULL;
    TRY(tenant_class(tenant, found->class, &class));
    bool is_other = (user->has_index && user->index != found->index) ||
                    (user->has_class && user->class != class);
    if (is_other) {
        return FAIL(ACCOUNT_MISMATCH);
    }
    user->index = found->index;
    user->class = class;
    trail_key(work, user->index);
    TRY(user_keys_get(tenant_keys(tenant), user->name, user->index, &job->key));
    work->owed += price_key(&job->key);
    job->result.public_key = job->key.public_key;
    struct account_keys keys = items_keys(user, &job->result.public_key);
    return user_account_get(tenant, &job->key, class, &keys, &job->result.account);
}

struct status sign_listed_account(struct work *work, const struct permit *permit,
                                  struct sign_job *job, struct status otherwise)
{
    const struct tenant *tenant = permit_tenant(permit);
    const struct sign_item *item = &job->item;
    const struct felt *address = wanted(item);
    uint8_t chain[STATEMENT_FELT];
    uint8_t account[STATEMENT_FELT];
    struct users_foreign of = {.user = job->user.name, .chain = chain, .address = account};
    struct users_foreign_found found;
    bool is_two = item->has_address && sign_names_sender(item) &&
                  !felt_equal(&item->address, &item->transaction.sender);
    if (address == NULL || is_two || job->user.role != ITEMS_ALONE || item->kind == ITEMS_HASH ||
        item->kind == ITEMS_DEPLOY_ACCOUNT) {
        return otherwise;
    }
    felt_to_be(&item->chain, chain);
    felt_to_be(address, account);
    struct status listed = permit_foreign(work, permit, &of, &found);
    if (!status_is_ok(listed)) {
        return listed.code == STATUS_SENDER_MISMATCH ? otherwise : listed;
    }
    TRY(use_listed(work, tenant, job, &found));
    job->result.account.address = *address;
    if (sign_is_transaction(item)) {
        job->item.transaction.has_sender = true;
        job->item.transaction.sender = *address;
    }
    return OK;
}

struct status sign_foreign_account(const struct tenant *tenant, struct sign_job *job)
{
    struct account_keys keys = items_keys(&job->user, &job->result.public_key);
    if (job->user.role != ITEMS_ALONE) {
        return FAIL(SENDER_MISMATCH);
    }
    job->result.advice |= ADVICE_BIT(FOREIGN_SENDER);
    return user_account_get(tenant, &job->key, job->user.class, &keys, &job->result.account);
}

/* The other half of an account with two keys is checked before ours is made: together they are
 * worth something, and a wrong one is noticed here and not by the network. */
struct status sign_check_other(const struct sign_job *job)
{
    const struct sign_item *item = &job->item;
    if (!item->has_other) {
        return OK;
    }
    const struct stark_signature other = {item->other[0], item->other[1]};
    return stark_ecdsa_verify_x_var(&job->user.other, &job->result.hash, &other);
}

void sign_join_other(struct sign_job *job)
{
    struct sign_result *result = &job->result;
    if (job->user.role == ITEMS_ALONE) {
        return;
    }
    if (!job->item.has_other) {
        result->advice |= ADVICE_BIT(HALF_SIGNED);
        return;
    }
    bool is_first = job->user.role == ITEMS_OWNER;
    for (size_t i = 0; i < 2; i++) {
        result->signature[i] = is_first ? result->own[i] : job->item.other[i];
        result->signature[i + 2] = is_first ? job->item.other[i] : result->own[i];
    }
    result->signature_len = 4;
}
