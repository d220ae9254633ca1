/* Arithmetic modulo n, the order of the Stark curve, constant time unless named _var.
 *
 * A scalar is always fully reduced. All pointers may alias; all values may be *secret*.
 * Used by the curve and by ECDSA. Source: Montgomery 1985 for the multiplication. */
#ifndef COFFER_CRYPTO_STARK_SCALAR_H
#define COFFER_CRYPTO_STARK_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "crypto/felt.h"

/* Little-endian limbs of an integer in [0, n). */
struct stark_scalar {
    uint64_t limb[4];
};

#define STARK_SCALAR_ZERO ((struct stark_scalar){{0, 0, 0, 0}})
#define STARK_SCALAR_ONE  ((struct stark_scalar){{1, 0, 0, 0}})

/* 32 bytes, big-endian, to a scalar. In: any bytes, *secret*. Out: *ret, zero on failure.
 * Returns: 1 if the integer is below n, else 0. */
uint64_t stark_scalar_from_be(const uint8_t in[static 32], struct stark_scalar *ret);

/* Out: 32 bytes, big-endian. In: a *secret*. */
void stark_scalar_to_be(const struct stark_scalar *a, uint8_t out[static 32]);

/* An integer below p to a scalar. In: public. Out: *ret, zero on failure.
 * Returns: false when the integer is n or more. */
bool stark_scalar_from_felt_var(const struct felt *in, struct stark_scalar *ret);

/* The same integer as a felt (n is below p). In: a *secret*. */
void stark_scalar_to_felt(const struct stark_scalar *a, struct felt *ret);

/* a + b. In: a, b *secret*. */
void stark_scalar_add(const struct stark_scalar *a, const struct stark_scalar *b,
                      struct stark_scalar *ret);

/* -a. In: a *secret*. */
void stark_scalar_negate(const struct stark_scalar *a, struct stark_scalar *ret);

/* a * b. In: a, b *secret*. */
void stark_scalar_mul(const struct stark_scalar *a, const struct stark_scalar *b,
                      struct stark_scalar *ret);

/* 1/a, and 0 for 0. In: a *secret*. */
void stark_scalar_inverse(const struct stark_scalar *a, struct stark_scalar *ret);

/* 1 if a is 0, else 0. In: a *secret*. */
uint64_t stark_scalar_is_zero(const struct stark_scalar *a);

/* 1 if a and b are equal, else 0. In: a, b *secret*. */
uint64_t stark_scalar_equal(const struct stark_scalar *a, const struct stark_scalar *b);

/* *ret = a where mask is all ones, unchanged where it is zero. In: mask, a, *ret *secret*. */
void stark_scalar_cmov(uint64_t mask, const struct stark_scalar *a, struct stark_scalar *ret);

static inline void stark_scalar_wipe(struct stark_scalar *a)
{
    secret_wipe(a, sizeof *a);
}

#endif
