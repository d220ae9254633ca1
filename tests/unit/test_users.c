/* Users and their service keys, as the strict records of a node say. */
#include <stdio.h>

#include "fixtures/users_world.h"

static struct users_world world;

static int start(void **state)
{
    (void)state;
    users_world_open(&world, USERS_WORLD_TRUST, 4096);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    users_world_close(&world);
    return 0;
}

static void freeze(const char *scope, uint64_t version)
{
    union statement_body body = {0};
    body.freeze.version = version;
    users_world_say(&world, STATEMENT_POLICY_FREEZE, scope, &body);
}

static void thaw(const char *scope, uint64_t version)
{
    union statement_body body = {0};
    body.version = (struct statement_version){version, BYTES_LITERAL(USERS_POLICY_DEFAULT)};
    users_world_say(&world, STATEMENT_POLICY_SET, scope, &body);
}

static void who_has_no_statement_is_not_known_and_costs_no_memory(void **state)
{
    (void)state;
    char name[32];
    size_t before = mem_used(&world.mem);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "made-up-%d", i);
        assert_false(users_world_state(&world, name).is_known);
    }
    assert_false(users_world_state(&world, "no name").is_known);
    assert_false(users_world_state(&world, "").is_known);
    assert_int_equal(before, mem_used(&world.mem));
    assert_int_equal(0, users_stats(world.users).states);
    assert_int_equal(0, world.gets);
}

static void a_user_is_known_by_an_entry_and_changes_by_a_revocation(void **state)
{
    (void)state;
    users_world_add(&world, "alice", 2);
    struct user_state alice = users_world_state(&world, "alice");
    assert_true(alice.is_known && !alice.is_forked && !alice.is_frozen);
    assert_int_equal(0, alice.auth_epoch);
    assert_false(users_world_state(&world, "bob").is_known);
    assert_false(users_world_state(&world, "alic").is_known);
    world.wall_ms += 5000;
    users_world_revoke(&world, "alice", 2);
    alice = users_world_state(&world, "alice");
    assert_int_equal(1, alice.auth_epoch);
    assert_int_equal(world.wall_ms, alice.epoch_at_ms);
    struct user_log log;
    assert_status(OK,
                  users_log(world.users, &world.arena, world.tenant, BYTES_LITERAL("alice"), &log));
    assert_int_equal(0, log.key_count);
    assert_int_equal(1, log.auth_epoch);
}

static void what_is_known_is_not_read_again_until_something_came_or_time_passed(void **state)
{
    (void)state;
    users_world_add(&world, "alice", 2);
    users_world_state(&world, "alice");
    size_t gets = world.gets;
    for (int i = 0; i < 10; i++) {
        users_world_state(&world, "alice");
    }
    assert_int_equal(gets, world.gets);
    users_world_add(&world, "bob", 4); /* of another scope */
    gets = world.gets;
    users_world_state(&world, "alice");
    assert_int_equal(gets, world.gets);
    world.now_ms += USERS_STATE_MS;
    users_world_state(&world, "alice");
    assert_true(world.gets > gets);
}

static void a_recovery_counts_when_its_time_has_come(void **state)
{
    (void)state;
    users_world_add(&world, "alice", 2);
    const struct maker_key key = maker_key(200);
    const union statement_body body = maker_add(&key);
    users_world_chain(&world, STATEMENT_USER_RECOVER, "alice", &body);
    struct users_service service = {.all_users = true};
    bool is_granted = true;
    memcpy(service.id, key.key, sizeof service.id);
    const struct bytes alice = BYTES_LITERAL("alice");
    memcpy(service.tenant, world.tenant, sizeof service.tenant);
    assert_status(OK, users_service_may(world.users, &world.arena, &service, alice, &is_granted));
    assert_false(is_granted);
    world.wall_ms += 200 * 1000; /* delays.recovery */
    assert_status(OK, users_service_may(world.users, &world.arena, &service, alice, &is_granted));
    assert_true(is_granted);
}

static void a_freeze_of_any_layer_holds_until_a_greater_version(void **state)
{
    (void)state;
    static const char *const scopes[] = {"t", "u:alice", "o:alice"};
    users_world_add(&world, "alice", 2);
    users_world_add(&world, "bob", 4);
    for (size_t i = 0; i < 3; i++) {
        freeze(scopes[i], 0);
        assert_true(users_world_state(&world, "alice").is_frozen);
        assert_int_equal(i == 0, users_world_state(&world, "bob").is_frozen);
        thaw(scopes[i], 1);
        assert_false(users_world_state(&world, "alice").is_frozen);
        freeze(scopes[i], 0); /* presented again */
        assert_false(users_world_state(&world, "alice").is_frozen);
        freeze(scopes[i], 1);
        assert_true(users_world_state(&world, "alice").is_frozen);
        thaw(scopes[i], 2);
        assert_false(users_world_state(&world, "alice").is_frozen);
    }
    freeze("o:carol", 0); /* who is not there is frozen as well */
    assert_true(users_world_state(&world, "carol").is_frozen);
    assert_false(users_world_state(&world, "carol").is_known);
}

/* --- service keys --- */

static union statement_body service_body(unsigned number, uint64_t scopes)
{
    static struct maker_key key;
    union statement_body body = {0};
    key = maker_key(number);
    body.service = (struct statement_service){.alg = key.scheme,
                                              .key = {key.key, key.len},
                                              .scopes = scopes,
                                              .users.is_all = true,
                                              .not_before_ms = world.wall_ms,
                                              .not_after_ms = world.wall_ms + 1000000};
    return body;
}

static void service_scope(unsigned number, uint8_t id[static AUTH_TEXT_ID], char ret[static 40])
{
    const struct maker_key key = maker_key(number);
    auth_text_service(world.tenant, key.scheme, (struct bytes){key.key, key.len}, id);
    snprintf(ret, 40, "s:");
    for (size_t i = 0; i < AUTH_TEXT_ID; i++) {
        snprintf(ret + 2 + 2 * i, 3, "%02x", id[i]);
    }
}

static struct status ask_service(const uint8_t *id, uint64_t lo_ms, uint64_t hi_ms,
                                 struct users_service *ret)
{
    return users_service(world.users, world.tenant, id, (struct clock_interval){lo_ms, hi_ms}, ret);
}

static void a_service_key_counts_in_its_time_until_it_is_revoked(void **state)
{
    (void)state;
    struct users_service service;
    uint8_t id[AUTH_TEXT_ID];
    char scope[40];
    const uint64_t from = world.wall_ms;
    service_scope(2, id, scope);
    assert_status(AUTH_FAILED, ask_service(id, from, from, &service));
    union statement_body body = service_body(2, 5);
    users_world_say(&world, STATEMENT_SERVICE_ADD, scope, &body);
    assert_status(OK, ask_service(id, from, from + 999999, &service));
    assert_int_equal(5, service.scopes);
    assert_int_equal(33, service.key_len);
    assert_int_equal(AUTH_P256, service.alg);
    assert_true(service.all_users && !service.is_frozen);
    assert_memory_equal(id, service.id, sizeof id);
    assert_status(AUTH_FAILED, ask_service(id, from - 1, from + 10, &service));
    assert_int_equal(0, service.key_len);
    assert_status(AUTH_FAILED, ask_service(id, from, from + 1000000, &service));
    freeze(scope, 0);
    assert_status(OK, ask_service(id, from, from, &service));
    assert_true(service.is_frozen);
    thaw(scope, 1);
    freeze("t", 0);
    assert_status(OK, ask_service(id, from, from, &service));
    assert_true(service.is_frozen);
    union statement_body nothing = {0};
    users_world_say(&world, STATEMENT_SERVICE_REVOKE, scope, &nothing);
    assert_status(AUTH_FAILED, ask_service(id, from, from, &service));
}

static void a_service_key_acts_for_those_who_are_listed(void **state)
{
    (void)state;
    struct users_service service;
    uint8_t id[AUTH_TEXT_ID];
    char scope[40];
    bool is_granted;
    const struct bytes names[] = {BYTES_LITERAL("alice"), BYTES_LITERAL("carol")};
    const struct clock_interval now = {world.wall_ms, world.wall_ms + 50};
    service_scope(2, id, scope);
    union statement_body body = service_body(2, 5);
    body.service.users = (struct statement_names){names, 2, false};
    users_world_say(&world, STATEMENT_SERVICE_ADD, scope, &body);
    users_world_add(&world, "alice", 2);
    users_world_add(&world, "bob", 2);
    assert_status(OK, ask_service(id, now.lo_ms, now.hi_ms, &service));
    assert_false(service.all_users);
#define MAY(name) \
    users_service_may(world.users, &world.arena, &service, BYTES_LITERAL(name), &is_granted)
    assert_status(OK, MAY("alice"));
    assert_false(is_granted);
    assert_status(AUTH_FAILED, MAY("bob"));
    assert_status(AUTH_FAILED, MAY("carol")); /* who is not there */
    assert_status(AUTH_FAILED, MAY("no name"));
    union statement_body grant = {0};
    memcpy(grant.grant.service, id, sizeof id);
    grant.grant.not_after_ms = now.hi_ms; /* over by now, perhaps */
    users_world_chain(&world, STATEMENT_USER_GRANT, "alice", &grant);
    assert_status(OK, MAY("alice"));
    assert_false(is_granted);
    grant.grant.not_after_ms = now.hi_ms + 1;
    users_world_chain(&world, STATEMENT_USER_GRANT, "alice", &grant);
    users_world_chain(&world, STATEMENT_USER_GRANT, "bob", &grant);
    assert_status(OK, MAY("alice"));
    assert_true(is_granted);
    assert_status(AUTH_FAILED, MAY("bob")); /* a user's word does not widen the authority's */
#undef MAY
}

static void of_many_grants_none_is_forgotten(void **state)
{
    (void)state;
    struct users_service service = {.all_users = true};
    const struct clock_interval now = {world.wall_ms, world.wall_ms + 50};
    union statement_body grant = {0};
    bool is_granted;
    grant.grant.not_after_ms = now.hi_ms + 1;
    memcpy(service.tenant, world.tenant, sizeof service.tenant);
    users_world_add(&world, "alice", 2);
    for (uint8_t i = 1; i <= 9; i++) {
        memset(grant.grant.service, i, sizeof grant.grant.service);
        users_world_chain(&world, STATEMENT_USER_GRANT, "alice", &grant);
    }
    for (uint8_t i = 1; i <= 10; i++) {
        memset(service.id, i, sizeof service.id);
        assert_status(OK, users_service_may(world.users, &world.arena, &service,
                                            BYTES_LITERAL("alice"), &is_granted));
        assert_int_equal(i <= 9, is_granted);
    }
}

/* --- what is not to be believed --- */

static void nobody_is_served_where_a_revocation_may_be_missing(void **state)
{
    (void)state;
    struct user_state alice;
    struct user_log log;
    struct users_service service;
    bool is_granted;
    const struct bytes name = BYTES_LITERAL("alice");
    static const uint8_t id[AUTH_TEXT_ID];
    users_world_add(&world, "alice", 2);
    world.is_stale = true;
    assert_status(UNAVAILABLE, users_check(world.users, world.tenant));
    assert_status(UNAVAILABLE, users_state(world.users, world.tenant, name, &alice));
    assert_true(alice.is_frozen && !alice.is_known);
    assert_status(UNAVAILABLE, users_log(world.users, &world.arena, world.tenant, name, &log));
    assert_status(UNAVAILABLE, ask_service(id, 1, 2, &service));
    assert_status(UNAVAILABLE,
                  users_service_may(world.users, &world.arena, &service, name, &is_granted));
}

static void after_a_restore_the_authority_has_to_resume(void **state)
{
    (void)state;
    struct user_state alice;
    const struct bytes name = BYTES_LITERAL("alice");
    union statement_body body = {0};
    uint64_t began;
    users_world_add(&world, "alice", 2);
    world.began_ms = world.wall_ms - 1000;
    world.incarnation = 9;
    assert_status(RESUME_REQUIRED, users_check(world.users, world.tenant));
    assert_status(RESUME_REQUIRED, users_state(world.users, world.tenant, name, &alice));
    assert_true(alice.is_frozen);
    struct user_log log;
    assert_status(RESUME_REQUIRED, users_log(world.users, &world.arena, world.tenant, name, &log));
    assert_int_equal(0, log.number);
    assert_status(OK, users_log_kept(world.users, &world.arena, world.tenant, name, &log));
    assert_int_equal(1, log.number); /* to say what comes next */
    memset(body.resume.incarnation, 8, sizeof body.resume.incarnation);
    users_world_say(&world, STATEMENT_IDENTITY_RESUME, "t", &body); /* of another one */
    assert_status(RESUME_REQUIRED, users_check(world.users, world.tenant));
    assert_status(OK, world.port.incarnation(world.port.context, body.resume.incarnation, &began));
    union statement_body policy = {0};
    policy.version = (struct statement_version){1, BYTES_LITERAL(USERS_POLICY_DEFAULT)};
    const struct maker late =
        users_world_maker(&world, STATEMENT_POLICY_SET, "u:alice", &policy, "\144");
    const struct statement *lacking = maker_statement(&late);
    body.resume.policies = (struct statement_list){lacking->proof_of, 1};
    users_world_say(&world, STATEMENT_IDENTITY_RESUME, "t", &body);
    assert_status(RESUME_REQUIRED, users_check(world.users, world.tenant));
    users_world_put_as(&world, "u:alice", lacking);
    world.now_ms += USERS_STATE_MS;
    assert_status(OK, users_check(world.users, world.tenant));
    assert_status(OK, users_state(world.users, world.tenant, name, &alice));
    assert_true(alice.is_known && !alice.is_frozen);
}

static void a_record_that_is_no_statement_of_its_scope_stops_what_it_is_about(void **state)
{
    (void)state;
    struct user_state alice;
    const struct maker_key key = maker_key(2);
    const union statement_body body = maker_add(&key);
    struct maker maker = users_world_maker(&world, STATEMENT_USER_ADD, "u:bob", &body, "\2");
    maker.seq = 1;
    users_world_put_as(&world, "u:alice", maker_statement(&maker));
    assert_status(UNAVAILABLE,
                  users_state(world.users, world.tenant, BYTES_LITERAL("alice"), &alice));
    assert_true(alice.is_frozen && !alice.is_known);
    maker.scope = "u:carol";
    maker.place.tenant = maker_tenant; /* of another tenant */
    users_world_put_as(&world, "u:carol", maker_statement(&maker));
    assert_status(UNAVAILABLE,
                  users_state(world.users, world.tenant, BYTES_LITERAL("carol"), &alice));
}

static void in_another_cluster_all_is_seen_anew(void **state)
{
    (void)state;
    users_world_add(&world, "alice", 2);
    users_world_state(&world, "alice");
    assert_int_equal(1, users_stats(world.users).statements);
    world.incarnation = 7;
    users_world_add(&world, "alice", 4);
    assert_true(users_world_state(&world, "alice").is_known);
    assert_int_equal(2, users_stats(world.users).statements);
}

static void a_session_is_revoked_until_it_is_over(void **state)
{
    (void)state;
    size_t wait;
    const struct bytes name = BYTES_LITERAL("alice");
    struct users_session session = {world.tenant, name, {1, 2, 3}, world.wall_ms + 1000};
    assert_false(users_session_revoked(world.users, world.tenant, name, session.sid));
    assert_status(OK, users_session_revoke(world.users, &session, 0, &wait));
    assert_int_equal(STRICT_HELD, world.port.outcome(world.port.context, wait, NULL));
    assert_true(users_session_revoked(world.users, world.tenant, name, session.sid));
    assert_false(
        users_session_revoked(world.users, world.tenant, BYTES_LITERAL("bob"), session.sid));
    assert_false(users_session_revoked(world.users, maker_tenant, name, session.sid));
    assert_true(
        users_session_revoked(world.users, world.tenant, BYTES_LITERAL("no name"), session.sid));
    session.user = BYTES_LITERAL("no name");
    assert_status(INVALID_USERNAME, users_session_revoke(world.users, &session, 0, &wait));
    assert_int_equal(0, wait);
}

static void an_operator_has_a_key_of_a_curve(void **state)
{
    (void)state;
    struct users *users = NULL;
    world.trust.operator_count = 1;
    world.trust.operators[0] =
        (struct trust_operator){.alg = TRUST_OPERATOR_P256, .key = {2}, .key_len = 33};
    const struct users_setup setup = {.mem = &world.mem,
                                      .clock = clock_system(),
                                      .entropy = entropy_system(),
                                      .trust = &world.trust,
                                      .domain = &world.domain,
                                      .strict = &world.port};
    world.trust.operators[0].key[32] = 1;
    struct status status = users_open(&setup, &users);
    assert_int_equal(STATUS_POINT_INVALID, status.code);
    assert_null(users);
}

static void the_longest_name_has_statements(void **state)
{
    (void)state;
    char name[AUTH_TEXT_USER + 1] = {0};
    memset(name, 'n', AUTH_TEXT_USER);
    users_world_add(&world, name, 2);
    assert_true(users_world_state(&world, name).is_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
        CASE(who_has_no_statement_is_not_known_and_costs_no_memory),
        CASE(a_user_is_known_by_an_entry_and_changes_by_a_revocation),
        CASE(what_is_known_is_not_read_again_until_something_came_or_time_passed),
        CASE(a_recovery_counts_when_its_time_has_come),
        CASE(a_freeze_of_any_layer_holds_until_a_greater_version),
        CASE(a_service_key_counts_in_its_time_until_it_is_revoked),
        CASE(a_service_key_acts_for_those_who_are_listed),
        CASE(of_many_grants_none_is_forgotten),
        CASE(nobody_is_served_where_a_revocation_may_be_missing),
        CASE(after_a_restore_the_authority_has_to_resume),
        CASE(a_record_that_is_no_statement_of_its_scope_stops_what_it_is_about),
        CASE(in_another_cluster_all_is_seen_anew),
        CASE(a_session_is_revoked_until_it_is_over),
        CASE(an_operator_has_a_key_of_a_curve),
        CASE(the_longest_name_has_statements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
