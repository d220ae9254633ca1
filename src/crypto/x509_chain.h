/* A chain of X.509 certificates with P-384 keys, from a pinned root down to the key of a leaf.
 *
 * The order is given and each link is looked at: nothing is searched for, and there is no store.
 * Every certificate must be of version 3 in DER, signed by ecdsa-with-SHA384, have a P-384 key, be
 * valid at the time that is given and have no critical extension but basic constraints and key
 * usage. Those above the leaf must be authorities that may sign certificates, with room in their
 * path length; the leaf must be none, and may sign. Revocation is not looked at. Used by
 * attestation. Public data. Any thread.
 * Source: RFC 5280, sections 4.1, 4.2 and 6.1; parsing and signatures are OpenSSL's. */
#ifndef COFFER_CRYPTO_X509_CHAIN_H
#define COFFER_CRYPTO_X509_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/p384.h"

enum { X509_CHAIN_MAX = 8 }; /* certificates above the leaf */

struct x509_chain {
    struct bytes root;          /* DER; what is trusted */
    const struct bytes *bundle; /* DER, [count]: the root first, the issuer of the leaf last */
    size_t count;               /* 1 to X509_CHAIN_MAX */
    struct bytes leaf;          /* DER */
};

/* Check every link at both ends of that time, Unix ms. Out: *ret_key, the key of the leaf.
 * Returns: OK; CERTIFICATE_ROOT when the bundle does not begin with the root; CERTIFICATE_INVALID
 * for the form, key, algorithm or use of any of them; CERTIFICATE_CHAIN when one is not issued by
 * the one before it; CERTIFICATE_TIME when one is not valid yet or no longer; NO_MEMORY.
 * On failure: *ret_key is zero. Cost: one signature for each certificate, about 0.5 ms. */
struct status x509_chain_check(const struct x509_chain *chain, struct clock_interval time,
                               struct p384_point *ret_key);

#endif
