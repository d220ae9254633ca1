/* Every point and pair of a group of 13 points: a curve y^2 = x^3 + x + constant over the
 * same field, so that the code under test is the code that runs. OpenSSL confirms that the group is
 * one of 13 and says what each result has to be. */
#include "crypto/stark_ecdsa_internal.h"
#include "unit/stark_oracle_curve.h"

#define ORDER 13

#define TOY_B "02e47dc0959f3a518cfe5cd12d5db79ba2a7ae1f3ac7652ccdf8440407295e42"
#define TOY_X "03324e9ee268922fb80b531ad9585c88070f9a63a9a7c87c0a716c3c72f97439"
#define TOY_Y "01213eac0b7de635c0465768f1f1538b459d9614a1a85ba3f93b7e9809c352e7"

static struct stark_affine points[ORDER]; /* points[i] = i*G for i > 0 */
static struct stark_fe constant;
static uint64_t seed = 23;

static struct stark_fe element(const char *hex)
{
    BIGNUM *number = oracle_hex(hex);
    struct felt felt = oracle_felt(number);
    struct stark_fe ret;
    stark_fe_from_felt(&felt, &ret);
    stark_fe_normalize(&ret, &ret);
    BN_free(number);
    return ret;
}

static struct stark_fe random_nonzero(void)
{
    struct felt felt;
    struct stark_fe ret;
    for (size_t i = 0; i < 4; i++) {
        felt.limb[i] = oracle_random(&seed) >> (i == 3 ? 5 : 0);
    }
    felt.limb[0] |= 1;
    stark_fe_from_felt(&felt, &ret);
    return ret;
}

/* i*G with a random common denominator. */
static struct stark_point point(size_t i)
{
    struct stark_point ret = stark_point_neutral;
    if (i != 0) {
        struct stark_fe z = random_nonzero();
        stark_fe_sqr(&z, &ret.zz);
        stark_fe_mul(&z, &ret.zz, &ret.zzz);
        stark_fe_mul(&points[i].x, &ret.zz, &ret.x);
        stark_fe_mul(&points[i].y, &ret.zzz, &ret.y);
    }
    return ret;
}

static void assert_is(size_t expected, const struct stark_point *actual)
{
    struct stark_affine affine;
    assert_int_equal(expected == 0, stark_point_is_neutral(actual));
    if (expected != 0) {
        stark_point_to_affine(actual, &affine);
        assert_int_equal(1, stark_fe_equal(&points[expected].x, &affine.x));
        assert_int_equal(1, stark_fe_equal(&points[expected].y, &affine.y));
    }
}

static int make_group(void **state)
{
    (void)state;
    BN_CTX *context = BN_CTX_new();
    BIGNUM *p = oracle_hex(STARK_ORACLE_P);
    BIGNUM *a = oracle_hex("1");
    BIGNUM *b = oracle_hex(TOY_B);
    BIGNUM *x = oracle_hex(TOY_X);
    BIGNUM *y = oracle_hex(TOY_Y);
    EC_GROUP *group = EC_GROUP_new_curve_GFp(p, a, b, context);
    EC_POINT *generator = EC_POINT_new(group);
    EC_POINT *sum = EC_POINT_new(group);
    assert_int_equal(EC_POINT_set_affine_coordinates(group, generator, x, y, context), 1);
    for (size_t i = 1; i < ORDER; i++) {
        assert_int_equal(EC_POINT_add(group, sum, sum, generator, context), 1);
        assert_int_equal(EC_POINT_get_affine_coordinates(group, sum, x, y, context), 1);
        struct felt felt = oracle_felt(x);
        stark_fe_from_felt(&felt, &points[i].x);
        felt = oracle_felt(y);
        stark_fe_from_felt(&felt, &points[i].y);
    }
    assert_int_equal(EC_POINT_add(group, sum, sum, generator, context), 1);
    assert_int_equal(EC_POINT_is_at_infinity(group, sum), 1);
    constant = element(TOY_B);
    EC_POINT_free(generator);
    EC_POINT_free(sum);
    EC_GROUP_free(group);
    BN_free(p);
    BN_free(a);
    BN_free(b);
    BN_free(x);
    BN_free(y);
    BN_CTX_free(context);
    return 0;
}

static void every_point_doubled_and_negated(void **state)
{
    (void)state;
    const struct stark_fe one = STARK_FE_ONE;
    for (size_t i = 0; i < ORDER; i++) {
        struct stark_point a = point(i);
        struct stark_point result;
        stark_point_double(&a, &result);
        assert_is(2 * i % ORDER, &result);
        stark_point_double_on(&a, &one, &result);
        assert_is(2 * i % ORDER, &result);
        stark_point_negate(&a, &result);
        assert_is((ORDER - i) % ORDER, &result);
    }
}

static void every_pair_added(void **state)
{
    (void)state;
    const struct stark_fe one = STARK_FE_ONE;
    for (size_t i = 0; i < ORDER; i++) {
        for (size_t j = 0; j < ORDER; j++) {
            struct stark_point a = point(i);
            struct stark_point b = point(j);
            struct stark_point result;
            bool plain = i != 0 && i != j && i + j != ORDER;
            stark_point_add_var(&a, &b, &result);
            assert_is((i + j) % ORDER, &result);
            stark_point_add_on_var(&a, &b, &one, &result);
            assert_is((i + j) % ORDER, &result);
            assert_int_equal(i == j, stark_point_equal(&a, &b));
            if (j == 0) {
                continue;
            }
            stark_point_add_affine_var(&a, &points[j], &result);
            assert_is((i + j) % ORDER, &result);
            /* The constant-time forms say when they cannot: the result counts as neutral. */
            if (i != 0) {
                stark_point_add(&a, &b, &result);
                assert_is(plain ? (i + j) % ORDER : 0, &result);
            }
            stark_point_add_affine(&a, &points[j], &result);
            assert_is(plain ? (i + j) % ORDER : 0, &result);
        }
    }
}

/* What verifying by x rests on: for all A, B and x in the group. */
static void every_sum_recognised_by_its_x(void **state)
{
    (void)state;
    for (size_t i = 0; i < ORDER; i++) {
        for (size_t j = 1; j < ORDER; j++) {
            struct stark_point a = point(i);
            struct stark_point b = point(j);
            struct stark_fe d = random_nonzero();
            size_t sum = (i + j) % ORDER;
            size_t difference = (i + ORDER - j) % ORDER;
            stark_fe_mul(&b.x, &d, &b.x);
            for (size_t t = 1; t < ORDER; t++) {
                bool expected =
                    t == sum || t + sum == ORDER || t == difference || t + difference == ORDER;
                assert_int_equal(expected,
                                 stark_ecdsa_sum_has_x_var(&a, &b, &d, &constant, &points[t].x));
            }
        }
    }
}

static int with_portable_field(void **state)
{
    stark_fe_select(false);
    return make_group(state);
}

static int with_assembly_field(void **state)
{
    stark_fe_select(true);
    return make_group(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_point_doubled_and_negated),
        cmocka_unit_test(every_pair_added),
        cmocka_unit_test(every_sum_recognised_by_its_x),
    };
    int failed = cmocka_run_group_tests_name("portable", tests, with_portable_field, NULL);
    return failed + cmocka_run_group_tests_name("assembly", tests, with_assembly_field, NULL);
}
