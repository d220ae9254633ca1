#include "fixtures/node_fixture.h"

static void an_answer_leaves_when_it_is_recorded(void **state)
{
    (void)state;
    const char *answer = receive(send_request());
    assert_non_null(strstr(answer, "HTTP/1.1 200 "));
    assert_non_null(strstr(answer, "\"signature\":"));
}

static void no_answer_leaves_before(void **state)
{
    (void)state;
    atomic_store(&running.hangs, true);
    int fd = send_request();
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    assert_int_equal(0, poll(&wait, 1, 500));
    atomic_store(&running.hangs, false);
    assert_non_null(strstr(receive(fd), "\"signature\":"));
}

/* A trail that hangs: 503 after two seconds, nothing is kept for repeats, and when the records do
 * become durable later, nothing is sent a second time. */
static void a_trail_that_hangs(void **state)
{
    (void)state;
    struct clock clock = clock_system();
    atomic_store(&running.hangs, true);
    uint64_t start_ms = clock_monotonic_ms(&clock);
    const char *answer = receive(send_request());
    uint64_t waited_ms = clock_monotonic_ms(&clock) - start_ms;
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "AUDIT_UNAVAILABLE"));
    assert_null(strstr(answer, "\"signature\":"));
    assert_true(waited_ms >= LIMIT_AUDIT_WAIT_MS - 50 && waited_ms < LIMIT_AUDIT_WAIT_MS + 2000);
    atomic_store(&running.hangs, false);
    answer = receive(send_request());
    assert_non_null(strstr(answer, "HTTP/1.1 200 "));
    assert_non_null(strstr(answer, "\"signature\":"));
}

static void a_trail_that_fails(void **state)
{
    (void)state;
    atomic_store(&running.fixture->fails, true);
    const char *answer = receive(send_request());
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "AUDIT_UNAVAILABLE"));
    assert_null(strstr(answer, "\"signature\":"));
    atomic_store(&running.fixture->fails, false);
    wait_for_trail();
    assert_non_null(strstr(receive(send_request()), "HTTP/1.1 200 "));
}

/* Once it is known that the trail cannot be written, nobody waits to hear it; when there is room
 * again, it goes on without being asked. */
static void a_trail_that_keeps_failing_is_refused_at_once(void **state)
{
    (void)state;
    const struct committer *committer = &running.fixture->service->committer;
    struct clock clock = clock_system();
    atomic_store(&running.fixture->fails, true);
    assert_non_null(strstr(receive(send_request()), "AUDIT_UNAVAILABLE"));
    assert_true(committer_is_stuck(committer));
    uint64_t start_ms = clock_monotonic_ms(&clock);
    for (unsigned i = 0; i < 50; i++) {
        const char *answer = receive(i % 2 == 0 ? send_request() : send_app_request());
        assert_non_null(strstr(answer, "HTTP/1.1 503 "));
        assert_non_null(strstr(answer, "AUDIT_UNAVAILABLE"));
    }
    /* One of them alone would have waited for two seconds. */
    assert_true(clock_monotonic_ms(&clock) - start_ms < 50 * LIMIT_AUDIT_WAIT_MS / 4);
    atomic_store(&running.fixture->fails, false);
    wait_for_trail();
    assert_non_null(strstr(receive(send_app_request()), "HTTP/1.1 200 "));
}

static int send_put_of(unsigned who)
{
    const struct app_ask ask = {.method = "PUT",
                                .target = "/v1/app/values",
                                .inner = "{\"key\":\"k\",\"value\":\"AA==\"}",
                                .who = who};
    return send_app_ask(&ask);
}

static int send_put(void)
{
    return send_put_of(0);
}

static uint64_t count_values(void)
{
    return values_stats(running.fixture->service->values).records;
}

/* A write whose intent is lost was not done; one whose outcome is lost says which version it is. */
static void a_trail_that_fails_around_a_write(void **state)
{
    (void)state;
    assert_non_null(strstr(receive(send_app_request()), "HTTP/1.1 200 "));
    uint64_t before = count_values();
    atomic_store(&running.fails_on, "\"outcome\":\"intent\"");
    const char *answer = receive(send_put());
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "AUDIT_UNAVAILABLE"));
    assert_int_equal(before, count_values());
    atomic_store(&running.fails_on, NULL);
    wait_for_trail();
    (void)receive(send_app_request());
    atomic_store(&running.fails_on, "\"outcome\":\"ok\"");
    answer = receive(send_put());
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "WRITE_UNSETTLED"));
    assert_non_null(strstr(answer, "\"version\":\""));
    assert_int_equal(before + 1, count_values());
    atomic_store(&running.fails_on, NULL);
    wait_for_trail();
    assert_non_null(strstr(receive(send_put()), "HTTP/1.1 200 "));
}

/* Nothing is done while the trail hangs, nor afterwards for who was refused meanwhile. */
static void a_write_behind_a_trail_that_hangs(void **state)
{
    (void)state;
    assert_non_null(strstr(receive(send_app_request()), "HTTP/1.1 200 "));
    uint64_t before = count_values();
    atomic_store(&running.hangs, true);
    const char *answer = receive(send_put());
    assert_non_null(strstr(answer, "AUDIT_UNAVAILABLE"));
    assert_int_equal(before, count_values());
    atomic_store(&running.hangs, false);
    assert_non_null(strstr(receive(send_app_request()), "HTTP/1.1 200 "));
    assert_int_equal(before, count_values());
}

/* App 7 has as many requests wait as are free, but for one. */
static int setup_crowded(void **state)
{
    (void)state;
    struct app_fixture *apps = app_fixture_open();
    for (size_t i = 1; i < LIMIT_WAITING / 2; i++) {
        room_take(&apps->service->worker->room, room_owner(7), 0);
    }
    return start(apps);
}

/* Refused before its intent; whoever else writes has its room. */
static void an_app_that_waits_much_waits_no_more(void **state)
{
    (void)state;
    atomic_store(&running.hangs, true);
    int first = send_put();
    (void)poll(NULL, 0, 200);
    bool is_refused = strstr(receive(send_put()), "OVERLOADED") != NULL;
    int other = send_put_of(2);
    (void)poll(NULL, 0, 200);
    atomic_store(&running.hangs, false);
    assert_true(is_refused);
    assert_non_null(strstr(receive(first), "HTTP/1.1 200 "));
    assert_non_null(strstr(receive(other), "HTTP/1.1 200 "));
    assert_non_null(strstr(receive(send_put()), "HTTP/1.1 200 "));
}

/* A batch gives the loop back: who asks for little is answered while it is in work. */
static void a_batch_lets_others_have_their_turn(void **state)
{
    (void)state;
    char text[512];
    struct clock clock = clock_system();
    int fd = open_connection();
    const char *body = "{\"username\":\"bob\",\"first_index\":0,\"count\":1000}";
    int len = snprintf(text, sizeof text,
                       "POST /v1/starknet/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                       "application/json\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
                       strlen(body), body);
    assert_int_equal(len, write(fd, text, (size_t)len));
    (void)poll(NULL, 0, 5);
    unsigned answered = 0;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    uint64_t start_ms = clock_monotonic_ms(&clock);
    while (poll(&wait, 1, 0) == 0 && clock_monotonic_ms(&clock) - start_ms < 20000) {
        assert_non_null(strstr(receive(send_request()), "\"signature\":"));
        answered++;
    }
    assert_true(answered >= 3);
    char *whole = calloc(1, 1 << 20);
    size_t got = 0;
    ssize_t more = 1;
    while (more > 0) {
        more = read(fd, whole + got, (1 << 20) - 1 - got);
        got += more > 0 ? (size_t)more : 0;
    }
    close(fd);
    assert_non_null(strstr(whole, "\"key_index\":999,"));
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_leaves_when_it_is_recorded, setup, teardown),
        cmocka_unit_test_setup_teardown(no_answer_leaves_before, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trail_that_hangs, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trail_that_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trail_that_keeps_failing_is_refused_at_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_trail_that_fails_around_a_write, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_behind_a_trail_that_hangs, setup, teardown),
        cmocka_unit_test_setup_teardown(an_app_that_waits_much_waits_no_more, setup_crowded,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_batch_lets_others_have_their_turn, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
