/* ES384: ECDSA on P-384 over SHA-384, with signatures as r and s side by side.
 *
 * Used by attestation. Public data only. Any thread.
 * Source: RFC 9053, section 2.1; FIPS 186-5, section 6.4; the curve is OpenSSL's. */
#ifndef COFFER_CRYPTO_ES384_H
#define COFFER_CRYPTO_ES384_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/p384.h"

enum { ES384_SIGNATURE = 2 * P384_BYTES };

/* Whether signature is that of key over text. In: signature, r and s big-endian.
 * Returns: OK; SIGNATURE_INVALID; NO_MEMORY. */
struct status es384_verify(const struct p384_point *key, struct bytes text,
                           const uint8_t signature[static ES384_SIGNATURE]);

#endif
