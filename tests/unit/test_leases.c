/* Chain loss: what each route does with a view of the chain of each age, through the whole
 * pipeline. The registry is one that knows everybody and whose newest block is as old as the test
 * says; that a real view ages like that is test_registry_view.c's. */
#include "fixtures/app_asserts.h"
#include "fixtures/cluster_fixture.h"

#define BOUNDS                                                     \
    "\"resource_bounds\":{\"l1_gas\":{\"max_amount\":0,"           \
    "\"max_price_per_unit\":0},\"l2_gas\":{\"max_amount\":9,"      \
    "\"max_price_per_unit\":9},\"l1_data_gas\":{\"max_amount\":0," \
    "\"max_price_per_unit\":0}}"
#define SIGN                                                                                 \
    "{\"username\":\"alice\",\"transaction\":{\"type\":\"INVOKE\",\"chain_id\":\"SN_MAIN\"," \
    "\"nonce\":1,\"calls\":[]," BOUNDS "}}"
#define ALICE "{\"username\":\"alice\"}"
#define KEY   "{\"key\":\"k\"}"
#define PUT   "{\"key\":\"k\",\"value\":\"AA==\"}"

/* Until which age a route is served, in ms. */
enum { ALWAYS = 0, ROOT = 60000, KEYS = 120000, VALUES = 300000 };

struct row {
    const char *operation;
    const char *target; /* NULL: the path of the route */
    const char *inner;
    uint64_t until_ms;
};

/* One for each route: a new one has to say here what becomes of it when the chain is gone. */
static const struct row rows[] = {
    {"overview", NULL, NULL, ALWAYS},
    {"health", NULL, NULL, ALWAYS},
    {"ready", NULL, NULL, VALUES},
    {"status", NULL, NULL, ALWAYS},
    {"nodes", NULL, NULL, ALWAYS},
    {"kms.nonce", NULL, NULL, ALWAYS},
    {"kms.derive", NULL, "{\"path\":\"p\"}", KEYS},
    {"kms.get", "/kms/data/k", NULL, VALUES},
    {"kms.list", NULL, NULL, VALUES},
    {"kms.put", NULL, PUT, VALUES},
    {"kms.delete", NULL, KEY, VALUES},
    {"nonce", NULL, NULL, ALWAYS},
    {"identity", NULL, NULL, ALWAYS},
    {"attestation", NULL, "{\"nonce\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}", ALWAYS},
    {"app.derive", NULL, "{\"path\":\"p\"}", KEYS},
    {"app.values.get", "/v1/app/values/k", NULL, VALUES},
    {"app.values.read", NULL, KEY, VALUES},
    {"app.values.names", NULL, "{}", VALUES},
    {"app.values.list", NULL, NULL, VALUES},
    {"app.values.put", NULL, PUT, VALUES},
    {"app.values.delete", NULL, KEY, VALUES},
    {"app.usage", NULL, NULL, VALUES},
    {"kms.sync", NULL, "x", VALUES},
    {"cluster.sync", NULL, "x", VALUES},
    {"root.handoff", NULL, "x", ROOT},
    {"metrics", NULL, NULL, ALWAYS},
    {"openapi", NULL, NULL, ALWAYS},
    {"starknet.accounts", NULL, ALICE, KEYS},
    {"starknet.sign", NULL, SIGN, KEYS},
    {"seed.sign", NULL, "{}", KEYS},
    {"seed.account", NULL, "{}", KEYS},
    {"seed.derive", NULL, "{}", KEYS},
    {"statement", NULL, "{}", VALUES},
    {"statements", "/v1/statements?scope=t", NULL, VALUES},
    {"sessions.challenge", NULL, "{}", VALUES},
    {"sessions.login", NULL, "{}", VALUES},
    {"sessions.renew", NULL, "{}", VALUES},
    {"sessions.list", NULL, NULL, VALUES},
    {"sessions.revoke", "/v1/sessions/x", "{}", VALUES},
    {"sessions.revoke_all", NULL, "{}", VALUES},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static uint64_t age_ms;
static bool has_seen;                   /* a block */
static struct registry_port everybodys; /* of a view of any age */

/* As a view answers whose newest block is so old, and that has checked everybody against it. */
static struct status judge_age(enum registry_use use)
{
    if (!has_seen) {
        return FAIL(REGISTRY_PENDING);
    }
    return age_ms < registry_use_ms(use) ? OK : FAIL(REGISTRY_LOST);
}

static struct status lookup_aged(void *context, const struct registry_question *question,
                                 struct registry_grant *ret_grant)
{
    TRY(judge_age(question->use));
    return everybodys.lookup(context, question, ret_grant);
}

static struct status root_aged(void *context, enum registry_use use, uint64_t now_ms,
                               struct registry_root *ret_root)
{
    TRY(judge_age(use));
    return everybodys.root(context, use, now_ms, ret_root);
}

static struct registry_health health_aged(void *context, uint64_t now_ms)
{
    (void)context;
    (void)now_ms;
    return (struct registry_health){.age_ms = has_seen ? age_ms : UINT64_MAX};
}

static void let_it_age(void)
{
    everybodys = fixture->apps.registry;
    fixture->apps.registry.lookup = lookup_aged;
    fixture->apps.registry.root = root_aged;
    fixture->apps.registry.health = health_aged;
}

static int setup_aged(void **state)
{
    setup(state);
    let_it_age();
    return 0;
}

static int setup_cluster(void **state)
{
    (void)state;
    fixture = cluster_fixture_open();
    let_it_age();
    return 0;
}

static int teardown_cluster(void **state)
{
    teardown(state);
    cluster_fixture_close();
    return 0;
}

static const struct row *row_of(const struct route *route)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].operation, route->operation) == 0) {
            return &rows[i];
        }
    }
    fail_msg("%s is in no row", route->operation);
    return NULL;
}

static void ask_openly(const struct route *route, const struct row *row)
{
    char head[256];
    (void)snprintf(head, sizeof head, "%s %s HTTP/1.1\r\n%s", route->method,
                   row->target == NULL ? route->path : row->target,
                   row->inner == NULL ? "" : "Content-Type: application/json\r\n");
    service_fixture_ask(fixture->service, head, bytes_of(row->inner == NULL ? "" : row->inner),
                        true);
}

/* Returns: the code of the answer. */
static enum status_code ask_route(const struct route *route, const struct row *row, bool has_proof)
{
    const struct app_ask ask = {
        .method = route->method,
        .target = row->target == NULL ? route->path : row->target,
        .inner = row->inner,
        .who = route->principal == ROUTES_PEER ? CLUSTER_FIXTURE_PEER : 0,
        .is_peer = route->principal == ROUTES_PEER,
        .is_v1 = route->wire == ROUTES_V1,
    };
    service_fixture_clear(fixture->service);
    if (has_proof) {
        app_fixture_make(fixture, &ask);
        service_fixture_ask(fixture->service, fixture->head, fixture->body, false);
    } else {
        ask_openly(route, row);
    }
    assert_int_equal(PIPELINE_ANSWERED, fixture->service->state);
    return fixture->service->answer.code;
}

static void every_route_at_every_age(bool has_proof, enum routes_principal principal)
{
    static const uint64_t ages_ms[] = {0,      29999,  30000,  59999,  60000,     119999,
                                       120000, 299999, 300000, 900000, 86400000ul};
    const struct routes *routes = operations_routes();
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *route = &routes->rows[i];
        const struct row *row = row_of(route);
        if (route->principal != principal) {
            continue;
        }
        for (size_t j = 0; j < sizeof ages_ms / sizeof ages_ms[0]; j++) {
            has_seen = true;
            age_ms = ages_ms[j];
            bool is_lost = ask_route(route, row, has_proof) == STATUS_REGISTRY_LOST;
            bool is_refused = row->until_ms != ALWAYS && age_ms >= row->until_ms;
            if (is_lost != is_refused) {
                fail_msg("%s at %llu ms: %s", route->operation, (unsigned long long)age_ms,
                         status_name(fixture->service->answer.code));
            }
            assert_true(!is_lost || fixture->service->answer.http_status == 503);
        }
    }
}

static void apps_and_their_users(void **state)
{
    (void)state;
    every_route_at_every_age(true, ROUTES_APP);
    every_route_at_every_age(true, ROUTES_USER);
}

static void users_of_this_machine(void **state)
{
    (void)state;
    every_route_at_every_age(false, ROUTES_USER);
}

static void guests(void **state)
{
    (void)state;
    every_route_at_every_age(false, ROUTES_GUEST);
}

static void peers(void **state)
{
    (void)state;
    every_route_at_every_age(true, ROUTES_PEER);
}

static void what_anyone_may_see(void **state)
{
    (void)state;
    every_route_at_every_age(false, ROUTES_ANYONE);
}

/* Before the first block nobody who needs the chain is served: who may wait, waits. */
static void before_the_first_block(void **state)
{
    (void)state;
    has_seen = false;
    const struct routes *routes = operations_routes();
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *route = &routes->rows[i];
        bool is_open = row_of(route)->until_ms == ALWAYS;
        if (route->principal == ROUTES_PEER) {
            continue; /* there are none here */
        }
        bool has_proof = route->principal != ROUTES_ANYONE && route->principal != ROUTES_GUEST;
        enum status_code code = ask_route(route, row_of(route), has_proof);
        assert_true((code == STATUS_REGISTRY_PENDING) == !is_open);
        if (route->principal == ROUTES_USER) {
            assert_int_equal(STATUS_REGISTRY_PENDING, ask_route(route, row_of(route), false));
        }
    }
}

static void a_lease_has_its_name(void **state)
{
    (void)state;
    static const struct {
        uint64_t age_ms;
        const char *name;
    } leases[] = {{0, "fresh"},        {29999, "fresh"},       {30000, "stale"},
                  {59999, "stale"},    {60000, "no hand-off"}, {119999, "no hand-off"},
                  {120000, "no keys"}, {299999, "no keys"},    {300000, "none"},
                  {UINT64_MAX, "none"}};
    for (size_t i = 0; i < sizeof leases / sizeof leases[0]; i++) {
        struct registry_health health = {.age_ms = leases[i].age_ms};
        assert_string_equal(leases[i].name, registry_lease_name(registry_lease(&health)));
        health.is_static = true;
        assert_int_equal(REGISTRY_LEASE_FRESH, registry_lease(&health));
        char text[64];
        has_seen = leases[i].age_ms != UINT64_MAX;
        age_ms = leases[i].age_ms;
        (void)snprintf(text, sizeof text, "\"lease\":\"%s\"", leases[i].name);
        service_fixture_ask(fixture->service, "GET /status HTTP/1.1\r\n", (struct bytes){NULL, 0},
                            true);
        assert_true(body_has(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(apps_and_their_users, setup_aged, teardown),
        cmocka_unit_test_setup_teardown(users_of_this_machine, setup_aged, teardown),
        cmocka_unit_test_setup_teardown(guests, setup_aged, teardown),
        cmocka_unit_test_setup_teardown(peers, setup_cluster, teardown_cluster),
        cmocka_unit_test_setup_teardown(what_anyone_may_see, setup_aged, teardown),
        cmocka_unit_test_setup_teardown(before_the_first_block, setup_aged, teardown),
        cmocka_unit_test_setup_teardown(a_lease_has_its_name, setup_aged, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
