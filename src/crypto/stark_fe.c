#include "crypto/stark_fe.h"

#if defined(__x86_64__)
#    include <cpuid.h>
#endif

#include "crypto/stark_inverse.h"
#include "crypto/stark_x64_internal.h"

#include "crypto/stark_params.inc"

/* R^2 mod p: a multiplication by it enters Montgomery form. */
static const struct stark_fe r_squared = STARK_FE(STARK_PARAMS_P_R2);

/* R^3 mod p: a multiplication by it turns 1/(a*R) into R/a. */
static const struct stark_fe r_cubed = STARK_FE(STARK_PARAMS_P_R3);

static const struct stark_inverse_modulus inverse_modulus = {{STARK_PARAMS_P_62},
                                                             STARK_PARAMS_P_62_INVERSE};

bool stark_fe_assembly;

#ifdef COFFER_CHECKED
/* Compares with bound*p = (bound, 0, 0, bound*c). */
void stark_fe_check(const struct stark_fe *fe, uint64_t max)
{
    INVARIANT(fe->bound >= 1 && fe->bound <= max && fe->bound <= STARK_FE_BOUND_MAX);
    uint64_t top = fe->bound * STARK_FE_C;
    uint64_t middle = fe->limb[1] | fe->limb[2];
    INVARIANT(fe->limb[3] < top || (fe->limb[3] == top && middle == 0 && fe->limb[0] < fe->bound));
}
#endif

/* The low word of a*b + add + *carry, whose high word becomes *carry; it cannot overflow. */
static inline uint64_t mul_add(uint64_t a, uint64_t b, uint64_t add, uint64_t *carry)
{
    wide product = (wide)a * b + add + *carry;
    *carry = (uint64_t)(product >> 64);
    return (uint64_t)product;
}

/* T/R mod p for a 512-bit T = t, with p = 1 + c*2^192.
 *
 * Let m = T/p mod R. Since 1/p = 1 - c*2^192 mod R, m is the low half of T with its top limb
 * lowered by the low word of c*t0, and m*p has the same low half as T. So T - m*p is divisible by
 * R, and (T - m*p)/R = high half of T - (m*c >> 64) - borrow, where the borrow is that of the top
 * limb. m*c >> 64 is below p - 1, so adding p makes the result positive: below p + T/R. */
static void reduce(const uint64_t t[static 8], uint64_t ret[static 4])
{
    const uint64_t c = STARK_FE_C;
    uint64_t carry = 0;
    uint64_t low = mul_add(t[0], c, 0, &carry);
    uint64_t m3 = t[3] - low;
    uint64_t borrow = t[3] < low;
    uint64_t x0 = mul_add(t[1], c, 0, &carry);
    uint64_t x1 = mul_add(t[2], c, 0, &carry);
    uint64_t x2 = mul_add(m3, c, 0, &carry);
    wide_signed sum = (wide_signed)t[4] + 1 - borrow - x0;
    ret[0] = (uint64_t)sum;
    sum = (sum >> 64) + t[5] - x1;
    ret[1] = (uint64_t)sum;
    sum = (sum >> 64) + t[6] - x2;
    ret[2] = (uint64_t)sum;
    ret[3] = t[7] + c - carry + (uint64_t)(sum >> 64);
}

static void mul_portable(const uint64_t a[static 4], const uint64_t b[static 4],
                         uint64_t ret[static 4])
{
    uint64_t t[8] = {0};
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 4; j++) {
            t[i + j] = mul_add(a[j], b[i], t[i + j], &carry);
        }
        t[i + 4] = carry;
    }
    reduce(t, ret);
}

void stark_fe_mul(const struct stark_fe *a, const struct stark_fe *b, struct stark_fe *ret)
{
#ifdef COFFER_CHECKED
    STARK_FE_CHECK(a, STARK_FE_BOUND_MAX);
    STARK_FE_CHECK(b, STARK_FE_BOUND_MAX);
    uint64_t bound = 2 + STARK_FE_BOUND(a) * STARK_FE_BOUND(b) / 32;
#endif
    if (stark_x64_used()) {
        stark_x64_mul(a, b, ret);
    } else {
        mul_portable(a->limb, b->limb, ret->limb);
    }
    STARK_FE_SET_BOUND(ret, bound);
}

void stark_fe_sqr(const struct stark_fe *a, struct stark_fe *ret)
{
#ifdef COFFER_CHECKED
    STARK_FE_CHECK(a, STARK_FE_BOUND_MAX);
    uint64_t bound = 2 + STARK_FE_BOUND(a) * STARK_FE_BOUND(a) / 32;
#endif
    if (stark_x64_used()) {
        stark_x64_sqr(a, ret);
    } else {
        mul_portable(a->limb, a->limb, ret->limb);
    }
    STARK_FE_SET_BOUND(ret, bound);
}

/* With q = floor(a/2^251), a - q*p is below 2^251 and above -p; add p when it is negative. */
void stark_fe_normalize(const struct stark_fe *a, struct stark_fe *ret)
{
    STARK_FE_CHECK(a, STARK_FE_BOUND_MAX);
    uint64_t quotient = a->limb[3] >> 59;
    wide_signed sum = (wide_signed)a->limb[0] - quotient;
    uint64_t low = (uint64_t)sum;
    sum = (sum >> 64) + a->limb[1];
    uint64_t second = (uint64_t)sum;
    sum = (sum >> 64) + a->limb[2];
    uint64_t third = (uint64_t)sum;
    uint64_t top = a->limb[3] - quotient * STARK_FE_C + (uint64_t)(sum >> 64);
    uint64_t negative = ct_mask_bit(top >> 63);
    wide total = (wide)low + (negative & 1);
    ret->limb[0] = (uint64_t)total;
    total = (total >> 64) + second;
    ret->limb[1] = (uint64_t)total;
    total = (total >> 64) + third;
    ret->limb[2] = (uint64_t)total;
    ret->limb[3] = top + (negative & STARK_FE_C) + (uint64_t)(total >> 64);
    STARK_FE_SET_BOUND(ret, 1);
}

void stark_fe_inverse(const struct stark_fe *a, struct stark_fe *ret)
{
    SECRET(stark_fe, plain);
    stark_fe_normalize(a, &plain);
    stark_inverse(&inverse_modulus, plain.limb, plain.limb);
    stark_fe_mul(&plain, &r_cubed, ret);
}

void stark_fe_inverse_var(const struct stark_fe *a, struct stark_fe *ret)
{
    struct stark_fe plain;
    stark_fe_normalize(a, &plain);
    stark_inverse_var(&inverse_modulus, plain.limb, plain.limb);
    stark_fe_mul(&plain, &r_cubed, ret);
}

void stark_fe_from_felt(const struct felt *in, struct stark_fe *ret)
{
    struct stark_fe plain = STARK_FE(in->limb[0], in->limb[1], in->limb[2], in->limb[3]);
    stark_fe_mul(&plain, &r_squared, ret);
    stark_fe_wipe(&plain);
}

void stark_fe_to_felt(const struct stark_fe *a, struct felt *ret)
{
    const struct stark_fe plain_one = STARK_FE(1, 0, 0, 0);
    SECRET(stark_fe, plain);
    stark_fe_mul(a, &plain_one, &plain);
    stark_fe_normalize(&plain, &plain);
    for (int i = 0; i < 4; i++) {
        ret->limb[i] = plain.limb[i];
    }
}

uint64_t stark_fe_is_zero(const struct stark_fe *a)
{
    SECRET(stark_fe, plain);
    stark_fe_normalize(a, &plain);
    return ct_mask_zero(plain.limb[0] | plain.limb[1] | plain.limb[2] | plain.limb[3]) & 1;
}

uint64_t stark_fe_equal(const struct stark_fe *a, const struct stark_fe *b)
{
    SECRET(stark_fe, reduced);
    SECRET(stark_fe, difference);
    stark_fe_normalize(a, &reduced);
    stark_fe_sub(&reduced, b, 30, &difference);
    return stark_fe_is_zero(&difference);
}

static bool has_bmi2_and_adx(void)
{
#if defined(__x86_64__)
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b >> 8 & b >> 19 & 1) != 0;
#else
    return false;
#endif
}

bool stark_fe_select(bool want_assembly)
{
    stark_fe_assembly = want_assembly && STARK_X64 && has_bmi2_and_adx();
    return stark_fe_assembly;
}

__attribute__((constructor)) static void select_best(void)
{
    stark_fe_select(true);
}
