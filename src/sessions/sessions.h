/* The sessions of a node: what its workers ask about tokens, logins and revocations.
 *
 * It joins what is known of users (users.h), the keys of tokens, the counters of requests, the
 * limits of logins, and the records of sessions. Nothing here waits. Whether a session stands is
 * decided by its token, by the log of its user, and by strict records of revocation: one of the
 * session, and one of its user, up to when all sessions end, so that all of them can be revoked,
 * whether they are listed or not. Any thread. Used by the pipeline and the operations on sessions.
 * Source: formats, section 6; formats for users, sections 14, 17 and 19;
 * docs/decisions/086-sessions.md. */
#ifndef COFFER_SESSIONS_SESSIONS_H
#define COFFER_SESSIONS_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "cluster/strict/strict_port.h"
#include "sessions/login.h"
#include "sessions/login_limits.h"
#include "sessions/session_check.h"
#include "sessions/session_records.h"
#include "store/values.h"
#include "users/users.h"

/* All of it outlives the sessions. */
struct sessions_setup {
    struct mem *mem;
    struct clock clock;
    struct entropy entropy;
    struct users *users;
    const struct oidc_port *oidc; /* NULL: there are no issuers */
    const struct strict_port *strict;
    const struct root_keyring *roots;
    struct values *values; /* NULL: sessions are not listed */
    uint8_t boot[SESSION_TOKEN_BOOT];
};

struct sessions;

/* Returns: OK; NO_MEMORY; ENTROPY. On failure: *ret is NULL. */
struct status sessions_open(const struct sessions_setup *setup, struct sessions **ret);

/* *sessions becomes NULL (it may be NULL). */
void sessions_close(struct sessions **sessions);

/* --- requests of sessions --------------------------------------------------------------------- */

/* The session of a token, from outside. In: is_renewal, whether the request asks for a new token.
 * Returns: OK; as session_check; UNAVAILABLE, RESUME_REQUIRED of users_state; UNAVAILABLE while
 * this node does not know its cluster. On failure: *ret is zeros. */
struct status sessions_check(struct sessions *sessions, struct bytes token, bool is_renewal,
                             struct session_token *ret);

/* As window_take, now. */
struct status sessions_count(struct sessions *sessions, const uint8_t sid[static AUTH_TEXT_ID],
                             uint64_t counter);

/* --- logging in ------------------------------------------------------------------------------- */

/* As login_limits_take and login_limits_failed, now. */
uint64_t sessions_limit(struct sessions *sessions, enum login_limits_kind kind,
                        const struct login_limits_who *who);
void sessions_failed(struct sessions *sessions, const struct login_limits_who *who);

/* Make a challenge. In: login, of which purpose, tenant, user and the client's key are set.
 * Returns: OK; UNAVAILABLE, SELF_CHECK; ENTROPY. On failure: ret is zeros. */
struct status sessions_challenge(struct sessions *sessions, const struct login *login,
                                 uint8_t ret[static AUTH_TEXT_CHALLENGE]);

/* A login that is admitted, and not begun yet. */
struct sessions_login {
    struct login_proven proven;
    struct session_token token;
};

/* Ask whether a login is one. Nothing changes. In: arena, with 8 MiB free; scope, that it shall
 * have, of SESSION_SCOPES. Out: *ret, which borrows from arena and login.
 * Returns: OK; what users_check, login_prove and login_admit say; SESSION_REVOKED when this very
 * session was; CHALLENGE_STALE when all sessions of its user were, since. */
struct status sessions_prove(struct sessions *sessions, struct arena *arena,
                             const struct login *login, uint32_t scope, struct sessions_login *ret);

/* Begin it: note what passkeys counted, and list it. In: address, as session_records_from.
 * Returns: OK; WEBAUTHN_COUNTER, and what a write to the store
 * says, of counters. That a session cannot be listed is no failure. */
struct status sessions_begin(struct sessions *sessions, struct arena *arena,
                             const struct sessions_login *login, struct bytes address,
                             const struct session_records_by *by);

/* Whether what was shown for one request is a step-up of its session; what passkeys counted is
 * noted. In: login, as above, of AUTH_STEP_UP, with user and client's key of token.
 * Out: *ret_assurance. Returns: OK; as sessions_prove and sessions_begin. On failure:
 * *ret_assurance is 0. */
struct status sessions_step_up(struct sessions *sessions, struct arena *arena,
                               const struct login *login, const struct session_token *token,
                               uint8_t *ret_assurance);

/* Renew a token that sessions_check took for a renewal. Returns: OK; UNAVAILABLE, SELF_CHECK. */
struct status sessions_renew(struct sessions *sessions, struct session_token *token);

/* Append the text of a token that was made here. Returns: OK; SELF_CHECK; BUFFER_FULL. */
struct status sessions_put_token(struct sessions *sessions, const struct session_token *token,
                                 struct buf *out);

/* --- what sessions there are ------------------------------------------------------------------ */

const struct session_records *sessions_records(const struct sessions *sessions);

/* Whether a listed session was revoked meanwhile, alone or with all. */
bool sessions_is_revoked(struct sessions *sessions, const struct session_records_of *of,
                         const struct session_record *record);

/* What came of a wait of the next two functions; unless it waits it is forgotten. Or forget it. */
enum strict_outcome sessions_outcome(struct sessions *sessions, size_t wait);
void sessions_give_up(struct sessions *sessions, size_t wait);

/* Count a revocation of one session: each is kept as long as the longest session, and whoever has a
 * session could make up others. Revoking all of them is not limited. Returns: 0 when it may be
 * done; otherwise in how many nanoseconds it could. */
uint64_t sessions_limit_revoke(struct sessions *sessions, const struct session_records_of *of);

/* Revoke one session of a user, whether it is listed or not. In: worker, who is woken. Out:
 * *ret_wait, of the strict records. Returns: as users_session_revoke. */
struct status sessions_revoke(struct sessions *sessions, const struct session_records_of *of,
                              const uint8_t sid[static AUTH_TEXT_ID], size_t worker,
                              size_t *ret_wait);

/* Revoke all sessions of a user that began up to now. Returns: as above. */
struct status sessions_revoke_all(struct sessions *sessions, const struct session_records_of *of,
                                  size_t worker, size_t *ret_wait);

#endif
