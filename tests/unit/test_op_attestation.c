#include <stdio.h>

#include "fixtures/app_asserts.h"
#include "pipeline/pipeline.h"

#define PATH "/v1/attestation"
#define N16  "AAECAwQFBgcICQoLDA0ODw==" /* the bytes 0 to 15 */

/* Who attests: what he was asked, and what he says. */
static struct {
    size_t calls;
    struct bytes nonce;
    uint8_t memory[LIMIT_ATTEST_NONCE];
    enum status_code code;
} asked;

static struct status show(void *context, struct arena *arena, struct bytes nonce,
                          struct bytes *ret_document)
{
    assert_ptr_equal(&asked, context);
    asked.calls++;
    assert_true(nonce.len <= sizeof asked.memory);
    memcpy(asked.memory, nonce.ptr, nonce.len);
    asked.nonce = (struct bytes){asked.memory, nonce.len};
    *ret_document = (struct bytes){NULL, 0};
    if (asked.code != STATUS_OK) {
        return (struct status){.code = (uint16_t)asked.code};
    }
    return arena_copy(arena, BYTES_LITERAL("abc"), ret_document);
}

static void attest_by(enum attestation_maker maker)
{
    memset(&asked, 0, sizeof asked);
    asked.code = STATUS_OK;
    fixture->apps.attestation = (struct service_attestation){
        .context = &asked,
        .maker = maker,
        .binding = {.wallet = fixture->node->wallet,
                    .envelope_key = fixture->node->point,
                    .tee_pubkey = fixture->node->point_v1},
        .show = show,
    };
}

static void the_answer_has_what_the_document_is_bound_to(void **state)
{
    (void)state;
    char text[128];
    attest_by(ATTESTATION_MODULE);
    service_fixture_post(fixture->service, PATH, "{\"nonce\":\"" N16 "\"}");
    assert_answer(OK, 200);
    assert_int_equal(1, asked.calls);
    assert_bytes(unit_hex("000102030405060708090a0b0c0d0e0f"), asked.nonce);
    assert_true(body_has("{\"kind\":\"module\",\"binding\":{\"domain_id\":\"0000"));
    assert_true(body_has("},\"document\":\"YWJj\"}"));
    (void)snprintf(text, sizeof text, "\"wallet\":\"%.*s\"", POP_WALLET_TEXT,
                   (const char *)fixture->node->wallet_text);
    assert_true(body_has(text));
    attest_by(ATTESTATION_ODYN);
    service_fixture_post(fixture->service, PATH, "{\"nonce\":\"" N16 "\"}");
    assert_answer(OK, 200);
    assert_true(body_has("{\"kind\":\"odyn\","));
    assert_int_equal(0, count_lines("attestation"));
}

static void what_is_no_nonce_is_refused_before_anybody_is_asked(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum status_code code;
    } wrong[] = {
        {"", STATUS_BAD_JSON},
        {"[]", STATUS_BAD_TYPE},
        {"{}", STATUS_MISSING_FIELD},
        {"{\"nonce\":null}", STATUS_BAD_TYPE},
        {"{\"nonce\":[]}", STATUS_BAD_TYPE},
        {"{\"nonce\":\"\"}", STATUS_BAD_REQUEST},
        {"{\"nonce\":\"AAECAwQFBgcICQoLDA0O\"}", STATUS_BAD_REQUEST}, /* 15 bytes */
        {"{\"nonce\":\"AAECAwQFBgcICQoLDA0ODw\"}", STATUS_INVALID_BASE64},
        {"{\"nonce\":\"000102030405060708090a0b0c0d0e0f\",\"purpose\":\"kms\"}",
         STATUS_UNKNOWN_FIELD},
        {"{\"nonce\":\"" N16 "\",\"nonce\":\"" N16 "\"}", STATUS_JSON_DUPLICATE_KEY},
        {"{\"nonce\":\"" N16 "\"} x", STATUS_BAD_JSON},
    };
    attest_by(ATTESTATION_MODULE);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        service_fixture_post(fixture->service, PATH, wrong[i].body);
        assert_string_equal(status_name(wrong[i].code), status_name(fixture->service->answer.code));
    }
    assert_int_equal(0, asked.calls);
}

static void a_nonce_has_its_bounds(void **state)
{
    (void)state;
    static const uint8_t bytes[LIMIT_ATTEST_NONCE + 1];
    char body[LIMIT_BODY_NONCE];
    attest_by(ATTESTATION_MODULE);
    for (size_t len = LIMIT_ATTEST_NONCE; len <= LIMIT_ATTEST_NONCE + 1; len++) {
        struct buf text = buf_over((uint8_t *)body, sizeof body);
        buf_put_text(&text, "{\"nonce\":\"");
        base64_put(&text, (struct bytes){bytes, len});
        buf_put_text(&text, "\"}");
        buf_put_u8(&text, '\0');
        assert_status(OK, buf_check(&text));
        service_fixture_post(fixture->service, PATH, body);
        assert_int_equal(len == LIMIT_ATTEST_NONCE ? STATUS_OK : STATUS_BAD_REQUEST,
                         fixture->service->answer.code);
    }
    assert_int_equal(1, asked.calls);
    assert_int_equal(LIMIT_ATTEST_NONCE, asked.nonce.len);
}

static void what_the_maker_says_is_passed_on(void **state)
{
    (void)state;
    attest_by(ATTESTATION_ODYN);
    asked.code = STATUS_ODYN_UNAVAILABLE;
    service_fixture_post(fixture->service, PATH, "{\"nonce\":\"" N16 "\"}");
    assert_answer(ODYN_UNAVAILABLE, 503);
    assert_false(body_has("binding"));
    fixture->apps.attestation.show = NULL;
    service_fixture_post(fixture->service, PATH, "{\"nonce\":\"" N16 "\"}");
    assert_answer(NOT_ATTESTED, 503);
}

static void whoever_asks_too_often_waits(void **state)
{
    (void)state;
    attest_by(ATTESTATION_MODULE);
    const struct token_bucket_rule rule = {1, 2};
    struct service *service = fixture->service->service;
    service->setup.strangers = rule;
    token_bucket_init(&fixture->service->worker->strangers, &rule,
                      clock_monotonic_ns(&service->setup.clock));
    for (size_t i = 0; i < 3; i++) {
        service_fixture_post(fixture->service, PATH, "{\"nonce\":\"" N16 "\"}");
        assert_int_equal(i < 2 ? STATUS_OK : STATUS_RATE_LIMITED, fixture->service->answer.code);
    }
    assert_int_equal(2, asked.calls);
}

/* On a loop that takes no connections, where keys and documents are with somebody else. */
static void it_may_have_to_be_waited_for(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        bool waits;
    } heads[] = {
        {"POST " PATH " HTTP/1.1\r\nHost: localhost\r\n\r\n", true},
        {"GET " PATH " HTTP/1.1\r\nHost: localhost\r\n\r\n", false},
        {"GET /v1/identity HTTP/1.1\r\nHost: localhost\r\n\r\n", false},
        {"GET /v1/identity?nonce=00 HTTP/1.1\r\nHost: localhost\r\n\r\n", true},
        {"GET /v1/nonce HTTP/1.1\r\nHost: localhost\r\n\r\n", false},
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct http1_progress progress = {0};
        struct http1_head head;
        assert_status(OK, http1_read(&progress, bytes_of(heads[i].head), &head));
        assert_int_equal(heads[i].waits, pipeline_needs_identity(fixture->service->worker, &head));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_answer_has_what_the_document_is_bound_to, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_no_nonce_is_refused_before_anybody_is_asked, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_nonce_has_its_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_maker_says_is_passed_on, setup, teardown),
        cmocka_unit_test_setup_teardown(whoever_asks_too_often_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(it_may_have_to_be_waited_for, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
