#include <stdio.h>

#include "fixtures/v1_talk.h"

/* --- before it is whole ----------------------------------------------------------------------- */

static void nothing_is_served_before_it_is_whole(void **state)
{
    (void)state;
    struct v1_sync_action action;
    assert_status(NOT_CURRENT, v1_sync_check(one.sync));
    assert_status(NOT_CURRENT, serve("{\"type\":\"snapshot_request\"}"));
    assert_true(next(&action) && is_pull(&action));
    assert_status(NOT_CURRENT, v1_sync_check(one.sync));
    answer_with(&action, "{\"status\":\"ok\",\"data\":{\"7\":[");
    assert_status(NOT_CURRENT, v1_sync_check(one.sync));
    one.now.ms += V1_SYNC_RETRY_MS * 4;
    assert_true(next(&action) && is_pull(&action));
    answer_with(&action, NO_DATA);
    assert_status(NOT_CURRENT, v1_sync_check(one.sync)); /* it came and was not merged */
    next(&action);
    assert_status(OK, v1_sync_check(one.sync));
    assert_status(OK, serve("{\"type\":\"snapshot_request\"}"));
}

/* One of them has to be pulled; others are not waited for when they do not answer. */
static void it_needs_one_and_all_that_answer(void **state)
{
    (void)state;
    struct v1_sync_action action;
    one.listed = 3;
    one.peers[2] = other;
    unsigned tries = 0;
    while (tries < V1_SYNC_TRIES) {
        one.now.ms += V1_SYNC_RETRY_MAX_MS;
        while (next(&action)) {
            bool is_other = eth_address_equal(&action.peer->grant.wallet, &other);
            assert_status(NOT_CURRENT, v1_sync_check(one.sync));
            tries += is_other;
            answer_with(&action, is_other ? NULL : NO_DATA);
        }
    }
    assert_status(OK, v1_sync_check(one.sync));
    assert_int_equal(1, stats().pulled);
}

/* One of ours has what those have that do not answer, and is asked elsewhere. */
static void one_of_ours_is_as_good(void **state)
{
    (void)state;
    struct v1_sync_action action;
    one.listed = 3;
    one.peers[2] = other;
    for (unsigned i = 0; i < V1_SYNC_TRIES; i++) {
        one.now.ms += V1_SYNC_RETRY_MAX_MS;
        assert_status(NOT_CURRENT, v1_sync_check(one.sync));
        while (next(&action)) {
            bool is_other = eth_address_equal(&action.peer->grant.wallet, &other);
            answer_with(&action, is_other ? NULL : "{\"coffer\":2,\"status\":\"ok\",\"data\":{}}");
        }
    }
    assert_status(OK, v1_sync_check(one.sync));
}

static void none_of_them_is_not_enough(void **state)
{
    (void)state;
    struct v1_sync_action action;
    for (unsigned i = 0; i < 2 * V1_SYNC_TRIES; i++) {
        one.now.ms += V1_SYNC_RETRY_MAX_MS;
        assert_true(next(&action));
        answer_with(&action, NULL);
    }
    assert_status(NOT_CURRENT, v1_sync_check(one.sync));
}

static void without_a_registry_nothing_is_known(void **state)
{
    (void)state;
    struct v1_sync_action action;
    one.listed = 0;
    assert_false(next(&action));
    assert_status(NOT_CURRENT, v1_sync_check(one.sync));
    one.listed = 1; /* itself: there is nobody */
    one.now.ms += 1000;
    assert_false(next(&action));
    assert_status(OK, v1_sync_check(one.sync));
}

/* --- what comes ------------------------------------------------------------------------------- */

static void what_is_no_message_changes_nothing(void **state)
{
    (void)state;
    uint64_t seq = kv_seq(one.kv);
    assert_status(SYNC_INVALID, serve("{}"));
    assert_status(SYNC_INVALID, serve("{\"type\":\"other\"}"));
    assert_status(SYNC_INVALID, serve("{\"type\":\"delta\",\"data\":5}"));
    assert_status(FORBIDDEN, serve("{\"type\":\"delta\",\"data\":{},\"sender_wallet\":\"" A "\"}"));
    assert_status(SYNC_INVALID, serve("{\"type\":\"master_secret_request\"}"));
    assert_int_equal(seq, kv_seq(one.kv));
}

static void one_bad_record_loses_no_other(void **state)
{
    (void)state;
    struct buf answer;
    struct buf out = buf_over(text, sizeof text);
    const struct theirs good = {"good", "v", "\"" B "\":1", 0};
    buf_put_text(&out,
                 "{\"type\":\"delta\",\"data\":{\"x\":[1],\"0\":[{\"key\":\"a\",\"tombstone\":"
                 "true}],\"7\":[{\"key\":5},{\"key\":\"k\",\"value\":\"000102030405060708090a0b"
                 "101112131415161718191a1b1c1d1e1f\"},");
    put_theirs(&out, &good);
    buf_put_text(&out, ",[]]}}");
    assert_status(OK, serve_text(buf_bytes(&out), &answer));
    assert_true(has_text(buf_bytes(&answer), "\"merged\":1}"));
    assert_string_equal("v", value_of("good"));
    struct record record = peek("good");
    assert_memory_equal(cause, record.cause, sizeof cause);
    assert_int_equal(5, stats().refused); /* app x, app 0, three of app 7 */
}

/* Ahead by more than is taken it waits, and is not held against what is here. */
static void what_is_ahead_waits(void **state)
{
    (void)state;
    struct v1_sync_action action;
    settle();
    put("k", "mine");
    push_theirs(&(struct theirs){"k", "theirs", "", LIMIT_KV_FUTURE_MS + 1});
    assert_string_equal("mine", value_of("k"));
    assert_int_equal(1, kv_stats(one.kv).waiting);
    assert_true(next(&action));
    assert_int_equal(V1_SYNC_SEND, action.kind); /* of ours, no repair */
    assert_int_equal(0, stats().repairs_waiting);
}

/* --- what goes -------------------------------------------------------------------------------- */

static void a_push_is_sent_until_it_is_answered(void **state)
{
    (void)state;
    struct v1_sync_action action;
    settle();
    put("k", "v");
    for (unsigned i = 0; i < 3; i++) {
        assert_true(next(&action));
        assert_true(has_text(action.message, "\"7\":[{\"key\":\"k\""));
        struct v1_sync_action more;
        assert_false(next(&more));
        if (i == 0) {
            answer_with(&action, NULL);
        } else if (i == 1) {
            answer_with(&action, "{\"detail\":\"no\"}");
        }
        one.now.ms += i == 1 ? V1_SYNC_RETRY_MS * 4 : V1_SYNC_ANSWER_MS / 2;
    }
    answer_with(&action, MERGED);
    assert_false(next(&action));
    assert_int_equal(2, stats().failures);
}

/* What it gave is no news to it, and all else is. */
static void nobody_is_told_what_he_gave(void **state)
{
    (void)state;
    struct v1_sync_action action;
    settle();
    push_theirs(&(struct theirs){"theirs", "v", "\"" B "\":1", 0});
    assert_false(next(&action));
    put("mine", "v");
    push_theirs(&(struct theirs){"more", "v", "\"" B "\":1", 0});
    assert_true(next(&action));
    assert_true(has_text(action.message, "\"mine\""));
}

static void values_of_version_2_stay_here(void **state)
{
    (void)state;
    SECRET(value_seal_keys, keys);
    struct v1_sync_action action;
    settle();
    v1_one_keys(&one, 7, &keys);
    keys.seals_v1 = false;
    struct kv_write write = {.key = BYTES_LITERAL("k"), .value = BYTES_LITERAL("v"), .nonce = {1}};
    struct kv_at at = {.keys = &keys, .now_ms = one.now.wall_ms};
    assert_status(OK, kv_put(one.kv, &at, &write, NULL));
    v1_one_keys(&one, 9, &keys);
    at.is_system = true;
    assert_status(OK, kv_put(one.kv, &at, &write, NULL));
    assert_false(next(&action));
}

/* Send all that there is. Returns: how often a text stands in it. */
static size_t send_all(const char *wanted)
{
    struct v1_sync_action action;
    size_t found = 0;
    while (next(&action)) {
        struct bytes rest = action.message;
        assert_int_equal(V1_SYNC_SEND, action.kind);
        while (has_text(rest, wanted)) {
            const uint8_t *at = memmem(rest.ptr, rest.len, wanted, strlen(wanted));
            rest = bytes_slice(rest, (size_t)(at - rest.ptr) + 1, SIZE_MAX);
            found++;
        }
        answer_with(&action, is_pull(&action) ? NO_DATA : MERGED);
    }
    return found;
}

/* Who asks for everything gets everything, whatever it was told before. */
static void what_does_not_fit_an_answer_is_pushed(void **state)
{
    (void)state;
    enum { VALUES = 1100 };
    settle();
    for (unsigned i = 0; i < VALUES; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%u", i);
        put(key, "v");
    }
    assert_int_equal(VALUES, send_all("\"key\""));
    assert_int_equal(0, send_all("\"key\""));
    assert_status(OK, serve("{\"type\":\"snapshot_request\"}"));
    assert_int_equal(VALUES, send_all("\"key\""));
}

#define LONG                                                                                      \
    "a/key/that/needs/more/room/than/what/was/evicted/left/a/key/that/needs/more/room/than/what/" \
    "was/evicted/left/a/key/that/needs/more/room/than/what/was/evicted/left"

/* Full nodes would hand each other for ever what each has evicted. */
static void a_snapshot_evicts_nothing(void **state)
{
    (void)state;
    const struct theirs theirs = {LONG, "v", "\"" B "\":1", 0};
    settle();
    for (unsigned i = 0; kv_stats(one.kv).evictions == 0; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%u", i);
        put(key, "v");
    }
    uint64_t evictions = kv_stats(one.kv).evictions;
    send_all("\"key\"");
    one.now.ms += V1_SYNC_AGAIN_MS;
    pull(&theirs);
    send_all("\"key\"");
    assert_string_equal("", value_of(LONG));
    assert_int_equal(evictions, kv_stats(one.kv).evictions);
    push_theirs(&theirs);
    assert_string_equal("v", value_of(LONG));
    assert_true(kv_stats(one.kv).evictions > evictions);
}

/* Who has said that it is ours gets no more of this. */
static void ours_know_each_other(void **state)
{
    (void)state;
    struct v1_sync_action action;
    struct buf answer;
    assert_true(next(&action));
    assert_true(has_text(action.message, "\"coffer\":2"));
    struct v1_sync_request request = {.from = other, .message = action.message, .cause = cause};
    char own[512] = {0};
    memcpy(own, action.message.ptr, action.message.len);
    memcpy(strstr(own, "0xaa"), "0xdd", 4);
    request.message = bytes_of(own);
    answer = buf_over(answered, sizeof answered);
    assert_status(OK, v1_sync_serve(one.sync, &one.now, &request, &answer)); /* though not whole */
    assert_true(has_text(buf_bytes(&answer), "\"coffer\":2"));
    answered[answer.len] = 0;
    answer_with(&action, (const char *)answered);
    put("k", "v");
    one.now.ms += 100000;
    assert_false(next(&action));
    assert_int_equal(0, stats().peers);
    assert_false(v1_sync_is_v1(one.sync, &peer));
    assert_status(OK, v1_sync_check(one.sync));
}

static void the_others_are_known_too(void **state)
{
    (void)state;
    assert_false(v1_sync_is_v1(one.sync, &peer));
    settle();
    assert_true(v1_sync_is_v1(one.sync, &peer));
    assert_false(v1_sync_is_v1(one.sync, &other));
}

static void pulls_are_made_again(void **state)
{
    (void)state;
    struct v1_sync_action action;
    settle();
    one.now.ms += V1_SYNC_AGAIN_MS / 2;
    assert_false(next(&action));
    one.now.ms += V1_SYNC_AGAIN_MS;
    pull(&(struct theirs){"missed", "v", "\"" B "\":1", 0});
    assert_false(next(&action));
    assert_string_equal("v", value_of("missed"));
    assert_int_equal(2, stats().pulls);
}

#define FIRST(name) cmocka_unit_test_setup_teardown(name, open_first, close_one)
#define LATER(name) cmocka_unit_test_setup_teardown(name, open_later, close_one)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LATER(nothing_is_served_before_it_is_whole),
        LATER(it_needs_one_and_all_that_answer),
        LATER(one_of_ours_is_as_good),
        LATER(none_of_them_is_not_enough),
        LATER(without_a_registry_nothing_is_known),
        FIRST(what_is_no_message_changes_nothing),
        FIRST(one_bad_record_loses_no_other),
        FIRST(what_is_ahead_waits),
        FIRST(a_push_is_sent_until_it_is_answered),
        FIRST(nobody_is_told_what_he_gave),
        FIRST(values_of_version_2_stay_here),
        FIRST(what_does_not_fit_an_answer_is_pushed),
        FIRST(a_snapshot_evicts_nothing),
        LATER(ours_know_each_other),
        FIRST(the_others_are_known_too),
        FIRST(pulls_are_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
