/* What the store is told of where a write comes from. */
#include <openssl/evp.h>

#include "fixtures/app_asserts.h"
#include "store/values.h"

struct look {
    const char *key;
    struct record record; /* its views are gone */
    bool is_there;
};

static void look_step(void *context, struct kv *kv)
{
    struct look *look = context;
    uint8_t tenant[DOMAIN_TENANT_ID];
    const uint8_t app_7[32] = {[31] = 7};
    assert_status(OK, domain_app_tenant(&fixture->service->service->domain, app_7, tenant));
    look->is_there = kv_peek(kv, tenant, bytes_of(look->key), &look->record);
}

/* The record of a key of app 7. */
static struct record record_of(const char *key)
{
    struct look look = {.key = key};
    values_as_owner(fixture->service->service->values, look_step, &look);
    assert_true(look.is_there);
    return look.record;
}

/* The line of the trail that a record names as its cause is the intent of this operation. */
static void assert_cause(const struct record *record, const char *op)
{
    char boot[2 * 16 + 1];
    char start[128];
    uint64_t seq = 0;
    for (size_t i = 0; i < 16; i++) {
        (void)snprintf(boot + 2 * i, 3, "%02x", record->cause[i]);
    }
    for (size_t i = 18; i < RECORD_CAUSE; i++) {
        seq = seq << 8 | record->cause[i];
    }
    (void)snprintf(start, sizeof start, "{\"v\":2,\"boot\":\"%s\",\"lane\":%u,\"seq\":%llu,", boot,
                   record->cause[16] * 256u + record->cause[17], (unsigned long long)seq);
    const char *line = strstr(fixture->service->lines, start);
    assert_non_null(line);
    size_t len = strcspn(line, "\n");
    (void)snprintf(start, sizeof start, "\"op\":\"%s\"", op);
    assert_non_null(memmem(line, len, start, strlen(start)));
    assert_non_null(memmem(line, len, "\"outcome\":\"intent\"", 18));
}

/* What every node knows a request by, over OpenSSL's hash. */
static void assert_op(const struct record *record, const char *op, const char *key)
{
    char text[256];
    uint8_t digest[SHA256_BYTES];
    struct buf out = buf_over((uint8_t *)text, sizeof text);
    buf_put_text(&out, "coffer/op/1app:7:");
    eth_address_put(&out, &fixture->instances[0].address);
    buf_put_text(&out, op);
    buf_put_text(&out, key);
    assert_int_equal(1, EVP_Digest(text, out.len, digest, NULL, EVP_sha256(), NULL));
    assert_memory_equal(digest, record->op, RECORD_OP);
}

static void a_record_names_its_request_and_its_intent(void **state)
{
    (void)state;
    static const uint8_t none[RECORD_OP];
    struct app_ask ask = {.method = "PUT",
                          .target = "/v1/app/values",
                          .inner = "{\"key\":\"o\",\"value\":\"AA==\"}",
                          .key = "once"};
    values("PUT", "/kms/data", "{\"key\":\"v1\",\"value\":\"AA==\"}");
    struct record record = record_of("v1");
    assert_memory_equal(none, record.op, RECORD_OP);
    assert_cause(&record, "kms.put");
    values("PUT", "/v1/app/values", "{\"key\":\"x\",\"value\":\"AA==\"}");
    assert_answer(OK, 200);
    record = record_of("x");
    assert_memory_equal(none, record.op, RECORD_OP);
    assert_cause(&record, "app.values.put");
    app_fixture_ask(fixture, &ask);
    record = record_of("o");
    assert_op(&record, "app.values.put", "once");
    assert_cause(&record, "app.values.put");
    ask.method = "DELETE";
    ask.inner = "{\"key\":\"o\"}";
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    record = record_of("o");
    assert_op(&record, "app.values.delete", "once");
    assert_cause(&record, "app.values.delete");
}

/* As another node is, which has the record but not the answer. */
static void forget_answers(void)
{
    struct service *service = fixture->service->service;
    const struct idempotency_setup setup = {
        .entries = 16, .bytes = 1 << 20, .entropy = &service->setup.entropy};
    idempotency_close(&service->idempotency);
    assert_status(OK, idempotency_open(&setup, service->setup.mem, &service->idempotency));
}

/* The inner answer of a request, for comparison. */
struct kept {
    struct bytes text;
    uint8_t memory[512];
};

static void keep_inner(struct kept *ret)
{
    struct buf out = buf_over(ret->memory, sizeof ret->memory);
    buf_put(&out, fixture->inner);
    ret->text = buf_bytes(&out);
}

static void a_repeat_without_its_answer_is_done_once(void **state)
{
    (void)state;
    struct kept first;
    struct app_ask ask = {.method = "PUT",
                          .target = "/v1/app/values",
                          .inner = "{\"key\":\"o\",\"value\":\"AA==\",\"if_absent\":true}",
                          .key = "once"};
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    keep_inner(&first);
    forget_answers();
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_bytes(first.text, fixture->inner);
    ask.method = "DELETE";
    ask.inner = "{\"key\":\"o\"}";
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    keep_inner(&first);
    forget_answers();
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_bytes(first.text, fixture->inner);
    ask.key = "twice";
    app_fixture_ask(fixture, &ask);
    assert_answer(VALUE_NOT_FOUND, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_names_its_request_and_its_intent, setup, teardown),
        cmocka_unit_test_setup_teardown(a_repeat_without_its_answer_is_done_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
