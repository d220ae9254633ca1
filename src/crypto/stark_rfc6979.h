/* Nonces for ECDSA on the Stark curve: RFC 6979 with HMAC-SHA-256, to the letter.
 *
 * Both the key and the hash enter as 32 bytes, unreduced. A candidate is the leftmost 252 bits of
 * 32 bytes of output; since n is just above 2^251, every second one is thrown away.
 * Used by stark_ecdsa. Source: RFC 6979, sections 3.2 and 3.6. */
#ifndef COFFER_CRYPTO_STARK_RFC6979_H
#define COFFER_CRYPTO_STARK_RFC6979_H

#include "base/bytes.h"
#include "crypto/felt.h"
#include "crypto/rfc6979.h"
#include "crypto/stark_key.h"

/* The generator. *secret*. */
struct stark_rfc6979 {
    struct rfc6979 bytes;
};

void stark_rfc6979_wipe(struct stark_rfc6979 *generator);

/* Steps a to g. In: key, *secret*; hash, public; extra, *secret* or public, 0 to
 * RFC6979_EXTRA bytes. Timing: depends on the length of extra only. */
void stark_rfc6979_init(struct stark_rfc6979 *generator, const struct stark_key *key,
                        const struct felt *hash, struct bytes extra);

/* Step h: the next nonce. Out: *ret_k, *secret*, 1 to n-1.
 * Timing: depends on the number of candidates that were thrown away. */
void stark_rfc6979_next(struct stark_rfc6979 *generator, struct stark_scalar *ret_k);

#endif
