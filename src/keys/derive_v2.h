/* Derivation v2: the Stark key of a user, from a typed label and without rejected candidates.
 *
 * PRK = HKDF-Extract(salt "coffer/v2/tenant", seed of the tenant), 48 bytes under the label
 * LABEL_USER_KEY {user, index}, key = (bytes mod (n-1)) + 1, which is within 2^-132 of uniform.
 * Used by user_keys.h. Source: formats, section 4. */
#ifndef COFFER_KEYS_DERIVE_V2_H
#define COFFER_KEYS_DERIVE_V2_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"
#include "digest/hmac_sha256.h"

/* What a tenant's keys are derived from. *secret*. */
struct derive_v2 {
    struct hmac_sha256_key prk;
};

void derive_v2_wipe(struct derive_v2 *tenant);

/* Prepare a tenant. In: seed, *secret*. Timing: constant. */
void derive_v2_init(struct derive_v2 *tenant, const struct secret32 *seed);

/* The key of (user, index). In: tenant, *secret*; user, from outside; index, any.
 * Out: *ret_key, *secret*, 1 to n-1, big-endian. Returns: OK; INVALID_USERNAME.
 * On failure: *ret_key is zero. Timing: depends on the length of user only. */
struct status derive_v2_key(const struct derive_v2 *tenant, struct bytes user, uint64_t index,
                            struct secret32 *ret_key);

#endif
