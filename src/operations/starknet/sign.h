/* Signing one thing: from its decoded form to a signature that passed its checks.
 *
 * policy → intent (audit) → sign → self-check. Used by the signing operations.
 * Source: formats, sections 6, 10 and 11. */
#ifndef COFFER_OPERATIONS_STARKNET_SIGN_H
#define COFFER_OPERATIONS_STARKNET_SIGN_H

#include <stdbool.h>

#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/stark_ecdsa.h"
#include "keys/user_keys.h"
#include "operations/starknet/items.h"
#include "pipeline/permit.h"
#include "pipeline/work.h"
#include "starknet/account.h"
#include "starknet/felts.h"
#include "starknet/outside_execution.h"
#include "starknet/transaction.h"
#include "starknet/typed_data.h"

/* A thing to be signed. The caller sets the first three, and for an outside execution that is not
 * in the form of typed data the chain; sign_read does the rest. */
struct sign_item {
    enum items_kind kind; /* ITEMS_INVOKE for any transaction; sign_read says which */
    struct json_in at;    /* where it is read from, and read again */
    bool is_seed;         /* a transaction in the form of the seed */
    bool is_typed;        /* it came as typed data */
    struct felt chain;    /* 0 for ITEMS_HASH */
    struct felt hash;     /* of ITEMS_HASH as given; otherwise once the account is known */
    struct transaction transaction;
    struct typed_data typed;
    struct outside_execution outside;
};

/* What came out. */
struct sign_result {
    struct account account;
    struct felt public_key;
    struct felt hash;
    struct felt signature[ACCOUNT_SIGNATURE_MAX];
    size_t signature_len;
};

/* Decode an item. Lists of *item live in the worker's arena.
 * Returns: OK; what the reader of that kind returns, with the place in the document. */
struct status sign_read(struct work *work, const struct permit *permit, struct sign_item *item);

/* Sign an item for a user. The sender of a transaction is filled in; *ret_result may be released
 * only together with the audit record that sign_item wrote.
 * Returns: OK; what policy_judge returns; MESSAGE_HASH_RANGE; SELF_CHECK; ENTROPY; OVERLOADED when
 * the audit trail takes no more records. On failure: *ret_result is zero. */
struct status sign_item(struct work *work, const struct permit *permit,
                        const struct items_user *user, struct sign_item *item,
                        struct sign_result *ret_result);

#endif
