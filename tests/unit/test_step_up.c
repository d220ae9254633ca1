#include "base/limits.h"
#include "fixtures/user_asserts.h"
#include "pipeline/step_up.h"

static const struct user_ask account = {.target = "/v1/starknet/accounts",
                                        .body = "{\"key_index\":1}"};

static void spoil_time(struct pop_request *request)
{
    request->time_ms++;
}

#define CHALLENGE "0101010101010101010101010101010101010101010101010101010101010102"
#define STEP                                                                      \
    "{\"challenge\":\"" CHALLENGE "\",\"proofs\":[{\"scheme\":\"stark\",\"key\":" \
    "\"AAEC\",\"proof\":\"AwQF\"}]}"

static void a_step_up_has_one_form(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"challenge\":\"" CHALLENGE "\",\"proofs\":[]}",
        "{\"challenge\":\"" CHALLENGE "\",\"proofs\":{}}",
        "{\"challenge\":\"00\",\"proofs\":[{\"scheme\":\"stark\",\"key\":\"\",\"proof\":\"\"}]}",
        "{\"challenge\":\"" CHALLENGE "\",\"proofs\":[{\"scheme\":\"bearer\",\"proof\":\"AwQF\"}]}",
        "{\"challenge\":\"" CHALLENGE "\",\"proofs\":[{\"scheme\":\"stark\"}]}",
        "{\"challenge\":\"" CHALLENGE "\",\"proofs\":[{\"scheme\":\"stark\",\"key\":\"*\","
        "\"proof\":\"AwQF\"}]}",
        "{\"challenge\":\"" CHALLENGE "\",\"more\":1,\"proofs\":[{\"scheme\":\"stark\",\"proof\":"
        "\"AwQF\"}]}",
        "{\"challenge\":\"" CHALLENGE "\",\"proofs\":[{\"scheme\":\"stark\",\"proof\":\"AwQF\"},"
        "{\"scheme\":\"stark\",\"proof\":\"AwQF\"},{\"scheme\":\"stark\",\"proof\":\"AwQF\"}]}",
    };
    struct user_ask ask = account;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ask.step = bad[i];
        user_ask(&ask);
        assert_answer(POP_MALFORMED, 403);
    }
    static char header[2 * STEP_UP_TEXT];
    memset(header, 'A', STEP_UP_TEXT + 40);
    memcpy(header, "Coffer-Pop-Step: ", strlen("Coffer-Pop-Step: "));
    strcpy(header + STEP_UP_TEXT + 40, "\r\n");
    ask = account;
    ask.header = header;
    user_ask(&ask);
    assert_answer(POP_MALFORMED, 403);
    assert_int_equal(0, world.steps);
    assert_int_equal(0, world.counts);
    /* Only who signs with the key of a session has something to step up from. */
    ask = (struct user_ask){.target = "/v1/starknet/accounts",
                            .body = "{\"username\":\"alice\"}",
                            .is_service = true,
                            .step = STEP};
    user_ask(&ask);
    assert_answer(POP_MALFORMED, 403);
    ask = account;
    ask.is_bearer = ask.has_bearer_token = true;
    ask.step = STEP;
    user_ask(&ask);
    assert_answer(POP_MISSING, 403);
    assert_int_equal(0, world.steps);
}

static void a_step_up_is_for_one_request(void **state)
{
    (void)state;
    struct user_ask ask = account;
    user_least(TRUST_PROVEN_SECOND_FACTOR);
    user_ask(&ask);
    assert_answer(FORBIDDEN, 403);
    ask.step = STEP;
    user_ask(&ask);
    assert_answer(OK, 200);
    assert_int_equal(1, world.steps);
    assert_memory_equal(fixture->request_digest, world.step_detail, POP_HASH);
    assert_bytes(unit_hex(CHALLENGE), BYTES_ARRAY(world.step_challenge));
    assert_int_equal(AUTH_STEP_UP, world.step.purpose);
    assert_true(world.step.count == 1 && world.step.proofs[0].scheme == AUTH_STARK);
    assert_true(count_lines("\"assurance\":5") != 0);
    ask.step = NULL;
    user_ask(&ask);
    assert_answer(FORBIDDEN, 403);
    /* What is wrong is not as if it had not been there; nor is anything spent for it. */
    user_least(TRUST_ASSERTED);
    size_t counts = world.counts;
    world.step_code = STATUS_AUTH_FAILED;
    ask.step = STEP;
    user_ask(&ask);
    assert_answer(AUTH_FAILED, 401);
    assert_int_equal(counts, world.counts);
    ask.spoil = spoil_time;
    user_ask(&ask);
    assert_answer(POP_SIGNATURE, 403);
    assert_int_equal(2, world.steps);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, user_setup, teardown)
    static const struct CMUnitTest tests[] = {
        CASE(a_step_up_has_one_form),
        CASE(a_step_up_is_for_one_request),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
