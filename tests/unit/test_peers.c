/* Requests of other nodes, and whose they are not. */
#include "fixtures/app_asserts.h"
#include "fixtures/cluster_fixture.h"

static uint8_t question[HANDOFF_ASK];

static int setup_cluster(void **state)
{
    (void)state;
    fixture = cluster_fixture_open();
    service_fixture_clear(fixture->service);
    return 0;
}

static int teardown_cluster(void **state)
{
    (void)state;
    app_fixture_close(fixture);
    cluster_fixture_close();
    return 0;
}

static struct app_ask peer_asks(const char *target)
{
    struct buf ask = buf_over(question, sizeof question);
    handoff_put_ask(tenant_set_domain(fixture->service->tenants), &ask);
    return (struct app_ask){.method = "POST",
                            .target = target,
                            .message = buf_bytes(&ask),
                            .is_peer = true,
                            .who = CLUSTER_FIXTURE_PEER};
}

static void a_node_that_is_alone_has_no_such_routes(void **state)
{
    (void)state;
    struct app_ask ask = peer_asks("/v1/sync");
    app_fixture_ask(fixture, &ask);
    assert_answer(NOT_FOUND, 404);
    ask = peer_asks("/v1/handoff");
    app_fixture_ask(fixture, &ask);
    assert_answer(NOT_FOUND, 404);
}

static void only_nodes_are_peers(void **state)
{
    (void)state;
    static const char *const targets[] = {"/v1/sync", "/v1/handoff"};
    for (size_t i = 0; i < 2; i++) {
        struct app_ask ask = peer_asks(targets[i]);
        ask.is_peer = false; /* the proof of an app */
        app_fixture_ask(fixture, &ask);
        assert_answer(POP_SIGNATURE, 403);
        ask = peer_asks(targets[i]);
        ask.who = 0;
        app_fixture_ask(fixture, &ask);
        assert_answer(NOT_A_PEER, 403);
        ask.who = 3;
        app_fixture_ask(fixture, &ask);
        assert_answer(INSTANCE_NOT_FOUND, 403);
    }
    /* And a node is no app. */
    struct app_ask ask = peer_asks("/v1/app/keys");
    ask.message = (struct bytes){NULL, 0};
    ask.inner = "{\"path\":\"p\"}";
    app_fixture_ok(root_keyring_install(fixture->roots, 0, &cluster_fixture_master));
    app_fixture_ask(fixture, &ask);
    assert_answer(POP_SIGNATURE, 403);
    ask.is_peer = false;
    app_fixture_ask(fixture, &ask);
    assert_answer(APP_RESERVED, 403);
}

static void a_nonce_is_good_once_and_for_who_may_spend_it(void **state)
{
    (void)state;
    uint8_t nonce[16];
    struct app_ask ask = peer_asks("/v1/handoff");
    app_fixture_ok(nonces_issue(fixture->service->service->nonces, nonce));
    ask.nonce = nonce;
    ask.who = 3;
    app_fixture_ask(fixture, &ask);
    assert_answer(INSTANCE_NOT_FOUND, 403);
    ask.who = CLUSTER_FIXTURE_PEER;
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    app_fixture_ask(fixture, &ask);
    assert_answer(NONCE_SPENT, 403);
    ask.nonce = NULL;
    ask.late_ms = 10 * LIMIT_POP_MS;
    app_fixture_ask(fixture, &ask);
    assert_answer(POP_STALE, 403);
    ask.late_ms = 0;
}

/* The key of a node's envelopes need not be the registered one; its wallet vouches for it. */
static void a_node_may_seal_with_another_key(void **state)
{
    (void)state;
    struct app_ask ask = peer_asks("/v1/handoff");
    enum handoff_holds holds = HANDOFF_ROOTS;
    uint8_t nonce[HANDOFF_NONCE];
    ask.sealer = 1 + 3;
    app_fixture_make(fixture, &ask);
    service_fixture_ask(fixture->service, fixture->head, fixture->body, false);
    assert_answer(OK, 200);
    ask.who = 3; /* the answer is for who sealed */
    app_fixture_open_answer(fixture, &ask);
    assert_status(OK, handoff_read_have(fixture->inner, &holds, nonce));
    assert_int_equal(HANDOFF_NOTHING, holds);
    ask.who = CLUSTER_FIXTURE_PEER;
    size_t taken = 0;
    while (fixture->service->answer.code == STATUS_OK && taken < 1000) {
        app_fixture_make(fixture, &ask);
        service_fixture_ask(fixture->service, fixture->head, fixture->body, false);
        taken++;
    }
    assert_answer(RATE_LIMITED, 429);
    assert_true(taken < LIMIT_PEER_UNITS_BURST / LIMIT_AGREEMENT_UNITS * 2);
}

static void before_the_root_there_is_no_sync(void **state)
{
    (void)state;
    struct app_ask ask = peer_asks("/v1/sync");
    app_fixture_ask(fixture, &ask);
    assert_answer(UNAVAILABLE, 503);
    assert_true(fixture->is_signed);
    assert_int_equal(1, count_lines("\"op\":\"cluster.sync\""));
    assert_int_equal(1, count_lines("\"principal\":\"peer:0x"));
    /* But who asks for it is told that there is none, sealed and signed, and it is recorded. */
    ask = peer_asks("/v1/handoff");
    app_fixture_ask(fixture, &ask);
    assert_answer(OK, 200);
    assert_true(fixture->is_signed);
    enum handoff_holds holds = HANDOFF_ROOTS;
    uint8_t nonce[HANDOFF_NONCE];
    assert_status(OK, handoff_read_have(fixture->inner, &holds, nonce));
    assert_int_equal(HANDOFF_NOTHING, holds);
    assert_int_equal(2, count_lines("\"op\":\"root.handoff\""));
    assert_int_equal(1, count_lines("\"outcome\":\"intent\""));
    ask.message = BYTES_LITERAL("CFH2 and no more");
    app_fixture_ask(fixture, &ask);
    assert_answer(HANDOFF_INVALID, 400);
}

static void a_node_that_asks_too_much_waits_alone(void **state)
{
    (void)state;
    struct app_ask ask = peer_asks("/v1/handoff");
    const struct eth_address *wallet = &fixture->instances[CLUSTER_FIXTURE_PEER].address;
    service_peer_owe(fixture->service->service, wallet, 3 * LIMIT_PEER_UNITS_BURST);
    app_fixture_ask(fixture, &ask);
    assert_answer(RATE_LIMITED, 429);
    assert_true(fixture->service->answer.retry_after.len != 0);
    app_fixture_ok(root_keyring_install(fixture->roots, 0, &cluster_fixture_master));
    const struct app_ask app = {
        .method = "POST", .target = "/v1/app/keys", .inner = "{\"path\":\"p\"}"};
    app_fixture_ask(fixture, &app);
    assert_answer(OK, 200);
}

/* Whatever has to do with records is refused while not all are here, before a proof is looked at;
 * keys are served. */
static void without_records_none_are_served(void **state)
{
    (void)state;
    app_fixture_ok(root_keyring_install(fixture->roots, 0, &cluster_fixture_master));
    static const char *const asks[][3] = {
        {"GET", "/v1/app/values/k", NULL},
        {"GET", "/v1/app/values", NULL},
        {"GET", "/v1/app/usage", NULL},
        {"POST", "/v1/app/values/get", "{\"key\":\"k\"}"},
        {"POST", "/v1/app/values/list", "{}"},
        {"PUT", "/v1/app/values", "{\"key\":\"k\",\"value\":\"AA==\"}"},
        {"DELETE", "/v1/app/values", "{\"key\":\"k\"}"},
        {"GET", "/kms/data/k", NULL},
        {"PUT", "/kms/data", "{\"key\":\"k\",\"value\":\"AA==\"}"},
    };
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        values(asks[i][0], asks[i][1], asks[i][2]);
        assert_answer(NOT_CURRENT, 503);
    }
    assert_int_equal(0, fixture->lookups);
    values("POST", "/v1/app/keys", "{\"path\":\"p\"}");
    assert_answer(OK, 200);
    /* Whether version 1 may still be served is a record too. */
    const struct app_ask old = {.method = "POST",
                                .target = "/kms/derive",
                                .inner = "{\"path\":\"p\"}",
                                .who = 2,
                                .is_v1 = true};
    app_fixture_ask(fixture, &old);
    assert_answer(NOT_CURRENT, 503);
}

#define CLUSTER(test) cmocka_unit_test_setup_teardown(test, setup_cluster, teardown_cluster)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_node_that_is_alone_has_no_such_routes, setup, teardown),
        CLUSTER(only_nodes_are_peers),
        CLUSTER(a_nonce_is_good_once_and_for_who_may_spend_it),
        CLUSTER(a_node_may_seal_with_another_key),
        CLUSTER(before_the_root_there_is_no_sync),
        CLUSTER(a_node_that_asks_too_much_waits_alone),
        CLUSTER(without_records_none_are_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
