#include "keys/v1_apps.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

_Static_assert(V1_APPS_TRIED <= UINT16_MAX, "16 bits of an entry are the id");

/* One that was met. */
struct known {
    uint8_t tenant[DOMAIN_TENANT_ID];
    uint8_t app[V1_APPS_ID];
};

struct v1_apps {
    struct mem *mem;
    struct domain domain;
    size_t count;
    struct known list[V1_APPS_MAX]; /* by tenant, ascending */
    bool has_tried;
    uint64_t tried[V1_APPS_TRIED]; /* ascending: the first 48 bits of the tenant's id, the app's */
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

static uint64_t start_of(const uint8_t tenant[static DOMAIN_TENANT_ID])
{
    uint64_t start = 0;
    for (size_t i = 0; i < 6; i++) {
        start = start << 8 | tenant[i];
    }
    return start << 16;
}

/* Out: ret_app, that id. Returns: whether it may be an app's. */
static bool tenant_of(const struct v1_apps *apps, uint32_t id, uint8_t ret_app[static V1_APPS_ID],
                      uint8_t ret_tenant[static DOMAIN_TENANT_ID])
{
    memset(ret_app, 0, V1_APPS_ID);
    struct buf out = buf_over(ret_app + V1_APPS_ID - 4, 4);
    buf_put_u32(&out, id);
    return status_is_ok(domain_app_tenant(&apps->domain, ret_app, ret_tenant));
}

static int compare(const void *a, const void *b)
{
    const uint64_t *one = a;
    const uint64_t *other = b;
    return (*one > *other) - (*one < *other);
}

/* An id that is no app's stands for nothing, and is not found. */
static void try_ids(struct v1_apps *apps)
{
    uint8_t app[V1_APPS_ID];
    uint8_t tenant[DOMAIN_TENANT_ID];
    for (uint32_t id = 1; id <= V1_APPS_TRIED; id++) {
        apps->tried[id - 1] = tenant_of(apps, id, app, tenant) ? start_of(tenant) | id : id;
    }
    qsort(apps->tried, V1_APPS_TRIED, sizeof apps->tried[0], compare);
    apps->has_tried = true;
}

/* The place of the first that is not below a start. */
static size_t tried_from(const struct v1_apps *apps, uint64_t start)
{
    size_t from = 0;
    size_t end = V1_APPS_TRIED;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (apps->tried[middle] < start) {
            from = middle + 1;
        } else {
            end = middle;
        }
    }
    return from;
}

static bool find_tried(struct v1_apps *apps, const uint8_t tenant[static DOMAIN_TENANT_ID],
                       uint8_t ret_app[static V1_APPS_ID])
{
    uint8_t its[DOMAIN_TENANT_ID];
    uint64_t start = start_of(tenant);
    if (!apps->has_tried) {
        try_ids(apps);
    }
    for (size_t i = tried_from(apps, start);
         i < V1_APPS_TRIED && apps->tried[i] >> 16 == start >> 16; i++) {
        if (tenant_of(apps, apps->tried[i] & UINT16_MAX, ret_app, its) &&
            bytes_equal(BYTES_ARRAY(its), (struct bytes){tenant, DOMAIN_TENANT_ID})) {
            return true;
        }
    }
    memset(ret_app, 0, V1_APPS_ID);
    return false;
}

bool v1_apps_find(struct v1_apps *apps, const uint8_t tenant[static DOMAIN_TENANT_ID],
                  uint8_t ret_app[static V1_APPS_ID])
{
    size_t at = place_of(apps, tenant);
    if (!is_at(apps, at, tenant)) {
        return find_tried(apps, tenant, ret_app);
    }
    memcpy(ret_app, apps->list[at].app, V1_APPS_ID);
    return true;
}
