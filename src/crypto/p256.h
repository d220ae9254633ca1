/* ECDSA on P-256: signatures of passkeys, browsers, back ends and issuers of tokens.
 *
 * A signature has a second form, (r, n - s), and both are taken: authenticators and WebCrypto make
 * either. So a signature names nothing; what was signed does. Public data only. Any thread.
 * Source: FIPS 186-5, section 6.4.2; SEC 1, section 2.3.4 for keys; the curve is OpenSSL's. */
#ifndef COFFER_CRYPTO_P256_H
#define COFFER_CRYPTO_P256_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum {
    P256_BYTES = 32, /* of a coordinate, of r and of s */
    P256_SEC1 = 33,  /* a public key, compressed: 02 or 03, x */
    P256_DIGEST = 32,
    P256_SIGNATURE = 64, /* r and s, big-endian */
};

/* Whether sec1 is a key. Returns: OK; POINT_INVALID for another first byte, an x of p or more or
 * that no point has; NO_MEMORY. */
struct status p256_key_check(const uint8_t sec1[static P256_SEC1]);

/* A key from its coordinates. Returns: OK; POINT_INVALID when it is not on the curve, or a
 * coordinate is p or more; NO_MEMORY. On failure: ret is zeros. */
struct status p256_point(const uint8_t x[static P256_BYTES], const uint8_t y[static P256_BYTES],
                         uint8_t ret[static P256_SEC1]);

/* Whether signature is that of a key over a digest, which is SHA-256 for all that sign here.
 * Returns: OK; SIGNATURE_INVALID, also for r or s of 0 or of n and above; POINT_INVALID; NO_MEMORY.
 */
struct status p256_verify(const uint8_t sec1[static P256_SEC1],
                          const uint8_t digest[static P256_DIGEST],
                          const uint8_t signature[static P256_SIGNATURE]);

#endif
