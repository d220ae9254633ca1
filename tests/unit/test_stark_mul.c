#include "crypto/stark_mul.h"
#include "fixtures/unit.h"
#include "unit/stark_oracle_curve.h"
#include "unit/stark_oracle_fe.h"

static uint64_t seed = 5;
static struct oracle_curve curve;

/* Numbers at which windows, signs and the wrap modulo n change: small ones, n minus small ones,
 * powers of two and their neighbours, then random ones. */
static BIGNUM *scalar_number(unsigned i)
{
    BIGNUM *ret = BN_new();
    if (i < 80) {
        BN_set_word(ret, i + 1);
    } else if (i < 160) {
        BN_copy(ret, curve.n);
        BN_sub_word(ret, i - 79);
    } else if (i < 160 + 3 * 251) {
        BN_set_bit(ret, (int)(i - 160) / 3 + 1);
        BN_add_word(ret, (i - 160) % 3);
        BN_sub_word(ret, 1);
    } else {
        uint64_t limb[4];
        for (size_t j = 0; j < 4; j++) {
            limb[j] = oracle_edgy(&seed);
        }
        BN_free(ret);
        ret = oracle_from_limbs(limb);
    }
    BN_nnmod(ret, ret, curve.n, curve.bn);
    if (BN_is_zero(ret)) {
        BN_one(ret);
    }
    return ret;
}

#define NUMBERS (160 + 3 * 251 + 1000)

static void multiples_of_the_generator_agree_with_openssl(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUMBERS; i += unit_step()) {
        BIGNUM *number = scalar_number(i);
        struct stark_scalar k;
        oracle_to_limbs(number, k.limb);
        struct stark_point point;
        EC_POINT *expected = oracle_mul(&curve, number, NULL, NULL);
        stark_mul_base(&k, &point);
        oracle_assert_point(&curve, EC_POINT_dup(expected, curve.group), &point);
        stark_mul_base_var(&k, &point);
        oracle_assert_point(&curve, expected, &point);
        BN_free(number);
    }
}

static void multiples_of_any_point_agree_with_openssl(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUMBERS; i += unit_step() * (i < 200 ? 1 : 4)) {
        BIGNUM *number = scalar_number(i);
        BIGNUM *other = scalar_number(NUMBERS);
        EC_POINT *base = oracle_mul(&curve, other, NULL, NULL);
        EC_POINT *expected = oracle_mul(&curve, NULL, base, number);
        struct stark_affine affine = oracle_point(&curve, base);
        struct stark_scalar k;
        oracle_to_limbs(number, k.limb);
        struct stark_point point;
        stark_mul(&k, &affine, &point);
        oracle_assert_point(&curve, EC_POINT_dup(expected, curve.group), &point);
        const struct stark_fe one = STARK_FE_ONE;
        stark_mul_var(&k, &affine, &one, &point);
        oracle_assert_point(&curve, expected, &point);
        EC_POINT_free(base);
        BN_free(number);
        BN_free(other);
    }
    const struct stark_scalar zero = STARK_SCALAR_ZERO;
    const struct stark_fe one = STARK_FE_ONE;
    struct stark_point point;
    stark_mul_var(&zero, &stark_point_generator, &one, &point);
    assert_int_equal(stark_point_is_neutral(&point), 1);
}

int main(void)
{
    curve = oracle_curve();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiples_of_the_generator_agree_with_openssl),
        cmocka_unit_test(multiples_of_any_point_agree_with_openssl),
    };
    int failed = cmocka_run_group_tests_name("portable", tests, oracle_portable, NULL);
    return failed + cmocka_run_group_tests_name("assembly", tests, oracle_assembly, NULL);
}
