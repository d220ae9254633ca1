#include "fixtures/app_asserts.h"

static void values_of_version_1(void **state)
{
    (void)state;
    values("GET", "/kms/data/k", NULL);
    assert_answer(VALUE_NOT_FOUND, 404);
    assert_true(body_has("\"detail\":\"Key not found\""));
    values("PUT", "/kms/data", "{\"key\":\"a/b\",\"value\":\"aGk=\"}");
    assert_answer(OK, 200);
    assert_true(fixture->is_signed);
    assert_true(inner_has("{\"app_id\":7,\"key\":\"a/b\",\"updated_at_ms\":1"));
    values("GET", "/kms/data/a%2Fb", NULL);
    assert_answer(OK, 200);
    assert_true(inner_has("{\"app_id\":7,\"key\":\"a/b\",\"value\":\"aGk=\",\"updated_at_ms\":1"));
    values("GET", "/kms/data?key=a/b", NULL);
    assert_true(inner_has("\"value\":\"aGk=\""));
    values("PUT", "/kms/data", "{\"key\":\"e\",\"value\":\"\",\"ttl_ms\":-5,\"x\":0}");
    assert_answer(OK, 200);
    values("GET", "/kms/data/e", NULL);
    assert_true(inner_has("\"value\":\"\","));
    values("GET", "/kms/data", NULL);
    assert_bytes(BYTES_LITERAL("{\"app_id\":7,\"keys\":[\"a/b\",\"e\"],\"count\":2}"),
                 fixture->inner);
    values("DELETE", "/kms/data", "{\"key\":\"e\"}");
    assert_bytes(BYTES_LITERAL("{\"app_id\":7,\"key\":\"e\",\"deleted\":true}"), fixture->inner);
    values("DELETE", "/kms/data", "{\"key\":\"e\"}");
    assert_answer(VALUE_NOT_FOUND, 404);
    static const char *const bad[] = {
        "{\"value\":\"aGk=\"}",
        "{\"key\":\"\",\"value\":\"aGk=\"}",
        "{\"key\":\"a\\n\",\"value\":\"aGk=\"}",
        "{\"key\":1,\"value\":\"aGk=\"}",
        "{\"key\":\"k\"}",
        "{\"key\":\"k\",\"value\":\"aGk!=\"}",
        "{\"key\":\"k\",\"value\":7}",
        "{\"key\":\"k\",\"value\":\"aGk=\",\"ttl_ms\":\"5\"}",
        "{\"key\":\"k\",\"value\":\"aGk=\",\"ttl_ms\":1.5}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        values("PUT", "/kms/data", bad[i]);
        assert_int_equal(400, fixture->service->answer.http_status);
    }
    fixture->service->trust.v1_wire = false;
    values("GET", "/kms/data", NULL);
    assert_answer(NOT_FOUND, 404);
}

/* What is between two texts of the inner answer. */
static void inner_part(const char *from, char out[static 128])
{
    const char *at = memmem(fixture->inner.ptr, fixture->inner.len, from, strlen(from));
    assert_non_null(at);
    at += strlen(from);
    size_t len = strcspn(at, "\"");
    assert_true(len < 128);
    memcpy(out, at, len);
    out[len] = '\0';
}

static void values_of_version_2(void **state)
{
    (void)state;
    char version[128];
    char text[512];
    values("PUT", "/v1/app/values", "{\"key\":\"k\",\"value\":\"AA==\",\"if_absent\":true}");
    assert_answer(OK, 200);
    inner_part("\"version\":\"", version);
    values("PUT", "/v1/app/values", "{\"key\":\"k\",\"value\":\"AQ==\",\"if_absent\":true}");
    assert_answer(VERSION_CONFLICT, 409);
    (void)snprintf(text, sizeof text,
                   "{\"key\":\"k\",\"value\":\"AQ==\",\"if_version\":\"%s\",\"ttl_ms\":60000}",
                   version);
    values("PUT", "/v1/app/values", text);
    assert_answer(OK, 200);
    values("PUT", "/v1/app/values", text);
    assert_answer(VERSION_CONFLICT, 409);
    values("GET", "/v1/app/values/k", NULL);
    assert_answer(OK, 200);
    assert_true(fixture->is_signed);
    assert_true(inner_has("\"key\":\"k\",\"value\":\"AQ==\"") && inner_has("\"ttl_ms\":60000"));
    assert_true(inner_has("\"evictable\":true"));
    inner_part("\"version\":\"", version);
    (void)snprintf(text, sizeof text, "/v1/app/values/k?min_version=%s", version);
    values("GET", text, NULL);
    assert_answer(OK, 200);
    values("GET", "/v1/app/values/k?min_version=00", NULL);
    assert_answer(VERSION_INVALID, 400);
    values("GET", "/v1/app/values/k?x=1", NULL);
    assert_answer(UNKNOWN_FIELD, 400);
    assert_true(fixture->is_signed);
    values("POST", "/v1/app/values/get", "{\"key\":\"k\"}");
    assert_true(inner_has("\"value\":\"AQ==\""));
    values("PUT", "/v1/app/values", "{\"key\":\"k2\",\"value\":\"\",\"if_version\":1}");
    assert_answer(BAD_TYPE, 400);
    values("PUT", "/v1/app/values", "{\"key\":\"k2\",\"value\":\"\",\"spare\":1}");
    assert_answer(UNKNOWN_FIELD, 400);
    (void)snprintf(text, sizeof text, "{\"key\":\"k\",\"if_version\":\"%s\"}", version);
    values("DELETE", "/v1/app/values", text);
    assert_answer(OK, 200);
    assert_true(inner_has("\"deleted\":true"));
    values("GET", "/v1/app/values/k", NULL);
    assert_answer(VALUE_NOT_FOUND, 404);
    assert_true(fixture->is_signed);
}

/* The usage of the app as text, which lasts until the next. */
static void usage(const char *text)
{
    values("GET", "/v1/app/usage", NULL);
    assert_answer(OK, 200);
    assert_true(fixture->is_signed && inner_has(text));
}

static bool has_key(const char *key)
{
    char target[128];
    (void)snprintf(target, sizeof target, "/v1/app/values/%s", key);
    values("GET", target, NULL);
    return fixture->service->answer.http_status == 200;
}

/* Fill the quota with values of a megabyte, over one route or the other. Returns: the last code. */
static unsigned fill(const char *target, const char *members)
{
    static char text[(4 << 20) / 3 + 256];
    for (unsigned i = 0; i < 12; i++) {
        int len = snprintf(text, sizeof text, "{\"key\":\"fill/%u\"%s,\"value\":\"", i, members);
        memset(text + len, 'A', (1 << 20) / 3 * 4);
        memcpy(text + len + (1 << 20) / 3 * 4, "\"}", 3);
        values("PUT", target, text);
        if (fixture->service->answer.http_status != 200) {
            break;
        }
    }
    return fixture->service->answer.http_status;
}

static void what_was_not_written_to_give_way_stays(void **state)
{
    (void)state;
    values("PUT", "/v1/app/values", "{\"key\":\"k\",\"value\":\"\",\"evictable\":1}");
    assert_answer(BAD_TYPE, 400);
    usage("\"bytes\":0,\"limit_bytes\":10485760,\"kept_bytes\":0,\"limit_kept_bytes\":9830400,"
          "\"values\":0,\"kept_values\":0,\"dead\":0}");
    values("PUT", "/v1/app/values", "{\"key\":\"kept\",\"value\":\"AA==\"}");
    values("PUT", "/v1/app/values",
           "{\"key\":\"loose\",\"value\":\"AA==\",\"evictable\":true,\"ttl_ms\":0}");
    assert_answer(OK, 200);
    usage("\"values\":2,\"kept_values\":1,\"dead\":0}");
    assert_int_equal(200, fill("/v1/app/values", ",\"evictable\":true"));
    assert_true(has_key("kept") && !has_key("loose"));
    assert_int_equal(200, fill("/v1/app/values", ",\"ttl_ms\":60000"));
    assert_true(has_key("kept") && !has_key("fill%2f0") && has_key("fill%2f11"));
    assert_int_equal(413, fill("/v1/app/values", ",\"evictable\":false"));
    assert_answer(VALUE_QUOTA, 413);
    assert_true(has_key("kept") && has_key("fill%2f0"));
    usage("\"kept_values\":10,");
}

static void wallets_stay_on_the_wire_of_version_1(void **state)
{
    (void)state;
    values("PUT", "/kms/data", "{\"key\":\"wallet/eth/app/main/key\",\"value\":\"AA==\"}");
    values("PUT", "/kms/data", "{\"key\":\"other\",\"value\":\"AA==\"}");
    assert_int_equal(200, fill("/kms/data", ""));
    values("GET", "/kms/data/wallet%2Feth%2Fapp%2Fmain%2Fkey", NULL);
    assert_answer(OK, 200);
    values("GET", "/kms/data/other", NULL);
    assert_answer(VALUE_NOT_FOUND, 404);
}

static void pages_of_names(void **state)
{
    (void)state;
    char next[128];
    char text[512];
    static const char *const keys[] = {"p/1", "p/2", "p/3", "q"};
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(text, sizeof text, "{\"key\":\"%s\",\"value\":\"AA==\"}", keys[i]);
        values("PUT", "/v1/app/values", text);
        assert_answer(OK, 200);
    }
    values("GET", "/v1/app/values?prefix=p%2f&limit=2", NULL);
    assert_answer(OK, 200);
    assert_true(inner_has("{\"key\":\"p/1\",\"version\":\"") && inner_has("\"key\":\"p/2\""));
    assert_true(inner_has("\"bytes\":1}") && !inner_has("p/3"));
    inner_part("\"next\":\"", next);
    (void)snprintf(text, sizeof text, "/v1/app/values?prefix=p/&limit=2&cursor=%s", next);
    values("GET", text, NULL);
    assert_true(inner_has("\"key\":\"p/3\"") && inner_has("\"next\":null") && !inner_has("p/1"));
    values("POST", "/v1/app/values/list", "{\"prefix\":\"q\",\"limit\":1000}");
    assert_true(inner_has("\"key\":\"q\"") && !inner_has("p/1"));
    static const char *const bad[] = {"limit=0",   "limit=1001", "limit=x",           "cursor=0",
                                      "cursor=zz", "cursor=",    "prefix=a&prefix=b", "spare=1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(text, sizeof text, "/v1/app/values?%s", bad[i]);
        values("GET", text, NULL);
        assert_int_equal(400, fixture->service->answer.http_status);
    }
    const struct app_ask other = {.method = "GET", .target = "/v1/app/values", .who = 2};
    app_fixture_ask(fixture, &other);
    assert_true(inner_has("\"app_id\":\"8\",\"keys\":[],\"next\":null"));
}

/* The envelope of a repeat is another one, its answer is the same, and it is done once. */
static void a_repeat_gets_the_same_answer_sealed_anew(void **state)
{
    (void)state;
    char first[128];
    char again[128];
    struct app_ask ask = {.method = "PUT",
                          .target = "/v1/app/values",
                          .inner = "{\"key\":\"i\",\"value\":\"AA==\"}",
                          .key = "once"};
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    inner_part("\"version\":\"", first);
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_true(fixture->is_signed);
    inner_part("\"version\":\"", again);
    assert_string_equal(first, again);
    ask.inner = "{\"key\":\"i\",\"value\":\"AQ==\"}";
    app_fixture_ask(fixture, &ask);
    assert_answer(IDEMPOTENCY_CONFLICT, 409);
    ask.who = 1; /* another wallet of the same app has keys of its own */
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    ask.method = "DELETE"; /* and so has another route */
    ask.inner = "{\"key\":\"i\"}";
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    ask.key = "-";
    ask.method = "PUT";
    ask.inner = "{\"key\":\"i\",\"value\":\"AQ==\"}";
    app_fixture_send(fixture, &ask);
    assert_int_not_equal(200, fixture->service->answer.http_status);
}

/* Version 1 does not sign the header: whoever passes a request on may add one, and nothing is a
 * repeat for that. */
static void nobody_signed_the_idempotency_key_of_version_1(void **state)
{
    (void)state;
    static const char *const switches[] = {"b24=", "b2Zm", "b24="};
    static const char *const keys[] = {"same", "same", "same"};
    char inner[64];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(inner, sizeof inner, "{\"key\":\"s\",\"value\":\"%s\"}", switches[i]);
        const struct app_ask ask = {
            .method = "PUT", .target = "/kms/data", .inner = inner, .is_v1 = true, .key = keys[i]};
        app_fixture_ask(fixture, &ask);
        assert_answer(OK, 200);
        values("GET", "/kms/data/s", NULL);
        assert_true(inner_has(switches[i]));
    }
    struct app_ask ask = {.method = "DELETE",
                          .target = "/kms/data",
                          .inner = "{\"key\":\"s\"}",
                          .is_v1 = true,
                          .key = "-"};
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_int_equal(
        0, metrics_read(fixture->service->service->metrics, 1, METRICS_IDEMPOTENT_REPLAYS, 0, 0));
}

/* Method and path are not signed either: each body means something on its own route only. */
static void a_body_of_version_1_has_one_route(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *target;
        const char *inner;
        const char *code;
    } cases[] = {
        {"DELETE", "/kms/data", "{\"key\":\"k\",\"value\":\"AA==\"}", "UNKNOWN_FIELD"},
        {"DELETE", "/kms/data", "{\"key\":\"k\",\"ttl_ms\":0}", "UNKNOWN_FIELD"},
        {"DELETE", "/kms/data", "{\"key\":\"k\",\"path\":\"a\"}", "UNKNOWN_FIELD"},
        {"DELETE", "/kms/data", "{\"path\":\"k\"}", "UNKNOWN_FIELD"},
        {"PUT", "/kms/data", "{\"key\":\"k\"}", "MISSING_FIELD"},
        {"PUT", "/kms/data", "{\"path\":\"a\"}", "UNKNOWN_FIELD"},
        {"PUT", "/kms/data", "{\"key\":\"k\",\"value\":\"AA==\",\"context\":\"\"}",
         "UNKNOWN_FIELD"},
        {"PUT", "/kms/data", "{\"key\":\"k\",\"value\":\"AA==\",\"length\":1}", "UNKNOWN_FIELD"},
        {"POST", "/kms/derive", "{\"path\":\"a\",\"key\":\"k\"}", "UNKNOWN_FIELD"},
        {"POST", "/kms/derive", "{\"path\":\"a\",\"value\":\"AA==\"}", "UNKNOWN_FIELD"},
        {"POST", "/kms/derive", "{\"key\":\"k\",\"value\":\"AA==\"}", "UNKNOWN_FIELD"},
    };
    values("PUT", "/kms/data", "{\"key\":\"k\",\"value\":\"aGk=\"}");
    service_fixture_clear(fixture->service);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        values(cases[i].method, cases[i].target, cases[i].inner);
        assert_string_equal(cases[i].code, status_name(fixture->service->answer.code));
        assert_int_equal(400, fixture->service->answer.http_status);
    }
    assert_int_equal(0, count_lines("\"outcome\":\"ok\""));
    values("GET", "/kms/data/k", NULL);
    assert_true(inner_has("\"value\":\"aGk=\""));
    values("PUT", "/kms/data", "{\"key\":\"k\",\"value\":\"AA==\",\"note\":1}");
    assert_answer(OK, 200);
    values("DELETE", "/kms/data", "{\"key\":\"k\",\"note\":1}");
    assert_answer(OK, 200);
}

/* As forms have it; in a path, and in version 2, it is a plus. */
static void a_plus_in_a_query_of_version_1_is_a_space(void **state)
{
    (void)state;
    values("PUT", "/kms/data", "{\"key\":\"a b\",\"value\":\"aGk=\"}");
    values("PUT", "/kms/data", "{\"key\":\"a+b\",\"value\":\"eA==\"}");
    static const char *const cases[][2] = {{"/kms/data?key=a+b", "aGk="},
                                           {"/kms/data?key=a%20b", "aGk="},
                                           {"/kms/data?key=a%2Bb", "eA=="},
                                           {"/kms/data/a+b", "eA=="},
                                           {"/kms/data/a%20b", "aGk="}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        values("GET", cases[i][0], NULL);
        assert_answer(OK, 200);
        assert_true(inner_has(cases[i][1]));
    }
    values("PUT", "/v1/app/values", "{\"key\":\"c+d\",\"value\":\"aGk=\"}");
    values("GET", "/v1/app/values?prefix=c+", NULL);
    assert_true(inner_has("\"c+d\""));
}

/* A newer root is the node's from then on: its epoch is signed in answers, keys come from it, and
 * values that were sealed before are still read. Users keep their keys. */
static void the_epoch_is_that_of_the_root(void **state)
{
    (void)state;
    const struct secret32 newer = {{9, 9, 9}};
    struct app_ask show = {
        .method = "POST", .target = "/v1/starknet/accounts", .inner = "{\"username\":\"alice\"}"};
    char first[2048];
    char epoch[8];
    values("PUT", "/v1/app/values", "{\"key\":\"k\",\"value\":\"AA==\"}");
    app_fixture_ask(fixture, &show);
    (void)snprintf(first, sizeof first, "%.*s", (int)fixture->inner.len,
                   (const char *)fixture->inner.ptr);
    for (unsigned i = 0; i < 2; i++) {
        values("GET", "/v1/app/values/k", NULL);
        assert_answer(OK, 200);
        assert_true(inner_has("\"value\":\"AA==\""));
        (void)snprintf(epoch, sizeof epoch, "%u", i);
        assert_bytes(bytes_of(epoch),
                     app_fixture_header(&fixture->service->answer, POP_ANSWER_EPOCH));
        app_fixture_ask(fixture, &show);
        assert_bytes(bytes_of(first), fixture->inner);
        assert_status(OK, root_keyring_install(fixture->roots, 1, &newer));
    }
}

static void derive(const char *target, unsigned who, const char *inner)
{
    struct app_ask ask = {.method = "POST", .target = target, .inner = inner, .who = who};
    ask.is_v1 = target[1] == 'k';
    app_fixture_ask(fixture, &ask);
}

/* Of either epoch: no key of it, and no value sealed under what is left. */
static void a_root_that_changed_gives_nothing(void **state)
{
    (void)state;
    const struct secret32 newer = {{9, 9, 9}};
    static const char *const inner[] = {"{\"path\":\"a\",\"epoch\":0}",
                                        "{\"path\":\"a\",\"epoch\":1}"};
    static const char value[] = "{\"key\":\"k\",\"value\":\"AA==\"}";
    values("PUT", "/v1/app/values", value);
    assert_answer(OK, 200);
    assert_status(OK, root_keyring_install(fixture->roots, 1, &newer));
    for (uint32_t epoch = 0; epoch < 2; epoch++) {
        uint8_t *root = (uint8_t *)(uintptr_t)root_keyring_root(fixture->roots, epoch);
        root[5] ^= 4;
        derive("/v1/app/keys", 0, inner[epoch]);
        assert_answer(SELF_CHECK, 500);
        derive("/v1/app/keys", 0, inner[1 - epoch]);
        assert_answer(OK, 200);
        derive("/kms/derive", 2, "{\"path\":\"a\"}");
        assert_int_equal(epoch == 0 ? 500 : 200, fixture->service->answer.http_status);
        values("PUT", "/v1/app/values", value);
        assert_answer(SELF_CHECK, 500);
        root[5] ^= 4;
        values("PUT", "/v1/app/values", value);
        assert_answer(OK, 200);
    }
}

static uint64_t count_values(void)
{
    return values_stats(fixture->service->service->values).records;
}

/* A write stops until its intent is durable; where that is lost, nothing was written. */
static void nothing_is_written_before_its_intent_is_durable(void **state)
{
    (void)state;
    struct service_fixture *service = fixture->service;
    const struct app_ask put = {
        .method = "PUT", .target = "/v1/app/values", .inner = "{\"key\":\"k\",\"value\":\"AA==\"}"};
    values("GET", "/v1/app/values/k", NULL);
    uint64_t before = count_values();
    service_fixture_clear(service);
    service->stops = true;
    service->fails = true;
    app_fixture_ask(fixture, &put);
    assert_true(service->state == PIPELINE_RECORDS);
    assert_int_equal(before, count_values());
    service_fixture_resume(service);
    service_fixture_finish(service);
    assert_true(service->state == PIPELINE_ANSWERED);
    assert_answer(AUDIT_UNAVAILABLE, 503);
    assert_int_equal(0, service->answer.ticket);
    assert_int_equal(before, count_values());
    assert_int_equal(0, count_lines("\n"));
    service->fails = false;
    service->stops = false;
    service_fixture_retry(service);
    app_fixture_ask(fixture, &put);
    assert_answer(OK, 200);
    assert_true(service->answer.is_effect && service->answer.version.len == RECORD_VERSION_TEXT);
    assert_int_equal(before + 1, count_values());
    /* The lost intent was written later; it has no outcome. */
    assert_int_equal(2, count_lines("\"outcome\":\"intent\""));
    assert_int_equal(1, count_lines("\"outcome\":\"ok\""));
}

/* The fixture has 16 places. */
static void one_app_does_not_take_all_kept_answers(void **state)
{
    (void)state;
    char key[16];
    struct app_ask ask = {.method = "PUT",
                          .target = "/v1/app/values",
                          .inner = "{\"key\":\"a\",\"value\":\"\"}",
                          .key = key};
    for (unsigned i = 0; i < 16; i++) {
        (void)snprintf(key, sizeof key, "k%u", i);
        app_fixture_ask(fixture, &ask);
        assert_int_equal(i < 8 ? STATUS_OK : STATUS_OVERLOADED, fixture->service->answer.code);
    }
    ask.who = 2; /* of another app */
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_of_version_1, setup, teardown),
        cmocka_unit_test_setup_teardown(values_of_version_2, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_not_written_to_give_way_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(wallets_stay_on_the_wire_of_version_1, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_of_names, setup, teardown),
        cmocka_unit_test_setup_teardown(a_repeat_gets_the_same_answer_sealed_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(a_root_that_changed_gives_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(the_epoch_is_that_of_the_root, setup, teardown),
        cmocka_unit_test_setup_teardown(one_app_does_not_take_all_kept_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_written_before_its_intent_is_durable, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nobody_signed_the_idempotency_key_of_version_1, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_body_of_version_1_has_one_route, setup, teardown),
        cmocka_unit_test_setup_teardown(a_plus_in_a_query_of_version_1_is_a_space, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
