/* Which certificates are of a listed key. Private to src/tls. */
#ifndef COFFER_TLS_TLS_POOL_INTERNAL_H
#define COFFER_TLS_TLS_POOL_INTERNAL_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/tls_pool.h"

/* Whether the public key of a certificate is one of keys [count]. */
bool tls_pool_is_listed(X509 *certificate, const struct tls_pool_key *keys, size_t count);

#endif
