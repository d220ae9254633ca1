#include "pipeline/permit.h"

#include <string.h>

#include "base/arena.h"
#include "base/invariant.h"
#include "pipeline/service.h"

struct permit {
    const struct tenant *tenant; /* on routes of users */
    const struct caller_app *app;
    uint8_t tenant_id[DOMAIN_TENANT_ID];
};

static struct status make(struct work *work, struct permit **ret_permit)
{
    *ret_permit = arena_alloc(work->arena, sizeof **ret_permit);
    return *ret_permit == NULL ? FAIL(NO_MEMORY) : OK;
}

struct status permit_anyone(struct work *work, const struct admitted *admitted,
                            const struct permit **ret_permit)
{
    struct permit *permit = NULL;
    (void)admitted;
    *ret_permit = NULL;
    INVARIANT(work->route->principal == ROUTES_ANYONE);
    TRY(make(work, &permit));
    *ret_permit = permit;
    return OK;
}

/* What a user of this tenant may have done, when this caller says so. */
static struct status authorise_user(struct work *work, const struct caller *caller,
                                    struct permit *permit)
{
    const struct service *service = work->worker->service;
    if (permit->app == NULL) {
        permit->tenant = service_default_tenant(service);
    } else if (work->route->form == ROUTES_SEED) {
        return FAIL(FORBIDDEN); /* these reach the tenant "default" only */
    } else {
        TRY(service_app_tenant(work->worker, permit->app->proof.grant.app_id, &permit->tenant));
    }
    if (permit->tenant == NULL || (permit->app == NULL && !service->is_ready)) {
        return FAIL(UNAVAILABLE);
    }
    memcpy(permit->tenant_id, permit->tenant->id, sizeof permit->tenant_id);
    work->record.tenant = permit->tenant_id;
    if (caller_assurance(caller) < (uint8_t)permit->tenant->assurance) {
        return FAIL(FORBIDDEN);
    }
    work->record.key_epoch = permit->tenant->seed_epoch;
    return OK;
}

static struct status authorise_app(struct work *work, struct permit *permit)
{
    const struct service *service = work->worker->service;
    if (permit->app == NULL) {
        return FAIL(FORBIDDEN);
    }
    TRY(domain_app_tenant(&service->domain, permit->app->proof.grant.app_id, permit->tenant_id));
    work->record.tenant = permit->tenant_id;
    return OK;
}

struct status permit_authorise(struct work *work, const struct caller *caller,
                               const struct opened *opened, const struct permit **ret_permit)
{
    struct permit *permit = NULL;
    (void)opened;
    *ret_permit = NULL;
    TRY(make(work, &permit));
    permit->app = caller_app(caller);
    if (work->route->principal == ROUTES_ANYONE ||
        caller_assurance(caller) < work->route->assurance) {
        return FAIL(FORBIDDEN);
    }
    if (work->route->principal == ROUTES_USER) {
        TRY(authorise_user(work, caller, permit));
    } else {
        TRY(authorise_app(work, permit));
    }
    *ret_permit = permit;
    return OK;
}

const struct tenant *permit_tenant(const struct permit *permit)
{
    INVARIANT(permit->tenant != NULL);
    return permit->tenant;
}

const uint8_t *permit_tenant_id(const struct permit *permit)
{
    INVARIANT(permit->tenant != NULL || permit->app != NULL);
    return permit->tenant_id;
}

const struct caller_app *permit_app(const struct permit *permit)
{
    INVARIANT(permit->app != NULL);
    return permit->app;
}
