#include "service/caller.h"

#include "base/arena.h"
#include "config/trust.h"
#include "service/service.h"

struct caller {
    const char *principal;
    uint8_t assurance;
};

struct status caller_authenticate(struct work *work, const struct admitted *admitted,
                                  const struct caller **ret_caller)
{
    (void)admitted;
    *ret_caller = NULL;
#ifdef COFFER_PRODUCTION
    (void)work;
    return FAIL(UNAUTHENTICATED);
#else
#    ifdef COFFER_CHECKED
    const struct service *service = work->worker->service;
    if (service->knows != NULL && !service->knows(service->knows_context)) {
        work->waits = true;
        return FAIL(UNAVAILABLE);
    }
#    endif
    if (!work->request->is_loopback) {
        return FAIL(UNAUTHENTICATED);
    }
    struct caller *caller = arena_alloc(&work->worker->arena, sizeof *caller);
    if (caller == NULL) {
        return FAIL(NO_MEMORY);
    }
    *caller = (struct caller){.principal = "loopback", .assurance = TRUST_ASSERTED};
    *ret_caller = caller;
    return OK;
#endif
}

const char *caller_principal(const struct caller *caller)
{
    return caller->principal;
}

uint8_t caller_assurance(const struct caller *caller)
{
    return caller->assurance;
}
