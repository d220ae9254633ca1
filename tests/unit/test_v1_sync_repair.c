/* Where a node of version 1 would keep another write than we do. */
#include <stdio.h>

#include "fixtures/v1_talk.h"

static void do_repair(const char *key)
{
    struct v1_sync_action action;
    const uint8_t intent[RECORD_CAUSE] = {0xee};
    while (next(&action) && action.kind == V1_SYNC_SEND) {
        answer_with(&action, MERGED);
    }
    assert_int_equal(V1_SYNC_REPAIR, action.kind);
    assert_bytes(bytes_of(key), action.key);
    assert_status(OK, v1_sync_repair(one.sync, &one.now, action.id, intent));
    struct record record = peek(key);
    assert_memory_equal(intent, record.cause, sizeof intent);
    assert_status(VERSION_CONFLICT, v1_sync_repair(one.sync, &one.now, action.id, intent));
}

static void no_repair(void)
{
    struct v1_sync_action action;
    while (next(&action)) {
        assert_int_equal(V1_SYNC_SEND, action.kind);
        answer_with(&action, is_pull(&action) ? NO_DATA : MERGED);
    }
    assert_int_equal(0, stats().repairs_waiting);
}

/* Theirs is over ours by its clock, and before it in time: theirs it is, on both sides. */
static void the_later_clock_is_written_again(void **state)
{
    (void)state;
    settle();
    put("k", "mine");
    uint64_t ours_ms = peek("k").updated_at_ms;
    push_theirs(&(struct theirs){"k", "theirs", "\"" A "\":1,\"" B "\":2", 0});
    assert_string_equal("mine", value_of("k"));
    do_repair("k");
    assert_string_equal("theirs", value_of("k"));
    assert_int_equal(ours_ms + 1, peek("k").updated_at_ms);
    assert_bytes(unit_hex("0002aa000000000000000000000000000000000000000000000000000003"
                          "bb000000000000000000000000000000000000000000000000000002"),
                 peek("k").clock);
}

static int open_second(void **state)
{
    open_first(state);
    one.now.wall_ms += 1000;
    return 0;
}

/* Once for each write of theirs, whatever they go on to show. */
static void a_write_is_repaired_once(void **state)
{
    (void)state;
    const struct theirs theirs = {"k", NULL, "\"" A "\":1,\"" B "\":2", 0};
    settle();
    put("k", "mine");
    for (unsigned i = 0; i < 3; i++) {
        push_theirs(&theirs);
        assert_int_equal(1, stats().repairs_waiting);
    }
    do_repair("k");
    assert_string_equal("", value_of("k"));
    push_theirs(&theirs);
    no_repair();
    assert_int_equal(1, stats().repairs);
}

/* A later write here, or an intent that never became durable. */
static void what_is_of_no_use_is_not_done(void **state)
{
    (void)state;
    struct v1_sync_action action;
    settle();
    put("k", "mine");
    push_theirs(&(struct theirs){"k", "theirs", "\"" A "\":1,\"" B "\":2", 0});
    assert_true(next(&action));
    assert_int_equal(V1_SYNC_REPAIR, action.kind);
    put("k", "mine again");
    assert_status(VERSION_CONFLICT, v1_sync_repair(one.sync, &one.now, action.id, cause));
    assert_string_equal("mine again", value_of("k"));
    put("l", "mine");
    push_theirs(&(struct theirs){"l", "theirs", "\"" A "\":1,\"" B "\":2", 0});
    while (next(&action) && action.kind == V1_SYNC_SEND) {
        answer_with(&action, MERGED);
    }
    assert_int_equal(V1_SYNC_REPAIR, action.kind);
    one.now.ms += V1_SYNC_REPAIR_MS;
    no_repair();
    assert_status(VERSION_CONFLICT, v1_sync_repair(one.sync, &one.now, action.id, cause));
    assert_string_equal("mine", value_of("l"));
    push_theirs(&(struct theirs){"l", "theirs", "\"" A "\":1,\"" B "\":2", 0});
    assert_int_equal(1, stats().repairs_waiting); /* it is found again */
}

static void what_does_not_open_repairs_nothing(void **state)
{
    (void)state;
    struct buf answer;
    settle();
    put("k", "mine");
    assert_status(OK,
                  serve_text(BYTES_LITERAL("{\"type\":\"delta\",\"data\":{\"7\":[{\"key\":\"k\","
                                           "\"value\":\"000102030405060708090a0b1011121314151617"
                                           "18191a1b1c1d1e1f\"," SECOND ",\"version\":{\"" A
                                           "\":1,\"" B "\":2}}]}}"),
                             &answer));
    assert_int_equal(1, stats().refused);
    no_repair();
    assert_string_equal("mine", value_of("k"));
}

/* It has answered our push and still shows another write, which ours is over in every way. */
static void what_was_not_taken_is_written_again(void **state)
{
    (void)state;
    const struct theirs old = {"k", "theirs", "\"" B "\":1", 500};
    settle();
    push_theirs(&old);
    put("k", "mine");
    uint64_t ours_ms = peek("k").updated_at_ms;
    one.now.ms += V1_SYNC_AGAIN_MS;
    struct v1_sync_action action;
    assert_true(next(&action));
    assert_false(is_pull(&action)); /* it is told first */
    answer_with(&action, MERGED);
    pull(&old);
    do_repair("k");
    assert_string_equal("mine", value_of("k"));
    assert_int_equal(ours_ms + 1, peek("k").updated_at_ms);
    one.now.ms += 2 * V1_SYNC_AGAIN_MS;
    assert_true(next(&action));
    answer_with(&action, MERGED);
    pull(&old);
    no_repair();
}

/* What was written after it was asked is not yet told. */
static void what_was_not_told_is_not_missed(void **state)
{
    (void)state;
    const struct theirs old = {"k", "theirs", "\"" B "\":1", 500};
    settle();
    push_theirs(&old);
    one.now.ms += V1_SYNC_AGAIN_MS;
    struct v1_sync_action action;
    struct buf out = buf_over(text, sizeof text - 1);
    assert_true(next(&action));
    assert_true(is_pull(&action));
    put("k", "mine");
    buf_put_text(&out, "{\"status\":\"ok\",\"data\":{\"7\":[");
    put_theirs(&out, &old);
    buf_put_text(&out, "]}}");
    text[out.len] = 0;
    answer_with(&action, (const char *)text);
    no_repair();
}

static void evictions_are_left_alone(void **state)
{
    (void)state;
    const struct theirs gone = {"k", NULL, "\"" B "\":1", 500};
    settle();
    push_theirs(&(struct theirs){"k", "v", "\"" B "\":1", 500});
    push_theirs(&gone);
    no_repair();
    one.now.ms += V1_SYNC_AGAIN_MS;
    pull(&gone);
    no_repair();
    assert_string_equal("v", value_of("k"));
}

/* Below what was forgotten here: a tombstone for who shows it, nothing in the store. */
static void the_forgotten_is_answered_by_a_tombstone(void **state)
{
    (void)state;
    struct v1_sync_action action;
    settle();
    for (unsigned i = 0; i < LIMIT_KV_TOMBSTONES + 1; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%u", i);
        put(key, "v");
        assert_status(OK, v1_one_write(&one, 7, bytes_of(key), (struct bytes){NULL, 0}, 0));
    }
    while (next(&action) && action.kind == V1_SYNC_SEND) {
        answer_with(&action, is_pull(&action) ? NO_DATA : MERGED);
    }
    uint64_t seq = kv_seq(one.kv);
    push_theirs(&(struct theirs){"k0", NULL, "\"" B "\":6", 500});
    assert_int_equal(0, stats().repairs_waiting); /* it is dead there too */
    push_theirs(&(struct theirs){"k0", "old", "\"" B "\":6", 500});
    assert_true(next(&action));
    assert_int_equal(V1_SYNC_REPAIR, action.kind);
    assert_status(OK, v1_sync_repair(one.sync, &one.now, action.id, cause));
    for (unsigned i = 0; i < 2; i++) {
        assert_true(next(&action));
        assert_true(has_text(action.message,
                             "{\"key\":\"k0\",\"value\":null,\"version\":{\"" A "\":7,\"" B
                             "\":6},\"updated_at_ms\":1700000000501,\"tombstone\":true"));
        answer_with(&action, i == 0 ? NULL : MERGED);
        one.now.ms += V1_SYNC_RETRY_MS * 2;
    }
    assert_int_equal(seq, kv_seq(one.kv));
    push_theirs(&(struct theirs){"k0", "old", "\"" B "\":6", 500});
    assert_int_equal(1, stats().buried);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_second, close_one)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_later_clock_is_written_again),
        TEST(a_write_is_repaired_once),
        TEST(what_is_of_no_use_is_not_done),
        TEST(what_does_not_open_repairs_nothing),
        TEST(what_was_not_taken_is_written_again),
        TEST(what_was_not_told_is_not_missed),
        TEST(evictions_are_left_alone),
        TEST(the_forgotten_is_answered_by_a_tombstone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
