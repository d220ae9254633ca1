#include <stdio.h>

#include "codec/json_out.h"
#include "codec/utf8.h"
#include "fixtures/unit.h"

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

/* In: c, ASCII. Out: what it is in a JSON string. */
static struct bytes escaped(uint8_t c, char one[static 8])
{
    static const char from[] = "\"\\\n\r\t";
    static const char to[] = "\"\\nrt";
    const char *known = c == 0 ? NULL : strchr(from, c);
    if (known != NULL) {
        (void)snprintf(one, 8, "\\%c", to[known - from]);
    } else {
        (void)snprintf(one, 8, c < ' ' || c == 0x7f ? "\\u%04x" : "%c", c);
    }
    return bytes_of(one);
}

static void every_character_is_seen_wherever_it_stands(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 128; c++) {
        for (size_t place = 0; place < 20; place++) {
            uint8_t text[20];
            uint8_t expected[32];
            char one[8];
            memset(text, 'x', sizeof text);
            text[place] = (uint8_t)c;
            struct buf wanted = buf_over(expected, sizeof expected);
            buf_put_u8(&wanted, '"');
            buf_put(&wanted, (struct bytes){(const uint8_t *)"xxxxxxxxxxxxxxxxxxxx", place});
            buf_put(&wanted, escaped((uint8_t)c, one));
            buf_put(&wanted, (struct bytes){(const uint8_t *)"xxxxxxxxxxxxxxxxxxxx", 19 - place});
            buf_put_u8(&wanted, '"');
            struct buf buf = buf_over(memory, sizeof memory);
            struct json_out out = json_out_over(&buf);
            json_out_string(&out, BYTES_ARRAY(text));
            assert_bytes(buf_bytes(&wanted), buf_bytes(&buf));
        }
    }
}

static void what_does_not_fit_is_remembered(void **state)
{
    (void)state;
    static const char whole[] = "{\"name\":\"text\",\"hex\":\"00ff\"}";
    for (size_t cap = 0; cap < sizeof whole; cap++) {
        struct buf buf = buf_over(memory, cap);
        struct json_out out = json_out_over(&buf);
        json_out_object(&out);
        json_out_member_text(&out, "name", "text");
        json_out_name(&out, "hex");
        json_out_hex(&out, BYTES_LITERAL("\0\xff"));
        json_out_object_end(&out);
        bool fits = cap == sizeof whole - 1;
        assert_int_equal(fits ? STATUS_OK : STATUS_BUFFER_FULL, buf_check(&buf).code);
        assert_true(!fits || bytes_equal(bytes_of(whole), buf_bytes(&buf)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_are_not_utf8_become_replacement_characters),
        cmocka_unit_test(controls_and_quotes_are_escaped),
        cmocka_unit_test(commas_stand_between_members_and_items),
        cmocka_unit_test(every_character_is_seen_wherever_it_stands),
        cmocka_unit_test(what_does_not_fit_is_remembered),
        cmocka_unit_test(utf8_rows_have_their_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
