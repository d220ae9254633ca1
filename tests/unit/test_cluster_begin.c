/* Who begins anew when all nodes were lost, and who yields where two have. */
#include "fixtures/cluster_one.h"
#include "fixtures/unit.h"
#include "store/kv_digest.h"

static const struct eth_address least = {{0xaa}};
static const struct eth_address middle = {{0xbb}};
static const struct cluster_origin none;
static const struct cluster_origin low = {7, {1}};
static const struct cluster_origin high = {7, {2}};
static struct cluster_one one;
static struct eth_address own;
static uint8_t said[SYNC_MESSAGE_MAX];

/* A node of that wallet among three that are listed. */
static void open_as(const struct eth_address *wallet, bool is_restored,
                    const struct cluster_origin *origin)
{
    secret_allow_unlocked();
    one_open_as(&one, wallet, 3, false);
    cluster_close(&one.cluster);
    struct cluster_setup setup = one_setup(&one, wallet);
    setup.is_restored = is_restored;
    setup.origin = *origin;
    own = *wallet;
    assert_status(OK, cluster_open(&setup, &one.now, &one.cluster));
}

static int close_one(void **state)
{
    (void)state;
    one_close(&one);
    return 0;
}

/* That the same records are here and there, and how the other one is. */
static void answer(const struct cluster_action *action, unsigned flags,
                   const struct cluster_origin *origin)
{
    uint8_t memory[1 + SYNC_ORIGIN + 8 + KV_DIGEST_FAN * KV_DIGEST];
    uint8_t sums[KV_DIGEST_FAN * KV_DIGEST];
    struct buf body = buf_over(memory, sizeof memory);
    struct buf message = buf_over(said, sizeof said);
    struct reader read = reader_over(action->message);
    reader_take(&read, SYNC_HEAD - 8);
    const struct sync_head head = {.type = SYNC_DIGEST, .boot = {9}, .sequence = reader_u64(&read)};
    kv_digest_children(one.kv, 0, 0, sums);
    buf_put_u8(&body, (uint8_t)flags);
    buf_put_u64(&body, origin->height);
    buf_put(&body, BYTES_ARRAY(origin->digest));
    buf_put_u64(&body, one.now.wall_ms);
    buf_put(&body, BYTES_ARRAY(sums));
    struct sync_way way = {action->peer->grant.wallet.b, own.b};
    sync_message_begin(&message, &head);
    buf_put(&message, buf_bytes(&body));
    assert_status(OK, sync_message_end(&message, &one.key, &way));
    cluster_answered(one.cluster, &one.now, action->id, buf_bytes(&message));
}

/* Two others say the same of themselves. */
static void both_say(unsigned flags, const struct cluster_origin *origin)
{
    struct cluster_action actions[2];
    for (size_t i = 0; i < 2; i++) {
        assert_true(one_next(&one, &actions[i]));
        assert_int_equal(CLUSTER_SEND, actions[i].kind);
    }
    for (size_t i = 0; i < 2; i++) {
        answer(&actions[i], flags, origin);
    }
}

static void both_are_idle(void)
{
    both_say(0, &none);
    one.now.ms += CLUSTER_RETRY_MS;
    both_say(0, &none);
}

static struct cluster_stats stats(void)
{
    struct cluster_action action;
    (void)one_next(&one, &action);
    return cluster_stats(one.cluster);
}

static void assert_origin(const struct cluster_origin *origin)
{
    struct cluster_stats is = stats();
    assert_memory_equal(origin, &is.origin, sizeof is.origin);
}

static void the_least_begins_when_nobody_has_records(void **state)
{
    (void)state;
    open_as(&least, false, &none);
    assert_false(stats().may_begin);
    one_close(&one);
    open_as(&least, false, &none);
    both_are_idle();
    assert_true(stats().may_begin);
    assert_status(NOT_CURRENT, cluster_check(one.cluster)); /* before it has restored */
    one_close(&one);
    open_as(&least, true, &low);
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
    both_are_idle();
    assert_status(OK, cluster_check(one.cluster));
    assert_false(stats().may_begin || stats().must_yield);
    assert_origin(&low);
}

static void nobody_else_begins(void **state)
{
    (void)state;
    open_as(&middle, true, &low);
    both_are_idle();
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
    assert_false(stats().may_begin);
}

/* One of them has not answered: it may have records. */
static void who_does_not_answer_may_have_records(void **state)
{
    struct cluster_action actions[2];
    (void)state;
    open_as(&least, true, &low);
    for (size_t i = 0; i < 2; i++) {
        assert_true(one_next(&one, &actions[i]));
    }
    answer(&actions[0], 0, &none);
    assert_false(stats().may_begin);
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
    answer(&actions[1], SYNC_FLAG_CURRENT, &low);
    assert_false(stats().may_begin);
    /* Before the first was idle the second need not have had what that one held. */
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
    one.now.ms += CLUSTER_RETRY_MS;
    for (size_t i = 0; i < 2; i++) {
        assert_true(one_next(&one, &actions[i]));
    }
    answer(&actions[0], 0, &none);
    answer(&actions[1], SYNC_FLAG_CURRENT, &low);
    assert_status(OK, cluster_check(one.cluster)); /* and pulled from it */
}

/* The first comes to have records after it said that it had none, from the second, which dies. */
static void what_moves_while_others_are_asked_is_not_missed(void **state)
{
    struct cluster_action actions[2];
    (void)state;
    open_as(&least, true, &low);
    for (size_t i = 0; i < 2; i++) {
        assert_true(one_next(&one, &actions[i]));
    }
    answer(&actions[0], 0, &none);
    answer(&actions[1], 0, &none);
    assert_false(stats().may_begin);
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
    one.now.ms += CLUSTER_RETRY_MS;
    for (size_t i = 0; i < 2; i++) {
        assert_true(one_next(&one, &actions[i]));
    }
    answer(&actions[0], SYNC_FLAG_CURRENT, &low);
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
    answer(&actions[1], 0, &none);
    assert_false(stats().may_begin);
    assert_status(OK, cluster_check(one.cluster)); /* with what the first has */
    assert_int_equal(1, stats().pulled);
}

static void who_joins_has_the_origin_of_the_others(void **state)
{
    (void)state;
    open_as(&middle, false, &none);
    both_say(SYNC_FLAG_CURRENT, &low);
    assert_status(OK, cluster_check(one.cluster));
    assert_origin(&low);
    assert_false(stats().must_yield);
}

static void who_is_not_current_yields_to_any_other_origin(void **state)
{
    static const struct cluster_origin *const theirs[] = {&none, &low, &high};
    static const struct cluster_origin own_ones[] = {{7, {1}}, {7, {2}}, {8, {0}}};
    (void)state;
    open_as(&middle, true, &low);
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++) {
            bool is_same = memcmp(theirs[j], &own_ones[i], sizeof none) == 0;
            one_close(&one);
            open_as(&middle, true, &own_ones[i]);
            both_say(SYNC_FLAG_CURRENT, theirs[j]);
            assert_int_equal(!is_same, stats().must_yield);
            assert_int_equal(is_same, status_is_ok(cluster_check(one.cluster)));
        }
    }
}

static void anchor(const struct cluster_origin *origin)
{
    one.anchor = (struct registry_anchor){.is_anchored = true, .height = origin->height};
    memcpy(one.anchor.header, origin->digest, sizeof origin->digest);
}

/* A node that is current and began with low. In: anchored, what the chain shows it. */
static void open_current(const struct cluster_origin *anchored)
{
    open_as(&least, true, &low);
    anchor(anchored);
    both_are_idle();
    assert_status(OK, cluster_check(one.cluster));
    one.now.ms += CLUSTER_REPAIR_MS;
}

static void of_two_that_are_current_the_lesser_yields(void **state)
{
    static const struct cluster_origin further = {8, {0}};
    static const struct {
        const struct cluster_origin *theirs;
        bool must_yield;
    } rows[] = {{&none, false}, {&low, false}, {&high, true}, {&further, true}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        if (i != 0) {
            one_close(&one);
        }
        open_current(rows[i].theirs);
        both_say(SYNC_FLAG_CURRENT, rows[i].theirs);
        assert_int_equal(rows[i].must_yield, stats().must_yield);
        assert_false(stats().is_apart);
        assert_int_equal(i == 1 ? 2 : 0, stats().pulled); /* nothing is had of others' */
    }
}

/* Whoever knows the root can say any height. */
static void nothing_is_given_up_for_what_was_never_anchored(void **state)
{
    static const struct cluster_origin rows[] = {
        {UINT64_MAX, {0xff}}, {8, {2}}, {7, {3}}, {UINT64_MAX, {0}}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        if (i != 0) {
            one_close(&one);
        }
        open_current(&high);
        both_say(SYNC_FLAG_CURRENT, &rows[i]);
        assert_false(stats().must_yield);
        assert_true(stats().is_apart);
        assert_int_equal(0xbb, stats().apart.b[0]);
        assert_int_equal(0, stats().pulled);
        assert_origin(&low);
        assert_status(OK, cluster_check(one.cluster));
    }
}

/* The chain has gone on since, up to as many anchors as a node remembers. */
static void what_was_anchored_before_is_remembered(void **state)
{
    (void)state;
    for (size_t later = 0; later < 9; later++) {
        if (later != 0) {
            one_close(&one);
        }
        open_current(&high);
        for (size_t i = 0; i < later; i++) {
            const struct cluster_origin next = {8 + i, {1}};
            anchor(&next);
            one.now.ms += CLUSTER_REPAIR_MS;
            both_say(SYNC_FLAG_CURRENT, &low);
        }
        one.now.ms += CLUSTER_REPAIR_MS;
        both_say(SYNC_FLAG_CURRENT, &high);
        assert_int_equal(later < 8, stats().must_yield);
        assert_int_equal(later == 8, stats().is_apart);
    }
}

/* A list that lacks this node may lack another one that was registered just before it. */
static void nobody_is_current_by_a_list_without_it(void **state)
{
    (void)state;
    const struct eth_address third = {{0xcc}};
    open_as(&third, false, &none);
    one.listed = 2;
    both_say(SYNC_FLAG_CURRENT, &low);
    assert_int_equal(2, stats().pulled);
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
    one.listed = 3;
    one.now.ms += CLUSTER_JOINING_MS;
    (void)stats();
    assert_status(OK, cluster_check(one.cluster));
}

#define TEST(name) cmocka_unit_test_teardown(name, close_one)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_least_begins_when_nobody_has_records),
        TEST(nobody_else_begins),
        TEST(who_does_not_answer_may_have_records),
        TEST(what_moves_while_others_are_asked_is_not_missed),
        TEST(nobody_is_current_by_a_list_without_it),
        TEST(who_joins_has_the_origin_of_the_others),
        TEST(who_is_not_current_yields_to_any_other_origin),
        TEST(of_two_that_are_current_the_lesser_yields),
        TEST(nothing_is_given_up_for_what_was_never_anchored),
        TEST(what_was_anchored_before_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
