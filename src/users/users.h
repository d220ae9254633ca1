/* Users of tenants, their service keys, and what is frozen: as the strict records say.
 *
 * Every statement is a strict record under the hash of its text; what they mean together is for
 * src/statements/. Here is which records are of whom, and what was made of them, kept as long as
 * nothing new came: an index of 64 bytes for each statement, and a table of the states of
 * USERS_STATES scopes. Nothing is kept of who has no statement, so names that were made up cost
 * time and no memory. Where keys may act, times are intervals: what may be over is over, what may
 * not have begun has not.
 *
 * Nobody acts for users while a majority may have revoked something that is not here: then, and
 * while the tenant has not been resumed after a restore, questions are answered with UNAVAILABLE
 * and RESUME_REQUIRED. Nothing here is secret. Any thread; a lock, within which that of the strict
 * records is taken. Used by sessions, the pipeline and its operations.
 * Source: formats for users, sections 13 and 16 to 19. */
#ifndef COFFER_USERS_USERS_H
#define COFFER_USERS_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authenticators/oidc_port.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "cluster/strict/strict_port.h"
#include "config/trust.h"
#include "keys/domain.h"
#include "registry/registry.h"
#include "statements/policy_log.h"
#include "statements/statement.h"
#include "statements/user_log.h"

enum {
    USERS_TENANT = DOMAIN_TENANT_ID,
    USERS_STATES = 16384,   /* scopes whose state is kept; the one unused for longest gives way */
    USERS_STATE_MS = 30000, /* then it is read again, whatever came */
    USERS_SERVICE_KEY = 64, /* bytes of a service key, at most */
    USERS_SID = AUTH_TEXT_ID,
};

/* The one policy document that is taken until there is a judge of others: that nothing holds but
 * the defaults. A document that nobody applies would only seem to protect somebody. */
#define USERS_POLICY_DEFAULT "{\"v\":1}"

/* All of it outlives the users. */
struct users_setup {
    struct mem *mem;
    struct clock clock;
    struct entropy entropy;
    const struct trust *trust;
    const struct domain *domain;
    const struct registry_port *registry; /* NULL: there are no apps */
    const struct oidc_port *oidc;         /* NULL: there are no issuers */
    const struct strict_port *strict;     /* of the desk of statements */
};

struct users;

/* Returns: OK; NO_MEMORY; ENTROPY; CONFIG_INVALID for a tenant without a name; POINT_INVALID when
 * the key of an operator is no point of its curve. On failure: *ret is NULL. */
struct status users_open(const struct users_setup *setup, struct users **ret);

/* *users becomes NULL (it may be NULL). Nobody may use it any more. */
void users_close(struct users **users);

/* --- tenants ---------------------------------------------------------------------------------- */

/* The id of the deployment, [DOMAIN_ID]. */
const uint8_t *users_domain(const struct users *users);

/* The row of a local tenant; NULL for any other, which is an app's or none: its rules are the
 * defaults, without passkeys, issuers and names made of keys. */
const struct trust_tenant *users_tenant(const struct users *users,
                                        const uint8_t tenant[static USERS_TENANT]);

/* The id of the local tenant of a name, [USERS_TENANT]; NULL when there is none. */
const uint8_t *users_local(const struct users *users, struct bytes name);

/* Whether the records are fresh, and the tenant goes on after a restore.
 * Returns: OK; UNAVAILABLE; RESUME_REQUIRED; NO_MEMORY. */
struct status users_check(struct users *users, const uint8_t tenant[static USERS_TENANT]);

/* --- users ------------------------------------------------------------------------------------ */

/* What every request of a user asks. A name without any statement is not known. */
struct user_state {
    bool is_known;  /* has an entry in its log: may still have no key that counts */
    bool is_forked; /* then only what both branches have behind them counts */
    bool is_frozen; /* the tenant, the user, or the user's own layer */
    uint32_t auth_epoch;
    uint64_t epoch_at_ms; /* Unix; what was issued before that is void */
};

/* In: user, a name. Costs two locks and three look-ups as long as nothing has changed.
 * Returns: OK, also for who is not known; UNAVAILABLE; RESUME_REQUIRED; LIMIT_EXCEEDED for a log
 * that is too long, which speaks for nobody; NO_MEMORY. On failure: *ret is zeros, frozen. */
struct status users_state(struct users *users, const uint8_t tenant[static USERS_TENANT],
                          struct bytes user, struct user_state *ret);

/* The whole log, for logins and statements. In: arena, which holds what *ret borrows: about three
 * times the length of the statements, and while it reads 41 times that of the longest.
 * Returns: as users_state. On failure: *ret is zeros. */
struct status users_log(struct users *users, struct arena *arena,
                        const uint8_t tenant[static USERS_TENANT], struct bytes user,
                        struct user_log *ret);

/* The same as far as it is here, whether or not anybody may act by it: to show it, and to say what
 * comes next, also while a tenant has to be resumed. Returns: OK; LIMIT_EXCEEDED; UNAVAILABLE when
 * a record cannot be read; NO_MEMORY. On failure: *ret is zeros. */
struct status users_log_kept(struct users *users, struct arena *arena,
                             const uint8_t tenant[static USERS_TENANT], struct bytes user,
                             struct user_log *ret);

/* --- service keys ----------------------------------------------------------------------------- */

struct users_service {
    uint8_t tenant[USERS_TENANT];
    uint8_t id[AUTH_TEXT_ID];
    uint8_t alg; /* scheme 1 to 5 */
    uint8_t key_len;
    uint8_t key[USERS_SERVICE_KEY];
    uint32_t scopes; /* bits as in section 13 */
    bool all_users;
    bool is_frozen;
    uint64_t not_before_ms;
    uint64_t not_after_ms;
};

/* A service key of a tenant. In: the earliest and the latest time that it can be.
 * Returns: OK; AUTH_FAILED when it is none, was revoked or added twice, or is out of time;
 * UNAVAILABLE; RESUME_REQUIRED; NO_MEMORY. On failure: *ret is zeros. */
struct status users_service(struct users *users, const uint8_t tenant[static USERS_TENANT],
                            const uint8_t id[static AUTH_TEXT_ID], struct clock_interval now,
                            struct users_service *ret);

/* Whether a service key may act for a user: the statement that added it names the user, or all.
 * In: arena, for what is read; service, of users_service. Out: *ret_granted, whether the user says
 * so too: has granted it, or has it as an authenticator (assurance 4).
 * Returns: OK; AUTH_FAILED when it may not, or there is no such user; as users_state. On failure:
 * *ret_granted is false. */
struct status users_service_may(struct users *users, struct arena *arena,
                                const struct users_service *service, struct bytes user,
                                bool *ret_granted);

/* --- sessions --------------------------------------------------------------------------------- */

/* Whether a session was revoked, as far as it is known here (see users_check). */
bool users_session_revoked(struct users *users, const uint8_t tenant[static USERS_TENANT],
                           struct bytes user, const uint8_t sid[static USERS_SID]);

struct users_session {
    const uint8_t *tenant; /* [USERS_TENANT] */
    struct bytes user;
    uint8_t sid[USERS_SID];
    uint64_t until_ms; /* when it is over by itself: nothing is kept after that */
};

/* Revoke one. In: worker, who is woken. Out: *ret_wait, of the strict records: everywhere 30 s
 * after it is held. Returns: OK; INVALID_USERNAME; as their put. On failure: *ret_wait is 0. */
struct status users_session_revoke(struct users *users, const struct users_session *session,
                                   size_t worker, size_t *ret_wait);

/* --- statements of a scope -------------------------------------------------------------------- */

/* All that there are of a scope. In: scope as texts have it, such as u:alice; arena, as above.
 * Returns: OK, also without any; UNAVAILABLE when one cannot be read; NO_MEMORY. On failure: *ret
 * is empty. */
struct status users_statements(struct users *users, struct arena *arena,
                               const uint8_t tenant[static USERS_TENANT], struct bytes scope,
                               struct statement_set *ret);

/* The policies of a scope. Returns: OK; UNAVAILABLE; LIMIT_EXCEEDED; NO_MEMORY. On failure: frozen.
 */
struct status users_policy(struct users *users, struct arena *arena,
                           const uint8_t tenant[static USERS_TENANT], struct bytes scope,
                           struct policy_log *ret);

/* How full it is, for metrics. */
struct users_stats {
    size_t statements; /* that were seen here */
    size_t states;
};

struct users_stats users_stats(struct users *users);

#endif
