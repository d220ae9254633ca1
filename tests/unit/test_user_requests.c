#include "fixtures/user_asserts.h"

static const struct user_ask account = {.target = "/v1/starknet/accounts",
                                        .body = "{\"key_index\":1}"};

static const struct user_ask service_account = {
    .target = "/v1/starknet/accounts", .body = "{\"username\":\"bob\"}", .is_service = true};

static void a_session_shows_and_signs(void **state)
{
    (void)state;
    for (unsigned key = 0; key < USER_FIXTURE_KEYS; key++) {
        struct user_ask ask = account;
        ask.key = key;
        user_ask(&ask);
        assert_answer(OK, 200);
        assert_true(fixture->is_signed);
        assert_true(body_has("\"username\":\"alice\""));
        ask.target = "/v1/starknet/sign";
        ask.body = "{\"username\":\"alice\"," USER_TRANSACTION("1") "}";
        user_ask(&ask);
        assert_answer(OK, 200);
        assert_true(fixture->is_signed);
    }
    assert_int_equal(2 * USER_FIXTURE_KEYS, world.counts);
    assert_int_equal(0, fixture->lookups);
}

/* What one key shows is what the loopback caller is shown: the tenant's. */
static void it_is_the_user_of_the_tenant(void **state)
{
    (void)state;
    char body[4096];
    user_ask(&account);
    assert_answer(OK, 200);
    struct bytes shown = fixture->service->answer.body;
    assert_true(shown.len < sizeof body);
    memcpy(body, shown.ptr, shown.len);
    service_fixture_post(fixture->service, account.target,
                         "{\"username\":\"alice\",\"key_index\":1}");
    assert_answer(OK, 200);
    const struct bytes kept = {(const uint8_t *)body, shown.len};
    assert_bytes(kept, fixture->service->answer.body);
}

/* What a passkey shows says first what is wrong with it. */
static void a_passkey_has_its_own_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *proof;
        enum status_code code;
    } rows[] = {
        {"x", STATUS_POP_MALFORMED},
        {"{}", STATUS_POP_MALFORMED},
        {"{\"cred\":\"*\"}", STATUS_POP_MALFORMED},
        {"{\"cred\":\"AAEC\"}", STATUS_WEBAUTHN_FORMAT},
        {"{\"cred\":\"AAEC\",\"client\":\"e30\",\"auth\":\"AA\",\"sig\":\"AA\"}",
         STATUS_WEBAUTHN_FORMAT},
    };
    struct user_ask ask = account;
    ask.key = USER_FIXTURE_PASSKEY;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world.keys[USER_FIXTURE_PASSKEY].proof = bytes_of(rows[i].proof);
        user_ask(&ask);
        assert_string_equal(status_name(rows[i].code), status_name(fixture->service->answer.code));
    }
    assert_int_equal(0, world.counts);
}

static void records_say_who_it_was(void **state)
{
    (void)state;
    user_ask(&account);
    assert_answer(OK, 200);
    assert_int_equal(2, count_lines("\"principal\":\"user\",\"assurance\":4,"
                                    "\"sid\":\"01020304-0506-4708-890a-000000000000\""));
    assert_int_equal(2, count_lines("\"auth\":\"eip191\",\"factors\":[\"passkey\"]"));
    assert_int_equal(0, count_lines("alice"));
    user_ask(&service_account);
    assert_answer(OK, 200);
    assert_int_equal(2, count_lines("\"auth\":\"ed25519\",\"factors\":null"));
    assert_true(count_lines("\"principal\":\"service:") >= 2);
}

static void spoil_time(struct pop_request *request)
{
    request->time_ms++;
}

/* Neither the trail nor an answer has what would let somebody else go on. */
static void nothing_that_authenticates_is_written_down(void **state)
{
    (void)state;
    struct user_ask ask = account;
    for (int i = 0; i < 2; i++) {
        user_ask(&ask);
        const char *token = strstr(fixture->head, "cfs1.");
        const char *signature = strstr(fixture->head, "Coffer-Pop-Signature: ");
        const char *key = strstr(fixture->head, "Coffer-Pop-Key: ");
        assert_true(token != NULL && signature != NULL && key != NULL);
        char part[3][21] = {{0}};
        memcpy(part[0], token + 5, 20);
        memcpy(part[1], signature + strlen("Coffer-Pop-Signature: "), 20);
        memcpy(part[2], key + strlen("Coffer-Pop-Key: "), 20);
        for (size_t j = 0; j < 3; j++) {
            assert_null(strstr(fixture->service->lines, part[j]));
            assert_false(body_has(part[j]));
        }
        ask.spoil = spoil_time;
    }
    assert_answer(POP_SIGNATURE, 403);
}

static void repeats_are_those_of_one_user(void **state)
{
    (void)state;
    struct user_ask ask = {.target = "/v1/starknet/sign",
                           .body = "{" USER_TRANSACTION("1") "}",
                           .idempotency_key = "pay-1"};
    user_ask(&ask);
    assert_answer(OK, 200);
    world.session.sid[0] ^= 1; /* he logs in again */
    ask.key = 1;
    user_ask(&ask);
    assert_answer(OK, 200);
    assert_true(fixture->is_signed);
    ask.body = "{" USER_TRANSACTION("2") "}";
    user_ask(&ask);
    assert_answer(IDEMPOTENCY_CONFLICT, 409);
    memcpy(world.session.user, "bobby", 5);
    user_ask(&ask);
    assert_answer(OK, 200);
    const struct metrics_slot *metrics = fixture->service->service->metrics;
    assert_int_equal(1, metrics_read(metrics, 1, METRICS_IDEMPOTENT_REPLAYS, 0, 0));
}

static void limit(struct rate_table **table, uint32_t burst)
{
    const struct token_bucket_rule rule = {1, burst};
    rate_table_free(&fixture->service->mem, table);
    assert_status(OK, rate_table_new(&fixture->service->mem, &rule,
                                     &fixture->service->service->setup.entropy, table));
}

static void users_services_and_tenants_pay(void **state)
{
    (void)state;
    struct service *service = fixture->service->service;
    user_ask(&account); /* the keys are met */
    user_ask(&service_account);
    memcpy(world.session.user, "bobby", 5);
    user_ask(&account);
    memcpy(world.session.user, "alice", 5);
    limit(&service->user_rates, 2);
    limit(&service->tenant_rates, 100);
    user_ask(&account);
    user_ask(&account);
    assert_answer(OK, 200);
    user_ask(&account);
    assert_answer(RATE_LIMITED, 429);
    assert_true(fixture->is_signed);
    assert_true(fixture->service->answer.retry_after.len != 0);
    memcpy(world.session.user, "bobby", 5);
    user_ask(&account);
    assert_answer(OK, 200);
    limit(&service->user_rates, 100);
    limit(&service->tenant_rates, 2);
    user_ask(&account);
    user_ask(&account);
    assert_answer(OK, 200);
    user_ask(&account);
    assert_answer(RATE_LIMITED, 429);
    limit(&service->tenant_rates, 2); /* of a service key the same table has both */
    user_ask(&service_account);
    user_ask(&service_account);
    user_ask(&service_account);
    assert_answer(RATE_LIMITED, 429);
    const struct metrics_slot *metrics = service->metrics;
    assert_int_equal(3, metrics_read(metrics, 1, METRICS_USER_LIMITED, 0, 0));
    assert_int_equal(0, metrics_read(metrics, 1, METRICS_APP_LIMITED, 0, 0));
    assert_true(metrics_read(metrics, 1, METRICS_USER_UNITS, 0, 0) > 6);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, user_setup, teardown)
    static const struct CMUnitTest tests[] = {
        CASE(a_session_shows_and_signs),
        CASE(it_is_the_user_of_the_tenant),
        CASE(a_passkey_has_its_own_refusals),
        CASE(records_say_who_it_was),
        CASE(nothing_that_authenticates_is_written_down),
        CASE(repeats_are_those_of_one_user),
        CASE(users_services_and_tenants_pay),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
