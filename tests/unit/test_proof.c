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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_has_no_good_nonce_and_time_is_not_hashed, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
