#include <string.h>

#include "operations/starknet/sign_internal.h"

static struct status read_again(struct work *work, const struct permit *permit,
                                const struct sign_item *item, struct sign_item *ret_again)
{
    memset(ret_again, 0, sizeof *ret_again);
    ret_again->kind = item->is_typed ? ITEMS_TYPED_DATA : item->kind;
    if (item->kind == ITEMS_DEPLOY_ACCOUNT || item->kind == ITEMS_DECLARE) {
        ret_again->kind = ITEMS_INVOKE;
    }
    ret_again->at = item->at;
    ret_again->is_seed = item->is_seed;
    ret_again->chain = item->chain;
    TRY(sign_read(work, permit, item->transaction.encoding, ret_again));
    if (ret_again->transaction.is_nonce_next) {
        ret_again->transaction.nonce = item->transaction.nonce; /* the lane gave it */
    }
    return OK;
}

static struct status verify(const struct stark_public *public_key, const struct felt *hash,
                            const struct felt rs[static 2])
{
    const struct stark_signature signature = {rs[0], rs[1]};
    return status_is_ok(stark_ecdsa_verify_var(public_key, hash, &signature)) ? OK
                                                                              : FAIL(SELF_CHECK);
}

/* The last two felts of a Braavos deployment's signature, over what the account becomes. */
static struct status verify_second(const struct stark_public *public_key,
                                   const struct sign_item *item, const struct sign_result *result)
{
    const struct account_class *class = result->account.class;
    if (item->kind != ITEMS_DEPLOY_ACCOUNT || !account_needs_second(class)) {
        return OK;
    }
    struct felt hash = account_braavos_hash(class, &item->chain);
    return verify(public_key, &hash, &result->signature[result->signature_len - 2]);
}

struct status sign_check(struct work *work, const struct permit *permit,
                         const struct stark_public *public_key, const struct sign_item *item,
                         const struct sign_result *result)
{
    struct sign_item again;
    TRY(read_again(work, permit, item, &again));
    TRY(sign_hash(&again, &result->account, NULL));
    if (!felt_equal(&again.hash, &result->hash)) {
        return FAIL(SELF_CHECK);
    }
    TRY(verify(public_key, &again.hash, result->own));
    return verify_second(public_key, item, result);
}
