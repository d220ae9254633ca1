/* What bounds the statements that are tried. */
#include <stdio.h>

#include "fixtures/users_signed.h"

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
        world.address = i == 0 ? BYTES_LITERAL("192.0.2.1") : BYTES_LITERAL("192.0.2.2");
        assert_in_range(fail_until_limited(fails[i], 1000), most - 3, most);
    }
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
    static uint8_t address[4];
    number++;
    memcpy(address, &number, sizeof number);
    world.address = BYTES_ARRAY(address);
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

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nobody_keeps_others_from_revoking),
        CASE(tenants_that_are_made_up_have_no_limits_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
