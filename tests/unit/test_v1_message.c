#include "cluster/v1/v1_message.h"
#include "cluster/v1/v1_record.h"
#include "fixtures/unit.h"
#include "fixtures/vector_file.h"

#define B  "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define BB "0xBBBBBBBBbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbB"

static struct arena arena;
static struct v1_message message;
static const struct eth_address from = {{0xbb, 0xbb, 0xbb, 0xbb, 0xbb, 0xbb, 0xbb,
                                         0xbb, 0xbb, 0xbb, 0xbb, 0xbb, 0xbb, 0xbb,
                                         0xbb, 0xbb, 0xbb, 0xbb, 0xbb, 0xbb}};

static int start(void **state)
{
    (void)state;
    assert_status(OK, arena_init(&arena, V1_MESSAGE_ARENA));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct status read_text(const char *text)
{
    arena_reset(&arena);
    return v1_message_read(bytes_of(text), &from, &arena, &message);
}

static void what_is_no_message_is_refused(void **state)
{
    (void)state;
    static const struct v1_message zero;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"type\":\"delta\"",
        "{\"type\":\"delta\"}",
        "{\"type\":\"delta\",\"data\":[]}",
        "{\"type\":\"delta\",\"data\":null}",
        "{\"type\":\"snapshot\",\"data\":{}}",
        "{\"type\":5,\"data\":{}}",
        "{\"type\":\"delta\",\"data\":{},\"sender_wallet\":5}",
        "{\"type\":\"snapshot_request\"} {}",
        "{\"type\":\"master_secret_request\",\"ecdh_pubkey\":7}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(SYNC_INVALID, read_text(bad[i]));
        assert_memory_equal(&zero, &message, sizeof zero);
    }
}

static void another_sender_is_refused(void **state)
{
    (void)state;
    assert_status(FORBIDDEN, read_text("{\"type\":\"snapshot_request\",\"sender_wallet\":"
                                       "\"0xaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"}"));
    assert_status(FORBIDDEN,
                  read_text("{\"type\":\"snapshot_request\",\"sender_wallet\":\"somebody\"}"));
}

static void senders_may_be_missing_or_spelled_otherwise(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{\"type\":\"snapshot_request\"}",
        "{\"type\":\"snapshot_request\",\"sender_wallet\":null}",
        "{\"type\":\"snapshot_request\",\"sender_wallet\":\"\",\"more\":[1,{}]}",
        "{\"sender_wallet\":\"" B "\",\"type\":\"snapshot_request\"}",
        " { \"sender_wallet\" : \"" BB "\" , \"type\" : \"snapshot_request\" } ",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_status(OK, read_text(good[i]));
        assert_int_equal(V1_MESSAGE_SNAPSHOT, message.kind);
        assert_false(message.is_ours);
    }
}

static void requests_for_the_secret_are_read(void **state)
{
    (void)state;
    enum v1_message_kind kind;
    const char *text = "{\"type\":\"master_secret_request\",\"ecdh_pubkey\":\"0x04ab\",\"x\":1}";
    assert_status(OK, read_text(text));
    assert_int_equal(V1_MESSAGE_SECRET, message.kind);
    assert_bytes(BYTES_LITERAL("0x04ab"), message.ecdh_pubkey);
    assert_status(OK, v1_message_kind(bytes_of(text), &kind));
    assert_int_equal(V1_MESSAGE_SECRET, kind);
    assert_status(OK, read_text("{\"type\":\"master_secret_request\"}"));
    assert_int_equal(0, message.ecdh_pubkey.len);
    assert_status(SYNC_INVALID, v1_message_kind(BYTES_LITERAL("{\"type\":\"x\"}"), &kind));
    assert_status(SYNC_INVALID, v1_message_kind(BYTES_LITERAL("x"), &kind));
}

static void answers_are_read(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{}",
        "{\"status\":\"error\",\"data\":{}}",
        "{\"data\":{}}",
        "[\"ok\"]",
        "{\"status\":\"ok\",\"data\":{}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(SYNC_INVALID,
                      v1_message_read_answer(bytes_of(bad[i]), V1_MESSAGE_SNAPSHOT, &message));
        assert_status(SYNC_INVALID,
                      v1_message_read_answer(bytes_of(bad[i]), V1_MESSAGE_DELTA, &message));
    }
    struct bytes merged = BYTES_LITERAL("{\"status\":\"ok\",\"merged\":3,\"skip_reasons\":{}}");
    assert_status(OK, v1_message_read_answer(merged, V1_MESSAGE_DELTA, &message));
    assert_status(SYNC_INVALID, v1_message_read_answer(merged, V1_MESSAGE_SNAPSHOT, &message));
    struct bytes whole = BYTES_LITERAL("{\"status\":\"ok\",\"data\":{\"1\":[]},\"coffer\":2}");
    assert_status(OK, v1_message_read_answer(whole, V1_MESSAGE_SNAPSHOT, &message));
    assert_bytes(BYTES_LITERAL("{\"1\":[]}"), message.data);
    assert_true(message.is_ours);
}

/* Whatever an app or a record is, the next ones are found. */
static void one_bad_thing_loses_no_other(void **state)
{
    (void)state;
    static const char *const expected[] = {"1", "{}", "[]", "\"]\"", "{\"a\":1}", "9"};
    struct v1_message_walk walk = v1_message_walk(
        BYTES_LITERAL("{\"7\":[1,{},[],\"]\"],\"x\":[2],\"-1\":[3],\"8\":{\"a\":4},\"\":[5],"
                      "\"42\":[{\"a\":1}],\"18446744073709551616\":[6],\"9\":[9 9],\"10\":[]}"));
    struct bytes text;
    size_t found = 0;
    while (v1_message_next(&walk, &text)) {
        assert_true(found < sizeof expected / sizeof expected[0]);
        assert_bytes(bytes_of(expected[found]), text);
        assert_int_equal(found < 4 ? 7 : found == 4 ? 42 : 9, walk.app[V1_APPS_ID - 1]);
        found++;
    }
    assert_int_equal(6, found);
    assert_false(walk.apps.failed);
    assert_int_equal(6, walk.bad_apps); /* the list of 9 is cut where it is no list any more */
}

static void data_that_is_cut_fails(void **state)
{
    (void)state;
    struct v1_message_walk walk = v1_message_walk(BYTES_LITERAL("{\"7\":[1],\"8\":[2]"));
    struct bytes text;
    while (v1_message_next(&walk, &text)) {
    }
    assert_true(walk.apps.failed);
    walk = v1_message_walk(BYTES_LITERAL("[]"));
    assert_false(v1_message_next(&walk, &text));
    assert_true(walk.apps.failed);
}

/* The reference's delta, from its records: what we write means the same. */
static void messages_are_written(void **state)
{
    (void)state;
    static uint8_t text[2048];
    static uint8_t blob[V1_RECORD_BLOB];
    static struct v1_names names;
    struct buf out = buf_over(text, sizeof text);
    struct v1_record_memory memory = {.arena = &arena, .names = &names, .blob = blob};
    struct record record;
    struct json_in root = vector_file_root("nova.json");
    struct json_in sync = vector_file_member(&root, "sync_example");
    struct bytes inner = vector_file_text(&sync, "inner");
    struct eth_address sender;
    assert_status(
        OK, eth_address_read(BYTES_LITERAL("0x5cbdd86a2fa8dc4bddd8a8f69dba48572eec07fb"), &sender));
    assert_status(OK, v1_message_read(inner, &sender, &arena, &message));
    struct v1_message_walk walk = v1_message_walk(message.data);
    struct bytes one;
    assert_true(v1_message_next(&walk, &one));
    assert_status(OK, v1_record_read(one, &memory, &record));
    struct v1_message_out written = v1_message_push(&out, &names, &sender);
    v1_message_put(&written, walk.app, &record);
    v1_message_end(&written);
    size_t mark = sizeof "{\"coffer\":2," - 1; /* what ours say besides */
    assert_bytes(bytes_slice(inner, 1, SIZE_MAX), bytes_slice(buf_bytes(&out), mark, SIZE_MAX));
    assert_true(out.len <= V1_MESSAGE_FRAME + v1_message_put_max(&record));
}

static void records_stand_below_their_app(void **state)
{
    (void)state;
    static uint8_t text[2048];
    static const struct v1_names names;
    struct buf out = buf_over(text, sizeof text);
    const uint8_t apps[2][V1_APPS_ID] = {{[31] = 7}, {[30] = 1}};
    struct record record = {.key = BYTES_LITERAL("k"), .flags = RECORD_V1 | RECORD_TOMBSTONE};
    record.clock = unit_hex("0000");
    struct v1_message_out written = v1_message_snapshot(&out, &names);
    v1_message_put(&written, apps[0], &record);
    v1_message_put(&written, apps[0], &record);
    v1_message_put(&written, apps[1], &record);
    v1_message_end(&written);
    assert_status(OK, v1_message_read_answer(buf_bytes(&out), V1_MESSAGE_SNAPSHOT, &message));
    struct v1_message_walk walk = v1_message_walk(message.data);
    struct bytes one;
    for (unsigned i = 0; i < 3; i++) {
        assert_true(v1_message_next(&walk, &one));
        assert_bytes(BYTES_ARRAY(apps[i / 2]), BYTES_ARRAY(walk.app));
    }
    assert_false(v1_message_next(&walk, &one));
    assert_false(walk.apps.failed);
    assert_int_equal(0, walk.bad_apps);
}

static void short_messages_are_what_they_say(void **state)
{
    (void)state;
    static uint8_t text[512];
    static const struct v1_names names;
    struct buf out = buf_over(text, sizeof text);
    v1_message_put_request(&out, &from);
    assert_status(OK, v1_message_read(buf_bytes(&out), &from, &arena, &message));
    assert_int_equal(V1_MESSAGE_SNAPSHOT, message.kind);
    assert_true(message.is_ours);
    out.len = 0;
    v1_message_put_merged(&out, 12);
    assert_bytes(BYTES_LITERAL("{\"coffer\":2,\"status\":\"ok\",\"merged\":12}"), buf_bytes(&out));
    out.len = 0;
    struct v1_message_out empty = v1_message_push(&out, &names, &from);
    v1_message_end(&empty);
    assert_status(OK, v1_message_read(buf_bytes(&out), &from, &arena, &message));
    assert_bytes(BYTES_LITERAL("{}"), message.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_message_is_refused),
        cmocka_unit_test(another_sender_is_refused),
        cmocka_unit_test(senders_may_be_missing_or_spelled_otherwise),
        cmocka_unit_test(requests_for_the_secret_are_read),
        cmocka_unit_test(answers_are_read),
        cmocka_unit_test(one_bad_thing_loses_no_other),
        cmocka_unit_test(data_that_is_cut_fails),
        cmocka_unit_test(messages_are_written),
        cmocka_unit_test(records_stand_below_their_app),
        cmocka_unit_test(short_messages_are_what_they_say),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
