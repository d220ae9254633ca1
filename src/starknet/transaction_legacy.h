/* Hashes of transactions that the network takes no more, and of messages from L1: to verify, never
 * to sign.
 *
 * Used by vectors and by the command line.
 * Source: Starknet documentation, "Transactions", versions 0 to 2 and L1 handler. */
#ifndef COFFER_STARKNET_TRANSACTION_LEGACY_H
#define COFFER_STARKNET_TRANSACTION_LEGACY_H

#include <stdbool.h>

#include "crypto/felt.h"
#include "starknet/felts.h"
#include "starknet/transaction.h"

enum transaction_legacy_kind {
    TRANSACTION_LEGACY_INVOKE,         /* version 0 or 1 */
    TRANSACTION_LEGACY_DEPLOY_ACCOUNT, /* version 1 */
    TRANSACTION_LEGACY_DECLARE,        /* version 1 or 2 */
    TRANSACTION_LEGACY_L1_HANDLER,     /* version 0 */
};

struct transaction_legacy {
    enum transaction_legacy_kind kind;
    unsigned version;
    bool is_query; /* 2^128 is added to the version */
    struct felt chain;
    struct felt sender;    /* the contract called, for invoke 0 and L1 handler; the new account */
    struct felt selector;  /* invoke 0 and L1 handler */
    struct felts calldata; /* L1 handler: the sender on L1 first; deploy_account: constructor's */
    struct felt max_fee;
    struct felt nonce;
    struct felt class_hash;          /* deploy_account and declare */
    struct felt salt;                /* deploy_account */
    struct felt compiled_class_hash; /* declare 2 */
};

/* In: a version that the kind has. */
struct felt transaction_legacy_hash(const struct transaction_legacy *transaction);

/* The hash of a version 3 transaction from before L1 data gas: l1_gas and l2_gas only. */
struct felt transaction_legacy_two_bounds(const struct transaction *transaction);

#endif
