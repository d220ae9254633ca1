#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "fetch/fetch.h"
#include "fetch/fetch_many.h"
#include "fixtures/unit.h"
#include "net/address/socket_address.h"

#define HEAD(more) "HTTP/1.1 200 OK\r\n" more "Content-Length: 2\r\n\r\n"

/* A server on a port of loopback. To every request it writes the same answer; a connection stays
 * open unless it closes. */
struct server {
    int listener;
    char url[64];
    char path[64]; /* of a unix socket instead; "" for none */
    const char *answer;
    const char *inner; /* to all but the first request of a connection; NULL: the same */
    size_t repeat; /* so many times one after the other, from the second on only the last 1 KiB */
    unsigned delay_ms;
    bool closes;
    _Atomic unsigned connections;
    _Atomic unsigned requests;
    char seen[4096];
    char first[4096]; /* of the last connection */
    pthread_t thread;
};

static void pause_ms(unsigned ms)
{
    const struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
}

static void write_answer(const struct server *server, int connection, const char *answer)
{
    for (size_t i = 0; i <= server->repeat; i++) {
        if (send(connection, answer, strlen(answer), MSG_NOSIGNAL) < 0) {
            return;
        }
    }
}

static void talk(struct server *server, int connection)
{
    char text[4096];
    ssize_t got = 0;
    bool is_first = true;
    while ((got = recv(connection, text, sizeof text - 1, 0)) > 0) {
        text[got] = 0;
        if (is_first) {
            memcpy(server->first, text, (size_t)got + 1);
        }
        memcpy(server->seen, text, (size_t)got + 1);
        const char *inner = server->inner == NULL ? server->answer : server->inner;
        server->requests++;
        pause_ms(server->delay_ms);
        if (server->answer != NULL) {
            write_answer(server, connection, is_first ? server->answer : inner);
        }
        is_first = false;
        if (server->closes) {
            return;
        }
    }
}

static void *serve(void *context)
{
    struct server *server = context;
    for (;;) {
        int connection = accept(server->listener, NULL, NULL);
        if (connection < 0) {
            return NULL;
        }
        server->connections++;
        talk(server, connection);
        close(connection);
    }
}

static void listen_local(struct server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, server->path, sizeof server->path);
    server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(0, bind(server->listener, (struct sockaddr *)&address, sizeof address));
}

static void server_start(struct server *server, const char *answer)
{
    server->answer = answer;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    if (server->path[0] != 0) {
        listen_local(server);
    } else {
        server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(0, bind(server->listener, (struct sockaddr *)&address, sizeof address));
        assert_int_equal(0, getsockname(server->listener, (struct sockaddr *)&address, &len));
        (void)snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u/rpc?k=1",
                       ntohs(address.sin_port));
    }
    assert_int_equal(0, listen(server->listener, 4));
    assert_int_equal(0, pthread_create(&server->thread, NULL, serve, server));
}

static void server_stop(struct server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    assert_int_equal(0, pthread_join(server->thread, NULL));
    close(server->listener);
}

static struct mem mem;
static struct fetch_many *many;

static int start(void **state)
{
    (void)state;
    mem_init(&mem, 1u << 20);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fetch_many_close(&many);
    return mem_used(&mem) == 0 ? 0 : -1;
}

static void open_many(size_t count, const char *const *urls)
{
    struct fetch_many_setup setup = {.count = count, .urls = urls, .answer_max = 4096, .mem = &mem};
    assert_status(OK, fetch_many_open(&setup, &many));
}

static struct fetch_many_answer wait_for_one(void)
{
    struct fetch_many_answer answer;
    const struct clock clock = clock_system();
    uint64_t end_ms = clock_monotonic_ms(&clock) + 5000;
    while (!fetch_many_wait(many, 100, &answer)) {
        assert_true(clock_monotonic_ms(&clock) < end_ms);
    }
    return answer;
}

static struct status post(size_t place, struct bytes body, uint32_t timeout_ms)
{
    const struct fetch_many_request request = {.body = body, .timeout_ms = timeout_ms};
    return fetch_many_start(many, place, &request);
}

static struct fetch_many_answer call(struct server *server, uint32_t timeout_ms)
{
    const char *urls[] = {server->url};
    fetch_many_close(&many);
    open_many(1, urls);
    assert_status(OK, post(0, BYTES_LITERAL("{\"a\":1}"), timeout_ms));
    return wait_for_one();
}

static void urls_are_plain(void **state)
{
    static const struct {
        const char *url;
        bool is_valid;
        bool is_private;
    } rows[] = {
        {"http://127.0.0.1:8545", true, true},
        {"http://127.0.0.1", true, true},
        {"http://[::1]:8545/x?y=1", true, true},
        {"https://rpc.example/v2/key", true, true},
        {"http://rpc.example/", true, false},
        {"http://127.0.0.1.evil.example/", true, false},
        {"http://localhost:8545", true, false},
        {"http://127.0.0.1?@x", true, true},
        {"", false, false},
        {"rpc.example", false, false},
        {"ftp://rpc.example", false, false},
        {"file:///etc/passwd", false, false},
        {"HTTP://rpc.example", false, false},
        {"http://", false, false},
        {"http:///x", false, false},
        {"http://:80/", false, false},
        {"http://user@rpc.example/", false, false},
        {"https://user:secret@rpc.example/", false, true},
        {"http://rpc.example/#x", false, false},
        {"http://rpc.example/ x", false, false},
        {"http://rpc.example\\@evil.example/", false, false},
        {"http://rpc.example/\r\nHost: x", false, false},
        {"http://rpc.\xc3\xa4xample/", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *urls[] = {rows[i].url};
        struct fetch_many_setup setup = {.count = 1, .urls = urls, .answer_max = 64, .mem = &mem};
        assert_int_equal(fetch_many_url_valid(rows[i].url), rows[i].is_valid);
        assert_int_equal(fetch_many_url_private(rows[i].url), rows[i].is_private);
        struct status status = fetch_many_open(&setup, &many);
        assert_int_equal(status.code, rows[i].is_valid ? STATUS_OK : STATUS_CONFIG_INVALID);
        assert_true(rows[i].is_valid == (many != NULL));
        fetch_many_close(&many);
    }
    static char url[FETCH_MANY_URL_MAX + 1] = "http://a/";
    memset(url + 9, 'a', FETCH_MANY_URL_MAX - 9);
    assert_false(fetch_many_url_valid(url));
    url[FETCH_MANY_URL_MAX - 1] = 0;
    assert_true(fetch_many_url_valid(url));
}

static void an_answer_comes_with_its_status_and_body(void **state)
{
    (void)state;
    struct server server = {0};
    server_start(&server, HEAD("") "{}");
    struct fetch_many_answer answer = call(&server, 2000);
    assert_status(OK, answer.status);
    assert_true(answer.http == 200 && answer.is_new && answer.place == 0);
    assert_bytes(BYTES_LITERAL("{}"), answer.body);
    assert_non_null(strstr(server.seen, "POST /rpc?k=1 HTTP/1.1\r\n"));
    assert_non_null(strstr(server.seen, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(server.seen, "\r\n\r\n{\"a\":1}"));
    assert_null(strstr(server.seen, "Accept-Encoding"));
    assert_status(OK, post(0, BYTES_LITERAL("{}"), 2000));
    answer = wait_for_one();
    assert_status(OK, answer.status);
    assert_false(answer.is_new);
    fetch_many_close(&many);
    server_stop(&server);
    assert_int_equal(server.connections, 1);
}

static void a_closed_connection_is_a_new_one_next_time(void **state)
{
    (void)state;
    struct server server = {.closes = true};
    server_start(&server, HEAD("Connection: close\r\n") "{}");
    assert_true(call(&server, 2000).is_new);
    assert_status(OK, post(0, BYTES_LITERAL("{}"), 2000));
    assert_true(wait_for_one().is_new);
    server_stop(&server);
    assert_int_equal(server.connections, 2);
}

static void what_is_no_answer_is_a_failure(void **state)
{
    static const struct {
        const char *answer;
        size_t repeat;
        const char *code;
    } rows[] = {
        {"nonsense\r\n\r\n", 0, "IO"},
        {"", 0, "IO"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", 0, "IO"},
        {"HTTP/1.1 200 OK\r\n\r\n0123456789012345678901234567890123456789", 110, "BUFFER_FULL"},
        {"HTTP/1.1 100 Continue\r\n\r\n", 4000, "BUFFER_FULL"},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 0, "OK"},
        {"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n{}", 0, "OK"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct server server = {.closes = true, .repeat = rows[i].repeat};
        server_start(&server, rows[i].answer);
        struct fetch_many_answer answer = call(&server, 3000);
        assert_string_equal(rows[i].code, status_name(answer.status.code));
        assert_int_equal(answer.body.len != 0, status_is_ok(answer.status));
        fetch_many_close(&many);
        server_stop(&server);
    }
}

static void a_redirect_is_not_followed(void **state)
{
    (void)state;
    struct server target = {0};
    struct server server = {0};
    char text[256];
    server_start(&target, HEAD("") "{}");
    (void)snprintf(text, sizeof text,
                   "HTTP/1.1 307 Temporary Redirect\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
                   target.url);
    server_start(&server, text);
    struct fetch_many_answer answer = call(&server, 2000);
    assert_status(OK, answer.status);
    assert_int_equal(answer.http, 307);
    fetch_many_close(&many);
    server_stop(&server);
    server_stop(&target);
    assert_int_equal(target.connections, 0);
}

static void the_environment_has_no_say(void **state)
{
    (void)state;
    struct server server = {0};
    server_start(&server, HEAD("") "{}");
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
    assert_status(OK, call(&server, 2000).status);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    fetch_many_close(&many);
    server_stop(&server);
}

static void silence_ends_with_the_time(void **state)
{
    (void)state;
    struct server server = {0};
    server_start(&server, NULL);
    const struct clock clock = clock_system();
    uint64_t since_ms = clock_monotonic_ms(&clock);
    assert_status(REQUEST_TIMEOUT, call(&server, 200).status);
    assert_true(clock_monotonic_ms(&clock) - since_ms < 2000);
    fetch_many_close(&many);
    server_stop(&server);
}

static void nobody_there_is_unavailable(void **state)
{
    (void)state;
    struct server server = {0};
    server_start(&server, NULL);
    server_stop(&server);
    assert_status(UNAVAILABLE, call(&server, 2000).status);
}

static void servers_are_asked_at_once(void **state)
{
    (void)state;
    struct server slow = {.delay_ms = 400};
    struct server other = {.delay_ms = 400};
    struct server quick = {0};
    server_start(&slow, HEAD("") "{}");
    server_start(&other, HEAD("") "{}");
    server_start(&quick, HEAD("") "{}");
    const char *urls[] = {slow.url, other.url, quick.url};
    open_many(3, urls);
    const struct clock clock = clock_system();
    uint64_t since_ms = clock_monotonic_ms(&clock);
    for (size_t i = 0; i < 3; i++) {
        assert_status(OK, post(i, BYTES_LITERAL("{}"), 3000));
    }
    assert_int_equal(wait_for_one().place, 2);
    size_t sum = wait_for_one().place + wait_for_one().place;
    assert_int_equal(sum, 1);
    assert_true(clock_monotonic_ms(&clock) - since_ms < 750);
    fetch_many_close(&many);
    server_stop(&slow);
    server_stop(&other);
    server_stop(&quick);
}

static void what_was_dropped_does_not_come(void **state)
{
    (void)state;
    struct server server = {.delay_ms = 100};
    server_start(&server, HEAD("") "{}");
    const char *urls[] = {server.url};
    struct fetch_many_answer answer;
    open_many(1, urls);
    assert_status(OK, post(0, BYTES_LITERAL("{\"n\":1}"), 3000));
    assert_false(fetch_many_wait(many, 20, &answer));
    fetch_many_drop(many, 0);
    fetch_many_drop(many, 0);
    for (unsigned i = 0; i < 20; i++) {
        assert_false(fetch_many_wait(many, 10, &answer));
    }
    assert_status(OK, post(0, BYTES_LITERAL("{\"n\":2}"), 3000));
    answer = wait_for_one();
    assert_status(OK, answer.status);
    assert_true(answer.is_new);
    assert_non_null(strstr(server.seen, "{\"n\":2}"));
    fetch_many_close(&many);
    server_stop(&server);
}

static void *wake(void *context)
{
    (void)context;
    pause_ms(50);
    fetch_many_wake(many);
    return NULL;
}

static void a_wait_can_be_ended_from_elsewhere(void **state)
{
    (void)state;
    const char *urls[] = {"http://127.0.0.1:1"};
    struct fetch_many_answer answer;
    pthread_t thread;
    open_many(1, urls);
    const struct clock clock = clock_system();
    uint64_t since_ms = clock_monotonic_ms(&clock);
    assert_int_equal(0, pthread_create(&thread, NULL, wake, NULL));
    assert_false(fetch_many_wait(many, 10000, &answer));
    assert_true(clock_monotonic_ms(&clock) - since_ms < 5000);
    assert_int_equal(0, pthread_join(thread, NULL));
}

static struct fetch_many_answer ask(const struct fetch_many_request *request)
{
    assert_status(OK, fetch_many_start(many, 0, request));
    return wait_for_one();
}

static void a_request_may_name_its_server_and_headers(void **state)
{
    (void)state;
    static const char *const lines[] = {"Coffer-Pop-Nonce: 1", "X: y z"};
    static const char *const bad[] = {"X: y\r\nHost: z", "no colon", ": no name"};
    struct server server = {0};
    struct fetch_many_setup setup = {
        .count = 1, .answer_max = 64, .keeps_headers = true, .mem = &mem};
    struct fetch_many_request request = {.timeout_ms = 3000};
    server_start(&server, HEAD("Coffer-Resp-Time: 5\r\n") "{}");
    assert_status(OK, fetch_many_open(&setup, &many));
    assert_status(CONFIG_INVALID, fetch_many_start(many, 0, &request));
    request.url = "http://user@127.0.0.1/";
    assert_status(CONFIG_INVALID, fetch_many_start(many, 0, &request));
    request.url = server.url;
    request.line_count = 1;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        request.lines = &bad[i];
        assert_status(CONFIG_INVALID, fetch_many_start(many, 0, &request));
    }
    request.lines = lines;
    request.line_count = 2;
    struct fetch_many_answer answer = ask(&request);
    assert_status(OK, answer.status);
    assert_bytes(BYTES_LITERAL("5"), fetch_header(answer.headers, "coffer-resp-time"));
    assert_int_equal(0, strncmp(server.seen, "GET /rpc?k=1 HTTP/1.1\r\n", 23));
    assert_non_null(strstr(server.seen, "\r\nCoffer-Pop-Nonce: 1\r\nX: y z\r\n"));
    assert_null(strstr(server.seen, "Content-"));
    request.body = BYTES_LITERAL("{\"a\":1}");
    assert_status(OK, ask(&request).status);
    assert_int_equal(0, strncmp(server.seen, "POST /rpc?k=1 HTTP/1.1\r\n", 24));
    request.body.len = 0;
    request.line_count = 0;
    assert_false(ask(&request).is_new);
    assert_int_equal(0, strncmp(server.seen, "GET ", 4));
    assert_null(strstr(server.seen, "Coffer-"));
    fetch_many_close(&many);
    server_stop(&server);
}

/* Up to the last byte that is allowed, and as much memory as it needs. */
static void memory_comes_as_the_answer_does(void **state)
{
    (void)state;
    enum { LONG = 100000 };
    static char text[LONG + 256];
    struct server server = {.closes = true};
    struct fetch_many_setup setup = {.count = 1, .answer_max = LONG, .mem = &mem};
    struct fetch_many_request request = {.url = server.url, .timeout_ms = 3000};
    int head = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n\r\n");
    memset(text + head, 'x', LONG);
    server_start(&server, text);
    assert_status(OK, fetch_many_open(&setup, &many));
    size_t before = mem_used(&mem);
    struct fetch_many_answer answer = ask(&request);
    assert_status(OK, answer.status);
    assert_int_equal(LONG, answer.body.len);
    assert_int_equal('x', answer.body.ptr[LONG - 1]);
    assert_true(mem_used(&mem) <= before + LONG + 64);
    fetch_many_drop(many, 0);
    assert_int_equal(before, mem_used(&mem));
    text[head + LONG] = 'x';
    assert_status(BUFFER_FULL, ask(&request).status);
    text[head + LONG] = '\0';
    request.answer_max = LONG - 1;
    assert_status(BUFFER_FULL, ask(&request).status);
    request.answer_max = LONG;
    assert_status(OK, ask(&request).status);
    mem.cap = before + 10000;
    assert_status(NO_MEMORY, ask(&request).status);
    fetch_many_close(&many);
    server_stop(&server);
}

static const struct fetch_many_request elsewhere = {.url = "http://node.invalid:4000/v1/nonce",
                                                    .timeout_ms = 3000};

static void open_behind(struct server *proxy)
{
    struct socket_address address;
    char text[80];
    int len = (int)fetch_many_origin(proxy->url).len;
    if (proxy->path[0] != 0) {
        (void)snprintf(text, sizeof text, "unix:%s", proxy->path);
    } else {
        (void)snprintf(text, sizeof text, "%.*s", len - 7, proxy->url + 7); /* behind http:// */
    }
    const struct fetch_many_setup setup = {
        .count = 1, .proxy = &address, .answer_max = 64, .mem = &mem};
    assert_status(OK, socket_address_parse(bytes_of(text), &address));
    assert_status(OK, fetch_many_open(&setup, &many));
}

/* The name is nobody's: it must not be looked up here. */
static void everything_goes_through_the_proxy(void **state)
{
    (void)state;
    struct server proxy = {.path = "/tmp/coffer-test-fetch-XXXXXX"};
    struct fetch_many_request request = elsewhere;
    const char *const lines[] = {"Coffer-Proof: x"};
    request.lines = lines;
    request.line_count = 1;
    close(mkstemp(proxy.path));
    assert_int_equal(0, unlink(proxy.path));
    server_start(&proxy, "HTTP/1.1 200 OK\r\n\r\n");
    proxy.inner = HEAD("") "{}";
    open_behind(&proxy);
    assert_int_equal(setenv("no_proxy", "*", 1), 0);
    struct fetch_many_answer answer = ask(&request);
    assert_status(OK, answer.status);
    assert_bytes(BYTES_LITERAL("{}"), answer.body);
    assert_status(OK, ask(&request).status);
    unsetenv("no_proxy");
    assert_int_equal(1, proxy.connections);
    assert_int_equal(3, proxy.requests);
    assert_int_equal(0, strncmp(proxy.first, "CONNECT node.invalid:4000 HTTP/1.1\r\n", 36));
    assert_null(strstr(proxy.first, "Coffer"));
    assert_int_equal(0, strncmp(proxy.seen, "GET /v1/nonce HTTP/1.1\r\n", 24));
    fetch_many_close(&many);
    server_stop(&proxy);
    assert_int_equal(0, unlink(proxy.path));
}

static void a_proxy_that_refuses_or_is_away_is_nobody_there(void **state)
{
    (void)state;
    struct server away = {.path = "/tmp/coffer-no-such-folder/proxy"};
    struct server proxy = {0};
    server_start(&proxy, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}");
    open_behind(&proxy);
    assert_status(UNAVAILABLE, ask(&elsewhere).status);
    fetch_many_close(&many);
    server_stop(&proxy);
    open_behind(&away);
    assert_status(UNAVAILABLE, ask(&elsewhere).status);
}

/* Though there is one request at a time. */
static void connections_to_all_are_kept(void **state)
{
    (void)state;
    enum { SERVERS = 8 };
    static struct server servers[SERVERS];
    struct fetch_many_setup setup = {.count = SERVERS, .answer_max = 64, .mem = &mem};
    assert_status(OK, fetch_many_open(&setup, &many));
    for (size_t i = 0; i < SERVERS; i++) {
        server_start(&servers[i], HEAD("") "{}");
    }
    for (size_t i = 0; i < 2 * (size_t)SERVERS; i++) {
        const struct fetch_many_request request = {.url = servers[i % SERVERS].url,
                                                   .timeout_ms = 3000};
        assert_int_equal(i < SERVERS, ask(&request).is_new);
    }
    fetch_many_close(&many);
    for (size_t i = 0; i < SERVERS; i++) {
        server_stop(&servers[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(urls_are_plain),
        TEST(an_answer_comes_with_its_status_and_body),
        TEST(a_closed_connection_is_a_new_one_next_time),
        TEST(what_is_no_answer_is_a_failure),
        TEST(a_redirect_is_not_followed),
        TEST(the_environment_has_no_say),
        TEST(silence_ends_with_the_time),
        TEST(nobody_there_is_unavailable),
        TEST(servers_are_asked_at_once),
        TEST(what_was_dropped_does_not_come),
        TEST(a_wait_can_be_ended_from_elsewhere),
        TEST(a_request_may_name_its_server_and_headers),
        TEST(memory_comes_as_the_answer_does),
        TEST(everything_goes_through_the_proxy),
        TEST(a_proxy_that_refuses_or_is_away_is_nobody_there),
        TEST(connections_to_all_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
