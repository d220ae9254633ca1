/* The keys of an issuer of ID tokens: its JWK set, read strictly into a table of fixed size.
 *
 * A key that is used has a name of its own (kid) and one algorithm: the one it says, or else that
 * of its type, RS256 for RSA. Keys of other kinds stand in the sets of many issuers and count for
 * nothing: those with another type, curve or algorithm; for another use than signatures; without a
 * name that fits, or without numbers in their one form; RSA outside the bounds of crypto/rsa.h;
 * with a private or a symmetric part, which everybody has read by now; with an address to find the
 * key at (x5u, jku). Certificates beside a key (x5c, x5t) and everything else in it are not looked
 * at. But a set in which two keys that are used have one name says two things at once, and is
 * refused whole.
 * Pure. Public data. Used by authenticators/oidc_token.h and oidc_cache.h.
 * Source: formats for users, section 15; RFC 7517, RFC 7518 section 6, RFC 8037 section 2. */
#ifndef COFFER_AUTHENTICATORS_OIDC_KEYS_H
#define COFFER_AUTHENTICATORS_OIDC_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "crypto/rsa.h"

enum {
    OIDC_KEYS_TEXT = 64 * 1024, /* bytes of a set */
    OIDC_KEYS_MAX = 32,         /* keys that are used */
    OIDC_KID_MAX = 128,
    OIDC_POINT = 33,
};

/* How tokens are signed. */
enum oidc_alg {
    OIDC_RS256,
    OIDC_PS256,
    OIDC_ES256,
    OIDC_EDDSA, /* Ed25519 */
};

struct oidc_key {
    enum oidc_alg alg;
    uint8_t kid[OIDC_KID_MAX];
    size_t kid_len;            /* 1 to OIDC_KID_MAX */
    struct rsa_key rsa;        /* of RS256 and PS256 */
    uint8_t point[OIDC_POINT]; /* of ES256 in SEC1; of Ed25519 the first 32 */
};

/* 23 KiB: keep it off small stacks. */
struct oidc_keys {
    struct oidc_key keys[OIDC_KEYS_MAX];
    size_t count;   /* 1 to OIDC_KEYS_MAX */
    size_t ignored; /* keys of the set that count for nothing */
};

/* The algorithm of a name, in its exact letters. Returns: OK; OIDC_ALG for every other one. */
struct status oidc_keys_alg(struct bytes name, enum oidc_alg *ret);

/* Read a set. In: text, from outside; arena with 41 bytes for each of text and 4096 free.
 * Returns: OK; OIDC_KEYS_STALE (longer than OIDC_KEYS_TEXT, no JWK set, a name twice, no key that
 * can be used or more than OIDC_KEYS_MAX); NO_MEMORY. On failure: *ret is zero. */
struct status oidc_keys_read(struct bytes text, struct arena *arena, struct oidc_keys *ret);

/* The key of this name; NULL when there is none. */
const struct oidc_key *oidc_keys_find(const struct oidc_keys *keys, struct bytes kid);

/* Whether signature is that of key over text by the key's algorithm, in the form of JWS: r and s of
 * ES256 side by side. Returns: OK; AUTH_FAILED; NO_MEMORY. */
struct status oidc_keys_verify(const struct oidc_key *key, struct bytes text,
                               struct bytes signature);

#endif
