#include "crypto/stark_point.h"
#include "fixtures/unit.h"
#include "unit/stark_oracle_curve.h"
#include "unit/stark_oracle_fe.h"

static uint64_t seed = 4;
static struct oracle_curve curve;

/* A small multiple of G, or a random one, with another representative of the same point. */
static EC_POINT *random_point(struct stark_point *ret)
{
    BIGNUM *scalar = BN_new();
    uint64_t pick = oracle_random(&seed);
    if (pick % 4 == 0) {
        BN_rand_range(scalar, curve.n);
    } else {
        BN_set_word(scalar, (pick >> 2) % 8);
        BN_sub_word(scalar, 3);
        BN_nnmod(scalar, scalar, curve.n, curve.bn);
    }
    EC_POINT *point = oracle_mul(&curve, scalar, NULL, NULL);
    BN_free(scalar);
    *ret = stark_point_neutral;
    if (EC_POINT_is_at_infinity(curve.group, point) == 1) {
        struct felt any = {{oracle_random(&seed), 5, 6, 7}};
        stark_fe_from_felt(&any, &ret->x);
        return point;
    }
    struct stark_affine affine = oracle_point(&curve, point);
    stark_point_from_affine(&affine, ret);
    struct felt z = {{1 + (oracle_random(&seed) >> 1), oracle_random(&seed), 3, 4}};
    struct stark_fe scale;
    struct stark_fe square;
    stark_fe_from_felt(&z, &scale);
    stark_fe_sqr(&scale, &square);
    stark_fe_mul(&scale, &square, &scale);
    stark_fe_mul(&ret->x, &square, &ret->x);
    stark_fe_mul(&ret->zz, &square, &ret->zz);
    stark_fe_mul(&ret->y, &scale, &ret->y);
    stark_fe_mul(&ret->zzz, &scale, &ret->zzz);
    return point;
}

static void sums_of_all_kinds_agree_with_openssl(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct stark_point a;
        struct stark_point b;
        struct stark_point sum;
        EC_POINT *x = random_point(&a);
        EC_POINT *y = random_point(&b);
        EC_POINT *expected = EC_POINT_new(curve.group);
        EC_POINT_add(curve.group, expected, x, y, curve.bn);
        stark_point_add_var(&a, &b, &sum);
        oracle_assert_point(&curve, EC_POINT_dup(expected, curve.group), &sum);
        assert_int_equal(stark_point_equal(&a, &b), EC_POINT_cmp(curve.group, x, y, curve.bn) == 0);
        if (!stark_point_is_neutral(&b)) {
            struct stark_affine affine;
            stark_point_to_affine(&b, &affine);
            stark_point_add_affine_var(&a, &affine, &sum);
            oracle_assert_point(&curve, EC_POINT_dup(expected, curve.group), &sum);
            stark_point_add_affine_var(&a, &affine, &a);
            oracle_assert_point(&curve, EC_POINT_dup(expected, curve.group), &a);
        }
        EC_POINT_free(expected);
        EC_POINT_free(x);
        EC_POINT_free(y);
    }
}

static void doubles_and_negatives_agree_with_openssl(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct stark_point a;
        struct stark_point ret;
        EC_POINT *x = random_point(&a);
        EC_POINT *expected = EC_POINT_new(curve.group);
        EC_POINT_dbl(curve.group, expected, x, curve.bn);
        stark_point_double(&a, &ret);
        oracle_assert_point(&curve, expected, &ret);
        stark_point_negate(&a, &ret);
        assert_int_equal(stark_point_is_neutral(&ret), stark_point_is_neutral(&a));
        EC_POINT_invert(curve.group, x, curve.bn);
        oracle_assert_point(&curve, EC_POINT_dup(x, curve.group), &ret);
        stark_point_double(&a, &a);
        EC_POINT_invert(curve.group, x, curve.bn);
        EC_POINT_dbl(curve.group, x, x, curve.bn);
        oracle_assert_point(&curve, x, &a);
    }
}

/* Long chains keep the bounds of the contract, which the checked build verifies at every step. */
static void chains_of_operations_stay_in_bounds(void **state)
{
    (void)state;
    struct stark_point a;
    EC_POINT *expected = oracle_mul(&curve, BN_value_one(), NULL, NULL);
    EC_POINT *generator = EC_POINT_dup(expected, curve.group);
    stark_point_from_affine(&stark_point_generator, &a);
    for (int i = 0; i < 2000; i++) {
        switch (oracle_random(&seed) % 3) {
        case 0:
            stark_point_double(&a, &a);
            EC_POINT_dbl(curve.group, expected, expected, curve.bn);
            break;
        case 1:
            stark_point_add_affine_var(&a, &stark_point_generator, &a);
            EC_POINT_add(curve.group, expected, expected, generator, curve.bn);
            break;
        default:
            stark_point_negate(&a, &a);
            EC_POINT_invert(curve.group, expected, curve.bn);
            break;
        }
    }
    oracle_assert_point(&curve, expected, &a);
    EC_POINT_free(generator);
}

static void points_off_the_curve_are_seen(void **state)
{
    (void)state;
    assert_int_equal(stark_point_on_curve(&stark_point_generator), 1);
    for (int i = 0; i < 8; i++) {
        struct stark_affine wrong = stark_point_generator;
        struct stark_fe *coordinate = i < 4 ? &wrong.x : &wrong.y;
        coordinate->limb[i % 4] ^= (uint64_t)1 << (oracle_random(&seed) % 58);
        assert_int_equal(stark_point_on_curve(&wrong), 0);
    }
    struct stark_affine origin = {STARK_FE_ZERO, STARK_FE_ZERO};
    assert_int_equal(stark_point_on_curve(&origin), 0);
    struct stark_point neutral = stark_point_neutral;
    struct stark_affine affine;
    stark_point_to_affine(&neutral, &affine);
    assert_int_equal(stark_point_on_curve(&affine), 0);
}

int main(void)
{
    curve = oracle_curve();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_of_all_kinds_agree_with_openssl),
        cmocka_unit_test(doubles_and_negatives_agree_with_openssl),
        cmocka_unit_test(chains_of_operations_stay_in_bounds),
        cmocka_unit_test(points_off_the_curve_are_seen),
    };
    int failed = cmocka_run_group_tests_name("portable", tests, oracle_portable, NULL);
    return failed + cmocka_run_group_tests_name("assembly", tests, oracle_assembly, NULL);
}
