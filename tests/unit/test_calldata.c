#include "base/limits.h"
#include "fixtures/unit.h"
#include "starknet/calldata.h"

static struct arena arena;
static struct json_in_doc doc;

static struct status read(const char *text, struct felts *ret)
{
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    struct json_in at = json_in_root(&doc);
    return calldata_json(&arena, &at, ret);
}

#define P_HEX "0x800000000000011000000000000000000000000000000000000000000000001"

static void other_forms_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum status_code code;
        const char *where;
    } rows[] = {
        {"{}", STATUS_BAD_TYPE, ""},
        {"[-1]", STATUS_INVALID_FELT, "[0]"},
        {"[1.0]", STATUS_INVALID_CALLDATA, "[0]"},
        {"[true]", STATUS_INVALID_CALLDATA, "[0]"},
        {"[null]", STATUS_INVALID_CALLDATA, "[0]"},
        {"[\"\"]", STATUS_INVALID_FELT, "[0]"},
        {"[\"0x\"]", STATUS_INVALID_FELT, "[0]"},
        {"[\"-1\"]", STATUS_INVALID_FELT, "[0]"},
        {"[\"abc\"]", STATUS_INVALID_FELT, "[0]"},
        {"[\" 1\"]", STATUS_INVALID_FELT, "[0]"},
        {"[\"" P_HEX "\"]", STATUS_FELT_RANGE, "[0]"},
        {"[0,[1,[\"x\"]]]", STATUS_INVALID_FELT, "[1][1][0]"},
        {"[{}]", STATUS_INVALID_CALLDATA, "[0]"},
        {"[{\"u128\":1}]", STATUS_INVALID_CALLDATA, "[0]"},
        {"[{\"u256\":null}]", STATUS_INVALID_CALLDATA, "[0]"},
        {"[{\"u256\":1,\"short_string\":\"a\"}]", STATUS_INVALID_CALLDATA, "[0]"},
        {"[{\"u256\":-1}]", STATUS_INVALID_FELT, "[0].u256"},
        {"[9007199254740992]", STATUS_JSON_NUMBER_RANGE, "[0]"},
        {"[{\"u256\":9007199254740993}]", STATUS_JSON_NUMBER_RANGE, "[0].u256"},
        {"[{\"u256\":\"0x10000000000000000000000000000000000000000000000000000000000000000\"}]",
         STATUS_U256_RANGE, "[0].u256"},
        {"[\"0x049D36570D4e46f48e99674bd3fcc84644DdD6b96F7C741B1562B82f9e004dc7\"]",
         STATUS_CHECKSUM_ADDRESS, "[0]"},
        {"[{\"u256\":[1]}]", STATUS_BAD_TYPE, "[0].u256"},
        {"[{\"short_string\":1}]", STATUS_BAD_TYPE, "[0].short_string"},
        {"[{\"short_string\":\"12345678901234567890123456789012\"}]", STATUS_SHORT_STRING,
         "[0].short_string"},
        {"[{\"byte_array\":1}]", STATUS_BAD_TYPE, "[0].byte_array"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct felts felts = {NULL, 1};
        struct status status = read(rows[i].text, &felts);
        assert_string_equal(status_name(rows[i].code), status_name(status.code));
        assert_string_equal(rows[i].where, doc.where);
        assert_int_equal(0, felts.len);
    }
}

static void numbers_of_300_digits_are_refused(void **state)
{
    (void)state;
    char text[400] = "[\"";
    struct felts felts;
    memset(text + 2, '9', 300);
    strcpy(text + 302, "\"]");
    assert_status(FELT_RANGE, read(text, &felts));
    text[2] = '0';
    text[3] = 'x';
    assert_status(FELT_RANGE, read(text, &felts));
    text[4] = '0';
    assert_status(INVALID_FELT, read(text, &felts));
}

/* An array of `count` ones; the arrays around it, `depth`, add one felt each. */
static struct status read_ones(size_t count, size_t depth)
{
    static char text[2 * 100000 + 128];
    size_t len = 0;
    memset(text, '[', depth + 1);
    len = depth + 1;
    for (size_t i = 0; i < count; i++) {
        text[len++] = '1';
        text[len++] = ',';
    }
    len -= count != 0;
    memset(text + len, ']', depth + 1);
    text[len + depth + 1] = '\0';
    struct felts felts;
    struct status status = read(text, &felts);
    assert_int_equal(status_is_ok(status) ? count + depth : 0, felts.len);
    return status;
}

static void more_felts_than_the_limit_are_refused(void **state)
{
    (void)state;
    assert_status(OK, read_ones(LIMIT_FELTS, 0));
    assert_status(CALLDATA_TOO_LARGE, read_ones(LIMIT_FELTS + 1, 0));
    assert_status(OK, read_ones(LIMIT_FELTS - 1, 1));
    assert_status(CALLDATA_TOO_LARGE, read_ones(LIMIT_FELTS, 1));
    assert_status(CALLDATA_TOO_LARGE, read_ones(LIMIT_JSON_VALUES - 10, 0));
}

static void arrays_nest_as_deep_as_json_may(void **state)
{
    (void)state;
    assert_status(OK, read_ones(0, LIMIT_JSON_DEPTH - 1));
    assert_status(OK, read_ones(3, LIMIT_JSON_DEPTH - 1));
}

static void assert_read(const char *text, const struct felt *expected, size_t count)
{
    struct felts felts;
    assert_status(OK, read(text, &felts));
    assert_true(felts_equal((struct felts){expected, count}, felts));
}

static void numbers_are_numbers(void **state)
{
    (void)state;
    const struct felt numbers[] = {{{1000}}, {{1000}}, {{1000}}, {{0x1000}}, {{0}}};
    assert_read("[1000,\"1000\",\"0x3e8\",\"0x1000\",\"0\"]", numbers, 5);
    const struct felt greatest = {{0, 0, 0, 0x0800000000000011}};
    assert_read("[\"0x800000000000011000000000000000000000000000000000000000000000000\"]",
                &greatest, 1);
    assert_read("[]", NULL, 0);
}

static void arrays_have_their_length_before_them(void **state)
{
    (void)state;
    const struct felt flat[] = {{{7}}, {{2}}, {{8}}, {{9}}, {{0}}, {{2}}, {{1}}, {{5}}, {{0}}};
    assert_read("[7,[8,9],[],[[5],[]]]", flat, 9);
}

static void objects_say_what_they_are(void **state)
{
    (void)state;
    const struct felt short_string = {{0x31303030}};
    assert_read("[{\"short_string\":\"1000\"}]", &short_string, 1);
    const struct felt halves[] = {{{UINT64_MAX, UINT64_MAX}}, {{1}}, {{3}}, {{0}}};
    assert_read("[{\"u256\":\"0x1ffffffffffffffffffffffffffffffff\"},{\"u256\":3}]", halves, 4);
    const struct felt byte_array[] = {{{0}}, {{0x616263}}, {{3}}};
    assert_read("[{\"byte_array\":\"abc\"}]", byte_array, 3);
}

int main(void)
{
    if (!status_is_ok(arena_init(&arena, 128 << 20))) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_forms_are_refused_with_their_place),
        cmocka_unit_test(numbers_of_300_digits_are_refused),
        cmocka_unit_test(more_felts_than_the_limit_are_refused),
        cmocka_unit_test(arrays_nest_as_deep_as_json_may),
        cmocka_unit_test(numbers_are_numbers),
        cmocka_unit_test(arrays_have_their_length_before_them),
        cmocka_unit_test(objects_say_what_they_are),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
