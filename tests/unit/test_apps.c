#include "fixtures/app_asserts.h"
#include "keys/app_keys.h"

static const struct app_ask derive_v1 = {
    .method = "POST", .target = "/kms/derive", .inner = "{\"path\":\"a/b\"}", .is_v1 = true};
static const struct app_ask derive_v2 = {
    .method = "POST", .target = "/v1/app/keys", .inner = "{\"path\":\"a/b\"}"};

/* Version 1 comes first: after version 2 it is not served any more. */

/* What a spoiled request has changed: the first byte after a text. */
static void flip_after(char *text, const char *name)
{
    char *at = strstr(text, name);
    assert_non_null(at);
    at += strlen(name);
    *at = *at == 'a' || *at == '1' ? 'b' : *at == '0' ? '1' : 'a';
}

static void spoil_signature(struct app_fixture *spoiled)
{
    flip_after(spoiled->head, "ignature: 0x");
}

static void spoil_target(struct app_fixture *spoiled)
{
    flip_after(spoiled->head, "/v1/app/values/");
}

/* A byte of what is sealed, not of its form. */
static void spoil_body(struct app_fixture *spoiled)
{
    uint8_t *last = (uint8_t *)(uintptr_t)spoiled->body.ptr + spoiled->body.len - 8;
    *last = *last == '0' ? '1' : '0';
}

/* One request, signed, sealed and registered as it should be; then the same with one thing wrong.
 * Each of the four layers refuses alone. */
static void the_four_layers_stand_alone(void **state)
{
    (void)state;
    const struct app_ask *const good[] = {&derive_v1, &derive_v2};
    for (size_t i = 0; i < 2; i++) {
        app_fixture_ask(fixture, good[i]);
        assert_answer(OK, 200);

        struct app_ask stranger = *good[i]; /* on-chain identity */
        stranger.who = 3;
        app_fixture_ask(fixture, &stranger);
        assert_answer(INSTANCE_NOT_FOUND, 403);

        struct app_ask other_key = *good[i]; /* the envelope's end */
        other_key.sealer = 1 + 1;
        app_fixture_ask(fixture, &other_key);
        assert_answer(ENVELOPE_SENDER, 403);

        struct app_ask plain = *good[i];
        plain.is_plain = true;
        app_fixture_ask(fixture, &plain);
        assert_answer(ENVELOPE_REQUIRED, 400);
    }
    assert_int_equal(2, count_lines("\"outcome\":\"ok\""));
}

static void proof_alone_refuses(void **state)
{
    (void)state;
    static const uint8_t foreign[16] = {1, 2, 3};
    uint8_t used[16];
    for (int v1 = 1; v1 >= 0; v1--) {
        struct app_ask ask = v1 == 1 ? derive_v1 : derive_v2;
        ask.spoil = spoil_signature;
        app_fixture_ask(fixture, &ask);
        assert_int_equal(403, fixture->service->answer.http_status);
        ask.spoil = NULL;
        ask.nonce = foreign;
        app_fixture_ask(fixture, &ask);
        assert_answer(NONCE_INVALID, 403);
        assert_status(OK, nonces_issue(fixture->service->service->nonces, used));
        ask.nonce = used;
        app_fixture_ask(fixture, &ask);
        assert_answer(OK, 200);
        app_fixture_ask(fixture, &ask);
        assert_answer(NONCE_SPENT, 403);
        ask.nonce = NULL;
        int64_t most_ms = v1 == 1 ? LIMIT_POP_V1_MS : LIMIT_POP_MS;
        ask.late_ms = most_ms + 2000;
        app_fixture_ask(fixture, &ask);
        assert_answer(POP_STALE, 403);
        ask.late_ms = -most_ms - 2000;
        app_fixture_ask(fixture, &ask);
        assert_answer(POP_STALE, 403);
        ask.late_ms = most_ms - 2000;
        app_fixture_ask(fixture, &ask);
        assert_answer(OK, 200);
    }
}

static void integrity_alone_refuses(void **state)
{
    (void)state;
    struct app_ask ask = derive_v1;
    ask.spoil = spoil_body;
    app_fixture_ask(fixture, &ask);
    assert_answer(AEAD_INVALID, 400);
    ask = derive_v2;
    ask.spoil = spoil_body;
    app_fixture_ask(fixture, &ask);
    assert_answer(POP_SIGNATURE, 403);
    const struct app_ask read = {
        .method = "GET", .target = "/v1/app/values/key", .spoil = spoil_target};
    app_fixture_ask(fixture, &read);
    assert_answer(POP_SIGNATURE, 403);
    assert_int_equal(0, count_lines("\"outcome\":\"intent\""));
}

/* A stranger costs a recovery and a lookup: no nonce is spent, and it may be asked again. */
static void nothing_is_spent_before_the_registry_has_spoken(void **state)
{
    (void)state;
    uint8_t nonce[16];
    struct app_ask ask = derive_v2;
    assert_status(OK, nonces_issue(fixture->service->service->nonces, nonce));
    ask.nonce = nonce;
    ask.who = 3;
    app_fixture_ask(fixture, &ask);
    assert_answer(INSTANCE_NOT_FOUND, 403);
    ask.who = 0;
    fixture->service->may_wait = true;
    fixture->is_pending = true;
    service_fixture_clear(fixture->service);
    app_fixture_ask(fixture, &ask);
    assert_true(fixture->service->state == PIPELINE_LOOKS_UP);
    assert_int_equal(0, count_lines("\n"));
    fixture->is_pending = false;
    app_fixture_send(fixture, &ask);
    assert_answer(OK, 200);
    assert_true(fixture->is_signed);
    fixture->service->may_wait = false;
    fixture->is_pending = true;
    ask.nonce = NULL;
    app_fixture_ask(fixture, &ask);
    assert_answer(REGISTRY_PENDING, 503);
}

static void keys_are_those_of_the_app(void **state)
{
    (void)state;
    const struct secret32 root = {{1, 2, 3}};
    const uint8_t app[32] = {[31] = 7};
    const struct app_keys_request request = {.app = app, .path = BYTES_LITERAL("a/b")};
    uint8_t key[32];
    uint8_t memory[128] = "\"key\":\"";
    struct buf text = buf_over(memory, sizeof memory);
    text.len = strlen((char *)memory);
    assert_status(OK, app_keys_v1(&root, &request, key, sizeof key));
    base64_put(&text, BYTES_ARRAY(key));
    buf_put_text(&text, "\",\"length\":32");
    app_fixture_ask(fixture, &derive_v1);
    assert_answer(OK, 200);
    assert_true(fixture->is_signed);
    assert_true(inner_has("{\"app_id\":7,\"path\":\"a/b\",\"key\":\""));
    assert_true(inner_has((char *)memory));
    assert_false(body_has("app_id"));
    struct app_ask ask = derive_v1;
    ask.who = 1;
    app_fixture_ask(fixture, &ask);
    assert_true(inner_has((char *)memory));
    ask.who = 2;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_false(inner_has((char *)memory));
    app_fixture_ask(fixture, &derive_v2);
    assert_answer(OK, 200);
    assert_true(fixture->is_signed);
    assert_true(inner_has("\"app_id\":\"7\"") && inner_has("\"epoch\":0"));
    assert_false(inner_has((char *)memory));
}

static void derive(const char *target, const char *inner)
{
    struct app_ask ask = derive_v1;
    ask.target = target;
    ask.is_v1 = target[1] == 'k';
    ask.inner = inner;
    app_fixture_ask(fixture, &ask);
}

static void wrong_questions_for_keys(void **state)
{
    (void)state;
    static const char *const bad[] = {"{}",
                                      "{\"path\":\"\"}",
                                      "{\"path\":1}",
                                      "{\"path\":\"a\",\"context\":1}",
                                      "{\"path\":\"a\",\"length\":0}",
                                      "{\"path\":\"a\",\"length\":1025}",
                                      "{\"path\":\"a\",\"length\":true}",
                                      "{\"path\":\"a\",\"length\":-1}",
                                      "{\"path\":\"a\",\"length\":\"1x\"}",
                                      "[]",
                                      "x",
                                      "{\"path\":\"a\",\"length\":1.5}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        derive("/kms/derive", bad[i]);
        assert_int_equal(400, fixture->service->answer.http_status);
        assert_true(body_has("\"code\":\"bad_request\""));
        assert_false(fixture->is_signed);
    }
    derive("/kms/derive", "{\"path\":\"a\",\"length\":\"1024\",\"context\":\"c\",\"spare\":1}");
    assert_answer(OK, 200);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        derive("/v1/app/keys", bad[i]);
        assert_int_equal(400, fixture->service->answer.http_status);
        assert_true(fixture->is_signed);
    }
    derive("/v1/app/keys", "{\"path\":\"a\",\"spare\":1}");
    assert_answer(UNKNOWN_FIELD, 400);
    derive("/v1/app/keys", "{\"path\":\"a\",\"length\":65}");
    assert_answer(NUMBER_RANGE, 400);
    derive("/v1/app/keys", "{\"path\":\"a\",\"curve\":\"p521\"}");
    assert_answer(BAD_REQUEST, 400);
    derive("/v1/app/keys", "{\"path\":\"a\",\"curve\":\"p256\",\"length\":31}");
    assert_answer(NUMBER_RANGE, 400);
    derive("/v1/app/keys", "{\"path\":\"a\",\"epoch\":1}");
    assert_answer(UNAVAILABLE, 503);
    derive("/v1/app/keys", "{\"path\":\"a\",\"curve\":\"stark\",\"bind_measurement\":true}");
    assert_answer(OK, 200);
}

static void the_trail_names_the_app_and_nothing_else(void **state)
{
    (void)state;
    values("PUT", "/v1/app/values", "{\"key\":\"hidden-name\",\"value\":\"AA==\"}");
    values("GET", "/v1/app/values/hidden-name", NULL);
    assert_int_equal(3, count_lines("\"principal\":\"app:7\""));
    assert_int_equal(1, count_lines("\"outcome\":\"intent\""));
    assert_int_equal(3, count_lines("\"block\":\"0:000"));
    assert_int_equal(3, count_lines("\"assurance\":2"));
    assert_int_equal(2, count_lines("\"op\":\"app.values.put\""));
    assert_int_equal(0, count_lines("hidden-name"));
    assert_int_equal(0, count_lines("\"object\":null"));
}

static void who_has_no_proof_is_no_app(void **state)
{
    (void)state;
    static const char head[] = "POST /v1/app/keys HTTP/1.1\r\nContent-Type: application/json\r\n";
    service_fixture_ask(fixture->service, head, bytes_of("{}"), true);
    assert_answer(UNAUTHENTICATED, 401);
    service_fixture_ask(fixture->service, "GET /kms/data HTTP/1.1\r\n", bytes_of(""), true);
    assert_answer(UNAUTHENTICATED, 403);
    assert_true(body_has("\"detail\":\"Missing PoP authentication."));
    service_fixture_ask(fixture->service, "GET /kms/data HTTP/1.1\r\nX-App-Nonce: x\r\n",
                        bytes_of(""), true);
    assert_answer(POP_MISSING, 403);
    /* The headers of one version are nothing to the routes of the other. */
    struct app_ask ask = derive_v1;
    ask.target = "/v1/app/keys";
    app_fixture_ask(fixture, &ask);
    assert_answer(UNAUTHENTICATED, 401);
    ask = derive_v2;
    ask.target = "/sign";
    app_fixture_ask(fixture, &ask);
    assert_answer(FORBIDDEN, 403);
}

/* Clients of the seed before its last changes sign over our wallet in the case of EIP-55, name no
 * wallet of their own, and call the ciphertext by another name. */
static void other_spellings_of_version_1(void **state)
{
    (void)state;
    struct app_ask ask = derive_v1;
    ask.is_checksum = true;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_true(fixture->is_signed);
    ask.is_nameless = true;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_true(fixture->is_signed);
    ask.is_checksum = false;
    ask.member = ENVELOPE_CIPHERTEXT;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_true(body_has("\"ciphertext\":") && !body_has("\"encrypted_data\":"));
    ask.who = 3;
    app_fixture_ask(fixture, &ask);
    assert_answer(INSTANCE_NOT_FOUND, 403);
}

static size_t spoiled_at;

static void spoil_one_byte(struct app_fixture *spoiled)
{
    if (spoiled_at < spoiled->body.len) {
        ((uint8_t *)(uintptr_t)spoiled->body.ptr)[spoiled_at] ^= 1;
    }
}

/* Whatever byte of a body is changed, nothing is done. */
static void every_byte_of_a_body_counts(void **state)
{
    (void)state;
    struct app_ask asks[] = {derive_v1, derive_v2};
    for (size_t v = 0; v < 2; v++) {
        app_fixture_ask(fixture, &asks[v]);
        size_t len = fixture->body.len;
        asks[v].spoil = spoil_one_byte;
        for (spoiled_at = 0; spoiled_at < len; spoiled_at++) {
            app_fixture_ask(fixture, &asks[v]);
            assert_int_not_equal(200, fixture->service->answer.http_status);
        }
    }
    assert_int_equal(2, count_lines("\"outcome\":\"intent\""));
}

static struct bytes replayed;

static void send_again(struct app_fixture *spoiled)
{
    spoiled->body = replayed;
}

/* An envelope that somebody recorded, under the headers of another request. */
static void an_envelope_is_opened_once(void **state)
{
    (void)state;
    static uint8_t copy[4096];
    struct app_ask ask = derive_v1;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    memcpy(copy, fixture->body.ptr, fixture->body.len);
    replayed = (struct bytes){copy, fixture->body.len};
    ask.spoil = send_again;
    app_fixture_ask(fixture, &ask);
    assert_answer(ENVELOPE_REPLAYED, 403);
    ask.target = "/v1/app/keys"; /* version 2 signs what it sends */
    ask.is_v1 = false;
    app_fixture_ask(fixture, &ask);
    assert_answer(POP_SIGNATURE, 403);
}

static void limit_strangers(uint32_t burst)
{
    const struct clock clock = clock_system();
    const struct token_bucket_rule rule = {1, burst};
    struct service *service = fixture->service->service;
    service->setup.strangers = rule;
    token_bucket_init(&fixture->service->worker->strangers, &rule, clock_monotonic_ns(&clock));
}

/* Wallets cost nothing: what strangers write to the trail is bounded, and what they cost. */
static void strangers_have_a_rate_together(void **state)
{
    (void)state;
    struct app_ask ask = derive_v2;
    ask.who = 3;
    limit_strangers(3);
    service_fixture_clear(fixture->service);
    for (unsigned i = 0; i < 3; i++) {
        app_fixture_ask(fixture, &ask);
        assert_answer(INSTANCE_NOT_FOUND, 403);
    }
    for (unsigned i = 0; i < 3; i++) {
        app_fixture_ask(fixture, &ask);
        assert_answer(RATE_LIMITED, 429);
    }
    assert_int_equal(3, count_lines("\n"));
    assert_int_equal(
        3, metrics_read(fixture->service->service->metrics, 1, METRICS_STRANGERS_LIMITED, 0, 0));
    ask.who = 0;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    fixture->root_code = STATUS_REGISTRY_LOST; /* nobody is served, and that is what is said */
    app_fixture_ask(fixture, &ask);
    assert_answer(REGISTRY_LOST, 503);
}

/* Without a header both spellings are tried, and for a stranger both are looked up. */
static void a_nameless_stranger_is_looked_up_once_when_there_are_many(void **state)
{
    (void)state;
    struct app_ask ask = derive_v1;
    ask.is_nameless = true;
    limit_strangers(3);
    for (unsigned i = 0; i < 4; i++) {
        ask.who = 3;
        app_fixture_ask(fixture, &ask);
    }
    assert_answer(RATE_LIMITED, 429);
    size_t before = fixture->lookups;
    app_fixture_ask(fixture, &ask);
    assert_answer(RATE_LIMITED, 429);
    assert_int_equal(before + 1, fixture->lookups);
    ask.who = 0;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
}

static void an_app_has_its_rate(void **state)
{
    (void)state;
    struct service *service = fixture->service->service;
    const struct token_bucket_rule rule = {1, 3};
    assert_status(OK, rate_table_new(&fixture->service->mem, &rule, &service->setup.entropy,
                                     &service->app_rates));
    struct app_ask ask = derive_v2;
    for (unsigned i = 0; i < 3; i++) {
        ask.who = i % 2;
        app_fixture_ask(fixture, &ask);
        assert_answer(OK, 200);
    }
    service_fixture_clear(fixture->service);
    app_fixture_ask(fixture, &ask);
    assert_answer(RATE_LIMITED, 429);
    assert_int_equal(0, count_lines("\n"));
    ask.who = 2;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
}

/* What was sealed is not told in an error either, which is not. */
static void an_error_does_not_say_what_was_sealed(void **state)
{
    (void)state;
    struct app_ask ask = derive_v2;
    ask.inner = "{\"path\":\"a\",\"hunter2\":1}";
    app_fixture_ask(fixture, &ask);
    assert_answer(UNKNOWN_FIELD, 400);
    assert_null(
        memmem(fixture->service->answer.body.ptr, fixture->service->answer.body.len, "hunter2", 7));
}

static void get(const char *path)
{
    char head[256];
    (void)snprintf(head, sizeof head, "GET %s HTTP/1.1\r\n", path);
    service_fixture_ask(fixture->service, head, bytes_of(""), true);
    assert_answer(OK, 200);
}

static void what_anyone_may_see(void **state)
{
    (void)state;
    char text[256];
    values("PUT", "/kms/data", "{\"key\":\"k\",\"value\":\"AA==\"}");
    get("/status");
    (void)snprintf(text, sizeof text, "\"tee_wallet\":\"%.*s\"", POP_WALLET_TEXT,
                   (const char *)fixture->node->wallet_text);
    assert_true(body_has(text));
    assert_true(body_has("\"tee_pubkey\":\"3076301006072a8648ce3d020106052b8104002203620004"));
    assert_true(body_has("\"data_store\":{\"namespaces\":1,\"total_keys\":1,\"total_bytes\":"));
    assert_true(body_has("\"registry\":{\"static\":true,\"lost\":false"));
    get("/nonce");
    assert_int_equal(36, fixture->service->answer.body.len); /* 16 bytes in base64 */
    get("/v1/nonce");
    (void)snprintf(text, sizeof text, ",\"node\":\"%.*s\",\"domain_id\":\"", POP_NODE_TEXT,
                   (const char *)fixture->node->node_text);
    assert_true(body_has("{\"nonce\":\"0000000") && body_has(text));
    get("/nodes");
    assert_bytes(BYTES_LITERAL("{\"operators\":[],\"count\":0}"), fixture->service->answer.body);
    get("/");
    assert_true(body_has("{\"method\":\"POST\",\"path\":\"/kms/derive\",\"auth\":\"app\""));
    assert_true(body_has("\"X-App-Signature\""));
    get("/metrics");
    assert_true(body_has("coffer_agreements_misses_total 1\n"));
    assert_true(body_has("coffer_values 1\n"));
    get("/openapi.json");
    assert_true(body_has("\"/kms/data/{key}\":{\"get\":"));
}

/* Nobody who holds back what an app sends can make it fall back to version 1. */
static void version_1_ends_with_version_2(void **state)
{
    (void)state;
    struct app_ask ask = derive_v1;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    struct app_ask refused = derive_v2;
    refused.spoil = spoil_signature;
    app_fixture_ask(fixture, &refused);
    assert_int_equal(403, fixture->service->answer.http_status);
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    app_fixture_ask(fixture, &derive_v2);
    assert_answer(OK, 200);
    app_fixture_ask(fixture, &ask);
    assert_answer(V1_AFTER_V2, 403);
    ask.who = 1; /* another instance of the same app */
    app_fixture_ask(fixture, &ask);
    assert_answer(V1_AFTER_V2, 403);
    ask.who = 2;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
}

#define BOUNDS                                                                     \
    "\"resource_bounds\":{\"l1_gas\":{\"max_amount\":0,\"max_price_per_unit\":0}," \
    "\"l2_gas\":{\"max_amount\":9,\"max_price_per_unit\":9},\"l1_data_gas\":"      \
    "{\"max_amount\":9,\"max_price_per_unit\":9}}"
#define SIGN                                                                                 \
    "{\"username\":\"alice\",\"transaction\":{\"type\":\"INVOKE\",\"chain_id\":\"SN_MAIN\"," \
    "\"nonce\":1,\"calls\":[{\"to\":1,\"entrypoint\":\"f\",\"calldata\":[2]}]," BOUNDS "}}"

/* The address of alice, as the last answer says; of an app, inside its envelope. */
static void address_of_alice(struct bytes answer, char out[static 80])
{
    const char *from = "\"address\":\"";
    const char *at = memmem(answer.ptr, answer.len, from, strlen(from));
    assert_non_null(at);
    (void)snprintf(out, 80, "%.*s", (int)strcspn(at + strlen(from), "\""), at + strlen(from));
}

/* Each app has users of its own, whatever their names are, and the loopback caller others. */
static void an_app_signs_for_its_own_users(void **state)
{
    (void)state;
    char addresses[3][80];
    struct app_ask ask = {
        .method = "POST", .target = "/v1/starknet/accounts", .inner = "{\"username\":\"alice\"}"};
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_true(fixture->is_signed);
    address_of_alice(fixture->inner, addresses[0]);
    ask.who = 2;
    app_fixture_ask(fixture, &ask);
    address_of_alice(fixture->inner, addresses[1]);
    service_fixture_post(fixture->service, ask.target, ask.inner);
    address_of_alice(fixture->service->answer.body, addresses[2]);
    assert_string_not_equal(addresses[0], addresses[1]);
    assert_string_not_equal(addresses[0], addresses[2]);
    assert_string_not_equal(addresses[1], addresses[2]);
    ask.who = 1;
    app_fixture_ask(fixture, &ask);
    address_of_alice(fixture->inner, addresses[1]);
    assert_string_equal(addresses[0], addresses[1]);

    service_fixture_clear(fixture->service);
    ask.target = "/v1/starknet/sign";
    ask.inner = SIGN;
    ask.key = "s1";
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_true(inner_has("\"signature\":[\"0x") && inner_has(addresses[0]));
    assert_int_equal(2, count_lines("\"principal\":\"app:7\""));
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    /* A repeat is an answer too, and says which record it repeats. */
    assert_int_equal(3, count_lines("\"principal\":\"app:7\""));
    assert_int_equal(1, count_lines("\"ref\":\""));
    assert_int_equal(2, count_lines("\"ref\":null"));
    ask.who = 3;
    app_fixture_ask(fixture, &ask);
    assert_answer(INSTANCE_NOT_FOUND, 403);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_four_layers_stand_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(proof_alone_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(integrity_alone_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_spent_before_the_registry_has_spoken, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(keys_are_those_of_the_app, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_questions_for_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(the_trail_names_the_app_and_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(who_has_no_proof_is_no_app, setup, teardown),
        cmocka_unit_test_setup_teardown(other_spellings_of_version_1, setup, teardown),
        cmocka_unit_test_setup_teardown(strangers_have_a_rate_together, setup, teardown),
        cmocka_unit_test_setup_teardown(a_nameless_stranger_is_looked_up_once_when_there_are_many,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(an_app_has_its_rate, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_does_not_say_what_was_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_anyone_may_see, setup, teardown),
        cmocka_unit_test_setup_teardown(an_app_signs_for_its_own_users, setup, teardown),
        cmocka_unit_test_setup_teardown(version_1_ends_with_version_2, setup, teardown),
        cmocka_unit_test_setup_teardown(an_envelope_is_opened_once, setup, teardown),
        cmocka_unit_test_setup_teardown(every_byte_of_a_body_counts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
