#include "crypto/stark_fault.h"
#include "fixtures/service_fixture.h"
#include "fixtures/unit.h"
#include "tenant/user_account.h"

#define BOUNDS                                                                     \
    "\"resource_bounds\":{\"l1_gas\":{\"max_amount\":0,\"max_price_per_unit\":0}," \
    "\"l2_gas\":{\"max_amount\":9,\"max_price_per_unit\":9},\"l1_data_gas\":"      \
    "{\"max_amount\":9,\"max_price_per_unit\":9}}"
#define TRANSACTION(nonce)                                                          \
    "{\"type\":\"INVOKE\",\"chain_id\":\"SN_MAIN\",\"nonce\":" nonce ",\"calls\":[" \
    "{\"to\":1,\"entrypoint\":\"f\",\"calldata\":[2]}]," BOUNDS "}"
#define SIGN(user) "{\"username\":\"" user "\",\"transaction\":" TRANSACTION("1") "}"

static struct service_fixture *fixture;

static int setup(void **state)
{
    (void)state;
    fixture = service_fixture_open();
    service_fixture_clear(fixture);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stark_fault_planted = STARK_FAULT_NONE;
    service_fixture_close(fixture);
    return 0;
}

static bool body_has(const char *text)
{
    return memmem(fixture->answer.body.ptr, fixture->answer.body.len, text, strlen(text)) != NULL;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (const char *at = fixture->lines; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

#define assert_answer(name, http)                                                           \
    do {                                                                                    \
        assert_string_equal(status_name(STATUS_##name), status_name(fixture->answer.code)); \
        assert_int_equal(http, fixture->answer.http_status);                                \
    } while (0)

static void signs_and_records(void **state)
{
    (void)state;
    service_fixture_post(fixture, "/v1/starknet/sign", SIGN("alice"));
    assert_answer(OK, 200);
    assert_true(fixture->may_leave && fixture->answer.ticket != 0);
    assert_true(body_has("\"signature\":[\"0x"));
    assert_int_equal(1, count_lines("\"outcome\":\"intent\""));
    assert_int_equal(1, count_lines("\"outcome\":\"ok\""));
    assert_int_equal(0, count_lines("alice"));
}

/* With extra entropy two signatures of one hash differ; the development tenant has none, and a
 * request repeated gives the same answer. */
static void the_plain_nonce_repeats(void **state)
{
    (void)state;
    uint8_t first[8192];
    service_fixture_post(fixture, "/v1/starknet/sign", SIGN("alice"));
    size_t len = fixture->answer.body.len;
    assert_true(len < sizeof first);
    memcpy(first, fixture->answer.body.ptr, len);
    service_fixture_post(fixture, "/v1/starknet/sign", SIGN("alice"));
    bool plain = fixture->service->tenant->plain_nonce;
    bool same = bytes_equal((struct bytes){first, len}, fixture->answer.body);
    assert_int_equal(plain, same);
}

/* Nothing but the refusal leaves, and the trail has an intent without success. */
static void assert_caught(const char *user)
{
    char body[1024];
    (void)snprintf(body, sizeof body, "{\"username\":\"%s\",\"transaction\":%s}", user,
                   TRANSACTION("1"));
    service_fixture_clear(fixture);
    service_fixture_post(fixture, "/v1/starknet/sign", body);
    assert_answer(SELF_CHECK, 500);
    assert_false(body_has("signature\""));
    assert_false(body_has("0x"));
    assert_int_equal(0, count_lines("\"outcome\":\"ok\""));
    assert_int_equal(1, count_lines("\"code\":\"SELF_CHECK\""));
}

static void warm(const char *user)
{
    char body[1024];
    (void)snprintf(body, sizeof body, "{\"username\":\"%s\",\"transaction\":%s}", user,
                   TRANSACTION("7"));
    service_fixture_post(fixture, "/v1/starknet/sign", body);
    assert_answer(OK, 200);
}

static void a_fault_in_s_or_r_is_always_caught(void **state)
{
    (void)state;
    const enum stark_fault faults[] = {STARK_FAULT_S, STARK_FAULT_POINT};
    for (size_t i = 0; i < 2; i++) {
        warm("alice");
        for (int n = 0; n < 5; n++) {
            stark_fault_planted = faults[i];
            assert_caught("alice");
            stark_fault_planted = STARK_FAULT_NONE;
        }
    }
    warm("alice");
}

static void a_fault_in_the_nonce_is_caught_at_the_first_signature(void **state)
{
    (void)state;
    stark_fault_planted = STARK_FAULT_NONCE;
    assert_caught("bob");
    assert_caught("bob"); /* what failed does not count as verified */
    stark_fault_planted = STARK_FAULT_NONE;
    warm("bob");
}

static void a_fault_in_the_hash_is_caught_at_the_first_signature(void **state)
{
    (void)state;
    fixture->service->fault = SERVICE_FAULT_HASH;
    assert_caught("carol");
    assert_caught("carol");
    fixture->service->fault = SERVICE_FAULT_NONE;
    warm("carol");
}

static void a_fault_in_the_key_is_caught_at_the_first_signature(void **state)
{
    (void)state;
    fixture->service->fault = SERVICE_FAULT_DERIVATION;
    assert_caught("dave");
    fixture->service->fault = SERVICE_FAULT_NONE;
    warm("dave");
}

/* Where no full verification is due: one flipped bit, and the signature would give it away. */
static void a_fault_in_the_key_is_caught_at_every_later_signature(void **state)
{
    (void)state;
    for (int n = 0; n < 5; n++) {
        warm("ivan");
        fixture->service->fault = SERVICE_FAULT_DERIVATION;
        assert_caught("ivan");
        fixture->service->fault = SERVICE_FAULT_NONE;
    }
}

/* Between two full verifications 63 signatures may go by. */
static void full_verification_comes_back(void **state)
{
    (void)state;
    size_t caught = 0;
    warm("erin");
    fixture->service->fault = SERVICE_FAULT_HASH;
    for (int n = 0; n < 64; n++) {
        service_fixture_post(fixture, "/v1/starknet/sign", SIGN("erin"));
        caught += fixture->answer.code == STATUS_SELF_CHECK;
    }
    assert_true(caught >= 1);
    fixture->service->fault = SERVICE_FAULT_NONE;
}

static void a_wrong_address_is_not_shown(void **state)
{
    (void)state;
    const char *const paths[] = {"/v1/starknet/accounts", "/account", "/derive"};
    user_account_fault_planted = true;
    for (size_t i = 0; i < 3; i++) {
        service_fixture_post(fixture, paths[i], "{\"username\":\"frank\"}");
        assert_answer(SELF_CHECK, 500);
        assert_false(body_has("0x"));
    }
    assert_caught("frank");
    user_account_fault_planted = false;
    service_fixture_post(fixture, "/account", "{\"username\":\"frank\"}");
    assert_answer(OK, 200);
}

static void a_batch_keeps_a_caught_item_back(void **state)
{
    (void)state;
    fixture->service->fault = SERVICE_FAULT_HASH;
    service_fixture_post(fixture, "/v1/starknet/sign", "{\"items\":[" SIGN("x1") "]}");
    assert_answer(OK, 200);
    assert_true(body_has("\"error_code\":\"SELF_CHECK\""));
    assert_false(body_has("\"signature\":"));
    fixture->service->fault = SERVICE_FAULT_NONE;
}

/* The pipeline says what must be durable; without it nothing may leave. */
static void without_a_trail_nothing_may_leave(void **state)
{
    (void)state;
    const char *const bodies[] = {SIGN("alice"), "{}", "nonsense"};
    atomic_store(&fixture->fails, true);
    for (size_t i = 0; i < 2; i++) {
        service_fixture_post(fixture, "/v1/starknet/sign", bodies[i]);
        assert_true(fixture->answer.ticket != 0);
        assert_false(fixture->may_leave);
    }
    /* Then it is known, and nothing waits or is recorded any more. */
    for (size_t i = 0; i < 3; i++) {
        service_fixture_post(fixture, "/v1/starknet/sign", bodies[i]);
        assert_answer(AUDIT_UNAVAILABLE, 503);
        assert_int_equal(0, fixture->answer.ticket);
    }
    atomic_store(&fixture->fails, false);
    service_fixture_retry(fixture);
    service_fixture_post(fixture, "/v1/starknet/sign", bodies[0]);
    assert_answer(OK, 200);
    assert_true(fixture->may_leave);
    assert_int_equal(5, count_lines("\n")); /* those that were late are there too */
}

static void who_is_not_on_this_machine_is_nobody(void **state)
{
    (void)state;
    static const char head[] =
        "POST /v1/starknet/sign HTTP/1.1\r\nContent-Type: application/json\r\n";
    service_fixture_ask(fixture, head, bytes_of(SIGN("alice")), false);
    assert_answer(UNAUTHENTICATED, 401);
    assert_int_equal(1, count_lines("\"code\":\"UNAUTHENTICATED\""));
    assert_int_equal(0, count_lines("\"outcome\":\"intent\""));
    service_fixture_ask(fixture, "GET /health HTTP/1.1\r\n", bytes_of(""), false);
    assert_answer(OK, 200);
    assert_int_equal(0, fixture->answer.ticket);
}

static void a_withheld_answer_says_why(void **state)
{
    (void)state;
    struct pipeline_withheld withheld = {
        .form = ROUTES_OURS, .request_id = bytes_of("rid-1"), .version = bytes_of("0102")};
    pipeline_withhold(fixture->worker, fixture->job, FAIL(WRITE_UNSETTLED), &withheld);
    fixture->answer = fixture->job->answer;
    assert_answer(WRITE_UNSETTLED, 503);
    assert_true(body_has("\"version\":\"0102\""));
    pipeline_withhold(fixture->worker, fixture->job, FAIL(AUDIT_UNAVAILABLE), &withheld);
    fixture->answer = fixture->job->answer;
    assert_answer(AUDIT_UNAVAILABLE, 503);
    assert_false(body_has("\"version\""));
    assert_bytes(bytes_of("rid-1"), fixture->answer.request_id);
    assert_true(body_has("\"request_id\":\"rid-1\""));
    assert_int_equal(0, fixture->answer.ticket);
}

static void limits_are_counted_not_recorded(void **state)
{
    (void)state;
    const struct http1_head head = {.method = BYTES_LITERAL("POST"),
                                    .path = BYTES_LITERAL("/v1/starknet/sign")};
    const struct request request = {.head = &head};
    pipeline_refuse(fixture->worker, fixture->job, &request, FAIL(RATE_LIMITED));
    fixture->answer = fixture->job->answer;
    assert_answer(RATE_LIMITED, 429);
    assert_int_equal(0, fixture->answer.ticket);
    job_clear(fixture->job);
    pipeline_refuse(fixture->worker, fixture->job, &request, FAIL(BODY_TOO_LARGE));
    fixture->answer = fixture->job->answer;
    assert_answer(BODY_TOO_LARGE, 413);
    assert_true(fixture->answer.ticket != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(signs_and_records, setup, teardown),
        cmocka_unit_test_setup_teardown(the_plain_nonce_repeats, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fault_in_s_or_r_is_always_caught, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fault_in_the_nonce_is_caught_at_the_first_signature,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_fault_in_the_hash_is_caught_at_the_first_signature, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_fault_in_the_key_is_caught_at_every_later_signature,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_fault_in_the_key_is_caught_at_the_first_signature, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(full_verification_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_address_is_not_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(a_batch_keeps_a_caught_item_back, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_trail_nothing_may_leave, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_not_on_this_machine_is_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(a_withheld_answer_says_why, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_are_counted_not_recorded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
