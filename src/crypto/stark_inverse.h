/* Modular inversion for the two moduli of the Stark curve, by divsteps.
 *
 * Used by stark_fe and stark_scalar only.
 * Source: Bernstein and Yang, "Fast constant-time gcd computation and modular inversion", 2019;
 * the variant that starts at delta = 1/2 and its step bound from Hvass, Aranha and Spitters,
 * "High-assurance field inversion for curve-based cryptography", 2021. */
#ifndef COFFER_CRYPTO_STARK_INVERSE_H
#define COFFER_CRYPTO_STARK_INVERSE_H

#include <stdint.h>

/* limb: an odd modulus below 2^252 in limbs of 62 bits, low first.
 * inverse: 1/modulus mod 2^62. */
struct stark_inverse_modulus {
    int64_t limb[5];
    uint64_t inverse;
};

/* 1/in mod the modulus, and 0 for 0. in and ret may be the same.
 * In: little-endian words of a number below the modulus, *secret*. Out: the same form.
 * Timing: independent of in. */
void stark_inverse(const struct stark_inverse_modulus *modulus, const uint64_t in[static 4],
                   uint64_t ret[static 4]);

/* The same of a public number. Timing: variable, at most twelve rounds of 62 steps. */
void stark_inverse_var(const struct stark_inverse_modulus *modulus, const uint64_t in[static 4],
                       uint64_t ret[static 4]);

#endif
