/* Whether the token of a request stands: everything but what the request proves with its key.
 *
 * In this order: its form, its epoch, its code, its version; its tenant; its time; whether its user
 * is what it was when the token was made; whether it was revoked. Who has the client's key and
 * what a request may do are asked after that, by whoever has the request (session_check_client,
 * session_check_scope). A token says nothing that is not asked anew but who logged in, and how.
 * Pure: what is known of users comes from who is asked. Any thread.
 * Used by the pipeline, for each request of a session. Source: formats, section 6; formats for
 * users, sections 16 and 19. */
#ifndef COFFER_SESSIONS_SESSION_CHECK_H
#define COFFER_SESSIONS_SESSION_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "sessions/session_keys.h"
#include "sessions/session_token.h"
#include "wire/auth_text.h"

/* What sessions may do, as bits of scope: formats for users, section 13. */
enum {
    SESSION_SCOPE_READ = 1 << 0,
    SESSION_SCOPE_ACCOUNTS = 1 << 1,
    SESSION_SCOPE_SIGN = 1 << 2,
    SESSION_SCOPE_LANES = 1 << 3,
    SESSION_SCOPE_REVOKE = 1 << 5,
    SESSION_SCOPES = SESSION_SCOPE_READ | SESSION_SCOPE_ACCOUNTS | SESSION_SCOPE_SIGN |
                     SESSION_SCOPE_LANES | SESSION_SCOPE_REVOKE,
};

/* A user as the records here say. */
struct session_user {
    bool is_known;
    bool is_frozen;
    uint32_t auth_epoch;
};

/* Who knows of users. */
struct session_port {
    void *context;
    /* Whether there is such a tenant here. Returns: OK; AUTH_FAILED. */
    struct status (*tenant)(void *context, const uint8_t *tenant);
    /* Returns: OK, also for who is not known; why it cannot be said. */
    struct status (*user)(void *context, const uint8_t *tenant, struct bytes user,
                          struct session_user *ret);
    /* Whether this session was revoked, alone or with all of its user up to its time. */
    bool (*is_revoked)(void *context, const struct session_token *token);
};

struct session_judge {
    const struct session_keys *keys;
    const uint8_t *domain; /* [AUTH_TEXT_HASH] */
    const struct session_port *port;
    struct clock_interval now;
    bool is_renewal; /* a token that is over may be renewed for a while */
};

/* Check the text of a token, from outside.
 * Returns: OK.
 *   AUTH_FAILED      it is no token of this cluster, as it is now, or of no tenant of it
 *   SESSION_EXPIRED  it is over, or cannot be renewed any more, or has not begun
 *   SESSION_REVOKED  it was revoked, or its user has revoked something since
 *   BEHIND           the user has revoked what this node has not heard of, or is not known here
 *   FROZEN           its user is
 *   SELF_CHECK; what the port says
 * On failure: *ret is zeros. Timing: constant in keys but for the outcome. */
struct status session_check(const struct session_judge *judge, struct bytes text,
                            struct session_token *ret);

/* Whether a key is the one that a token was made for: not for bearers, who have none.
 * Returns: OK; AUTH_FAILED. */
struct status session_check_client(const struct session_token *token,
                                   const struct auth_client_key *key);

/* Whether a session may do all of these. Returns: OK; SCOPE. */
struct status session_check_scope(const struct session_token *token, uint32_t scopes);

#endif
