#include "base/limits.h"
#include "fixtures/starknet_vector.h"
#include "fixtures/vector_file.h"
#include "starknet/call.h"

static struct arena arena;
static struct json_in_doc doc;

static struct json_in parsed(const char *text)
{
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    return json_in_root(&doc);
}

static void other_calls_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum status_code code;
        const char *where;
    } rows[] = {
        {"{}", STATUS_BAD_TYPE, ""},
        {"[7]", STATUS_BAD_TYPE, "[0]"},
        {"[{}]", STATUS_MISSING_FIELD, "[0].to"},
        {"[{\"to\":\"x\",\"selector\":1}]", STATUS_INVALID_FELT, "[0].to"},
        {"[{\"to\":1}]", STATUS_MISSING_FIELD, "[0].entrypoint"},
        {"[{\"to\":1,\"selector\":\"transfer\"}]", STATUS_INVALID_FELT, "[0].selector"},
        {"[{\"to\":1,\"entrypoint\":\"\"}]", STATUS_INVALID_SELECTOR, "[0].entrypoint"},
        {"[{\"to\":1,\"entrypoint\":\"a b\"}]", STATUS_INVALID_SELECTOR, "[0].entrypoint"},
        {"[{\"to\":1,\"entrypoint\":1}]", STATUS_BAD_TYPE, "[0].entrypoint"},
        {"[{\"to\":1,\"entrypoint\":\"a\",\"selector\":1}]", STATUS_INVALID_SELECTOR,
         "[0].selector"},
        {"[{\"to\":1,\"selector\":1,\"calldata\":1}]", STATUS_BAD_TYPE, "[0].calldata"},
        {"[{\"to\":1,\"selector\":1,\"data\":[]}]", STATUS_UNKNOWN_FIELD, "[0].data"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_in at = parsed(rows[i].text);
        struct calls calls = {NULL, 1};
        struct status status = call_list_json(&arena, &at, true, &calls);
        assert_string_equal(status_name(rows[i].code), status_name(status.code));
        assert_string_equal(rows[i].where, doc.where);
        assert_int_equal(0, calls.len);
    }
    struct json_in at = parsed("[{\"to\":1,\"selector\":1,\"data\":[]}]");
    struct calls calls;
    assert_status(OK, call_list_json(&arena, &at, false, &calls));
    assert_int_equal(1, calls.len);
}

static void other_cairo_versions_are_refused(void **state)
{
    (void)state;
    struct json_in list = parsed("[2,-1,true,\"one\",\"1\",0]");
    static const enum status_code codes[] = {STATUS_NUMBER_RANGE, STATUS_INVALID_FELT,
                                             STATUS_BAD_TYPE,     STATUS_INVALID_FELT,
                                             STATUS_OK,           STATUS_OK};
    for (size_t i = 0; i < 6; i++) {
        struct json_in item = json_in_item(&list, i);
        enum call_encoding encoding;
        struct status status = call_encoding_json(&item, &encoding);
        assert_string_equal(status_name(codes[i]), status_name(status.code));
        assert_int_equal(i == 5 ? CALL_CAIRO0 : CALL_CAIRO1, encoding);
    }
}

static void more_calls_than_the_limit_are_refused(void **state)
{
    (void)state;
    static char text[(LIMIT_CALLS + 1) * 24 + 2];
    size_t len = 0;
    for (size_t i = 0; i <= LIMIT_CALLS; i++) {
        text[len++] = i == 0 ? '[' : ',';
        memcpy(text + len, "{\"to\":1,\"selector\":2}", 21);
        len += 21;
    }
    text[len] = ']';
    struct json_in at = parsed(text);
    struct calls calls;
    assert_status(CALLDATA_TOO_LARGE, call_list_json(&arena, &at, true, &calls));
    text[len - 22] = ']';
    text[len - 21] = '\0';
    at = parsed(text);
    assert_status(OK, call_list_json(&arena, &at, true, &calls));
    assert_int_equal(LIMIT_CALLS, calls.len);
    struct felts felts;
    assert_status(OK, call_encode(&arena, calls, CALL_CAIRO1, &felts));
    assert_int_equal(1 + 3 * LIMIT_CALLS, felts.len);
}

static void calls_that_encode_beyond_the_limit_are_refused(void **state)
{
    (void)state;
    static struct felt data[LIMIT_FELTS];
    struct call call = {.calldata = {data, LIMIT_FELTS - 4}};
    struct felts felts;
    arena_reset(&arena);
    assert_status(OK, call_encode(&arena, (struct calls){&call, 1}, CALL_CAIRO1, &felts));
    assert_int_equal(LIMIT_FELTS, felts.len);
    assert_status(CALLDATA_TOO_LARGE,
                  call_encode(&arena, (struct calls){&call, 1}, CALL_CAIRO0, &felts));
    call.calldata.len++;
    assert_status(CALLDATA_TOO_LARGE,
                  call_encode(&arena, (struct calls){&call, 1}, CALL_CAIRO1, &felts));
    assert_int_equal(0, felts.len);
}

static struct status decode(const char *text, enum call_encoding encoding)
{
    struct json_in at = parsed(text);
    struct felts felts;
    struct calls calls;
    assert_status(OK, felts_json(&arena, &at, &felts));
    struct status status = call_decode(&arena, felts, encoding, &calls);
    assert_true(status_is_ok(status) || calls.len == 0);
    return status;
}

static void calldata_that_no_calls_make_is_refused(void **state)
{
    (void)state;
    static const char *const cairo1[] = {
        "[]", /* no number of calls */
        "[1]",
        "[1,2,3]",
        "[1,2,3,1]", /* ends too early */
        "[0,0]",
        "[1,2,3,0,4]", /* ends too late */
        "[5000]",
        "[\"0x10000000000000000\",1,2,0]",
        "[1,2,3,\"0x10000000000000000\"]",
    };
    for (size_t i = 0; i < sizeof cairo1 / sizeof cairo1[0]; i++) {
        assert_status(INVALID_CALLDATA, decode(cairo1[i], CALL_CAIRO1));
    }
    static const char *const cairo0[] = {
        "[]",
        "[0]",
        "[1,2,3,0,1]",
        "[1,2,3,0,1,1]",
        "[1,2,3,1,1,1,9]",         /* the offset is not where the data is */
        "[2,2,3,0,1,2,3,0,1,1,9]", /* two calls share their data */
        "[1,2,3,0,1,2,9,9]",       /* more data than calls take */
        "[1,2,3,0,1,1,9,9]",       /* more felts than the total */
        "[1,2,3,\"0x10000000000000000\",1,1,9]",
    };
    for (size_t i = 0; i < sizeof cairo0 / sizeof cairo0[0]; i++) {
        assert_status(INVALID_CALLDATA, decode(cairo0[i], CALL_CAIRO0));
    }
    assert_status(OK, decode("[0]", CALL_CAIRO1));
    assert_status(OK, decode("[0,0]", CALL_CAIRO0));
}

static void too_many_encoded_calls_are_refused(void **state)
{
    (void)state;
    static struct felt list[1 + 3 * (LIMIT_CALLS + 1)];
    list[0] = felt_from_u64(LIMIT_CALLS + 1);
    struct calls calls;
    arena_reset(&arena);
    assert_status(
        CALLDATA_TOO_LARGE,
        call_decode(&arena, (struct felts){list, 1 + 3 * (LIMIT_CALLS + 1)}, CALL_CAIRO1, &calls));
}

static unsigned run_kind(const char *name, enum call_encoding encoding)
{
    struct json_in root = vector_file_root("starknet.json");
    struct json_in vectors = vector_file_member(&root, "vectors");
    unsigned count = 0;
    for (size_t i = 0; i < vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i);
        if (!bytes_equal(vector_file_text(&vector, "kind"), bytes_of(name))) {
            continue;
        }
        struct json_in in = vector_file_member(&vector, "in");
        struct json_in out = vector_file_member(&vector, "out");
        struct json_in list = vector_file_member(&in, "calls");
        struct felts expected;
        struct felts encoded;
        struct felts again;
        struct calls calls;
        arena_reset(&arena);
        assert_status(OK, starknet_vector_felts(&arena, &out, "calldata", &expected));
        assert_status(OK, call_list_json(&arena, &list, true, &calls));
        assert_status(OK, call_encode(&arena, calls, encoding, &encoded));
        assert_true(felts_equal(expected, encoded));
        assert_status(OK, call_decode(&arena, expected, encoding, &calls));
        assert_status(OK, call_encode(&arena, calls, encoding, &again));
        assert_true(felts_equal(expected, again));
        count++;
    }
    return count;
}

static void multicalls_are_those_of_the_vectors(void **state)
{
    (void)state;
    assert_int_equal(5, run_kind("multicall_cairo1", CALL_CAIRO1));
    assert_int_equal(4, run_kind("multicall_cairo0", CALL_CAIRO0));
}

static void an_entrypoint_is_its_selector(void **state)
{
    (void)state;
    struct json_in at = parsed("{\"to\":\"0xb0b\",\"entrypoint\":\"transfer\",\"calldata\":[1,2]}");
    struct call call;
    assert_status(OK, call_json(&arena, &at, true, &call));
    assert_true(call.to.limb[0] == 0xb0b && call.calldata.len == 2);
    struct felt expected;
    assert_true(felt_from_be(
        unit_hex("0083afd3f4caedc6eebf44246fe54e38c95e3179a5ec9ea81740eca5b482d12e").ptr,
        &expected));
    assert_true(felt_equal(&expected, &call.selector));
}

int main(void)
{
    if (!status_is_ok(arena_init(&arena, 32 << 20))) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_calls_are_refused_with_their_place),
        cmocka_unit_test(other_cairo_versions_are_refused),
        cmocka_unit_test(more_calls_than_the_limit_are_refused),
        cmocka_unit_test(calls_that_encode_beyond_the_limit_are_refused),
        cmocka_unit_test(calldata_that_no_calls_make_is_refused),
        cmocka_unit_test(too_many_encoded_calls_are_refused),
        cmocka_unit_test(multicalls_are_those_of_the_vectors),
        cmocka_unit_test(an_entrypoint_is_its_selector),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
