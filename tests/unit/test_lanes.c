/* Lanes of users at a node alone. */
#include <stdio.h>

#include "fixtures/lanes_world.h"
#include "fixtures/users_world.h"

static struct users_world world;
static struct lanes *lanes;
static uint64_t term;
static size_t put_count;
static bool moves; /* another is home, and this node again, between reading and writing */
static enum strict_outcome outcome;

static bool get(void *context, const struct strict_record *named, struct buf *ret_value)
{
    if (moves) {
        term += 5;
        moves = false;
    }
    return world.real.get(context, named, ret_value);
}

static uint64_t term_of(void *context, uint16_t slot)
{
    return world.real.term(context, slot) + term;
}

static struct status put(void *context, const struct strict_record *record, size_t worker,
                         size_t *ret_wait)
{
    struct strict_record own = *record;
    put_count++;
    assert_true(own.version.ballot.term != 0 || own.kind != STRICT_LANE);
    own.version.ballot.term -= own.kind == STRICT_LANE ? term : 0;
    return world.real.put(context, &own, worker, ret_wait);
}

static uint16_t one_slot(void *context, const uint8_t tenant[static STRICT_TENANT],
                         struct bytes scope)
{
    (void)context;
    (void)tenant;
    (void)scope;
    return 3;
}

static enum strict_outcome outcome_of(void *context, size_t wait, struct buf *answer)
{
    enum strict_outcome real = world.real.outcome(context, wait, answer);
    return outcome == STRICT_HELD ? real : outcome;
}

static int start(void **state)
{
    (void)state;
    users_world_open(&world, USERS_WORLD_TRUST, 4096);
    term = 0;
    put_count = 0;
    moves = false;
    outcome = STRICT_HELD;
    world.port.get = get;
    world.port.term = term_of;
    world.port.put = put;
    world.port.outcome = outcome_of;
    const struct lanes_setup setup = {.mem = &world.mem,
                                      .clock = {&world, users_world_monotonic, users_world_wall},
                                      .users = world.users,
                                      .strict = &world.port};
    assert_status(OK, lanes_open(&setup, &lanes));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    lanes_close(&lanes);
    lanes_close(&lanes);
    users_world_close(&world);
    return 0;
}

static struct status get_nonce(const struct lanes_ask *ask, uint64_t *ret_nonce)
{
    struct lanes_asked asked;
    lanes_start(lanes, ask, 0, &asked);
    for (int i = 0; !lanes_is_over(&asked); i++) {
        assert_true(i < 10);
        world.now_ms += LANES_HOME_MS / 4;
    }
    return lanes_end(&asked, ret_nonce);
}

static void assert_next(uint64_t expected, const char *user, uint8_t object, uint8_t key)
{
    const struct lanes_ask ask = lanes_world_ask(world.tenant, user, object, key);
    uint64_t nonce = 99;
    assert_status(OK, get_nonce(&ask, &nonce));
    assert_int_equal(expected, nonce);
}

static struct status named(const char *user, uint64_t nonce, uint8_t object, bool replaces)
{
    struct lanes_ask ask = lanes_world_ask(world.tenant, user, object, 0);
    uint64_t got;
    ask.wish.is_named = true;
    ask.wish.nonce = nonce;
    ask.wish.replaces = replaces;
    return get_nonce(&ask, &got);
}

static struct status next_fails(const char *user, uint8_t object)
{
    const struct lanes_ask ask = lanes_world_ask(world.tenant, user, object, 0);
    uint64_t nonce = 99;
    struct status status = get_nonce(&ask, &nonce);
    assert_int_equal(0, nonce);
    return status;
}

static void set_lane(const char *user, uint32_t lane, uint64_t next)
{
    union statement_body body = {0};
    body.lane = (struct statement_lane){.chain = {[31] = 5}, .lane = lane, .next = next};
    memcpy(body.lane.account, lanes_world_account, LANES_FELT);
    users_world_chain(&world, STATEMENT_LANE_SET, user, &body);
}

static void a_lane_begins_where_the_user_says(void **state)
{
    (void)state;
    users_world_add(&world, "alice", 2);
    assert_status(LANE_UNSET, next_fails("alice", 1));
    assert_status(INVALID_USERNAME, next_fails("no name", 1));
    set_lane("alice", 1, 30);
    assert_status(LANE_UNSET, next_fails("alice", 1)); /* that is another lane */
    set_lane("alice", 0, 7);
    assert_next(7, "alice", 1, 0);
    assert_next(8, "alice", 2, 0);
    assert_next(7, "alice", 1, 0);
    set_lane("alice", 0, 20);
    assert_next(20, "alice", 3, 0);
    assert_next(21, "alice", 4, 0);
    struct lanes_ask ask = lanes_world_ask(world.tenant, "alice", 5, 0);
    uint64_t nonce;
    ask.lane = 1;
    assert_status(OK, get_nonce(&ask, &nonce));
    assert_int_equal(30, nonce);
    ask.chain[0] = 1;
    assert_status(LANE_UNSET, get_nonce(&ask, &nonce));
}

static void only_lane_0_is_opened_by_a_nonce(void **state)
{
    (void)state;
    struct lanes_ask ask = lanes_world_ask(world.tenant, "alice", 1, 0);
    uint64_t nonce;
    ask.wish.is_named = true;
    ask.wish.nonce = 3;
    ask.lane = 1;
    assert_status(LANE_UNSET, get_nonce(&ask, &nonce));
    ask.lane = 0;
    assert_status(OK, get_nonce(&ask, &nonce));
    assert_next(4, "alice", 2, 0);
}

/* Whoever else says that the account is theirs has a lane of their own, even in one slot. */
static void nobody_replaces_what_another_user_was_given(void **state)
{
    (void)state;
    world.port.slot = one_slot;
    users_world_add(&world, "alice", 2);
    users_world_add(&world, "bob", 2);
    set_lane("alice", 0, 7);
    assert_next(7, "alice", 1, 9);
    assert_status(LANE_UNSET, named("bob", 7, 66, true));
    set_lane("bob", 0, 7);
    assert_next(7, "bob", 66, 9);
    assert_status(OK, named("bob", 7, 67, true));
    assert_next(7, "alice", 1, 9);
    assert_next(8, "alice", 2, 0);
}

static void looking_gives_nothing(void **state)
{
    (void)state;
    struct lanes_ask ask = lanes_world_ask(world.tenant, "alice", 1, 0);
    uint64_t nonce;
    assert_status(OK, named("alice", 7, 5, false));
    size_t before = put_count;
    ask.only_looks = true;
    for (uint8_t i = 10; i < 20; i++) {
        ask.wish.object[0] = i;
        assert_status(OK, get_nonce(&ask, &nonce));
        assert_int_equal(8, nonce);
    }
    assert_int_equal(before, put_count);
    assert_next(8, "alice", 1, 0);
}

static void what_no_majority_holds_is_not_told(void **state)
{
    (void)state;
    assert_status(OK, named("alice", 7, 5, false));
    outcome = STRICT_UNKNOWN;
    assert_status(WRITE_UNSETTLED, next_fails("alice", 1));
    outcome = STRICT_HELD;
    assert_next(9, "alice", 2, 0);
    assert_next(8, "alice", 1, 0); /* asked again */
    size_t before = put_count;
    assert_next(8, "alice", 1, 0);
    assert_int_equal(before + 1, put_count); /* and put again before it is told */
}

/* It is not written, and is asked for anew. */
static void what_was_read_under_another_term_is_not_written(void **state)
{
    (void)state;
    assert_status(OK, named("alice", 7, 5, false));
    for (uint8_t i = 0; i < 10; i++) {
        moves = true;
        assert_next(8u + i, "alice", (uint8_t)(20 + i), 0);
    }
    assert_true(put_count >= 21);
}

/* The tenant goes on in the cluster that was restored. */
static void resume(void)
{
    union statement_body body = {0};
    uint64_t began_ms;
    assert_status(OK,
                  world.port.incarnation(world.port.context, body.resume.incarnation, &began_ms));
    users_world_say(&world, STATEMENT_IDENTITY_RESUME, "t", &body);
    world.now_ms += USERS_STATE_MS;
}

/* As it was signed: to count from that time on. */
static void set_lane_from(uint64_t next, uint64_t not_before_ms)
{
    union statement_body body = {0};
    struct user_log log;
    body.lane = (struct statement_lane){.chain = {[31] = 5}, .next = next};
    memcpy(body.lane.account, lanes_world_account, LANES_FELT);
    assert_status(OK,
                  users_log(world.users, &world.arena, world.tenant, BYTES_LITERAL("alice"), &log));
    struct maker maker = users_world_maker(&world, STATEMENT_LANE_SET, "u:alice", &body, "\2");
    maker.seq = log.number + 1;
    maker.prev = log.head;
    maker.not_before_ms = not_before_ms;
    users_world_put(&world, &maker);
}

/* What was signed before it may be presented again by anybody. */
static void after_a_restore_a_lane_waits_for_the_user(void **state)
{
    (void)state;
    users_world_add(&world, "alice", 2);
    set_lane("alice", 0, 7);
    assert_next(7, "alice", 1, 0);
    assert_next(8, "alice", 2, 0);
    world.began_ms = world.wall_ms - 1000;
    world.incarnation = 9;
    assert_status(RESUME_REQUIRED, next_fails("alice", 1));
    assert_status(RESUME_REQUIRED, named("alice", 8, 2, false));
    resume();
    assert_status(LANE_UNSET, next_fails("alice", 1));
    assert_status(LANE_UNSET, named("alice", 9, 3, false));
    assert_status(LANE_UNSET, named("bob", 9, 3, false)); /* nor is a new one opened */
    set_lane_from(9, world.began_ms - 1);
    assert_status(LANE_UNSET, next_fails("alice", 3));
    set_lane_from(8, world.began_ms);
    assert_next(9, "alice", 3, 0); /* that 8 was given is still known */
    assert_next(8, "alice", 2, 0);
    world.is_stale = true;
    assert_status(UNAVAILABLE, next_fails("alice", 4));
}

static void a_user_has_so_many_lanes(void **state)
{
    (void)state;
    struct lanes_ask ask = lanes_world_ask(world.tenant, "alice", 1, 0);
    uint64_t nonce;
    ask.wish.is_named = true;
    for (uint8_t i = 0; i < LANES_OF_USER; i++) {
        ask.account[0] = i;
        assert_status(OK, get_nonce(&ask, &nonce));
    }
    ask.account[1] = 1;
    assert_status(LIMIT_EXCEEDED, get_nonce(&ask, &nonce));
    ask.account[1] = 0;
    assert_status(OK, get_nonce(&ask, &nonce));
    ask.user = BYTES_LITERAL("bob");
    assert_status(OK, get_nonce(&ask, &nonce));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lane_begins_where_the_user_says, start, stop),
        cmocka_unit_test_setup_teardown(only_lane_0_is_opened_by_a_nonce, start, stop),
        cmocka_unit_test_setup_teardown(nobody_replaces_what_another_user_was_given, start, stop),
        cmocka_unit_test_setup_teardown(looking_gives_nothing, start, stop),
        cmocka_unit_test_setup_teardown(what_no_majority_holds_is_not_told, start, stop),
        cmocka_unit_test_setup_teardown(what_was_read_under_another_term_is_not_written, start,
                                        stop),
        cmocka_unit_test_setup_teardown(after_a_restore_a_lane_waits_for_the_user, start, stop),
        cmocka_unit_test_setup_teardown(a_user_has_so_many_lanes, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
