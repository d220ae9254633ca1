/* Logging in: one or two proofs of one text, and the token that comes of them.
 *
 * First it is asked what was proven (login_prove), with the keys that the request names: that
 * depends on nothing that is known of the user, so that a stranger without such a key learns
 * nothing. Then whether these keys speak for the user (login_admit), whose log is read meanwhile.
 * Of a passkey the key may be left out, as browsers do not say it; then the log is needed before.
 *
 * The same serves for a step-up, of which the detail is the SHA-256 of the text of a request, and
 * the client's key that of its session. A challenge was made by any node, after the user's last
 * revocation; within its life it makes the same session as often as it is shown.
 *
 * Assurance is 3 for bearers, 4 where the client's key will sign requests, 5 where two proofs are
 * of different schemes. Codes (TOTP) and service keys do not log in here. Pure but for caches of
 * issuers' keys. Used by the operations on sessions and the pipeline.
 * Source: formats for users, sections 13, 14, 16 and 19. */
#ifndef COFFER_SESSIONS_LOGIN_H
#define COFFER_SESSIONS_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authenticators/authenticator.h"
#include "authenticators/oidc_port.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "sessions/session_keys.h"
#include "sessions/session_token.h"
#include "statements/user_log.h"
#include "wire/auth_text.h"

enum { LOGIN_PROOFS = 2 };

/* A proof, from outside. */
struct login_proof {
    enum auth_scheme scheme; /* P256 to OIDC */
    struct bytes key;        /* K; of OIDC empty, as its token says it; of PASSKEY it may be */
    struct bytes proof;
};

struct login {
    enum auth_purpose purpose;
    const uint8_t *tenant;    /* [AUTH_TEXT_HASH] */
    struct bytes user;        /* a username */
    uint8_t cnf_type;         /* scheme of the client's key, 1 to 5; 0: a bearer */
    const uint8_t *cnf;       /* [AUTH_TEXT_HASH], auth_text_cnf of that */
    const uint8_t *challenge; /* [AUTH_TEXT_CHALLENGE] */
    const uint8_t *detail;    /* [AUTH_TEXT_HASH]; NULL: none */
    struct login_proof proofs[LOGIN_PROOFS];
    size_t count;
};

/* What this node and the tenant say. */
struct login_judge {
    const struct session_keys *keys;
    const uint8_t *domain; /* [AUTH_TEXT_HASH] */
    struct authenticator_rules rules;
    const struct oidc_port *oidc; /* NULL: there are no issuers */
    struct clock_interval now;
};

/* An authenticator that has proven. */
struct login_shown {
    enum auth_scheme scheme;
    struct bytes key; /* K */
    uint8_t id[AUTH_TEXT_ID];
    struct authenticator_passkey passkey; /* of PASSKEY: as it says of itself */
};

struct login_proven {
    uint8_t proof_of[AUTH_TEXT_HASH]; /* P */
    uint8_t text[AUTH_TEXT_MAX];      /* X */
    size_t text_len;
    uint64_t issued_ms; /* when the challenge was, at the earliest */
    struct login_shown shown[LOGIN_PROOFS];
    size_t count;
    uint16_t factors; /* bit n - 1 of each scheme n */
    bool waits;       /* with OIDC_KEYS_STALE: the key may be on its way (oidc_port.h) */
};

/* Whether what was proven is this login. In: arena, with 1 MiB free; log, to find keys of passkeys
 * that are left out, or NULL. Out: *ret, which borrows from login and arena.
 * Returns: OK; CHALLENGE_STALE; AUTH_FAILED when the challenge or a proof is another one's; what
 * authenticator_check and oidc_port_prove say; BAD_REQUEST for no proof, too many, two of one key,
 * or a scheme that proves nothing; UNAVAILABLE, SELF_CHECK of the keys; NO_MEMORY. */
struct status login_prove(struct arena *arena, const struct login_judge *judge,
                          const struct login *login, const struct user_log *log,
                          struct login_proven *ret);

/* The user as the records say. */
struct login_user {
    const struct user_log *log;
    bool is_frozen;
    void *context;
    /* The greatest counter that a passkey has shown since it was enrolled; 0: none. */
    uint32_t (*counter)(void *context, const uint8_t id[static AUTH_TEXT_ID]);
};

/* Whether all that was proven speaks for the user now. In: proven, of login_prove.
 * Returns: OK.
 *   AUTH_FAILED       somebody else's, revoked, not counting yet; or there is no such user
 *   WEBAUTHN_FLAGS, WEBAUTHN_COUNTER  see passkey.h
 *   CHALLENGE_STALE   the user has revoked something since the challenge was made
 *   FROZEN; NO_MEMORY */
struct status login_admit(struct arena *arena, const struct login_proven *proven,
                          const struct login_user *user);

/* What a session shall be, beside what was proven. */
struct login_session {
    uint32_t scope; /* of SESSION_SCOPES */
    uint32_t auth_epoch;
    uint32_t epoch;        /* of the root */
    const uint8_t *issuer; /* [SESSION_TOKEN_BOOT] */
};

/* The token of a login that was admitted. */
void login_token(const struct login_judge *judge, const struct login *login,
                 const struct login_proven *proven, const struct login_session *session,
                 struct session_token *ret);

/* Make the token of a session anew: the same session, at most proven. In: token, that
 * session_check took for a renewal. */
void login_renew(const struct login_judge *judge, const struct login_session *session,
                 struct session_token *token);

/* The assurance of a request whose session has also shown this in a step-up: 5 where it is proven
 * and one authenticator is of another scheme than another. */
uint8_t login_stepped_up(const struct session_token *token, const struct login_proven *proven);

#endif
