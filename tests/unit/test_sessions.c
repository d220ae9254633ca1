/* Sessions of a node over the strict records of a node alone: statements are put as if they had
 * been committed, keys and logins are real. */
#include <stdio.h>

#include "base/limits.h"
#include "crypto/ed25519.h"
#include "digest/sha256.h"
#include "fixtures/users_world.h"
#include "sessions/sessions.h"

#define TRUST_TEXT                                                                                \
    "{\"profile\":\"dev\",\"tenants\":[{\"name\":\"default\",\"seed\":\"native\",\"derivation\":" \
    "\"v2\",\"chains\":[\"SN_MAIN\"],\"assurance\":\"proven\"}]}"

static struct users_world world;
static struct root_keyring *roots;
static struct values *values;
static struct sessions *sessions;
static const uint8_t wallet[VECTOR_CLOCK_WALLET] = {1};

/* A device of a user, and the client that shall have the session. */
static struct ed25519_key device = {{1}};
static uint8_t device_key[ED25519_PUBLIC];
static const uint8_t client_key[] = "a key of a client";
static const struct auth_client_key client = {AUTH_ED25519, {client_key, sizeof client_key}};
static uint8_t cnf[AUTH_TEXT_HASH];
static uint8_t challenge[AUTH_TEXT_CHALLENGE];
static uint8_t proof[ED25519_SIGNATURE];
static struct login login;
static struct sessions_login made;
static struct session_token token;
static uint8_t text_memory[SESSION_TOKEN_TEXT_MAX];
static struct bytes text;
static const struct session_records_by origin = {.cause = {9}};

static void open_sessions(void)
{
    const struct clock clock = {&world, users_world_monotonic, users_world_wall};
    const struct values_setup store = {.limits = kv_limits_default(),
                                       .node = wallet,
                                       .mem = &world.mem,
                                       .clock = clock,
                                       .entropy = entropy_system()};
    struct sessions_setup setup = {.mem = &world.mem,
                                   .clock = clock,
                                   .entropy = entropy_system(),
                                   .users = world.users,
                                   .strict = &world.port,
                                   .roots = roots,
                                   .boot = {7}};
    assert_status(OK, values_open(&store, &values));
    setup.values = values;
    assert_status(OK, sessions_open(&setup, &sessions));
}

static int set_up(void **state)
{
    const struct entropy entropy = entropy_system();
    const struct secret32 master = {{5}};
    union statement_body body = {0};
    (void)state;
    users_world_open(&world, TRUST_TEXT, 1000);
    assert_status(OK, root_keyring_open(users_domain(world.users), &entropy, &roots));
    assert_status(OK, root_keyring_install(roots, 0, &master));
    assert_status(OK, ed25519_public(&device, device_key));
    open_sessions();
    body.key.scheme = AUTH_ED25519;
    body.key.key = BYTES_ARRAY(device_key);
    users_world_chain(&world, STATEMENT_USER_ADD, "alice", &body);
    world.wall_ms += 10000;
    auth_text_cnf(&client, cnf);
    login = (struct login){.purpose = AUTH_LOGIN,
                           .tenant = world.tenant,
                           .user = BYTES_LITERAL("alice"),
                           .cnf_type = client.type,
                           .cnf = cnf,
                           .challenge = challenge};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sessions_close(&sessions);
    assert_null(sessions);
    sessions_close(&sessions);
    values_close(&values);
    root_keyring_close(&roots);
    users_world_close(&world);
    return 0;
}

/* Sign what the login says. */
static void sign(void)
{
    uint8_t memory[AUTH_TEXT_MAX];
    struct buf out = buf_over(memory, sizeof memory);
    const struct auth_text said = {.place = {users_domain(world.users), login.tenant},
                                   .purpose = login.purpose,
                                   .user = login.user,
                                   .cnf_type = login.cnf_type,
                                   .cnf = login.cnf,
                                   .challenge = login.challenge,
                                   .detail = login.detail};
    assert_status(OK, auth_text_put(&said, &out));
    assert_status(OK, ed25519_sign(&device, device_key, buf_bytes(&out), proof));
    login.proofs[0] =
        (struct login_proof){AUTH_ED25519, BYTES_ARRAY(device_key), BYTES_ARRAY(proof)};
    login.count = 1;
}

static struct status prove(void)
{
    return sessions_prove(sessions, &world.arena, &login, SESSION_SCOPES, &made);
}

static struct status log_in(void)
{
    struct buf out = buf_over(text_memory, sizeof text_memory);
    assert_status(OK, sessions_challenge(sessions, &login, challenge));
    sign();
    TRY(prove());
    TRY(sessions_begin(sessions, &world.arena, &made, BYTES_LITERAL("192.0.2.1"), &origin));
    token = made.token;
    assert_status(OK, sessions_put_token(sessions, &token, &out));
    text = buf_bytes(&out);
    return OK;
}

static struct status check(void)
{
    struct session_token read;
    struct status status = sessions_check(sessions, text, false, &read);
    if (status_is_ok(status)) {
        assert_memory_equal(&token, &read, sizeof token);
    }
    return status;
}

static struct session_records_of alice(void)
{
    return (struct session_records_of){world.tenant, BYTES_LITERAL("alice")};
}

static size_t listed(void)
{
    const struct session_records_of of = alice();
    struct session_record *found;
    size_t count;
    assert_status(
        OK, session_records_list(sessions_records(sessions), &world.arena, &of, &found, &count));
    return count;
}

static void settle(struct status status, const size_t *wait)
{
    assert_status(OK, status);
    assert_int_equal(STRICT_HELD, world.port.outcome(world.port.context, *wait, NULL));
}

static void who_logs_in_has_a_session(void **state)
{
    (void)state;
    assert_status(OK, log_in());
    assert_status(OK, check());
    assert_int_equal(1, listed());
    assert_int_equal(4, token.assurance);
    assert_int_equal(1 << (AUTH_ED25519 - 1), token.factors);
    assert_int_equal(7, token.issuer[0]);
    /* The same login again is the same session. */
    assert_status(OK, prove());
    assert_memory_equal(token.sid, made.token.sid, sizeof token.sid);
    assert_status(OK, sessions_begin(sessions, &world.arena, &made, BYTES_LITERAL(""), &origin));
    assert_int_equal(1, listed());
}

static void a_stranger_has_none(void **state)
{
    (void)state;
    login.user = BYTES_LITERAL("bob");
    assert_status(AUTH_FAILED, log_in());
    login.user = BYTES_LITERAL("alice");
    device.seed[0] = 2;
    assert_status(OK, ed25519_public(&device, device_key));
    assert_status(AUTH_FAILED, log_in());
    device.seed[0] = 1;
    assert_status(OK, ed25519_public(&device, device_key));
    assert_status(OK, log_in());
}

static void another_tenant_is_none(void **state)
{
    uint8_t other[AUTH_TEXT_HASH] = {1};
    (void)state;
    login.tenant = other;
    assert_status(AUTH_FAILED, log_in());
}

static void one_session_is_revoked(void **state)
{
    const struct session_records_of of = alice();
    size_t wait;
    (void)state;
    assert_status(OK, log_in());
    const struct session_token first = token;
    settle(sessions_revoke(sessions, &of, token.sid, 0, &wait), &wait);
    assert_status(SESSION_REVOKED, check());
    /* It does not come back by the login that made it. */
    assert_status(SESSION_REVOKED, prove());
    world.wall_ms += 100;
    assert_status(OK, log_in());
    assert_memory_not_equal(first.sid, token.sid, sizeof token.sid);
    assert_status(OK, check());
}

static void revoking_one_leaves_others(void **state)
{
    const struct session_records_of of = alice();
    uint8_t sid[AUTH_TEXT_ID] = {1};
    size_t wait;
    (void)state;
    assert_status(OK, log_in());
    settle(sessions_revoke(sessions, &of, sid, 0, &wait), &wait);
    assert_status(OK, check());
    const struct session_records_of other = {world.tenant, BYTES_LITERAL("bob")};
    settle(sessions_revoke(sessions, &other, token.sid, 0, &wait), &wait);
    settle(sessions_revoke_all(sessions, &other, 0, &wait), &wait);
    assert_status(OK, check());
}

static void all_sessions_are_revoked_together(void **state)
{
    const struct session_records_of of = alice();
    size_t wait;
    (void)state;
    assert_status(OK, log_in());
    settle(sessions_revoke_all(sessions, &of, 0, &wait), &wait);
    assert_status(SESSION_REVOKED, check());
    /* What was asked for before is no later session. */
    assert_status(CHALLENGE_STALE, prove());
    assert_status(CHALLENGE_STALE, log_in());
    world.wall_ms += 50;
    assert_status(CHALLENGE_STALE, log_in());
    world.wall_ms += 1;
    assert_status(OK, log_in());
    assert_status(OK, check());
    settle(sessions_revoke_all(sessions, &of, 0, &wait), &wait);
    assert_status(SESSION_REVOKED, check());
}

static void sessions_that_are_made_up_are_revoked_a_few_times(void **state)
{
    const struct session_records_of of = alice();
    const struct session_records_of other = {world.tenant, BYTES_LITERAL("bob")};
    (void)state;
    for (unsigned i = 0; i < LIMIT_REVOKE_USER_BURST; i++) {
        assert_int_equal(0, sessions_limit_revoke(sessions, &of));
    }
    assert_int_not_equal(0, sessions_limit_revoke(sessions, &of));
    assert_int_equal(0, sessions_limit_revoke(sessions, &other));
    world.now_ms += 1000 * LIMIT_REVOKE_USER_EVERY;
    assert_int_equal(0, sessions_limit_revoke(sessions, &of));
    assert_int_not_equal(0, sessions_limit_revoke(sessions, &of));
}

static void a_revoked_key_ends_its_sessions(void **state)
{
    uint8_t id[AUTH_TEXT_ID] = {3};
    union statement_body body = {0};
    (void)state;
    assert_status(OK, log_in());
    body.revoke = (struct statement_revoke){{id, 1}, STATEMENT_SINCE_NEVER};
    users_world_say(&world, STATEMENT_USER_REVOKE, "u:alice", &body);
    assert_status(SESSION_REVOKED, check());
    assert_status(CHALLENGE_STALE, prove());
    world.wall_ms += 1;
    assert_status(OK, log_in());
    assert_int_equal(1, token.auth_epoch);
    assert_status(OK, check());
    auth_text_authenticator(world.tenant, AUTH_ED25519, BYTES_ARRAY(device_key), id);
    users_world_say(&world, STATEMENT_USER_REVOKE, "u:alice", &body);
    world.wall_ms += 100;
    assert_status(AUTH_FAILED, log_in());
}

static void nobody_is_served_while_records_may_lack(void **state)
{
    struct session_token read;
    (void)state;
    assert_status(OK, log_in());
    world.is_stale = true;
    assert_status(UNAVAILABLE, check());
    assert_status(UNAVAILABLE, prove());
    proof[0] ^= 1;
    assert_status(UNAVAILABLE, prove());
    /* For whoever is asked about: names are not told apart. */
    login.user = BYTES_LITERAL("bob");
    assert_status(UNAVAILABLE, log_in());
    world.is_stale = false;
    assert_status(AUTH_FAILED, sessions_check(sessions, BYTES_LITERAL("cfs1.x"), false, &read));
}

static void another_incarnation_has_other_sessions(void **state)
{
    (void)state;
    assert_status(OK, log_in());
    world.incarnation = 200;
    assert_status(AUTH_FAILED, check());
    assert_status(AUTH_FAILED, prove());
    assert_status(OK, log_in());
    assert_status(OK, check());
}

static void a_token_is_renewed(void **state)
{
    struct session_token renewed;
    struct buf out;
    (void)state;
    assert_status(OK, log_in());
    const struct session_token first = token;
    world.wall_ms += SESSION_LIFE_MS;
    assert_status(SESSION_EXPIRED, check());
    assert_status(OK, sessions_check(sessions, text, true, &renewed));
    assert_status(OK, sessions_renew(sessions, &renewed));
    out = buf_over(text_memory, sizeof text_memory);
    assert_status(OK, sessions_put_token(sessions, &renewed, &out));
    text = buf_bytes(&out);
    token = renewed;
    assert_status(OK, check());
    assert_memory_equal(first.sid, renewed.sid, sizeof first.sid);
    assert_int_equal(first.abs_exp_ms, renewed.abs_exp_ms);
    assert_int_equal(first.exp_ms + SESSION_LIFE_MS, renewed.exp_ms);
}

static void counters_are_of_a_session(void **state)
{
    uint8_t other[AUTH_TEXT_ID] = {1};
    (void)state;
    assert_status(OK, log_in());
    assert_status(OK, sessions_count(sessions, token.sid, 1));
    assert_status(NONCE_SPENT, sessions_count(sessions, token.sid, 1));
    assert_status(OK, sessions_count(sessions, other, 1));
}

static void a_step_up_is_a_second_factor(void **state)
{
    uint8_t detail[AUTH_TEXT_HASH] = {1};
    uint8_t assurance;
    (void)state;
    assert_status(OK, log_in());
    login.purpose = AUTH_STEP_UP;
    login.detail = detail;
    assert_status(OK, sessions_challenge(sessions, &login, challenge));
    sign();
    assert_status(OK, sessions_step_up(sessions, &world.arena, &login, &token, &assurance));
    assert_int_equal(4, assurance);
    token.factors = 1 << (AUTH_P256 - 1);
    assert_status(OK, sessions_step_up(sessions, &world.arena, &login, &token, &assurance));
    assert_int_equal(5, assurance);
    detail[0]++;
    assert_status(AUTH_FAILED,
                  sessions_step_up(sessions, &world.arena, &login, &token, &assurance));
    assert_int_equal(0, assurance);
}

static void nothing_is_left_when_it_cannot_begin(void **state)
{
    struct sessions_setup setup = {.clock = {&world, users_world_monotonic, users_world_wall},
                                   .entropy = entropy_system(),
                                   .users = world.users,
                                   .strict = &world.port,
                                   .roots = roots};
    struct sessions *none = NULL;
    struct mem little;
    (void)state;
    setup.mem = &little;
    for (size_t cap = 0; cap < 12000000; cap += 1000000) {
        mem_init(&little, cap);
        struct status status = sessions_open(&setup, &none);
        assert_true(status_is_ok(status) || status.code == STATUS_NO_MEMORY);
        sessions_close(&none);
        assert_int_equal(0, mem_used(&little));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(who_logs_in_has_a_session),
        TEST(a_stranger_has_none),
        TEST(another_tenant_is_none),
        TEST(one_session_is_revoked),
        TEST(revoking_one_leaves_others),
        TEST(all_sessions_are_revoked_together),
        TEST(sessions_that_are_made_up_are_revoked_a_few_times),
        TEST(a_revoked_key_ends_its_sessions),
        TEST(nobody_is_served_while_records_may_lack),
        TEST(another_incarnation_has_other_sessions),
        TEST(a_token_is_renewed),
        TEST(counters_are_of_a_session),
        TEST(a_step_up_is_a_second_factor),
        TEST(nothing_is_left_when_it_cannot_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
