/* Transactions from vector files: every member is read with the project's readers, so that a vector
 * runs through production code from its text to the hash. Used by unit tests and by the vector
 * runner. */
#ifndef COFFER_TESTS_SUPPORT_STARKNET_VECTOR_H
#define COFFER_TESTS_SUPPORT_STARKNET_VECTOR_H

#include "base/arena.h"
#include "codec/json_in.h"
#include "starknet/transaction.h"
#include "starknet/transaction_legacy.h"

/* A member that is a felt, or a list of felts (empty when it is missing). */
struct status starknet_vector_felt(const struct json_in *at, const char *name, struct felt *ret);
struct status starknet_vector_felts(struct arena *arena, const struct json_in *at, const char *name,
                                    struct felts *ret);

/* The inputs of a version 3 transaction: of starknet.json (members as in the kinds invoke_v3,
 * deploy_account_v3, declare_v3, signer_e2e), or of starknet-onchain.json (tx), where the caller
 * sets the chain. Where there are calls, calldata is made from them. */
struct status starknet_vector_transaction(struct arena *arena, const struct json_in *in,
                                          enum transaction_kind kind, struct transaction *ret);

/* The inputs of the kinds invoke_v1, deploy_account_v1 and l1_handler, and of older transactions
 * on chain. */
struct status starknet_vector_legacy(struct arena *arena, const struct json_in *in,
                                     enum transaction_legacy_kind kind, unsigned version,
                                     struct transaction_legacy *ret);

/* The transaction written as a request and read again; the document is in the arena.
 * The Cairo version is said, so that other calldata is a failure. */
struct status starknet_vector_reread(struct arena *arena, const struct transaction *transaction,
                                     struct transaction *ret);

#endif
