#include <unistd.h>

#include "digest/keccak256.h"
#include "fixtures/app_asserts.h"
#include "keys/root_gate.h"
#include "pipeline/trail.h"

static struct entropy system_entropy;
static const struct app_ask derive_v1 = {
    .method = "POST", .target = "/kms/derive", .inner = "{\"path\":\"a/b\"}", .is_v1 = true};
static const struct app_ask derive_v2 = {
    .method = "POST", .target = "/v1/app/keys", .inner = "{\"path\":\"a/b\"}"};

static void publish(uint8_t first)
{
    const struct secret32 root = {{1, 2, 3}};
    fixture->root.is_published = true;
    keccak256_hash(BYTES_ARRAY(root.b), fixture->root.hash);
    fixture->root.hash[0] ^= first;
}

static void get(const char *path)
{
    char head[128];
    (void)snprintf(head, sizeof head, "GET %s HTTP/1.1\r\n", path);
    service_fixture_ask(fixture->service, head, (struct bytes){NULL, 0}, false);
}

static void assert_refused(const char *code, const char *reason)
{
    char text[128];
    app_fixture_ask(fixture, &derive_v1);
    assert_int_equal(503, fixture->service->answer.http_status);
    assert_string_equal(code, status_name(fixture->service->answer.code));
    (void)snprintf(text, sizeof text,
                   "\"detail\":{\"error\":\"Service unavailable\",\"reason\":\"%s\"}", reason);
    assert_true(body_has(text));
    app_fixture_ask(fixture, &derive_v2);
    assert_int_equal(503, fixture->service->answer.http_status);
    assert_string_equal(code, status_name(fixture->service->answer.code));
    values("GET", "/v1/app/values/a", NULL);
    assert_int_equal(503, fixture->service->answer.http_status);
    assert_int_equal(0, count_lines("\"outcome\":\"intent\""));
}

static void assert_status_says(const char *text)
{
    get("/status");
    assert_answer(OK, 200);
    assert_true(body_has(text));
    get("/health");
    assert_answer(OK, 200);
    assert_true(body_has("\"status\":\"healthy\""));
}

static void assert_metric(const char *line)
{
    get("/metrics");
    assert_true(body_has(line));
}

/* Another hash closes the gate, and nothing opens it again; no lookup, no nonce is spent on it. */
static void another_hash_closes_for_ever(void **state)
{
    (void)state;
    uint8_t nonce[16];
    struct app_ask ask = derive_v1;
    assert_status(OK, nonces_issue(fixture->service->service->nonces, nonce));
    ask.nonce = nonce;
    publish(1);
    app_fixture_ask(fixture, &ask);
    assert_answer(ROOT_MISMATCH, 503);
    assert_int_equal(0, fixture->lookups);
    assert_status(OK,
                  nonces_spend(fixture->service->service->nonces, nonce, (uint8_t[NONCE_APP]){1}));
    assert_int_equal(1, count_lines("\"code\":\"ROOT_MISMATCH\""));
    publish(0);
    assert_refused("ROOT_MISMATCH", "synced master secret hash mismatch");
    get("/ready");
    assert_answer(ROOT_MISMATCH, 503);
    assert_status_says("\"published_hash\":\"different\",\"error_code\":\"ROOT_MISMATCH\"");
    assert_status_says("\"service_available\":false");
    assert_metric("\ncoffer_root_state 4\n");
    fixture->root_code = STATUS_ROOT_CONFLICT;
    assert_refused("ROOT_MISMATCH", "synced master secret hash mismatch");
}

static void two_hashes_close_for_ever(void **state)
{
    (void)state;
    publish(0);
    app_fixture_ask(fixture, &derive_v1);
    assert_answer(OK, 200);
    service_fixture_clear(fixture->service);
    fixture->root_code = STATUS_ROOT_CONFLICT;
    assert_refused("ROOT_CONFLICT", "synced master secret hash mismatch");
    fixture->root_code = STATUS_OK;
    assert_refused("ROOT_CONFLICT", "synced master secret hash mismatch");
    assert_status_says("\"published_hash\":\"conflict\",\"error_code\":\"ROOT_CONFLICT\"");
    assert_metric("\ncoffer_root_state 5\n");
}

static void a_chain_that_was_not_read_denies(void **state)
{
    (void)state;
    publish(0);
    fixture->root_code = STATUS_REGISTRY_LOST;
    app_fixture_ask(fixture, &derive_v1);
    assert_answer(REGISTRY_LOST, 503);
    assert_status_says("\"published_hash\":\"unknown\",\"error_code\":\"REGISTRY_LOST\"");
    assert_metric("\ncoffer_root_state 1\n");
    fixture->root_code = STATUS_REGISTRY_PENDING;
    app_fixture_ask(fixture, &derive_v1);
    assert_answer(REGISTRY_PENDING, 503);
    fixture->service->may_wait = true;
    app_fixture_make(fixture, &derive_v1);
    service_fixture_clear(fixture->service);
    app_fixture_send(fixture, &derive_v1);
    assert_true(fixture->service->state == PIPELINE_LOOKS_UP);
    assert_int_equal(0, count_lines("\n"));
    fixture->root_code = STATUS_OK;
    app_fixture_send(fixture, &derive_v1);
    assert_answer(OK, 200);
}

static void the_hash_is_compared(void **state)
{
    (void)state;
    app_fixture_ask(fixture, &derive_v1);
    assert_answer(OK, 200);
    assert_status_says("\"service_available\":true,\"master_secret\":{\"state\":\"generated\","
                       "\"synced_from\":null,\"source\":\"file\",\"hash\":\"");
    assert_status_says("\"published_hash\":\"not published\",\"error_code\":null");
    assert_metric("\ncoffer_root_state 2\n");
    publish(0);
    app_fixture_ask(fixture, &derive_v1);
    assert_answer(OK, 200);
    assert_status_says("\"published_hash\":\"equal\",\"error_code\":null");
    assert_metric("\ncoffer_root_state 3\n");
}

/* Who does not need the root is served without it: the tenant "default" has a seed of its own. */
static void an_imported_seed_needs_no_root(void **state)
{
    (void)state;
    publish(1);
    service_fixture_post(fixture->service, "/v1/starknet/accounts", "{\"username\":\"alice\"}");
    assert_answer(OK, 200);
    ((struct tenant *)(uintptr_t)fixture->service->service->tenant)->seed = TRUST_NATIVE;
    service_fixture_post(fixture->service, "/v1/starknet/accounts", "{\"username\":\"alice\"}");
    assert_answer(ROOT_MISMATCH, 503);
}

/* --- the gate alone --------------------------------------------------------------------------- */

struct gate_fixture {
    struct root_keyring *ring;
    struct root_gate *gate;
    int pipe[2];
};

static struct gate_fixture open_gate(bool needs_hash, bool has_root)
{
    static const uint8_t domain[DOMAIN_ID];
    static struct registry_port port;
    static struct log log;
    struct gate_fixture made = {0};
    const struct secret32 root = {{1, 2, 3}};
    port = (struct registry_port){
        .context = fixture, .root = app_fixture_root, .health = app_fixture_health};
    assert_int_equal(0, pipe(made.pipe));
    log = (struct log){.fd = made.pipe[1], .level = LOG_LEVEL_INFO, .clock = clock_system()};
    assert_status(OK, root_keyring_open(domain, &system_entropy, &made.ring));
    if (has_root) {
        assert_status(OK, root_keyring_install(made.ring, 0, &root));
    }
    const struct root_gate_setup setup = {.registry = &port,
                                          .roots = made.ring,
                                          .log = &log,
                                          .mem = &fixture->service->mem,
                                          .needs_hash = needs_hash};
    assert_status(OK, root_gate_open(&setup, &made.gate));
    return made;
}

/* Returns: the lines that were logged. */
static size_t close_gate(struct gate_fixture *made, char ret_text[static 4096])
{
    size_t lines = 0;
    root_gate_close(&made->gate);
    root_keyring_close(&made->ring);
    close(made->pipe[1]);
    ssize_t len = read(made->pipe[0], ret_text, 4095);
    close(made->pipe[0]);
    ret_text[len > 0 ? len : 0] = '\0';
    for (const char *at = ret_text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    return lines;
}

static void a_production_build_waits_for_the_hash(void **state)
{
    (void)state;
    char text[4096];
    struct gate_fixture made = open_gate(true, true);
    assert_status(ROOT_UNPUBLISHED, root_gate_check(made.gate, REGISTRY_SERVE, 1));
    assert_int_equal(ROOT_GATE_UNPUBLISHED, root_gate_state(made.gate, 1));
    publish(0);
    assert_status(OK, root_gate_check(made.gate, REGISTRY_SERVE, 1));
    assert_int_equal(ROOT_GATE_EQUAL, root_gate_state(made.gate, 1));
    (void)close_gate(&made, text);
}

static void nothing_without_a_root(void **state)
{
    (void)state;
    char text[4096];
    uint8_t hash[ROOT_GATE_HASH];
    uint8_t expected[ROOT_GATE_HASH];
    const struct secret32 root = {{1, 2, 3}};
    publish(0);
    struct gate_fixture made = open_gate(false, false);
    assert_status(UNAVAILABLE, root_gate_check(made.gate, REGISTRY_SERVE, 1));
    assert_int_equal(ROOT_GATE_NONE, root_gate_state(made.gate, 1));
    assert_false(root_gate_hash(made.gate, hash));
    assert_status(OK, root_keyring_install(made.ring, 0, &root));
    assert_status(OK, root_gate_check(made.gate, REGISTRY_SERVE, 1));
    assert_true(root_gate_hash(made.gate, hash));
    keccak256_hash(BYTES_ARRAY(root.b), expected);
    assert_memory_equal(expected, hash, sizeof hash);
    (void)close_gate(&made, text);
}

/* Each state is logged once, with the hash and without the root; what is for ever is told once. */
static void states_are_told_once(void **state)
{
    (void)state;
    char text[4096];
    struct status why;
    struct gate_fixture made = open_gate(false, true);
    publish(0);
    for (int i = 0; i < 3; i++) {
        assert_status(OK, root_gate_check(made.gate, REGISTRY_SERVE, 1));
    }
    assert_false(root_gate_news(made.gate, &why));
    publish(1);
    for (int i = 0; i < 3; i++) {
        assert_status(ROOT_MISMATCH, root_gate_check(made.gate, REGISTRY_SERVE, 1));
        assert_true(root_gate_news(made.gate, &why));
        assert_status(ROOT_MISMATCH, why);
    }
    assert_status(OK, trail_event(fixture->service->worker, "root.check", why));
    service_fixture_commit(fixture->service);
    assert_int_equal(1, count_lines("\"op\":\"root.check\""));
    assert_int_equal(1, count_lines("\"outcome\":\"refused\",\"code\":\"ROOT_MISMATCH\""));
    root_gate_told(made.gate);
    assert_false(root_gate_news(made.gate, &why));
    assert_int_equal(2, close_gate(&made, text));
    assert_non_null(strstr(text, "NOTHING THAT NEEDS THE ROOT IS SERVED"));
    assert_null(strstr(text, "0102030000"));
}

int main(void)
{
    system_entropy = entropy_system();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_hash_closes_for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(two_hashes_close_for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(a_chain_that_was_not_read_denies, setup, teardown),
        cmocka_unit_test_setup_teardown(the_hash_is_compared, setup, teardown),
        cmocka_unit_test_setup_teardown(an_imported_seed_needs_no_root, setup, teardown),
        cmocka_unit_test_setup_teardown(a_production_build_waits_for_the_hash, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_without_a_root, setup, teardown),
        cmocka_unit_test_setup_teardown(states_are_told_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
