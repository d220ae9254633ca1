#include "base/buf.h"
#include "base/bytes.h"
#include "base/reader.h"
#include "fixtures/unit.h"

static void a_write_that_does_not_fit_writes_nothing(void **state)
{
    (void)state;
    uint8_t memory[5] = {0};
    struct buf buf = buf_over(memory, 4);
    buf_put_u16(&buf, 0x0102);
    buf_put_u32(&buf, 0x03040506);
    assert_true(buf.failed);
    assert_int_equal(buf.len, 2);
    buf_put_u8(&buf, 7);
    assert_int_equal(buf.len, 2);
    assert_int_equal(memory[2], 0);
    assert_status(BUFFER_FULL, buf_check(&buf));
}

static void integers_are_big_endian_both_ways(void **state)
{
    (void)state;
    uint8_t memory[15];
    struct buf buf = buf_over(memory, sizeof memory);
    buf_put_u8(&buf, 0x01);
    buf_put_u16(&buf, 0x0203);
    buf_put_u32(&buf, 0x04050607);
    buf_put_u64(&buf, 0x08090a0b0c0d0e0fu);
    assert_status(OK, buf_check(&buf));
    for (size_t i = 0; i < sizeof memory; i++) {
        assert_int_equal(memory[i], i + 1);
    }
    struct reader reader = reader_over(buf_bytes(&buf));
    assert_int_equal(reader_u8(&reader), 0x01);
    assert_int_equal(reader_u16(&reader), 0x0203);
    assert_int_equal(reader_u32(&reader), 0x04050607);
    assert_true(reader_u64(&reader) == 0x08090a0b0c0d0e0fu);
    assert_true(reader_done(&reader));
}

static void a_short_read_fails_the_reader_for_good(void **state)
{
    (void)state;
    struct reader reader = reader_over(BYTES_LITERAL("abc"));
    assert_int_equal(reader_u32(&reader), 0);
    assert_int_equal(reader_u8(&reader), 0);
    assert_int_equal(reader_take(&reader, 0).len, 0);
    assert_false(reader_done(&reader));
}

static void decimal_and_signed_cover_their_ends(void **state)
{
    (void)state;
    uint8_t memory[64];
    struct buf buf = buf_over(memory, sizeof memory);
    buf_put_decimal(&buf, 0);
    buf_put_u8(&buf, ' ');
    buf_put_decimal(&buf, UINT64_MAX);
    buf_put_u8(&buf, ' ');
    buf_put_signed(&buf, INT64_MIN);
    assert_bytes(BYTES_LITERAL("0 18446744073709551615 -9223372036854775808"), buf_bytes(&buf));
}

static void a_decimal_of_256_bits_covers_its_ends(void **state)
{
    (void)state;
    static const char largest[] =
        "115792089237316195423570985008687907853269984665640564039457584007913129639935";
    uint8_t memory[sizeof largest - 1];
    uint8_t value[32] = {0};
    struct buf buf = buf_over(memory, sizeof memory);
    buf_put_decimal_u256(&buf, value);
    value[31] = 10;
    buf_put_decimal_u256(&buf, value);
    value[23] = 1; /* 2^64 + 10 */
    buf_put_decimal_u256(&buf, value);
    assert_bytes(BYTES_LITERAL("01018446744073709551626"), buf_bytes(&buf));
    buf = buf_over(memory, sizeof memory);
    memset(value, 0xff, sizeof value);
    buf_put_decimal_u256(&buf, value);
    assert_bytes(bytes_of(largest), buf_bytes(&buf));
    buf = buf_over(memory, sizeof memory - 1);
    buf_put_decimal_u256(&buf, value);
    assert_status(BUFFER_FULL, buf_check(&buf));
    assert_int_equal(0, buf.len);
}

static void slices_are_clipped(void **state)
{
    (void)state;
    struct bytes all = BYTES_LITERAL("abcdef");
    assert_bytes(BYTES_LITERAL("cd"), bytes_slice(all, 2, 2));
    assert_bytes(BYTES_LITERAL("ef"), bytes_slice(all, 4, SIZE_MAX));
    assert_int_equal(bytes_slice(all, 6, 1).len, 0);
    assert_int_equal(bytes_slice(all, SIZE_MAX, SIZE_MAX).len, 0);
    assert_int_equal(bytes_find(all, 'd'), 3);
    assert_int_equal(bytes_find(all, 'x'), 6);
}

static void order_and_prefix(void **state)
{
    (void)state;
    assert_true(bytes_compare(BYTES_LITERAL("a"), BYTES_LITERAL("ab")) < 0);
    assert_true(bytes_compare(BYTES_LITERAL("b"), BYTES_LITERAL("ab")) > 0);
    assert_true(bytes_compare(BYTES_LITERAL(""), BYTES_LITERAL("")) == 0);
    assert_true(bytes_starts(BYTES_LITERAL("abc"), BYTES_LITERAL("ab")));
    assert_false(bytes_starts(BYTES_LITERAL("a"), BYTES_LITERAL("ab")));
    assert_false(bytes_equal(BYTES_LITERAL("a"), BYTES_LITERAL("b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_that_does_not_fit_writes_nothing),
        cmocka_unit_test(integers_are_big_endian_both_ways),
        cmocka_unit_test(a_short_read_fails_the_reader_for_good),
        cmocka_unit_test(decimal_and_signed_cover_their_ends),
        cmocka_unit_test(a_decimal_of_256_bits_covers_its_ends),
        cmocka_unit_test(slices_are_clipped),
        cmocka_unit_test(order_and_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
