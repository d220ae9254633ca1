/* Multiples of points of the Stark curve.
 *
 * Used by ECDSA. Source: Joye and Tunstall, "Exponent recoding and regular exponentiation
 * algorithms", 2009, for the signed all-odd windows; Solinas, 1997, for the windows of _var. */
#ifndef COFFER_CRYPTO_STARK_MUL_H
#define COFFER_CRYPTO_STARK_MUL_H

#include <stdbool.h>

#include "crypto/stark_point.h"
#include "crypto/stark_scalar.h"

/* k*G. In: k in [1, n-1], *secret*. Out: never neutral. */
void stark_mul_base(const struct stark_scalar *k, struct stark_point *ret);

/* k*a. In: k in [1, n-1], *secret*; a a point of the curve, *secret*. Out: never neutral. */
void stark_mul(const struct stark_scalar *k, const struct stark_affine *a, struct stark_point *ret);

/* k*G. In: k in [1, n-1], public. Out: never neutral. */
void stark_mul_base_var(const struct stark_scalar *k, struct stark_point *ret);

/* k*a on the curve y^2 = x^3 + coefficient*x + anything that goes through a.
 * In: k in [0, n-1], a, all public; coefficient of bound 2. */
void stark_mul_var(const struct stark_scalar *k, const struct stark_affine *a,
                   const struct stark_fe *coefficient, struct stark_point *ret);

/* Whether the processor has registers of 256 bits, so that stark_mul_base reads its table with
 * them. */
bool stark_mul_scans_wide(void);

#endif
