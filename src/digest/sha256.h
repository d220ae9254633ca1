/* SHA-256 on memory of the caller: whole messages, streams, and single compressions for midstates.
 *
 * No heap, no copies elsewhere: a context that absorbed a secret is a secret, and wiped like one.
 * Runs on the SHA instructions of the processor where it has them, otherwise on portable C.
 * Used by HMAC, HKDF, keys, audit and everything that hashes.
 * Source: FIPS 180-4. */
#ifndef COFFER_DIGEST_SHA256_H
#define COFFER_DIGEST_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    SHA256_BYTES = 32,
    SHA256_BLOCK = 64,
};

/* The chaining value between blocks: *secret* when what was hashed is. */
struct sha256_state {
    uint32_t h[8];
};

/* A stream. *secret* when what was hashed is. */
struct sha256 {
    struct sha256_state state;
    uint64_t len;
    uint8_t block[SHA256_BLOCK];
};

void sha256_wipe(struct sha256 *sha);
void sha256_state_wipe(struct sha256_state *state);

/* Hash one message. In: data, *secret* or public, any length. Out: 32 bytes.
 * Timing: depends on the length only. */
void sha256_hash(struct bytes data, uint8_t out[static SHA256_BYTES]);

/* Start a stream. */
void sha256_init(struct sha256 *sha);

/* Start a stream after len bytes, a multiple of 64, that led to state. */
void sha256_resume(struct sha256 *sha, const struct sha256_state *state, uint64_t len);

/* Absorb. In: data, *secret* or public; fewer than 2^61 bytes in all.
 * Timing: depends on the lengths only. */
void sha256_update(struct sha256 *sha, struct bytes data);

/* Finish the stream and wipe it. Out: 32 bytes. Timing: depends on the lengths only. */
void sha256_final(struct sha256 *sha, uint8_t out[static SHA256_BYTES]);

/* The state before the first block. */
struct sha256_state sha256_start(void);

/* Absorb whole blocks. In: state and blocks, *secret* or public. Timing: depends on count only. */
void sha256_compress(struct sha256_state *state, const uint8_t *blocks, size_t count);

/* The state as a digest. Timing: constant. */
void sha256_state_bytes(const struct sha256_state *state, uint8_t out[static SHA256_BYTES]);

/* Which code runs on this processor: "sha-ni" or "portable". */
const char *sha256_path(void);

#endif
