#include "pipeline/context/speakers.h"

#include "pipeline/context/service.h"

static struct status ask_session(void *context, struct bytes token, bool is_renewal,
                                 struct session_token *ret)
{
    const struct service *service = context;
    *ret = (struct session_token){0};
    return service->sessions == NULL ? FAIL(UNAVAILABLE)
                                     : sessions_check(service->sessions, token, is_renewal, ret);
}

static struct status ask_service(void *context, const uint8_t *tenant, const uint8_t *id,
                                 struct clock_interval now, struct users_service *ret)
{
    const struct service *service = context;
    return users_service(service->users, tenant, id, now, ret);
}

/* A user who is frozen is so for everybody who would act for him. */
static struct status ask_may(void *context, struct arena *arena, const struct speakers_act *act,
                             bool *ret_granted)
{
    struct users *users = ((const struct service *)context)->users;
    struct user_state state;
    *ret_granted = false;
    TRY(users_state(users, act->tenant, act->user, &state));
    TRY(state.is_frozen ? FAIL(FROZEN) : OK);
    return users_service_may(users, arena, act->service, act->user, ret_granted);
}

static struct status ask_step_up(void *context, struct arena *arena, const struct login *login,
                                 const struct session_token *session, uint8_t *ret_assurance)
{
    const struct service *service = context;
    *ret_assurance = 0;
    return service->sessions == NULL
               ? FAIL(UNAVAILABLE)
               : sessions_step_up(service->sessions, arena, login, session, ret_assurance);
}

static struct status ask_count(void *context, const uint8_t *sid, uint64_t counter)
{
    const struct service *service = context;
    return service->sessions == NULL ? FAIL(UNAVAILABLE)
                                     : sessions_count(service->sessions, sid, counter);
}

struct speakers speakers_of(struct service *service)
{
    return (struct speakers){service, ask_session, ask_service, ask_may, ask_step_up, ask_count};
}
