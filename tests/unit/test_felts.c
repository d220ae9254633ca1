#include "base/limits.h"
#include "fixtures/unit.h"
#include "starknet/felts.h"

static struct arena arena;
static struct json_in_doc doc;

static struct json_in parsed(const char *text)
{
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    return json_in_root(&doc);
}

static void one_felt_more_than_the_limit_is_refused(void **state)
{
    (void)state;
    arena_reset(&arena);
    struct felts felts;
    struct felts_out out = felts_open(&arena);
    for (size_t i = 0; i < LIMIT_FELTS; i++) {
        felts_put_u64(&out, i);
    }
    assert_int_equal(felts_count(&out), LIMIT_FELTS);
    felts_put_u64(&out, 0);
    assert_status(CALLDATA_TOO_LARGE, felts_close(&out, &felts));
    assert_int_equal(felts.len, 0);
    /* What was written belongs to the arena, which wipes it. */
    assert_true(arena.used >= LIMIT_FELTS * sizeof(struct felt));
}

static void a_json_list_over_the_limit_is_refused(void **state)
{
    (void)state;
    static char text[2 * (LIMIT_FELTS + 1) + 2];
    text[0] = '[';
    for (size_t i = 0; i <= LIMIT_FELTS; i++) {
        text[1 + 2 * i] = '1';
        text[2 + 2 * i] = i == LIMIT_FELTS ? ']' : ',';
    }
    struct json_in at = parsed(text);
    struct felts felts;
    assert_status(CALLDATA_TOO_LARGE, felts_json(&arena, &at, &felts));
    text[2 + 2 * (LIMIT_FELTS - 1)] = ']';
    text[3 + 2 * (LIMIT_FELTS - 1)] = '\0';
    at = parsed(text);
    assert_status(OK, felts_json(&arena, &at, &felts));
    assert_int_equal(felts.len, LIMIT_FELTS);
}

static void other_json_is_refused_with_its_place(void **state)
{
    (void)state;
    struct felts felts;
    struct json_in at = parsed("{}");
    assert_status(BAD_TYPE, felts_json(&arena, &at, &felts));
    at = parsed("[1,\"0x2\",\"three\"]");
    assert_status(INVALID_FELT, felts_json(&arena, &at, &felts));
    assert_string_equal(doc.where, "[2]");
    assert_int_equal(felts.len, 0);
    at = parsed("[[]]");
    assert_status(BAD_TYPE, felts_json(&arena, &at, &felts));
}

static void lists_are_written_patched_and_compared(void **state)
{
    (void)state;
    struct json_in at = parsed("[\"0x7\",2,\"3\"]");
    struct felts read;
    assert_status(OK, felts_json(&arena, &at, &read));
    struct felts made;
    struct felts_out out = felts_open(&arena);
    felts_put_u64(&out, 7);
    felts_put_all(&out, (struct felts){read.ptr + 1, 2});
    assert_status(OK, felts_close(&out, &made));
    assert_true(felts_equal(read, made));
    assert_false(felts_equal(read, (struct felts){made.ptr, 2}));
    assert_false(felts_equal((struct felts){read.ptr, 2}, (struct felts){made.ptr + 1, 2}));
    uint8_t memory[64];
    struct buf buf = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&buf);
    json_out_object(&json);
    felts_member(&json, "a", made);
    felts_member(&json, "b", (struct felts){NULL, 0});
    json_out_object_end(&json);
    assert_bytes(BYTES_LITERAL("{\"a\":[\"0x7\",\"0x2\",\"0x3\"],\"b\":[]}"), buf_bytes(&buf));
}

int main(void)
{
    if (!status_is_ok(arena_init(&arena, 8 << 20))) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_felt_more_than_the_limit_is_refused),
        cmocka_unit_test(a_json_list_over_the_limit_is_refused),
        cmocka_unit_test(other_json_is_refused_with_its_place),
        cmocka_unit_test(lists_are_written_patched_and_compared),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
