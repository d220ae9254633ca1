/* Whom an ID token shows, in one call: the one way to check a token, so that a key is never asked
 * about a token of another issuer.
 *
 * Pure but for what finds the keys. Used by whoever keeps keys of issuers (authenticators/
 * oidc_port.h). Source: formats for users, sections 14 and 15. */
#ifndef COFFER_AUTHENTICATORS_OIDC_PROVE_H
#define COFFER_AUTHENTICATORS_OIDC_PROVE_H

#include <stddef.h>
#include <stdint.h>

#include "authenticators/oidc_keys.h"
#include "authenticators/oidc_token.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"

/* Issuers of a tenant, no two with one iss, and who has their keys. */
struct oidc_issuers {
    const struct oidc_issuer *rows;
    size_t count;
    void *context;
    /* As oidc_cache_find of the issuer with this index. Out: a copy of the key. */
    struct status (*find)(void *context, size_t issuer, struct bytes kid, struct oidc_key *ret);
};

/* What was said, and when it is. */
struct oidc_said {
    const uint8_t *proof_of; /* P: [AUTH_TEXT_HASH] */
    struct clock_interval now;
};

/* Check a token. In: text, the token, from outside; arena, with 512 KiB free.
 * Out: K, appended to ret_key, to be compared with that of an enrolled authenticator.
 * Returns: as oidc_token_read, oidc_token_issuer, oidc_cache_find and oidc_token_check, in this
 * order. On failure: nothing is appended. */
struct status oidc_prove(const struct oidc_issuers *issuers, const struct oidc_said *said,
                         struct bytes text, struct arena *arena, struct buf *ret_key);

#endif
