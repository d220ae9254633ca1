#include "crypto/felt.h"
#include "fixtures/unit.h"

static struct felt from_hex(const char *hex)
{
    struct felt felt;
    assert_true(felt_from_be(unit_hex(hex).ptr, &felt));
    return felt;
}

#define P_MINUS_1 "0800000000000011000000000000000000000000000000000000000000000000"
#define P         "0800000000000011000000000000000000000000000000000000000000000001"
#define ALL_ONES  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static void p_and_more_are_refused_and_give_zero(void **state)
{
    (void)state;
    const char *too_large[] = {
        P, "0800000000000011000000000000000100000000000000000000000000000000",
        "0800000000000012000000000000000000000000000000000000000000000000", ALL_ONES};
    for (size_t i = 0; i < 4; i++) {
        struct felt felt = felt_from_u64(7);
        assert_false(felt_from_be(unit_hex(too_large[i]).ptr, &felt));
        assert_true(felt_is_zero(&felt));
    }
}

static void bytes_survive_the_round_trip(void **state)
{
    (void)state;
    const char *values[] = {P_MINUS_1,
                            "0702030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
                            "0000000000000000000000000000000000000000000000000000000000000000"};
    for (size_t i = 0; i < 3; i++) {
        struct felt felt = from_hex(values[i]);
        uint8_t out[32];
        felt_to_be(&felt, out);
        assert_bytes(unit_hex(values[i]), BYTES_ARRAY(out));
    }
}

static void negation_is_its_own_inverse(void **state)
{
    (void)state;
    struct felt one = felt_from_u64(1);
    struct felt minus_one = felt_negate(&one);
    struct felt expected = from_hex(P_MINUS_1);
    assert_true(felt_equal(&minus_one, &expected));
    struct felt back = felt_negate(&minus_one);
    assert_true(felt_equal(&back, &one));
    struct felt zero = felt_negate(&FELT_ZERO);
    assert_true(felt_is_zero(&zero));
    struct felt middle = felt_from_u128(1, 0);
    struct felt negated = felt_negate(&middle);
    struct felt again = felt_negate(&negated);
    assert_true(felt_equal(&again, &middle));
}

static void short_strings_are_big_endian_ascii(void **state)
{
    (void)state;
    struct felt chain = felt_from_short("SN_MAIN");
    assert_true(chain.limb[0] == 0x534e5f4d41494e && felt_bits(&chain) == 55);
    struct felt empty = felt_from_short("");
    assert_true(felt_is_zero(&empty));
}

static void order_and_bits(void **state)
{
    (void)state;
    struct felt small = felt_from_u128(1, 0);
    struct felt large = from_hex(P_MINUS_1);
    assert_true(felt_compare(&small, &large) < 0 && felt_compare(&large, &small) > 0);
    assert_int_equal(felt_bits(&small), 65);
    assert_int_equal(felt_bits(&large), 252);
    assert_int_equal(felt_bits(&FELT_ZERO), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p_and_more_are_refused_and_give_zero),
        cmocka_unit_test(bytes_survive_the_round_trip),
        cmocka_unit_test(negation_is_its_own_inverse),
        cmocka_unit_test(short_strings_are_big_endian_ascii),
        cmocka_unit_test(order_and_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
