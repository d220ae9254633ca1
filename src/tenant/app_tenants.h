/* Tenants of registered apps: every active app is one, made when it is asked for.
 *
 * All there is to such a tenant follows from the app id and the root: its id, its seed (v2), the
 * key of its users' pseudonyms; what it may sign is the default policy. So a table is only a
 * memory of the last APP_TENANTS_KEPT ones, in guarded memory; the one unused for longest gives
 * way and is wiped. A table has one user, an event loop: there is no lock, and nobody else can
 * evict a tenant that is in use. Whether an app is registered and active is not known here.
 * Source: formats, sections 3, 4 and 6. */
#ifndef COFFER_TENANT_APP_TENANTS_H
#define COFFER_TENANT_APP_TENANTS_H

#include <stdint.h>

#include "base/mem.h"
#include "base/status.h"
#include "keys/cache/key_cache.h"
#include "keys/domain.h"
#include "keys/root.h"
#include "tenant/tenant.h"

enum {
    APP_TENANTS_KEPT = 64,
};

struct app_tenants;

/* An empty table. In: domain, copied; root, of the epoch that seeds come from, *secret*; cache.
 * Root and cache outlive the table. Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status app_tenants_open(const struct domain *domain, const struct root *root,
                               struct key_cache *cache, struct mem *mem, struct app_tenants **ret);

/* Wipe and free; *table becomes NULL (it may be NULL). */
void app_tenants_close(struct app_tenants **table);

/* The tenant of an app. In: app_id as a u256, from the registry.
 * Out: *ret, which stays until APP_TENANTS_KEPT other apps were asked for after it: a request that
 * asks for one app may use it to its end, and must not keep it for later.
 * Returns: OK; FORBIDDEN for app id 0, 2^63 and above, and the service's own.
 * On failure: *ret is NULL; no tenant gave way. */
struct status app_tenants_get(struct app_tenants *table, const uint8_t app_id[static 32],
                              const struct tenant **ret);

#endif
