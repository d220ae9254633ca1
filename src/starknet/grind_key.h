/* From seed bytes to a Stark private key, as wallets do it after BIP-32.
 *
 * Source: StarkEx key grinding as in starknet.js 10 and @scure/starknet, grindKey: for i from 0,
 * v = SHA-256(seed ‖ i), where i has as few bytes as possible but at least one; the first v below
 * 31n, the greatest multiple of the group order in 256 bits, gives v mod n. */
#ifndef COFFER_STARKNET_GRIND_KEY_H
#define COFFER_STARKNET_GRIND_KEY_H

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"

/* In: seed, *secret*, of public length. Out: *ret_key, big-endian, from 1 to n-1.
 * Returns: OK; KEY_INVALID when the result is 0, which no seed is known to give.
 * On failure: *ret_key is zeros.
 * Timing: depends on the length and on how many values were thrown away, on nothing else. */
struct status grind_key(struct bytes seed, struct secret32 *ret_key);

#endif
