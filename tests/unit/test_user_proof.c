#include "base/limits.h"
#include "fixtures/user_asserts.h"

#define NODE "0x00112233445566778899aabbccddeeff00112233:00112233445566778899aabbccddeeff"

static const struct user_ask account = {.target = "/v1/starknet/accounts",
                                        .body = "{\"key_index\":1}"};

static void assert_nothing_spent(void)
{
    assert_int_equal(0, world.counts);
}

static void every_header_is_needed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *code;
    } headers[] = {
        {"Coffer-Pop-Signature", "POP_MISSING"}, {"Coffer-Pop-Nonce", "POP_MISSING"},
        {"Coffer-Pop-Time", "POP_MISSING"},      {"Coffer-Pop-Caller", "POP_MISSING"},
        {"Coffer-Pop-Recipient", "POP_MISSING"}, {"Coffer-Pop-Key", "POP_MISSING"},
        {"Authorization", "POP_MISSING"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct user_ask ask = account;
        ask.leaves_out = headers[i].name;
        user_ask(&ask);
        const struct answer *answer = &fixture->service->answer;
        assert_string_equal(headers[i].code, status_name(answer->code));
        assert_int_equal(403, answer->http_status);
    }
    assert_nothing_spent();
}

/* A service key has no token, and its proof all headers but one. */
static void every_header_of_a_service_is_needed(void **state)
{
    (void)state;
    static const char *const names[] = {"Coffer-Pop-Signature", "Coffer-Pop-Nonce",
                                        "Coffer-Pop-Time", "Coffer-Pop-Recipient"};
    struct user_ask ask = {
        .target = "/v1/starknet/accounts", .body = "{\"username\":\"alice\"}", .is_service = true};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ask.leaves_out = names[i];
        user_ask(&ask);
        assert_answer(POP_MISSING, 403);
    }
    ask.leaves_out = NULL;
    ask.header = "Authorization: Bearer cfs1.x\r\n";
    user_ask(&ask);
    assert_answer(POP_MALFORMED, 403);
    ask.header = "Coffer-Pop-Key: AAAA\r\n";
    user_ask(&ask);
    assert_answer(POP_MALFORMED, 403);
}

/* Before anything else is looked at, and whoever asks learns which node this is. */
static void another_node_says_so_first(void **state)
{
    (void)state;
    struct user_ask ask = account;
    ask.recipient = NODE;
    ask.late_ms = LIMIT_POP_MS + 5000;
    ask.token = "Bearer cfs1.nonsense";
    user_ask(&ask);
    assert_answer(NODE_CHANGED, 421);
    assert_bytes(BYTES_ARRAY(fixture->node->node_text),
                 app_fixture_header(&fixture->service->answer, POP_ANSWER_NODE));
    assert_false(fixture->is_signed);
    assert_int_equal(0, world.asked);
    ask = (struct user_ask){.target = "/v1/starknet/accounts",
                            .body = "{\"username\":\"alice\"}",
                            .is_service = true,
                            .recipient = NODE};
    user_ask(&ask);
    assert_answer(NODE_CHANGED, 421);
    assert_nothing_spent();
    /* This node, at an earlier start. */
    char earlier[POP_NODE_TEXT + 1] = {0};
    memcpy(earlier, fixture->node->node_text, POP_NODE_TEXT);
    earlier[POP_NODE_TEXT - 1] = earlier[POP_NODE_TEXT - 1] == '0' ? '1' : '0';
    ask = account;
    ask.recipient = earlier;
    user_ask(&ask);
    assert_answer(NODE_CHANGED, 421);
    assert_nothing_spent();
}

static const char *cluster_of(const uint8_t *tenant)
{
    static char text[9 + 2 * DOMAIN_TENANT_ID];
    memset(text, 0, sizeof text);
    struct buf out = buf_over((uint8_t *)text, sizeof text - 1);
    buf_put_text(&out, "cluster:");
    hex_put(&out, (struct bytes){tenant, DOMAIN_TENANT_ID});
    return text;
}

static void what_signs_is_signed_for_one_node(void **state)
{
    (void)state;
    struct user_ask ask = account;
    ask.recipient = cluster_of(world.session.tenant);
    user_ask(&ask);
    assert_answer(POP_MALFORMED, 403);
    assert_nothing_spent();
}

static struct status say_nothing(struct work *work, const struct permit *permit)
{
    (void)permit;
    json_out_object(&work->out);
    json_out_object_end(&work->out);
    return OK;
}

static const struct operation reading = {.perform = say_nothing};
static const struct route reading_rows[] = {
    {.method = "GET",
     .path = "/v1/reading",
     .query = "",
     .operation = "reading",
     .listeners = REQUEST_PUBLIC,
     .principal = ROUTES_USER,
     .scope = ROUTES_READ,
     .audit = ROUTES_AUDIT_OUTCOME,
     .operate = &reading},
};

/* A counter is spent for it all the same. */
static void what_reads_may_be_signed_for_all_nodes(void **state)
{
    (void)state;
    struct routes routes = *operations_routes();
    struct user_ask ask = {.method = "GET", .target = "/v1/reading"};
    uint8_t other[DOMAIN_TENANT_ID];
    memcpy(other, world.session.tenant, sizeof other);
    other[0] ^= 1;
    routes.rows = reading_rows;
    routes.count = 1;
    fixture->service->service->setup.routes = &routes;
    ask.recipient = cluster_of(other);
    user_ask(&ask);
    assert_answer(AUTH_FAILED, 401);
    assert_nothing_spent();
    ask.recipient = cluster_of(world.session.tenant);
    user_ask(&ask);
    assert_answer(OK, 200);
    assert_true(fixture->is_signed);
    user_ask_again();
    assert_answer(NONCE_SPENT, 403);
    ask.recipient = NULL;
    user_ask(&ask);
    assert_answer(OK, 200);
    ask.is_service = true;
    ask.recipient = cluster_of(world.session.tenant);
    user_ask(&ask);
    assert_answer(POP_MALFORMED, 403);
}

static void what_is_late_or_early_is_refused(void **state)
{
    (void)state;
    struct user_ask ask = account;
    ask.late_ms = LIMIT_POP_MS + 5000;
    user_ask(&ask);
    assert_answer(POP_STALE, 403);
    ask.late_ms = -(LIMIT_POP_MS + 5000);
    user_ask(&ask);
    assert_answer(POP_STALE, 403);
    assert_int_equal(0, world.asked);
    assert_nothing_spent();
}

static void tokens_are_ours_and_count(void **state)
{
    (void)state;
    static const char *const bad[] = {"Basic YTpi", "Bearer",
                                      "Bearer ",    "Bearer cfs1.AAAA.BBBB",
                                      "cfs1.AAAA",  "Bearer  cfs1.AAAA.BBBB"};
    struct user_ask ask = account;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ask.token = bad[i];
        user_ask(&ask);
        assert_answer(AUTH_FAILED, 401);
    }
    ask.token = NULL;
    const struct session_token good = world.session;
    world.session.exp_ms = world.session.iat_ms + 1;
    world.session.iat_ms = world.session.exp_ms - SESSION_LIFE_MS;
    world.session.exp_ms = world.session.iat_ms + 2;
    user_ask(&ask);
    assert_answer(SESSION_EXPIRED, 401);
    world.session = good;
    world.session.tenant[0] ^= 1; /* one that is not here */
    user_ask(&ask);
    assert_answer(AUTH_FAILED, 401);
    world.session = good;
    static const enum status_code codes[] = {STATUS_SESSION_REVOKED, STATUS_FROZEN,
                                             STATUS_BEHIND,          STATUS_LOG_FORKED,
                                             STATUS_RESUME_REQUIRED, STATUS_UNAVAILABLE};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        world.session_code = codes[i];
        user_ask(&ask);
        assert_int_equal(codes[i], fixture->service->answer.code);
        assert_false(fixture->is_signed);
    }
    assert_nothing_spent();
}

static void the_key_is_that_of_the_token(void **state)
{
    (void)state;
    struct user_ask ask = account;
    for (unsigned i = 1; i < USER_FIXTURE_KEYS; i++) {
        ask.named_key = 1 + i;
        user_ask(&ask);
        assert_answer(AUTH_FAILED, 401);
    }
    ask = account;
    ask.caller = "8c5b8b0e-2a6e-4b59-9a0e-0f5f0c6d3b1a";
    user_ask(&ask);
    assert_answer(AUTH_FAILED, 401);
    ask = account;
    ask.has_bearer_token = true;
    user_ask(&ask);
    assert_answer(AUTH_FAILED, 401);
    assert_nothing_spent();
}

static void spoil_method(struct pop_request *request)
{
    request->method = BYTES_LITERAL("PUT");
}

static void spoil_target(struct pop_request *request)
{
    request->target = BYTES_LITERAL("/v1/starknet/sign");
}

static void spoil_domain(struct pop_request *request)
{
    static const uint8_t other[POP_HASH] = {1};
    request->domain = other;
}

static void spoil_recipient(struct pop_request *request)
{
    request->recipient = BYTES_LITERAL(NODE);
}

static void spoil_caller(struct pop_request *request)
{
    request->caller = BYTES_LITERAL("8c5b8b0e-2a6e-4b59-9a0e-0f5f0c6d3b1a");
}

static void spoil_nonce(struct pop_request *request)
{
    request->nonce = BYTES_LITERAL("00000000000000ff");
}

static void spoil_time(struct pop_request *request)
{
    request->time_ms++;
}

static void spoil_key(struct pop_request *request)
{
    request->idempotency_key = BYTES_LITERAL("other");
}

static void spoil_role(struct pop_request *request)
{
    request->kind = request->kind == POP_USER ? POP_SERVICE : POP_USER;
}

static void every_line_is_signed(void **state)
{
    (void)state;
    static void (*const spoils[])(struct pop_request *) = {
        spoil_method, spoil_target, spoil_domain, spoil_recipient, spoil_caller,
        spoil_nonce,  spoil_time,   spoil_key,    spoil_role,
    };
    for (unsigned key = 0; key < USER_FIXTURE_KEYS; key++) {
        struct user_ask ask = account;
        ask.key = key;
        for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
            ask.spoil = spoils[i];
            user_ask(&ask);
            assert_answer(POP_SIGNATURE, 403);
        }
        ask.spoil = NULL;
        ask.sent = "{\"key_index\":2}";
        user_ask(&ask);
        assert_answer(POP_SIGNATURE, 403);
    }
    assert_nothing_spent();
    struct user_ask ask = {
        .target = "/v1/starknet/accounts", .body = "{\"username\":\"alice\"}", .is_service = true};
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        ask.spoil = spoils[i];
        user_ask(&ask);
        assert_answer(AUTH_FAILED, 401);
    }
}

static void a_counter_counts_once(void **state)
{
    (void)state;
    struct user_ask ask = account;
    user_ask(&ask);
    assert_answer(OK, 200);
    user_ask_again();
    assert_answer(NONCE_SPENT, 403);
    assert_int_equal(1, world.counts);
    /* It is spent whatever becomes of the request. */
    ask.body = "{\"username\":\"bob\"}";
    user_ask(&ask);
    assert_answer(FORBIDDEN, 403);
    assert_true(fixture->is_signed);
    user_ask_again();
    assert_answer(NONCE_SPENT, 403);
    assert_int_equal(2, world.counts);
}

static void a_session_acts_for_its_user_only(void **state)
{
    (void)state;
    static const char *const names[] = {"bob", "Alice", "alicea", "alic", "alice."};
    struct user_ask ask = account;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char body[64];
        (void)snprintf(body, sizeof body, "{\"username\":\"%s\"}", names[i]);
        ask.body = body;
        user_ask(&ask);
        assert_answer(FORBIDDEN, 403);
    }
    ask.target = "/v1/starknet/sign";
    ask.body = "{\"items\":[{" USER_TRANSACTION("1") "},{\"username\":\"bob\"," USER_TRANSACTION(
        "2") "},{\"username\":\"alice\"," USER_TRANSACTION("3") "}]}";
    user_ask(&ask);
    assert_answer(OK, 200);
    assert_true(body_has("\"error_code\":\"FORBIDDEN\""));
    assert_true(body_has("\"signed\":2,\"refused\":1"));
    ask.target = "/v1/starknet/accounts";
    ask.body = "{\"username\":\"\"}";
    user_ask(&ask);
    assert_answer(INVALID_USERNAME, 400);
}

static void scopes_are_held(void **state)
{
    (void)state;
    struct user_ask sign = {.target = "/v1/starknet/sign", .body = "{" USER_TRANSACTION("1") "}"};
    world.session.scope = ~(1u << ROUTES_SIGN);
    user_ask(&sign);
    assert_answer(SCOPE, 403);
    user_ask(&account);
    assert_answer(OK, 200);
    world.session.scope = 1u << ROUTES_SIGN;
    user_ask(&sign);
    assert_answer(OK, 200);
    user_ask(&account);
    assert_answer(SCOPE, 403);
}

static void a_bearer_reads(void **state)
{
    (void)state;
    struct user_ask ask = account;
    ask.is_bearer = ask.has_bearer_token = true;
    user_ask(&ask);
    assert_answer(OK, 200);
    assert_false(fixture->is_signed);
    assert_non_null(strstr(fixture->service->lines, "\"principal\":\"bearer\",\"assurance\":3"));
    ask.target = "/v1/starknet/sign";
    ask.body = "{" USER_TRANSACTION("1") "}";
    user_ask(&ask);
    assert_answer(SCOPE, 403);
    ask.has_bearer_token = false; /* a token with a key is nothing without it */
    user_ask(&ask);
    assert_answer(POP_MISSING, 403);
    ask.target = account.target;
    ask.body = account.body;
    user_ask(&ask);
    assert_answer(POP_MISSING, 403);
}

static void the_tenant_says_how_sure_it_must_be(void **state)
{
    (void)state;
    struct user_ask bearer = account;
    bearer.is_bearer = bearer.has_bearer_token = true;
    user_least(TRUST_PROVEN);
    user_ask(&bearer);
    assert_answer(FORBIDDEN, 403);
    user_ask(&account);
    assert_answer(OK, 200);
    user_least(TRUST_PROVEN_SECOND_FACTOR);
    user_ask(&account);
    assert_answer(FORBIDDEN, 403);
    world.session.assurance = TRUST_PROVEN_SECOND_FACTOR;
    user_ask(&account);
    assert_answer(OK, 200);
}

static const struct user_ask service_account = {
    .target = "/v1/starknet/accounts", .body = "{\"username\":\"bob\"}", .is_service = true};

static void service_keys_are_known_and_new(void **state)
{
    (void)state;
    struct user_ask ask = service_account;
    ask.caller = "000102030405060708090a0b0c0d0e0f";
    user_ask(&ask);
    assert_answer(AUTH_FAILED, 401);
    ask = service_account;
    ask.nonce = "000102030405060708090a0b0c0d0e0f";
    user_ask(&ask);
    assert_answer(NONCE_INVALID, 403);
    ask = service_account;
    ask.late_ms = LIMIT_POP_MS + 5000;
    user_ask(&ask);
    assert_answer(POP_STALE, 403);
    world.is_frozen = true;
    user_ask(&service_account);
    assert_answer(FROZEN, 403);
    world.is_frozen = false;
    world.service_code = STATUS_UNAVAILABLE;
    user_ask(&service_account);
    assert_answer(UNAVAILABLE, 503);
    world.service_code = STATUS_OK;
    user_ask(&service_account);
    assert_answer(OK, 200);
    user_ask_again();
    assert_answer(NONCE_SPENT, 403);
}

/* A set with another tenant before "default". */
static struct tenant_set *set_of_two(void)
{
    static struct trust trust;
    char where[CONFIG_WHERE_MAX];
    struct tenant_set *set;
    const struct secret32 root = {{1, 2, 3}};
    const struct secret32 seed = {{4, 5, 6}};
    trust = fixture->service->trust;
    assert_int_equal(1, trust.tenant_count);
    trust.tenants[1] = trust.tenants[0];
    strcpy(trust.tenants[0].name.text, "another");
    trust.tenants[0].seed = TRUST_NATIVE;
    trust.tenants[0].derivation = TRUST_V2;
    trust.tenant_count = 2;
    assert_status(
        OK, tenant_set_open(&trust, &fixture->service->mem, fixture->service->cache, &set, where));
    tenant_set_root(set, &root, 0);
    assert_status(OK, tenant_set_seed(set, BYTES_LITERAL(TENANT_DEFAULT), &seed));
    return set;
}

/* Where one tenant cannot be asked the keys of the others are served; whether it is one of that
 * tenant's is not known, when it is nobody else's. */
static void a_service_key_does_not_depend_on_other_tenants(void **state)
{
    (void)state;
    static const enum status_code codes[] = {STATUS_AUTH_FAILED, STATUS_RESUME_REQUIRED,
                                             STATUS_UNAVAILABLE};
    struct tenant_set *alone = fixture->service->service->setup.tenants;
    struct tenant_set *two = set_of_two();
    fixture->service->service->setup.tenants = two;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct user_ask ask = service_account;
        world.elsewhere_code = codes[i];
        user_ask(&ask);
        assert_answer(OK, 200);
        ask.caller = "000102030405060708090a0b0c0d0e0f";
        user_ask(&ask);
        assert_int_equal(codes[i], fixture->service->answer.code);
    }
    fixture->service->service->setup.tenants = alone;
    tenant_set_close(&two);
}

static void a_service_key_may_what_it_was_given(void **state)
{
    (void)state;
    struct user_ask ask = service_account;
    user_ask(&ask);
    assert_answer(OK, 200);
    assert_string_equal("bob", world.may_name);
    assert_true(fixture->is_signed);
    assert_true(count_lines("\"assurance\":4") != 0);
    ask.body = "{\"key_index\":1}";
    user_ask(&ask);
    assert_answer(MISSING_FIELD, 400);
    world.may_code = STATUS_AUTH_FAILED;
    user_ask(&service_account);
    assert_answer(AUTH_FAILED, 401);
    world.may_code = STATUS_FROZEN;
    user_ask(&service_account);
    assert_answer(FROZEN, 403);
    world.may_code = STATUS_OK;
    world.service_scopes = 1u << ROUTES_READ | 1u << ROUTES_SIGN;
    user_ask(&service_account);
    assert_answer(SCOPE, 403);
}

static void without_the_users_word_a_service_key_is_less_sure(void **state)
{
    (void)state;
    world.is_granted = false;
    user_ask(&service_account);
    assert_answer(OK, 200);
    assert_true(count_lines("\"assurance\":2") != 0 && count_lines("\"assurance\":4") == 0);
    user_least(TRUST_BEARER);
    user_ask(&service_account);
    assert_answer(FORBIDDEN, 403);
    user_least(TRUST_PROVEN);
    user_ask(&service_account);
    assert_answer(FORBIDDEN, 403);
    world.is_granted = true;
    user_ask(&service_account);
    assert_answer(OK, 200);
    user_least(TRUST_PROVEN_SECOND_FACTOR);
    user_ask(&service_account);
    assert_answer(FORBIDDEN, 403);
}

static void they_have_no_other_routes(void **state)
{
    (void)state;
    struct user_ask ask = account;
    ask.target = "/account";
    ask.body = "{\"username\":\"alice\"}";
    user_ask(&ask);
    assert_answer(FORBIDDEN, 403);
    ask.target = "/v1/app/keys";
    ask.body = "{\"path\":\"p\"}";
    user_ask(&ask);
    assert_answer(POP_MALFORMED, 403);
    ask.is_bearer = ask.has_bearer_token = true;
    user_ask(&ask);
    assert_answer(UNAUTHENTICATED, 401);
}

static void a_node_without_users_serves_none(void **state)
{
    (void)state;
    fixture->service->service->speakers = (struct speakers){0};
    user_ask(&account);
    assert_answer(UNAVAILABLE, 503);
    user_ask(&service_account);
    assert_answer(UNAVAILABLE, 503);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, user_setup, teardown)
    static const struct CMUnitTest tests[] = {
        CASE(every_header_is_needed),
        CASE(every_header_of_a_service_is_needed),
        CASE(another_node_says_so_first),
        CASE(what_signs_is_signed_for_one_node),
        CASE(what_reads_may_be_signed_for_all_nodes),
        CASE(what_is_late_or_early_is_refused),
        CASE(tokens_are_ours_and_count),
        CASE(the_key_is_that_of_the_token),
        CASE(every_line_is_signed),
        CASE(a_counter_counts_once),
        CASE(a_session_acts_for_its_user_only),
        CASE(scopes_are_held),
        CASE(a_bearer_reads),
        CASE(the_tenant_says_how_sure_it_must_be),
        CASE(service_keys_are_known_and_new),
        CASE(a_service_key_does_not_depend_on_other_tenants),
        CASE(a_service_key_may_what_it_was_given),
        CASE(without_the_users_word_a_service_key_is_less_sure),
        CASE(they_have_no_other_routes),
        CASE(a_node_without_users_serves_none),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
