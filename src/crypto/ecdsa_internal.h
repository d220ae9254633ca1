/* What ECDSA on the curves of OpenSSL has in common: keys and signatures in the forms that it
 * takes. Public data only. Used by es384.c and p256.c. */
#ifndef COFFER_CRYPTO_ECDSA_INTERNAL_H
#define COFFER_CRYPTO_ECDSA_INTERNAL_H

#include <openssl/evp.h>

#include "base/bytes.h"

enum {
    ECDSA_HALF_MAX = 48, /* of r, of s */
    ECDSA_DER_MAX = 2 * (ECDSA_HALF_MAX + 3) + 3,
};

/* A public key of a curve, by the name that OpenSSL has for it. In: sec1, whole or compressed.
 * Returns: to be freed; NULL when it is no point of the curve, or for want of memory, which
 * openssl_failed tells apart. */
EVP_PKEY *ecdsa_key(OSSL_LIB_CTX *context, const char *curve, struct bytes sec1);

/* A signature in DER. In: signature, r and s of equal length, side by side, big-endian.
 * Returns: the length; 0 for want of memory. */
size_t ecdsa_der(struct bytes signature, uint8_t out[static ECDSA_DER_MAX]);

#endif
