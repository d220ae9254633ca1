/* Transactions of type 2: a call to a contract, signed by our wallet or by one that signs for us.
 *
 * Without access list; no contract is made. Used by the publication of the root's hash.
 * Source: EIP-1559, EIP-2718. */
#ifndef COFFER_ETHEREUM_ETH_TRANSACTION_H
#define COFFER_ETHEREUM_ETH_TRANSACTION_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "crypto/k256.h"
#include "ethereum/eth_address.h"

enum {
    ETH_TRANSACTION_HASH = 32,
    ETH_TRANSACTION_MAX = LIMIT_ETH_DATA + 256, /* of the raw bytes */
};

struct eth_transaction {
    uint64_t chain_id;
    uint64_t nonce;
    uint64_t max_priority_fee_per_gas; /* wei */
    uint64_t max_fee_per_gas;
    uint64_t gas_limit;
    struct eth_address to;
    uint8_t value[32]; /* wei, big-endian */
    struct bytes data; /* at most LIMIT_ETH_DATA */
};

/* What is signed. Returns: OK; BUFFER_FULL when the data is too long.
 * On failure: ret_hash is zero. */
struct status eth_transaction_signing_hash(const struct eth_transaction *transaction,
                                           uint8_t ret_hash[static ETH_TRANSACTION_HASH]);

/* Sign. In: key, *secret*; raw, empty. Out: raw, ready to be sent; ret_hash, its id on the chain.
 * Returns: OK; BUFFER_FULL when raw or the data is too large; as k256_sign.
 * On failure: ret_hash is zero. Timing: depends on the transaction only. */
struct status eth_transaction_sign(const struct eth_transaction *transaction,
                                   const struct k256_key *key, struct buf *raw,
                                   uint8_t ret_hash[static ETH_TRANSACTION_HASH]);

/* The id on the chain of a raw transaction. */
void eth_transaction_hash(struct bytes raw, uint8_t ret_hash[static ETH_TRANSACTION_HASH]);

/* Who signed raw, which must be exactly this transaction: for a signer that is not trusted to have
 * left it alone. Returns: OK; INVALID_TRANSACTION when raw is another transaction or malformed;
 * BUFFER_FULL when the data is too long; as k256_recover with low s required.
 * On failure: *ret_signer is zero. */
struct status eth_transaction_signer(const struct eth_transaction *transaction, struct bytes raw,
                                     struct eth_address *ret_signer);

#endif
