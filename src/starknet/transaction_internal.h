/* What the hashes of version 3 have in common. */
#ifndef COFFER_STARKNET_TRANSACTION_INTERNAL_H
#define COFFER_STARKNET_TRANSACTION_INTERNAL_H

#include "starknet/transaction.h"

/* The hash with all three bounds, or with l1_gas and l2_gas only. */
struct felt transaction_hash_of(const struct transaction *transaction, bool has_l1_data_gas);

#endif
