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
#include "sessions/session_token.h"
#include "wire/pop.h"

/* A service key that counts now. */
struct speakers_service {
    uint8_t id[POP_ID];
    uint8_t alg; /* scheme 1 to 5 */
    uint8_t key_len;
    uint8_t key[POP_KEY_MAX];
    uint32_t scopes; /* bits as in section 13 */
    bool is_frozen;
};

/* Whom a service key would act for. */
struct speakers_act {
    const uint8_t *tenant; /* its id */
    const struct speakers_service *service;
    struct bytes user; /* a valid name */
    struct clock_interval now;
};

struct speakers {
    void *context;
    /* The session of a token, from outside. Returns: OK; AUTH_FAILED, SESSION_EXPIRED,
     * SESSION_REVOKED, BEHIND, FROZEN, LOG_FORKED; UNAVAILABLE and RESUME_REQUIRED while nobody
     * may act. On failure: *ret is zero. */
    struct status (*session)(void *context, struct bytes token, struct clock_interval now,
                             struct session_token *ret);
    /* A service key of a tenant. Returns: OK; AUTH_FAILED when it is none; UNAVAILABLE,
     * RESUME_REQUIRED. On failure: *ret is zero. */
    struct status (*service)(void *context, const uint8_t *tenant, const uint8_t *id,
                             struct clock_interval now, struct speakers_service *ret);
    /* Whether it may act for a user. Out: *ret_granted, whether the user says so too.
     * Returns: OK; AUTH_FAILED when it may not; FROZEN; UNAVAILABLE, RESUME_REQUIRED; NO_MEMORY.
     * On failure: *ret_granted is false. */
    struct status (*may)(void *context, struct arena *arena, const struct speakers_act *act,
                         bool *ret_granted);
    /* Use a counter of a session. In: now_ms, monotonic. Returns: OK; NONCE_SPENT; NONCE_INVALID
     * when it is too old; OVERLOADED. */
    struct status (*count)(void *context, const uint8_t *sid, uint64_t counter, uint64_t now_ms);
};

#endif
