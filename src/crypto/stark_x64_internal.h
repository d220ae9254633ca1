/* The hot arithmetic of the Stark curve in x86-64 assembly, for processors with BMI2 and ADX.
 *
 * Each function is the twin of a portable one, with its contract and bounds; stark_fe_assembly says
 * which of the two runs. Whole formulas stand here rather than products alone, because around
 * products of 6 ns the calls, stack checks and carries that a compiler makes cost as much again.
 * The results are the same elements, with the same bounds, but not always the same representatives.
 * No bound is checked or set here: the callers do that in test builds.
 *
 * Timing: constant; no branch and no address depends on an element. */
#ifndef COFFER_CRYPTO_STARK_X64_INTERNAL_H
#define COFFER_CRYPTO_STARK_X64_INTERNAL_H

#include <stdint.h>

#include "crypto/stark_fe.h"
#include "crypto/stark_point.h"

/* False where the assembly is not built, or where a sanitizer has to see every store. */
#if defined(__has_feature)
#    if __has_feature(memory_sanitizer)
#        define STARK_X64 0
#    endif
#endif
#ifndef STARK_X64
#    ifdef __x86_64__
#        define STARK_X64 1
#    else
#        define STARK_X64 0
#    endif
#endif

/* Whether to call the functions below. */
static inline bool stark_x64_used(void)
{
    return STARK_X64 && stark_fe_assembly;
}

/* stark_fe_mul and stark_fe_sqr. */
void stark_x64_mul(const struct stark_fe *a, const struct stark_fe *b, struct stark_fe *ret);
void stark_x64_sqr(const struct stark_fe *a, struct stark_fe *ret);

/* stark_point_double_on; coefficient NULL stands for 1. */
void stark_x64_double(const struct stark_point *a, const struct stark_fe *coefficient,
                      struct stark_point *ret);

/* stark_point_add_affine and stark_point_add. */
void stark_x64_add_affine(const struct stark_point *a, const struct stark_affine *b,
                          struct stark_point *ret);
void stark_x64_add(const struct stark_point *a, const struct stark_point *b,
                   struct stark_point *ret);

/* full_round and partial_rounds of crypto/poseidon.c. */
void stark_x64_full_round(struct stark_fe s[static 3], const uint64_t constant[static 3][4]);
void stark_x64_partial_rounds(struct stark_fe *x, struct stark_fe v[static 2],
                              const uint64_t constant[static 82][4]);

#endif
