#include <stdio.h>

#include "fixtures/unit.h"
#include "gateway/forwarded.h"
#include "operations/operations.h"

static struct http1_head head;
static uint8_t memory[FORWARDED_HEAD_MAX];

static void read_head(const char *text)
{
    struct http1_progress progress = {0};
    assert_status(OK, http1_read(&progress, bytes_of(text), &head));
    assert_true(head.len != 0);
}

static void other_paths_go_nowhere(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "/",
        "/metrics",
        "/status",
        "/health",
        "/sign",
        "/derive",
        "/openapi.json",
        "/v1x",
        "/v2",
        "/kmsx/derive",
        "/KMS/derive",
        "/nonce/x",
        "/nonce/",
        "//kms",
        "//kms/derive",
        "/kms//derive",
        "/v1/../metrics",
        "/v1/..",
        "/v1/.",
        "/v1/./nonce",
        "/v1/%2e%2e/metrics",
        "/v1/%2E./metrics",
        "/v1/..%2fmetrics",
        "/v1%2f..%2fmetrics",
        "/%76%31/nonce",
        "/v1/%2e",
        "/v1/a%2f%2fb",
        "/v1/..%5cmetrics",
        "/v1/..\\metrics",
        "/v1/x/../../metrics",
        "/v1/%00",
        "/v1/",
        "/v1//",
        "/v1%3fx",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        size_t body_max = 1;
        struct status status = forwarded_route(bytes_of(paths[i]), &body_max);
        if (status.code != STATUS_NOT_FOUND || body_max != 0) {
            print_error("passed: %s\n", paths[i]);
            fail();
        }
    }
}

static void four_families_go_to_the_node(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        size_t body_max;
    } rows[] = {
        {"/nonce", LIMIT_BODY_IGNORED},
        {"/sync", LIMIT_BODY_SYNC_V1},
        {"/kms/derive", LIMIT_BODY_APP},
        {"/kms/data/a%20key.txt", LIMIT_BODY_APP},
        {"/v1/nonce", LIMIT_BODY_STARKNET_SIGN},
        {"/v1/app/values/a%2Fb", LIMIT_BODY_STARKNET_SIGN},
        {"/v1/app/values/...", LIMIT_BODY_STARKNET_SIGN},
        {"/v1/app/values/%252e%252e", LIMIT_BODY_STARKNET_SIGN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t body_max = 0;
        assert_status(OK, forwarded_route(bytes_of(rows[i].path), &body_max));
        assert_int_equal(rows[i].body_max, body_max);
    }
}

static void what_the_node_takes_passes(void **state)
{
    (void)state;
    const struct routes *routes = operations_routes();
    size_t count = 0;
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *route = &routes->rows[i];
        size_t body_max = 0;
        if (!status_is_ok(forwarded_route(bytes_of(route->path), &body_max))) {
            continue;
        }
        count++;
        if (body_max < route->body_max) {
            print_error("too short: %s\n", route->path);
            fail();
        }
    }
    assert_true(count >= 20);
}

static void hops_may_not_take_headers_of_the_node(void **state)
{
    (void)state;
    static const char *const names[] = {
        "X-Sync-Signature",    "Coffer-Nonce",   "coffer-x",     "X-App-Signature",
        "x-kms-signature",     "Host",           "content-type", "Authorization",
        "close, Coffer-Proof", "Content-Length", "origin",       "idempotency-key",
        "X-Request-Id",        "cookie",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[256];
        struct buf out = buf_over(memory, sizeof memory);
        (void)snprintf(text, sizeof text,
                       "GET /v1/nonce HTTP/1.1\r\nHost: a\r\nConnection: %s\r\n\r\n", names[i]);
        read_head(text);
        assert_status(BAD_HTTP, forwarded_head(&head, 0, &out));
    }
}

static void headers_of_a_hop_end_here(void **state)
{
    (void)state;
    struct buf out = buf_over(memory, sizeof memory);
    read_head("PUT /kms/data?a=%20b HTTP/1.1\r\nHost: a.example\r\nCoffer-Nonce: 1\r\n"
              "Connection: Keep-Alive, X-Hop\r\nx-hop: 2\r\nX-Hops: 3\r\nKeep-Alive: 5\r\n"
              "Proxy-Authorization: x\r\nTE: trailers\r\nUpgrade: h2c\r\nExpect: 100-continue\r\n"
              "Content-Type: application/json\r\nX-Forwarded-For: 1.2.3.4\r\n"
              "Content-Length: 5\r\n\r\n");
    assert_status(OK, forwarded_head(&head, 5, &out));
    assert_bytes(BYTES_LITERAL("PUT /kms/data?a=%20b HTTP/1.1\r\nHost: a.example\r\n"
                               "Coffer-Nonce: 1\r\nX-Hops: 3\r\n"
                               "Content-Type: application/json\r\nX-Forwarded-For: 1.2.3.4\r\n"
                               "Content-Length: 5\r\n\r\n"),
                 buf_bytes(&out));
}

static void a_body_says_how_long_it_is(void **state)
{
    (void)state;
    struct buf out = buf_over(memory, sizeof memory);
    read_head("POST /v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_status(OK, forwarded_head(&head, 0, &out));
    assert_bytes(BYTES_LITERAL("POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
                 buf_bytes(&out));
    out = buf_over(memory, sizeof memory);
    read_head("GET /nonce HTTP/1.0\r\nHost: a\r\n\r\n");
    assert_status(OK, forwarded_head(&head, 0, &out));
    assert_bytes(BYTES_LITERAL("GET /nonce HTTP/1.1\r\nHost: a\r\n\r\n"), buf_bytes(&out));
    out = buf_over(memory, 20);
    assert_status(BUFFER_FULL, forwarded_head(&head, 0, &out));
}

static void an_answer_goes_back_without_those_of_a_hop(void **state)
{
    (void)state;
    struct http1_header headers[LIMIT_HTTP_HEADERS];
    struct http1_progress progress = {0};
    unsigned http = 0;
    const struct bytes text =
        BYTES_LITERAL("HTTP/1.1 200 OK\r\nDate: x\r\nContent-Type: a\r\nConnection: close\r\n"
                      "Coffer-Signature: y\r\nContent-Length: 0\r\n\r\n");
    assert_status(OK, http1_read_answer(&progress, text, &head, &http));
    assert_int_equal(2, forwarded_back(&head, headers));
    assert_bytes(BYTES_LITERAL("Content-Type"), headers[0].name);
    assert_bytes(BYTES_LITERAL("Coffer-Signature"), headers[1].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_paths_go_nowhere),
        cmocka_unit_test(four_families_go_to_the_node),
        cmocka_unit_test(what_the_node_takes_passes),
        cmocka_unit_test(hops_may_not_take_headers_of_the_node),
        cmocka_unit_test(headers_of_a_hop_end_here),
        cmocka_unit_test(a_body_says_how_long_it_is),
        cmocka_unit_test(an_answer_goes_back_without_those_of_a_hop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
