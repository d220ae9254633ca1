/* SHA-1 on memory of the caller, and HMAC with it: for one-time codes, which are defined with it.
 *
 * For nothing else: two texts of one SHA-1 can be made, which HMAC does not rest on. No heap, no
 * copies elsewhere. Used by authenticators. Source: FIPS 180-4, section 6.1; RFC 2104. */
#ifndef COFFER_DIGEST_SHA1_H
#define COFFER_DIGEST_SHA1_H

#include <stdint.h>

#include "base/bytes.h"

enum {
    SHA1_BYTES = 20,
    SHA1_BLOCK = 64,
};

/* Hash one message. In: data, *secret* or public, fewer than 2^61 bytes. Out: 20 bytes.
 * Timing: depends on the length only. */
void sha1_hash(struct bytes data, uint8_t out[static SHA1_BYTES]);

/* The code of one message. In: key, *secret* bytes of any length (more than 64 are hashed first);
 * message, *secret* or public. Out: 20 bytes, *secret*. Timing: depends on the lengths only. */
void sha1_hmac(struct bytes key, struct bytes message, uint8_t out[static SHA1_BYTES]);

#endif
