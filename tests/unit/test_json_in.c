#include "base/buf.h"
#include "base/limits.h"
#include "codec/json_in.h"
#include "support/unit.h"

static struct arena arena;

static int start(void **state)
{
    (void)state;
    json_in_setup(1);
    return status_is_ok(arena_init(&arena, LIMIT_ARENA)) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct json_in_doc doc;

static struct status parse(struct bytes text)
{
    arena_reset(&arena);
    return json_in_parse(&arena, text, &doc);
}

static void malformed_documents_are_refused(void **state)
{
    (void)state;
    const char *bad[] = {
        "",        " ",        "1",          "\"a\"",         "{",        "[1,]",
        "{\"a\"}", "{a:1}",    "[1] x",      "[NaN]",         "[+1]",     "[01]",
        "['a']",   "[\"\n\"]", "{\"a\":1,}", "[\"\\ud800\"]", "// c\n[]", "[0x10]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(BAD_JSON, parse(bytes_of(bad[i])));
    }
    assert_status(INVALID_UTF8, parse(BYTES_LITERAL("[\"\xff\"]")));
    assert_status(INVALID_UTF8, parse(BYTES_LITERAL("[\"\xed\xa0\x80\"]")));
    assert_status(BAD_JSON, parse(BYTES_LITERAL("{\"a\\u0000\":1}")));
}

static void duplicate_keys_are_refused_at_any_depth(void **state)
{
    (void)state;
    assert_status(JSON_DUPLICATE_KEY, parse(BYTES_LITERAL("{\"a\":1,\"a\":1}")));
    assert_status(JSON_DUPLICATE_KEY, parse(BYTES_LITERAL("[{\"b\":[{\"a\":1,\"\\u0061\":2}]}]")));
}

static void numbers_beyond_64_bits_are_refused(void **state)
{
    (void)state;
    assert_status(JSON_NUMBER_RANGE, parse(BYTES_LITERAL("[9223372036854775808]")));
    assert_status(JSON_NUMBER_RANGE, parse(BYTES_LITERAL("[-9223372036854775809]")));
    assert_status(JSON_NUMBER_RANGE, parse(BYTES_LITERAL("[1e999]")));
    assert_status(OK, parse(BYTES_LITERAL("[9223372036854775807]")));
}

static void depth_is_bounded_before_parsing(void **state)
{
    (void)state;
    static char text[20001];
    for (size_t depth = 1; depth <= 10000; depth += depth == LIMIT_JSON_DEPTH + 1 ? 9967 : 1) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        struct bytes whole = {(const uint8_t *)text, 2 * depth};
        uint16_t expected = depth <= LIMIT_JSON_DEPTH ? STATUS_OK : STATUS_JSON_TOO_DEEP;
        assert_int_equal(expected, parse(whole).code);
    }
    assert_status(OK, parse(BYTES_LITERAL("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"]")));
}

static void the_number_of_values_is_bounded_and_fits_the_arena(void **state)
{
    (void)state;
    static uint8_t text[LIMIT_BODY_STARKNET_SIGN];
    memset(text, '1', sizeof text);
    text[0] = '[';
    for (size_t i = 2; i < 2 * LIMIT_JSON_VALUES; i += 2) {
        text[i] = ',';
    }
    text[2 * LIMIT_JSON_VALUES - 2] = ']';
    assert_status(OK, parse((struct bytes){text, 2 * LIMIT_JSON_VALUES - 1}));
    text[2 * LIMIT_JSON_VALUES - 2] = ',';
    text[2 * LIMIT_JSON_VALUES] = ',';
    text[2 * LIMIT_JSON_VALUES + 2] = ']';
    assert_status(JSON_TOO_COMPLEX, parse((struct bytes){text, 2 * LIMIT_JSON_VALUES + 3}));
}

static void a_small_arena_is_an_error(void **state)
{
    (void)state;
    struct arena small;
    assert_status(OK, arena_init(&small, 4096));
    struct json_in_doc unused;
    assert_status(NO_MEMORY, json_in_parse(&small, BYTES_LITERAL("[]"), &unused));
    arena_deinit(&small);
}

/* The shapes that cost jansson most for each value or byte, against the bound it is given. */
static void memory_stays_within_the_bound(void **state)
{
    (void)state;
    const char *items[] = {"1",
                           "\"\"",
                           "[]",
                           "{}",
                           "[[]]",
                           "[{}]",
                           "{\"\":{}}",
                           "[{},{},{}]",
                           "{\"a\":{},\"b\":{},\"c\":{},\"d\":{},\"e\":{},\"f\":{}}",
                           "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\n\""};
    static uint8_t memory[LIMIT_BODY_STARKNET_SIGN];
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        for (size_t count = 1; count <= 100000; count *= 10) {
            struct buf text = buf_over(memory, sizeof memory);
            size_t values = 1;
            buf_put_u8(&text, '[');
            for (size_t k = 0; k < count; k++) {
                buf_put_text(&text, k == 0 ? "" : ",");
                buf_put_text(&text, items[i]);
            }
            buf_put_u8(&text, ']');
            for (size_t k = 0; k < text.len; k++) {
                values += memory[k] == ',' || memory[k] == '[' || memory[k] == '{';
            }
            if (values > LIMIT_JSON_VALUES) {
                continue;
            }
            assert_status(OK, parse(buf_bytes(&text)));
            assert_true(arena.used <= 4096 + 384 * values + 8 * text.len);
        }
    }
}

static void failures_say_where(void **state)
{
    (void)state;
    assert_status(OK, parse(BYTES_LITERAL("{\"a\":[{\"b\":\"x\",\"evil\\n\":1}]}")));
    struct json_in root = json_in_root(&doc);
    struct json_in a, item, b, none;
    assert_status(OK, json_in_member(&root, "a", &a));
    item = json_in_item(&a, 0);
    assert_status(OK, json_in_member(&item, "b", &b));
    uint64_t number = 0;
    assert_status(BAD_TYPE, json_in_u64(&b, 0, 10, &number));
    assert_string_equal(doc.where, "a[0].b");
    assert_status(MISSING_FIELD, json_in_member(&item, "c", &none));
    assert_string_equal(doc.where, "a[0].c");
    const char *const names[] = {"b"};
    assert_status(UNKNOWN_FIELD, json_in_members(&item, names, 1));
    assert_string_equal(doc.where, "a[0].evil?");
}

static void integers_are_strict(void **state)
{
    (void)state;
    assert_status(OK, parse(BYTES_LITERAL("[0,10,11,-1,1.0,true,\"1\",null]")));
    struct json_in root = json_in_root(&doc);
    const uint16_t expected[] = {STATUS_OK,           STATUS_OK,       STATUS_NUMBER_RANGE,
                                 STATUS_NUMBER_RANGE, STATUS_BAD_TYPE, STATUS_BAD_TYPE,
                                 STATUS_BAD_TYPE,     STATUS_BAD_TYPE};
    for (size_t i = 0; i < 8; i++) {
        struct json_in item = json_in_item(&root, i);
        uint64_t value = 0;
        assert_int_equal(expected[i], json_in_u64(&item, 0, 10, &value).code);
    }
}

static void strings_keep_nul_and_members_keep_order(void **state)
{
    (void)state;
    assert_status(OK, parse(BYTES_LITERAL("{\"z\":\"a\\u0000b\",\"y\":true,\"x\":null}")));
    struct json_in root = json_in_root(&doc);
    struct json_in member;
    char order[4] = {0};
    size_t count = 0;
    for (void *next = NULL; json_in_next(&root, &next, &member);) {
        order[count++] = (char)member.name.ptr[0];
    }
    assert_string_equal(order, "zyx");
    assert_true(json_in_find(&root, "z", &member));
    struct bytes text;
    assert_status(OK, json_in_string(&member, &text));
    assert_bytes(BYTES_LITERAL("a\0b"), text);
    assert_false(json_in_find(&root, "x", &member));
    assert_false(json_in_find_bytes(&root, BYTES_LITERAL("z\0"), &member));
    bool flag = false;
    assert_status(OK, json_in_member(&root, "y", &member));
    assert_status(OK, json_in_bool(&member, &flag));
    assert_true(flag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_documents_are_refused),
        cmocka_unit_test(duplicate_keys_are_refused_at_any_depth),
        cmocka_unit_test(numbers_beyond_64_bits_are_refused),
        cmocka_unit_test(depth_is_bounded_before_parsing),
        cmocka_unit_test(the_number_of_values_is_bounded_and_fits_the_arena),
        cmocka_unit_test(a_small_arena_is_an_error),
        cmocka_unit_test(memory_stays_within_the_bound),
        cmocka_unit_test(failures_say_where),
        cmocka_unit_test(integers_are_strict),
        cmocka_unit_test(strings_keep_nul_and_members_keep_order),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
