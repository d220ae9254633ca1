#include "service/permit.h"

#include "base/arena.h"
#include "base/invariant.h"
#include "service/service.h"

struct permit {
    const struct tenant *tenant;
};

static struct status make(struct work *work, const struct tenant *tenant,
                          const struct permit **ret_permit)
{
    struct permit *permit = arena_alloc(&work->worker->arena, sizeof *permit);
    if (permit == NULL) {
        return FAIL(NO_MEMORY);
    }
    permit->tenant = tenant;
    *ret_permit = permit;
    return OK;
}

struct status permit_anyone(struct work *work, const struct admitted *admitted,
                            const struct permit **ret_permit)
{
    (void)admitted;
    *ret_permit = NULL;
    INVARIANT(work->route->principal == ROUTES_ANYONE);
    return make(work, NULL, ret_permit);
}

struct status permit_authorise(struct work *work, const struct caller *caller,
                               const struct permit **ret_permit)
{
    *ret_permit = NULL;
    const struct tenant *tenant = service_default_tenant(work->worker->service);
    if (tenant == NULL) {
        return FAIL(UNAVAILABLE);
    }
    work->record.tenant = tenant->id;
    uint8_t assurance = caller_assurance(caller);
    if (work->route->principal != ROUTES_USER || assurance < work->route->assurance ||
        assurance < (uint8_t)tenant->assurance) {
        return FAIL(FORBIDDEN);
    }
    if (!work->worker->service->is_ready) {
        return FAIL(UNAVAILABLE);
    }
    return make(work, tenant, ret_permit);
}

const struct tenant *permit_tenant(const struct permit *permit)
{
    INVARIANT(permit->tenant != NULL);
    return permit->tenant;
}
