/* Waiting for what others hold, by a node that is one of several. */
#include "fixtures/cluster_one.h"
#include "fixtures/unit.h"
#include "store/kv_digest.h"

static struct cluster_one one;
static uint8_t said[SYNC_MESSAGE_MAX];

static int open_three(void **state)
{
    (void)state;
    secret_allow_unlocked();
    one_open(&one, 3, true);
    return 0;
}

static int close_one(void **state)
{
    (void)state;
    one_close(&one);
    return 0;
}

/* What a node of that wallet says. */
static void say(const struct eth_address *wallet, const struct sync_head *head, struct bytes body,
                struct buf *out)
{
    struct sync_way way = {wallet->b, one_self.b};
    out->len = 0;
    sync_message_begin(out, head);
    buf_put(out, body);
    assert_status(OK, sync_message_end(out, &one.key, &way));
}

/* The first sums of a tree are asked for: the answer is that all are the same. */
static void answer_same(const struct cluster_action *action, unsigned flags)
{
    uint8_t memory[1 + SYNC_ORIGIN + 8 + KV_DIGEST_FAN * KV_DIGEST] = {(uint8_t)flags};
    struct buf message = buf_over(said, sizeof said);
    struct reader read = reader_over(action->message);
    reader_take(&read, SYNC_HEAD - 8);
    assert_int_equal(SYNC_DIGEST, action->message.ptr[4]);
    const struct sync_head head = {.type = SYNC_DIGEST, .boot = {9}, .sequence = reader_u64(&read)};
    struct buf time = buf_over(memory + 1 + SYNC_ORIGIN, 8);
    buf_put_u64(&time, one.now.wall_ms);
    kv_digest_children(one.kv, 0, 0, memory + 1 + SYNC_ORIGIN + 8);
    say(&action->peer->grant.wallet, &head, BYTES_ARRAY(memory), &message);
    cluster_answered(one.cluster, &one.now, action->id, buf_bytes(&message));
}

/* The next message to either of the others. */
static struct cluster_action next_message(void)
{
    struct cluster_action action;
    assert_true(one_next(&one, &action));
    assert_int_equal(CLUSTER_SEND, action.kind);
    return action;
}

/* Both were compared with, as at the start, and nothing is in flight. */
static void compare_once(void)
{
    for (int i = 0; i < 2; i++) {
        struct cluster_action action = next_message();
        answer_same(&action, SYNC_FLAG_CURRENT);
    }
    struct cluster_action action;
    assert_false(one_next(&one, &action));
}

static uint64_t catch_up(void)
{
    uint64_t ticket;
    one.now.ms += CLUSTER_ASKED_MS;
    assert_status(OK, cluster_catch_up(one.cluster, &one.now, &ticket));
    return ticket;
}

static void expect_end(enum cluster_action_kind kind, uint64_t ticket)
{
    struct cluster_action action;
    assert_true(one_next(&one, &action));
    assert_int_equal(kind, action.kind);
    assert_int_equal(ticket, action.id);
}

/* Of two holders among the two others either has it. */
static void one_of_two_others_is_enough(void **state)
{
    (void)state;
    compare_once();
    uint64_t ticket = catch_up();
    struct cluster_action first = next_message();
    struct cluster_action second = next_message();
    assert_int_equal(1, cluster_stats(one.cluster).waiting);
    answer_same(&second, SYNC_FLAG_CURRENT);
    expect_end(CLUSTER_SETTLED, ticket);
    assert_int_equal(0, cluster_stats(one.cluster).waiting);
    answer_same(&first, SYNC_FLAG_CURRENT);
    assert_false(one_next(&one, &first));
}

/* What it had not passed yet may have been written since. */
static void a_comparison_that_began_before_is_not(void **state)
{
    (void)state;
    struct cluster_action action = next_message();
    struct cluster_action other = next_message();
    uint64_t ticket = catch_up();
    answer_same(&action, SYNC_FLAG_CURRENT);
    answer_same(&other, SYNC_FLAG_CURRENT);
    action = next_message();
    answer_same(&action, SYNC_FLAG_CURRENT);
    expect_end(CLUSTER_SETTLED, ticket);
}

/* However often it is asked for. */
static void comparisons_do_not_follow_at_once(void **state)
{
    (void)state;
    uint64_t ticket;
    struct cluster_action action;
    compare_once();
    assert_status(OK, cluster_catch_up(one.cluster, &one.now, &ticket));
    one.now.ms += CLUSTER_ASKED_MS - 1;
    assert_status(OK, cluster_catch_up(one.cluster, &one.now, &ticket));
    assert_false(one_next(&one, &action));
    one.now.ms++;
    action = next_message();
    (void)next_message();
    assert_status(OK, cluster_catch_up(one.cluster, &one.now, &ticket)); /* while it is under way */
    answer_same(&action, SYNC_FLAG_CURRENT);
    assert_true(one_next(&one, &action) && action.kind == CLUSTER_SETTLED);
    assert_true(one_next(&one, &action) && action.kind == CLUSTER_SETTLED);
    assert_false(one_next(&one, &action));
    one.now.ms += CLUSTER_ASKED_MS;
    action = next_message();
    answer_same(&action, SYNC_FLAG_CURRENT);
    expect_end(CLUSTER_SETTLED, ticket);
}

static void who_is_not_current_has_nothing_to_tell(void **state)
{
    (void)state;
    compare_once();
    uint64_t ticket = catch_up();
    for (int i = 0; i < 2; i++) {
        struct cluster_action action = next_message();
        answer_same(&action, 0);
    }
    one.now.ms += CLUSTER_SETTLE_MS - 1;
    struct cluster_action action;
    assert_false(one_next(&one, &action) && action.kind != CLUSTER_SEND);
    one.now.ms++;
    expect_end(CLUSTER_UNSETTLED, ticket);
}

static void who_does_not_answer_is_not_waited_for_longer(void **state)
{
    (void)state;
    compare_once();
    uint64_t ticket = catch_up();
    (void)next_message();
    (void)next_message();
    one.now.ms += CLUSTER_SETTLE_MS;
    expect_end(CLUSTER_UNSETTLED, ticket);
}

static void alone_there_is_nothing_to_wait_for(void **state)
{
    (void)state;
    one_close(&one);
    one_open(&one, 1, true);
    uint64_t ticket = catch_up();
    expect_end(CLUSTER_SETTLED, ticket);
}

/* Reads leave room for writes. */
static void so_many_wait_and_no_more(void **state)
{
    (void)state;
    uint64_t ticket;
    compare_once();
    (void)catch_up();
    for (int i = 1; i < CLUSTER_READS_MAX; i++) {
        assert_status(OK, cluster_catch_up(one.cluster, &one.now, &ticket));
    }
    assert_status(OVERLOADED, cluster_catch_up(one.cluster, &one.now, &ticket));
    assert_int_equal(0, ticket);
    const struct cluster_written written = {.key = BYTES_LITERAL("k")};
    assert_status(OK, cluster_write(one.cluster, &one.now, &written, &ticket));
    /* All of them with one comparison. */
    struct cluster_action action = next_message();
    answer_same(&action, SYNC_FLAG_CURRENT);
    for (int i = 0; i < CLUSTER_READS_MAX; i++) {
        assert_true(one_next(&one, &action));
        assert_int_equal(CLUSTER_SETTLED, action.kind);
    }
    (void)catch_up();
}

static const uint8_t tenant[DOMAIN_TENANT_ID] = {7};

/* A record of another node's, whose cause is not of this start. */
static void take_from_another(const char *key)
{
    SECRET(value_seal_keys, keys);
    SECRET32(secret);
    root_values_key(root_keyring_newest(one.roots), tenant, &secret);
    value_seal_keys_init(&keys, one_domain, tenant);
    value_seal_keys_add(&keys, 0, &secret);
    struct kv_at at = {.keys = &keys, .now_ms = one.now.wall_ms};
    struct kv_write write = {.key = bytes_of(key), .cause = {1}};
    one_fill(&one, write.nonce, sizeof write.nonce);
    assert_status(OK, kv_put(one.kv, &at, &write, NULL));
}

/* It is the newest change here, and was passed over, as it is not this node's to push; whoever asks
 * for it again waits for others to hold it. */
static void what_another_wrote_is_pushed_when_it_is_asked_for_again(void **state)
{
    (void)state;
    uint64_t ticket;
    struct cluster_action action;
    compare_once();
    take_from_another("k");
    assert_false(one_next(&one, &action));
    struct cluster_written written = {.key = BYTES_LITERAL("k")};
    memcpy(written.tenant, tenant, sizeof tenant);
    assert_status(OK, cluster_write(one.cluster, &one.now, &written, &ticket));
    action = next_message();
    assert_int_equal(SYNC_PUSH, action.message.ptr[4]);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_three, close_one)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_of_two_others_is_enough),
        TEST(a_comparison_that_began_before_is_not),
        TEST(comparisons_do_not_follow_at_once),
        TEST(who_is_not_current_has_nothing_to_tell),
        TEST(who_does_not_answer_is_not_waited_for_longer),
        TEST(alone_there_is_nothing_to_wait_for),
        TEST(so_many_wait_and_no_more),
        TEST(what_another_wrote_is_pushed_when_it_is_asked_for_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
