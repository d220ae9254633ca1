#include "crypto/stark_inverse.h"
#include "fixtures/unit.h"
#include "unit/stark_oracle.h"

/* Other moduli than the two in use, so that nothing hangs on their shape: the smallest, the largest
 * that the contract allows, primes and composites. */
static const char *const moduli[] = {
    STARK_ORACLE_P,
    STARK_ORACLE_N,
    "3",
    "10001",
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "f000000000000000000000000000000000000000000000000000000000000001"};

static uint64_t seed = 3;

static struct stark_inverse_modulus modulus_of(const BIGNUM *number, BN_CTX *bn)
{
    struct stark_inverse_modulus modulus;
    BIGNUM *rest = BN_dup(number);
    BIGNUM *limb = BN_new();
    for (size_t i = 0; i < 5; i++) {
        BN_copy(limb, rest);
        if (BN_num_bits(limb) > 62) {
            BN_mask_bits(limb, 62);
        }
        modulus.limb[i] = (int64_t)BN_get_word(limb);
        BN_rshift(rest, rest, 62);
    }
    BN_one(limb);
    BN_lshift(limb, limb, 62);
    BN_mod_inverse(rest, number, limb, bn);
    modulus.inverse = BN_get_word(rest);
    BN_free(rest);
    BN_free(limb);
    return modulus;
}

static void inverses_agree_with_openssl(void **state)
{
    (void)state;
    BN_CTX *bn = BN_CTX_new();
    for (size_t m = 0; m < sizeof moduli / sizeof *moduli; m++) {
        BIGNUM *number = oracle_hex(moduli[m]);
        struct stark_inverse_modulus modulus = modulus_of(number, bn);
        for (uint64_t i = 0; i < 3000; i++) {
            uint64_t limb[4] = {i, 0, 0, 0};
            for (size_t j = 0; i > 100 && j < 4; j++) {
                limb[j] = oracle_edgy(&seed);
            }
            BIGNUM *value = oracle_from_limbs(limb);
            if (i % 16 == 15) {
                BN_sub(value, number, value);
            }
            BN_nnmod(value, value, number, bn);
            oracle_to_limbs(value, limb);
            uint64_t ret[4];
            uint64_t var[4];
            stark_inverse(&modulus, limb, ret);
            stark_inverse_var(&modulus, limb, var);
            BIGNUM *gcd = BN_new();
            BN_gcd(gcd, value, number, bn);
            if (BN_is_one(gcd)) {
                oracle_assert_limbs(BN_mod_inverse(NULL, value, number, bn), ret);
                assert_memory_equal(ret, var, sizeof ret);
            } else if (BN_is_zero(value)) {
                assert_int_equal(ret[0] | ret[1] | ret[2] | ret[3], 0);
                assert_int_equal(var[0] | var[1] | var[2] | var[3], 0);
            }
            BN_free(gcd);
            BN_free(value);
        }
        BN_free(number);
    }
    BN_CTX_free(bn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inverses_agree_with_openssl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
