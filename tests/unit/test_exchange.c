#include "fixtures/app_asserts.h"
#include "fixtures/vector_file.h"
#include "pipeline/exchange.h"

static const struct app_ask derive = {
    .method = "POST", .target = "/kms/derive", .inner = "{\"path\":\"a\"}", .is_v1 = true};

/* --- an answer that comes back as a request --- */

static uint8_t recorded[4096];
static size_t recorded_len;

/* The last answer with the app for its sender, as whoever passes messages on can write it. */
static void record_answer(void)
{
    static const char before[] = "{\"sender_tee_pubkey\":\"";
    uint8_t spki[P384_SPKI];
    struct bytes body = fixture->service->answer.body;
    assert_true(body.len < sizeof recorded && bytes_starts(body, bytes_of(before)));
    memcpy(recorded, body.ptr, body.len);
    recorded_len = body.len;
    p384_point_spki(&fixture->instances[0].point, spki);
    struct buf sender = buf_over(recorded + sizeof before - 1, 2 * P384_SPKI);
    hex_put(&sender, BYTES_ARRAY(spki));
}

static void send_recorded(struct app_fixture *spoiled)
{
    spoiled->body = (struct bytes){recorded, recorded_len};
}

static void assert_refused_everywhere(void)
{
    static const char *const routes[][2] = {
        {"PUT", "/kms/data"}, {"DELETE", "/kms/data"}, {"POST", "/kms/derive"}};
    service_fixture_clear(fixture->service);
    for (size_t i = 0; i < 3; i++) {
        struct app_ask ask = derive;
        ask.method = routes[i][0];
        ask.target = routes[i][1];
        ask.spoil = send_recorded;
        app_fixture_ask(fixture, &ask);
        assert_answer(ENVELOPE_REPLAYED, 403);
    }
    assert_int_equal(0, count_lines("\"outcome\":\"ok\""));
    assert_int_equal(0, count_lines("\"outcome\":\"intent\""));
}

/* One key for both ways: what we sealed opens, and is still no request. */
static void assert_no_answer_is_a_request(void)
{
    static const char *const asks[][3] = {
        {"PUT", "/kms/data", "{\"key\":\"cfg\",\"value\":\"b2xk\"}"},
        {"GET", "/kms/data/cfg", NULL},
        {"GET", "/kms/data", NULL},
        {"POST", "/kms/derive", "{\"path\":\"a\"}"},
        {"PUT", "/kms/data", "{\"key\":\"gone\",\"value\":\"b2xk\"}"},
        {"DELETE", "/kms/data", "{\"key\":\"gone\"}"},
    };
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        values(asks[i][0], asks[i][1], asks[i][2]);
        assert_answer(OK, 200);
        record_answer();
        assert_refused_everywhere();
        assert_refused_everywhere();
    }
    values("GET", "/kms/data/cfg", NULL);
    record_answer();
    values("PUT", "/kms/data", "{\"key\":\"cfg\",\"value\":\"bmV3\"}");
    assert_refused_everywhere();
    values("GET", "/kms/data/cfg", NULL);
    assert_true(inner_has("\"value\":\"bmV3\""));
}

static void an_answer_is_no_request(void **state)
{
    (void)state;
    assert_no_answer_is_a_request();
}

/* The same where the key is elsewhere and lives longer than the node. */
static void an_answer_that_was_sealed_elsewhere_is_none_either(void **state)
{
    (void)state;
    app_fixture_close(fixture);
    fixture = app_fixture_open_remote();
    service_fixture_clear(fixture->service);
    assert_no_answer_is_a_request();
}

/* Nothing of the kind was sent before: the words must not say so alone. */
static void a_request_with_the_member_of_answers_hears_of_it(void **state)
{
    (void)state;
    values("PUT", "/kms/data", "{\"key\":\"k\",\"value\":\"b2xk\",\"app_id\":7}");
    assert_answer(ENVELOPE_REPLAYED, 403);
    assert_true(body_has("leave it out of requests"));
}

/* --- a key that a process before this one had --- */

static void under_an_old_key_version_1_changes_nothing(void **state)
{
    (void)state;
    values("PUT", "/kms/data", "{\"key\":\"k\",\"value\":\"b2xk\"}");
    assert_answer(OK, 200);
    fixture->apps.is_key_old = true;
    service_fixture_clear(fixture->service);
    values("PUT", "/kms/data", "{\"key\":\"k\",\"value\":\"bmV3\"}");
    assert_answer(V1_KEY_OLD, 403);
    values("DELETE", "/kms/data", "{\"key\":\"k\"}");
    assert_answer(V1_KEY_OLD, 403);
    assert_int_equal(0, count_lines("\"outcome\":\"intent\""));
    values("GET", "/kms/data/k", NULL);
    assert_true(inner_has("\"value\":\"b2xk\""));
    app_fixture_ask(fixture, &derive);
    assert_answer(OK, 200);
    values("PUT", "/v1/app/values", "{\"key\":\"k\",\"value\":\"bmV3\"}");
    assert_answer(OK, 200);
}

/* --- how version 1 makes its keys --- */

static void answers_are_made_like_their_requests(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < ENVELOPE_DERIVATIONS; i++) {
            struct app_ask ask = derive;
            ask.derivation = (enum envelope_derivation)i;
            app_fixture_ask(fixture, &ask);
            assert_answer(OK, 200);
            assert_int_equal(i, fixture->derivation);
            values("GET", "/kms/data", NULL); /* no envelope: like the app's last one */
            assert_answer(OK, 200);
            assert_int_equal(i, fixture->derivation);
        }
    }
}

/* Until it has sent one, an app is taken to be beside the newest supervisor. */
static void an_app_that_has_sent_no_envelope(void **state)
{
    (void)state;
    struct app_ask ask = derive;
    app_fixture_ask(fixture, &ask);
    assert_int_equal(ENVELOPE_STATIC, fixture->derivation);
    ask = (struct app_ask){.method = "GET", .target = "/kms/data", .who = 1, .is_v1 = true};
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_int_equal(ENVELOPE_CAPSULE, fixture->derivation);
}

/* An envelope that does not open teaches nothing. */
static void spoil_tag(struct app_fixture *spoiled)
{
    uint8_t *last = (uint8_t *)(uintptr_t)spoiled->body.ptr + spoiled->body.len - 8;
    *last = *last == '0' ? '1' : '0';
}

static void what_does_not_open_is_not_remembered(void **state)
{
    (void)state;
    struct app_ask ask = derive;
    ask.derivation = ENVELOPE_ENCLAVER;
    app_fixture_ask(fixture, &ask);
    ask.derivation = ENVELOPE_STATIC;
    ask.spoil = spoil_tag;
    app_fixture_ask(fixture, &ask);
    assert_answer(AEAD_INVALID, 400);
    values("GET", "/kms/data", NULL);
    assert_int_equal(ENVELOPE_ENCLAVER, fixture->derivation);
}

/* --- a run of the platform's own client, again --- */

static struct json_in platform_end(const struct json_in *root, const char *name,
                                   struct app_instance *instance)
{
    struct json_in end = vector_file_member(root, name);
    struct secret32 wallet;
    struct k256_public public;
    memcpy(wallet.b, vector_file_hex(&end, "wallet_private").ptr, sizeof wallet.b);
    assert_status(OK, k256_key_from(&wallet, &instance->wallet));
    assert_status(OK, k256_public(&instance->wallet, &public));
    eth_address_of(&public, &instance->address);
    assert_status(OK, p384_key_from(vector_file_hex(&end, "p384_private").ptr, &instance->tee));
    assert_status(OK, p384_public(&instance->tee, &instance->point));
    return end;
}

static void choose_platform(struct app_fixture *chosen, struct app_instance *node,
                            struct secret32 *root_secret)
{
    struct json_in root = vector_file_root("nova-app-capsule.json");
    (void)platform_end(&root, "node", node);
    (void)platform_end(&root, "app", &chosen->instances[0]);
    memcpy(root_secret->b, vector_file_hex(&root, "master_secret").ptr, sizeof root_secret->b);
    chosen->instances[0].app_id = vector_file_u64(&root, "app_id");
}

static struct bytes platform_body;

static void send_platform_body(struct app_fixture *spoiled)
{
    spoiled->body = platform_body;
}

static bool is_same_string(const struct json_in *a, const struct json_in *b)
{
    struct bytes texts[2];
    return status_is_ok(json_in_string(a, &texts[0])) &&
           status_is_ok(json_in_string(b, &texts[1])) && bytes_equal(texts[0], texts[1]);
}

static bool is_same_value(const struct json_in *a, const struct json_in *b)
{
    bool truths[2] = {false, true};
    enum json_in_kind kind = json_in_kind(a);
    if (kind != json_in_kind(b)) {
        return false;
    }
    if (kind == JSON_IN_STRING) {
        return is_same_string(a, b);
    }
    return kind == JSON_IN_INTEGER
               ? json_in_integer(a) == json_in_integer(b)
               : status_is_ok(json_in_bool(a, &truths[0])) &&
                     status_is_ok(json_in_bool(b, &truths[1])) && truths[0] == truths[1];
}

/* Every member of what the platform's node answered, but for the time of a write. */
static void assert_like_platform(struct bytes theirs)
{
    static struct json_in_doc docs[2];
    struct json_in member;
    assert_status(OK, json_in_parse(&fixture->arena, theirs, &docs[0]));
    assert_status(OK, json_in_parse(&fixture->arena, fixture->inner, &docs[1]));
    struct json_in roots[2] = {json_in_root(&docs[0]), json_in_root(&docs[1])};
    for (void *next = NULL; json_in_next(&roots[0], &next, &member);) {
        char name[32] = {0};
        struct json_in ours;
        memcpy(name, member.name.ptr, member.name.len);
        assert_true(json_in_find(&roots[1], name, &ours));
        bool is_time = strcmp(name, "updated_at_ms") == 0;
        assert_true(is_time ? json_in_integer(&ours) > 1600000000000
                            : is_same_value(&member, &ours));
    }
}

static struct bytes text_or_none(const struct json_in *at, const char *name)
{
    struct json_in member;
    return json_in_find(at, name, &member) ? vector_file_text(at, name) : (struct bytes){NULL, 0};
}

/* Its client's calls in their order, with its own sealed bodies, under proofs over our nonces: the
 * same codes, and what its node answered, in envelopes that it opens. */
static void calls_of_the_platform_are_answered_like_there(void **state)
{
    (void)state;
    app_fixture_close(fixture);
    fixture = app_fixture_open_chosen(choose_platform);
    struct json_in root = vector_file_root("nova-app-capsule.json");
    struct json_in list = vector_file_member(&root, "exchanges");
    size_t calls = 0;
    for (size_t i = 0; i < vector_file_count(&list); i++) {
        struct json_in exchange = json_in_item(&list, i);
        struct json_in decoded = vector_file_member(&exchange, "decoded");
        struct bytes theirs = text_or_none(&decoded, "response_plaintext");
        char method[8] = {0};
        char path[128] = {0};
        memcpy(method, vector_file_text(&exchange, "method").ptr,
               vector_file_text(&exchange, "method").len);
        memcpy(path, vector_file_text(&exchange, "path").ptr,
               vector_file_text(&exchange, "path").len);
        if (strncmp(path, "/kms/", 5) != 0) {
            continue;
        }
        platform_body = vector_file_text(&exchange, "request_body");
        const struct app_ask ask = {.method = method,
                                    .target = path,
                                    .inner = platform_body.len == 0 ? NULL : "{}",
                                    .is_v1 = true,
                                    .spoil = platform_body.len == 0 ? NULL : send_platform_body};
        app_fixture_ask(fixture, &ask);
        assert_int_equal(vector_file_u64(&exchange, "status"),
                         fixture->service->answer.http_status);
        assert_int_equal(theirs.len != 0, fixture->inner.len != 0);
        if (theirs.len != 0) {
            assert_true(fixture->is_signed);
            assert_int_equal(ENVELOPE_CAPSULE, fixture->derivation);
            assert_like_platform(theirs);
        }
        calls++;
    }
    assert_int_equal(23, calls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_is_no_request, setup, teardown),
        cmocka_unit_test_setup_teardown(a_request_with_the_member_of_answers_hears_of_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_answer_that_was_sealed_elsewhere_is_none_either, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(under_an_old_key_version_1_changes_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(answers_are_made_like_their_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(an_app_that_has_sent_no_envelope, setup, teardown),
        cmocka_unit_test_setup_teardown(what_does_not_open_is_not_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_of_the_platform_are_answered_like_there, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
