/* The generator of RFC 6979 with HMAC-SHA-256: 32 bytes at a time from a key and a hash.
 *
 * What a curve makes of them, and which of them it throws away, is its own affair. Both the key and
 * the hash enter as 32 bytes, unreduced.
 * Used by the nonces of both curves that sign. Source: RFC 6979, sections 3.2 and 3.6. */
#ifndef COFFER_CRYPTO_RFC6979_H
#define COFFER_CRYPTO_RFC6979_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "digest/hmac_sha256.h"

/* The longest additional input. */
#define RFC6979_EXTRA 32

/* K prepared, V. *secret*. */
struct rfc6979 {
    struct hmac_sha256_key key;
    uint8_t value[32];
    bool used; /* bytes were drawn from this state */
};

void rfc6979_wipe(struct rfc6979 *generator);

/* Steps a to g. In: key, *secret*; hash, public; extra, *secret* or public, 0 to RFC6979_EXTRA
 * bytes. Timing: depends on the length of extra only. */
void rfc6979_init(struct rfc6979 *generator, const uint8_t key[static 32],
                  const uint8_t hash[static 32], struct bytes extra);

/* Step h: the next 32 bytes, *secret*, in generator->value until the next call.
 * Timing: constant, but for the first call, which takes less. */
void rfc6979_next(struct rfc6979 *generator);

#endif
