#include "base/limits.h"
#include "fixtures/app_asserts.h"

static bool is_body_hashed(void)
{
    static const uint8_t none[SHA256_BYTES];
    return memcmp(none, fixture->service->job->work.body_hash, sizeof none) != 0;
}

/* A body of megabytes is not hashed for what is refused anyway. */
static void what_has_no_good_nonce_and_time_is_not_hashed(void **state)
{
    (void)state;
    static const uint8_t foreign[16] = {1, 2, 3};
    for (int v1 = 1; v1 >= 0; v1--) {
        struct app_ask ask = {.method = "POST",
                              .target = v1 == 1 ? "/kms/derive" : "/v1/app/keys",
                              .inner = "{\"path\":\"p\"}",
                              .who = v1 == 1 ? 2 : 0,
                              .is_v1 = v1 == 1};
        ask.nonce = foreign;
        app_fixture_ask(fixture, &ask);
        assert_answer(NONCE_INVALID, 403);
        assert_false(is_body_hashed());
        ask.nonce = NULL;
        ask.late_ms = LIMIT_POP_V1_MS + 2000;
        app_fixture_ask(fixture, &ask);
        assert_answer(POP_STALE, 403);
        assert_false(is_body_hashed());
        ask.late_ms = 0;
        app_fixture_ask(fixture, &ask);
        assert_answer(OK, 200);
        assert_true(is_body_hashed());
    }
    struct request request = fixture->service->job->request;
    pipeline_refuse(fixture->service->worker, fixture->service->job, &request, FAIL(OVERLOADED));
    assert_false(is_body_hashed());
}

/* A clock behind the service's own, whose host says what the test wants. */
static struct clock system_clock;
static uint64_t host_ms;

static uint64_t tell_tick(void *context)
{
    (void)context;
    return clock_monotonic_ns(&system_clock);
}

static struct clock_interval tell_host(void *context)
{
    (void)context;
    return (struct clock_interval){host_ms, host_ms};
}

static struct wall_clock wall;

static void go_by_a_host(uint64_t at_ms)
{
    struct service_setup *setup = &fixture->service->service->setup;
    const struct clock machine = {NULL, tell_tick, tell_host};
    system_clock = setup->clock;
    host_ms = at_ms;
    wall_clock_init(&wall, &machine);
    setup->wall = &wall;
    setup->clock = wall_clock_port(&wall);
}

/* What it says now is not what was past already: which of both is right it cannot know. */
static void a_clock_that_was_set_back_judges_no_proof(void **state)
{
    (void)state;
    const uint64_t at_ms = 1700000000000;
    struct app_ask ask = {.method = "POST", .target = "/v1/app/keys", .inner = "{\"path\":\"p\"}"};
    go_by_a_host(at_ms);
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    host_ms = at_ms - WALL_CLOCK_BEHIND_MS;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    ask.late_ms = LIMIT_POP_MS + 2000;
    app_fixture_ask(fixture, &ask);
    assert_answer(POP_STALE, 403);
    host_ms = at_ms - 1 - LIMIT_POP_MS;
    ask.late_ms = 0;
    app_fixture_ask(fixture, &ask);
    assert_answer(CLOCK_BEHIND, 503);
    ask.late_ms = LIMIT_POP_MS + 2000;
    app_fixture_ask(fixture, &ask);
    assert_answer(CLOCK_BEHIND, 503);
    assert_true(service_time(fixture->service->service).is_behind);
    ask.late_ms = 0;
    host_ms = at_ms + 1;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_false(service_time(fixture->service->service).is_behind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_has_no_good_nonce_and_time_is_not_hashed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_was_set_back_judges_no_proof, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
