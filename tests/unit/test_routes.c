#include "fixtures/service_fixture.h"
#include "fixtures/unit.h"
#include "pipeline/context/routes.h"
#include "pipeline/query.h"

static struct status find(const char *method, const char *path, bool v1_wire,
                          struct routes_match *ret_match)
{
    const struct http1_head head = {.method = bytes_of(method), .path = bytes_of(path)};
    return routes_find(operations_routes(), &head, v1_wire, ret_match);
}

static void unknown_paths_and_methods(void **state)
{
    (void)state;
    static const char *const paths[] = {"", "//", "/heal", "/health/", "/HEALTH", "/nonce", "/kms"};
    struct routes_match match;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_status(NOT_FOUND, find("GET", paths[i], false, &match));
        assert_null(match.route);
        assert_null(match.allow);
        assert_int_equal(ROUTES_KMS, match.form);
    }
    assert_status(NOT_FOUND, find("GET", "/v1/none", false, &match));
    assert_int_equal(ROUTES_OURS, match.form);
    assert_status(METHOD_NOT_ALLOWED, find("PUT", "/health", false, &match));
    assert_string_equal("GET, HEAD", match.allow);
    assert_null(match.route);
    assert_status(METHOD_NOT_ALLOWED, find("HEAD", "/v1/starknet/sign", false, &match));
    assert_string_equal("POST", match.allow);
    assert_status(METHOD_NOT_ALLOWED, find("get", "/v1/starknet/sign", false, &match));
    assert_string_equal("POST", match.allow);
    /* Not what the variable of another row would take it for. */
    assert_status(METHOD_NOT_ALLOWED, find("PUT", "/v1/app/values/get", false, &match));
    assert_string_equal("POST", match.allow);
    assert_status(METHOD_NOT_ALLOWED, find("PUT", "/v1/app/values/other", false, &match));
    assert_string_equal("GET, HEAD", match.allow);
}

static void a_head_has_the_row_of_its_get(void **state)
{
    (void)state;
    struct routes_match get;
    struct routes_match head;
    assert_status(OK, find("GET", "/health", false, &get));
    assert_status(OK, find("HEAD", "/health", false, &head));
    assert_non_null(head.route);
    assert_ptr_equal(get.route, head.route);
}

static void v1_wire_is_a_column(void **state)
{
    (void)state;
    struct routes_match match;
    assert_status(NOT_FOUND, find("POST", "/nonce", false, &match));
    assert_status(METHOD_NOT_ALLOWED, find("POST", "/nonce", true, &match));
    assert_status(OK, find("GET", "/nonce", true, &match));
    assert_int_equal(ROUTES_KMS, match.form);
    assert_status(OK, find("GET", "/v1/nonce", false, &match));
}

static void a_variable_takes_the_rest(void **state)
{
    (void)state;
    struct bytes tail;
    assert_false(routes_path_is("/a/{key}", BYTES_LITERAL("/a"), &tail));
    assert_false(routes_path_is("/a/{key}", BYTES_LITERAL("/a/"), &tail));
    assert_false(routes_path_is("/a/{key}", BYTES_LITERAL("/b/c"), &tail));
    assert_null(tail.ptr);
    assert_true(routes_path_is("/a/{key}", BYTES_LITERAL("/a/x"), &tail));
    assert_bytes(BYTES_LITERAL("x"), tail);
    assert_true(routes_path_is("/a/{key}", BYTES_LITERAL("/a//x%2fy/"), &tail));
    assert_bytes(BYTES_LITERAL("/x%2fy/"), tail);
    assert_true(routes_path_is("/a/{key}", BYTES_LITERAL("/a/{key}"), &tail));
    assert_true(routes_path_is("/a", BYTES_LITERAL("/a"), &tail));
    assert_null(tail.ptr);
    assert_false(routes_path_is("/a", BYTES_LITERAL("/a/x"), &tail));
}

static void every_row_can_be_found(void **state)
{
    (void)state;
    const struct route *routes = operations_routes()->rows;
    for (size_t i = 0; i < operations_routes()->count; i++) {
        struct routes_match match;
        assert_status(OK, find(routes[i].method, routes[i].path, true, &match));
        assert_ptr_equal(&routes[i], match.route);
        assert_int_equal(i + 1, match.operation);
        assert_false(routes[i].principal == ROUTES_ANYONE && routes[i].assurance != 0);
        assert_false(routes[i].principal != ROUTES_ANYONE && routes[i].assurance == 0);
        /* What nodes tell each other about their records is in the trail of who wrote them; what a
         * login has to be about is kept by nobody. */
        assert_true((routes[i].principal == ROUTES_ANYONE ||
                     strcmp(routes[i].operation, "cluster.sync") == 0 ||
                     strcmp(routes[i].operation, "sessions.challenge") == 0) ==
                    (routes[i].audit == ROUTES_AUDIT_NONE));
        assert_non_null(routes[i].operate->perform);
        /* Whatever changes something says so. */
        bool changes =
            strcmp(routes[i].method, "PUT") == 0 || strcmp(routes[i].method, "DELETE") == 0;
        /* What nodes of version 1 tell has no intent of theirs. */
        changes = changes || strcmp(routes[i].operation, "kms.sync") == 0 ||
                  strcmp(routes[i].operation, "sessions.login") == 0 ||
                  strcmp(routes[i].operation, "statement") == 0;
        assert_true(changes == (routes[i].audit == ROUTES_AUDIT_EFFECT));
    }
}

static struct service_fixture *fixture;
static struct http1_head head;
static struct request request;
static struct work work;

/* Work on a route of the test's own: a query has limit and prefix. */
static struct work *asked(const char *tail, const char *query)
{
    static const struct route route = {
        .query = "limit,prefix", .principal = ROUTES_APP, .form = ROUTES_OURS};
    head = (struct http1_head){.query = bytes_of(query)};
    request = (struct request){.head = &head};
    work = (struct work){.worker = fixture->worker,
                         .arena = &fixture->job->arena,
                         .request = &request,
                         .route = &route,
                         .form = route.form,
                         .tail = bytes_of(tail)};
    return &work;
}

static void a_tail_is_decoded(void **state)
{
    (void)state;
    struct bytes tail;
    assert_status(BAD_HTTP, query_tail(asked("a%00", ""), &tail));
    assert_status(BAD_HTTP, query_tail(asked("a%0a", ""), &tail));
    assert_null(tail.ptr);
    assert_status(INVALID_UTF8, query_tail(asked("a%ff", ""), &tail));
    assert_status(INVALID_UTF8, query_tail(asked("%ed%a0%80", ""), &tail));
    assert_status(OK, query_tail(asked("a/b%2Fc%20d+%C3%BC%2541", ""), &tail));
    assert_bytes(BYTES_LITERAL("a/b/c d+ü%41"), tail);
}

static void a_query_has_known_names(void **state)
{
    (void)state;
    assert_status(UNKNOWN_FIELD, query_check(asked("", "spare=1")));
    assert_string_equal("spare", work.doc.where);
    assert_status(UNKNOWN_FIELD, query_check(asked("", "limit=1&Prefix=")));
    assert_string_equal("?refix", work.doc.where);
    assert_status(UNKNOWN_FIELD, query_check(asked("", "&limit=1")));
    assert_status(UNKNOWN_FIELD, query_check(asked("", "limi=1")));
    assert_status(UNKNOWN_FIELD, query_check(asked("", "limit,prefix=1")));
    assert_status(OK, query_check(asked("", "")));
    assert_status(OK, query_check(asked("", "prefix=a%20b&limit")));
}

static void texts_and_numbers_of_a_query(void **state)
{
    (void)state;
    struct bytes text;
    uint64_t number = 7;
    assert_status(BAD_REQUEST, query_text(asked("", "prefix=a&prefix=a"), "prefix", &text));
    assert_string_equal("prefix", work.doc.where);
    assert_null(text.ptr);
    assert_status(INVALID_UTF8, query_text(asked("", "prefix=%ff"), "prefix", &text));
    assert_status(OK, query_text(asked("", "limit=3"), "prefix", &text));
    assert_null(text.ptr);
    assert_status(OK, query_text(asked("", "prefix="), "prefix", &text));
    assert_non_null(text.ptr);
    assert_int_equal(0, text.len);
    assert_status(OK, query_text(asked("", "limit=3&prefix=a%2fb"), "prefix", &text));
    assert_bytes(BYTES_LITERAL("a/b"), text);
    static const char *const bad[] = {"limit=", "limit=-1", "limit=01", "limit=%31", "limit"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(INVALID_DECIMAL, query_u64(asked("", bad[i]), "limit", 1, 9, &number));
    }
    assert_status(NUMBER_RANGE, query_u64(asked("", "limit=0"), "limit", 1, 9, &number));
    assert_status(NUMBER_RANGE, query_u64(asked("", "limit=10"), "limit", 1, 9, &number));
    assert_status(BAD_REQUEST, query_u64(asked("", "limit=1&limit=1"), "limit", 1, 9, &number));
    assert_status(OK, query_u64(asked("", "prefix=1"), "limit", 1, 9, &number));
    assert_int_equal(7, number);
    assert_status(OK, query_u64(asked("", "limit=9"), "limit", 1, 9, &number));
    assert_int_equal(9, number);
}

static bool body_has(const char *text)
{
    return memmem(fixture->answer.body.ptr, fixture->answer.body.len, text, strlen(text)) != NULL;
}

static void get(const char *path)
{
    char text[256];
    (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n", path);
    service_fixture_ask(fixture, text, bytes_of(""), true);
}

static void errors_in_the_form_of_the_seed_for_apps(void **state)
{
    (void)state;
    get("/kms/none");
    assert_int_equal(404, fixture->answer.http_status);
    assert_true(
        body_has("\"detail\":\"Not Found\",\"message\":\"Not Found\",\"code\":\"not_found\""));
    assert_true(body_has("\"error_code\":\"NOT_FOUND\""));
    service_fixture_ask(fixture, "PUT /nodes HTTP/1.1\r\n", bytes_of(""), true);
    assert_int_equal(405, fixture->answer.http_status);
    assert_true(body_has("\"detail\":\"Method Not Allowed\""));
    assert_string_equal("GET, HEAD", fixture->answer.allow);
    get("/v1/none");
    assert_false(body_has("\"detail\""));
    fixture->trust.v1_wire = true;
    get("/nonce");
    assert_int_equal(503, fixture->answer.http_status);
    assert_true(body_has("\"detail\":{\"error\":\"Service unavailable\",\"reason\":\"Master"));
    assert_true(body_has("\"code\":\"service_unavailable\""));
    fixture->trust.v1_wire = false;
    get("/nonce");
    assert_int_equal(404, fixture->answer.http_status);
}

static void a_page_is_refused_with_any_method(void **state)
{
    (void)state;
    service_fixture_ask(fixture, "OPTIONS /nodes HTTP/1.1\r\nOrigin: http://a\r\n", bytes_of(""),
                        true);
    assert_int_equal(403, fixture->answer.http_status);
    assert_true(body_has("\"error_code\":\"ORIGIN_DENIED\""));
    assert_null(fixture->answer.allow);
    service_fixture_ask(fixture, "OPTIONS /nodes HTTP/1.1\r\n", bytes_of(""), true);
    assert_int_equal(405, fixture->answer.http_status);
}

static void a_compressed_body_is_not_read(void **state)
{
    (void)state;
    service_fixture_ask(fixture,
                        "POST /v1/starknet/accounts HTTP/1.1\r\nContent-Type: application/json\r\n"
                        "Content-Encoding: gzip\r\n",
                        bytes_of("\x1f\x8b"), true);
    assert_int_equal(415, fixture->answer.http_status);
    assert_true(body_has("\"error_code\":\"CONTENT_ENCODING\""));
    service_fixture_ask(fixture,
                        "POST /v1/starknet/accounts HTTP/1.1\r\nContent-Type: application/json\r\n"
                        "Content-Encoding: identity\r\n",
                        bytes_of("{"), true);
    assert_true(body_has("\"error_code\":\"BAD_JSON\""));
}

static void what_is_said_to_a_read_is_dropped(void **state)
{
    (void)state;
    const struct http1_head asked = {.method = BYTES_LITERAL("GET"),
                                     .path = BYTES_LITERAL("/nodes")};
    size_t body_max = 0;
    assert_status(OK, pipeline_body_max(fixture->worker, &asked, &body_max));
    assert_int_equal(LIMIT_BODY_IGNORED, body_max);
    service_fixture_ask(fixture, "GET /nodes HTTP/1.1\r\n", bytes_of("{}"), true);
    assert_int_equal(200, fixture->answer.http_status);
}

static void the_overview_says_what_is_served(void **state)
{
    (void)state;
    get("/");
    assert_true(body_has("\"service\":\"Nova KMS\""));
    assert_true(body_has("{\"openapi_json\":\"/openapi.json\""));
    assert_true(body_has("{\"method\":\"GET\",\"path\":\"/health\",\"auth\":\"none\""));
    assert_false(body_has("\"path\":\"/nonce\""));
    get("/nodes");
    assert_bytes(bytes_of("{\"operators\":[],\"count\":0}"), fixture->answer.body);
}

static void assert_answered(enum status_code code, unsigned http_status)
{
    assert_int_equal(code, fixture->answer.code);
    assert_int_equal(http_status, fixture->answer.http_status);
}

/* A node that cannot write a record answers, and is not ready. */
static void a_node_that_would_not_serve_is_not_ready(void **state)
{
    (void)state;
    get("/ready");
    assert_answered(STATUS_OK, 200);
    assert_bytes(bytes_of("{\"status\":\"ready\"}"), fixture->answer.body);
    fixture->fails = true;
    service_fixture_post(fixture, "/v1/starknet/accounts", "{\"username\":\"alice\"}");
    get("/ready");
    assert_answered(STATUS_AUDIT_UNAVAILABLE, 503);
    get("/health");
    assert_answered(STATUS_OK, 200);
    fixture->fails = false;
    service_fixture_commit(fixture);
    size_t before = fixture->lines_len;
    get("/ready");
    assert_answered(STATUS_OK, 200);
    fixture->service->is_ready = false;
    get("/ready");
    assert_answered(STATUS_UNAVAILABLE, 503);
    service_fixture_commit(fixture);
    assert_int_equal(before, fixture->lines_len); /* no refusal of it is recorded */
}

static int setup(void **state)
{
    (void)state;
    fixture = service_fixture_open();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    service_fixture_close(fixture);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_paths_and_methods),
        cmocka_unit_test(a_head_has_the_row_of_its_get),
        cmocka_unit_test(v1_wire_is_a_column),
        cmocka_unit_test(a_variable_takes_the_rest),
        cmocka_unit_test(every_row_can_be_found),
        cmocka_unit_test(a_tail_is_decoded),
        cmocka_unit_test(a_query_has_known_names),
        cmocka_unit_test(texts_and_numbers_of_a_query),
        cmocka_unit_test(errors_in_the_form_of_the_seed_for_apps),
        cmocka_unit_test(a_page_is_refused_with_any_method),
        cmocka_unit_test(a_compressed_body_is_not_read),
        cmocka_unit_test(what_is_said_to_a_read_is_dropped),
        cmocka_unit_test(the_overview_says_what_is_served),
        cmocka_unit_test(a_node_that_would_not_serve_is_not_ready),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
