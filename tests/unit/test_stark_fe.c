#include "crypto/stark_fe.h"
#include "fixtures/unit.h"
#include "unit/stark_oracle_fe.h"

#define ROUNDS 2000

static uint64_t seed = 1;
static struct oracle_field field;

/* The integer of the limbs, not yet taken out of Montgomery form. */
static BIGNUM *raw(const struct stark_fe *fe)
{
    return oracle_from_limbs(fe->limb);
}

static struct stark_fe random_element(uint64_t bound)
{
    return oracle_element(&field, &seed, bound);
}

static void assert_element(BIGNUM *expected, const struct stark_fe *fe, uint64_t bound)
{
    oracle_assert_element(&field, expected, fe, bound);
}

static BIGNUM *montgomery_product(const struct stark_fe *a, const struct stark_fe *b)
{
    BIGNUM *x = raw(a);
    BIGNUM *y = raw(b);
    BN_mod_mul(x, x, y, field.p, field.bn);
    BN_mod_mul(x, x, field.r_inverse, field.p, field.bn);
    BN_free(y);
    return x;
}

static void products_agree_with_openssl_at_every_bound(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t bound_a = 1 + oracle_random(&seed) % 31;
        uint64_t bound_b = 1 + oracle_random(&seed) % (bound_a == 31 ? 29 : 31);
        bound_b = bound_a * bound_b > 927 ? 1 : bound_b;
        struct stark_fe a = random_element(bound_a);
        struct stark_fe b = random_element(bound_b);
        struct stark_fe product;
        stark_fe_mul(&a, &b, &product);
        assert_element(montgomery_product(&a, &b), &product, 2 + bound_a * bound_b / 32);
        uint64_t bound_square = bound_a > 30 ? 30 : bound_a;
        struct stark_fe c = random_element(bound_square);
        stark_fe_sqr(&c, &product);
        assert_element(montgomery_product(&c, &c), &product, 2 + bound_square * bound_square / 32);
        stark_fe_mul(&c, &c, &c);
        assert_element(raw(&product), &c, 31);
    }
}

static void sums_and_differences_agree_with_openssl(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t bound_a = 1 + oracle_random(&seed) % 30;
        uint64_t bound_b = 1 + oracle_random(&seed) % (31 - bound_a);
        struct stark_fe a = random_element(bound_a);
        struct stark_fe b = random_element(bound_b);
        BIGNUM *x = raw(&a);
        BIGNUM *y = raw(&b);
        BIGNUM *expected = BN_new();
        struct stark_fe ret;
        BN_add(expected, x, y);
        stark_fe_add(&a, &b, &ret);
        assert_element(expected, &ret, bound_a + bound_b);
        expected = BN_new();
        BN_sub(expected, x, y);
        stark_fe_sub(&a, &b, bound_b, &ret);
        assert_element(expected, &ret, bound_a + bound_b);
        expected = BN_new();
        BN_sub(expected, field.p, x);
        stark_fe_negate(&a, bound_a, &ret);
        assert_element(expected, &ret, bound_a + 1);
        uint64_t factor = 1 + oracle_random(&seed) % (31 / bound_a);
        expected = BN_dup(x);
        BN_mul_word(expected, factor);
        stark_fe_times(&a, factor, &ret);
        assert_element(expected, &ret, bound_a * factor);
        BN_free(x);
        BN_free(y);
    }
}

static void reductions_keep_the_element(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t bound = 1 + oracle_random(&seed) % 31;
        struct stark_fe a = random_element(bound);
        struct stark_fe ret;
        stark_fe_weak(&a, &ret);
        assert_element(raw(&a), &ret, 2);
        stark_fe_normalize(&a, &ret);
        assert_element(raw(&a), &ret, 1);
    }
}

static void inverses_and_the_inverse_of_zero(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        struct stark_fe a = random_element(1 + oracle_random(&seed) % 31);
        struct stark_fe inverse;
        struct stark_fe product;
        struct stark_fe var;
        stark_fe_inverse(&a, &inverse);
        stark_fe_inverse_var(&a, &var);
        assert_int_equal(stark_fe_equal(&inverse, &var), 1);
        stark_fe_mul(&a, &inverse, &product);
        const struct stark_fe one = STARK_FE_ONE;
        if (stark_fe_is_zero(&a)) {
            assert_int_equal(stark_fe_is_zero(&inverse), 1);
        } else {
            assert_int_equal(stark_fe_equal(&product, &one), 1);
        }
    }
    for (uint64_t multiple = 0; multiple < 31; multiple++) {
        struct stark_fe zero = STARK_FE(multiple, 0, 0, multiple * STARK_FE_C);
        STARK_FE_SET_BOUND(&zero, multiple + 1);
        struct stark_fe inverse;
        stark_fe_inverse(&zero, &inverse);
        assert_int_equal(stark_fe_is_zero(&zero), 1);
        assert_int_equal(stark_fe_is_zero(&inverse), 1);
    }
}

static void felts_survive_the_round_trip(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct stark_fe any = random_element(1);
        struct felt in = {{any.limb[0], any.limb[1], any.limb[2], any.limb[3]}};
        struct stark_fe fe;
        stark_fe_from_felt(&in, &fe);
        BIGNUM *expected = raw(&any);
        BN_lshift(expected, expected, 256);
        assert_element(expected, &fe, 2);
        struct felt out;
        stark_fe_to_felt(&fe, &out);
        assert_true(felt_equal(&in, &out));
    }
    struct felt one = felt_from_u64(1);
    struct stark_fe fe;
    stark_fe_from_felt(&one, &fe);
    assert_int_equal(stark_fe_equal(&fe, &STARK_FE_ONE), 1);
}

static void equality_sees_through_representatives_and_every_limb(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t bound = 1 + oracle_random(&seed) % 30;
        struct stark_fe a = random_element(bound);
        struct stark_fe b = a;
        stark_fe_normalize(&a, &b);
        assert_int_equal(stark_fe_equal(&a, &b), 1);
        assert_int_equal(stark_fe_equal(&b, &a), 1);
        struct stark_fe difference = STARK_FE_ZERO;
        difference.limb[i % 4] = (uint64_t)1 << (oracle_random(&seed) % 59);
        struct stark_fe other;
        stark_fe_add(&b, &difference, &other);
        assert_int_equal(stark_fe_equal(&a, &other), 0);
        assert_int_equal(stark_fe_is_zero(&difference), 0);
    }
}

static void a_conditional_move_moves_all_or_nothing(void **state)
{
    (void)state;
    const struct stark_fe a = random_element(3);
    const struct stark_fe b = random_element(3);
    struct stark_fe ret = b;
    stark_fe_cmov(0, &a, &ret);
    assert_memory_equal(ret.limb, b.limb, sizeof b.limb);
    stark_fe_cmov(UINT64_MAX, &a, &ret);
    assert_memory_equal(ret.limb, a.limb, sizeof a.limb);
}

int main(void)
{
    field = oracle_field();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_agree_with_openssl_at_every_bound),
        cmocka_unit_test(sums_and_differences_agree_with_openssl),
        cmocka_unit_test(reductions_keep_the_element),
        cmocka_unit_test(inverses_and_the_inverse_of_zero),
        cmocka_unit_test(felts_survive_the_round_trip),
        cmocka_unit_test(equality_sees_through_representatives_and_every_limb),
        cmocka_unit_test(a_conditional_move_moves_all_or_nothing),
    };
    int failed = cmocka_run_group_tests_name("portable", tests, oracle_portable, NULL);
    return failed + cmocka_run_group_tests_name("assembly", tests, oracle_assembly, NULL);
}
