/* Leave to do one operation for one tenant. A permit comes from permit_authorise and from nowhere
 * else: the struct is known to permit.c only. Operations reach a tenant through their permit.
 * Used by the pipeline and every operation. Source: formats, sections 3 and 6. */
#ifndef COFFER_PIPELINE_PERMIT_H
#define COFFER_PIPELINE_PERMIT_H

#include <stdint.h>

#include "base/status.h"
#include "pipeline/caller.h"
#include "pipeline/exchange.h"
#include "pipeline/work.h"
#include "tenant/tenant.h"

struct permit;

/* For a route that anyone may use: a permit without a tenant.
 * In: admitted, which shows that the request was admitted.
 * INVARIANT that the route is such a one.
 * Returns: OK; NO_MEMORY. On failure: *ret_permit is NULL. */
struct status permit_anyone(struct work *work, const struct admitted *admitted,
                            const struct permit **ret_permit);

/* For a caller whose body was opened. The tenant is never one named by a header or body: an app
 * has its own and no other, the loopback caller the local tenant "default".
 * Returns: OK; FORBIDDEN when the caller's assurance is below that of the route or of the tenant,
 * or the principal is not the route's; UNAVAILABLE when there is no such tenant or it has no seed
 * yet; NO_MEMORY. On failure: *ret_permit is NULL. */
struct status permit_authorise(struct work *work, const struct caller *caller,
                               const struct opened *opened, const struct permit **ret_permit);

/* The tenant, and its id. In: a permit of permit_authorise; for the first, on a route of users. */
const struct tenant *permit_tenant(const struct permit *permit);
const uint8_t *permit_tenant_id(const struct permit *permit);

/* The app. In: a permit of permit_authorise on a route of apps. */
const struct caller_app *permit_app(const struct permit *permit);

#endif
