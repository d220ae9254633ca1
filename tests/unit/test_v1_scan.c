#include "cluster/v1/v1_scan.h"
#include "fixtures/unit.h"

static struct arena arena;

static int start(void **state)
{
    (void)state;
    assert_status(OK, arena_init(&arena, 1u << 20));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static void what_is_not_one_value_is_none(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",       " ",
        "{",      "}",
        "{]",     "[}",
        "[",      "\"",
        "\"",     "\"a",
        "\"\\\"", "{\"a\":1",
        "1 2",    "{} {}",
        "[]]",    "'a'",
        ":",      ",",
        "[\"]",   "{\"}",
        "\x01",   "[[[[[[[]]]]]]",
        "[}]",    "\xff",
    };
    struct bytes value;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (v1_scan_text(bytes_of(bad[i]), &value)) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    char text[2 * V1_SCAN_DEPTH + 3] = {0};
    struct bytes value;
    memset(text, '[', V1_SCAN_DEPTH);
    memset(text + V1_SCAN_DEPTH, ']', V1_SCAN_DEPTH);
    assert_true(v1_scan_text(bytes_of(text), &value));
    memset(text, '[', V1_SCAN_DEPTH + 1);
    memset(text + V1_SCAN_DEPTH + 1, ']', V1_SCAN_DEPTH + 1);
    assert_false(v1_scan_text(bytes_of(text), &value));
}

/* Count the values until the end. Returns: SIZE_MAX when it fails. */
static size_t count(const char *text, uint8_t open)
{
    struct v1_scan scan;
    struct v1_scan_item item;
    size_t items = 0;
    for (v1_scan_enter(bytes_of(text), open, &scan); v1_scan_next(&scan, &item);) {
        assert_int_equal(open == '{', item.name.len != 0);
        items++;
    }
    assert_false(v1_scan_next(&scan, &item));
    return scan.failed ? SIZE_MAX : items;
}

static void malformed_containers_fail(void **state)
{
    (void)state;
    static const char *const objects[] = {
        "[]",         "{1:2}",    "{\"a\"}",     "{\"a\" 1}",         "{\"a\":}", "{,}",
        "{\"a\":1,}", "{\"a\":1", "{\"a\":1 2}", "{\"a\":1 \"b\":2}", "{a:1}",    "{\"a\":{]}",
    };
    static const char *const arrays[] = {"{}", "[,]", "[1,]", "[1 2]", "[1", "[:]", "[1,,2]"};
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        assert_int_equal(SIZE_MAX, count(objects[i], '{'));
    }
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        assert_int_equal(SIZE_MAX, count(arrays[i], '['));
    }
}

static void containers_are_walked(void **state)
{
    (void)state;
    assert_int_equal(0, count(" { } ", '{'));
    assert_int_equal(0, count("[]", '['));
    assert_int_equal(3, count("[1,\t\"]\\\"[\", {\"a\" : [ 1 , 2 ] } ]", '['));
    assert_int_equal(2, count("{\"a\" : \"}\" ,\n\"b\":-1.5e+3}", '{'));
}

static void members_are_found(void **state)
{
    (void)state;
    struct bytes object = BYTES_LITERAL("{\"a\":1,\"b\":null,\"a\":2,\"c\":3,\"c\":null}");
    struct bytes value;
    assert_true(v1_scan_member(object, "a", &value));
    assert_bytes(BYTES_LITERAL("2"), value); /* the last wins */
    assert_false(v1_scan_member(object, "b", &value));
    assert_false(v1_scan_member(object, "c", &value));
    assert_false(v1_scan_member(object, "d", &value));
    assert_false(v1_scan_member(BYTES_LITERAL("{\"a\":1,"), "a", &value));
    assert_false(v1_scan_member(BYTES_LITERAL("[\"a\"]"), "a", &value));
}

static void strings_are_read(void **state)
{
    (void)state;
    struct bytes text;
    assert_status(BAD_TYPE, v1_scan_string(BYTES_LITERAL("1"), &arena, &text));
    assert_status(BAD_TYPE, v1_scan_string(BYTES_LITERAL(""), &arena, &text));
    assert_status(BAD_JSON, v1_scan_string(BYTES_LITERAL("\"\\x\""), &arena, &text));
    assert_int_equal(0, text.len);
    assert_status(OK, v1_scan_string(BYTES_LITERAL("\"\""), &arena, &text));
    assert_int_equal(0, text.len);
    assert_status(OK, v1_scan_string(BYTES_LITERAL("\"a b\""), &arena, &text));
    assert_bytes(BYTES_LITERAL("a b"), text);
    assert_status(OK,
                  v1_scan_string(BYTES_LITERAL("\"\\u00e9\\\"\\ud83d\\udd11\""), &arena, &text));
    assert_bytes(BYTES_LITERAL("\xc3\xa9\"\xf0\x9f\x94\x91"), text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_one_value_is_none),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(malformed_containers_fail),
        cmocka_unit_test(containers_are_walked),
        cmocka_unit_test(members_are_found),
        cmocka_unit_test(strings_are_read),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
