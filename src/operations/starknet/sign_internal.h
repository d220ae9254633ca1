/* The parts of signing that sign.c and sign_check.c share. */
#ifndef COFFER_OPERATIONS_STARKNET_SIGN_INTERNAL_H
#define COFFER_OPERATIONS_STARKNET_SIGN_INTERNAL_H

#include "operations/starknet/sign.h"

/* The hash of an item for its account; fills in a transaction's sender. */
void sign_hash(struct sign_item *item, const struct account *account);

/* The full verification: read the item again, hash it again, and verify the signature.
 * In: public_key, derived again. Returns: OK, SELF_CHECK. */
struct status sign_check(struct work *work, const struct permit *permit,
                         const struct stark_public *public_key, const struct sign_item *item,
                         const struct sign_result *result);

#endif
