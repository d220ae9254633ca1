#include "codec/json_out.h"
#include "codec/utf8.h"
#include "support/unit.h"

static uint8_t memory[512];

static void bytes_that_are_not_utf8_become_replacement_characters(void **state)
{
    (void)state;
    struct buf buf = buf_over(memory, sizeof memory);
    struct json_out out = json_out_over(&buf);
    json_out_string(&out, BYTES_LITERAL("a\xff\xed\xa0\x80\xc3\xa9"));
    assert_bytes(BYTES_LITERAL("\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9\""),
                 buf_bytes(&buf));
}

static void controls_and_quotes_are_escaped(void **state)
{
    (void)state;
    struct buf buf = buf_over(memory, sizeof memory);
    struct json_out out = json_out_over(&buf);
    json_out_string(&out, BYTES_LITERAL("\"\\\n\r\t\x01\x7f\0"));
    assert_bytes(BYTES_LITERAL("\"\\\"\\\\\\n\\r\\t\\u0001\\u007f\\u0000\""), buf_bytes(&buf));
}

static void commas_stand_between_members_and_items(void **state)
{
    (void)state;
    struct buf buf = buf_over(memory, sizeof memory);
    struct json_out out = json_out_over(&buf);
    json_out_object(&out);
    json_out_member_u64(&out, "a", 1);
    json_out_name(&out, "b");
    json_out_array(&out);
    json_out_bool(&out, true);
    json_out_null(&out);
    json_out_i64(&out, -5);
    json_out_object(&out);
    json_out_object_end(&out);
    json_out_array_end(&out);
    json_out_member_text(&out, "c", "");
    json_out_object_end(&out);
    assert_bytes(BYTES_LITERAL("{\"a\":1,\"b\":[true,null,-5,{}],\"c\":\"\"}"), buf_bytes(&buf));
    assert_status(OK, buf_check(&buf));
}

static void utf8_rows_have_their_ends(void **state)
{
    (void)state;
    assert_true(utf8_valid(BYTES_LITERAL("\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf")));
    assert_true(utf8_valid(BYTES_LITERAL("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\xed\x9f\xbf")));
    const struct bytes bad[] = {
        BYTES_LITERAL("\x80"),
        BYTES_LITERAL("\xc1\xbf"),
        BYTES_LITERAL("\xe0\x9f\xbf"),
        BYTES_LITERAL("\xed\xa0\x80"),
        BYTES_LITERAL("\xf0\x8f\xbf\xbf"),
        BYTES_LITERAL("\xf4\x90\x80\x80"),
        BYTES_LITERAL("\xf5\x80\x80\x80"),
        BYTES_LITERAL("\xe1\x80"),
        BYTES_LITERAL("\xc2"),
        BYTES_LITERAL("\xe1\x80\x00"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(utf8_valid(bad[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_are_not_utf8_become_replacement_characters),
        cmocka_unit_test(controls_and_quotes_are_escaped),
        cmocka_unit_test(commas_stand_between_members_and_items),
        cmocka_unit_test(utf8_rows_have_their_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
