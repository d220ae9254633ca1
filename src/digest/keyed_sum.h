/* A keyed sum that lies beside a secret for as long as the secret is kept, and is compared whenever
 * it is used: what a fault in memory changes is found before anything is computed with it.
 *
 * It is HMAC-SHA-256, cut to 128 bits, under a key that is random in each process: a change that
 * was made without that key passes with probability 2^-128, whichever bits it flips.
 * Used by whatever holds secrets beyond one call. Source: RFC 2104, section 5. */
#ifndef COFFER_DIGEST_KEYED_SUM_H
#define COFFER_DIGEST_KEYED_SUM_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/status.h"
#include "digest/hmac_sha256.h"

enum {
    KEYED_SUM_BYTES = 16,
};

/* Prepared. *secret*: keep it in memory of secret_alloc. */
struct keyed_sum_key {
    struct hmac_sha256_key hmac;
};

/* A sum says nothing about what it was made of to whoever has not the key. */
struct keyed_sum {
    uint8_t b[KEYED_SUM_BYTES];
};

void keyed_sum_key_wipe(struct keyed_sum_key *key);

/* A random key. Out: *ret, *secret*. Returns: OK; ENTROPY. On failure: *ret is zero. */
struct status keyed_sum_key_make(const struct entropy *entropy, struct keyed_sum_key *ret);

/* The sum of count parts, one after the other: their lengths must be the same each time.
 * In: key and parts, *secret*. Timing: depends on the lengths only. */
struct keyed_sum keyed_sum_of(const struct keyed_sum_key *key, const struct bytes *parts,
                              size_t count);

/* Whether sum is that of the parts. Returns: OK; SELF_CHECK: something of it was changed, and
 * nothing may be computed with it. Timing: depends on the lengths and on the answer only. */
struct status keyed_sum_check(const struct keyed_sum_key *key, const struct bytes *parts,
                              size_t count, const struct keyed_sum *sum);

#endif
