#include "operations/starknet/sign_internal.h"
#include "pipeline/trail.h"
#include "starknet/felt_text.h"
#include "starknet/session_grant.h"

static struct status read_transaction(struct work *work, const struct permit *permit,
                                      enum call_encoding encoding, struct sign_item *item)
{
    static const enum items_kind kinds[] = {
        [TRANSACTION_INVOKE] = ITEMS_INVOKE,
        [TRANSACTION_DEPLOY_ACCOUNT] = ITEMS_DEPLOY_ACCOUNT,
        [TRANSACTION_DECLARE] = ITEMS_DECLARE,
    };
    struct arena *arena = work->arena;
    if (item->is_seed) {
        TRY(transaction_seed_json(arena, &item->at, &permit_tenant(permit)->fees, encoding,
                                  &item->transaction));
    } else {
        TRY(transaction_json_next(arena, &item->at, encoding, &item->transaction));
    }
    item->kind = kinds[item->transaction.kind];
    item->chain = item->transaction.chain;
    return OK;
}

/* What it is and for which chain; its values are hashed when that was judged. */
static struct status open_typed_data(struct work *work, struct sign_item *item)
{
    item->is_typed = true;
    TRY(typed_data_open(work->arena, &item->at, &item->typed));
    item->chain = item->typed.chain;
    item->is_session = session_grant_is(&item->typed);
    if (outside_execution_is(&item->typed)) {
        item->kind = ITEMS_OUTSIDE_EXECUTION;
        return outside_execution_decode(work->arena, &item->at, &item->typed, &item->outside);
    }
    return OK;
}

struct status sign_read(struct work *work, const struct permit *permit, enum call_encoding encoding,
                        struct sign_item *item)
{
    if (item->kind == ITEMS_INVOKE) {
        TRY(read_transaction(work, permit, encoding, item));
    } else if (item->kind == ITEMS_TYPED_DATA) {
        TRY(open_typed_data(work, item));
    } else if (item->kind == ITEMS_OUTSIDE_EXECUTION) {
        TRY(outside_execution_read(work->arena, &item->at, &item->outside));
    } else {
        return felt_text_json(&item->at, &item->hash);
    }
    trail_chain(work, &item->chain);
    return OK;
}

bool sign_is_transaction(const struct sign_item *item)
{
    return item->kind == ITEMS_INVOKE || item->kind == ITEMS_DEPLOY_ACCOUNT ||
           item->kind == ITEMS_DECLARE;
}

bool sign_names_sender(const struct sign_item *item)
{
    return sign_is_transaction(item) && item->transaction.has_sender;
}

struct status sign_hash(struct sign_item *item, const struct account *account,
                        struct transaction_fee_memory *fees)
{
    if (sign_is_transaction(item)) {
        TRY(json_in_about(&item->at, transaction_use_account(&item->transaction, account)));
        item->hash = fees == NULL ? transaction_hash(&item->transaction)
                                  : transaction_hash_remembering(&item->transaction, fees);
    } else if (item->is_typed) {
        TRY(typed_data_finish(&item->typed));
        typed_data_hash(&item->typed, &account->address, &item->hash);
    } else if (item->kind == ITEMS_OUTSIDE_EXECUTION) {
        outside_execution_hash(&item->outside, &item->chain, &account->address, &item->hash);
    }
    return OK;
}
