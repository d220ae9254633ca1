/* Keccak-256 as Ethereum and Starknet use it: the padding of the original Keccak, not of SHA-3.
 *
 * On memory of the caller; a stream that absorbed a secret is a secret. Used for selectors, typed
 * data, addresses and the check of the root.
 * Source: Keccak reference 3.0 (rate 1088, capacity 512, first padding byte 0x01). */
#ifndef COFFER_DIGEST_KECCAK256_H
#define COFFER_DIGEST_KECCAK256_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    KECCAK256_BYTES = 32,
    KECCAK256_RATE = 136,
};

/* A stream; held is how many bytes of the current block are absorbed. */
struct keccak256 {
    uint64_t lane[25];
    size_t held;
};

void keccak256_wipe(struct keccak256 *keccak);

/* Hash one message. In: data, *secret* or public. Out: 32 bytes.
 * Timing: depends on the length only. */
void keccak256_hash(struct bytes data, uint8_t out[static KECCAK256_BYTES]);

/* The same in pieces; final wipes the stream. Timing: depends on the lengths only. */
void keccak256_init(struct keccak256 *keccak);
void keccak256_update(struct keccak256 *keccak, struct bytes data);
void keccak256_final(struct keccak256 *keccak, uint8_t out[static KECCAK256_BYTES]);

#endif
