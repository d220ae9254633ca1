/* Operations on sessions, as requests: challenge, login, what there is, renewing and revoking. A
 * user is enrolled by a statement that is put as if it had been committed. */
#include "fixtures/statement_maker.h"
#include "fixtures/user_asserts.h"
#include "pipeline/context/speakers.h"

static struct user_signer device; /* of the user */
static char challenge[2 * AUTH_TEXT_CHALLENGE + 1];
static char session_id[AUTH_TEXT_SID_TEXT + 1];
static char bearer[SESSION_TOKEN_TEXT_MAX + 8];
static char body[8192];

static const uint8_t *tenant_id(void)
{
    return service_default_tenant(fixture->service->service)->id;
}

static const uint8_t *domain_of(void)
{
    return tenant_set_domain(fixture->service->tenants);
}

/* The entry that gives a user the device as the first key. */
static void enrol(const char *user)
{
    const struct strict_port *port = strict_alone_port(fixture->service->service->strict_alone);
    union statement_body said = {0};
    uint8_t key_memory[STRICT_KEY_MAX];
    char scope[AUTH_TEXT_SCOPE + 1];
    struct buf key = buf_over(key_memory, sizeof key_memory);
    struct strict_record record = {.kind = STRICT_STATEMENT};
    size_t wait;
    (void)snprintf(scope, sizeof scope, "u:%s", user);
    said.key.scheme = device.scheme;
    said.key.key = (struct bytes){device.public, device.len};
    const struct maker maker = {.arena = &fixture->arena,
                                .place = {domain_of(), tenant_id()},
                                .op = STATEMENT_USER_ADD,
                                .scope = scope,
                                .seq = 1,
                                .t_ms = 1000,
                                .body = &said,
                                .signers = (const uint8_t *)"\2",
                                .signer_count = 1};
    const struct statement *made = maker_statement(&maker);
    buf_put_text(&key, scope);
    buf_put_u8(&key, '/');
    buf_put(&key, BYTES_ARRAY(made->proof_of));
    memcpy(record.tenant, tenant_id(), sizeof record.tenant);
    record.slot = port->slot(port->context, tenant_id(), bytes_of(scope));
    record.key = buf_bytes(&key);
    record.version.value = made->record;
    assert_status(OK, port->put(port->context, &record, 0, &wait));
    port->give_up(port->context, wait);
}

static int set_up(void **state)
{
    int failed = user_setup(state);
    fixture->service->service->speakers = speakers_of(fixture->service->service);
    user_key_ed(60, &device);
    enrol("alice");
    return failed;
}

/* A member of the last answer that is a text. */
static void member(const char *name, char *ret, size_t size)
{
    char sought[64];
    struct bytes answer = fixture->service->answer.body;
    (void)snprintf(sought, sizeof sought, "\"%s\":\"", name);
    const char *at = memmem(answer.ptr, answer.len, sought, strlen(sought));
    assert_non_null(at);
    at += strlen(sought);
    const char *end = memchr(at, '"', answer.len);
    assert_in_range(end - at, 0, size - 1);
    memcpy(ret, at, (size_t)(end - at));
    ret[end - at] = '\0';
}

static void put_base64(struct bytes bytes, char *ret, size_t size)
{
    struct buf out = buf_over((uint8_t *)ret, size - 1);
    base64_put(&out, bytes);
    assert_false(out.failed);
    ret[out.len] = '\0';
}

static const char *client_member(const struct user_signer *client)
{
    static char text[256];
    char key[128];
    if (client == NULL) {
        return "";
    }
    put_base64((struct bytes){client->public, client->len}, key, sizeof key);
    (void)snprintf(text, sizeof text, ",\"client_key\":{\"scheme\":\"%s\",\"key\":\"%s\"}",
                   client->scheme == AUTH_ED25519 ? "ed25519" : "stark", key);
    return text;
}

/* In: client, NULL: a bearer's. */
static void ask_challenge(const char *user, const struct user_signer *client)
{
    (void)snprintf(body, sizeof body, "{\"username\":\"%s\"%s}", user, client_member(client));
    service_fixture_post(fixture->service, "/v1/sessions/challenge", body);
    if (fixture->service->answer.code == STATUS_OK) {
        member("challenge", challenge, sizeof challenge);
    }
}

/* What proves it, in base64. */
static void prove(const char *user, const struct user_signer *client, char *ret, size_t size)
{
    uint8_t text[AUTH_TEXT_MAX];
    uint8_t cnf[AUTH_TEXT_HASH];
    uint8_t bytes[AUTH_TEXT_CHALLENGE];
    uint8_t signature[POP_PROOF_MAX];
    struct buf out = buf_over(text, sizeof text);
    struct buf proof = buf_over(signature, sizeof signature);
    struct auth_client_key key = {0, {NULL, 0}};
    if (client != NULL) {
        key = (struct auth_client_key){(uint8_t)client->scheme, {client->public, client->len}};
    }
    auth_text_cnf(&key, cnf);
    assert_status(OK, hex_read(bytes_of(challenge), sizeof bytes, bytes));
    const struct auth_text said = {.place = {domain_of(), tenant_id()},
                                   .purpose = AUTH_LOGIN,
                                   .user = bytes_of(user),
                                   .cnf_type = key.type,
                                   .cnf = cnf,
                                   .challenge = bytes};
    assert_status(OK, auth_text_put(&said, &out));
    user_key_sign(&device, buf_bytes(&out), &proof);
    put_base64(buf_bytes(&proof), ret, size);
}

/* In: more, members with a comma before them. */
static void post_login(const char *user, const struct user_signer *client, const char *more)
{
    char key[128];
    char proof[256];
    put_base64((struct bytes){device.public, device.len}, key, sizeof key);
    prove(user, client, proof, sizeof proof);
    (void)snprintf(body, sizeof body,
                   "{\"username\":\"%s\"%s,\"challenge\":\"%s\",\"proofs\":[{\"scheme\":"
                   "\"ed25519\",\"key\":\"%s\",\"proof\":\"%s\"}]%s}",
                   user, client_member(client), challenge, key, proof, more);
    service_fixture_post(fixture->service, "/v1/sessions", body);
}

static void keep_session(void)
{
    memcpy(bearer, "Bearer ", 8);
    member("token", bearer + 7, sizeof bearer - 7);
    member("session_id", session_id, sizeof session_id);
}

static void log_in(const struct user_signer *client)
{
    ask_challenge("alice", client);
    assert_answer(OK, 200);
    post_login("alice", client, "");
    assert_answer(OK, 200);
    keep_session();
}

/* A request of the session, by the key of its client. */
static void ask(const char *method, const char *target, const char *said)
{
    const struct user_ask request = {.method = method,
                                     .target = target,
                                     .body = said,
                                     .key = 1,
                                     .token = bearer,
                                     .caller = session_id};
    user_ask(&request);
}

static void ask_as_bearer(const char *method, const char *target)
{
    const struct user_ask request = {
        .method = method, .target = target, .token = bearer, .is_bearer = true};
    user_ask(&request);
}

static size_t sessions_shown(void)
{
    size_t count = 0;
    struct bytes left = fixture->service->answer.body;
    static const char sought[] = "\"session_id\"";
    for (;;) {
        const uint8_t *at = memmem(left.ptr, left.len, sought, sizeof sought - 1);
        if (at == NULL) {
            return count;
        }
        count++;
        left = bytes_slice(left, (size_t)(at - left.ptr) + 1, SIZE_MAX);
    }
}

/* --- logging in --- */

static void an_answer_shows_the_session(void **state)
{
    (void)state;
    log_in(&world.keys[1]);
    assert_true(body_has("\"success\":true"));
    assert_true(body_has("\"username\":\"alice\""));
    assert_true(body_has("\"timestamp\":\"20"));
    assert_true(body_has("\"expires_at\":\"20"));
    assert_true(body_has("\"ip_address\":null"));
    assert_true(body_has("\"assurance\":4,\"factors\":[\"ed25519\"],\"scopes\":[\"read\","
                         "\"accounts\",\"sign\",\"lanes\",\"revoke\"],\"client_key\":{\"scheme\":"
                         "\"ed25519\""));
    assert_int_equal('4', session_id[14]);
    assert_non_null(strchr("89ab", session_id[19]));
}

static void a_login_is_recorded_before_and_after(void **state)
{
    char sid[64];
    (void)state;
    ask_challenge("alice", &world.keys[1]);
    service_fixture_clear(fixture->service);
    post_login("alice", &world.keys[1], "");
    assert_answer(OK, 200);
    member("session_id", session_id, sizeof session_id);
    (void)snprintf(sid, sizeof sid, "\"sid\":\"%s\"", session_id);
    assert_int_equal(2, count_lines("\"op\":\"sessions.login\""));
    assert_int_equal(1, count_lines("\"outcome\":\"intent\""));
    assert_int_equal(1, count_lines("\"outcome\":\"ok\""));
    assert_int_equal(2, count_lines(sid));
    assert_int_equal(2, count_lines("\"assurance\":4"));
    assert_int_equal(2, count_lines("\"factors\":[\"ed25519\"]"));
    assert_int_equal(0, count_lines("alice"));
    assert_int_equal(0, count_lines("cfs1."));
    assert_int_equal(0, count_lines("\"user\":null"));
}

static void the_address_is_what_the_gateway_says(void **state)
{
    char head[256];
    (void)state;
    ask_challenge("alice", &world.keys[1]);
    post_login("alice", &world.keys[1], "");
    char again[sizeof body];
    memcpy(again, body, sizeof body);
    static const struct {
        const char *header;
        const char *shown;
    } cases[] = {
        {"198.51.100.7, 192.0.2.1", "\"ip_address\":\"192.0.2.1\""},
        {"2001:db8::1", "\"ip_address\":\"2001:db8::1\""},
        {"unknown", "\"ip_address\":null"},
        {"198.51.100.7, _hidden", "\"ip_address\":null"},
        {"_192.0.2.1", "\"ip_address\":null"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(head, sizeof head,
                       "POST /v1/sessions HTTP/1.1\r\nContent-Type: application/json\r\n"
                       "X-Forwarded-For: %s\r\n",
                       cases[i].header);
        service_fixture_ask(fixture->service, head, bytes_of(again), true);
        assert_answer(OK, 200);
        assert_true(body_has(cases[i].shown));
    }
}

static void a_session_may_have_fewer_scopes(void **state)
{
    (void)state;
    ask_challenge("alice", &world.keys[1]);
    post_login("alice", &world.keys[1], ",\"scopes\":[\"read\"]");
    assert_answer(OK, 200);
    assert_true(body_has("\"scopes\":[\"read\"]"));
    keep_session();
    ask("GET", "/v1/sessions", NULL);
    assert_answer(OK, 200);
    ask("DELETE", "/v1/sessions", NULL);
    assert_answer(SCOPE, 403);
    post_login("alice", &world.keys[1], ",\"scopes\":[]");
    assert_answer(BAD_REQUEST, 400);
    post_login("alice", &world.keys[1], ",\"scopes\":[\"enrol\"]");
    assert_answer(BAD_REQUEST, 400);
    post_login("alice", &world.keys[1], ",\"scopes\":[\"read\",\"read\"]");
    assert_answer(BAD_REQUEST, 400);
}

/* Whoever asks is told the same of a user who is not there as of one whose key he has not. */
static void a_stranger_learns_nothing(void **state)
{
    (void)state;
    user_key_ed(61, &device);
    ask_challenge("alice", &world.keys[1]);
    post_login("alice", &world.keys[1], "");
    assert_answer(AUTH_FAILED, 401);
    ask_challenge("mallory", &world.keys[1]);
    assert_answer(OK, 200);
    post_login("mallory", &world.keys[1], "");
    assert_answer(AUTH_FAILED, 401);
    /* A proof of something else. */
    user_key_ed(60, &device);
    ask_challenge("alice", &world.keys[1]);
    post_login("alice", &world.keys[2], "");
    assert_answer(AUTH_FAILED, 401);
    post_login("alice", NULL, "");
    assert_answer(AUTH_FAILED, 401);
    ask_challenge("bob", &world.keys[1]);
    post_login("alice", &world.keys[1], "");
    assert_answer(AUTH_FAILED, 401);
    assert_int_equal(0, count_lines("\"outcome\":\"intent\""));
}

static void what_is_no_request_is_refused(void **state)
{
    static const struct {
        const char *path;
        const char *body;
        const char *code;
    } cases[] = {
        {"/v1/sessions/challenge", "{}", "MISSING_FIELD"},
        {"/v1/sessions/challenge", "[]", "BAD_TYPE"},
        {"/v1/sessions/challenge", "{\"username\":\"\"}", "INVALID_USERNAME"},
        {"/v1/sessions/challenge", "{\"username\":\"a b\"}", "INVALID_USERNAME"},
        {"/v1/sessions/challenge", "{\"username\":1}", "BAD_TYPE"},
        {"/v1/sessions/challenge", "{\"username\":\"a\",\"x\":1}", "UNKNOWN_FIELD"},
        {"/v1/sessions/challenge", "{\"username\":\"a\",\"tenant\":\"00\"}", "INVALID_HEX"},
        {"/v1/sessions/challenge",
         "{\"username\":\"a\",\"tenant\":"
         "\"0000000000000000000000000000000000000000000000000000000000000000\"}",
         "BAD_REQUEST"},
        {"/v1/sessions/challenge", "{\"username\":\"a\",\"purpose\":\"sign\"}", "BAD_REQUEST"},
        {"/v1/sessions/challenge", "{\"username\":\"a\",\"client_key\":{}}", "MISSING_FIELD"},
        {"/v1/sessions/challenge",
         "{\"username\":\"a\",\"client_key\":{\"scheme\":\"oidc\",\"key\":\"AAAA\"}}",
         "BAD_REQUEST"},
        {"/v1/sessions/challenge",
         "{\"username\":\"a\",\"client_key\":{\"scheme\":\"rsa\",\"key\":\"AAAA\"}}",
         "BAD_REQUEST"},
        {"/v1/sessions/challenge",
         "{\"username\":\"a\",\"client_key\":{\"scheme\":\"p256\",\"key\":\"AAAA\"}}",
         "BAD_REQUEST"},
        {"/v1/sessions/challenge",
         "{\"username\":\"a\",\"client_key\":{\"scheme\":\"stark\",\"key\":"
         "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}}",
         "POINT_INVALID"},
        {"/v1/sessions/challenge",
         "{\"username\":\"a\",\"client_key\":{\"scheme\":\"p256\",\"key\":\"*\"}}",
         "INVALID_BASE64"},
        {"/v1/sessions", "{\"username\":\"a\"}", "MISSING_FIELD"},
        {"/v1/sessions", "{\"username\":\"a\",\"challenge\":\"00\",\"proofs\":[]}", "INVALID_HEX"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        service_fixture_post(fixture->service, cases[i].path, cases[i].body);
        if (strcmp(cases[i].code, status_name(fixture->service->answer.code)) != 0) {
            print_message("%s\n", cases[i].body);
        }
        assert_string_equal(cases[i].code, status_name(fixture->service->answer.code));
    }
}

/* A key that signs typed data only signs no requests. */
static void not_every_key_is_a_clients(void **state)
{
    char key[128];
    (void)state;
    put_base64((struct bytes){world.keys[2].public, world.keys[2].len}, key, sizeof key);
    (void)snprintf(body, sizeof body,
                   "{\"username\":\"a\",\"client_key\":{\"scheme\":\"snip12\",\"key\":\"%s\"}}",
                   key);
    service_fixture_post(fixture->service, "/v1/sessions/challenge", body);
    assert_answer(BAD_REQUEST, 400);
}

static void failures_count_more(void **state)
{
    size_t failed = 0;
    static const char head[] = "POST /v1/sessions HTTP/1.1\r\nContent-Type: application/json\r\n"
                               "X-Forwarded-For: 192.0.2.1\r\n";
    (void)state;
    user_key_ed(61, &device);
    ask_challenge("alice", &world.keys[1]);
    post_login("alice", &world.keys[1], "");
    char again[sizeof body];
    memcpy(again, body, sizeof body);
    for (size_t i = 0; i < LIMIT_LOGIN_USER_BURST / 2; i++) {
        service_fixture_ask(fixture->service, head, bytes_of(again), true);
        failed += fixture->service->answer.code == STATUS_AUTH_FAILED;
    }
    assert_answer(RATE_LIMITED, 429);
    assert_in_range(failed, LIMIT_LOGIN_USER_BURST / (LIMIT_LOGIN_FAILED + 1),
                    LIMIT_LOGIN_USER_BURST / 2 - 1);
}

static void there_are_only_so_many(void **state)
{
    size_t served = 0;
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        ask_challenge("alice", &world.keys[1]);
        served += fixture->service->answer.code == STATUS_OK;
    }
    assert_answer(RATE_LIMITED, 429);
    assert_true(fixture->service->answer.retry_after.len != 0);
    assert_in_range(served, LIMIT_LOGIN_USER_BURST, 999);
    ask_challenge("bob", &world.keys[1]);
    assert_answer(OK, 200);
}

/* --- what a session does --- */

static void a_session_lists_sessions(void **state)
{
    (void)state;
    log_in(&world.keys[1]);
    ask("GET", "/v1/sessions", NULL);
    assert_answer(OK, 200);
    assert_int_equal(1, sessions_shown());
    assert_true(body_has(session_id));
    assert_true(body_has("\"is_current\":true"));
    log_in(&world.keys[2]);
    log_in(&world.keys[1]);
    ask("GET", "/v1/sessions", NULL);
    assert_int_equal(3, sessions_shown());
    assert_true(body_has("\"scheme\":\"stark\""));
    assert_false(body_has("cfs1."));
}

static void a_program_of_the_machine_has_none(void **state)
{
    (void)state;
    service_fixture_ask(fixture->service, "GET /v1/sessions HTTP/1.1\r\n", BYTES_LITERAL(""), true);
    assert_answer(FORBIDDEN, 403);
    service_fixture_ask(fixture->service, "DELETE /v1/sessions HTTP/1.1\r\n", BYTES_LITERAL(""),
                        true);
    assert_answer(FORBIDDEN, 403);
    service_fixture_post(fixture->service, "/v1/sessions/renew", "{}");
    assert_answer(FORBIDDEN, 403);
}

static void a_bearer_reads(void **state)
{
    (void)state;
    log_in(NULL);
    assert_true(body_has("\"assurance\":3"));
    assert_true(body_has("\"client_key\":null"));
    ask_as_bearer("GET", "/v1/sessions");
    assert_answer(OK, 200);
    ask_as_bearer("DELETE", "/v1/sessions");
    assert_string_equal("FORBIDDEN", status_name(fixture->service->answer.code));
}

static void a_session_is_renewed(void **state)
{
    char first[sizeof bearer];
    char first_id[sizeof session_id];
    (void)state;
    log_in(&world.keys[1]);
    memcpy(first, bearer, sizeof first);
    memcpy(first_id, session_id, sizeof first_id);
    ask("POST", "/v1/sessions/renew", "{}");
    assert_answer(OK, 200);
    keep_session();
    assert_string_equal(first_id, session_id);
    ask("GET", "/v1/sessions", NULL);
    assert_answer(OK, 200);
    ask("POST", "/v1/sessions/renew", "{\"x\":1}");
    assert_answer(UNKNOWN_FIELD, 400);
}

static void one_session_is_revoked(void **state)
{
    char target[128];
    char first[sizeof session_id];
    char first_bearer[sizeof bearer];
    (void)state;
    log_in(&world.keys[1]);
    memcpy(first, session_id, sizeof first);
    memcpy(first_bearer, bearer, sizeof bearer);
    log_in(&world.keys[1]);
    (void)snprintf(target, sizeof target, "/v1/sessions/%s", first);
    service_fixture_clear(fixture->service);
    ask("DELETE", target, NULL);
    assert_answer(OK, 200);
    assert_true(body_has("\"revoked\":true"));
    assert_int_equal(1, count_lines("\"outcome\":\"intent\""));
    assert_int_equal(1, count_lines("\"outcome\":\"ok\""));
    ask("GET", "/v1/sessions", NULL);
    assert_int_equal(1, sessions_shown());
    assert_false(body_has(first));
    /* Again is the same, with a body too. */
    ask("DELETE", target, "{}");
    assert_answer(OK, 200);
    memcpy(session_id, first, sizeof first);
    memcpy(bearer, first_bearer, sizeof bearer);
    ask("GET", "/v1/sessions", NULL);
    assert_answer(SESSION_REVOKED, 401);
    ask("POST", "/v1/sessions/renew", "{}");
    assert_answer(SESSION_REVOKED, 401);
}

static void what_is_no_session_is_not_revoked(void **state)
{
    (void)state;
    log_in(&world.keys[1]);
    ask("DELETE", "/v1/sessions/x", NULL);
    assert_answer(BAD_REQUEST, 400);
    ask("DELETE", "/v1/sessions/00000000-0000-4000-8000-00000000000A", NULL);
    assert_answer(BAD_REQUEST, 400);
    ask("DELETE", "/v1/sessions", "{\"x\":1}");
    assert_answer(UNKNOWN_FIELD, 400);
    ask("GET", "/v1/sessions", NULL);
    assert_answer(OK, 200);
}

static void others_keep_their_sessions(void **state)
{
    char target[128];
    char alices[sizeof session_id];
    char alices_bearer[sizeof bearer];
    (void)state;
    enrol("bob");
    log_in(&world.keys[1]);
    memcpy(alices, session_id, sizeof alices);
    memcpy(alices_bearer, bearer, sizeof bearer);
    ask_challenge("bob", &world.keys[1]);
    post_login("bob", &world.keys[1], "");
    assert_answer(OK, 200);
    keep_session();
    (void)snprintf(target, sizeof target, "/v1/sessions/%s", alices);
    ask("DELETE", target, NULL);
    assert_answer(OK, 200);
    ask("DELETE", "/v1/sessions", NULL);
    assert_answer(OK, 200);
    ask("GET", "/v1/sessions", NULL);
    assert_answer(SESSION_REVOKED, 401);
    memcpy(session_id, alices, sizeof alices);
    memcpy(bearer, alices_bearer, sizeof bearer);
    ask("GET", "/v1/sessions", NULL);
    assert_answer(OK, 200);
    assert_int_equal(1, sessions_shown());
}

static void all_are_revoked(void **state)
{
    (void)state;
    log_in(&world.keys[1]);
    char first_id[sizeof session_id];
    char first_bearer[sizeof bearer];
    memcpy(first_id, session_id, sizeof first_id);
    memcpy(first_bearer, bearer, sizeof bearer);
    log_in(&world.keys[1]);
    ask("DELETE", "/v1/sessions", NULL);
    assert_answer(OK, 200);
    ask("GET", "/v1/sessions", NULL);
    assert_answer(SESSION_REVOKED, 401);
    memcpy(session_id, first_id, sizeof first_id);
    memcpy(bearer, first_bearer, sizeof bearer);
    ask("GET", "/v1/sessions", NULL);
    assert_answer(SESSION_REVOKED, 401);
    /* Logging in goes on, a moment later, and shows nothing of them. */
    do {
        ask_challenge("alice", &world.keys[1]);
        post_login("alice", &world.keys[1], "");
    } while (fixture->service->answer.code == STATUS_CHALLENGE_STALE);
    assert_answer(OK, 200);
    keep_session();
    ask("GET", "/v1/sessions", NULL);
    assert_answer(OK, 200);
    assert_int_equal(1, sessions_shown());
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_shows_the_session),
        TEST(a_login_is_recorded_before_and_after),
        TEST(the_address_is_what_the_gateway_says),
        TEST(a_session_may_have_fewer_scopes),
        TEST(a_stranger_learns_nothing),
        TEST(what_is_no_request_is_refused),
        TEST(not_every_key_is_a_clients),
        TEST(failures_count_more),
        TEST(there_are_only_so_many),
        TEST(a_session_lists_sessions),
        TEST(a_program_of_the_machine_has_none),
        TEST(a_bearer_reads),
        TEST(a_session_is_renewed),
        TEST(one_session_is_revoked),
        TEST(what_is_no_session_is_not_revoked),
        TEST(others_keep_their_sessions),
        TEST(all_are_revoked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
