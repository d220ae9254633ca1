/* Signed messages: how a wallet signs a text, and whose wallet did.
 *
 * Used by proof of possession, response signatures and audit checkpoints. Any thread.
 * Source: EIP-191, version 0x45 (personal_sign). */
#ifndef COFFER_ETHEREUM_EIP191_H
#define COFFER_ETHEREUM_EIP191_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "crypto/k256.h"
#include "ethereum/eth_address.h"

enum {
    EIP191_DIGEST = 32,
    EIP191_BYTES = 65,
    EIP191_TEXT = 132, /* 0x, r, s and v */
};

/* What is signed for a text. In: text, public, any bytes. */
void eip191_digest(struct bytes text, uint8_t ret_digest[static EIP191_DIGEST]);

/* Sign a text. In: key, *secret*; text, public. Out: ret_signature, low s, v of 0 or 1.
 * Returns: as k256_sign. On failure: *ret_signature is zero. Timing: depends on the text only. */
struct status eip191_sign(const struct k256_key *key, struct bytes text,
                          struct k256_signature *ret_signature);

/* Who signed a text. In: require_low_s, refuses the second form that every signature has.
 * Returns: OK; SIGNATURE_INVALID and the other codes of k256_recover.
 * On failure: *ret_address is zero. */
struct status eip191_recover(struct bytes text, const struct k256_signature *signature,
                             bool require_low_s, struct eth_address *ret_address);

/* Append a signature as EIP191_TEXT characters. v as 27 or 28, which every library reads, or as 0
 * or 1, the only form that the platform's client of version 1 of the wire takes. In: signature, v
 * of 0 or 1, or already of 27 or 28. */
void eip191_put(struct buf *buf, const struct k256_signature *signature);
void eip191_put_parity(struct buf *buf, const struct k256_signature *signature);

/* Read 65 bytes in hex with or without 0x. v may be 0, 1, 27 or 28; values from 35 on, which carry
 * a chain id, belong to transactions and are refused. Out: ret_signature, v of 0 or 1.
 * Returns: OK, SIGNATURE_INVALID. On failure: *ret_signature is zero. */
struct status eip191_read(struct bytes text, struct k256_signature *ret_signature);

/* The same from the bytes themselves. */
struct status eip191_read_bytes(const uint8_t raw[static EIP191_BYTES],
                                struct k256_signature *ret_signature);

#endif
