/* Nodes that are all lost at once, and what comes back of their records from storage. */
#include <stdio.h>

#include "fixtures/members.h"

static const struct secret32 master = {{3, 1, 4}};
static char older[80]; /* a copy of the storage from before */

/* In: command, of $NOW and $OLD, the storage and the copy. */
static void shell(const char *command)
{
    assert_int_equal(0, setenv("NOW", members_folder, 1));
    assert_int_equal(0, setenv("OLD", older, 1));
    assert_int_equal(0, system(command));
}

static void open_all(void)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        members_open(i);
        members_store(i, &master);
    }
}

static void lose_all(void)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        membership_stop(members[i].membership);
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        members_close(i);
    }
}

static int set_up(void **state)
{
    (void)state;
    secret_allow_unlocked();
    thread_lock_init(&members_chain_lock);
    members_root = (struct registry_root){0};
    members_anchor = (struct registry_anchor){0};
    atomic_store(&members_listed, MEMBERS);
    (void)snprintf(members_folder, sizeof members_folder, "/tmp/coffer-test-members-XXXXXX");
    assert_non_null(mkdtemp(members_folder));
    (void)snprintf(older, sizeof older, "%s.older", members_folder);
    open_all();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lose_all();
    shell("rm -rf \"$NOW\" \"$OLD\"");
    members_folder[0] = '\0';
    thread_lock_deinit(&members_chain_lock);
    return 0;
}

static void start_all(void)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        members_start(i);
    }
}

static void all_become_current(void)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_true(members_becomes_current(i, 120000));
    }
}

static uint64_t anchored(void)
{
    thread_lock_take(&members_chain_lock);
    uint64_t height = members_anchor.height;
    thread_lock_give(&members_chain_lock);
    return height;
}

/* Until a snapshot that was begun from now on is anchored: the second one that comes. */
static void wait_for_snapshot(void)
{
    for (size_t i = 0; i < 2; i++) {
        uint64_t height = anchored();
        members_put_settled(0, "tick", i == 0 ? "a" : "b", 0);
        for (size_t j = 0; anchored() == height; j++) {
            assert_true(j < 20000);
            (void)poll(NULL, 0, 2);
        }
    }
}

static struct membership_keeping keeping(size_t i)
{
    return membership_stats(members[i].membership).keeping;
}

/* The one that begins refuses, with that code, and nothing is served. */
static void all_wait_for(enum status_code code)
{
    for (size_t j = 0; keeping(0).state != MEMBERSHIP_REFUSES; j++) {
        assert_true(j < 20000);
        (void)poll(NULL, 0, 2);
    }
    assert_int_equal(code, keeping(0).status.code);
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_false(members_is_current(i));
        assert_false(members_has(i, "kept"));
    }
}

static void lose_and_start(void)
{
    lose_all();
    open_all();
    start_all();
}

static void have(const char *key, bool is_there)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_int_equal(is_there, members_has(i, key));
    }
}

static void what_was_anchored_comes_back(void **state)
{
    (void)state;
    start_all();
    all_become_current();
    members_put_settled(1, "kept", "v", 0);
    wait_for_snapshot();
    uint64_t height = anchored();
    lose_and_start();
    all_become_current();
    have("kept", true);
    assert_true(keeping(0).restored_height >= height);
    assert_int_equal(0, keeping(1).restored_height + keeping(2).restored_height);
    for (size_t i = 0; i < MEMBERS; i++) {
        struct cluster_origin origin = membership_stats(members[i].membership).cluster.origin;
        assert_int_equal(keeping(0).restored_height, origin.height);
    }
    members_put_settled(2, "later", "v", 0);
    wait_for_snapshot(); /* follows, in a new incarnation */
    lose_and_start();
    all_become_current();
    have("kept", true);
    have("later", true);
}

/* The storage of before is no good, until the right one is back. */
static void nothing_older_comes_back(void **state)
{
    (void)state;
    start_all();
    all_become_current();
    wait_for_snapshot();
    shell("cp -a $NOW $OLD");
    members_put_settled(1, "kept", "v", 0);
    wait_for_snapshot();
    lose_all();
    shell("mv $NOW $NOW.new && mv $OLD $NOW && mv $NOW.new $OLD");
    open_all();
    start_all();
    all_wait_for(STATUS_SNAPSHOT_OLD);
    shell("cp -a $OLD/. $NOW");
    all_become_current();
    have("kept", true);
}

static void without_storage_nothing_comes_back(void **state)
{
    (void)state;
    start_all();
    all_become_current();
    members_put_settled(1, "kept", "v", 0);
    wait_for_snapshot();
    shell("mv $NOW $OLD; mkdir $NOW");
    lose_and_start();
    all_wait_for(STATUS_SNAPSHOT_OLD);
    char path[sizeof members_folder];
    memcpy(path, members_folder, sizeof path);
    members_folder[0] = '\0'; /* and where none is named */
    lose_and_start();
    all_wait_for(STATUS_SNAPSHOT_STORAGE);
    memcpy(members_folder, path, sizeof path);
}

/* What is half there is not served, not by those either who ask the one that restores. */
static void half_a_snapshot_is_none(void **state)
{
    (void)state;
    start_all();
    all_become_current();
    members_put_settled(1, "kept", "v", 0);
    members_put_settled(1, "other", "v", 0);
    wait_for_snapshot();
    lose_all();
    shell("mkdir $OLD; mv $(ls -t $NOW/p* | head -n 1) $OLD");
    open_all();
    start_all();
    all_wait_for(STATUS_BLOB_ABSENT);
    shell("mv $OLD/p* $NOW");
    all_become_current();
    have("kept", true);
    have("other", true);
}

/* Operators may name another one, for as long as the one that they know of is anchored. */
static void operators_may_name_one(void **state)
{
    (void)state;
    start_all();
    all_become_current();
    members_put_settled(1, "kept", "v", 0);
    wait_for_snapshot();
    thread_lock_take(&members_chain_lock);
    struct registry_anchor named = members_anchor;
    members_anchor.height += 5; /* which nobody has */
    members_anchor.header[0] ^= 1;
    struct registry_anchor spoilt = members_anchor;
    thread_lock_give(&members_chain_lock);
    for (size_t wrong = 0; wrong < 2; wrong++) {
        lose_all();
        thread_lock_take(&members_chain_lock);
        members_anchor = spoilt;
        thread_lock_give(&members_chain_lock);
        open_all();
        for (size_t i = 0; i < MEMBERS; i++) {
            struct membership_snapshots *parts = &members[i].ports.snapshots;
            parts->ordered.height = named.height;
            memcpy(parts->ordered.digest, named.header, sizeof parts->ordered.digest);
            memcpy(parts->ordered_for, spoilt.header, sizeof parts->ordered_for);
            parts->ordered_for[31] ^= (uint8_t)(1 - wrong);
        }
        start_all();
        if (wrong == 0) {
            all_wait_for(STATUS_SNAPSHOT_OLD);
        }
    }
    all_become_current();
    have("kept", true);
    wait_for_snapshot(); /* it goes on above the anchored one */
    assert_true(anchored() > spoilt.height);
}

/* It may lack what the others were told to keep, which the one before has. */
static void who_cannot_compare_writes_none(void **state)
{
    (void)state;
    for (size_t i = 1; i < MEMBERS; i++) {
        members[i].ports.snapshots.interval_ms = 1000000000; /* one node alone */
    }
    start_all();
    all_become_current();
    wait_for_snapshot();
    atomic_store(&members[0].is_cut, true);
    members_put_settled(1, "kept", "v", 0);
    uint64_t lost = keeping(0).failed;
    for (size_t j = 0; keeping(0).failed == lost; j++) {
        assert_true(j < 20000);
        (void)poll(NULL, 0, 2);
    }
    assert_int_equal(STATUS_NOT_CURRENT, keeping(0).status.code);
    uint64_t height = anchored();
    atomic_store(&members[0].is_cut, false);
    for (size_t j = 0; anchored() == height; j++) {
        assert_true(j < 20000);
        (void)poll(NULL, 0, 2);
    }
    assert_true(members_has(0, "kept"));
}

static void wait_for_state(enum membership_keeps state, enum status_code code)
{
    for (size_t j = 0; keeping(0).state != state || keeping(0).status.code != code; j++) {
        assert_true(j < 20000);
        (void)poll(NULL, 0, 2);
    }
}

/* The chain comes before the storage: nothing is half there yet. */
static void what_the_chain_hides_empties_nothing(void **state)
{
    (void)state;
    start_all();
    all_become_current();
    members_put_settled(0, "kept", "v", 0);
    atomic_store(&members_pending, true);
    membership_leave_to_restore(members[0].membership);
    wait_for_state(MEMBERSHIP_RESTORES, STATUS_REGISTRY_PENDING);
    bool is_kept = members_has(0, "kept");
    atomic_store(&members_pending, false);
    wait_for_state(MEMBERSHIP_KEEPS_UP, STATUS_OK);
    assert_true(is_kept);
}

/* Whether it has happened since the last question. */
static bool is_told(const char *op)
{
    const char *told;
    struct status status;
    bool is_there = false;
    while (membership_news(members[0].membership, &told, &status)) {
        is_there = is_there || strcmp(told, op) == 0;
    }
    return is_there;
}

static void restore_and_wait(uint64_t height, enum membership_keeps state, enum status_code code)
{
    thread_lock_take(&members_chain_lock);
    members_anchor.height = height;
    thread_lock_give(&members_chain_lock);
    membership_leave_to_restore(members[0].membership);
    wait_for_state(state, code);
}

/* Of the thread of snapshots alone: nothing is stored; what is anchored is not there either. */
static void what_is_refused_again_is_told_again(void **state)
{
    struct membership *membership = members[0].membership;
    (void)state;
    membership->tell = (struct membership_tell){&members[0], members_installed, members_told};
    assert_status(OK, keeper_start(&membership->keeper));
    for (size_t i = 0; i < 2; i++) {
        restore_and_wait(5, MEMBERSHIP_REFUSES, STATUS_SNAPSHOT_OLD);
        for (size_t j = 0; !is_told("snapshot.refused"); j++) {
            assert_true(j < 2000);
            (void)poll(NULL, 0, 2);
        }
        restore_and_wait(0, MEMBERSHIP_KEEPS_UP, STATUS_OK);
    }
    keeper_stop(&membership->keeper);
    membership->is_restoring = false; /* it has left no cluster */
    start_all();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_anchored_comes_back),
        TEST(nothing_older_comes_back),
        TEST(without_storage_nothing_comes_back),
        TEST(half_a_snapshot_is_none),
        TEST(operators_may_name_one),
        TEST(who_cannot_compare_writes_none),
        TEST(what_the_chain_hides_empties_nothing),
        TEST(what_is_refused_again_is_told_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
