#include "base/limits.h"
#include "fixtures/app_asserts.h"

#define BOUNDS                                                                     \
    "\"resource_bounds\":{\"l1_gas\":{\"max_amount\":0,\"max_price_per_unit\":0}," \
    "\"l2_gas\":{\"max_amount\":9,\"max_price_per_unit\":9},\"l1_data_gas\":"      \
    "{\"max_amount\":9,\"max_price_per_unit\":9}}"
#define SIGN                                                                                 \
    "{\"username\":\"alice\",\"transaction\":{\"type\":\"INVOKE\",\"chain_id\":\"SN_MAIN\"," \
    "\"nonce\":1,\"calls\":[{\"to\":1,\"entrypoint\":\"f\",\"calldata\":[2]}]," BOUNDS "}}"

/* Tokens come back at one in a second, so that a test of less than that sees what it took. */
static void limit_apps(uint32_t burst)
{
    struct service *service = fixture->service->service;
    const struct token_bucket_rule rule = {1, burst};
    rate_table_free(&fixture->service->mem, &service->app_rates);
    assert_status(OK, rate_table_new(&fixture->service->mem, &rule, &service->setup.entropy,
                                     &service->app_rates));
}

static uint64_t units_at_first; /* of what was done to set a test up */

static uint64_t units(void)
{
    const struct metrics_slot *metrics = fixture->service->service->metrics;
    return metrics_read(metrics, 1, METRICS_APP_UNITS, 0, 0) - units_at_first;
}

static uint64_t turns(void)
{
    return metrics_read(fixture->service->service->metrics, 1, METRICS_TURNS, 0, 0);
}

/* Whether the last request let others go first before anything of it was done. */
static bool was_queued(void)
{
    return fixture->service->job->work.items.is_queued;
}

static unsigned retry_after(void)
{
    struct bytes text = fixture->service->answer.retry_after;
    char copy[16] = {0};
    assert_in_range(text.len, 1, sizeof copy - 1);
    memcpy(copy, text.ptr, text.len);
    return (unsigned)strtoul(copy, NULL, 10);
}

/* A batch of so many signatures. */
static const char *batch(unsigned count)
{
    static char text[65536];
    char *at = text + sprintf(text, "{\"username\":\"alice\",\"items\":[");
    for (unsigned i = 0; i < count; i++) {
        at += sprintf(at, "%s{\"message_hash\":\"0x1\"}", i == 0 ? "" : ",");
    }
    (void)sprintf(at, "]}");
    return text;
}

static struct app_ask sign(const char *inner)
{
    return (struct app_ask){.method = "POST", .target = "/v1/starknet/sign", .inner = inner};
}

static const struct app_ask derive = {
    .method = "POST", .target = "/v1/app/keys", .inner = "{\"path\":\"a/b\"}"};

/* The keys that the tests use have signed. */
static void meet_alice(void)
{
    struct app_ask one = sign(SIGN);
    for (unsigned who = 0; who <= 2; who += 2) {
        one.who = who;
        app_fixture_ask(fixture, &one);
        assert_answer(OK, 200);
    }
    service_fixture_clear(fixture->service);
}

static int setup_met(void **state)
{
    int failed = setup(state);
    meet_alice();
    units_at_first = units();
    return failed;
}

static int teardown_met(void **state)
{
    units_at_first = 0;
    return teardown(state);
}

static void a_plain_request_is_a_unit(void **state)
{
    (void)state;
    limit_apps(100);
    app_fixture_ask(fixture, &derive);
    assert_answer(OK, 200);
    struct app_ask one = sign(SIGN);
    app_fixture_ask(fixture, &one);
    assert_answer(OK, 200);
    assert_int_equal(2, units());
    assert_false(was_queued());
}

/* Two derivations, two computations of the address and a verification, and what is signed is read
 * and hashed again: 4.5 plain signatures. */
static void a_new_user_costs_what_its_checks_do(void **state)
{
    (void)state;
    limit_apps(10000);
    struct app_ask one = sign(SIGN);
    app_fixture_ask(fixture, &one);
    assert_answer(OK, 200);
    assert_int_equal(5, units());
    app_fixture_ask(fixture, &one);
    assert_answer(OK, 200);
    assert_int_equal(5 + 1, units());
    const struct app_ask show = {
        .method = "POST", .target = "/v1/starknet/accounts", .inner = "{\"username\":\"bob\"}"};
    app_fixture_ask(fixture, &show);
    assert_answer(OK, 200);
    assert_int_equal(6 + 2, units());
    app_fixture_ask(fixture, &show);
    assert_answer(OK, 200);
    assert_int_equal(8 + 1, units());
}

#define OTHER                                                                               \
    ",\"account_class\":\"ready-0.5.0\",\"guardian\":\"0x1\",\"other_signature\":[\"0x1\"," \
    "\"0x1\"]}"

/* It is verified whether or not it is right. */
static void the_signature_of_another_key_is_charged(void **state)
{
    (void)state;
    static char one[1024];
    static char two[2100];
    limit_apps(10000);
    (void)snprintf(one, sizeof one, "%.*s%s", (int)strlen(SIGN) - 1, SIGN, OTHER);
    struct app_ask ask = sign(one);
    app_fixture_ask(fixture, &ask);
    assert_answer(SIGNATURE_INVALID, 400);
    assert_int_equal(1 + 1, units());
    (void)snprintf(two, sizeof two, "{\"items\":[%s,%s]}", one, one);
    ask.inner = two;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_int_equal(2 + 2 * 2, units());
}

/* What is long is hashed twice for its first signature. */
static void a_large_item_of_a_new_user_costs_twice_as_much(void **state)
{
    (void)state;
    static char text[8192];
    char *at = text + sprintf(text, "%.*s[2", (int)(strstr(SIGN, "[2]") - SIGN), SIGN);
    for (unsigned i = 0; i < 800; i++) {
        at += sprintf(at, ",1");
    }
    (void)sprintf(at, "%s", strstr(SIGN, "[2]") + 2);
    limit_apps(10000);
    struct app_ask large = sign(text);
    app_fixture_ask(fixture, &large);
    assert_answer(OK, 200);
    uint64_t first = units();
    app_fixture_ask(fixture, &large);
    assert_answer(OK, 200);
    uint64_t second = units() - first;
    assert_in_range(second, 38, 42);
    assert_in_range(first - second, 37 + 4, 39 + 4);
}

static void a_batch_costs_what_its_items_do(void **state)
{
    (void)state;
    limit_apps(150);
    struct app_ask many = sign(batch(100));
    app_fixture_ask(fixture, &many);
    assert_answer(OK, 200);
    uint64_t first = units();
    assert_in_range(first, 100, 100 + fixture->service->answer.body.len / LIMIT_UNIT_BYTES + 3);
    app_fixture_ask(fixture, &many); /* what is paid in part is done, and owed */
    assert_answer(OK, 200);
    assert_int_equal(2 * first, units());
    service_fixture_clear(fixture->service);
    app_fixture_ask(fixture, &many);
    assert_answer(RATE_LIMITED, 429);
    assert_true(fixture->is_signed); /* whoever knows the app says it so that it can be believed */
    assert_int_equal(0, count_lines("\n"));
    assert_in_range(retry_after(), 2 * (unsigned)first - 150 - 3, 2 * (unsigned)first - 150 + 10);
    assert_int_equal(2 * first, units());
    many.who = 2; /* and other apps have their own */
    app_fixture_ask(fixture, &many);
    assert_answer(OK, 200);
}

/* It is let through once, from rest, and paid for to the last unit. */
static void what_is_dearer_than_a_burst_is_paid_back(void **state)
{
    (void)state;
    limit_apps(20);
    struct app_ask many = sign(batch(200));
    app_fixture_ask(fixture, &many);
    assert_answer(OK, 200);
    app_fixture_ask(fixture, &derive);
    assert_answer(RATE_LIMITED, 429);
    assert_in_range(retry_after(), 170, 200 + 30);
}

/* Or whoever carried the request could have it done when the app has given it up. */
static void what_was_refused_for_its_rate_stays_refused(void **state)
{
    (void)state;
    limit_apps(20);
    struct app_ask many = sign(batch(200));
    app_fixture_ask(fixture, &many);
    assert_answer(OK, 200);
    app_fixture_make(fixture, &derive);
    app_fixture_send(fixture, &derive);
    assert_answer(RATE_LIMITED, 429);
    limit_apps(1000);
    app_fixture_send(fixture, &derive);
    assert_answer(NONCE_SPENT, 403);
    app_fixture_ask(fixture, &derive);
    assert_answer(OK, 200);
}

static void accounts_are_charged_by_their_number(void **state)
{
    (void)state;
    limit_apps(100);
    struct app_ask ask = {.method = "POST",
                          .target = "/v1/starknet/accounts",
                          .inner = "{\"username\":\"a\",\"first_index\":0,\"count\":30}"};
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_in_range(units(), 91, 95);
    ask.inner = "{\"username\":\"a\",\"first_index\":0,\"count\":0}"; /* refused for what it is */
    app_fixture_ask(fixture, &ask);
    assert_answer(INVALID_COUNT, 400);
    assert_in_range(units(), 92, 96);
}

/* Whose an address is takes all classes of each key that may be meant, unless the key is named. */
static void a_search_for_an_address_is_charged_by_classes(void **state)
{
    (void)state;
    struct app_ask ask = {.method = "POST",
                          .target = "/v1/starknet/accounts",
                          .inner = "{\"username\":\"a\",\"public_key\":\"0x1\"}"};
    limit_apps(10000);
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    uint64_t without = units();
    assert_in_range(without, 3 * LIMIT_OWNED_WINDOW, 3 * LIMIT_OWNED_WINDOW + 5);
    ask.inner = "{\"username\":\"a\",\"public_key\":\"0x1\",\"address\":\"0x1234\"}";
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_in_range(units() - without, without + 5, without + 20);
    uint64_t before = units();
    ask.inner = "{\"username\":\"a\",\"address\":\"0x1234\"}";
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_true(units() - before > 4 * without);
}

/* It is known only then whether an item has its account searched for. */
static void a_signature_for_an_unknown_address_owes_the_search(void **state)
{
    (void)state;
    static char text[1024];
    limit_apps(10000);
    struct app_ask one = sign(SIGN);
    app_fixture_ask(fixture, &one);
    assert_answer(OK, 200);
    uint64_t plain = units();
    (void)snprintf(text, sizeof text, "%.*s,\"account_address\":\"0x1234\"}", (int)strlen(SIGN) - 1,
                   SIGN);
    one.inner = text;
    app_fixture_ask(fixture, &one);
    assert_answer(ACCOUNT_MISMATCH, 403);
    assert_in_range(units() - plain, plain + 8, plain + 20);
    (void)snprintf(text, sizeof text,
                   "%.*s,\"account_class\":\"openzeppelin-1.0.0\",\"account_address\":\"0x1234\"}",
                   (int)strlen(SIGN) - 1, SIGN);
    uint64_t before = units();
    app_fixture_ask(fixture, &one);
    assert_answer(ACCOUNT_MISMATCH, 403);
    assert_int_equal(before + plain, units());
}

/* An envelope is not even opened for a body that nobody paid for. */
static void a_body_is_paid_for_before_it_is_opened(void **state)
{
    (void)state;
    static char inner[40 * LIMIT_UNIT_BYTES];
    limit_apps(60);
    memset(inner, ' ', sizeof inner - 1);
    memcpy(inner, "{\"path\":\"a\"}", 12);
    struct app_ask large = derive;
    large.inner = inner;
    large.sealer = 1 + 1;
    app_fixture_ask(fixture, &large);
    assert_answer(ENVELOPE_SENDER, 403);
    assert_true(units() >= 41);
    app_fixture_ask(fixture, &large);
    assert_answer(RATE_LIMITED, 429);
    assert_in_range(retry_after(), 10, 60);
}

/* What comes out is known when it is there: the next request waits for it. */
static void an_answer_is_owed(void **state)
{
    (void)state;
    static char put[100 * LIMIT_UNIT_BYTES];
    limit_apps(10000);
    char *at = put + sprintf(put, "{\"key\":\"k\",\"value\":\"");
    memset(at, 'A', 80 * LIMIT_UNIT_BYTES);
    (void)sprintf(at + 80 * LIMIT_UNIT_BYTES, "\"}");
    const struct app_ask write = {.method = "PUT", .target = "/v1/app/values", .inner = put};
    const struct app_ask read = {.method = "GET", .target = "/v1/app/values/k"};
    app_fixture_ask(fixture, &write);
    assert_answer(OK, 200);
    limit_apps(10);
    app_fixture_ask(fixture, &read);
    assert_answer(OK, 200);
    app_fixture_ask(fixture, &read);
    assert_answer(RATE_LIMITED, 429);
    assert_in_range(retry_after(), 60, 400);
}

/* Whoever asks for much lets others go first, before and between. */
static void what_is_dear_waits_for_its_turn(void **state)
{
    (void)state;
    struct app_ask some = sign(batch(LIMIT_TURN_UNITS - 4));
    app_fixture_ask(fixture, &some);
    assert_answer(OK, 200);
    assert_false(was_queued());
    uint64_t before = turns();
    struct app_ask many = sign(batch(LIMIT_TURN_UNITS + 4));
    app_fixture_ask(fixture, &many);
    assert_answer(OK, 200);
    assert_true(was_queued() && turns() > before);
}

/* A large body is opened in one turn and read in another. */
static void a_large_body_is_read_in_a_turn_of_its_own(void **state)
{
    (void)state;
    static char inner[2 * LIMIT_TURN_UNITS * LIMIT_UNIT_BYTES];
    memset(inner, ' ', sizeof inner - 1);
    inner[sizeof inner - 2] = '!';
    struct app_ask large = sign(inner);
    uint64_t before = turns();
    app_fixture_ask(fixture, &large);
    assert_answer(BAD_JSON, 400);
    assert_int_equal(before + 1, turns());
    inner[LIMIT_UNIT_BYTES] = 0;
    inner[LIMIT_UNIT_BYTES - 1] = '!';
    app_fixture_ask(fixture, &large);
    assert_answer(BAD_JSON, 400);
    assert_int_equal(before + 1, turns());
}

/* One search takes the time of hundreds of signatures: it goes on from turn to turn. */
static void whose_an_address_is_takes_turns(void **state)
{
    (void)state;
    static char text[256];
    struct app_ask ask = {.method = "POST",
                          .target = "/v1/starknet/accounts",
                          .inner = "{\"username\":\"a\",\"key_index\":30}"};
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    const char *at = memmem(fixture->inner.ptr, fixture->inner.len, "\"address\":\"", 11);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "{\"username\":\"a\",%.*s}",
                   (int)(strchr(at + 11, '"') + 1 - at), at);
    ask.inner = text;
    uint64_t before = turns();
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_true(inner_has("\"owned\":true,\"index\":30"));
    assert_true(turns() - before > 2 + 3);
    ask.inner = "{\"username\":\"a\",\"address\":\"0x1234\"}";
    before = turns();
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_true(inner_has("\"owned\":false}"));
    assert_true(turns() - before > 2 + 3);
}

/* Callers without an app have no bucket, but turns all the same. */
static void a_program_of_this_machine_is_not_charged(void **state)
{
    (void)state;
    limit_apps(3);
    for (unsigned i = 0; i < 3; i++) {
        service_fixture_post(fixture->service, "/v1/starknet/sign", batch(100));
        assert_answer(OK, 200);
    }
    assert_int_equal(0, units());
    assert_true(was_queued());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plain_request_is_a_unit, setup_met, teardown_met),
        cmocka_unit_test_setup_teardown(a_new_user_costs_what_its_checks_do, setup, teardown),
        cmocka_unit_test_setup_teardown(the_signature_of_another_key_is_charged, setup_met,
                                        teardown_met),
        cmocka_unit_test_setup_teardown(a_large_item_of_a_new_user_costs_twice_as_much, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_batch_costs_what_its_items_do, setup_met, teardown_met),
        cmocka_unit_test_setup_teardown(what_is_dearer_than_a_burst_is_paid_back, setup_met,
                                        teardown_met),
        cmocka_unit_test_setup_teardown(what_was_refused_for_its_rate_stays_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(accounts_are_charged_by_their_number, setup, teardown),
        cmocka_unit_test_setup_teardown(a_search_for_an_address_is_charged_by_classes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_signature_for_an_unknown_address_owes_the_search,
                                        setup_met, teardown_met),
        cmocka_unit_test_setup_teardown(a_body_is_paid_for_before_it_is_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_is_owed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_dear_waits_for_its_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(a_large_body_is_read_in_a_turn_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(whose_an_address_is_takes_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(a_program_of_this_machine_is_not_charged, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
