#include "base/limits.h"
#include "fixtures/unit.h"
#include "starknet/byte_array.h"

static struct arena arena;

static struct felts array_of(struct bytes text)
{
    struct felts felts;
    arena_reset(&arena);
    struct felts_out out = felts_open(&arena);
    byte_array_put(&out, text);
    assert_status(OK, felts_close(&out, &felts));
    return felts;
}

static void a_text_over_the_limit_is_refused(void **state)
{
    (void)state;
    static uint8_t text[31 * LIMIT_FELTS];
    struct felts felts;
    arena_reset(&arena);
    struct felts_out out = felts_open(&arena);
    byte_array_put(&out, BYTES_ARRAY(text));
    assert_status(CALLDATA_TOO_LARGE, felts_close(&out, &felts));
}

static void each_length_has_its_words_and_its_rest(void **state)
{
    (void)state;
    static uint8_t text[100];
    memset(text, 0xff, sizeof text);
    for (size_t len = 0; len <= sizeof text; len++) {
        struct felts felts = array_of((struct bytes){text, len});
        assert_int_equal(felts.len, len / 31 + 3);
        assert_true(felts.ptr[0].limb[0] == len / 31);
        assert_true(felts.ptr[felts.len - 1].limb[0] == len % 31);
        assert_int_equal(felt_bits(&felts.ptr[felts.len - 2]), 8 * (len % 31));
        for (size_t i = 0; i < len / 31; i++) {
            assert_int_equal(felt_bits(&felts.ptr[1 + i]), 248);
        }
    }
}

static void words_are_big_endian(void **state)
{
    (void)state;
    struct felts felts = array_of(BYTES_LITERAL("0123456789abcdef0123456789abcdefg"));
    struct felt word = felt_from_short("0123456789abcdef0123456789abcde");
    struct felt rest = felt_from_short("fg");
    assert_int_equal(felts.len, 4);
    assert_true(felt_equal(&word, &felts.ptr[1]));
    assert_true(felt_equal(&rest, &felts.ptr[2]));
}

int main(void)
{
    if (!status_is_ok(arena_init(&arena, 1 << 20))) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_over_the_limit_is_refused),
        cmocka_unit_test(each_length_has_its_words_and_its_rest),
        cmocka_unit_test(words_are_big_endian),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
