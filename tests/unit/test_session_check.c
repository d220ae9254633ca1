/* Tokens of tests/vectors/logins.json, which another program made, and all that is wrong with
 * others. */
#include "base/ct.h"
#include "fixtures/login_world.h"

static struct login_world world;
static struct login_example example;

/* What is known of users. */
static struct session_user known;
static struct status answer;
static struct status tenant_answer;
static bool is_revoked;
static unsigned asked;

static struct status ask_tenant(void *context, const uint8_t *tenant)
{
    (void)context;
    assert_memory_equal(world.tenant, tenant, sizeof world.tenant);
    return tenant_answer;
}

static struct status ask_user(void *context, const uint8_t *tenant, struct bytes user,
                              struct session_user *ret)
{
    (void)context;
    assert_memory_equal(world.tenant, tenant, sizeof world.tenant);
    assert_bytes(BYTES_LITERAL("alice"), user);
    asked++;
    *ret = known;
    return answer;
}

static bool ask_revoked(void *context, const struct session_token *token)
{
    (void)context;
    uint8_t sid[AUTH_TEXT_ID];
    assert_status(OK, auth_text_sid_read(example.sid, sid));
    assert_memory_equal(sid, token->sid, sizeof sid);
    return is_revoked;
}

static const struct session_port port = {NULL, ask_tenant, ask_user, ask_revoked};

static struct session_judge judge;

static int set_up(void **state)
{
    (void)state;
    login_world_open(&world);
    login_world_example(&world, "p256", &example);
    known = (struct session_user){.is_known = true, .auth_epoch = 1};
    answer = OK;
    tenant_answer = OK;
    is_revoked = false;
    asked = 0;
    judge = (struct session_judge){
        &world.keys, world.domain, &port, {world.now_ms, world.now_ms}, false};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    login_world_close(&world);
    return 0;
}

static struct status check_text(struct bytes text)
{
    static const struct session_token nothing;
    struct session_token token;
    memset(&token, 0xff, sizeof token);
    struct status status = session_check(&judge, text, &token);
    if (!status_is_ok(status)) {
        assert_memory_equal(&nothing, &token, sizeof token);
    }
    return status;
}

static struct status check(void)
{
    return check_text(example.token);
}

static struct status at(uint64_t lo_ms, uint64_t hi_ms)
{
    judge.now = (struct clock_interval){lo_ms, hi_ms};
    return check();
}

static void a_byte_that_was_forged_is_seen(void **state)
{
    static uint8_t memory[SESSION_TOKEN_TEXT_MAX + 2];
    const size_t len = example.token.len;
    (void)state;
    for (size_t i = 0; i < len; i++) {
        memcpy(memory, example.token.ptr, len);
        for (unsigned bit = 0; bit < 8; bit++) {
            memory[i] = (uint8_t)(example.token.ptr[i] ^ 1u << bit);
            assert_status(AUTH_FAILED, check_text((struct bytes){memory, len}));
        }
    }
    for (size_t shorter = 0; shorter < len; shorter++) {
        assert_status(AUTH_FAILED, check_text((struct bytes){example.token.ptr, shorter}));
    }
    memcpy(memory, example.token.ptr, len);
    memory[len] = 'A';
    assert_status(AUTH_FAILED, check_text((struct bytes){memory, len + 1}));
    assert_int_equal(0, asked);
    assert_status(OK, check());
}

static void it_is_of_one_domain_and_incarnation(void **state)
{
    uint8_t other[AUTH_TEXT_HASH];
    (void)state;
    memcpy(other, world.domain, sizeof other);
    other[31] ^= 1;
    judge.domain = other;
    assert_status(AUTH_FAILED, check());
    judge.domain = world.domain;
    world.keys.incarnation[15] ^= 1;
    assert_status(AUTH_FAILED, check());
    world.keys.incarnation[15] ^= 1;
    assert_status(OK, check());
}

static void it_is_of_a_root_that_is_here(void **state)
{
    const struct entropy entropy = entropy_system();
    const struct secret32 other = {{9}};
    struct root_keyring *roots;
    (void)state;
    assert_status(OK, root_keyring_open(world.domain, &entropy, &roots));
    world.keys.roots = roots;
    assert_status(AUTH_FAILED, check());
    assert_status(OK, root_keyring_install(roots, 0, &other));
    assert_status(OK, root_keyring_install(roots, world.epoch + 1, &other));
    assert_status(AUTH_FAILED, check());
    assert_status(OK, root_keyring_install(roots, world.epoch, &other));
    assert_status(AUTH_FAILED, check());
    root_keyring_close(&roots);
    /* Of an epoch before the newest it stands until it is over. */
    world.keys.roots = world.roots;
    assert_status(OK, root_keyring_install(world.roots, world.epoch + 1, &other));
    assert_status(OK, check());
}

static void it_is_of_a_tenant_that_is_here(void **state)
{
    (void)state;
    tenant_answer = FAIL(AUTH_FAILED);
    assert_status(AUTH_FAILED, check());
    assert_int_equal(0, asked);
}

static void it_has_its_time(void **state)
{
    const uint64_t made = world.now_ms;
    (void)state;
    assert_status(SESSION_EXPIRED, at(made, made + SESSION_LIFE_MS));
    assert_status(SESSION_EXPIRED, at(made - 5001, made));
    assert_int_equal(0, asked);
    assert_status(OK, at(made - 5000, made + SESSION_LIFE_MS - 1));
    assert_status(OK, at(made + SESSION_LIFE_MS - 1, made + SESSION_LIFE_MS - 1));
}

static void it_is_renewed_for_a_while(void **state)
{
    const uint64_t made = world.now_ms;
    (void)state;
    judge.is_renewal = true;
    assert_status(OK, at(made + SESSION_LIFE_MS, made + SESSION_LIFE_MS));
    assert_status(OK, at(made, made + SESSION_IDLE_MS - 1));
    assert_status(SESSION_EXPIRED, at(made, made + SESSION_IDLE_MS));
    assert_status(SESSION_EXPIRED, at(made - 5001, made));
    judge.now = (struct clock_interval){made, made};
    is_revoked = true;
    assert_status(SESSION_REVOKED, check());
}

static void it_goes_with_the_revocations_of_its_user(void **state)
{
    (void)state;
    known.auth_epoch = 2;
    assert_status(SESSION_REVOKED, check());
    known.auth_epoch = 0;
    assert_status(BEHIND, check());
    known.auth_epoch = UINT32_MAX;
    assert_status(SESSION_REVOKED, check());
    known.auth_epoch = 1;
    known.is_known = false;
    assert_status(BEHIND, check());
    known.is_known = true;
    assert_status(OK, check());
}

static void it_can_be_revoked(void **state)
{
    (void)state;
    is_revoked = true;
    assert_status(SESSION_REVOKED, check());
}

static void nobody_acts_for_who_is_frozen_or_cannot_be_asked_about(void **state)
{
    (void)state;
    known.is_frozen = true;
    assert_status(FROZEN, check());
    known.is_frozen = false;
    answer = FAIL(UNAVAILABLE);
    assert_status(UNAVAILABLE, check());
    answer = FAIL(RESUME_REQUIRED);
    assert_status(RESUME_REQUIRED, check());
}

/* The first thing that is wrong is what is said. */
static void the_checks_have_an_order(void **state)
{
    (void)state;
    is_revoked = true;
    known.auth_epoch = 0;
    known.is_frozen = true;
    assert_status(BEHIND, check());
    known.auth_epoch = 2;
    assert_status(SESSION_REVOKED, check());
    known.auth_epoch = 0;
    judge.now.hi_ms += SESSION_LIFE_MS;
    assert_status(SESSION_EXPIRED, check());
    tenant_answer = FAIL(AUTH_FAILED);
    assert_status(AUTH_FAILED, check());
}

static void a_request_needs_the_key_of_the_session(void **state)
{
    static uint8_t other[64];
    struct session_token token;
    (void)state;
    assert_status(OK, session_check(&judge, example.token, &token));
    assert_status(OK, session_check_client(&token, &example.client));
    struct auth_client_key client = example.client;
    client.type = AUTH_PASSKEY;
    assert_status(AUTH_FAILED, session_check_client(&token, &client));
    memcpy(other, example.client.key.ptr, example.client.key.len);
    for (size_t i = 0; i < 8 * example.client.key.len; i++) {
        client = (struct auth_client_key){AUTH_P256, {other, example.client.key.len}};
        other[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_status(AUTH_FAILED, session_check_client(&token, &client));
        other[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    assert_status(OK, session_check_client(&token, &client));
    client.key.len--;
    assert_status(AUTH_FAILED, session_check_client(&token, &client));
}

static void a_bearer_has_no_key(void **state)
{
    struct session_token token;
    const struct auth_client_key none = {0, {NULL, 0}};
    (void)state;
    login_world_example(&world, "bearer", &example);
    assert_status(OK, session_check(&judge, example.token, &token));
    assert_int_equal(3, token.assurance);
    assert_status(AUTH_FAILED, session_check_client(&token, &none));
}

static void a_session_does_what_its_scope_says(void **state)
{
    struct session_token token;
    (void)state;
    assert_status(OK, session_check(&judge, example.token, &token));
    assert_int_equal(SESSION_SCOPES, token.scope);
    for (unsigned bit = 0; bit < 8; bit++) {
        bool may = bit <= 3 || bit == 5;
        assert_string_equal(may ? "OK" : "SCOPE",
                            status_name(session_check_scope(&token, 1u << bit).code));
    }
    token.scope = SESSION_SCOPE_READ;
    assert_status(SCOPE, session_check_scope(&token, SESSION_SCOPE_READ | SESSION_SCOPE_SIGN));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_byte_that_was_forged_is_seen),
        TEST(it_is_of_one_domain_and_incarnation),
        TEST(it_is_of_a_root_that_is_here),
        TEST(it_is_of_a_tenant_that_is_here),
        TEST(it_has_its_time),
        TEST(it_is_renewed_for_a_while),
        TEST(it_goes_with_the_revocations_of_its_user),
        TEST(it_can_be_revoked),
        TEST(nobody_acts_for_who_is_frozen_or_cannot_be_asked_about),
        TEST(the_checks_have_an_order),
        TEST(a_request_needs_the_key_of_the_session),
        TEST(a_bearer_has_no_key),
        TEST(a_session_does_what_its_scope_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
