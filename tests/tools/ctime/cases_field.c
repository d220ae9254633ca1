/* Cases of the field and of the scalars. */
#include "crypto/stark_fe.h"
#include "crypto/stark_inverse.h"
#include "crypto/stark_scalar.h"
#include "tools/ctime/ctime.h"

/* An element below 2^251, hence below p. */
static struct stark_fe secret_element(void)
{
    struct stark_fe fe;
    ctime_secret(&fe, sizeof fe);
    fe.limb[3] >>= 5;
    return fe;
}

static struct stark_scalar secret_scalar(void)
{
    struct stark_scalar a;
    ctime_secret(&a, sizeof a);
    a.limb[3] >>= 5;
    return a;
}

static void field(void)
{
    struct stark_fe a = secret_element();
    struct stark_fe b = secret_element();
    struct stark_fe c;
    struct felt felt;
    stark_fe_mul(&a, &b, &c);
    stark_fe_sqr(&c, &c);
    stark_fe_add(&c, &a, &c);
    stark_fe_sub(&c, &b, 2, &c);
    stark_fe_weak(&c, &c);
    stark_fe_negate(&c, 2, &c);
    stark_fe_times(&c, 3, &c);
    stark_fe_normalize(&c, &c);
    stark_fe_cmov(0 - (a.limb[0] & 1), &a, &c);
    stark_fe_inverse(&c, &c);
    stark_fe_to_felt(&c, &felt);
    stark_fe_from_felt(&felt, &c);
    uint64_t bits = stark_fe_is_zero(&c) + stark_fe_equal(&a, &c) + stark_fe_equal(&c, &c);
    stark_fe_sub(&c, &c, 2, &a);
    bits += stark_fe_is_zero(&a);
    stark_fe_inverse(&a, &a);
    ctime_public(&bits, sizeof bits);
}

static void scalars(void)
{
    struct stark_scalar a = secret_scalar();
    struct stark_scalar b = secret_scalar();
    struct felt felt;
    uint8_t bytes[32];
    stark_scalar_mul(&a, &b, &b);
    stark_scalar_add(&a, &b, &b);
    stark_scalar_negate(&b, &b);
    stark_scalar_inverse(&b, &b);
    stark_scalar_cmov(0 - (a.limb[0] & 1), &a, &b);
    stark_scalar_to_be(&b, bytes);
    uint64_t bits = stark_scalar_from_be(bytes, &a) + stark_scalar_is_zero(&a);
    bits += stark_scalar_equal(&a, &b);
    stark_scalar_to_felt(&a, &felt);
    ctime_secret(bytes, sizeof bytes);
    bits += stark_scalar_from_be(bytes, &a);
    ctime_public(&bits, sizeof bits);
}

/* Modulo 2^61 - 1, whose inverse mod 2^62 is -(2^61 + 1). */
static void inverse(void)
{
    static const struct stark_inverse_modulus modulus = {{INT64_MAX >> 2, 0, 0, 0, 0},
                                                         ((uint64_t)1 << 61) - 1};
    uint64_t words[4] = {0};
    ctime_secret(words, sizeof words[0]);
    words[0] >>= 4;
    stark_inverse(&modulus, words, words);
}

const struct ctime_case ctime_field[] = {
    {"stark_fe_add stark_fe_cmov stark_fe_equal stark_fe_from_felt stark_fe_inverse "
     "stark_fe_is_zero stark_fe_mul stark_fe_negate stark_fe_normalize stark_fe_sqr stark_fe_sub "
     "stark_fe_times stark_fe_to_felt stark_fe_weak",
     field},
    {"stark_scalar_add stark_scalar_cmov stark_scalar_equal stark_scalar_from_be "
     "stark_scalar_inverse stark_scalar_is_zero stark_scalar_mul stark_scalar_negate "
     "stark_scalar_to_be stark_scalar_to_felt",
     scalars},
    {"stark_inverse", inverse},
    {NULL, NULL},
};
