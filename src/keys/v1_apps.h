/* Which app a tenant is: version 1 between nodes names apps where everything else names tenants.
 *
 * A tenant's id is a hash of its app's, which does not turn back. What was met is kept; of others
 * the first ids are tried, since the registry counts them up from 1: once for all tenants, as a
 * peer may name any number of them.
 * Used by sync of version 1 and by what opens its values. One owner at a time.
 * Source: formats, section 3; the reference of the Nova KMS, section 6.1. */
#ifndef COFFER_KEYS_V1_APPS_H
#define COFFER_KEYS_V1_APPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/status.h"
#include "keys/domain.h"

enum {
    V1_APPS_ID = 32,        /* an app id: 256 bits, big-endian */
    V1_APPS_MAX = 4096,     /* that are kept */
    V1_APPS_TRIED = 0xffff, /* the last id that is tried for a tenant that was not met */
};

struct v1_apps;

/* Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status v1_apps_open(struct mem *mem, const struct domain *domain, struct v1_apps **ret);
void v1_apps_close(struct v1_apps **apps);

/* The tenant of an app, which is known from now on. Returns: OK; FORBIDDEN, as domain_app_tenant;
 * OVERLOADED when too many are known. On failure: *ret_tenant is zero. */
struct status v1_apps_meet(struct v1_apps *apps, const uint8_t app[static V1_APPS_ID],
                           uint8_t ret_tenant[static DOMAIN_TENANT_ID]);

/* The app of a tenant. Returns: false when it is none that was met or tried; *ret_app is zero then.
 * Cost: log n and a hash; the first time that one was not met, V1_APPS_TRIED hashes. */
bool v1_apps_find(struct v1_apps *apps, const uint8_t tenant[static DOMAIN_TENANT_ID],
                  uint8_t ret_app[static V1_APPS_ID]);

#endif
