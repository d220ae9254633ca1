/* Ethereum addresses: wallets of apps, peers and ours, and contracts.
 *
 * Lower case with 0x is what is signed and stored; EIP-55 is for people. Public data only.
 * Used by messages, transactions, the registry and everything that names a wallet.
 * Source: Ethereum Yellow Paper, section 4; EIP-55. */
#ifndef COFFER_ETHEREUM_ETH_ADDRESS_H
#define COFFER_ETHEREUM_ETH_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "crypto/k256.h"

enum {
    ETH_ADDRESS_BYTES = 20,
    ETH_ADDRESS_TEXT = 42, /* 0x and the digits */
};

struct eth_address {
    uint8_t b[ETH_ADDRESS_BYTES];
};

/* True for the zero address, which is nobody's. */
bool eth_address_is_zero(const struct eth_address *address);

bool eth_address_equal(const struct eth_address *a, const struct eth_address *b);

/* The address of a key: the end of Keccak-256 over its coordinates. */
void eth_address_of(const struct k256_public *key, struct eth_address *ret);

/* Append ETH_ADDRESS_TEXT characters: all in lower case, or in the case of EIP-55. */
void eth_address_put(struct buf *buf, const struct eth_address *address);
void eth_address_put_checksum(struct buf *buf, const struct eth_address *address);

/* Read 40 digits of any case with or without 0x or 0X before them; a checksum in the case of the
 * letters is not looked at. For wallets in headers and answers.
 * Returns: OK, INVALID_ADDRESS. On failure: *ret is zero. */
struct status eth_address_read(struct bytes text, struct eth_address *ret);

/* Read 0x and 40 digits; letters of both cases must be those of EIP-55, letters of one case carry
 * no checksum. For addresses that a person wrote.
 * Returns: OK, INVALID_ADDRESS, CHECKSUM_ADDRESS. On failure: *ret is zero. */
struct status eth_address_read_checksum(struct bytes text, struct eth_address *ret);

#endif
