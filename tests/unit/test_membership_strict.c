#include "fixtures/members.h"

/* Longer than anything takes that is to come; of the nodes' clocks. */
enum { PATIENCE_MS = 240000 };

static const struct strict_port *port(size_t i)
{
    return membership_strict(members[i].membership);
}

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
        membership_stop(members[i].membership);
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        members_close(i);
    }
    thread_lock_deinit(&members_chain_lock);
    return 0;
}

/* The set that a node knows, and whether it votes. */
struct seen_set {
    struct membership *membership;
    struct strict_stats stats;
};

static void stats_step(void *context, struct kv *kv)
{
    struct seen_set *seen = context;
    (void)kv;
    if (seen->membership->cluster != NULL) {
        seen->stats = strict_stats(cluster_strict(seen->membership->cluster), members_ms());
    }
}

static struct strict_stats stats_of(size_t i)
{
    struct seen_set seen = {.membership = members[i].membership};
    values_as_owner(members[i].values, stats_step, &seen);
    return seen.stats;
}

static bool is_whole(size_t i)
{
    struct strict_stats stats = stats_of(i);
    return stats.members == MEMBERS && stats.is_ready &&
           status_is_ok(port(i)->check_fresh(port(i)->context));
}

/* All vote in one set. The first has made the root: there is nobody to wait for. */
static void start_all(void)
{
    atomic_store(&members_listed, 1);
    members_start(0);
    assert_true(members_becomes_current(0, PATIENCE_MS));
    atomic_store(&members_listed, MEMBERS);
    for (size_t i = 1; i < MEMBERS; i++) {
        members_start(i);
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        uint64_t end_ms = members_ms() + PATIENCE_MS;
        while (!is_whole(i)) {
            assert_true(members_ms() < end_ms);
            (void)poll(NULL, 0, 5);
        }
    }
}

static struct strict_record record(enum strict_kind kind, const char *key, const char *value)
{
    return (struct strict_record){.slot = 7,
                                  .kind = kind,
                                  .tenant = {3},
                                  .key = bytes_of(key),
                                  .version = {.value = bytes_of(value)}};
}

static bool has(size_t i, const struct strict_record *one)
{
    uint8_t memory[64];
    struct buf value = buf_over(memory, sizeof memory);
    return port(i)->get(port(i)->context, one, &value);
}

static bool comes_to(size_t i, const struct strict_record *one)
{
    for (uint64_t end_ms = members_ms() + PATIENCE_MS; members_ms() < end_ms;) {
        if (has(i, one)) {
            return true;
        }
        (void)poll(NULL, 0, 2);
    }
    return false;
}

static enum strict_outcome outcome_of(size_t i, size_t wait, struct buf *answer)
{
    enum strict_outcome outcome = STRICT_WAITS;
    for (uint64_t end_ms = members_ms() + PATIENCE_MS;
         outcome == STRICT_WAITS && members_ms() < end_ms;) {
        outcome = port(i)->outcome(port(i)->context, wait, answer);
        (void)poll(NULL, 0, 1);
    }
    return outcome;
}

/* A busy machine takes longer than a record waits: again. */
static void put_held(size_t i, const struct strict_record *one)
{
    for (uint64_t end_ms = members_ms() + PATIENCE_MS; members_ms() < end_ms;) {
        size_t wait;
        struct status status = port(i)->put(port(i)->context, one, i, &wait);
        if (status_is_ok(status) && outcome_of(i, wait, NULL) == STRICT_HELD) {
            return;
        }
        (void)poll(NULL, 0, 2);
    }
    fail();
}

/* Until the node is the home of the slot, or knows who is. */
static enum strict_home home_of(size_t i, uint16_t slot, struct strict_member *ret)
{
    enum strict_home home = STRICT_HOME_UNKNOWN;
    for (uint64_t end_ms = members_ms() + PATIENCE_MS;
         home == STRICT_HOME_UNKNOWN && members_ms() < end_ms;) {
        home = port(i)->home(port(i)->context, slot, ret);
        (void)poll(NULL, 0, 2);
    }
    return home;
}

/* For tests that leave it as it was. */
static int set_up_all(void **state)
{
    set_up(state);
    start_all();
    return 0;
}

/* --- without a cluster ------------------------------------------------------------------------ */

static void without_a_root_there_are_no_records(void **state)
{
    (void)state;
    const struct strict_port *none = port(0);
    struct strict_record one = record(STRICT_STATEMENT, "k", "v");
    struct strict_walk walk = {.slot = 7, .limit = 1};
    struct strict_member member;
    uint8_t name[STRICT_INCARNATION];
    uint8_t memory[8];
    struct buf request = buf_over(memory, sizeof memory);
    uint64_t number = 1;
    size_t wait = 9;
    assert_status(NOT_CURRENT, none->put(none->context, &one, 0, &wait));
    assert_int_equal(0, wait);
    wait = 9;
    assert_status(UNAVAILABLE, none->forward(none->context, &(struct strict_member){{1}, {1}},
                                             BYTES_LITERAL("r"), 0, &wait));
    assert_int_equal(0, wait);
    assert_int_equal(STRICT_HOME_UNKNOWN, none->home(none->context, 7, &member));
    assert_false(has(0, &one));
    assert_false(none->walk(none->context, &walk));
    assert_status(UNAVAILABLE, none->check_fresh(none->context));
    assert_status(UNAVAILABLE, none->incarnation(none->context, name, &number));
    assert_int_equal(0, number);
    assert_false(none->request(none->context, &number, &request));
    none->reply(none->context, 1, BYTES_LITERAL("a"));
}

/* --- in one ----------------------------------------------------------------------------------- */

static void what_is_held_is_seen_by_all(void **state)
{
    (void)state;
    struct strict_record one = record(STRICT_STATEMENT, "k", "v");
    uint64_t changes = port(2)->changes(port(2)->context, one.slot);
    put_held(1, &one);
    size_t holders = 0;
    for (size_t i = 0; i < MEMBERS; i++) {
        holders += has(i, &one);
    }
    assert_true(holders >= 2);
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_true(comes_to(i, &one));
    }
    assert_true(port(2)->changes(port(2)->context, one.slot) != changes);
}

/* All are called the same, and it is not the first that began. */
static void the_incarnation_is_one(void **state)
{
    (void)state;
    const uint8_t nothing[STRICT_DIGEST] = {0};
    uint8_t expected[STRICT_INCARNATION];
    strict_incarnation(members_domain, nothing, expected);
    for (size_t i = 0; i < MEMBERS; i++) {
        uint8_t got[STRICT_INCARNATION];
        uint64_t began_ms = 1;
        assert_status(OK, port(i)->incarnation(port(i)->context, got, &began_ms));
        assert_memory_equal(expected, got, sizeof got);
        assert_int_equal(0, began_ms);
    }
}

static void who_is_not_the_home_is_refused(void **state)
{
    (void)state;
    static const uint8_t next[] = {0, 0, 0, 0, 0, 0, 0, 1};
    struct strict_member home;
    struct strict_record lane = record(STRICT_LANE, "k", "");
    size_t wait = 9;
    lane.version.value = BYTES_ARRAY(next);
    assert_int_equal(STRICT_HOME_HERE, home_of(1, lane.slot, &home));
    assert_int_equal(STRICT_HOME_THERE, home_of(2, lane.slot, &home));
    assert_memory_equal(members[1].wallet.b, home.wallet, STRICT_WALLET);
    assert_status(NOT_CURRENT, port(2)->put(port(2)->context, &lane, 0, &wait));
    assert_int_equal(0, wait);
    assert_false(has(2, &lane));
    assert_int_equal(STRICT_HOME_HERE, home_of(1, lane.slot, &home));
    put_held(1, &lane);
}

/* Requests of others are served as worker 0 does. */
static void serve_until(size_t i, const size_t *wait, struct buf *answer, enum strict_outcome *ret)
{
    *ret = STRICT_WAITS;
    for (uint64_t end_ms = members_ms() + PATIENCE_MS;
         *ret == STRICT_WAITS && members_ms() < end_ms;) {
        uint8_t memory[STRICT_REQUEST_MAX];
        struct buf request = buf_over(memory, sizeof memory);
        uint64_t id;
        while (port(i)->request(port(i)->context, &id, &request)) {
            buf_put(&request, BYTES_LITERAL(", done"));
            port(i)->reply(port(i)->context, id, buf_bytes(&request));
            request.len = 0;
        }
        *ret = port(2)->outcome(port(2)->context, *wait, answer);
        (void)poll(NULL, 0, 1);
    }
}

static void a_request_comes_to_the_home_and_its_answer_back(void **state)
{
    (void)state;
    struct strict_member home;
    assert_int_equal(STRICT_HOME_HERE, home_of(1, 7, &home));
    assert_int_equal(STRICT_HOME_THERE, home_of(2, 7, &home));
    enum strict_outcome outcome = STRICT_UNKNOWN;
    for (size_t tries = 0; outcome != STRICT_HELD && tries < 40; tries++) {
        uint8_t memory[STRICT_REQUEST_MAX];
        struct buf answer = buf_over(memory, sizeof memory);
        size_t wait;
        size_t woken = members[1].woken;
        assert_status(OK,
                      port(2)->forward(port(2)->context, &home, BYTES_LITERAL("this"), 0, &wait));
        serve_until(1, &wait, &answer, &outcome);
        if (outcome == STRICT_HELD) {
            assert_bytes(BYTES_LITERAL("this, done"), buf_bytes(&answer));
            assert_true(members[1].woken > woken);
        }
    }
    assert_int_equal(STRICT_HELD, outcome);
}

static void who_is_no_peer_is_not_asked(void **state)
{
    (void)state;
    size_t wait = 9;
    assert_status(UNAVAILABLE, port(0)->forward(port(0)->context, &(struct strict_member){{9}, {9}},
                                                BYTES_LITERAL("r"), 0, &wait));
    assert_int_equal(0, wait);
}

static void who_is_cut_off_does_not_know(void **state)
{
    (void)state;
    struct strict_record one = record(STRICT_STATEMENT, "k", "v");
    struct strict_member home = {{0}, {0}};
    size_t puts;
    size_t asks;
    uint8_t memory[8];
    struct buf answer = buf_over(memory, sizeof memory);
    start_all();
    memcpy(home.wallet, members[1].wallet.b, sizeof home.wallet);
    home.boot[0] = 2;
    atomic_store(&members[0].is_cut, true);
    size_t woken = members[0].woken;
    uint64_t start_ms = members_ms();
    assert_status(OK, port(0)->put(port(0)->context, &one, 0, &puts));
    assert_status(OK, port(0)->forward(port(0)->context, &home, BYTES_LITERAL("r"), 0, &asks));
    assert_int_equal(STRICT_WAITS, port(0)->outcome(port(0)->context, puts, NULL));
    assert_int_equal(STRICT_UNKNOWN, outcome_of(0, puts, NULL));
    assert_int_equal(STRICT_UNKNOWN, outcome_of(0, asks, &answer));
    assert_int_equal(0, answer.len);
    assert_true(members_ms() >= start_ms + STRICT_PUT_MS);
    assert_true(members[0].woken >= woken + 2);
    assert_true(has(0, &one) && !has(1, &one) && !has(2, &one));
    /* What was asked before it was cut off is good for so long. */
    while (status_is_ok(port(0)->check_fresh(port(0)->context))) {
        assert_true(members_ms() < start_ms + STRICT_FRESH_MS + PATIENCE_MS);
        (void)poll(NULL, 0, 5);
    }
    assert_true(members_ms() >= start_ms + STRICT_FRESH_MS - STRICT_PING_MS - 1000);
    assert_status(OK, port(1)->check_fresh(port(1)->context)); /* the others are not held up */
    atomic_store(&members[0].is_cut, false);
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_true(comes_to(i, &one));
    }
}

/* Of all that wait: there is room for as many again at the end. */
static void what_is_given_up_leaves_room(void **state)
{
    (void)state;
    struct strict_record one = record(STRICT_STATEMENT, "k", "v");
    size_t wait;
    size_t count = 0;
    start_all();
    atomic_store(&members[0].is_cut, true);
    while (status_is_ok(port(0)->put(port(0)->context, &one, 0, &wait))) {
        port(0)->give_up(port(0)->context, wait);
        count++;
        assert_true(count <= STRICT_PUTS_MAX);
    }
    assert_true(count > STRICT_PUTS_MAX / 2);
    assert_status(OVERLOADED, port(0)->put(port(0)->context, &one, 0, &wait));
    assert_int_equal(0, wait);
    atomic_store(&members[0].is_cut, false);
    put_held(0, &one);
    assert_int_equal(0, members[0].membership->strict.waiting);
}

static void what_waits_when_it_stops_is_unknown(void **state)
{
    (void)state;
    struct strict_record one = record(STRICT_STATEMENT, "k", "v");
    size_t waits[3];
    start_all();
    for (size_t i = 0; i < MEMBERS; i++) {
        atomic_store(&members[i].is_cut, true);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_status(OK, port(0)->put(port(0)->context, &one, 0, &waits[i]));
    }
    port(0)->give_up(port(0)->context, waits[2]);
    membership_stop(members[0].membership);
    assert_int_equal(STRICT_UNKNOWN, port(0)->outcome(port(0)->context, waits[0], NULL));
    port(0)->give_up(port(0)->context, waits[1]);
    assert_int_equal(0, members[0].membership->strict.waiting);
    for (size_t i = 0; i < STRICT_WAITS_MAX; i++) {
        assert_int_equal(WAIT_FREE, atomic_load(&members[0].membership->strict.waits[i].state));
    }
    assert_status(NOT_CURRENT, port(0)->put(port(0)->context, &one, 0, &waits[0]));
}

/* Whoever waits for a cluster that is left is told; what was read of it is out of date. */
static void what_waits_when_it_leaves_is_unknown(void **state)
{
    (void)state;
    struct strict_record one = record(STRICT_STATEMENT, "k", "v");
    size_t wait;
    start_all();
    put_held(0, &one);
    atomic_store(&members[0].is_cut, true);
    assert_status(OK, port(0)->put(port(0)->context, &one, 0, &wait));
    membership_stop(members[0].membership); /* nobody else drives it */
    uint64_t changes = port(0)->changes(port(0)->context, 900);
    membership_leave_to_restore(members[0].membership);
    assert_int_equal(STRICT_UNKNOWN, port(0)->outcome(port(0)->context, wait, NULL));
    assert_true(port(0)->changes(port(0)->context, 900) != changes);
    assert_status(UNAVAILABLE, port(0)->check_fresh(port(0)->context));
    assert_false(has(0, &one));
}

static void see(void *visitor, const struct strict_record *one)
{
    size_t *count = visitor;
    assert_int_equal(STRICT_STATEMENT, one->kind);
    (*count)++;
}

static void a_slot_is_walked_in_pieces(void **state)
{
    (void)state;
    size_t count = 0;
    struct strict_walk walk = {.slot = 8, .limit = 3, .visitor = &count, .visit = see};
    char key[2] = "a";
    struct strict_record one = record(STRICT_STATEMENT, key, "v");
    one.slot = walk.slot;
    for (size_t i = 0; i < 5; i++) {
        key[0] = (char)('a' + i);
        put_held(0, &one);
    }
    assert_true(port(0)->walk(port(0)->context, &walk));
    assert_int_equal(3, count);
    assert_false(port(0)->walk(port(0)->context, &walk));
    assert_int_equal(5, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_root_there_are_no_records, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_cut_off_does_not_know, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_given_up_leaves_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_when_it_stops_is_unknown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_when_it_leaves_is_unknown, set_up, tear_down),
    };
    const struct CMUnitTest of_one_cluster[] = {
        cmocka_unit_test(what_is_held_is_seen_by_all),
        cmocka_unit_test(the_incarnation_is_one),
        cmocka_unit_test(who_is_not_the_home_is_refused),
        cmocka_unit_test(a_request_comes_to_the_home_and_its_answer_back),
        cmocka_unit_test(who_is_no_peer_is_not_asked),
        cmocka_unit_test(a_slot_is_walked_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) +
           cmocka_run_group_tests(of_one_cluster, set_up_all, tear_down);
}
