/* A library context of OpenSSL that belongs to us alone: no configuration file, environment
 * variable or engine of the host reaches it. Used by aead.c, ed25519.c and p384.c. */
#ifndef COFFER_CRYPTO_OPENSSL_INTERNAL_H
#define COFFER_CRYPTO_OPENSSL_INTERNAL_H

#include <openssl/ec.h>
#include <openssl/evp.h>

/* What is fetched once. A member is NULL when OpenSSL could not make it. Read only. */
struct openssl {
    OSSL_LIB_CTX *context;
    EVP_CIPHER *aes_256_gcm;
    EC_GROUP *p384;
};

/* The one context, made by the first call. Any thread. */
const struct openssl *openssl_get(void);

#endif
