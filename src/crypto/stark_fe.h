/* Arithmetic modulo the Stark prime p = 2^251 + 17*2^192 + 1, constant time unless named _var.
 *
 * An element is held in Montgomery form (a stands for a/R, R = 2^256) and lazily: as any integer of
 * its residue class below bound*p. Additions do not reduce, they add bounds; multiplications bring
 * the bound back to 2 or a little more. A bound above 31 would not fit 256 bits. The bounds are
 * part of every contract below; test builds (COFFER_CHECKED) carry them in the struct and check
 * each contract on every call, other builds know nothing of them.
 *
 * All pointers may alias. Elements may be *secret*; bounds, counts and small factors are public.
 * Used by the curve, ECDSA, Pedersen and Poseidon.
 * Source: Montgomery 1985; the reduction for p = 1 + c*2^192 is derived in stark_fe.c. */
#ifndef COFFER_CRYPTO_STARK_FE_H
#define COFFER_CRYPTO_STARK_FE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ct.h"
#include "base/invariant.h"
#include "base/secret.h"
#include "crypto/felt.h"
#include "crypto/wide.h"

/* The top limb of p; the others are 1, 0, 0. */
#define STARK_FE_C 0x0800000000000011u

/* The largest bound that fits. */
#define STARK_FE_BOUND_MAX 31

/* Little-endian limbs of a number below bound*p, in Montgomery form. */
struct stark_fe {
    uint64_t limb[4];
#ifdef COFFER_CHECKED
    uint64_t bound;
#endif
};

/* For constants and tables: four limbs in Montgomery form, fully reduced. */
#ifdef COFFER_CHECKED
#    define STARK_FE(...)    \
        {                    \
            {__VA_ARGS__}, 1 \
        }
#else
#    define STARK_FE(...)   \
        {                   \
            {               \
                __VA_ARGS__ \
            }               \
        }
#endif

#define STARK_FE_ZERO ((struct stark_fe)STARK_FE(0, 0, 0, 0))

/* R mod p = 2^256 - 31*p. */
#define STARK_FE_ONE \
    ((struct stark_fe)STARK_FE(0xffffffffffffffe1u, UINT64_MAX, UINT64_MAX, 0x07fffffffffffdf0u))

#ifdef COFFER_CHECKED
/* Aborts unless the value is below bound*p and bound is at most max. */
void stark_fe_check(const struct stark_fe *fe, uint64_t max);
#    define STARK_FE_CHECK(fe, max) stark_fe_check((fe), (max))
#    define STARK_FE_SET_BOUND(fe, value) \
        ((fe)->bound = (value), stark_fe_check((fe), STARK_FE_BOUND_MAX))
#    define STARK_FE_BOUND(fe) ((fe)->bound)
#else
#    define STARK_FE_CHECK(fe, max)       ((void)0)
#    define STARK_FE_SET_BOUND(fe, value) ((void)0)
#endif

/* The product. In: bounds a and b with a*b <= 927. Out: bound 2 + floor(a*b/32), so 2 while
 * a*b <= 31 and 3 while a*b <= 63. */
void stark_fe_mul(const struct stark_fe *a, const struct stark_fe *b, struct stark_fe *ret);

/* The square. Bounds as stark_fe_mul(a, a). */
void stark_fe_sqr(const struct stark_fe *a, struct stark_fe *ret);

/* 1/a, and 0 for 0. In: any bound. Out: bound 2. */
void stark_fe_inverse(const struct stark_fe *a, struct stark_fe *ret);

/* The same of a public element. Timing: variable. */
void stark_fe_inverse_var(const struct stark_fe *a, struct stark_fe *ret);

/* The integer to Montgomery form. In: a felt, below p. Out: bound 2. */
void stark_fe_from_felt(const struct felt *in, struct stark_fe *ret);

/* Back to the integer in [0, p). In: any bound. */
void stark_fe_to_felt(const struct stark_fe *a, struct felt *ret);

/* 1 if a is 0 mod p, else 0. In: any bound. */
uint64_t stark_fe_is_zero(const struct stark_fe *a);

/* 1 if a and b are the same element, else 0. In: any bound of a, bound of b at most 30. */
uint64_t stark_fe_equal(const struct stark_fe *a, const struct stark_fe *b);

/* The unique representative. In: any bound. Out: bound 1. */
void stark_fe_normalize(const struct stark_fe *a, struct stark_fe *ret);

/* Which multiplication runs: true for the BMI2 and ADX assembly, chosen once before main. */
extern bool stark_fe_assembly;

/* For tests and benchmarks: use the assembly if wanted and the processor has it. Not thread safe.
 * Returns: what is used from now on. */
bool stark_fe_select(bool want_assembly);

/* a + b without reduction. In: bounds whose sum is at most 31. Out: the sum of the bounds. */
static inline void stark_fe_add(const struct stark_fe *a, const struct stark_fe *b,
                                struct stark_fe *ret)
{
#ifdef COFFER_CHECKED
    uint64_t bound = STARK_FE_BOUND(a) + STARK_FE_BOUND(b);
#endif
    wide sum = 0;
    for (int i = 0; i < 4; i++) {
        sum += (wide)a->limb[i] + b->limb[i];
        ret->limb[i] = (uint64_t)sum;
        sum >>= 64;
    }
    STARK_FE_SET_BOUND(ret, bound);
}

/* a + offset*p - b without reduction. In: bound of b at most offset; bound of a plus offset at
 * most 31. Out: that sum. */
static inline void stark_fe_sub(const struct stark_fe *a, const struct stark_fe *b, uint64_t offset,
                                struct stark_fe *ret)
{
    STARK_FE_CHECK(b, offset);
#ifdef COFFER_CHECKED
    uint64_t bound = STARK_FE_BOUND(a) + offset;
#endif
    /* Sums of signed limbs: the running value stays within two words, its sign in the high one. */
    wide_signed sum = (wide_signed)a->limb[0] + offset - b->limb[0];
    ret->limb[0] = (uint64_t)sum;
    sum = (sum >> 64) + a->limb[1] - b->limb[1];
    ret->limb[1] = (uint64_t)sum;
    sum = (sum >> 64) + a->limb[2] - b->limb[2];
    ret->limb[2] = (uint64_t)sum;
    ret->limb[3] = a->limb[3] + offset * STARK_FE_C - b->limb[3] + (uint64_t)(sum >> 64);
    STARK_FE_SET_BOUND(ret, bound);
}

/* offset*p - a. In: bound of a at most offset, offset at most 30. Out: bound offset + 1. */
static inline void stark_fe_negate(const struct stark_fe *a, uint64_t offset, struct stark_fe *ret)
{
    const struct stark_fe zero = STARK_FE_ZERO;
    stark_fe_sub(&zero, a, offset, ret);
}

/* factor*a without reduction. In: bound times factor at most 31, factor at least 1.
 * Out: that bound. */
static inline void stark_fe_times(const struct stark_fe *a, uint64_t factor, struct stark_fe *ret)
{
#ifdef COFFER_CHECKED
    uint64_t bound = STARK_FE_BOUND(a) * factor;
#endif
    wide product = 0;
    for (int i = 0; i < 4; i++) {
        product += (wide)a->limb[i] * factor;
        ret->limb[i] = (uint64_t)product;
        product >>= 64;
    }
    STARK_FE_SET_BOUND(ret, bound);
}

/* The same element with bound 2. In: any bound.
 * Why it holds: with q = floor(a/2^251) <= 31, a - (q-1)*p = (a mod 2^251) + 2^251 -
 * (q-1)*(17*2^192 + 1), which is above 0 and below 2^252. */
static inline void stark_fe_weak(const struct stark_fe *a, struct stark_fe *ret)
{
    uint64_t quotient = a->limb[3] >> 59;
    wide_signed sum = (wide_signed)a->limb[0] - quotient + 1;
    ret->limb[0] = (uint64_t)sum;
    sum = (sum >> 64) + a->limb[1];
    ret->limb[1] = (uint64_t)sum;
    sum = (sum >> 64) + a->limb[2];
    ret->limb[2] = (uint64_t)sum;
    ret->limb[3] = a->limb[3] - (quotient - 1) * STARK_FE_C + (uint64_t)(sum >> 64);
    STARK_FE_SET_BOUND(ret, 2);
}

/* *ret = a where mask is all ones, unchanged where it is zero. In: *ret initialised.
 * Out: the larger bound. Timing: independent of mask. */
static inline void stark_fe_cmov(uint64_t mask, const struct stark_fe *a, struct stark_fe *ret)
{
    for (int i = 0; i < 4; i++) {
        ret->limb[i] = ct_select(mask, a->limb[i], ret->limb[i]);
    }
#ifdef COFFER_CHECKED
    ret->bound = a->bound > ret->bound ? a->bound : ret->bound;
#endif
}

static inline void stark_fe_wipe(struct stark_fe *fe)
{
    secret_wipe(fe, sizeof *fe);
}

#endif
