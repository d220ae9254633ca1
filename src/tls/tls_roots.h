/* Whom a TLS server must be: that of a name, by certificates up to an authority whose public key is
 * listed.
 *
 * No list of authorities of a system or a library counts. A root is a certificate of an authority
 * (CA) with a listed public key, whoever hands it over: the server in its chain, or the pool. It is
 * taken at its word, since its key is what is listed: one signed by another authority is as good as
 * one that signed itself. A server's own certificate is no root, even with a listed key. Every
 * certificate from the server's to the root must be valid at the earliest and at the latest time
 * that it may be, for TLS servers, and signed with keys and digests of 112 bits of strength at
 * least. Names are those of the certificate's subjectAltName, a * in them for one whole label.
 * Nobody is asked whether a certificate was revoked.
 * Used by what fetches keys of issuers. Source: RFC 5280, RFC 9525; formats for users, section 15.
 */
#ifndef COFFER_TLS_TLS_ROOTS_H
#define COFFER_TLS_TLS_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "tls/tls_pool.h"

enum { TLS_ROOTS_CHAIN_MAX = 10 }; /* certificates that a server may send */

/* What must be. All borrowed. */
struct tls_roots_rule {
    const struct tls_pool_key *keys; /* of roots */
    size_t key_count;
    const struct tls_pool *pool;
    const char *host; /* a name, or an address without brackets */
};

enum tls_roots_verdict {
    TLS_ROOTS_UNASKED, /* no server has shown certificates */
    TLS_ROOTS_GOOD,
    TLS_ROOTS_UNLISTED, /* no chain to a listed root */
    TLS_ROOTS_TIME,     /* a certificate is not valid yet, or not any more */
    TLS_ROOTS_NAME,     /* of another server */
    TLS_ROOTS_INVALID,  /* malformed, weak, not for servers, a signature that is none */
};

/* Judge a chain. In: chain [count], certificates in DER as a server sends them, its own first.
 * Returns: anything but UNASKED. */
enum tls_roots_verdict tls_roots_judge(const struct tls_roots_rule *rule, struct clock_interval now,
                                       const struct bytes *chain, size_t count);

/* Who judges the server of a connection; it stays where it is as long as that. */
struct tls_roots_guard {
    struct tls_roots_rule rule;
    struct clock clock;
    enum tls_roots_verdict verdict; /* about the last server */
};

/* Have a connection that is being made ask this guard, and nobody else, before a byte is sent to
 * the server. In: ssl_context, an SSL_CTX of OpenSSL that nobody else uses. */
void tls_roots_demand(struct tls_roots_guard *guard, void *ssl_context);

#endif
