/* What a login has to be about: made by any node, checked by any node, kept by none.
 *
 * A challenge is version u8 (1), purpose u8, when it was made as u48 of Unix ms, 8 random bytes,
 * and 16 bytes of a code over these, the domain, the tenant, the user and the client's key under
 * the session key of the cluster. Within its life it counts as often as it is shown: the session
 * that it leads to is the same one. Used by sessions. Source: formats for users, section 14. */
#ifndef COFFER_SESSIONS_CHALLENGE_H
#define COFFER_SESSIONS_CHALLENGE_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/status.h"
#include "digest/hmac_sha256.h"
#include "wire/auth_text.h"

enum {
    CHALLENGE_LIFE_MS = 120 * 1000,
    CHALLENGE_LIFE_OIDC_MS = 600 * 1000, /* people log in elsewhere meanwhile */
};

/* What it is for. */
struct challenge_about {
    struct auth_place place;
    enum auth_purpose purpose;
    struct bytes user; /* up to AUTH_TEXT_USER; empty: whoever the proof shows */
    uint8_t cnf_type;
    const uint8_t *cnf; /* [AUTH_TEXT_HASH] */
};

/* Make one. In: key, *secret*; now_ms, the earliest that it can be.
 * Returns: OK; ENTROPY. On failure: ret is zeros. */
struct status challenge_make(const struct hmac_sha256_key *key, const struct challenge_about *about,
                             const struct entropy *entropy, uint64_t now_ms,
                             uint8_t ret[static AUTH_TEXT_CHALLENGE]);

/* The latest that it can be, and how long a challenge counts. */
struct challenge_time {
    uint64_t now_ms;
    uint64_t life_ms;
};

/* Check one. In: key, *secret*; challenge, from outside. Out: *ret_issued_ms.
 * Returns: OK; AUTH_FAILED when it is for something else, or not ours; CHALLENGE_STALE when its
 * life is over, or has not begun. On failure: *ret_issued_ms is 0.
 * Timing: constant but for the outcome. */
struct status challenge_check(const struct hmac_sha256_key *key,
                              const struct challenge_about *about,
                              const uint8_t challenge[static AUTH_TEXT_CHALLENGE],
                              const struct challenge_time *time, uint64_t *ret_issued_ms);

#endif
