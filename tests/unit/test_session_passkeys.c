/* Passkeys that count, over a node alone: statements, logins and step-ups of another program
 * (tests/vectors/logins.json), in the deployment and at the time that they were made for. */
#include <stdio.h>

#include "fixtures/login_world.h"
#include "fixtures/users_world.h"
#include "sessions/sessions.h"

#define TRUST_TEXT                                                                                \
    "{\"profile\":\"dev\",\"tenants\":[{\"name\":\"default\",\"seed\":\"native\",\"derivation\":" \
    "\"v2\",\"chains\":[\"SN_MAIN\"],\"assurance\":\"proven\",\"rp_id\":\"app.example\","         \
    "\"origins\":"                                                                                \
    "[\"https://app.example\"]}]}"

static struct users_world node;
static struct login_world made;
static struct values *values;
static struct sessions *sessions;
static struct login_example example;
static struct sessions_login login;
static const struct session_records_by origin = {.cause = {9}};

static void open_sessions(void)
{
    static const uint8_t wallet[VECTOR_CLOCK_WALLET] = {1};
    const struct clock clock = {&node, users_world_monotonic, users_world_wall};
    const struct values_setup store = {.limits = kv_limits_default(),
                                       .node = wallet,
                                       .mem = &node.mem,
                                       .clock = clock,
                                       .entropy = entropy_system()};
    struct sessions_setup setup = {.mem = &node.mem,
                                   .clock = clock,
                                   .entropy = entropy_system(),
                                   .users = node.users,
                                   .strict = &node.port,
                                   .roots = made.roots};
    memcpy(setup.boot, made.boot, sizeof setup.boot);
    assert_status(OK, values_open(&store, &values));
    setup.values = values;
    assert_status(OK, sessions_open(&setup, &sessions));
}

static int set_up(void **state)
{
    (void)state;
    users_world_open(&node, TRUST_TEXT, 1000);
    login_world_open(&made);
    assert_memory_equal(made.domain, users_domain(node.users), sizeof made.domain);
    assert_memory_equal(made.tenant, node.tenant, sizeof made.tenant);
    node.wall_ms = made.now_ms;
    open_sessions();
    for (size_t i = 0; i < made.count; i++) {
        users_world_put_as(&node, "u:alice", made.all[i]);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sessions_close(&sessions);
    values_close(&values);
    login_world_close(&made);
    users_world_close(&node);
    return 0;
}

static struct status log_in(const char *name)
{
    login_world_example(&made, name, &example);
    TRY(sessions_prove(sessions, &made.arena, &example.login, SESSION_SCOPES, &login));
    return sessions_begin(sessions, &made.arena, &login, BYTES_LITERAL("192.0.2.1"), &origin);
}

static struct status step_up(const char *name, uint8_t *ret_assurance)
{
    login_world_example(&made, name, &example);
    return sessions_step_up(sessions, &made.arena, &example.login, &login.token, ret_assurance);
}

/* A whole node, the clock included, makes the token that the other program made. */
static void the_tokens_are_those_of_the_other_program(void **state)
{
    static const char *const names[] = {"p256", "ed25519", "passkey", "two", "bearer"};
    uint8_t memory[SESSION_TOKEN_TEXT_MAX];
    struct session_token read;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct buf text = buf_over(memory, sizeof memory);
        assert_status(OK, log_in(names[i]));
        assert_status(OK, sessions_put_token(sessions, &login.token, &text));
        assert_bytes(example.token, buf_bytes(&text));
        assert_status(OK, sessions_check(sessions, example.token, false, &read));
        assert_memory_equal(&login.token, &read, sizeof read);
    }
}

static void a_passkey_counts_on(void **state)
{
    (void)state;
    assert_status(WEBAUTHN_COUNTER, log_in("passkey without counting"));
    assert_status(OK, log_in("passkey"));
    assert_status(WEBAUTHN_COUNTER, log_in("passkey"));
    assert_status(OK, log_in("passkey later"));
    assert_status(WEBAUTHN_COUNTER, log_in("passkey"));
    assert_status(OK, log_in("p256"));
}

/* Two requests at once: both were admitted, and one begins. */
static void of_two_with_one_count_one_begins(void **state)
{
    struct sessions_login other;
    (void)state;
    login_world_example(&made, "passkey", &example);
    assert_status(OK,
                  sessions_prove(sessions, &made.arena, &example.login, SESSION_SCOPES, &other));
    assert_status(OK, log_in("passkey"));
    assert_status(WEBAUTHN_COUNTER,
                  sessions_begin(sessions, &made.arena, &other, BYTES_LITERAL(""), &origin));
}

static void a_step_up_counts_too(void **state)
{
    uint8_t assurance;
    (void)state;
    assert_status(OK, log_in("p256"));
    assert_status(OK, step_up("step-up with a passkey", &assurance));
    assert_int_equal(5, assurance);
    assert_status(WEBAUTHN_COUNTER, step_up("step-up with a passkey", &assurance));
    assert_int_equal(0, assurance);
    assert_status(WEBAUTHN_COUNTER, log_in("passkey"));
    assert_status(OK, log_in("passkey later"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_tokens_are_those_of_the_other_program),
        TEST(a_passkey_counts_on),
        TEST(of_two_with_one_count_one_begins),
        TEST(a_step_up_counts_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
