/* A keyed sum that lies beside a secret for as long as the secret is kept, and is compared whenever
 * it is used: what a fault in memory changes is found before anything is computed with it.
 *
 * It is SHA-256 behind a block with a key that is random in each process, cut to 128 bits: a change
 * that was made without that key passes with probability 2^-128, whichever bits it flips. HMAC's
 * second hash would guard against longer messages made from a known code; a code that is cut in
 * half is the state of nothing, and a sum never leaves the process.
 * Used by whatever holds secrets beyond one call. Source: FIPS 180-4; M. Bellare, R. Canetti,
 * H. Krawczyk, "Pseudorandom Functions Revisited: The Cascade Construction", 1996. */
#ifndef COFFER_DIGEST_KEYED_SUM_H
#define COFFER_DIGEST_KEYED_SUM_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/status.h"
#include "digest/sha256.h"

enum {
    KEYED_SUM_BYTES = 16,
};

/* Prepared. *secret*: keep it in memory of secret_alloc. */
struct keyed_sum_key {
    struct sha256_state state; /* after the block of the key */
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
