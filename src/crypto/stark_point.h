/* Points of the Stark curve y^2 = x^3 + x + b, constant time unless named _var.
 *
 * struct stark_affine is a point other than the neutral one. struct stark_point is any point in
 * XYZZ coordinates: (X/ZZ, Y/ZZZ) with ZZ^3 = ZZZ^2; the neutral point has ZZ = ZZZ = 0.
 * Bounds (crypto/stark_fe.h) of every point in and out: x 2, y 5, zz 2, zzz 2.
 *
 * All pointers may alias. Coordinates may be *secret* except where a name ends in _var.
 * Used by stark_mul, ECDSA and Pedersen.
 * Source: Explicit-Formulas Database, short Weierstrass curves, XYZZ coordinates. */
#ifndef COFFER_CRYPTO_STARK_POINT_H
#define COFFER_CRYPTO_STARK_POINT_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/stark_fe.h"

struct stark_affine {
    struct stark_fe x, y;
};

struct stark_point {
    struct stark_fe x, y, zz, zzz;
};

extern const struct stark_point stark_point_neutral;
extern const struct stark_affine stark_point_generator;

/* The constant b of the curve. */
extern const struct stark_fe stark_point_b;

/* 1 if y^2 = x^3 + x + b, else 0. In: a *secret*. */
uint64_t stark_point_on_curve(const struct stark_affine *a);

/* 1 if a is the neutral point, else 0. In: a *secret*. */
uint64_t stark_point_is_neutral(const struct stark_point *a);

/* In: a *secret*. */
void stark_point_from_affine(const struct stark_affine *a, struct stark_point *ret);

/* In: a *secret*. Out: *ret, (0, 0) for the neutral point. Costs one inversion. */
void stark_point_to_affine(const struct stark_point *a, struct stark_affine *ret);

/* a + a, for every a. In: a *secret*. */
void stark_point_double(const struct stark_point *a, struct stark_point *ret);

/* a + b. In: a, b *secret*; a neither neutral nor b nor -b, or the result is not a point (its ZZ is
 * 0, so that it counts as neutral). */
void stark_point_add_affine(const struct stark_point *a, const struct stark_affine *b,
                            struct stark_point *ret);

/* a + b. In: a, b *secret*; neither of them neutral, and a neither b nor -b, as above. */
void stark_point_add(const struct stark_point *a, const struct stark_point *b,
                     struct stark_point *ret);

/* a + b, for all a and b. Public points only. */
void stark_point_add_affine_var(const struct stark_point *a, const struct stark_affine *b,
                                struct stark_point *ret);

/* a + b, for all a and b. Public points only. */
void stark_point_add_var(const struct stark_point *a, const struct stark_point *b,
                         struct stark_point *ret);

/* The same on the curve y^2 = x^3 + coefficient*x + anything that goes through the points.
 * In: coefficient of bound 2. */
void stark_point_double_on(const struct stark_point *a, const struct stark_fe *coefficient,
                           struct stark_point *ret);
void stark_point_add_on_var(const struct stark_point *a, const struct stark_point *b,
                            const struct stark_fe *coefficient, struct stark_point *ret);

/* -a. In: a *secret*. */
void stark_point_negate(const struct stark_point *a, struct stark_point *ret);

/* 1 if a and b are the same point, else 0. In: a, b *secret*. */
uint64_t stark_point_equal(const struct stark_point *a, const struct stark_point *b);

void stark_point_wipe(struct stark_point *a);

static inline void stark_affine_wipe(struct stark_affine *a)
{
    secret_wipe(a, sizeof *a);
}

#endif
