/* Derivation v1: the Stark key of a user, compatible with the seed document for ever.
 *
 * salt = SHA-256("starknet_user_" user "_" index), PRK = HMAC(salt, seed), candidates
 * HMAC(PRK, "starknet_private_key_v1_attempt_" a 0x01) for a = 0, 1, ...; the first candidate in
 * 1 to n-1 is the key. After LIMIT_V1_ATTEMPTS of them the fallback: the candidate of
 * "starknet_private_key_v1_fallback_" user "_" index, (candidate mod (n-1)) + 1. The limit is part
 * of the derivation: another limit would be another key.
 * Used by user_keys.h. Source: spec A; formats, section 4. */
#ifndef COFFER_KEYS_DERIVE_V1_H
#define COFFER_KEYS_DERIVE_V1_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"

/* A derived key. *secret*. */
struct derive_v1 {
    struct secret32 key; /* 1 to n-1, big-endian */
    uint32_t attempt;    /* which candidate; the limit itself for the fallback */
};

void derive_v1_wipe(struct derive_v1 *derived);

/* The key of (user, index). In: seed, *secret*; user, from outside; index, any.
 * Returns: OK; INVALID_USERNAME. On failure: *ret is zero.
 * Timing: depends on the length of user, the digits of index, and the number of the accepted
 * candidate, which tells nothing about the candidate's value. */
struct status derive_v1_key(const struct secret32 *seed, struct bytes user, uint64_t index,
                            struct derive_v1 *ret);

/* The same with the index as decimal text of up to 78 digits, and with a limit of attempts_max
 * candidates, 0 to LIMIT_V1_ATTEMPTS. For the vectors; everything else uses derive_v1_key.
 * Returns: OK; INVALID_USERNAME; INVALID_KEY_INDEX when the text is no decimal number without sign
 * and leading zero. On failure: *ret is zero. Timing: as derive_v1_key. */
struct status derive_v1_limited(const struct secret32 *seed, struct bytes user, struct bytes index,
                                unsigned attempts_max, struct derive_v1 *ret);

#endif
