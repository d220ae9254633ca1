/* ID tokens of OpenID Connect: who an issuer says that somebody is, for one challenge.
 *
 * In three steps, since the issuer decides which keys there are: read what the token says; find the
 * issuer among the tenant's; check with its key of that name (authenticators/oidc_cache.h). A token
 * is a compact JWS of one JSON object, signed, with a header of alg, kid and perhaps typ, JWT, and
 * nothing else: no key, certificate or address of either, no crit, no encryption, no token inside.
 * Nothing is believed before the third step. Of what the token then says only the claims below are
 * looked at: no e-mail address, name or group. What ties it to this login is its nonce alone, so an
 * old token is worth nothing. Pure. Public data, so time may depend on all of it.
 * Source: formats for users, sections 14 and 15; RFC 7515, RFC 7519, RFC 8725; OpenID Connect Core
 * 1.0, sections 2 and 3.1.3.7. */
#ifndef COFFER_AUTHENTICATORS_OIDC_TOKEN_H
#define COFFER_AUTHENTICATORS_OIDC_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authenticators/oidc_keys.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "wire/auth_text.h"

enum {
    OIDC_TOKEN_TEXT = 8 * 1024, /* bytes of a token */
    OIDC_ISS_MAX = 511,
    OIDC_AUD_MAX = 255,
    OIDC_SUB_MAX = 255,
    OIDC_K_MAX = 3 * 2 + OIDC_ISS_MAX + OIDC_AUD_MAX + OIDC_SUB_MAX,
    OIDC_AHEAD_S = 60, /* that the clock of an issuer may be ahead of ours */
};

/* An issuer of a tenant: a row of the trust configuration. All borrowed. */
struct oidc_issuer {
    struct bytes iss;         /* up to OIDC_ISS_MAX */
    const struct bytes *auds; /* that tokens may be for, each up to OIDC_AUD_MAX */
    size_t aud_count;
    unsigned algs;    /* that it may sign with: bits 1u << enum oidc_alg */
    bool is_pairwise; /* sub means something for this audience only */
};

/* What a token says, and nobody has checked. Views into its text or the arena. */
struct oidc_token {
    enum oidc_alg alg;
    struct bytes kid;
    struct bytes iss;
    struct bytes signed_text;
    struct bytes signature;
    struct json_in_doc payload;
};

/* What a token must be for. */
struct oidc_expected {
    const struct oidc_issuer *issuer; /* of oidc_token_issuer */
    const uint8_t *proof_of;          /* P: [AUTH_TEXT_HASH], which the nonce says */
    struct clock_interval now;
};

/* Read a token. In: text, from outside, which must stay as long as *ret; arena with 512 KiB free.
 * Returns: OK; OIDC_ALG (an algorithm that is not taken, such as none and HS256; no kid; anything
 * else in the header); AUTH_FAILED (no such token); NO_MEMORY. On failure: *ret is unspecified. */
struct status oidc_token_read(struct bytes text, struct arena *arena, struct oidc_token *ret);

/* The tenant's issuer that the token names, byte for byte. Returns: OK; OIDC_ISSUER.
 * On failure: *ret is NULL. */
struct status oidc_token_issuer(const struct oidc_token *token, const struct oidc_issuer *issuers,
                                size_t count, const struct oidc_issuer **ret);

/* Check a token: its signature by key, which is the issuer's of that kid, then its claims. One
 * audience, a text or a list of one, that is listed (and azp, if it is there, is listed too); exp
 * after now at its latest; iat, and nbf if it is there, at most OIDC_AHEAD_S after it; nonce, P in
 * base64 of URLs; sub, 1 to 255 of ASCII without control characters. Times are whole seconds.
 * Out: appended to ret_key, K of the authenticator, up to OIDC_K_MAX: issuer, audience, which is
 * left empty where sub is the same for all of them, and sub, each after its length of 2 bytes.
 * Returns: OK; OIDC_ALG (not the key's algorithm, or not one of the issuer's); AUTH_FAILED (another
 * signature, or no sub); OIDC_AUDIENCE; OIDC_EXPIRED; OIDC_NONCE; BUFFER_FULL; NO_MEMORY. Of
 * several faults the first in this order. On failure: nothing is appended. */
struct status oidc_token_check(struct oidc_token *token, const struct oidc_key *key,
                               const struct oidc_expected *expected, struct buf *ret_key);

#endif
