/* HMAC-SHA-256 with the two midstates of a key kept, so that the key is absorbed once.
 *
 * A message of up to 55 bytes then costs exactly two compressions. Used by HKDF, key derivation,
 * seed commitments and pseudonyms.
 * Source: RFC 2104, FIPS 198-1. */
#ifndef COFFER_DIGEST_HMAC_SHA256_H
#define COFFER_DIGEST_HMAC_SHA256_H

#include <stdint.h>

#include "base/bytes.h"
#include "digest/sha256.h"

/* A prepared key: as *secret* as the key. */
struct hmac_sha256_key {
    struct sha256_state inner;
    struct sha256_state outer;
};

/* A message in work. *secret*. */
struct hmac_sha256 {
    struct sha256 hash;
    struct sha256_state outer;
};

void hmac_sha256_key_wipe(struct hmac_sha256_key *key);
void hmac_sha256_wipe(struct hmac_sha256 *hmac);

/* Prepare a key. In: secret, *secret* bytes of any length (more than 64 are hashed first).
 * Timing: depends on the length only. */
void hmac_sha256_key_init(struct hmac_sha256_key *key, struct bytes secret);

/* The code of one message. In: key, message, both *secret*. Out: 32 bytes.
 * Timing: depends on the length only. */
void hmac_sha256_mac(const struct hmac_sha256_key *key, struct bytes message,
                     uint8_t out[static SHA256_BYTES]);

/* The same in pieces; final wipes the stream. Timing: depends on the lengths only. */
void hmac_sha256_init(struct hmac_sha256 *hmac, const struct hmac_sha256_key *key);
void hmac_sha256_update(struct hmac_sha256 *hmac, struct bytes data);
void hmac_sha256_final(struct hmac_sha256 *hmac, uint8_t out[static SHA256_BYTES]);

/* The longest message that hmac_sha256_pad takes. */
#define HMAC_SHA256_SHORT 55

/* Lay a short message out as the one block that its code is computed from. In: message, up to 55
 * bytes. Out: block, whole. Timing: depends on the length only. */
void hmac_sha256_pad(struct bytes message, uint8_t block[static SHA256_BLOCK]);

/* The codes of two short messages at once, which takes little longer than one.
 * In: key, *secret*; blocks, two that hmac_sha256_pad made. Out: ret_codes, *secret*, as words.
 * Timing: constant. */
void hmac_sha256_pair(const struct hmac_sha256_key *key,
                      const uint8_t blocks[static 2 * SHA256_BLOCK],
                      struct sha256_state ret_codes[static 2]);

#endif
