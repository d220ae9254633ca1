/* What the kinds of tenants share. Private to tenant. */
#ifndef COFFER_TENANT_TENANT_INTERNAL_H
#define COFFER_TENANT_TENANT_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "digest/hmac_sha256.h"
#include "keys/user_keys.h"

/* *secret*: in memory of secret_alloc. */
struct tenant_secrets {
    struct user_keys keys;
    struct hmac_sha256_key pseudonym;
    uint8_t commitment[32]; /* of the seed, when there is one; not of apps */
    bool has_seed;
    bool has_pseudonym;
};

#endif
