/* What bounds the statements that are tried, and those that are kept. */
#include <stdio.h>

#include "fixtures/users_signed.h"
#include "users/users_internal.h"

static struct users_world world;
static struct signed_statement statement;

#define ALICE "u:alice"
#define TWO   "\144\145" /* operators: enough */
#define ONE   "\144"

static int start(void **state)
{
    (void)state;
    users_world_open(&world, USERS_WORLD_TRUST, 4096);
    signed_operators(&world);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    users_world_close(&world);
    return 0;
}

/* Revoke the key of alice. */
static struct status revoke(const char *signers)
{
    uint8_t id[AUTH_TEXT_ID];
    union statement_body body = {0};
    signed_id(world.tenant, 1, id);
    body.revoke = (struct statement_revoke){{id, 1}, STATEMENT_SINCE_NEVER};
    const struct signed_maker maker = {
        .op = STATEMENT_USER_REVOKE, .scope = ALICE, .body = &body, .signers = signers};
    return signed_say(&world, &maker);
}

/* --- what is tried --- */

/* Say what fails, until it is refused for its rate. Returns: how often it failed. */
static int fail_until_limited(struct status (*try_it)(void), int most)
{
    int tries = 0;
    struct status status = try_it();
    while (status.code != STATUS_RATE_LIMITED && tries < most) {
        assert_int_not_equal(STATUS_OK, status.code);
        tries++;
        status = try_it();
    }
    return tries;
}

static struct status revoke_as_nobody(void)
{
    return revoke("\5");
}

static struct status revoke_with_a_bad_proof(void)
{
    const union statement_body body = {0};
    const struct signed_maker maker = {
        .op = STATEMENT_POLICY_FREEZE, .scope = "t", .body = &body, .signers = ONE};
    signed_make(&world, &maker, &statement);
    statement.sigs.proofs[0][3] ^= 1;
    return signed_commit(&world, &statement, NULL);
}

static void nobody_keeps_others_from_revoking(void **state)
{
    (void)state;
    struct status (*const fails[])(void) = {revoke_as_nobody, revoke_with_a_bad_proof};
    const int most = USERS_COMMIT_BURST / (USERS_COMMIT_FAILED + 1) + 2;
    assert_status(OK, signed_enrol(&world, "alice", 1));
    for (size_t i = 0; i < 2; i++) {
        world.address = i == 0 ? BYTES_LITERAL("192.0.2.1") : BYTES_LITERAL("2001:db8::1");
        assert_in_range(fail_until_limited(fails[i], 1000), most - 3, most);
    }
    world.address = BYTES_LITERAL("2001:db8::2");
    assert_status(RATE_LIMITED, revoke(TWO));
    world.address = BYTES_LITERAL("192.0.2.3");
    assert_status(OK, revoke(TWO));
}

static struct status revoke_in_a_tenant_made_up(void)
{
    world.tenant[5]++;
    return revoke_as_nobody();
}

static struct status revoke_from_elsewhere(void)
{
    static uint32_t number;
    static char address[20];
    number++;
    snprintf(address, sizeof address, "10.0.%u.%u", number / 256, number % 256);
    world.address = bytes_of(address);
    return revoke_in_a_tenant_made_up();
}

static void tenants_that_are_made_up_have_no_limits_of_their_own(void **state)
{
    (void)state;
    uint8_t tenant[USERS_TENANT];
    memcpy(tenant, world.tenant, sizeof tenant);
    assert_status(OK, signed_enrol(&world, "alice", 1));
    world.address = BYTES_LITERAL("192.0.2.1");
    assert_in_range(fail_until_limited(revoke_in_a_tenant_made_up, 1000), 1, 25);
    int tries = fail_until_limited(revoke_from_elsewhere, 10000);
    assert_in_range(tries, USERS_COMMIT_PROOFS_BURST - 30, USERS_COMMIT_PROOFS_BURST + 1);
    memcpy(world.tenant, tenant, sizeof tenant);
    assert_status(OK, revoke(TWO));
}

/* --- what is kept --- */

static struct status freeze(const char *scope, uint64_t version, const char *signers)
{
    const union statement_body body = {.freeze = {version}};
    const struct signed_maker maker = {
        .op = STATEMENT_POLICY_FREEZE, .scope = scope, .body = &body, .signers = signers};
    return signed_say(&world, &maker);
}

static struct status set_policy(const char *scope, uint64_t version, const char *signers)
{
    union statement_body body = {.version = {.version = version}};
    body.version.document = BYTES_LITERAL(USERS_POLICY_DEFAULT);
    const struct signed_maker maker = {
        .op = STATEMENT_POLICY_SET, .scope = scope, .body = &body, .signers = signers};
    return signed_say(&world, &maker);
}

/* Say the same in other words, again and again, as fast as one may. Returns: how often it was taken
 * before there was no more room. */
static int repeat(struct status (*say_it)(void))
{
    int taken = 0;
    struct status status = say_it();
    while (status_is_ok(status) && taken < 2000) {
        taken++;
        world.now_ms += 1000;
        status = say_it();
    }
    assert_status(LIMIT_EXCEEDED, status);
    return taken;
}

static struct status freeze_oneself(void)
{
    return freeze("o:alice", 0, "\1");
}

static void what_is_frozen_is_frozen_again_a_few_times(void **state)
{
    (void)state;
    assert_status(OK, signed_enrol(&world, "alice", 1));
    assert_int_equal(POLICY_LOG_FREEZES, repeat(freeze_oneself));
    assert_status(OK, set_policy("o:alice", 1, "\1"));
    assert_status(OK, freeze("o:alice", 1, "\1"));
    world.now_ms += 1000;
    assert_status(LIMIT_EXCEEDED, freeze("o:alice", 1, "\1"));
}

static const char *scope_of_service(uint8_t number)
{
    static char scope[AUTH_TEXT_SCOPE + 1];
    uint8_t id[AUTH_TEXT_ID];
    const struct eth_address wallet = signed_wallet(number);
    auth_text_service(world.tenant, AUTH_EIP191, BYTES_ARRAY(wallet.b), id);
    struct bytes text = users_scope_id('s', id, (uint8_t *)scope);
    scope[text.len] = 0;
    return scope;
}

static struct status add_service(uint8_t number)
{
    static struct eth_address wallet;
    wallet = signed_wallet(number);
    const union statement_body body = {.service = {.alg = AUTH_EIP191,
                                                   .key = BYTES_ARRAY(wallet.b),
                                                   .scopes = 1,
                                                   .users = {.is_all = true},
                                                   .not_before_ms = world.wall_ms,
                                                   .not_after_ms = world.wall_ms + 1000000}};
    const struct signed_maker maker = {.op = STATEMENT_SERVICE_ADD,
                                       .scope = scope_of_service(number),
                                       .body = &body,
                                       .signers = TWO};
    return signed_say(&world, &maker);
}

static struct status revoke_oneself(void)
{
    const union statement_body body = {0};
    const struct signed_maker maker = {.op = STATEMENT_SERVICE_REVOKE,
                                       .scope = scope_of_service(50),
                                       .body = &body,
                                       .signers = "\62"};
    return signed_say(&world, &maker);
}

static void a_key_that_is_revoked_is_so_a_few_times(void **state)
{
    (void)state;
    assert_status(OK, add_service(50));
    assert_int_equal(TENANT_LOG_REVOCATIONS, repeat(revoke_oneself));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nobody_keeps_others_from_revoking),
        CASE(tenants_that_are_made_up_have_no_limits_of_their_own),
        CASE(what_is_frozen_is_frozen_again_a_few_times),
        CASE(a_key_that_is_revoked_is_so_a_few_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
