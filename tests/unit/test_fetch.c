#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fetch/fetch.h"
#include "fixtures/unit.h"

#define ANSWER_OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"

/* A server on a unix socket: takes one connection, reads once, answers and closes. */
struct server {
    char path[64];
    int listener;
    const char *answer;
    char seen[4096];
    pthread_t thread;
};

static void *serve(void *context)
{
    struct server *server = context;
    int connection = accept(server->listener, NULL, NULL);
    ssize_t got = read(connection, server->seen, sizeof server->seen - 1);
    server->seen[got > 0 ? got : 0] = 0;
    if (server->answer != NULL) {
        (void)!write(connection, server->answer, strlen(server->answer));
    } else {
        usleep(300000);
    }
    close(connection);
    return NULL;
}

static void server_start(struct server *server, const char *answer)
{
    *server = (struct server){.answer = answer};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(server->path, sizeof server->path, "/tmp/test_fetch.%d", (int)getpid());
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", server->path);
    unlink(server->path);
    server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(0, bind(server->listener, (struct sockaddr *)&address, sizeof address));
    assert_int_equal(0, listen(server->listener, 4));
    assert_int_equal(0, pthread_create(&server->thread, NULL, serve, server));
}

static void server_stop(struct server *server)
{
    assert_int_equal(0, pthread_join(server->thread, NULL));
    close(server->listener);
    unlink(server->path);
}

static struct status call(struct server *server, struct bytes body, struct buf *answer,
                          unsigned *http)
{
    struct fetch fetch;
    assert_status(OK, fetch_init(&fetch));
    struct fetch_place place = {"http://localhost", server->path};
    struct fetch_request request = {
        .place = &place, .path = "/status?x=1", .body = body, .timeout_ms = 200};
    struct status status = fetch_call(&fetch, &request, answer, http);
    fetch_deinit(&fetch);
    return status;
}

static void nobody_there_is_unavailable(void **state)
{
    (void)state;
    struct server server = {.path = "/nonexistent/socket"};
    uint8_t memory[64];
    struct buf answer = buf_over(memory, sizeof memory);
    unsigned http = 1;
    assert_status(UNAVAILABLE, call(&server, (struct bytes){0}, &answer, &http));
    assert_int_equal(0, http);
}

static void other_protocols_are_refused(void **state)
{
    (void)state;
    struct fetch fetch;
    assert_status(OK, fetch_init(&fetch));
    uint8_t memory[64];
    const char *origins[] = {"file://", "ftp://localhost", "gopher://localhost", "nonsense://x"};
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
        struct buf answer = buf_over(memory, sizeof memory);
        unsigned http = 1;
        struct fetch_place place = {origins[i], NULL};
        struct fetch_request request = {
            .place = &place, .path = "/etc/hostname", .timeout_ms = 200};
        assert_status(CONFIG_INVALID, fetch_call(&fetch, &request, &answer, &http));
        assert_int_equal(0, answer.len);
    }
    fetch_deinit(&fetch);
}

/* An address that was copied from a browser ends with one. */
static void one_slash_at_the_end_of_an_origin_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *origin;
        const char *line;
    } cases[] = {
        {"http://localhost", "GET /status?x=1 HTTP/1.1\r\nHost: localhost\r\n"},
        {"http://localhost/", "GET /status?x=1 HTTP/1.1\r\nHost: localhost\r\n"},
        {"http://localhost//", "GET //status?x=1 HTTP/1.1\r\nHost: localhost\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct server server;
        struct fetch fetch;
        uint8_t memory[64];
        struct buf answer = buf_over(memory, sizeof memory);
        unsigned http = 0;
        server_start(&server, ANSWER_OK);
        assert_status(OK, fetch_init(&fetch));
        struct fetch_place place = {cases[i].origin, server.path};
        struct fetch_request request = {.place = &place, .path = "/status?x=1", .timeout_ms = 2000};
        assert_status(OK, fetch_call(&fetch, &request, &answer, &http));
        fetch_deinit(&fetch);
        server_stop(&server);
        assert_int_equal(0, strncmp(server.seen, cases[i].line, strlen(cases[i].line)));
    }
}

static void a_path_without_slash_or_a_zero_timeout_is_refused(void **state)
{
    (void)state;
    struct fetch fetch;
    assert_status(OK, fetch_init(&fetch));
    struct buf answer = buf_over((uint8_t[8]){0}, 8);
    unsigned http = 1;
    struct fetch_place place = {"http://localhost", "/nonexistent"};
    struct fetch_request no_slash = {.place = &place, .path = ".evil.example/", .timeout_ms = 200};
    assert_status(CONFIG_INVALID, fetch_call(&fetch, &no_slash, &answer, &http));
    struct fetch_request no_time = {.place = &place, .path = "/", .timeout_ms = 0};
    assert_status(CONFIG_INVALID, fetch_call(&fetch, &no_time, &answer, &http));
    fetch_deinit(&fetch);
}

static void an_answer_beyond_the_buffer_is_refused(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde");
    uint8_t memory[4];
    struct buf answer = buf_over(memory, sizeof memory);
    unsigned http = 1;
    assert_status(BUFFER_FULL, call(&server, (struct bytes){0}, &answer, &http));
    assert_int_equal(0, http);
    server_stop(&server);
}

static void an_answer_cut_short_is_an_error(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabcde");
    uint8_t memory[64];
    struct buf answer = buf_over(memory, sizeof memory);
    unsigned http = 1;
    assert_status(IO, call(&server, (struct bytes){0}, &answer, &http));
    assert_int_equal(0, http);
    server_stop(&server);
}

static void silence_is_a_timeout(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, NULL);
    uint8_t memory[64];
    struct buf answer = buf_over(memory, sizeof memory);
    unsigned http = 1;
    assert_status(REQUEST_TIMEOUT, call(&server, (struct bytes){0}, &answer, &http));
    server_stop(&server);
}

static void a_redirect_is_not_followed(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, "HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n");
    uint8_t memory[64];
    struct buf answer = buf_over(memory, sizeof memory);
    unsigned http = 0;
    assert_status(OK, call(&server, (struct bytes){0}, &answer, &http));
    assert_int_equal(302, http);
    server_stop(&server);
}

static void a_get_brings_body_and_status(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, ANSWER_OK);
    uint8_t memory[64];
    struct buf answer = buf_over(memory, sizeof memory);
    unsigned http = 0;
    assert_status(OK, call(&server, (struct bytes){0}, &answer, &http));
    assert_int_equal(200, http);
    assert_bytes(BYTES_LITERAL("{}"), buf_bytes(&answer));
    server_stop(&server);
    assert_non_null(strstr(server.seen, "GET /status?x=1 HTTP/1.1\r\n"));
    assert_null(strstr(server.seen, "Expect"));
}

static void a_body_is_posted_as_json(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    uint8_t memory[64];
    struct buf answer = buf_over(memory, sizeof memory);
    unsigned http = 0;
    assert_status(OK, call(&server, BYTES_LITERAL("{\"a\":1}"), &answer, &http));
    assert_int_equal(400, http);
    server_stop(&server);
    assert_non_null(strstr(server.seen, "POST /status?x=1 HTTP/1.1\r\n"));
    assert_non_null(strstr(server.seen, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(server.seen, "Content-Length: 7\r\n"));
    assert_non_null(strstr(server.seen, "\r\n\r\n{\"a\":1}"));
}

static void a_header_with_a_line_break_is_refused(void **state)
{
    (void)state;
    struct fetch fetch;
    assert_status(OK, fetch_init(&fetch));
    struct fetch_place place = {"http://localhost", "/nonexistent"};
    static const char *const bad[] = {"A: b\r\nHost: evil", "A: b\n", "no colon", ": x", "A: \xe9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf answer = buf_over((uint8_t[8]){0}, 8);
        unsigned http = 1;
        struct fetch_request request = {
            .place = &place, .path = "/", .timeout_ms = 200, .headers = &bad[i], .header_count = 1};
        assert_status(CONFIG_INVALID, fetch_call(&fetch, &request, &answer, &http));
    }
    fetch_deinit(&fetch);
}

/* A method and headers of the caller's go out; headers of the answer come in, and may not be more
 * than there is room for. */
static void methods_and_headers_go_both_ways(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        struct server server;
        server_start(&server, "HTTP/1.1 200 OK\r\nX-One:  a b \r\nx-two: 2\r\nX-TWO: 3\r\n"
                              "Content-Length: 2\r\n\r\n{}");
        struct fetch fetch;
        assert_status(OK, fetch_init(&fetch));
        uint8_t memory[64];
        uint8_t lines_memory[512];
        struct buf answer = buf_over(memory, sizeof memory);
        struct buf lines = buf_over(lines_memory, round == 0 ? 20 : sizeof lines_memory);
        unsigned http = 0;
        struct fetch_place place = {"http://localhost", server.path};
        const char *const headers[] = {"X-App-Nonce: abc=", "Idempotency-Key: k"};
        struct fetch_request request = {.place = &place,
                                        .path = "/kms/data",
                                        .body = BYTES_LITERAL("{}"),
                                        .timeout_ms = 2000,
                                        .method = "DELETE",
                                        .headers = headers,
                                        .header_count = 2,
                                        .ret_headers = &lines};
        struct status status = fetch_call(&fetch, &request, &answer, &http);
        server_stop(&server);
        fetch_deinit(&fetch);
        if (round == 0) {
            assert_status(BUFFER_FULL, status);
            continue;
        }
        assert_status(OK, status);
        assert_non_null(strstr(server.seen, "DELETE /kms/data HTTP/1.1\r\n"));
        assert_non_null(strstr(server.seen, "X-App-Nonce: abc=\r\n"));
        assert_non_null(strstr(server.seen, "Idempotency-Key: k\r\n"));
        assert_non_null(strstr(server.seen, "Content-Type: application/json\r\n"));
        assert_bytes(BYTES_LITERAL("a b"), fetch_header(buf_bytes(&lines), "x-one"));
        assert_int_equal(0, fetch_header(buf_bytes(&lines), "x-two").len);
        assert_int_equal(0, fetch_header(buf_bytes(&lines), "x-on").len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_there_is_unavailable),
        cmocka_unit_test(other_protocols_are_refused),
        cmocka_unit_test(one_slash_at_the_end_of_an_origin_is_none),
        cmocka_unit_test(a_path_without_slash_or_a_zero_timeout_is_refused),
        cmocka_unit_test(an_answer_beyond_the_buffer_is_refused),
        cmocka_unit_test(an_answer_cut_short_is_an_error),
        cmocka_unit_test(silence_is_a_timeout),
        cmocka_unit_test(a_redirect_is_not_followed),
        cmocka_unit_test(a_get_brings_body_and_status),
        cmocka_unit_test(a_body_is_posted_as_json),
        cmocka_unit_test(a_header_with_a_line_break_is_refused),
        cmocka_unit_test(methods_and_headers_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
