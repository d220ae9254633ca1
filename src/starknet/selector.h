/* Entry point selectors, and the hash that they are made with.
 *
 * Used by calls and typed data. `__default__` and `__l1_default__`, which the protocol calls by
 * selector 0, are hashed like any other name, as starknet.js does.
 * Source: Starknet documentation, "Contract storage" (sn_keccak) and "Contract ABI". */
#ifndef COFFER_STARKNET_SELECTOR_H
#define COFFER_STARKNET_SELECTOR_H

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/felt.h"
#include "digest/keccak256.h"

/* Keccak-256 of data modulo 2^250. */
void selector_keccak(struct bytes data, struct felt *ret);

/* The same for the end of a stream, which is wiped. */
void selector_keccak_final(struct keccak256 *keccak, struct felt *ret);

/* The selector of an entry point. In: its name, 1 character or more from '!' to '~'.
 * Returns: OK, INVALID_SELECTOR. On failure: *ret is 0. */
struct status selector_of_name(struct bytes name, struct felt *ret);

#endif
