#include "fixtures/unit.h"
#include "starknet/short_string.h"

static void what_is_too_long_or_not_ascii_is_refused(void **state)
{
    (void)state;
    static const struct bytes bad[] = {
        {(const uint8_t *)"0123456789abcdef0123456789abcdef", 32},
        {(const uint8_t *)"caf\xc3\xa9", 5},
        {(const uint8_t *)"\x80", 1},
        {(const uint8_t *)"\xff", 1},
        {(const uint8_t *)"\0a", 2},
        {(const uint8_t *)"a\0", 2},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct felt felt = felt_from_u64(1);
        assert_status(SHORT_STRING, short_string_read(bad[i], &felt));
        assert_true(felt_is_zero(&felt));
    }
}

static void every_length_is_a_big_endian_number(void **state)
{
    (void)state;
    const char text[] = "\x7f 23456789abcdef0123456789abcde";
    for (size_t len = 0; len <= 31; len++) {
        char part[32] = {0};
        memcpy(part, text, len);
        struct felt expected = felt_from_short(part);
        struct felt felt;
        assert_status(OK, short_string_read((struct bytes){(const uint8_t *)text, len}, &felt));
        assert_true(felt_equal(&expected, &felt));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_too_long_or_not_ascii_is_refused),
        cmocka_unit_test(every_length_is_a_big_endian_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
