/* The parts of signing that sign.c and sign_check.c share. */
#ifndef COFFER_OPERATIONS_STARKNET_SIGN_INTERNAL_H
#define COFFER_OPERATIONS_STARKNET_SIGN_INTERNAL_H

#include "operations/starknet/sign.h"

/* Decode an item as far as judging needs it: what is dear comes later. In: encoding, of the class
 * that the request names or else the tenant's. Lists of *item live in the request's arena.
 * Returns: OK; what the reader of that kind returns, with the place in the document. */
struct status sign_read(struct work *work, const struct permit *permit, enum call_encoding encoding,
                        struct sign_item *item);

bool sign_is_transaction(const struct sign_item *item);

/* True for a transaction whose request says which account it is of. */
bool sign_names_sender(const struct sign_item *item);

/* The account that a user signs for: the one that the request names, when it is of this key, or the
 * one of the class that is named, or else of the tenant's. In: job->user, key, item and the
 * result's public key. Out: the result's account.
 * Returns: OK; SENDER_MISMATCH, for which a tenant may still want it signed; ACCOUNT_MISMATCH,
 * GUARDIAN, SELF_CHECK. */
struct status sign_choose_account(const struct tenant *tenant, struct sign_job *job);

/* An account that is not derived, and that the user has added: key and class are those that the
 * user has said. In: otherwise, what the account failed with. Returns: OK; otherwise when it is
 * none; ACCOUNT_MISMATCH when another key or class is named; UNKNOWN_ACCOUNT_CLASS; as users_log,
 * where that decides; SELF_CHECK. */
struct status sign_listed_account(struct work *work, const struct permit *permit,
                                  struct sign_job *job, struct status otherwise);

/* The account in whose way a foreign sender's transaction is signed. Returns: OK; SENDER_MISMATCH,
 * SELF_CHECK. */
struct status sign_foreign_account(const struct tenant *tenant, struct sign_job *job);

/* The signature of the account's other key, when it is there, is of the result's hash.
 * Returns: OK; SIGNATURE_INVALID. */
struct status sign_check_other(const struct sign_job *job);

/* Put both signatures into the order that the account reads, or say that one is missing. */
void sign_join_other(struct sign_job *job);

/* Hash what is hashed before its nonce is given, or for good; say what the records are about, and
 * see that it is what the caller means. Returns: as sign_hash; NUMBER_RANGE, BAD_REQUEST for a
 * nonce that no lane has; HASH_MISMATCH, SIGNATURE_INVALID. */
struct status sign_number_prepare(struct work *work, const struct permit *permit,
                                  struct sign_job *job);

/* The hash of an item for its account; fills in a transaction's sender. fees may be NULL: nothing
 * is remembered. Returns: OK; CAIRO_VERSION; what typed_data_finish returns. */
struct status sign_hash(struct sign_item *item, const struct account *account,
                        struct transaction_fee_memory *fees);

/* The full verification: read the item again, hash it again, and verify the signature.
 * In: public_key, derived again. Returns: OK, SELF_CHECK. */
struct status sign_check(struct work *work, const struct permit *permit,
                         const struct stark_public *public_key, const struct sign_item *item,
                         const struct sign_result *result);

#endif
