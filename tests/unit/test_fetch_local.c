#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fetch/fetch_local.h"
#include "fixtures/unit.h"

enum { TIMEOUT_MS = 300 };

/* A server that says what it is told, and notes what it was asked. */
static struct {
    int listener;
    pthread_t thread;
    char url[64];
    const char *_Atomic says; /* to each request; NULL: nothing */
    _Atomic unsigned drip_ms; /* between two bytes; 0: all at once */
    _Atomic bool hangs_up;    /* after each answer */
    _Atomic bool is_closing;  /* before the next answer */
    _Atomic unsigned connections;
    _Atomic unsigned requests;
    char seen[8192];
} server;

static struct fetch_local local;
static char text[256];
static struct buf answer;
static unsigned http;

static void say(int connection)
{
    const char *says = atomic_load(&server.says);
    unsigned drip_ms = atomic_load(&server.drip_ms);
    for (const char *at = says; at != NULL && *at != '\0'; at++) {
        size_t len = drip_ms == 0 ? strlen(at) : 1;
        if (send(connection, at, len, MSG_NOSIGNAL) < 0 || drip_ms == 0) {
            return;
        }
        (void)poll(NULL, 0, (int)drip_ms);
    }
}

static void serve_one(int connection)
{
    ssize_t got;
    while ((got = read(connection, server.seen, sizeof server.seen - 1)) > 0) {
        server.seen[got] = '\0';
        atomic_fetch_add(&server.requests, 1);
        if (atomic_exchange(&server.is_closing, false)) {
            return;
        }
        say(connection);
        if (atomic_load(&server.hangs_up)) {
            return;
        }
    }
}

static void *serve(void *context)
{
    int connection;
    while ((connection = accept(server.listener, NULL, NULL)) >= 0) {
        atomic_fetch_add(&server.connections, 1);
        serve_one(connection);
        close(connection);
    }
    return context;
}

static int setup(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(0, bind(server.listener, (struct sockaddr *)&address, len));
    assert_int_equal(0, getsockname(server.listener, (struct sockaddr *)&address, &len));
    assert_int_equal(0, listen(server.listener, 16));
    (void)snprintf(server.url, sizeof server.url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    atomic_store(&server.drip_ms, 0);
    atomic_store(&server.hangs_up, false);
    atomic_store(&server.is_closing, false);
    atomic_store(&server.connections, 0);
    atomic_store(&server.requests, 0);
    assert_int_equal(0, pthread_create(&server.thread, NULL, serve, NULL));
    assert_status(OK, fetch_local_init(&local, server.url, TIMEOUT_MS));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fetch_local_deinit(&local);
    fetch_local_deinit(&local);
    shutdown(server.listener, SHUT_RDWR);
    close(server.listener);
    assert_int_equal(0, pthread_join(server.thread, NULL));
    return 0;
}

static struct status call(const char *body)
{
    answer = buf_over((uint8_t *)text, sizeof text);
    http = 1;
    return fetch_local_call(&local, "/v1/x", bytes_of(body), &answer, &http);
}

static void assert_said(const char *says, unsigned status, const char *body)
{
    atomic_store(&server.says, says);
    assert_status(OK, call("{}"));
    assert_int_equal(status, http);
    assert_bytes(bytes_of(body), buf_bytes(&answer));
}

static void only_loopback_by_number(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "http://",
                                      "http://localhost",
                                      "https://127.0.0.1",
                                      "http://127.0.0.2",
                                      "http://127.0.0.1:",
                                      "http://127.0.0.1:65536",
                                      "http://127.0.0.1:8x",
                                      "http://127.0.0.1/",
                                      "http://127.0.0.1:80/",
                                      "http://127.0.0.1@evil",
                                      "http://[::2]",
                                      "http://[::1]80",
                                      ("http://127.0.0.1:000000000000000000000000000000000000000000"
                                       "000000000000000000000000000000080")};
    struct fetch_local other;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(CONFIG_INVALID, fetch_local_init(&other, bad[i], 1));
        fetch_local_deinit(&other);
    }
    assert_status(OK, fetch_local_init(&other, "http://127.0.0.1", 1));
    assert_status(OK, fetch_local_init(&other, "http://[::1]:1", 100));
    assert_status(UNAVAILABLE, fetch_local_call(&other, "/", BYTES_LITERAL(""), &answer, &http));
}

static void what_is_no_answer_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "no HTTP\r\n\r\n",
        "HTTP/2 200\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 20\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 2000\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 600 x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        atomic_store(&server.says, bad[i]);
        assert_status(IO, call("{}"));
        assert_int_equal(0, http);
        assert_int_equal(-1, local.fd);
    }
    static char endless[8192];
    memset(endless, 'a', sizeof endless - 1);
    atomic_store(&server.says, endless);
    assert_status(IO, call("{}"));
    atomic_store(&server.hangs_up, true);
    atomic_store(&server.says, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort");
    assert_status(IO, call("{}"));
    atomic_store(&server.says, "HTTP/1.1 200 OK\r\nConte");
    assert_status(IO, call("{}"));
}

static void a_long_answer_is_not_taken(void **state)
{
    (void)state;
    char says[2048];
    int head = snprintf(says, sizeof says, "HTTP/1.1 200 OK\r\nContent-Length: 257\r\n\r\n");
    memset(says + head, 'x', 257);
    says[head + 257] = '\0';
    atomic_store(&server.says, says);
    assert_status(BUFFER_FULL, call("{}"));
    atomic_store(&server.hangs_up, true);
    head = snprintf(says, sizeof says, "HTTP/1.1 200 OK\r\n\r\n");
    memset(says + head, 'x', 257);
    says[head + 257] = '\0';
    assert_status(BUFFER_FULL, call("{}"));
    says[head + 256] = '\0';
    assert_status(OK, call("{}"));
    assert_int_equal(256, answer.len);
}

/* A byte now and then does not make the time longer. */
static void time_is_bounded(void **state)
{
    (void)state;
    struct timespec before;
    struct timespec after;
    atomic_store(&server.says, NULL);
    assert_status(REQUEST_TIMEOUT, call("{}"));
    atomic_store(&server.drip_ms, 20);
    atomic_store(&server.says, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
    assert_int_equal(0, clock_gettime(CLOCK_MONOTONIC, &before));
    assert_status(REQUEST_TIMEOUT, call("{}"));
    assert_int_equal(0, clock_gettime(CLOCK_MONOTONIC, &after));
    assert_true(after.tv_sec - before.tv_sec < 4);
    assert_int_equal(-1, local.fd);
}

static void answers_come_in_any_pieces(void **state)
{
    (void)state;
    assert_said("HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\n{}", 200, "{}");
    atomic_store(&server.drip_ms, 1);
    assert_said("HTTP/1.1 400 Bad Request\r\nX: y\r\nContent-Length: 3\r\n\r\nabc", 400, "abc");
    assert_said("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, "");
    atomic_store(&server.hangs_up, true);
    assert_said("HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "until the end");
}

static void one_connection_is_kept(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        assert_said("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, "{}");
    }
    assert_int_equal(1, atomic_load(&server.connections));
    assert_non_null(strstr(server.seen, "POST /v1/x HTTP/1.1\r\nHost: 127.0.0.1:"));
    assert_non_null(strstr(server.seen, "\r\nContent-Length: 2\r\n\r\n{}"));
    assert_status(OK, call(""));
    assert_int_equal(0, strncmp(server.seen, "GET /v1/x HTTP/1.1\r\n", 20));
    assert_null(strstr(server.seen, "Content-"));
    assert_said("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", 200, "x");
    assert_int_equal(-1, local.fd);
}

/* One that was closed since the last call, or as this one came, is opened again; once. */
static void a_closed_connection_is_opened_again(void **state)
{
    (void)state;
    const char *good = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    atomic_store(&server.hangs_up, true);
    for (unsigned i = 1; i < 5; i++) {
        assert_said(good, 200, "x");
        assert_int_equal(i, atomic_load(&server.connections));
        (void)poll(NULL, 0, 20);
    }
    atomic_store(&server.hangs_up, false);
    assert_said(good, 200, "x");
    unsigned before = atomic_load(&server.requests);
    atomic_store(&server.is_closing, true);
    assert_said(good, 200, "x");
    assert_int_equal(before + 2, atomic_load(&server.requests));
    /* A new one that ends so is not tried again. */
    fetch_local_deinit(&local);
    before = atomic_load(&server.requests);
    atomic_store(&server.is_closing, true);
    assert_status(UNAVAILABLE, call("{}"));
    assert_int_equal(before + 1, atomic_load(&server.requests));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_loopback_by_number),
        cmocka_unit_test_setup_teardown(what_is_no_answer_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_answer_is_not_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(time_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_come_in_any_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(one_connection_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closed_connection_is_opened_again, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
