/* The keys of one namespace, from the roots of a node.
 *
 * Used by the cluster, which takes in records of every namespace. Source: formats, sections 4
 * and 7. */
#ifndef COFFER_RECORD_NAMESPACE_KEYS_H
#define COFFER_RECORD_NAMESPACE_KEYS_H

#include <stdint.h>

#include "keys/domain.h"
#include "keys/root_keyring.h"
#include "keys/v1_apps.h"
#include "record/value_seal.h"

/* Whose keys. */
struct namespace_keys {
    const struct root_keyring *roots;
    const uint8_t *domain; /* [DOMAIN_ID] */
    struct v1_apps *apps;  /* where values of version 1 are read; or NULL */
};

/* Keys of a tenant: of every root that is here, and its key of version 1 where it is an app. In:
 * from, *secret* in its roots. Out: *ret_keys, *secret*. Timing: depends on the tenant. */
void namespace_keys_of(const struct namespace_keys *from,
                       const uint8_t tenant[static DOMAIN_TENANT_ID],
                       struct value_seal_keys *ret_keys);

#endif
