#include "codec/decimal.h"
#include "fixtures/unit.h"

#define TWO_256                                      \
    "1157920892373161954235709850086879078532699846" \
    "65640564039457584007913129639936"

__extension__ typedef unsigned __int128 uint128;

static void anything_but_plain_digits_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "-1",  "+1",  " 1", "1 ",  "00",      "01",
                                      "0x1", "1.0", "1e3", "a",  "1_0", "\xd9\xa1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t limb[4] = {1, 1, 1, 1};
        assert_status(INVALID_DECIMAL, decimal_u256(bytes_of(bad[i]), limb));
        assert_true((limb[0] | limb[1] | limb[2] | limb[3]) == 0);
    }
    uint64_t limb[4];
    assert_status(INVALID_DECIMAL, decimal_u256((struct bytes){(const uint8_t *)"1\0", 2}, limb));
}

static void the_first_number_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    uint64_t limb[4];
    assert_status(NUMBER_RANGE, decimal_u256(BYTES_LITERAL(TWO_256), limb));
    assert_true((limb[0] | limb[1] | limb[2] | limb[3]) == 0);
    char text[301] = {0};
    memset(text, '9', 300);
    assert_status(NUMBER_RANGE, decimal_u256(bytes_of(text), limb));
    text[78] = '\0';
    assert_status(NUMBER_RANGE, decimal_u256(bytes_of(text), limb));
    uint64_t value;
    assert_status(NUMBER_RANGE, decimal_u64(BYTES_LITERAL("18446744073709551616"), &value));
    assert_true(value == 0);
    assert_status(INVALID_DECIMAL, decimal_u64(BYTES_LITERAL("x"), &value));
}

static void the_last_number_that_fits_is_read(void **state)
{
    (void)state;
    char text[] = TWO_256;
    text[sizeof text - 2] = '5';
    uint64_t limb[4];
    assert_status(OK, decimal_u256(bytes_of(text), limb));
    assert_true((limb[0] & limb[1] & limb[2] & limb[3]) == UINT64_MAX);
    uint64_t value;
    assert_status(OK, decimal_u64(BYTES_LITERAL("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_status(OK, decimal_u64(BYTES_LITERAL("0"), &value));
    assert_true(value == 0);
}

/* Powers of ten by another way: ten times the one before, limb by limb. */
static void powers_of_ten_at_every_length(void **state)
{
    (void)state;
    char text[80] = "1";
    uint64_t expected[4] = {1, 0, 0, 0};
    for (size_t len = 1; len <= 78; len++) {
        uint64_t limb[4];
        assert_status(OK, decimal_u256((struct bytes){(uint8_t *)text, len}, limb));
        assert_memory_equal(expected, limb, sizeof limb);
        text[len] = '0';
        uint128 carry = 0;
        for (size_t i = 0; i < 4; i++) {
            carry += (uint128)expected[i] * 10;
            expected[i] = (uint64_t)carry;
            carry >>= 64;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anything_but_plain_digits_is_refused),
        cmocka_unit_test(the_first_number_that_does_not_fit_is_refused),
        cmocka_unit_test(the_last_number_that_fits_is_read),
        cmocka_unit_test(powers_of_ten_at_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
