/* Certificates of authorities that are at hand, for servers that do not send that of their root.
 *
 * Nothing is trusted because it is here: which public keys are those of roots is listed elsewhere
 * (tls/tls_roots.h), and a certificate only says whose key it is. So whoever writes the file can
 * leave one out, and no more. One thread at a time. Used by what fetches keys of issuers. */
#ifndef COFFER_TLS_TLS_POOL_H
#define COFFER_TLS_TLS_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* SHA-256 of a public key, SubjectPublicKeyInfo in DER. */
struct tls_pool_key {
    uint8_t hash[32];
};

/* Its member is its own. Zeros: empty. */
struct tls_pool {
    void *certificates;
};

/* Read a file of certificates in PEM, as systems have one. In: keys [count], of which certificates
 * are kept; path, "" for no file.
 * Returns: OK, also when it has none of them; IO when there is no such file, or something in it is
 * no certificate; NO_MEMORY. On failure: *ret is empty. */
struct status tls_pool_open(const char *path, const struct tls_pool_key *keys, size_t count,
                            struct tls_pool *ret);

/* Certificates that are kept. */
size_t tls_pool_count(const struct tls_pool *pool);

/* Empty it. Fine twice. */
void tls_pool_close(struct tls_pool *pool);

#endif
