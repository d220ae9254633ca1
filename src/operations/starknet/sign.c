#include "operations/starknet/sign.h"

#include <string.h>

#include "operations/starknet/sign_internal.h"
#include "pipeline/service.h"
#include "pipeline/trail.h"
#include "policy/policy.h"
#include "starknet/felt_text.h"

static struct status read_transaction(struct work *work, const struct permit *permit,
                                      struct sign_item *item)
{
    static const enum items_kind kinds[] = {
        [TRANSACTION_INVOKE] = ITEMS_INVOKE,
        [TRANSACTION_DEPLOY_ACCOUNT] = ITEMS_DEPLOY_ACCOUNT,
        [TRANSACTION_DECLARE] = ITEMS_DECLARE,
    };
    struct arena *arena = work->arena;
    if (item->is_seed) {
        TRY(transaction_seed_json(arena, &item->at, &permit_tenant(permit)->fees,
                                  &item->transaction));
    } else {
        TRY(transaction_json(arena, &item->at, &item->transaction));
    }
    item->kind = kinds[item->transaction.kind];
    item->chain = item->transaction.chain;
    return OK;
}

static struct status read_typed_data(struct work *work, struct sign_item *item)
{
    struct arena *arena = work->arena;
    item->is_typed = true;
    TRY(typed_data_read(arena, &item->at, &item->typed));
    item->chain = item->typed.chain;
    if (outside_execution_is(&item->typed)) {
        item->kind = ITEMS_OUTSIDE_EXECUTION;
        return outside_execution_decode(arena, &item->at, &item->typed, &item->outside);
    }
    return OK;
}

struct status sign_read(struct work *work, const struct permit *permit, struct sign_item *item)
{
    if (item->kind == ITEMS_INVOKE) {
        TRY(read_transaction(work, permit, item));
    } else if (item->kind == ITEMS_TYPED_DATA) {
        TRY(read_typed_data(work, item));
    } else if (item->kind == ITEMS_OUTSIDE_EXECUTION) {
        TRY(outside_execution_read(work->arena, &item->at, &item->outside));
    } else {
        return felt_text_json(&item->at, &item->hash);
    }
    trail_chain(work, &item->chain);
    return OK;
}

static bool is_transaction(const struct sign_item *item)
{
    return item->kind == ITEMS_INVOKE || item->kind == ITEMS_DEPLOY_ACCOUNT ||
           item->kind == ITEMS_DECLARE;
}

void sign_hash(struct sign_item *item, const struct account *account)
{
    if (is_transaction(item)) {
        transaction_use_account(&item->transaction, account);
        item->hash = transaction_hash(&item->transaction);
    } else if (item->is_typed) {
        typed_data_hash(&item->typed, &account->address, &item->hash);
    } else if (item->kind == ITEMS_OUTSIDE_EXECUTION) {
        outside_execution_hash(&item->outside, &item->chain, &account->address, &item->hash);
    }
}

static enum policy_kind policy_kind_of(const struct sign_item *item)
{
    switch (item->kind) {
    case ITEMS_INVOKE:
        return POLICY_INVOKE;
    case ITEMS_DEPLOY_ACCOUNT:
        return POLICY_DEPLOY_ACCOUNT;
    case ITEMS_DECLARE:
        return POLICY_DECLARE;
    case ITEMS_TYPED_DATA:
        return POLICY_TYPED_DATA;
    case ITEMS_OUTSIDE_EXECUTION:
        return POLICY_OUTSIDE_EXECUTION;
    case ITEMS_HASH:
    case ITEMS_UNREAD:
    case ITEMS_ACCOUNT:
    case ITEMS_KINDS:
        return POLICY_OPAQUE;
    }
    return POLICY_OPAQUE;
}

static struct status judge(const struct tenant *tenant, const struct sign_item *item,
                           bool is_own_account)
{
    struct policy_request request = {
        .kind = policy_kind_of(item),
        .chain = item->chain,
        .is_own_account = is_own_account,
    };
    if (is_transaction(item)) {
        fee_max(&item->transaction.bounds, item->transaction.tip, request.fee_max);
        request.calls = item->transaction.calls.ptr;
        request.call_count = item->transaction.calls.len;
    } else if (item->kind == ITEMS_OUTSIDE_EXECUTION) {
        request.calls = item->outside.calls;
        request.call_count = item->outside.call_count;
    }
    return policy_judge(&tenant->rules, &request);
}

/* The account that a user signs for: the one that the transaction names, when it is of this key, or
 * the one of the class that is named, or else of the tenant's. */
static struct status choose_account(struct work *work, const struct tenant *tenant,
                                    const struct items_user *user, const struct sign_item *item,
                                    struct sign_result *result)
{
    struct address_cache *cache = work->worker->addresses;
    const struct felt *sender = &item->transaction.sender;
    if (is_transaction(item) && item->transaction.has_sender && !user->has_class) {
        return address_cache_find(cache, tenant, &result->public_key, sender, &result->account);
    }
    TRY(address_cache_get(cache, user->class, &result->public_key, &result->account));
    bool is_own = !is_transaction(item) || !item->transaction.has_sender ||
                  felt_equal(sender, &result->account.address);
    return is_own ? OK : FAIL(SENDER_MISMATCH);
}

/* Extra entropy, or none for a tenant that wants the plain form. */
static struct status sign_once(struct work *work, const struct tenant *tenant,
                               const struct stark_key *key, const struct felt *hash,
                               struct felt ret_rs[static 2])
{
    const struct service *service = work->worker->service;
    struct stark_signature signature;
    SECRET32(extra);
    if (!tenant->plain_nonce) {
        TRY(entropy_fill(&service->setup.entropy, extra.b, sizeof extra.b));
    }
    struct bytes extra_bytes = {extra.b, tenant->plain_nonce ? 0 : sizeof extra.b};
    struct felt signed_hash = *hash;
#ifdef COFFER_CHECKED
    signed_hash.limb[0] ^= (uint64_t)(service->fault == SERVICE_FAULT_HASH);
#endif
    TRY(stark_ecdsa_sign(key, &signed_hash, extra_bytes, &signature));
    ret_rs[0] = signature.r;
    ret_rs[1] = signature.s;
    return OK;
}

static struct status sign_all(struct work *work, const struct tenant *tenant,
                              const struct stark_key *key, const struct sign_item *item,
                              struct sign_result *result)
{
    const struct account_class *class = result->account.class;
    struct felt second[2];
    TRY(sign_once(work, tenant, key, &result->hash, result->signature));
    result->signature_len = 2;
    if (item->kind != ITEMS_DEPLOY_ACCOUNT) {
        return OK;
    }
    bool needs_second = account_needs_second(class);
    if (needs_second) {
        struct felt hash = account_braavos_hash(class, &item->chain);
        TRY(sign_once(work, tenant, key, &hash, second));
    }
    const struct felt first[2] = {result->signature[0], result->signature[1]};
    result->signature_len = account_deploy_signature(
        class, &item->chain, first, needs_second ? second : NULL, result->signature);
    return OK;
}

static struct status check(struct work *work, const struct permit *permit,
                           const struct sign_job *job)
{
    const struct user_keys *keys = tenant_keys(permit_tenant(permit));
    struct stark_public again;
    TRY(user_keys_again(keys, job->user.name, job->user.index, &job->key, &again));
    TRY(sign_check(work, permit, &again, &job->item, &job->result));
    user_keys_verified(keys, &job->key);
    return OK;
}

static struct status sign_and_check(struct work *work, const struct permit *permit,
                                    struct sign_job *job)
{
    const struct tenant *tenant = permit_tenant(permit);
    bool must_verify = user_keys_must_verify(tenant_keys(tenant), &job->key);
#ifdef COFFER_CHECKED
    job->key.key.d.limb[0] ^= (uint64_t)(work->worker->service->fault == SERVICE_FAULT_DERIVATION);
#endif
    TRY(sign_all(work, tenant, &job->key.key, &job->item, &job->result));
    if (!must_verify) {
        return OK;
    }
    struct status checked = check(work, permit, job);
    metrics_add(work->metrics, METRICS_SELF_CHECKS, checked.code, 0, 1);
    /* Whatever went wrong there, what was signed is in doubt. */
    return status_is_ok(checked) ? OK : FAIL(SELF_CHECK);
}

struct status sign_prepare(struct work *work, const struct permit *permit, struct sign_job *job)
{
    const struct tenant *tenant = permit_tenant(permit);
    const struct user_keys *keys = tenant_keys(tenant);
    struct sign_result *result = &job->result;
    bool is_first = false;
    TRY(user_keys_get(keys, job->user.name, job->user.index, &job->key));
    TRY(user_keys_show(keys, job->user.name, job->user.index, &job->key, &is_first));
    result->public_key = job->key.public_key;
    struct status chosen = choose_account(work, tenant, &job->user, &job->item, result);
    bool is_own = chosen.code != STATUS_SENDER_MISMATCH;
    TRY(is_own ? chosen : OK);
    TRY(judge(tenant, &job->item, is_own));
    if (!is_own) {
        TRY(address_cache_get(work->worker->addresses, job->user.class, &result->public_key,
                              &result->account));
    }
    sign_hash(&job->item, &result->account);
    result->hash = job->item.hash;
    trail_object(work, &result->hash);
    return OK;
}

struct status sign_perform(struct work *work, const struct permit *permit, struct sign_job *job)
{
    struct status status = sign_and_check(work, permit, job);
    if (!status_is_ok(status)) {
        memset(&job->result, 0, sizeof job->result);
    }
    return status;
}
