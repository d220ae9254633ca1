/* What the kinds of tenants share. Private to tenant. */
#ifndef COFFER_TENANT_TENANT_INTERNAL_H
#define COFFER_TENANT_TENANT_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "digest/hmac_sha256.h"
#include "digest/keyed_sum.h"
#include "keys/user_keys.h"

/* *secret*: in memory of secret_alloc. */
struct tenant_secrets {
    struct user_keys keys;
    struct hmac_sha256_key pseudonym;
    const struct keyed_sum_key *sum_key;
    struct keyed_sum pseudonym_sum; /* of the tenant's id and its pseudonym key */
    uint8_t commitment[32];         /* of the seed, when there is one; not of apps */
    bool has_seed;
    bool has_pseudonym;
};

/* Take over the pseudonym key. In: id, of the tenant; bytes, *secret*; cache, which outlives it. */
void tenant_set_pseudonym(struct tenant_secrets *secrets, const uint8_t id[static DOMAIN_TENANT_ID],
                          const struct secret32 *bytes, const struct key_cache *cache);

#endif
