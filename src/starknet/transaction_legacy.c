#include "starknet/transaction_legacy.h"

#include "base/invariant.h"
#include "crypto/pedersen.h"
#include "starknet/transaction_internal.h"

static const char *const prefixes[] = {
    [TRANSACTION_LEGACY_INVOKE] = "invoke",
    [TRANSACTION_LEGACY_DEPLOY_ACCOUNT] = "deploy_account",
    [TRANSACTION_LEGACY_DECLARE] = "declare",
    [TRANSACTION_LEGACY_L1_HANDLER] = "l1_handler",
};

/* The hash of what the transaction carries, where version 1 and the others have it. */
static struct felt payload_hash(const struct transaction_legacy *transaction)
{
    struct pedersen list = PEDERSEN_INIT;
    if (transaction->kind == TRANSACTION_LEGACY_DECLARE ||
        transaction->kind == TRANSACTION_LEGACY_DEPLOY_ACCOUNT) {
        pedersen_absorb(&list, &transaction->class_hash);
    }
    if (transaction->kind == TRANSACTION_LEGACY_DEPLOY_ACCOUNT) {
        pedersen_absorb(&list, &transaction->salt);
    }
    if (transaction->kind != TRANSACTION_LEGACY_DECLARE) {
        pedersen_absorb_many(&list, transaction->calldata.ptr, transaction->calldata.len);
    }
    struct felt hash;
    pedersen_finish(&list, &hash);
    return hash;
}

static bool version_exists(const struct transaction_legacy *transaction)
{
    switch (transaction->kind) {
    case TRANSACTION_LEGACY_INVOKE:
        return transaction->version <= 1;
    case TRANSACTION_LEGACY_DEPLOY_ACCOUNT:
        return transaction->version == 1;
    case TRANSACTION_LEGACY_DECLARE:
        return transaction->version == 1 || transaction->version == 2;
    case TRANSACTION_LEGACY_L1_HANDLER:
        return transaction->version == 0;
    }
    return false;
}

struct felt transaction_legacy_hash(const struct transaction_legacy *transaction)
{
    INVARIANT(version_exists(transaction));
    bool is_message = transaction->kind == TRANSACTION_LEGACY_L1_HANDLER;
    const struct felt prefix = felt_from_short(prefixes[transaction->kind]);
    const struct felt version = {{transaction->version, 0, transaction->is_query, 0}};
    const struct felt payload = payload_hash(transaction);
    struct pedersen list = PEDERSEN_INIT;
    pedersen_absorb(&list, &prefix);
    pedersen_absorb(&list, &version);
    pedersen_absorb(&list, &transaction->sender);
    pedersen_absorb(&list, transaction->version == 0 ? &transaction->selector : &FELT_ZERO);
    pedersen_absorb(&list, &payload);
    pedersen_absorb(&list, is_message ? &FELT_ZERO : &transaction->max_fee);
    pedersen_absorb(&list, &transaction->chain);
    if (transaction->version != 0 || is_message) {
        pedersen_absorb(&list, &transaction->nonce);
    }
    if (transaction->version == 2) {
        pedersen_absorb(&list, &transaction->compiled_class_hash);
    }
    struct felt hash;
    pedersen_finish(&list, &hash);
    return hash;
}

struct felt transaction_legacy_two_bounds(const struct transaction *transaction)
{
    return transaction_hash_of(transaction, false);
}
