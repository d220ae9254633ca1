/* Against Python on random documents: tests/e2e/interop/canonical.py. */
#include "base/limits.h"
#include "codec/json_canonical.h"
#include "fixtures/unit.h"

static struct arena arena;
static struct json_in_doc doc;
static uint8_t memory[4096];

static int start(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 1 << 20)) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct json_in parse(const char *text)
{
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    return json_in_root(&doc);
}

static void what_does_not_fit(void **state)
{
    (void)state;
    struct json_in root = parse("{\"b\":[1,2.5,\"x\"],\"a\":{}}");
    static const char expected[] = "{\"a\":{},\"b\":[1,2.5,\"x\"]}";
    for (size_t cap = 0; cap < sizeof expected - 1; cap++) {
        struct buf out = buf_over(memory, cap);
        assert_status(BUFFER_FULL, json_canonical_put(&root, &arena, &out));
    }
    struct buf out = buf_over(memory, sizeof expected - 1);
    assert_status(OK, json_canonical_put(&root, &arena, &out));
    assert_bytes(bytes_of(expected), buf_bytes(&out));
    size_t used = arena.used;
    size_t cap = arena.cap;
    arena.cap = used;
    assert_status(NO_MEMORY, json_canonical_put(&root, &arena, &out));
    arena.cap = cap;
    assert_int_equal(used, arena.used);
}

static void one_spelling_for_each_document(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical;
    } rows[] = {
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"{\"b\":1,\"a\":2,\"\":3,\"B\":4}", "{\"\":3,\"B\":4,\"a\":2,\"b\":1}"},
        /* by code point, not by UTF-16: U+FFFF before U+10000 */
        {"{\"\\ud800\\udc00\":1,\"\\uffff\":2}", "{\"\\uffff\":2,\"\\ud800\\udc00\":1}"},
        {"[\"\\u002f\\/\\u007f\\u0000\\u00E9\\\"\\\\\\b\\f\\n\\r\\t\"]",
         "[\"//\\u007f\\u0000\\u00e9\\\"\\\\\\b\\f\\n\\r\\t\"]"},
        {"[-0,-0.0,0e5,1E2,1e16,1e15,1e-5,0.0001,5e-324]",
         "[0,-0.0,0.0,100.0,1e+16,1000000000000000.0,1e-05,0.0001,5e-324]"},
        {"[9223372036854775807,-9223372036854775808,9223372036854775807.0]",
         "[9223372036854775807,-9223372036854775808,9.223372036854776e+18]"},
        /* The nearest of 16 digits is too far below 2^-44, the next one is near enough. */
        {"[5.6843418860808015e-14]", "[5.684341886080802e-14]"},
        {"[true,false,null,[[]],[{\"z\":[{\"y\":{\"x\":1,\"w\":2}}]}]]",
         "[true,false,null,[[]],[{\"z\":[{\"y\":{\"w\":2,\"x\":1}}]}]]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_in root = parse(rows[i].text);
        struct buf out = buf_over(memory, sizeof memory);
        assert_status(OK, json_canonical_put(&root, &arena, &out));
        assert_bytes(bytes_of(rows[i].canonical), buf_bytes(&out));
    }
}

static void a_value_inside_a_document(void **state)
{
    (void)state;
    struct json_in root = parse("{\"a\":\"x\",\"b\":{\"d\":1,\"c\":2}}");
    struct json_in member;
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(OK, json_in_member(&root, "b", &member));
    assert_status(OK, json_canonical_put(&member, &arena, &out));
    assert_status(OK, json_in_member(&root, "a", &member));
    assert_status(OK, json_canonical_put(&member, &arena, &out));
    assert_bytes(BYTES_LITERAL("{\"c\":2,\"d\":1}\"x\""), buf_bytes(&out));
}

static void the_deepest_document(void **state)
{
    (void)state;
    char text[2 * LIMIT_JSON_DEPTH + 1] = {0};
    memset(text, '[', LIMIT_JSON_DEPTH);
    memset(text + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
    struct json_in root = parse(text);
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(OK, json_canonical_put(&root, &arena, &out));
    assert_bytes(bytes_of(text), buf_bytes(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit),
        cmocka_unit_test(one_spelling_for_each_document),
        cmocka_unit_test(a_value_inside_a_document),
        cmocka_unit_test(the_deepest_document),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
