#include <stdio.h>

#include "fixtures/members.h"

static const struct secret32 master = {{3, 1, 4}};

static int set_up(void **state)
{
    (void)state;
    secret_allow_unlocked();
    thread_lock_init(&members_chain_lock);
    members_root = (struct registry_root){0};
    atomic_store(&members_listed, MEMBERS);
    for (size_t i = 0; i < MEMBERS; i++) {
        members_open(i);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEMBERS; i++) {
        atomic_store(&members[i].write_hangs, false);
        membership_stop(members[i].membership);
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        members_close(i);
    }
    thread_lock_deinit(&members_chain_lock);
    return 0;
}

/* Until a node has met all others. */
static void wait_for_others(size_t i)
{
    for (int j = 0; j < 2000; j++) {
        if (membership_stats(members[i].membership).cluster.members == MEMBERS - 1) {
            return;
        }
        (void)poll(NULL, 0, 2);
    }
    fail();
}

/* The first has the root in its carrier and is alone; then the others come. */
static void start_all(void)
{
    atomic_store(&members_listed, 1);
    members_store(0, &master);
    members_start(0);
    assert_true(members_becomes_current(0, 20000));
    atomic_store(&members_listed, MEMBERS);
    for (size_t i = 1; i < MEMBERS; i++) {
        members_start(i);
    }
    for (size_t i = 1; i < MEMBERS; i++) {
        assert_true(members_becomes_current(i, 60000));
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        wait_for_others(i);
    }
}

static void without_a_root_nothing_is_served(void **state)
{
    (void)state;
    uint8_t memory[ROOT_START_MESSAGE_MAX];
    uint8_t question[HANDOFF_ASK];
    struct membership_write write = {0};
    struct buf answer = buf_over(memory, sizeof memory);
    struct buf ask = buf_over(question, sizeof question);
    struct membership *membership = members[0].membership;
    const struct eth_address stranger = {{9}};
    assert_status(NOT_CURRENT, membership_check(membership));
    assert_status(UNAVAILABLE,
                  membership_sync(membership, &members[1].wallet, unit_hex("00"), &answer));
    assert_false(membership_stats(membership).has_joined);
    /* It says that it has none, to who has a grant. */
    handoff_put_ask(members_domain, &ask);
    assert_status(OK,
                  membership_hand_off(membership, &members[1].wallet, buf_bytes(&ask), &answer));
    assert_int_equal(HANDOFF_HAVE, answer.len);
    answer.len = 0;
    assert_status(INSTANCE_NOT_FOUND,
                  membership_hand_off(membership, &stranger, buf_bytes(&ask), &answer));
    assert_int_equal(0, answer.len);
    assert_status(OK, root_keyring_install(members[0].roots, 0, &master)); /* for its keys */
    assert_status(NOT_CURRENT, members_put(0, "k", "v", &write));
    assert_false(members_has(0, "k"));
    assert_int_equal(0, write.wait);
}

static void one_root_is_made_and_all_have_it(void **state)
{
    (void)state;
    uint8_t first[ROOT_GATE_HASH];
    uint8_t other[ROOT_GATE_HASH];
    const char *op;
    struct status status;
    for (size_t i = 0; i < MEMBERS; i++) {
        members_start(i);
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_true(members_becomes_current(i, 200000));
        assert_int_equal(1, atomic_load(&members[i].installed));
    }
    root_master_hash(root_keyring_master(members[0].roots, 0), first);
    for (size_t i = 1; i < MEMBERS; i++) {
        root_master_hash(root_keyring_master(members[i].roots, 0), other);
        assert_memory_equal(first, other, sizeof first);
    }
    assert_true(members[0].woken != 0);
    while (membership_news(members[0].membership, &op, &status)) {
        assert_true(strcmp(op, "root.open") == 0 || strcmp(op, "root.wiped") == 0);
    }
    assert_false(membership_news(members[0].membership, &op, &status));
}

static void a_write_is_settled_when_another_has_it(void **state)
{
    (void)state;
    start_all();
    for (size_t i = 0; i < 20; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "k%zu", i);
        members_put_settled(i % MEMBERS, key, "v", 0);
        size_t holders = 0;
        for (size_t j = 0; j < MEMBERS; j++) {
            holders += members_has(j, key);
        }
        assert_true(holders >= 2);
    }
    assert_true(membership_stats(members[0].membership).cluster.pushes > 0);
}

static void a_write_that_nobody_else_takes_is_unsettled(void **state)
{
    (void)state;
    struct membership_write write = {0};
    uint64_t ms;
    start_all();
    atomic_store(&members[0].is_cut, true);
    size_t woken = members[0].woken;
    assert_status(OK, members_put(0, "k", "v", &write));
    assert_int_equal(MEMBERSHIP_UNSETTLED, members_outcome(&write, &ms));
    assert_true(ms >= CLUSTER_SETTLE_MS - 50);
    assert_int_equal(woken + 1, members[0].woken);
    assert_true(members_has(0, "k") && !members_has(1, "k") && !members_has(2, "k"));
    /* When it is reached again they all get it. */
    atomic_store(&members[0].is_cut, false);
    for (int i = 0; i < 5000 && !(members_has(1, "k") && members_has(2, "k")); i++) {
        (void)poll(NULL, 0, 2);
    }
    assert_true(members_has(1, "k") && members_has(2, "k"));
}

/* Two have it and the third was cut off: once it has caught up it has it too. */
static void whatever_was_settled_is_here_after_catching_up(void **state)
{
    (void)state;
    struct membership_write caught = {0};
    uint64_t ms;
    start_all();
    for (size_t i = 0; i < 20; i++) {
        char key[8];
        size_t behind = (i + 1) % MEMBERS;
        (void)snprintf(key, sizeof key, "k%zu", i);
        atomic_store(&members[behind].is_cut, true);
        members_put_settled(i % MEMBERS, key, "v", 0); /* others are tried again after a while */
        assert_false(members_has(behind, key));
        atomic_store(&members[behind].is_cut, false);
        size_t tries = 0;
        do {
            assert_true(tries++ < 40);
            caught.membership = members[behind].membership;
            assert_status(OK, membership_catch_up(caught.membership, 0, &caught.wait));
        } while (members_outcome(&caught, &ms) != MEMBERSHIP_SETTLED);
        assert_true(members_has(behind, key));
    }
}

/* And it says so when it cannot. */
static void alone_nobody_catches_up(void **state)
{
    (void)state;
    struct membership_write caught = {.membership = members[0].membership};
    uint64_t ms;
    assert_status(NOT_CURRENT, membership_catch_up(caught.membership, 0, &caught.wait));
    assert_int_equal(0, caught.wait);
    start_all();
    atomic_store(&members[0].is_cut, true);
    assert_status(OK, membership_catch_up(caught.membership, 0, &caught.wait));
    assert_int_equal(MEMBERSHIP_UNSETTLED, members_outcome(&caught, &ms));
    assert_true(ms >= CLUSTER_SETTLE_MS);
}

static void more_holders_can_be_asked_for(void **state)
{
    (void)state;
    struct membership_write write = {.holders = 3};
    uint64_t ms;
    start_all();
    members_put_settled(0, "k", "v", 3);
    assert_true(members_has(1, "k") && members_has(2, "k"));
    atomic_store(&members[2].is_cut, true);
    write.holders = 3;
    assert_status(OK, members_put(0, "l", "v", &write));
    assert_int_equal(MEMBERSHIP_UNSETTLED, members_outcome(&write, &ms));
    assert_true(members_has(1, "l"));
}

static void so_many_writes_wait_and_no_more(void **state)
{
    (void)state;
    static struct membership_write writes[CLUSTER_WRITES_MAX];
    struct membership_write write = {0};
    uint64_t ms;
    start_all();
    atomic_store(&members[0].is_cut, true);
    for (size_t i = 0; i < CLUSTER_WRITES_MAX; i++) {
        writes[i].holders = 0;
        assert_status(OK, members_put(0, "k", "v", &writes[i]));
    }
    assert_status(OVERLOADED, members_put(0, "other", "v", &write));
    assert_false(members_has(0, "other"));
    /* What is over has its place until somebody asked; what is given up is free when it is over. */
    for (size_t i = 0; i < CLUSTER_WRITES_MAX; i++) {
        if (i % 2 == 0) {
            membership_give_up(members[0].membership, writes[i].wait);
        } else {
            assert_int_equal(MEMBERSHIP_UNSETTLED, members_outcome(&writes[i], &ms));
        }
    }
    for (size_t i = 0; i < CLUSTER_WRITES_MAX; i++) {
        for (int j = 0; j < 1000 && atomic_load(&members[0].membership->waits[i].state) != 0; j++) {
            (void)poll(NULL, 0, 2);
        }
        assert_int_equal(WAIT_FREE, atomic_load(&members[0].membership->waits[i].state));
    }
}

static void stopping_does_not_wait_for_writes(void **state)
{
    (void)state;
    struct membership_write write = {0};
    start_all();
    for (size_t i = 1; i < MEMBERS; i++) {
        atomic_store(&members[i].is_cut, true);
    }
    assert_status(OK, members_put(0, "k", "v", &write));
    membership_stop(members[0].membership);
    assert_int_equal(MEMBERSHIP_WAITS, membership_outcome(members[0].membership, write.wait));
}

/* What the carrier takes long for keeps nobody else waiting. */
static void a_slow_carrier_stops_nothing(void **state)
{
    (void)state;
    atomic_store(&members[2].write_hangs, true);
    start_all();
    for (size_t i = 0; i < MEMBERS; i++) {
        members_put_settled(i, "k", "v", 0);
    }
    assert_int_equal(1, members[1].stored.count);
    assert_int_equal(0, members[2].stored.count);
}

/* Who was there before cannot be known by who is not the only one. */
static void nobody_is_first_among_several(void **state)
{
    (void)state;
    members_store(0, &master);
    members_store(1, &master);
    members_start(0);
    members_start(1);
    assert_false(members_becomes_current(0, 20000));
    assert_true(membership_stats(members[0].membership).has_joined);
    assert_false(members_is_current(1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_root_nothing_is_served),
        TEST(one_root_is_made_and_all_have_it),
        TEST(a_write_is_settled_when_another_has_it),
        TEST(a_write_that_nobody_else_takes_is_unsettled),
        TEST(whatever_was_settled_is_here_after_catching_up),
        TEST(alone_nobody_catches_up),
        TEST(more_holders_can_be_asked_for),
        TEST(so_many_writes_wait_and_no_more),
        TEST(stopping_does_not_wait_for_writes),
        TEST(a_slow_carrier_stops_nothing),
        TEST(nobody_is_first_among_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
