/* Which members of a tenant's configuration exclude or require each other. Private to tenant. */
#ifndef COFFER_TENANT_TENANT_RULES_INTERNAL_H
#define COFFER_TENANT_TENANT_RULES_INTERNAL_H

#include <stddef.h>

#include "base/status.h"
#include "config/trust.h"

/* Check a tenant by itself and against those before it: a name serves one tenant, and so does a
 * seed. Out: *ret_member, what is wrong. Returns: OK, CONFIG_INVALID. */
struct status tenant_rules_check(const struct trust *trust, size_t index, const char **ret_member);

#endif
