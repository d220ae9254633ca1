/* Who we are: the identity of a deployment, and the ids of its tenants.
 *
 * Two deployments never share an id, so their keys never coincide even under one root. Used by
 * tenants, labels and everything signed. Source: formats, sections 2 and 3. */
#ifndef COFFER_KEYS_DOMAIN_H
#define COFFER_KEYS_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum {
    DOMAIN_ID = 32,
    DOMAIN_TENANT_ID = 32,
    DOMAIN_PROFILE_DEV = 1,
    DOMAIN_PROFILE_PRODUCTION = 2,
};

/* What a deployment is bound to. Without a chain, all but the profile is zero. */
struct domain {
    uint8_t profile;
    uint64_t chain_id;
    uint8_t genesis[32];
    uint8_t registry[20];
    uint8_t kms_registry[20];
    uint8_t kms_app_id[32]; /* u256 */
};

/* The profile that this build was compiled for. */
uint8_t domain_profile(void);

/* The id of a deployment. */
void domain_id(const struct domain *domain, uint8_t ret_id[static DOMAIN_ID]);

/* True for 1 to 32 characters of a-z, 0-9 and the hyphen. */
bool domain_tenant_name_valid(struct bytes name);

/* The id of a local tenant. In: domain, the id of the deployment; name.
 * Returns: OK; CONFIG_INVALID when the name is not valid. On failure: *ret_id is zero. */
struct status domain_local_tenant(const uint8_t domain[static DOMAIN_ID], struct bytes name,
                                  uint8_t ret_id[static DOMAIN_TENANT_ID]);

/* The id of a registered app's tenant. In: domain, of a chain; app_id as a u256.
 * Returns: OK; FORBIDDEN for app id 0, 2^63 and above, and the service's own.
 * On failure: *ret_id is zero. */
struct status domain_app_tenant(const struct domain *domain, const uint8_t app_id[static 32],
                                uint8_t ret_id[static DOMAIN_TENANT_ID]);

#endif
