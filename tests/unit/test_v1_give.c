/* The root of version 1, to whom it goes and how often. */
#include "cluster/v1/v1_give.h"
#include "cluster/v1/v1_secret.h"
#include "fixtures/unit.h"
#include "fixtures/v1_one.h"
#include "keys/root.h"

static struct v1_one one;
static struct arena arena;
static const struct eth_address self = {{0xaa}};
static const struct eth_address peer = {{0xbb}};
static uint8_t answered[V1_SECRET_ANSWER_MAX];

static int start(void **state)
{
    (void)state;
    secret_allow_unlocked();
    v1_one_open(&one, &self, 7, true);
    return status_is_ok(arena_init(&arena, 1u << 20)) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    v1_one_close(&one);
    arena_deinit(&arena);
    return 0;
}

static struct status ask(struct bytes message, struct buf *answer)
{
    const struct entropy entropy = {&one, v1_one_fill};
    const struct v1_give give = {&entropy, one.roots, &one.registry, &one.guard, one.gate};
    const struct v1_give_question question = {peer, message, one.now.ms};
    *answer = buf_over(answered, sizeof answered);
    struct status checked = v1_give_check(&give, &question, &arena);
    struct status status = v1_give_answer(&give, &question, &arena, answer);
    assert_int_equal(checked.code, status.code);
    assert_true(status_is_ok(status) == (answer->len != 0));
    return status;
}

static struct status ask_root(struct p384_key *key, struct buf *answer)
{
    uint8_t memory[V1_SECRET_REQUEST_MAX];
    struct buf out = buf_over(memory, sizeof memory);
    const struct entropy entropy = {&one, v1_one_fill};
    assert_status(OK, v1_secret_ask(&entropy, &peer, &out, key));
    return ask(buf_bytes(&out), answer);
}

static void it_is_given_rarely_and_after_a_fresh_read(void **state)
{
    (void)state;
    struct p384_key key;
    struct buf answer;
    struct secret32 got;
    uint8_t hash[V1_SECRET_HASH];
    root_master_hash(&one.master, hash);
    for (unsigned i = 0; i < HANDOFF_GUARD_TIMES; i++) {
        one.now.ms += HANDOFF_GUARD_EVERY_MS;
        assert_status(REGISTRY_PENDING, ask_root(&key, &answer));
        one.seen_ms = one.now.ms;
        assert_status(OK, ask_root(&key, &answer));
        assert_status(OK, v1_secret_open(&key, buf_bytes(&answer), hash, &arena, &got));
        one.now.ms += 1000;
        one.seen_ms = one.now.ms;
        assert_status(HANDOFF_LIMIT, ask_root(&key, &answer));
    }
    one.now.ms += HANDOFF_GUARD_EVERY_MS;
    one.seen_ms = one.now.ms;
    assert_status(HANDOFF_LIMIT, ask_root(&key, &answer));
}

static void it_is_given_to_the_enrolled_alone(void **state)
{
    (void)state;
    struct p384_key key;
    struct buf answer;
    one.verdict = FAIL(VERSION_NOT_ENROLLED);
    assert_status(VERSION_NOT_ENROLLED, ask_root(&key, &answer));
    one.verdict = FAIL(NOT_A_PEER);
    assert_status(NOT_A_PEER, ask_root(&key, &answer));
    one.verdict = OK;
    assert_status(OK, ask_root(&key, &answer));
}

static void only_its_question_is_answered(void **state)
{
    (void)state;
    struct buf answer;
    assert_status(POINT_INVALID,
                  ask(BYTES_LITERAL("{\"type\":\"master_secret_request\"}"), &answer));
    assert_status(SYNC_INVALID, ask(BYTES_LITERAL("{\"type\":\"snapshot_request\"}"), &answer));
    assert_status(FORBIDDEN,
                  ask(BYTES_LITERAL("{\"type\":\"master_secret_request\",\"ecdh_pubkey\":\"04\","
                                    "\"sender_wallet\":\"0xaa00000000000000000000000000000000000000"
                                    "\"}"),
                      &answer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_given_rarely_and_after_a_fresh_read, start, stop),
        cmocka_unit_test_setup_teardown(it_is_given_to_the_enrolled_alone, start, stop),
        cmocka_unit_test_setup_teardown(only_its_question_is_answered, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
