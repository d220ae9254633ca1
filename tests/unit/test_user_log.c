/* Lives of a user, step by step. Key 0 cannot be (it ends a string); users have keys from 1. */
#include "fixtures/statement_world.h"

static struct world world;

static int set_up(void **state)
{
    (void)state;
    const struct arena arena = world.arena;
    world = (struct world){.arena = arena, .scope = "u:alice"};
    world.now = (struct statement_now){.lo_ms = 1000000, .hi_ms = 1000100};
    arena_reset(&world.arena);
    return 0;
}

static void pass(uint64_t ms)
{
    world.now.lo_ms += ms;
    world.now.hi_ms += ms;
}

/* An entry that follows another one than the last, as a copy that was apart would have it. */
static const struct statement *put_after(const struct statement *prev, unsigned added,
                                         const char *signers)
{
    const struct maker_key key = maker_key(added);
    const union statement_body body = maker_add(&key);
    struct maker maker = world_maker(&world, STATEMENT_USER_ADD, &body, signers);
    maker.prev = prev->proof_of;
    maker.seq = prev->read.text.seq + 1;
    return world_put(&world, &maker);
}

static struct status say_join(const char *signers)
{
    struct user_log log = world_log(&world);
    union statement_body body = {0};
    body.join.heads = log.heads;
    return world_say(&world, STATEMENT_USER_JOIN, &body, signers);
}

static void a_thiefs_additions_after_a_fork_do_not_count(void **state)
{
    (void)state;
    assert_status(OK, world_enrol(&world, 2));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 4, "\2\4"));
    const struct statement *last = world_last(&world);
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 5, "\2\5"));
    /* Key 4 is stolen; in another copy it adds key 6, and that one key 8. */
    const struct statement *thief = put_after(last, 6, "\4\6");
    put_after(thief, 8, "\6\x8");
    assert_true(world_log(&world).is_forked);
    assert_true(world_speaks(&world, 2) && world_speaks(&world, 4));
    assert_false(world_speaks(&world, 5) || world_speaks(&world, 6) || world_speaks(&world, 8));
    union statement_body body = {0};
    assert_status(LOG_FORKED, world_say(&world, STATEMENT_LANE_SET, &body, "\2"));
    assert_status(LOG_FORKED, world_add(&world, STATEMENT_USER_RECOVER, 9, "\x64"));
    /* The user says from where on key 4 was not theirs, and joins. */
    assert_status(STATEMENT_SIGNER, world_revoke(&world, 2, 1, "\4"));
    assert_status(OK, world_revoke(&world, 4, 3, "\2"));
    assert_status(OK, say_join("\2"));
    assert_true(world_log(&world).is_forked);
    pass(WORLD_DAY_MS + 100);
    struct user_log log = world_log(&world);
    assert_true(!log.is_forked && log.has_join && log.number == 4);
    assert_true(world_speaks(&world, 2) && world_speaks(&world, 5));
    assert_false(world_speaks(&world, 4) || world_speaks(&world, 6) || world_speaks(&world, 8));
    assert_true(log.auth_epoch == 1 && log.epoch_at_ms == 1000100);
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 7, "\5\7"));
    assert_true(world_speaks(&world, 7));
    /* What the thief still has behind his entries forks the log again, and no more. */
    put_after(thief, 10, "\6\x0a");
    assert_true(world_log(&world).is_forked);
    assert_true(world_speaks(&world, 2));
    assert_false(world_speaks(&world, 10) || world_speaks(&world, 6));
}

static void a_join_names_all_heads(void **state)
{
    (void)state;
    assert_status(OK, world_enrol(&world, 2));
    const struct statement *first = world_last(&world);
    static const uint8_t strange[2][AUTH_TEXT_HASH] = {{1}, {2}};
    union statement_body body = {0};
    body.join.heads = (struct statement_list){strange[0], 2};
    assert_status(STATEMENT_SEQ, world_say(&world, STATEMENT_USER_JOIN, &body, "\x64"));
    for (unsigned key = 4; key < 7; key++) {
        const char signers[] = {2, (char)key, 0};
        put_after(first, key, signers);
    }
    struct user_log log = world_log(&world);
    assert_int_equal(3, log.heads.count);
    body.join.heads = (struct statement_list){log.heads.items, 2};
    assert_status(STATEMENT_SEQ, world_say(&world, STATEMENT_USER_JOIN, &body, "\x64"));
    struct maker maker = world_maker(&world, STATEMENT_USER_JOIN, &body, "\x64");
    world_put(&world, &maker);
    assert_true(world_log(&world).is_forked);
    assert_status(STATEMENT_SIGNER, say_join("\4"));
    assert_status(STATEMENT_SIGNER, say_join("\x65"));
    assert_status(OK, say_join("\x64"));
    assert_false(world_log(&world).is_forked);
    assert_true(world_speaks(&world, 4) && world_speaks(&world, 5) && world_speaks(&world, 6));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 8, "\6\x8"));
    /* Another first entry: there is nothing that all have behind them. */
    const struct maker_key key = maker_key(9);
    body = maker_add(&key);
    maker = world_maker(&world, STATEMENT_USER_ADD, &body, "\x9");
    maker.seq = 1;
    maker.prev = NULL;
    world_put(&world, &maker);
    assert_true(world_log(&world).is_forked);
    assert_false(world_speaks(&world, 2) || world_speaks(&world, 9));
    assert_status(STATEMENT_SIGNER, say_join("\2"));
    assert_status(OK, say_join("\x64"));
    assert_true(world_speaks(&world, 2) && world_speaks(&world, 9) && world_speaks(&world, 8));
}

static void a_users_join_waits_and_can_be_stopped(void **state)
{
    (void)state;
    for (int how = 0; how < 5; how++) {
        set_up(NULL);
        assert_status(OK, world_enrol(&world, 2));
        assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 4, "\2\4"));
        const struct statement *last = world_last(&world);
        put_after(last, 5, "\2\5");
        put_after(last, 6, "\2\6");
        assert_status(OK, say_join("\4"));
        union statement_body veto = {0};
        memcpy(veto.veto.of, world_last(&world)->proof_of, AUTH_TEXT_HASH);
        assert_int_equal(1, world_log(&world).pending_count);
        assert_true(world_log(&world).changes_ms == 1000100 + WORLD_DAY_MS);
        if (how == 1) {
            assert_status(OK, world_revoke(&world, 4, STATEMENT_SINCE_NEVER, "\2"));
        }
        pass(WORLD_DAY_MS + 99);
        assert_true(world_log(&world).is_forked);
        pass(1);
        assert_true(world_log(&world).is_forked == (how == 1));
        if (how == 2) { /* too late: it has counted */
            assert_status(OK, world_revoke(&world, 4, STATEMENT_SINCE_NEVER, "\2"));
            assert_false(world_log(&world).is_forked);
        } else if (how == 3) { /* but what it signed can be taken back */
            assert_status(OK, world_revoke(&world, 4, 4, "\2"));
            assert_true(world_log(&world).is_forked);
        } else if (how == 4) {
            assert_status(OK, world_say(&world, STATEMENT_USER_VETO, &veto, "\2"));
            assert_true(world_log(&world).is_forked);
            assert_status(OK, say_join("\x64"));
            assert_false(world_log(&world).is_forked);
        }
    }
}

static void a_recovery_waits_and_can_be_vetoed(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        set_up(NULL);
        assert_status(OK, world_enrol(&world, 2));
        assert_status(STATEMENT_SIGNER, world_add(&world, STATEMENT_USER_RECOVER, 4, "\2"));
        assert_status(STATEMENT_SIGNER, world_add(&world, STATEMENT_USER_RECOVER, 2, "\x64"));
        assert_status(OK, world_add(&world, STATEMENT_USER_RECOVER, 4, "\x64"));
        union statement_body veto = {0};
        memcpy(veto.veto.of, world_last(&world)->proof_of, AUTH_TEXT_HASH);
        assert_int_equal(1, world_log(&world).pending_count);
        assert_true(world_log(&world).changes_ms == 1000100 + 3 * WORLD_DAY_MS);
        assert_status(STATEMENT_DELAYED, world_add(&world, STATEMENT_USER_ADD, 5, "\4\5"));
        assert_status(STATEMENT_SIGNER, world_say(&world, STATEMENT_USER_VETO, &veto, "\7"));
        assert_status(STATEMENT_DELAYED, world_say(&world, STATEMENT_USER_VETO, &veto, "\4"));
        if (how == 1) { /* by whoever stands for the user meanwhile */
            assert_status(OK, world_say(&world, STATEMENT_USER_VETO, &veto, "\2"));
        }
        pass(3 * WORLD_DAY_MS + 99);
        assert_false(world_speaks(&world, 4));
        pass(1);
        assert_true(world_speaks(&world, 4) == (how != 1));
        if (how == 2) { /* late, and it wins */
            assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 5, "\4\5"));
            assert_status(OK, world_say(&world, STATEMENT_USER_VETO, &veto, "\x64"));
            assert_false(world_speaks(&world, 4) || world_speaks(&world, 5));
        } else if (how == 3) {
            world.scopes = STATEMENT_SCOPE_ENROL;
            assert_status(STATEMENT_SIGNER, world_say(&world, STATEMENT_USER_VETO, &veto, "\xc8"));
            world.scopes = STATEMENT_SCOPE_REVOKE;
            assert_status(OK, world_say(&world, STATEMENT_USER_VETO, &veto, "\xc8"));
        }
        assert_status(STATEMENT_SIGNER, world_add(&world, STATEMENT_USER_RECOVER, 4, "\x64"));
    }
}

static void since_voids_what_followed(void **state)
{
    (void)state;
    uint8_t service[AUTH_TEXT_ID];
    assert_status(OK, world_enrol(&world, 2));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 4, "\2\4"));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 6, "\4\6"));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 8, "\6\x8"));
    union statement_body grant = {0};
    maker_id(200, grant.grant.service);
    memcpy(service, grant.grant.service, sizeof service);
    assert_status(OK, world_say(&world, STATEMENT_USER_GRANT, &grant, "\x8"));
    struct user_log log = world_log(&world);
    assert_non_null(user_log_grant(&log, service));
    /* Revoked alone, what it said stays. */
    assert_status(OK, world_revoke(&world, 4, STATEMENT_SINCE_NEVER, "\2"));
    assert_true(world_speaks(&world, 6) && world_speaks(&world, 8));
    /* From entry 4 on it said nothing. */
    assert_status(OK, world_revoke(&world, 4, 4, "\2"));
    assert_true(world_speaks(&world, 6));
    /* From entry 3 on: key 6, and what key 6 added, and what that one said. */
    assert_status(OK, world_revoke(&world, 4, 3, "\2"));
    assert_false(world_speaks(&world, 6) || world_speaks(&world, 8));
    log = world_log(&world);
    assert_null(user_log_grant(&log, service));
    assert_true(log.auth_epoch == 3 && log.number == 5);
    assert_status(STATEMENT_SIGNER, world_add(&world, STATEMENT_USER_ADD, 6, "\2\6"));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 10, "\2\x0a"));
}

static void of_two_that_differ_at_one_number_none_counts(void **state)
{
    (void)state;
    assert_status(OK, world_enrol(&world, 2));
    union statement_body body = {0};
    struct maker maker = world_maker(&world, STATEMENT_LANE_SET, &body, "\2");
    uint8_t prev[AUTH_TEXT_HASH];
    memcpy(prev, maker.prev, sizeof prev);
    maker.prev = prev;
    for (uint64_t next = 0; next < 2; next++) {
        body.lane = (struct statement_lane){.lane = 3, .next = next};
        maker.salt++;
        world_put(&world, &maker);
    }
    assert_int_equal(0, world_log(&world).lane_count);
    assert_status(OK, say_join("\x64"));
    assert_int_equal(0, world_log(&world).lane_count);
    body.lane.next = 9;
    assert_status(OK, world_say(&world, STATEMENT_LANE_SET, &body, "\2"));
    struct user_log log = world_log(&world);
    assert_true(log.lane_count == 1 && log.lanes[0]->body.lane.next == 9);
    body.lane.lane = 4;
    assert_status(OK, world_say(&world, STATEMENT_LANE_SET, &body, "\2"));
    assert_int_equal(2, world_log(&world).lane_count);
}

static void a_grant_ends_with_its_key(void **state)
{
    (void)state;
    union statement_body body = {0};
    assert_status(OK, world_enrol(&world, 2));
    maker_id(200, body.grant.service);
    assert_status(OK, world_say(&world, STATEMENT_USER_GRANT, &body, "\2"));
    assert_int_equal(1, world_log(&world).grant_count);
    assert_status(OK, world_revoke(&world, 200, STATEMENT_SINCE_NEVER, "\2"));
    assert_int_equal(0, world_log(&world).grant_count);
    assert_status(OK, world_say(&world, STATEMENT_USER_GRANT, &body, "\2"));
    assert_int_equal(0, world_log(&world).grant_count);
}

static void what_was_committed_is_presented_again(void **state)
{
    (void)state;
    assert_status(OK, world_enrol(&world, 2));
    const struct statement *first = world_last(&world);
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 4, "\2\4"));
    const struct statement *lost = world_last(&world);
    world.count--; /* a restore */
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 6, "\2\6"));
    assert_status(STATEMENT_SEQ, world_judge(&world, lost));
    world.now.is_resuming = true;
    world.behind = first->proof_of;
    assert_status(OK, world_judge(&world, lost));
    world.all[world.count++] = lost;
    world.behind = lost->proof_of; /* and what followed that */
    const struct maker_key key = maker_key(5);
    const union statement_body body = maker_add(&key);
    const struct maker maker = world_maker(&world, STATEMENT_USER_ADD, &body, "\4\5");
    assert_status(OK, world_judge(&world, maker_statement(&maker)));
    world.behind = NULL;
    assert_true(world_log(&world).is_forked);
    assert_status(LOG_FORKED, world_judge(&world, lost));
}

static void logs_have_limits(void **state)
{
    (void)state;
    assert_status(OK, world_enrol(&world, 1));
    for (unsigned key = 2; key <= USER_LOG_KEYS - 1; key++) {
        const char signers[] = {1, (char)key, 0};
        assert_status(OK, world_add(&world, STATEMENT_USER_ADD, key, signers));
    }
    assert_status(OK, world_add(&world, STATEMENT_USER_RECOVER, 50, "\x64"));
    assert_status(LIMIT_EXCEEDED, world_add(&world, STATEMENT_USER_ADD, 51, "\1\x33"));
    assert_status(LIMIT_EXCEEDED, world_add(&world, STATEMENT_USER_RECOVER, 51, "\x64"));
    assert_status(OK, world_revoke(&world, 15, STATEMENT_SINCE_NEVER, "\1"));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 51, "\1\x33"));
    union statement_body body = {0};
    body.foreign.class = BYTES_LITERAL("oz");
    for (uint8_t i = 0; i < USER_LOG_FOREIGN; i++) {
        body.foreign.address[31] = i;
        assert_status(OK, world_say(&world, STATEMENT_FOREIGN_ADD, &body, "\1"));
    }
    assert_status(OK, world_say(&world, STATEMENT_FOREIGN_ADD, &body, "\1"));
    body.foreign.address[31]++;
    assert_status(LIMIT_EXCEEDED, world_say(&world, STATEMENT_FOREIGN_ADD, &body, "\1"));
    body = (union statement_body){0};
    size_t chained = world_log(&world).chain_count;
    for (; chained < USER_LOG_CHAIN; chained++) {
        assert_status(OK, world_say(&world, STATEMENT_LANE_SET, &body, "\1"));
        arena_rewind(&world.arena, world.arena.used);
    }
    assert_status(LIMIT_EXCEEDED, world_say(&world, STATEMENT_LANE_SET, &body, "\1"));
    size_t denials = world.count - chained;
    for (; denials < USER_LOG_REVOCATIONS; denials++) {
        uint8_t id[AUTH_TEXT_ID] = {1, (uint8_t)(denials >> 8), (uint8_t)denials};
        body.revoke = (struct statement_revoke){{id, 1}, STATEMENT_SINCE_NEVER};
        struct maker maker = {.arena = &world.arena,
                              .op = STATEMENT_USER_REVOKE,
                              .scope = world.scope,
                              .body = &body,
                              .signers = (const uint8_t *)"\x64",
                              .signer_count = 1};
        world_put(&world, &maker);
    }
    assert_status(LIMIT_EXCEEDED, world_revoke(&world, 60, STATEMENT_SINCE_NEVER, "\x64"));
    assert_status(LIMIT_EXCEEDED, world_revoke(&world, 15, STATEMENT_SINCE_NEVER, "\x64"));
    assert_status(OK, world_revoke(&world, 15, 200, "\x64"));
    assert_status(OK, world_revoke(&world, 14, STATEMENT_SINCE_NEVER, "\x64"));
    body = (union statement_body){0};
    assert_status(LIMIT_EXCEEDED, world_say(&world, STATEMENT_USER_VETO, &body, "\x64"));
    memcpy(body.veto.of, world_log(&world).pending[0].statement->proof_of, AUTH_TEXT_HASH);
    assert_status(OK, world_say(&world, STATEMENT_USER_VETO, &body, "\x64"));
}

/* Joins that wait are as many as there may be; that of authority is not one of them. */
static void joins_that_wait_leave_room_for_authority(void **state)
{
    (void)state;
    assert_status(OK, world_enrol(&world, 2));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 100, "\2\x64"));
    assert_status(OK, world_revoke(&world, 100, STATEMENT_SINCE_NEVER, "\2"));
    const struct statement *last = world.all[world.count - 2];
    put_after(last, 4, "\2\4");
    put_after(last, 6, "\2\6");
    for (size_t i = 0; i < USER_LOG_PENDING; i++) {
        assert_status(OK, say_join("\2"));
    }
    assert_status(LIMIT_EXCEEDED, say_join("\2"));
    /* Whom the log has enrolled, and revoked, does not sign as authority. */
    assert_status(STATEMENT_SIGNER, say_join("\x64"));
    set_up(NULL);
    assert_status(OK, world_enrol(&world, 2));
    last = world_last(&world);
    put_after(last, 4, "\2\4");
    put_after(last, 6, "\2\6");
    for (size_t i = 0; i < USER_LOG_PENDING; i++) {
        assert_status(OK, say_join("\2"));
    }
    assert_status(OK, say_join("\x64"));
    assert_false(world_log(&world).is_forked);
}

static void statements_of_others_say_nothing_here(void **state)
{
    (void)state;
    static const uint8_t other[AUTH_TEXT_HASH] = {9};
    assert_status(OK, world_enrol(&world, 2));
    union statement_body body = {0};
    uint8_t id[AUTH_TEXT_ID];
    maker_id(2, id);
    body.revoke = (struct statement_revoke){{id, 1}, STATEMENT_SINCE_NEVER};
    for (int which = 0; which < 3; which++) {
        struct maker maker = world_maker(&world, STATEMENT_USER_REVOKE, &body, "\x64");
        maker.place = maker_place;
        if (which == 0) {
            maker.place.domain = other;
        } else if (which == 1) {
            maker.place.tenant = other;
        } else {
            maker.scope = "u:bob";
        }
        struct status status = world_judge(&world, maker_statement(&maker));
        assert_int_equal(which == 2 ? STATUS_OK : STATUS_STATEMENT_SIGNER, status.code);
        world_put(&world, &maker);
        assert_true(world_speaks(&world, 2));
        assert_int_equal(0, world_log(&world).auth_epoch);
    }
}

static int open_memory(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&world.arena, (size_t)4 << 30)) ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_thiefs_additions_after_a_fork_do_not_count, set_up),
        cmocka_unit_test_setup(a_join_names_all_heads, set_up),
        cmocka_unit_test_setup(a_users_join_waits_and_can_be_stopped, set_up),
        cmocka_unit_test_setup(a_recovery_waits_and_can_be_vetoed, set_up),
        cmocka_unit_test_setup(since_voids_what_followed, set_up),
        cmocka_unit_test_setup(of_two_that_differ_at_one_number_none_counts, set_up),
        cmocka_unit_test_setup(a_grant_ends_with_its_key, set_up),
        cmocka_unit_test_setup(what_was_committed_is_presented_again, set_up),
        cmocka_unit_test_setup(logs_have_limits, set_up),
        cmocka_unit_test_setup(joins_that_wait_leave_room_for_authority, set_up),
        cmocka_unit_test_setup(statements_of_others_say_nothing_here, set_up),
    };
    return cmocka_run_group_tests(tests, open_memory, NULL);
}
