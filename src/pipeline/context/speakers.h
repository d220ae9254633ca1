/* Who may speak for a user: what the pipeline asks about sessions and service keys.
 *
 * A table of functions, so that a test can say what is known. Any worker calls them. Part of the
 * service; used by the pipeline. Source: formats for users, sections 13 and 18. */
#ifndef COFFER_PIPELINE_CONTEXT_SPEAKERS_H
#define COFFER_PIPELINE_CONTEXT_SPEAKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "sessions/login.h"
#include "sessions/session_token.h"
#include "users/users.h"

struct service;

/* Whom a service key would act for. */
struct speakers_act {
    const uint8_t *tenant; /* its id */
    const struct users_service *service;
    struct bytes user; /* a valid name */
    struct clock_interval now;
};

struct speakers {
    void *context;
    /* The session of a token, from outside. In: is_renewal, whether it may be over.
     * Returns: OK; AUTH_FAILED, SESSION_EXPIRED, SESSION_REVOKED, BEHIND, FROZEN; UNAVAILABLE and
     * RESUME_REQUIRED while nobody may act. On failure: *ret is zeros. */
    struct status (*session)(void *context, struct bytes token, bool is_renewal,
                             struct session_token *ret);
    /* As users_service. */
    struct status (*service)(void *context, const uint8_t *tenant, const uint8_t *id,
                             struct clock_interval now, struct users_service *ret);
    /* As users_service_may; FROZEN for a user who is. */
    struct status (*may)(void *context, struct arena *arena, const struct speakers_act *act,
                         bool *ret_granted);
    /* As sessions_step_up. */
    struct status (*step_up)(void *context, struct arena *arena, const struct login *login,
                             const struct session_token *session, uint8_t *ret_assurance);
    /* Use a counter of a session. Returns: OK; NONCE_SPENT; NONCE_INVALID when it is too old;
     * OVERLOADED. */
    struct status (*count)(void *context, const uint8_t *sid, uint64_t counter);
};

/* What the users and sessions of a service say. */
struct speakers speakers_of(struct service *service);

#endif
