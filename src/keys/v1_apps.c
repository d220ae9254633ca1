#include "keys/v1_apps.h"

#include <string.h>

#include "base/buf.h"

/* One that was met; or a tenant that is no app's, with zeros for the app. */
struct known {
    uint8_t tenant[DOMAIN_TENANT_ID];
    uint8_t app[V1_APPS_ID];
};

struct v1_apps {
    struct mem *mem;
    struct domain domain;
    size_t count;
    struct known list[V1_APPS_MAX]; /* by tenant, ascending */
};

struct status v1_apps_open(struct mem *mem, const struct domain *domain, struct v1_apps **ret)
{
    void *block;
    *ret = NULL;
    TRY(mem_alloc(mem, sizeof **ret, &block));
    *ret = block;
    (*ret)->mem = mem;
    (*ret)->domain = *domain;
    return OK;
}

void v1_apps_close(struct v1_apps **apps)
{
    void *block = *apps;
    if (block != NULL) {
        mem_free((*apps)->mem, &block);
    }
    *apps = NULL;
}

/* The place of the first that is not below a tenant. */
static size_t place_of(const struct v1_apps *apps, const uint8_t tenant[static DOMAIN_TENANT_ID])
{
    struct bytes wanted = {tenant, DOMAIN_TENANT_ID};
    size_t from = 0;
    size_t end = apps->count;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (bytes_compare(BYTES_ARRAY(apps->list[middle].tenant), wanted) < 0) {
            from = middle + 1;
        } else {
            end = middle;
        }
    }
    return from;
}

static bool is_at(const struct v1_apps *apps, size_t at,
                  const uint8_t tenant[static DOMAIN_TENANT_ID])
{
    struct bytes wanted = {tenant, DOMAIN_TENANT_ID};
    return at < apps->count && bytes_equal(BYTES_ARRAY(apps->list[at].tenant), wanted);
}

static struct status keep(struct v1_apps *apps, const struct known *known)
{
    size_t at = place_of(apps, known->tenant);
    if (is_at(apps, at, known->tenant)) {
        apps->list[at] = *known;
        return OK;
    }
    if (apps->count == V1_APPS_MAX) {
        return FAIL(OVERLOADED);
    }
    memmove(&apps->list[at + 1], &apps->list[at], (apps->count - at) * sizeof apps->list[0]);
    apps->list[at] = *known;
    apps->count++;
    return OK;
}

struct status v1_apps_meet(struct v1_apps *apps, const uint8_t app[static V1_APPS_ID],
                           uint8_t ret_tenant[static DOMAIN_TENANT_ID])
{
    struct known known;
    memcpy(known.app, app, sizeof known.app);
    memset(ret_tenant, 0, DOMAIN_TENANT_ID);
    TRY(domain_app_tenant(&apps->domain, app, known.tenant));
    TRY(keep(apps, &known));
    memcpy(ret_tenant, known.tenant, sizeof known.tenant);
    return OK;
}

/* Try the first ids. Out: known->app, zeros when it is none of them. */
static void try_ids(const struct v1_apps *apps, struct known *known)
{
    uint8_t tenant[DOMAIN_TENANT_ID];
    for (uint32_t id = 1; id <= V1_APPS_TRIED; id++) {
        struct buf out = buf_over(known->app + V1_APPS_ID - 4, 4);
        buf_put_u32(&out, id);
        struct status status = domain_app_tenant(&apps->domain, known->app, tenant);
        if (status_is_ok(status) && bytes_equal(BYTES_ARRAY(tenant), BYTES_ARRAY(known->tenant))) {
            return;
        }
    }
    memset(known->app, 0, sizeof known->app);
}

bool v1_apps_find(struct v1_apps *apps, const uint8_t tenant[static DOMAIN_TENANT_ID],
                  uint8_t ret_app[static V1_APPS_ID])
{
    static const uint8_t none[V1_APPS_ID];
    struct known known = {.app = {0}};
    size_t at = place_of(apps, tenant);
    if (is_at(apps, at, tenant)) {
        known = apps->list[at];
    } else {
        memcpy(known.tenant, tenant, sizeof known.tenant);
        try_ids(apps, &known);
        /* When there is no room it is tried again next time. */
        (void)status_is_ok(keep(apps, &known));
    }
    memcpy(ret_app, known.app, sizeof known.app);
    return !bytes_equal(BYTES_ARRAY(known.app), BYTES_ARRAY(none));
}
