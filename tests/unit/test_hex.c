#include <inttypes.h>
#include <stdio.h>

#include "codec/hex.h"
#include "fixtures/unit.h"

static void foreign_characters_and_wrong_lengths_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "0",    "000",  "00000", "0g00",
                                      "g000", "00 0", "0x00", "00-0",  "000\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t out[2] = {1, 1};
        assert_status(INVALID_HEX, hex_read(bytes_of(bad[i]), 2, out));
        assert_int_equal(out[0] | out[1], 0);
    }
    uint8_t out[2];
    assert_status(INVALID_HEX, hex_read_0x(BYTES_LITERAL("0000"), 2, out));
    assert_status(INVALID_HEX, hex_read_0x(BYTES_LITERAL("0X0000"), 2, out));
    assert_status(INVALID_HEX, hex_read_0x(BYTES_LITERAL("0x000"), 2, out));
    assert_status(INVALID_HEX, hex_read_0x(BYTES_LITERAL("0x"), 2, out));
}

static void every_byte_value_is_a_digit_or_none(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    for (unsigned c = 0; c < 256; c++) {
        const char *hit = c == 0 ? NULL : strchr(digits, (int)c);
        unsigned expected = hit == NULL ? HEX_NO_DIGIT : (unsigned)(hit - digits) % 16;
        assert_int_equal(hex_digit((uint8_t)c), expected);
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    uint8_t all[256];
    for (size_t i = 0; i < sizeof all; i++) {
        all[i] = (uint8_t)i;
    }
    uint8_t text[514];
    struct buf buf = buf_over(text, sizeof text);
    buf_put_text(&buf, "0x");
    hex_put(&buf, BYTES_ARRAY(all));
    assert_status(OK, buf_check(&buf));
    uint8_t back[256];
    assert_status(OK, hex_read_0x(buf_bytes(&buf), sizeof back, back));
    assert_memory_equal(all, back, sizeof all);
    struct buf small = buf_over(text, 3);
    hex_put(&small, BYTES_LITERAL("ab"));
    assert_status(BUFFER_FULL, buf_check(&small));
}

static void upper_case_is_read(void **state)
{
    (void)state;
    uint8_t out[2];
    assert_status(OK, hex_read(BYTES_LITERAL("aBCd"), 2, out));
    assert_bytes(unit_hex("abcd"), BYTES_ARRAY(out));
    assert_status(OK, hex_read(BYTES_LITERAL(""), 0, out));
}

static void numbers_have_one_to_sixty_four_digits(void **state)
{
    (void)state;
    uint64_t limb[4];
    char text[66] = {0};
    memset(text, 'f', 65);
    assert_status(INVALID_HEX, hex_u256(bytes_of(text), limb));
    assert_status(INVALID_HEX, hex_u256(BYTES_LITERAL(""), limb));
    assert_status(INVALID_HEX, hex_u256(BYTES_LITERAL("12345678901234567x"), limb));
    assert_true((limb[0] | limb[1] | limb[2] | limb[3]) == 0);
    text[64] = '\0';
    assert_status(OK, hex_u256(bytes_of(text), limb));
    assert_true((limb[0] & limb[1] & limb[2] & limb[3]) == UINT64_MAX);
    assert_status(OK, hex_u256(BYTES_LITERAL("10000000000000002"), limb));
    assert_true(limb[0] == 2 && limb[1] == 1 && limb[2] == 0 && limb[3] == 0);
}

static void words_are_sixteen_digits(void **state)
{
    (void)state;
    static const uint64_t words[] = {0,          1,          0x0123456789abcdef, 0xfedcba9876543210,
                                     UINT64_MAX, 1ull << 63, 0x9a9a9a9aa9a9a9a9};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char expected[17];
        uint8_t digits[16];
        assert_int_equal(snprintf(expected, sizeof expected, "%016" PRIx64, words[i]), 16);
        hex_digits(words[i], digits);
        assert_memory_equal(digits, expected, 16);
    }
}

static void lengths_beside_whole_words_are_written(void **state)
{
    (void)state;
    static const uint8_t data[] = "0123456789abcdefghij";
    for (size_t len = 0; len < sizeof data; len++) {
        char expected[2 * sizeof data] = "";
        uint8_t memory[2 * sizeof data];
        struct buf buf = buf_over(memory, 2 * len);
        for (size_t i = 0; i < len; i++) {
            assert_int_equal(snprintf(expected + 2 * i, 3, "%02x", data[i]), 2);
        }
        hex_put(&buf, (struct bytes){data, len});
        assert_bytes(bytes_of(expected), buf_bytes(&buf));
        assert_status(OK, buf_check(&buf));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_characters_and_wrong_lengths_are_refused),
        cmocka_unit_test(every_byte_value_is_a_digit_or_none),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(words_are_sixteen_digits),
        cmocka_unit_test(lengths_beside_whole_words_are_written),
        cmocka_unit_test(upper_case_is_read),
        cmocka_unit_test(numbers_have_one_to_sixty_four_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
