/* Writes of a node that is one of two, and reads that wait for the other. */
#include "fixtures/cluster_fixture.h"
#include "fixtures/node_fixture.h"

static const char put_ask[] = "{\"key\":\"k\",\"value\":\"AA==\"}";

static struct app_ask put_of(const char *inner)
{
    return (struct app_ask){.method = "PUT", .target = "/v1/app/values", .inner = inner};
}

static bool has_line(const char *text)
{
    return strstr(running.fixture->lines, text) != NULL;
}

/* Until the node has all records, and has met the other one, if that is listed. */
static void wait_for(size_t members)
{
    struct membership *membership = running.fixture->service->membership;
    for (int i = 0; i < 2000; i++) {
        if (status_is_ok(membership_check(membership)) &&
            membership_stats(membership).cluster.members == members) {
            return;
        }
        (void)poll(NULL, 0, 5);
    }
    fail();
}

static int setup_two(void **state)
{
    (void)state;
    start(cluster_fixture_open());
    wait_for(0);
    atomic_store(&cluster_fixture.lists_peer, true);
    wait_for(1);
    return 0;
}

static int setup_two_clocks(void **state)
{
    (void)state;
    start(cluster_fixture_open());
    wait_for(0);
    atomic_store(&cluster_fixture.ahead_ms, 7000);
    atomic_store(&cluster_fixture.lists_peer, true);
    wait_for(1);
    return 0;
}

static int teardown_two(void **state)
{
    teardown(state);
    cluster_fixture_close();
    return 0;
}

static int get(const char *path)
{
    char text[256];
    int fd = open_connection();
    int len = snprintf(text, sizeof text,
                       "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    assert_int_equal(len, write(fd, text, (size_t)len));
    return fd;
}

#define SEVEN "0000000000000000000000000000000000000000000000000000000000000007"

static uint64_t now_ms(void)
{
    const struct clock clock = clock_system();
    return clock_monotonic_ms(&clock);
}

/* The other node answers again, and is tried again after a while. */
static void settle_again(const struct app_ask *put)
{
    atomic_store(&cluster_fixture.is_cut, false);
    for (int i = 0; i < 8; i++) {
        if (strstr(receive(send_app_ask(put)), "HTTP/1.1 200 ") != NULL) {
            return;
        }
    }
    fail();
}

static void a_write_is_answered_when_the_other_has_it(void **state)
{
    (void)state;
    const struct app_ask put = put_of(put_ask);
    assert_false(cluster_fixture_has("k"));
    assert_non_null(strstr(receive(send_app_ask(&put)), "HTTP/1.1 200 "));
    assert_true(cluster_fixture_has("k"));
    const struct app_ask gone = {
        .method = "DELETE", .target = "/v1/app/values", .inner = "{\"key\":\"k\"}"};
    assert_non_null(strstr(receive(send_app_ask(&gone)), "HTTP/1.1 200 "));
    assert_true(has_line("\"op\":\"root.open\""));
    assert_true(cluster_fixture_has_system("used-v2/" SEVEN));
    const char *status = receive(get("/status"));
    assert_non_null(strstr(status, "\"membership\":{\"root\":\"open\",\"current\":true,"
                                   "\"peers\":1,\"members\":1,"));
    assert_non_null(strstr(receive(get("/ready")), "HTTP/1.1 200 "));
    const char *metrics = receive(get("/metrics"));
    assert_non_null(strstr(metrics, "\ncoffer_cluster_members 1\n"));
    assert_false(has_line("\"outcome\":\"unsettled\""));
}

/* Its intent is durable, it is done, and what came of it is told and recorded. */
static void a_write_that_the_other_does_not_take(void **state)
{
    (void)state;
    struct app_ask put = put_of(put_ask);
    atomic_store(&cluster_fixture.is_cut, true);
    put.key = "once";
    uint64_t start_ms = now_ms();
    const char *answer = receive(send_app_ask(&put));
    uint64_t waited_ms = now_ms() - start_ms;
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "WRITE_UNSETTLED"));
    assert_non_null(strstr(answer, "\"version\":\""));
    assert_non_null(strstr(answer, "coffer-resp-signature"));
    assert_true(waited_ms >= CLUSTER_SETTLE_MS - 50 && waited_ms < CLUSTER_SETTLE_MS + 2000);
    assert_true(has_line("\"outcome\":\"unsettled\",\"code\":\"WRITE_UNSETTLED\""));
    assert_false(cluster_fixture_has("k"));
    /* Asked again it is the same write, and waits again. */
    settle_again(&put);
    assert_true(cluster_fixture_has("k"));
}

static void more_holders_than_there_are(void **state)
{
    (void)state;
    struct app_ask put = put_of(put_ask);
    put.header = "X-Replicas: 3\r\n";
    assert_non_null(strstr(receive(send_app_ask(&put)), "WRITE_UNSETTLED"));
    assert_true(cluster_fixture_has("k"));
    put.header = "X-Replicas: 2\r\n";
    assert_non_null(strstr(receive(send_app_ask(&put)), "HTTP/1.1 200 "));
    put.header = "X-Replicas: 65\r\n";
    assert_non_null(strstr(receive(send_app_ask(&put)), "HTTP/1.1 400 "));
    put.header = "X-Replicas: two\r\n";
    assert_non_null(strstr(receive(send_app_ask(&put)), "HTTP/1.1 400 "));
}

/* One of the two clocks is wrong, and nobody knows which. */
static void with_clocks_that_differ_nothing_is_written(void **state)
{
    (void)state;
    const struct app_ask put = put_of(put_ask);
    const struct app_ask read = {.method = "GET", .target = "/v1/app/values/k"};
    const char *answer = receive(send_app_ask(&put));
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "CLOCK_SUSPECT"));
    assert_false(cluster_fixture_has("k"));
    assert_true(has_line("\"outcome\":\"refused\",\"code\":\"CLOCK_SUSPECT\""));
    assert_non_null(strstr(receive(send_app_ask(&read)), "VALUE_NOT_FOUND"));
    assert_non_null(strstr(receive(get("/status")), "\"clock_suspect\":true,\"clock_off_ms\":-"));
    assert_non_null(strstr(receive(get("/metrics")), "\ncoffer_cluster_clock_suspect 1\n"));
    assert_non_null(strstr(receive(get("/ready")), "HTTP/1.1 200 "));
}

/* Many at once, on their own connections: each is answered, and the other has all. */
static void many_writes_wait_beside_each_other(void **state)
{
    (void)state;
    enum { MANY = 60 };
    static int fds[MANY];
    char inner[64];
    char key[16];
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(inner, sizeof inner, "{\"key\":\"k%zu\",\"value\":\"AA==\"}", i);
        const struct app_ask put = put_of(inner);
        fds[i] = send_app_ask(&put);
    }
    for (size_t i = 0; i < MANY; i++) {
        assert_non_null(strstr(receive(fds[i]), "HTTP/1.1 200 "));
        (void)snprintf(key, sizeof key, "k%zu", i);
        assert_true(cluster_fixture_has(key));
    }
}

static char version[RECORD_VERSION_TEXT + 1];

/* A request whose members end with the version. */
static int send_version(const char *method, const char *target, const char *members)
{
    static char inner[256];
    (void)snprintf(inner, sizeof inner, "{%s:\"%s\"}", members, version);
    const struct app_ask ask = {.method = method, .target = target, .inner = inner};
    return send_app_ask(&ask);
}

static int read_since(void)
{
    return send_version("POST", "/v1/app/values/get", "\"key\":\"k\",\"min_version\"");
}

/* What a read has to see is fetched, as the other does not bring it. */
static void a_read_waits_for_what_the_other_has(void **state)
{
    (void)state;
    const struct app_ask put = put_of(put_ask);
    assert_non_null(strstr(receive(send_app_ask(&put)), "HTTP/1.1 200 "));
    for (int i = 0; i < 20; i++) {
        cluster_fixture_put("k", "new", version);
        assert_non_null(strstr(receive(read_since()), "HTTP/1.1 200 "));
        /* The answer is sealed: that it is this version is said by asking for the next one. */
        version[0] = '7'; /* far in the future */
        assert_non_null(strstr(receive(read_since()), "VERSION_BEHIND"));
    }
}

/* It is not answered with what is old, and not kept for longer than a write is. */
static void a_read_does_not_wait_for_ever(void **state)
{
    (void)state;
    const struct app_ask put = put_of(put_ask);
    assert_non_null(strstr(receive(send_app_ask(&put)), "HTTP/1.1 200 "));
    atomic_store(&cluster_fixture.is_cut, true);
    cluster_fixture_put("k", "new", version);
    uint64_t start_ms = now_ms();
    const char *answer = receive(read_since());
    uint64_t waited_ms = now_ms() - start_ms;
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "VERSION_BEHIND"));
    assert_non_null(strstr(answer, "coffer-resp-signature"));
    assert_true(waited_ms >= CLUSTER_SETTLE_MS - 50 && waited_ms < CLUSTER_SETTLE_MS + 2000);
    assert_true(has_line("\"code\":\"VERSION_BEHIND\""));
    assert_false(has_line("\"outcome\":\"unsettled\""));
}

static void a_write_waits_for_what_it_comes_after(void **state)
{
    (void)state;
    static const char after[] = "\"key\":\"k\",\"value\":\"AA==\",\"after\"";
    cluster_fixture_put("k", "new", version);
    assert_non_null(strstr(receive(send_version("PUT", "/v1/app/values", after)), "HTTP/1.1 200 "));
    cluster_fixture_put("gone", "new", version);
    assert_non_null(
        strstr(receive(send_version("DELETE", "/v1/app/values", "\"key\":\"gone\",\"after\"")),
               "HTTP/1.1 200 "));
    atomic_store(&cluster_fixture.is_cut, true);
    cluster_fixture_put("k", "newer", version);
    assert_non_null(
        strstr(receive(send_version("PUT", "/v1/app/values", after)), "VERSION_BEHIND"));
    assert_false(has_line("\"outcome\":\"unsettled\""));
}

/* What another node may have done is not done before it is known. */
static void a_write_asks_whether_it_is_done(void **state)
{
    (void)state;
    struct app_ask put = put_of(put_ask);
    put.target = "/v1/app/values?again=perhaps";
    assert_non_null(strstr(receive(send_app_ask(&put)), "BAD_REQUEST"));
    put.target = "/v1/app/values?again=true";
    assert_non_null(strstr(receive(send_app_ask(&put)), "HTTP/1.1 200 "));
    put.inner = "{\"key\":\"other\",\"value\":\"AA==\"}";
    atomic_store(&cluster_fixture.is_cut, true);
    assert_non_null(strstr(receive(send_app_ask(&put)), "VERSION_BEHIND"));
    atomic_store(&cluster_fixture.is_cut, false);
    const struct app_ask get = {
        .method = "POST", .target = "/v1/app/values/get", .inner = "{\"key\":\"other\"}"};
    assert_non_null(strstr(receive(send_app_ask(&get)), "VALUE_NOT_FOUND"));
}

static void who_goes_away_is_not_waited_for(void **state)
{
    (void)state;
    const struct app_ask put = put_of(put_ask);
    atomic_store(&cluster_fixture.is_cut, true);
    close(send_app_ask(&put));
    (void)poll(NULL, 0, CLUSTER_SETTLE_MS + 500);
    assert_true(has_line("\"outcome\":\"unsettled\""));
    settle_again(&put);
}

/* A node that stops gives up what still waits when its time is over. */
static void stopping_while_writes_wait(void **state)
{
    (void)state;
    const struct app_ask put = put_of(put_ask);
    atomic_store(&cluster_fixture.is_cut, true);
    int fds[3];
    for (size_t i = 0; i < 3; i++) {
        fds[i] = send_app_ask(&put);
    }
    (void)poll(NULL, 0, 300);
    uint64_t start_ms = now_ms();
    node_stop(running.node, 200);
    running.is_stopped = true;
    assert_true(now_ms() - start_ms < 1500);
    for (size_t i = 0; i < 3; i++) {
        assert_null(strstr(receive(fds[i]), "HTTP/1.1 200 "));
    }
}

/* With time enough they are answered first. */
static void stopping_with_time_for_writes(void **state)
{
    (void)state;
    const struct app_ask put = put_of(put_ask);
    atomic_store(&cluster_fixture.is_cut, true);
    int fd = send_app_ask(&put);
    (void)poll(NULL, 0, 300);
    node_stop(running.node, 5000);
    running.is_stopped = true;
    assert_non_null(strstr(receive(fd), "WRITE_UNSETTLED"));
}

#define TWO(test) cmocka_unit_test_setup_teardown(test, setup_two, teardown_two)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TWO(a_write_is_answered_when_the_other_has_it),
        TWO(a_write_that_the_other_does_not_take),
        TWO(more_holders_than_there_are),
        cmocka_unit_test_setup_teardown(with_clocks_that_differ_nothing_is_written,
                                        setup_two_clocks, teardown_two),
        TWO(many_writes_wait_beside_each_other),
        TWO(a_read_waits_for_what_the_other_has),
        TWO(a_read_does_not_wait_for_ever),
        TWO(a_write_waits_for_what_it_comes_after),
        TWO(a_write_asks_whether_it_is_done),
        TWO(who_goes_away_is_not_waited_for),
        TWO(stopping_while_writes_wait),
        TWO(stopping_with_time_for_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
