/* The parts of ECDSA that the exhaustive tests reach one by one. Private to crypto. */
#ifndef COFFER_CRYPTO_STARK_ECDSA_INTERNAL_H
#define COFFER_CRYPTO_STARK_ECDSA_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/stark_ecdsa.h"

/* What became of a nonce; each 1 or 0. */
struct stark_ecdsa_outcome {
    uint64_t suitable; /* r, s and 1/s lie in [1, 2^251) */
    uint64_t sound;    /* the self-checks passed */
};

/* Sign with a given nonce. In: key, k, *secret*, k in [1, n-1]; hash, below 2^251.
 * Out: *ret, *secret* unless the outcome is good. Timing: constant. */
struct stark_ecdsa_outcome stark_ecdsa_with_nonce(const struct stark_key *key,
                                                  const struct felt *hash,
                                                  const struct stark_scalar *k,
                                                  struct stark_signature *ret);

/* True if x is the x coordinate of A + B or of A - B on y^2 = X^3 + X + constant; A is a, and B has
 * the x coordinate b.x / (d*b.zz). Signs do not matter.
 * In: all public; A may be neutral, B may not; d nonzero, bound 2; constant, bound 1; x, bound
 * 2. */
bool stark_ecdsa_sum_has_x_var(const struct stark_point *a, const struct stark_point *b,
                               const struct stark_fe *d, const struct stark_fe *constant,
                               const struct stark_fe *x);

#endif
