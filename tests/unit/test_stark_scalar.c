#include "crypto/stark_scalar.h"
#include "fixtures/unit.h"
#include "unit/stark_oracle.h"

#define ROUNDS 3000

static uint64_t seed = 2;
static BIGNUM *n;
static BN_CTX *bn;

/* A random scalar, near the ends of the range more often. */
static struct stark_scalar random_scalar(void)
{
    uint64_t limb[4];
    for (size_t i = 0; i < 4; i++) {
        limb[i] = oracle_edgy(&seed);
    }
    BIGNUM *value = oracle_from_limbs(limb);
    BN_nnmod(value, value, n, bn);
    uint64_t pick = oracle_random(&seed) % 8;
    if (pick == 0) {
        BN_copy(value, n);
        BN_sub_word(value, 1 + oracle_random(&seed) % 3);
    } else if (pick == 1) {
        BN_set_word(value, oracle_random(&seed) % 3);
    }
    struct stark_scalar scalar;
    oracle_to_limbs(value, scalar.limb);
    BN_free(value);
    return scalar;
}

static void integers_of_n_and_more_are_refused(void **state)
{
    (void)state;
    const char *refused[] = {"0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f",
                             "0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d30",
                             "0800000000000011000000000000000000000000000000000000000000000001",
                             "8000000000000000000000000000000000000000000000000000000000000000",
                             "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
    for (size_t i = 0; i < 5; i++) {
        struct stark_scalar scalar = STARK_SCALAR_ONE;
        assert_int_equal(stark_scalar_from_be(unit_hex(refused[i]).ptr, &scalar), 0);
        assert_int_equal(stark_scalar_is_zero(&scalar), 1);
    }
    const char *taken[] = {"0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2e",
                           "0800000000000000000000000000000000000000000000000000000000000000",
                           "0000000000000000000000000000000000000000000000000000000000000000",
                           "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"};
    for (size_t i = 0; i < 4; i++) {
        struct stark_scalar scalar;
        uint8_t out[32];
        assert_int_equal(stark_scalar_from_be(unit_hex(taken[i]).ptr, &scalar), 1);
        stark_scalar_to_be(&scalar, out);
        assert_bytes(unit_hex(taken[i]), BYTES_ARRAY(out));
    }
    struct felt felt = oracle_felt(n);
    struct stark_scalar scalar = STARK_SCALAR_ONE;
    assert_false(stark_scalar_from_felt_var(&felt, &scalar));
    assert_int_equal(stark_scalar_is_zero(&scalar), 1);
    felt.limb[0]--;
    assert_true(stark_scalar_from_felt_var(&felt, &scalar));
    struct felt back;
    stark_scalar_to_felt(&scalar, &back);
    assert_true(felt_equal(&felt, &back));
}

static void operations_agree_with_openssl(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct stark_scalar a = random_scalar();
        struct stark_scalar b = random_scalar();
        BIGNUM *x = oracle_from_limbs(a.limb);
        BIGNUM *y = oracle_from_limbs(b.limb);
        struct stark_scalar ret;
        BIGNUM *expected = BN_new();
        BN_mod_add(expected, x, y, n, bn);
        stark_scalar_add(&a, &b, &ret);
        oracle_assert_limbs(expected, ret.limb);
        expected = BN_new();
        BN_mod_mul(expected, x, y, n, bn);
        stark_scalar_mul(&a, &b, &ret);
        oracle_assert_limbs(expected, ret.limb);
        expected = BN_new();
        BN_zero(expected);
        BN_mod_sub(expected, expected, x, n, bn);
        stark_scalar_negate(&a, &ret);
        oracle_assert_limbs(expected, ret.limb);
        assert_int_equal(stark_scalar_equal(&a, &b), BN_cmp(x, y) == 0);
        assert_int_equal(stark_scalar_is_zero(&a), BN_is_zero(x));
        stark_scalar_inverse(&a, &ret);
        expected = BN_is_zero(x) ? BN_new() : BN_mod_inverse(NULL, x, n, bn);
        oracle_assert_limbs(expected, ret.limb);
        BN_free(x);
        BN_free(y);
    }
}

static void results_may_alias_their_inputs(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        struct stark_scalar a = random_scalar();
        struct stark_scalar b = random_scalar();
        struct stark_scalar expected;
        struct stark_scalar alias = a;
        stark_scalar_mul(&a, &b, &expected);
        stark_scalar_mul(&alias, &b, &alias);
        assert_int_equal(stark_scalar_equal(&expected, &alias), 1);
        alias = a;
        stark_scalar_add(&a, &a, &expected);
        stark_scalar_add(&alias, &alias, &alias);
        assert_int_equal(stark_scalar_equal(&expected, &alias), 1);
        alias = a;
        stark_scalar_inverse(&a, &expected);
        stark_scalar_inverse(&alias, &alias);
        assert_int_equal(stark_scalar_equal(&expected, &alias), 1);
    }
}

static void a_conditional_move_moves_all_or_nothing(void **state)
{
    (void)state;
    struct stark_scalar a = random_scalar();
    struct stark_scalar b = random_scalar();
    struct stark_scalar ret = b;
    stark_scalar_cmov(0, &a, &ret);
    assert_int_equal(stark_scalar_equal(&ret, &b), 1);
    stark_scalar_cmov(UINT64_MAX, &a, &ret);
    assert_int_equal(stark_scalar_equal(&ret, &a), 1);
}

int main(void)
{
    bn = BN_CTX_new();
    n = oracle_hex(STARK_ORACLE_N);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_of_n_and_more_are_refused),
        cmocka_unit_test(operations_agree_with_openssl),
        cmocka_unit_test(results_may_alias_their_inputs),
        cmocka_unit_test(a_conditional_move_moves_all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
