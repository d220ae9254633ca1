#include "operations/starknet/sign.h"

#include <string.h>

#include "operations/starknet/price.h"
#include "operations/starknet/sign_internal.h"
#include "pipeline/context/service.h"
#include "pipeline/trail.h"
#include "policy/policy.h"

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
        return item->is_session ? POLICY_SESSION : POLICY_TYPED_DATA;
    case ITEMS_OUTSIDE_EXECUTION:
        return POLICY_OUTSIDE_EXECUTION;
    case ITEMS_HASH:
    case ITEMS_UNREAD:
    case ITEMS_ACCOUNT:
    case ITEMS_QUERY:
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
    if (sign_is_transaction(item)) {
        fee_max(&item->transaction.bounds, item->transaction.tip, request.fee_max);
        request.is_query = item->transaction.is_query;
        request.calls = item->transaction.calls.ptr;
        request.call_count = item->transaction.calls.len;
    } else if (item->kind == ITEMS_OUTSIDE_EXECUTION) {
        request.calls = item->outside.calls;
        request.call_count = item->outside.call_count;
    }
    return policy_judge(&tenant->rules, &request);
}

/* Extra entropy, or none for a tenant that wants the plain form. */
static struct status sign_once(const struct permit *permit, const struct stark_key *key,
                               const struct felt *hash, struct felt ret_rs[static 2])
{
    const struct tenant *tenant = permit_tenant(permit);
    struct stark_signature signature;
    SECRET32(extra);
    if (!tenant->plain_nonce) {
        TRY(entropy_fill(permit_entropy(permit), extra.b, sizeof extra.b));
    }
    struct bytes extra_bytes = {extra.b, tenant->plain_nonce ? 0 : sizeof extra.b};
    struct felt signed_hash = *hash;
#ifdef COFFER_CHECKED
    signed_hash.limb[0] ^= (uint64_t)(permit_fault(permit) == SERVICE_FAULT_HASH);
#endif
    TRY(stark_ecdsa_sign(key, &signed_hash, extra_bytes, &signature));
    ret_rs[0] = signature.r;
    ret_rs[1] = signature.s;
    return OK;
}

static struct status sign_all(const struct permit *permit, const struct stark_key *key,
                              const struct sign_item *item, struct sign_result *result)
{
    const struct account_class *class = result->account.class;
    struct felt second[2];
    TRY(sign_once(permit, key, &result->hash, result->own));
    result->signature[0] = result->own[0];
    result->signature[1] = result->own[1];
    result->signature_len = 2;
    if (item->kind != ITEMS_DEPLOY_ACCOUNT) {
        return OK;
    }
    bool needs_second = account_needs_second(class);
    if (needs_second) {
        struct felt hash = account_braavos_hash(class, &item->chain);
        TRY(sign_once(permit, key, &hash, second));
    }
    result->signature_len = account_deploy_signature(
        class, &item->chain, result->own, needs_second ? second : NULL, result->signature);
    return OK;
}

static struct status check(struct work *work, const struct permit *permit, struct sign_job *job)
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
    work->owed += price_first(&job->key, &job->at);
#ifdef COFFER_CHECKED
    job->key.key.d.limb[0] ^= (uint64_t)(permit_fault(permit) == SERVICE_FAULT_DERIVATION);
#endif
    TRY(sign_all(permit, &job->key.key, &job->item, &job->result));
    if (!must_verify) {
        return user_keys_intact(tenant_keys(tenant), &job->key);
    }
    struct status checked = check(work, permit, job);
    metrics_add(work->metrics, METRICS_SELF_CHECKS, checked.code, 0, 1);
    /* Whatever else went wrong there, what was signed is in doubt. */
    return status_judged(checked, FAIL(SELF_CHECK));
}

/* Key and account, and whether it is one of the key's. Neither leaves without a signature; a key
 * that was not derived twice yet is derived again when its first one is verified. */
static struct status choose(struct work *work, const struct permit *permit, struct sign_job *job)
{
    const struct tenant *tenant = permit_tenant(permit);
    const struct user_keys *keys = tenant_keys(tenant);
    TRY(user_keys_get(keys, job->user.name, job->user.index, &job->key));
    work->owed += price_key(&job->key);
    job->result.public_key = job->key.public_key;
    struct status chosen = sign_choose_account(tenant, job);
    if (chosen.code == STATUS_SENDER_MISMATCH || chosen.code == STATUS_ACCOUNT_MISMATCH) {
        chosen = sign_listed_account(work, permit, job, chosen);
    }
    bool is_own = chosen.code != STATUS_SENDER_MISMATCH;
    TRY(is_own ? chosen : OK);
    TRY(judge(tenant, &job->item, is_own));
    return is_own ? OK : sign_foreign_account(tenant, job);
}

struct status sign_prepare(struct work *work, const struct permit *permit, struct sign_job *job)
{
    const struct tenant *tenant = permit_tenant(permit);
    struct sign_item *item = &job->item;
    struct status read = sign_read(work, permit, job->user.class->encoding, item);
    work->items.kind = item->transaction.is_query ? ITEMS_QUERY : item->kind;
    TRY(read);
    /* As for the right account first: what is refused anyway costs no hash and no key. */
    TRY(judge(tenant, item, true));
    if (sign_is_transaction(item)) {
        job->result.advice = advice_of(&item->transaction);
    }
    struct status chosen = choose(work, permit, job);
    work->owed += job->is_searched ? price_searches(1, tenant->class_count) : 0;
    TRY(chosen);
    return sign_number_prepare(work, permit, job);
}

struct status sign_perform(struct work *work, const struct permit *permit, struct sign_job *job)
{
    struct status status = sign_and_check(work, permit, job);
    if (!status_is_ok(status)) {
        memset(&job->result, 0, sizeof job->result);
        return status;
    }
    sign_join_other(job);
    return OK;
}
