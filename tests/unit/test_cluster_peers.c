/* When a peer is tried again. */
#include "fixtures/cluster_one.h"
#include "fixtures/unit.h"

static struct cluster_one one;
static uint8_t said[SYNC_MESSAGE_MAX];
static uint8_t answered[SYNC_MESSAGE_MAX];

static int open_later(void **state)
{
    (void)state;
    secret_allow_unlocked();
    one_open(&one, 2, false);
    return 0;
}

static int close_one(void **state)
{
    (void)state;
    one_close(&one);
    return 0;
}

/* Let every message to the peer fail for so long. Returns: how many there were. */
static unsigned fail_for(uint64_t ms)
{
    struct cluster_action action;
    unsigned count = 0;
    for (uint64_t end_ms = one.now.ms + ms; one.now.ms < end_ms; one.now.ms += 50) {
        while (one_next(&one, &action)) {
            cluster_answered(one.cluster, &one.now, action.id, (struct bytes){NULL, 0});
            count++;
        }
    }
    return count;
}

static void peer_speaks(void)
{
    struct buf message = buf_over(said, sizeof said);
    struct buf answer = buf_over(answered, sizeof answered);
    struct sync_head head = {.type = SYNC_DIGEST, .boot = {9}, .sequence = 5};
    one_say(&one, &head, unit_hex("000000"), &message);
    assert_status(OK,
                  cluster_serve(one.cluster, &one.now, &one_peer, buf_bytes(&message), &answer));
}

static void make_away(void)
{
    (void)fail_for(120000);
    assert_true(fail_for(5000) <= 1);
}

static void who_speaks_is_tried_at_once(void **state)
{
    (void)state;
    struct cluster_action action;
    peer_speaks(); /* so it is a member, and no stranger later */
    make_away();
    assert_false(one_next(&one, &action));
    peer_speaks();
    assert_true(one_next(&one, &action));
    cluster_answered(one.cluster, &one.now, action.id, (struct bytes){NULL, 0});
    /* Once for each message: whoever speaks without hearing is no reason to shout. */
    assert_false(one_next(&one, &action));
    peer_speaks();
    assert_true(one_next(&one, &action));
}

/* An answer that promises nothing is one: its sender is there, and is not asked faster for it. */
static void who_answers_badly_is_not(void **state)
{
    (void)state;
    struct cluster_action action;
    peer_speaks();
    while (one_next(&one, &action)) {
        cluster_answered(one.cluster, &one.now, action.id, unit_hex("00"));
    }
    peer_speaks();
    assert_false(one_next(&one, &action));
}

/* Nobody listens to a node that is not registered. */
static void who_is_listed_now_tries_all(void **state)
{
    (void)state;
    struct cluster_action action;
    const struct eth_address third = {{0xcc}};
    one_close(&one);
    one_open_as(&one, &third, 2, false);
    make_away();
    assert_false(one_next(&one, &action));
    one.listed = 3;
    one.now.ms += CLUSTER_JOINING_MS;
    assert_true(one_next(&one, &action));
    make_away();
    one.now.ms += CLUSTER_JOINING_MS;
    assert_false(one_next(&one, &action)); /* it was before */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_speaks_is_tried_at_once, open_later, close_one),
        cmocka_unit_test_setup_teardown(who_answers_badly_is_not, open_later, close_one),
        cmocka_unit_test_setup_teardown(who_is_listed_now_tries_all, open_later, close_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
