/* A library context of OpenSSL that belongs to us alone: no configuration file, environment
 * variable or engine of the host reaches it. Used by aead.c, ecdsa.c, ed25519.c and p384.c.
 *
 * OpenSSL says that a call failed, and in general not why: what it refused and what it had no
 * memory for look alike. Allocations that fail set errno, so that is where the difference is:
 * openssl_get clears it, and openssl_failed asks it. */
#ifndef COFFER_CRYPTO_OPENSSL_INTERNAL_H
#define COFFER_CRYPTO_OPENSSL_INTERNAL_H

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "base/status.h"

/* What is fetched once. Read only. */
struct openssl {
    OSSL_LIB_CTX *context;
    EVP_CIPHER *aes_256_gcm;
    EC_GROUP *p384;
};

/* The one context, made by the first call that has the memory for it. errno is 0 afterwards. Any
 * thread. Returns: OK, NO_MEMORY. On failure: *ret is NULL; a later call tries again, but some of
 * what OpenSSL cannot begin for want of memory it never begins in that process. So whoever stays
 * makes keys at the start, and ends when that fails. */
struct status openssl_get(const struct openssl **ret);

/* What a failure of OpenSSL since this thread's openssl_get means: NO_MEMORY when an allocation
 * failed in between, otherwise what the failure would mean with all the memory of the world. */
struct status openssl_failed(struct status otherwise);

#endif
