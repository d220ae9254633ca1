/* Whom an ID token shows, in one call: the one way to check a token, so that a key is never asked
 * about a token of another issuer.
 *
 * Pure but for the caches, in which a kid that is not there makes a fetch due. Used by sessions and
 * statements. Source: formats for users, sections 14 and 15. */
#ifndef COFFER_AUTHENTICATORS_OIDC_PROVE_H
#define COFFER_AUTHENTICATORS_OIDC_PROVE_H

#include <stddef.h>
#include <stdint.h>

#include "authenticators/oidc_cache.h"
#include "authenticators/oidc_token.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"

/* Issuers of a tenant, no two with one iss, each with the cache of the same index. */
struct oidc_issuers {
    const struct oidc_issuer *rows;
    struct oidc_cache *caches;
    size_t count;
};

/* What was said, and when it is: wall time for the token, monotonic for the keys. */
struct oidc_said {
    const uint8_t *proof_of; /* P: [AUTH_TEXT_HASH] */
    struct clock_interval now;
    uint64_t now_ms; /* monotonic */
};

/* Check a token. In: text, the token, from outside; arena, with 512 KiB free.
 * Out: K, appended to ret_key, to be compared with that of an enrolled authenticator.
 * Returns: as oidc_token_read, oidc_token_issuer, oidc_cache_find and oidc_token_check, in this
 * order. On failure: nothing is appended. */
struct status oidc_prove(const struct oidc_issuers *issuers, const struct oidc_said *said,
                         struct bytes text, struct arena *arena, struct buf *ret_key);

#endif
