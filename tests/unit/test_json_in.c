#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/limits.h"
#include "codec/json_in.h"
#include "fixtures/unit.h"

static struct arena arena;

static int start(void **state)
{
    (void)state;
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

static const char *const bad[] = {"",
                                  " ",
                                  "1",
                                  "\"a\"",
                                  "{",
                                  "[1,]",
                                  "{\"a\"}",
                                  "{a:1}",
                                  "[1] x",
                                  "[NaN]",
                                  "[+1]",
                                  "[01]",
                                  "['a']",
                                  "[\"\n\"]",
                                  "{\"a\":1,}",
                                  "[\"\\ud800\"]",
                                  "// c\n[]",
                                  "[0x10]",
                                  "[",
                                  "[1",
                                  "[\"",
                                  "[\"\\",
                                  "[\"\\u",
                                  "[\"\\u004",
                                  "]",
                                  "[}",
                                  "{]",
                                  "[1}",
                                  "{\"a\"",
                                  "{\"a\":",
                                  "[tru]",
                                  "[truex]",
                                  "[nul",
                                  "[falsE]",
                                  "[-]",
                                  "[--1]",
                                  "[-01]",
                                  "[1.]",
                                  "[.5]",
                                  "[1e]",
                                  "[1e+]",
                                  "[1.e1]",
                                  "[1 2]",
                                  "[,1]",
                                  "{,}",
                                  "[1,,2]",
                                  "[]]",
                                  "[][]",
                                  "{1:2}",
                                  "{\"a\"1}",
                                  "[\"\\x\"]",
                                  "[\"\\ud800\\u0041\"]",
                                  "[\"\\udc00\"]",
                                  "[\"\\ud800\\n\"]",
                                  "[\"\\u00g0\"]",
                                  "[\"\\U0041\"]",
                                  "{\"a\":1 \"b\":2}",
                                  "[1]\x0b",
                                  "\xef\xbb\xbf[]",
                                  "[\xc2\xa0]",
                                  "[\"\x1f\"]",
                                  "{\"a\\u0000\":1}"};

static void malformed_documents_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(BAD_JSON, parse(bytes_of(bad[i])));
    }
    assert_status(INVALID_UTF8, parse(BYTES_LITERAL("[\"\xff\"]")));
    assert_status(INVALID_UTF8, parse(BYTES_LITERAL("[\"\xed\xa0\x80\"]")));
    assert_status(INVALID_UTF8, parse(BYTES_LITERAL("[\"a\xe2\x82\"]")));
    assert_status(INVALID_UTF8, parse(BYTES_LITERAL("[\"\xf0\x9f\x98")));
    assert_status(INVALID_UTF8, parse(BYTES_LITERAL("[\xff]")));
    assert_status(INVALID_UTF8, parse(BYTES_LITERAL("{\"\xc0\x80\":1}")));
    assert_status(BAD_JSON, parse(BYTES_LITERAL("[\"\0\"]")));
    assert_status(BAD_JSON, parse(BYTES_LITERAL("[]\0")));
    assert_status(BAD_JSON, parse(BYTES_LITERAL("[372\0]")));
    assert_status(BAD_JSON, parse(BYTES_LITERAL("\0[]")));
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
    assert_status(JSON_NUMBER_RANGE, parse(BYTES_LITERAL("[18446744073709551617]")));
    assert_status(JSON_NUMBER_RANGE, parse(BYTES_LITERAL("[99999999999999999999999999]")));
    assert_status(JSON_NUMBER_RANGE, parse(BYTES_LITERAL("[1e999]")));
    assert_status(JSON_NUMBER_RANGE, parse(BYTES_LITERAL("[-1e999]")));
    assert_status(OK, parse(BYTES_LITERAL("[1.7976931348623157e308,1e-999,0e999,-0]")));
    assert_status(OK, parse(BYTES_LITERAL("[9223372036854775807,-9223372036854775808]")));
    struct json_in root = json_in_root(&doc);
    struct json_in most = json_in_item(&root, 0);
    struct json_in least = json_in_item(&root, 1);
    assert_true(json_in_integer(&most) == INT64_MAX && json_in_integer(&least) == INT64_MIN);
}

/* A list with one number: before, the digits of 2^1024 - 2^970 but the last, which is 2, after. */
static struct status parse_edge(const char *before, const char *after)
{
    static const char digits[] =
        "17976931348623158079372897140530341507993413271003782693617377898044496829276475"
        "09466490179775872070963302864166928879109465555478519404026306574886715058206819"
        "08902000708383676273854845817711531764475730270069855571366959622842914819860834"
        "93647529271907416844436551070434271155969950809304288017790417449779";
    static uint8_t memory[1024];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, before);
    buf_put_text(&text, digits);
    buf_put_text(&text, after);
    assert_status(OK, buf_check(&text));
    return parse(buf_bytes(&text));
}

/* A double is infinite from the middle between its largest value and the next power of two. */
static void reals_end_where_doubles_end(void **state)
{
    (void)state;
    assert_status(JSON_NUMBER_RANGE, parse_edge("[", "2e0]"));
    assert_status(JSON_NUMBER_RANGE, parse_edge("[-", "2.0]"));
    assert_status(JSON_NUMBER_RANGE, parse_edge("[0.0", "2e+310]"));
    assert_status(JSON_NUMBER_RANGE, parse_edge("[", "20000.0E-4]"));
    assert_status(JSON_NUMBER_RANGE, parse_edge("[", "3e0]"));
    assert_status(OK, parse_edge("[", "1.99999999e0]"));
    assert_status(OK, parse_edge("[0.", "1e309]"));
    assert_status(OK, parse_edge("[", ".2e0]"));
    assert_status(OK, parse_edge("[", "e1]"));
    assert_status(JSON_NUMBER_RANGE, parse(BYTES_LITERAL("[1.7976931348623159e308]")));
    assert_status(JSON_NUMBER_RANGE, parse(BYTES_LITERAL("[1e309]")));
    assert_status(JSON_NUMBER_RANGE, parse(BYTES_LITERAL("[0.01e311]")));
    assert_status(JSON_NUMBER_RANGE, parse(BYTES_LITERAL("[1e99999999999999999999999]")));
    assert_status(OK,
                  parse(BYTES_LITERAL("[0.01e310,1e308,0.0e9999999999,1E-99999999999999999999]")));
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
    assert_status(OK, arena_init(&small, 4096 + 41 * 1001));
    struct json_in_doc unused;
    static uint8_t spaces[1024] = "[]";
    memset(spaces + 2, ' ', sizeof spaces - 2);
    assert_status(OK, json_in_parse(&small, (struct bytes){spaces, 1001}, &unused));
    assert_non_null(unused.root);
    assert_true(small.used <= 1024 + 64);
    assert_non_null(arena_alloc(&small, 4096));
    assert_status(NO_MEMORY, json_in_parse(&small, (struct bytes){spaces, 1001}, &unused));
    assert_null(unused.root);
    arena_deinit(&small);
}

static void documents_need_no_text_and_leave_no_dirt(void **state)
{
    (void)state;
    char text[] = "{\"a\":[1,\"x\\ny\",\"plain\"],\"b\":{}}";
    assert_status(OK, parse(BYTES_LITERAL("[[1,2,3,4,5,6,7,8,9],[[[]]]]")));
    assert_status(BAD_JSON, parse(BYTES_LITERAL("[[1,2,3,4,5,6,7,8,9],[[[]]]")));
    assert_status(OK, parse(bytes_of(text)));
    memset(text, '?', sizeof text);
    struct json_in root = json_in_root(&doc);
    struct json_in list, item;
    struct bytes string;
    assert_status(OK, json_in_member(&root, "a", &list));
    item = json_in_item(&list, 1);
    assert_status(OK, json_in_string(&item, &string));
    assert_bytes(BYTES_LITERAL("x\ny"), string);
    item = json_in_item(&list, 2);
    assert_status(OK, json_in_string(&item, &string));
    assert_bytes(BYTES_LITERAL("plain"), string);
    const uint8_t *free_part = arena_alloc(&arena, 1 << 16);
    for (size_t i = 0; i < 1 << 16; i++) {
        assert_int_equal(free_part[i], 0);
    }
}

static void escapes_stand_for_their_characters(void **state)
{
    (void)state;
    assert_status(OK, parse(BYTES_LITERAL(
                          "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\\u0041\\u00e9\\u20AC\\ud83d\\uDe00\","
                          "\"\xc3\xa9\\n\xf0\x9f\x98\x80\x7f\",\"\\uffff\\u07ff\\u0800\"]")));
    const struct bytes expected[] = {
        BYTES_LITERAL("\"\\/\b\f\n\r\t"),
        BYTES_LITERAL("A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
        BYTES_LITERAL("\xc3\xa9\n\xf0\x9f\x98\x80\x7f"),
        BYTES_LITERAL("\xef\xbf\xbf\xdf\xbf\xe0\xa0\x80"),
    };
    struct json_in root = json_in_root(&doc);
    for (size_t i = 0; i < 4; i++) {
        struct json_in item = json_in_item(&root, i);
        struct bytes text;
        assert_status(OK, json_in_string(&item, &text));
        assert_bytes(expected[i], text);
    }
}

/* Writes {"name0":0,...} in an order that is neither sorted nor reversed. */
static struct bytes large_object(uint8_t *memory, size_t cap, size_t members, const char *last)
{
    struct buf text = buf_over(memory, cap);
    for (size_t i = 0; i < members; i++) {
        size_t number = i * 7919 % members;
        buf_put_text(&text, i == 0 ? "{\"name" : ",\"name");
        buf_put_decimal(&text, number);
        buf_put_text(&text, "\":");
        buf_put_decimal(&text, number);
    }
    buf_put_text(&text, last);
    assert_status(OK, buf_check(&text));
    return buf_bytes(&text);
}

static void every_member_of_an_object_of_any_size_is_found(void **state)
{
    (void)state;
    static uint8_t memory[LIMIT_BODY_STARKNET_SIGN];
    const size_t sizes[] = {1, 15, 16, 17, 18, 31, 32, 33, 100, 1000, 90001};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_status(OK, parse(large_object(memory, sizeof memory, sizes[i], "}")));
        struct json_in root = json_in_root(&doc);
        for (size_t number = 0; number < sizes[i]; number++) {
            uint8_t name[32];
            struct buf text = buf_over(name, sizeof name);
            buf_put_text(&text, "name");
            buf_put_decimal(&text, number);
            struct json_in member;
            assert_true(json_in_find_bytes(&root, buf_bytes(&text), &member));
            assert_int_equal(json_in_integer(&member), number);
        }
        struct json_in none;
        assert_false(json_in_find(&root, "name", &none));
        assert_false(json_in_find(&root, "name-1", &none));
        assert_false(json_in_find_bytes(&root, (struct bytes){NULL, 0}, &none));
        assert_status(JSON_DUPLICATE_KEY,
                      parse(large_object(memory, sizeof memory, sizes[i], ",\"n\\u0061me0\":1}")));
    }
}

static void size_counts_what_is_inside_and_long_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size;
    } rows[] = {
        {"[1]", 2}, {"[\"\"]", 2},        {"[]", 1},
        {"{}", 1},  {"[1,[2,[],{}]]", 6}, {"{\"a\":{\"b\":1}}", 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_status(OK, parse(bytes_of(rows[i].text)));
        struct json_in root = json_in_root(&doc);
        assert_int_equal(rows[i].size, json_in_size(&root));
    }
    char text[512];
    (void)snprintf(text, sizeof text, "[\"%063d\",\"%064d\",\"%0128d\"]", 0, 0, 0);
    assert_status(OK, parse(bytes_of(text)));
    struct json_in root = json_in_root(&doc);
    assert_int_equal(4 + 0 + 1 + 2, json_in_size(&root));
    struct json_in last = json_in_item(&root, 2);
    assert_int_equal(3, json_in_size(&last));
}

/* Names that differ at their end only, and hash tables' worst friends, cost what others cost. */
static void hostile_names_cost_little(void **state)
{
    (void)state;
    static uint8_t memory[LIMIT_BODY_STARKNET_SIGN];
    struct buf text = buf_over(memory, sizeof memory);
    for (size_t i = 0; i < 40000; i++) {
        buf_put_text(&text, i == 0 ? "{\"" : ",\"");
        for (size_t k = 0; k < 80; k++) {
            buf_put_u8(&text, 'a');
        }
        buf_put_decimal(&text, 100000 + (i * 7919) % 40000);
        buf_put_text(&text, "\":0");
    }
    buf_put_text(&text, "}");
    assert_status(OK, buf_check(&text));
    clock_t start = clock();
    assert_status(OK, parse(buf_bytes(&text)));
    /* An emulator is some fifty times slower, which no square of 40000 would be content with. */
    assert_true(clock() - start < CLOCKS_PER_SEC * (unit_is_emulated() ? 50 : 1));
}

/* Shapes that cost most for each value or byte. */
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
            assert_true(arena.used <= 64 + 40 * values + text.len);
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

/* As doubles the second is the first, so nobody knows what its sender meant. */
static void integers_that_doubles_round_are_not_taken(void **state)
{
    (void)state;
    assert_status(OK, parse(BYTES_LITERAL("[9007199254740992,9007199254740993,-9007199254740992,"
                                          "9223372036854775807,9007199254740991,"
                                          "-9007199254740991]")));
    struct json_in root = json_in_root(&doc);
    for (size_t i = 0; i < 6; i++) {
        struct json_in item = json_in_item(&root, i);
        uint64_t value = 1;
        assert_int_equal(i >= 4, json_in_is_exact(&item));
        if (i < 4) {
            assert_status(JSON_NUMBER_RANGE, json_in_u64(&item, 0, INT64_MAX, &value));
            assert_true(value == 0);
        }
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

static void what_is_no_json_has_its_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *where;
    } rows[] = {
        {"", "line 1, column 1"},
        {"{", "line 1, column 2"},
        {"{\"a\":1,\n \"b\" 2}", "line 2, column 6"},
        {"{\"a\":1,\r\n\n\"\\u0041\xc3\xa9\xe2\x82\xac\" 2}", "line 3, column 12"},
        {"[1,\n2,\n]", "line 3, column 1"},
        {"[1]\nx", "line 2, column 1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_status(BAD_JSON, parse(bytes_of(rows[i].text)));
        assert_string_equal("", doc.where);
        json_in_note_stop(&doc, bytes_of(rows[i].text));
        assert_string_equal(rows[i].where, doc.where);
    }
    assert_status(OK, parse(BYTES_LITERAL("[1]")));
    json_in_note_stop(&doc, BYTES_LITERAL("[1]"));
    assert_string_equal("", doc.where);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_json_has_its_line_and_column),
        cmocka_unit_test(malformed_documents_are_refused),
        cmocka_unit_test(duplicate_keys_are_refused_at_any_depth),
        cmocka_unit_test(numbers_beyond_64_bits_are_refused),
        cmocka_unit_test(reals_end_where_doubles_end),
        cmocka_unit_test(depth_is_bounded_before_parsing),
        cmocka_unit_test(the_number_of_values_is_bounded_and_fits_the_arena),
        cmocka_unit_test(a_small_arena_is_an_error),
        cmocka_unit_test(documents_need_no_text_and_leave_no_dirt),
        cmocka_unit_test(escapes_stand_for_their_characters),
        cmocka_unit_test(every_member_of_an_object_of_any_size_is_found),
        cmocka_unit_test(size_counts_what_is_inside_and_long_texts),
        cmocka_unit_test(hostile_names_cost_little),
        cmocka_unit_test(memory_stays_within_the_bound),
        cmocka_unit_test(failures_say_where),
        cmocka_unit_test(integers_are_strict),
        cmocka_unit_test(integers_that_doubles_round_are_not_taken),
        cmocka_unit_test(strings_keep_nul_and_members_keep_order),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
