/* What the operations on sessions have in common: how requests say who logs in and with what, and
 * how answers show a session. */
#ifndef COFFER_OPERATIONS_USERS_SESSION_FORM_H
#define COFFER_OPERATIONS_USERS_SESSION_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "pipeline/context/work.h"
#include "pipeline/permit.h"
#include "sessions/login_limits.h"
#include "sessions/sessions.h"

/* Who asks to log in: members tenant, username and client_key. login points into it. */
struct session_form {
    uint8_t tenant[AUTH_TEXT_HASH];
    uint8_t cnf[AUTH_TEXT_HASH];
    uint8_t challenge[AUTH_TEXT_CHALLENGE];
    struct login login;
    struct login_limits_who who;
};

/* Read them, and say in the trail whom it is about. In: permit, of a route of guests; ret, in the
 * arena of the request, whose records refer to it. Out: *ret; its login has a purpose, and no
 * challenge and proofs.
 * Returns: OK; MISSING_FIELD, BAD_TYPE, INVALID_USERNAME, INVALID_HEX, INVALID_BASE64; BAD_REQUEST
 * for a tenant that is none, a scheme that is none, or a key that is none of its scheme;
 * POINT_INVALID; NO_MEMORY; what trail_about says. */
struct status session_form_who(struct work *work, const struct permit *permit,
                               const struct json_in *root, struct session_form *ret);

/* Say in the trail whose session asks. In: permit, with one. Returns: as trail_user. */
struct status session_form_user(struct work *work, const struct permit *permit);

/* A scheme by its word. Returns: OK; MISSING_FIELD, BAD_TYPE; BAD_REQUEST. */
struct status session_form_scheme(const struct json_in *at, enum auth_scheme *ret);

/* Bytes in base64, in the arena; empty when they are missing and may be.
 * Returns: OK; MISSING_FIELD, BAD_TYPE, INVALID_BASE64; NO_MEMORY. */
struct status session_form_bytes(struct work *work, const struct json_in *at, const char *name,
                                 bool is_needed, struct bytes *ret);

/* Which scopes a session shall have: a list of words, of which there is at least one; all of them
 * without. Returns: OK; BAD_TYPE; BAD_REQUEST. */
struct status session_form_scopes(const struct json_in *root, uint32_t *ret);

/* What may be done in so many nanoseconds, or now. Out: work, when. Returns: OK; RATE_LIMITED. */
struct status session_form_wait(struct work *work, uint64_t wait_ns);

/* Count the request against the limits of logins. Sets work->retry_after_s.
 * Returns: OK; RATE_LIMITED. */
struct status session_form_limit(struct work *work, struct sessions *sessions,
                                 enum login_limits_kind kind, const struct session_form *form);

/* What the gateway says is the address of the client: the last item of X-Forwarded-For, if it looks
 * like one; empty without. */
struct bytes session_form_address(const struct work *work);

/* Schemes as the trail has them: a list of words, in the arena. Empty without memory. */
struct bytes session_form_factors(struct work *work, uint16_t factors);

/* What an answer shows of a session. */
struct session_form_shown {
    const uint8_t *tenant; /* [AUTH_TEXT_HASH] */
    struct bytes user;
    const struct session_record *record;
    uint64_t expires_ms;
    bool has_current; /* it is said whether this is the session that asks */
    bool is_current;
};

/* Write its members into an object that is open. */
void session_form_out(struct json_out *out, const struct session_form_shown *shown);

/* Open the answer's object, with the members of a session and its token.
 * Returns: OK; as sessions_put_token. */
struct status session_form_token_out(struct work *work, struct sessions *sessions,
                                     const struct session_token *token, struct bytes address);

#endif
