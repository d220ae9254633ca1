/* Advice about transactions that may be signed and that the network will not execute, or not as
 * their sender expects. A signature costs nothing and a refusal may be wrong, since networks have
 * settings; so it is said beside the signature.
 * Used by the signing operations. Source: the checks of Starknet's gateway, version 0.14. */
#ifndef COFFER_STARKNET_ADVICE_H
#define COFFER_STARKNET_ADVICE_H

#include <stddef.h>

#include "starknet/transaction.h"

/* clang-format off */
/* name, which is part of the API; what it says */
#define ADVICE_TABLE(X) \
    X(BOUNDS_ZERO, "all resource bounds are zero: only a fee estimation can be that") \
    X(L2_GAS_ABOVE_LIMIT, "the network takes at most 1210000000 units of L2 gas") \
    X(L2_PRICE_BELOW_MINIMUM, "the network takes no price of L2 gas below 8000000000 fri") \
    X(DA_MODE_L2, "the network takes the data availability mode L1 only") \
    X(PAYMASTER_DATA, "the network takes no paymaster_data") \
    X(DEPLOYMENT_DATA, "the network takes no account_deployment_data") \
    X(DEPLOY_NONCE, "an account that is being deployed has nonce 0") \
    X(NO_CALLS, "the transaction calls nothing") \
    X(NONCE_ASSUMED, "the request says no nonce, so 0 was signed") \
    X(FOREIGN_SENDER, "the sender is no account of this key under a known class") \
    X(HALF_SIGNED, "the account has a guardian: the other key has to sign too")
/* clang-format on */

enum advice {
#define ADVICE_ENUM(name, text) ADVICE_##name,
    ADVICE_TABLE(ADVICE_ENUM)
#undef ADVICE_ENUM
        ADVICE_COUNT
};

/* A set of them: bit n stands for advice n. */
typedef uint32_t advice_set;

#define ADVICE_BIT(name) ((advice_set)1 << ADVICE_##name)

/* What is to be said about a transaction by itself. */
advice_set advice_of(const struct transaction *transaction);

const char *advice_name(enum advice advice);
const char *advice_text(enum advice advice);

/* Write a set as the member warnings, a list of {code, text}, into an open object; nothing for an
 * empty set. */
void advice_out(struct json_out *out, advice_set set);

#endif
