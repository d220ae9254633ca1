#include "crypto/stark_scalar.h"

#include "base/ct.h"
#include "base/invariant.h"
#include "crypto/stark_inverse.h"
#include "crypto/wide.h"

#include "crypto/stark_params.inc"

static const uint64_t order[4] = {STARK_PARAMS_N};

/* 2^512 mod n: a Montgomery product by it multiplies by 2^256. */
static const struct stark_scalar r_squared = {{STARK_PARAMS_N_R2}};

static const struct stark_inverse_modulus inverse_modulus = {{STARK_PARAMS_N_62},
                                                             STARK_PARAMS_N_62_INVERSE};

/* ret = a - n where a, of 257 bits with carry on top, is n or more; else ret = a.
 * In: a + carry*2^256 below 2n. */
static void subtract_order_once(const uint64_t a[static 4], uint64_t carry, uint64_t ret[static 4])
{
    uint64_t difference[4];
    wide_signed sum = 0;
    for (int i = 0; i < 4; i++) {
        sum = (sum >> 64) + a[i] - order[i];
        difference[i] = (uint64_t)sum;
    }
    uint64_t below = ct_mask_bit((uint64_t)(sum >> 64) & 1 & ~carry);
    for (int i = 0; i < 4; i++) {
        ret[i] = ct_select(below, a[i], difference[i]);
    }
    secret_wipe(difference, sizeof difference);
}

/* All ones if the integer is below n. */
static uint64_t below_order(const uint64_t a[static 4])
{
    wide_signed sum = 0;
    for (int i = 0; i < 4; i++) {
        sum = (sum >> 64) + a[i] - order[i];
    }
    return ct_mask_bit((uint64_t)(sum >> 64) & 1);
}

uint64_t stark_scalar_from_be(const uint8_t in[static 32], struct stark_scalar *ret)
{
    for (int i = 0; i < 4; i++) {
        uint64_t limb = 0;
        for (int j = 0; j < 8; j++) {
            limb = limb << 8 | in[8 * (3 - i) + j];
        }
        ret->limb[i] = limb;
    }
    uint64_t in_range = below_order(ret->limb);
    for (int i = 0; i < 4; i++) {
        ret->limb[i] &= in_range;
    }
    return in_range & 1;
}

void stark_scalar_to_be(const struct stark_scalar *a, uint8_t out[static 32])
{
    for (int i = 0; i < 32; i++) {
        out[i] = (uint8_t)(a->limb[3 - i / 8] >> (56 - 8 * (i % 8)));
    }
}

bool stark_scalar_from_felt_var(const struct felt *in, struct stark_scalar *ret)
{
    bool in_range = below_order(in->limb) != 0;
    for (int i = 0; i < 4; i++) {
        ret->limb[i] = in_range ? in->limb[i] : 0;
    }
    return in_range;
}

void stark_scalar_to_felt(const struct stark_scalar *a, struct felt *ret)
{
    for (int i = 0; i < 4; i++) {
        ret->limb[i] = a->limb[i];
    }
}

void stark_scalar_add(const struct stark_scalar *a, const struct stark_scalar *b,
                      struct stark_scalar *ret)
{
    wide sum = 0;
    for (int i = 0; i < 4; i++) {
        sum = (sum >> 64) + a->limb[i] + b->limb[i];
        ret->limb[i] = (uint64_t)sum;
    }
    subtract_order_once(ret->limb, (uint64_t)(sum >> 64), ret->limb);
}

void stark_scalar_negate(const struct stark_scalar *a, struct stark_scalar *ret)
{
    uint64_t nonzero = ct_mask_bit(stark_scalar_is_zero(a) ^ 1);
    wide_signed sum = 0;
    for (int i = 0; i < 4; i++) {
        sum = (sum >> 64) + order[i] - a->limb[i];
        ret->limb[i] = (uint64_t)sum & nonzero;
    }
}

/* a*b/2^256 mod n for a, b below n: word by word, each step clears the lowest word. The running
 * value stays below a + n + 1 < 2^253, so four words hold it. */
static void montgomery(const uint64_t a[static 4], const uint64_t b[static 4],
                       uint64_t ret[static 4])
{
    uint64_t t[4] = {0};
    for (int i = 0; i < 4; i++) {
        wide sum = (wide)a[0] * b[i] + t[0];
        uint64_t low = (uint64_t)sum;
        uint64_t m = low * STARK_PARAMS_N_64_NEGATED_INVERSE;
        wide clear = (wide)m * order[0] + low;
        for (int j = 1; j < 4; j++) {
            sum = (sum >> 64) + (wide)a[j] * b[i] + t[j];
            clear = (clear >> 64) + (wide)m * order[j] + (uint64_t)sum;
            t[j - 1] = (uint64_t)clear;
        }
        t[3] = (uint64_t)((sum >> 64) + (clear >> 64));
    }
    subtract_order_once(t, 0, ret);
    secret_wipe(t, sizeof t);
}

void stark_scalar_mul(const struct stark_scalar *a, const struct stark_scalar *b,
                      struct stark_scalar *ret)
{
    SECRET(stark_scalar, scaled);
    montgomery(a->limb, r_squared.limb, scaled.limb);
    montgomery(scaled.limb, b->limb, ret->limb);
}

void stark_scalar_inverse(const struct stark_scalar *a, struct stark_scalar *ret)
{
    stark_inverse(&inverse_modulus, a->limb, ret->limb);
}

uint64_t stark_scalar_is_zero(const struct stark_scalar *a)
{
    return ct_mask_zero(a->limb[0] | a->limb[1] | a->limb[2] | a->limb[3]) & 1;
}

uint64_t stark_scalar_equal(const struct stark_scalar *a, const struct stark_scalar *b)
{
    uint64_t difference = 0;
    for (int i = 0; i < 4; i++) {
        difference |= a->limb[i] ^ b->limb[i];
    }
    return ct_mask_zero(difference) & 1;
}

void stark_scalar_cmov(uint64_t mask, const struct stark_scalar *a, struct stark_scalar *ret)
{
    for (int i = 0; i < 4; i++) {
        ret->limb[i] = ct_select(mask, a->limb[i], ret->limb[i]);
    }
}
