#include <openssl/bn.h>

#include "fixtures/unit.h"
#include "keys/order_internal.h"

static const char order_hex[] = "0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f";

static const char *const orders[] = {
    [ORDER_STARK] = order_hex,
    [ORDER_SECP256K1] = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    [ORDER_P256] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
};

static BIGNUM *modulus_of(enum order_curve curve)
{
    BIGNUM *modulus = NULL;
    assert_true(BN_hex2bn(&modulus, orders[curve]) > 0);
    assert_int_equal(1, BN_sub_word(modulus, 1));
    return modulus;
}

static struct sha256_state words(const uint8_t value[static 32])
{
    struct sha256_state state = {{0}};
    for (size_t i = 0; i < 8; i++) {
        state.h[i] = (uint32_t)value[4 * i] << 24 | (uint32_t)value[4 * i + 1] << 16 |
                     (uint32_t)value[4 * i + 2] << 8 | value[4 * i + 3];
    }
    return state;
}

/* value + delta, modulo 2^256. */
static void moved(const uint8_t value[static 32], int delta, uint8_t ret[static 32])
{
    int carry = delta;
    for (size_t i = 32; i-- > 0;) {
        int sum = value[i] + carry;
        ret[i] = (uint8_t)(sum & 0xff);
        carry = sum >> 8;
    }
}

static void a_candidate_is_accepted_from_one_to_n_less_one(void **state)
{
    (void)state;
    const uint8_t *order = unit_hex(order_hex).ptr;
    const uint8_t zero[32] = {0};
    uint8_t value[32];
    static const struct {
        bool from_order;
        int delta;
        uint64_t accepted;
    } rows[] = {{false, 0, 0}, {false, 1, 1}, {true, -2, 1}, {true, -1, 1},
                {true, 0, 0},  {true, 1, 0},  {false, -1, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        moved(rows[i].from_order ? order : zero, rows[i].delta, value);
        struct sha256_state candidate = words(value);
        assert_true(order_accepts(&candidate) == rows[i].accepted);
    }
}

/* Each word one above and one below that of n, all other words as in n: the borrow must travel. */
static void every_word_decides(void **state)
{
    (void)state;
    const struct sha256_state order = words(unit_hex(order_hex).ptr);
    for (size_t i = 0; i < 8; i++) {
        struct sha256_state candidate = order;
        candidate.h[i] = order.h[i] - 1;
        assert_true(order_accepts(&candidate) == 1);
        if (order.h[i] != UINT32_MAX) {
            candidate.h[i] = order.h[i] + 1;
            assert_true(order_accepts(&candidate) == 0);
        }
    }
}

static void check_map(enum order_curve curve, const uint8_t wide[static ORDER_WIDE],
                      BIGNUM *order_less_one)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *value = BN_bin2bn(wide, ORDER_WIDE, NULL);
    uint8_t expected[32];
    assert_int_equal(1, BN_mod(value, value, order_less_one, context));
    assert_int_equal(1, BN_add_word(value, 1));
    assert_int_equal(32, BN_bn2binpad(value, expected, 32));
    struct secret32 mapped;
    order_map_of(curve, wide, &mapped);
    assert_memory_equal(expected, mapped.b, 32);
    if (curve == ORDER_STARK) {
        order_map(wide, &mapped);
        assert_memory_equal(expected, mapped.b, 32);
    }
    BN_free(value);
    BN_CTX_free(context);
}

static void map_random(enum order_curve curve, size_t rounds)
{
    BIGNUM *modulus = modulus_of(curve);
    uint64_t seed = 11;
    for (size_t round = 0; round < rounds; round++) {
        uint8_t wide[ORDER_WIDE];
        for (size_t i = 0; i < sizeof wide; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            /* Long runs of ones and zeros every other round. */
            uint8_t byte = (uint8_t)(seed >> 56);
            wide[i] = round % 2 == 0 ? byte : (uint8_t)((byte & 3) == 0 ? byte : 0 - (byte & 1));
        }
        check_map(curve, wide, modulus);
    }
    BN_free(modulus);
}

static void the_map_agrees_with_big_numbers(void **state)
{
    (void)state;
    map_random(ORDER_STARK, 20000);
    map_random(ORDER_SECP256K1, 5000);
    map_random(ORDER_P256, 5000);
}

/* k*(n-1) + delta for small and largest k: where an estimate of the quotient is most likely off. */
static void map_multiples(enum order_curve curve)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *modulus = modulus_of(curve);
    BIGNUM *limit = NULL;
    BIGNUM *quotient = BN_new();
    BIGNUM *value = BN_new();
    assert_true(BN_dec2bn(&limit, "1") > 0);
    assert_int_equal(1, BN_lshift(limit, limit, 8 * ORDER_WIDE));
    for (unsigned i = 0; i < 300; i++) {
        if (i < 150) {
            assert_int_equal(1, BN_set_word(quotient, i));
        } else {
            assert_int_equal(1, BN_div(quotient, NULL, limit, modulus, context));
            assert_int_equal(1, BN_sub_word(quotient, i - 150));
        }
        for (unsigned delta = 0; delta < 5; delta++) {
            assert_int_equal(1, BN_mul(value, quotient, modulus, context));
            assert_int_equal(1, delta < 3 ? BN_add_word(value, delta) : BN_sub_word(value, delta));
            if (BN_is_negative(value) || BN_cmp(value, limit) >= 0) {
                continue;
            }
            uint8_t wide[ORDER_WIDE];
            assert_int_equal(ORDER_WIDE, BN_bn2binpad(value, wide, ORDER_WIDE));
            check_map(curve, wide, modulus);
        }
    }
    BN_free(modulus);
    BN_free(limit);
    BN_free(quotient);
    BN_free(value);
    BN_CTX_free(context);
}

static void the_map_is_right_around_multiples_of_the_modulus(void **state)
{
    (void)state;
    map_multiples(ORDER_STARK);
    map_multiples(ORDER_SECP256K1);
    map_multiples(ORDER_P256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_candidate_is_accepted_from_one_to_n_less_one),
        cmocka_unit_test(every_word_decides),
        cmocka_unit_test(the_map_agrees_with_big_numbers),
        cmocka_unit_test(the_map_is_right_around_multiples_of_the_modulus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
