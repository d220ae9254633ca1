#include "fixtures/node_fixture.h"

/* Until so many requests were run. */
static void wait_until_asked(size_t times)
{
    for (int i = 0; i < 1000 && atomic_load(&running.apps->lookups) < times; i++) {
        (void)poll(NULL, 0, 5);
    }
    assert_int_equal(times, atomic_load(&running.apps->lookups));
}

static bool is_silent(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, 200) == 0;
}

static size_t count_lines(void)
{
    size_t count = 0;
    for (const char *at = running.fixture->lines; (at = strchr(at, '\n')) != NULL; at++) {
        count++;
    }
    return count;
}

/* Until so many requests wait. */
static void wait_until_parked(uint64_t count)
{
    const struct service *service = running.fixture->service;
    for (int i = 0; i < 1000; i++) {
        if (service->connections(service->connections_context).parked == count) {
            return;
        }
        (void)poll(NULL, 0, 5);
    }
    fail();
}

/* What is not there yet is asked for again when there is news, and nothing was done before. */
static void a_request_waits_for_its_caller(void **state)
{
    (void)state;
    service_fixture_clear(running.fixture);
    atomic_store(&running.apps->is_pending, true);
    int fd = send_app_request();
    wait_until_asked(1);
    node_wake(running.node);
    wait_until_asked(2);
    assert_true(is_silent(fd));
    wait_until_parked(1);
    assert_int_equal(0, count_lines());
    atomic_store(&running.apps->is_pending, false);
    node_wake(running.node);
    assert_non_null(strstr(receive(fd), "\"sealed\":"));
    assert_int_equal(2, count_lines());
    wait_until_parked(0);
    node_wake(running.node);
    assert_non_null(strstr(receive(send_app_request()), "\"sealed\":"));
    assert_int_equal(4, atomic_load(&running.apps->lookups));
}

/* What an app was told is wiped when it was told, and not when somebody else asks. */
static void nothing_is_left_of_an_answer(void **state)
{
    (void)state;
    static const uint8_t zeros[4096];
    const struct flight_pool *pool = &running.node->stations[0].pool;
    assert_non_null(strstr(receive(send_app_request()), "\"sealed\":"));
    for (int i = 0; i < 100 && pool->jobs == NULL; i++) {
        (void)poll(NULL, 0, 5);
    }
    assert_int_equal(1, pool->jobs_count);
    assert_int_equal(0, pool->jobs->arena.used);
    assert_int_equal(0, pool->jobs->answers.used);
    assert_memory_equal(zeros, pool->jobs->arena.base, sizeof zeros);
    assert_memory_equal(zeros, pool->jobs->answers.base, sizeof zeros);
}

static void it_does_not_wait_for_ever(void **state)
{
    (void)state;
    struct clock clock = clock_system();
    atomic_store(&running.apps->is_pending, true);
    uint64_t start_ms = clock_monotonic_ms(&clock);
    const char *answer = receive(send_app_request());
    uint64_t waited_ms = clock_monotonic_ms(&clock) - start_ms;
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_true(waited_ms >= LIMIT_PARKED_MS - 50 && waited_ms < LIMIT_PARKED_MS + 2000);
    assert_int_equal(2, atomic_load(&running.apps->lookups));
}

static void a_client_goes_away_while_it_waits(void **state)
{
    (void)state;
    size_t before = mem_used(&running.fixture->mem);
    atomic_store(&running.apps->is_pending, true);
    close(send_app_request());
    wait_until_asked(1);
    assert_true(mem_used(&running.fixture->mem) > before);
    (void)poll(NULL, 0, 100);
    atomic_store(&running.apps->is_pending, false);
    node_wake(running.node);
    wait_until_asked(2);
    assert_non_null(strstr(receive(send_app_request()), "\"sealed\":"));
}

static void *stop(void *context)
{
    node_stop(running.node, 4000);
    return context;
}

static void stopping_does_not_wait(void **state)
{
    (void)state;
    struct clock clock = clock_system();
    pthread_t thread;
    atomic_store(&running.apps->is_pending, true);
    int fd = send_app_request();
    wait_until_asked(1);
    uint64_t start_ms = clock_monotonic_ms(&clock);
    assert_int_equal(0, pthread_create(&thread, NULL, stop, NULL));
    assert_non_null(strstr(receive(fd), "HTTP/1.1 503 "));
    assert_true(clock_monotonic_ms(&clock) - start_ms < 1000);
    assert_int_equal(0, pthread_join(thread, NULL));
    running.is_stopped = true;
}

/* Time that stands still: however slow the machine is, nobody has waited too long. */
struct stopped_time {
    uint64_t monotonic_ns;
    struct clock_interval wall;
};

static uint64_t stopped_ns(void *context)
{
    const struct stopped_time *time = context;
    return time->monotonic_ns;
}

static struct clock_interval stopped_wall(void *context)
{
    const struct stopped_time *time = context;
    return time->wall;
}

static int setup_stopped_time(void **state)
{
    (void)state;
    static struct stopped_time time;
    struct app_fixture *apps = app_fixture_open();
    struct clock *clock = &apps->service->service->setup.clock;
    time = (struct stopped_time){clock_monotonic_ns(clock), clock_wall(clock)};
    *clock = (struct clock){&time, stopped_ns, stopped_wall};
    return start(apps);
}

static void too_many_do_not_wait(void **state)
{
    (void)state;
    static int fds[LIMIT_PARKED];
    atomic_store(&running.apps->is_pending, true);
    for (size_t i = 0; i < LIMIT_PARKED; i++) {
        fds[i] = send_app_request();
    }
    wait_until_parked(LIMIT_PARKED);
    const char *answer = receive(send_app_request());
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "OVERLOADED"));
    atomic_store(&running.apps->is_pending, false);
    node_wake(running.node);
    for (size_t i = 0; i < LIMIT_PARKED; i++) {
        answer = receive(fds[i]);
        assert_non_null(strstr(answer, "\"sealed\":"));
    }
}

static int setup_crowded(void **state)
{
    (void)state;
    struct app_fixture *apps = app_fixture_open();
    room_take(&apps->service->worker->room, 0, LIMIT_PARKED_BYTES / 2);
    return start(apps);
}

/* Those whose callers are looked up take half of the bytes that may be kept, and no more. */
static void who_is_not_known_leaves_room(void **state)
{
    (void)state;
    atomic_store(&running.apps->is_pending, true);
    const char *answer = receive(send_app_request());
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "OVERLOADED"));
    atomic_store(&running.apps->is_pending, false);
    assert_non_null(strstr(receive(send_app_request()), "\"sealed\":"));
}

/* --- keys that are elsewhere ------------------------------------------------------------------ */

/* Until the holder of the keys was asked so often. */
static void wait_until_called(size_t times)
{
    for (int i = 0; i < 1000 && atomic_load(&running.apps->remote.calls) < times; i++) {
        (void)poll(NULL, 0, 5);
    }
    assert_true(atomic_load(&running.apps->remote.calls) >= times);
}

static void who_has_the_keys_is_waited_for_at_the_back(void **state)
{
    (void)state;
    struct app_remote *remote = &running.apps->remote;
    atomic_store(&remote->hangs, true);
    int first = send_app_request_v1();
    int second = send_app_request();
    wait_until_called(3); /* two were for the start */
    assert_non_null(strstr(receive(send_request()), "\"signature\":"));
    assert_true(is_silent(first));
    atomic_store(&remote->hangs, false);
    assert_non_null(strstr(receive(first), "\"encrypted_data\":"));
    assert_non_null(strstr(receive(second), "\"sealed\":"));
    assert_int_equal(2 + 3 + 1, atomic_load(&remote->calls));
}

static void keys_that_cannot_be_used_are_not_waited_for(void **state)
{
    (void)state;
    struct app_remote *remote = &running.apps->remote;
    static const uint16_t codes[] = {STATUS_ODYN_UNAVAILABLE, STATUS_ODYN_INVALID,
                                     STATUS_IDENTITY_CHANGED};
    size_t before = atomic_load(&remote->calls);
    for (size_t i = 0; i < 3; i++) {
        atomic_store(&remote->code, codes[i]);
        for (int version = 1; version <= 2; version++) {
            int fd = version == 1 ? send_app_request_v1() : send_app_request();
            const char *answer = receive(fd);
            assert_non_null(strstr(answer, "HTTP/1.1 503 "));
            assert_non_null(strstr(answer, status_name((enum status_code)codes[i])));
        }
    }
    assert_int_equal(before, atomic_load(&remote->calls));
    atomic_store(&remote->code, STATUS_OK);
    assert_non_null(strstr(receive(send_app_request()), "\"sealed\":"));
}

/* What cannot be signed does not leave, though it was done. */
static void keys_are_lost_on_the_way(void **state)
{
    (void)state;
    struct app_remote *remote = &running.apps->remote;
    for (int version = 1; version <= 2; version++) {
        size_t before = atomic_load(&remote->calls);
        atomic_store(&remote->hangs, true);
        int fd = version == 1 ? send_app_request_v1() : send_app_request();
        wait_until_called(before + 1);
        atomic_store(&remote->code, STATUS_ODYN_UNAVAILABLE);
        atomic_store(&remote->hangs, false);
        const char *answer = receive(fd);
        assert_non_null(strstr(answer, "HTTP/1.1 503 "));
        assert_non_null(strstr(answer, "ODYN_UNAVAILABLE"));
        assert_null(strstr(answer, "sealed"));
        atomic_store(&remote->code, STATUS_OK);
    }
}

/* Of those that wait for the back there are only so many; all of them get an answer. */
static void the_back_is_full(void **state)
{
    (void)state;
    static int fds[LIMIT_PARKED + 1];
    struct app_remote *remote = &running.apps->remote;
    size_t before = atomic_load(&remote->calls);
    atomic_store(&remote->hangs, true);
    fds[0] = send_app_request();
    wait_until_called(before + 1);
    for (size_t i = 1; i <= LIMIT_PARKED; i++) {
        fds[i] = send_app_request();
    }
    const char *answer = receive(send_app_request());
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "OVERLOADED"));
    assert_true(is_silent(fds[LIMIT_PARKED]));
    atomic_store(&remote->hangs, false);
    for (size_t i = 0; i <= LIMIT_PARKED; i++) {
        /* On a slow machine the first ones have waited too long by now. */
        answer = receive(fds[i]);
        assert_true(strstr(answer, "\"sealed\":") != NULL || strstr(answer, "OVERLOADED") != NULL);
    }
}

static void who_waits_too_long_is_refused(void **state)
{
    (void)state;
    struct app_remote *remote = &running.apps->remote;
    size_t before = atomic_load(&remote->calls);
    atomic_store(&remote->hangs, true);
    int first = send_app_request();
    wait_until_called(before + 1);
    int second = send_app_request();
    (void)poll(NULL, 0, LIMIT_ODYN_WAIT_MS + 200);
    atomic_store(&remote->hangs, false);
    assert_non_null(strstr(receive(second), "OVERLOADED"));
    assert_non_null(strstr(receive(first), "\"sealed\":"));
}

static void the_registry_is_waited_for_at_the_back_too(void **state)
{
    (void)state;
    atomic_store(&running.apps->is_pending, true);
    int fd = send_app_request_v1();
    wait_until_asked(1);
    wait_until_parked(1);
    assert_non_null(strstr(receive(send_request()), "\"signature\":"));
    close(send_app_request()); /* and goes away */
    wait_until_asked(2);
    wait_until_parked(2);
    assert_true(is_silent(fd));
    atomic_store(&running.apps->is_pending, false);
    node_wake(running.node);
    assert_non_null(strstr(receive(fd), "\"encrypted_data\":"));
    wait_until_parked(0);
}

static void an_answer_from_the_back_is_recorded_first(void **state)
{
    (void)state;
    atomic_store(&running.hangs, true);
    int fd = send_app_request();
    assert_true(is_silent(fd));
    atomic_store(&running.hangs, false);
    assert_non_null(strstr(receive(fd), "\"sealed\":"));
    atomic_store(&running.fixture->fails, true);
    const char *answer = receive(send_app_request());
    assert_non_null(strstr(answer, "AUDIT_UNAVAILABLE"));
    assert_null(strstr(answer, "sealed"));
    atomic_store(&running.fixture->fails, false);
    wait_for_trail();
    assert_non_null(strstr(receive(send_app_request()), "\"sealed\":"));
}

/* One answer at the back waits for its record, and the thread there for its second signature. */
static void fill_the_back(int *ret_held, int *ret_working)
{
    struct app_remote *remote = &running.apps->remote;
    size_t before = atomic_load(&remote->calls);
    atomic_store(&running.hangs, true);
    *ret_held = send_app_request();
    wait_until_called(before + 1);
    (void)poll(NULL, 0, 200);
    atomic_store(&remote->hangs, true);
    *ret_working = send_app_request();
    wait_until_called(before + 2);
}

/* The thread at the back is waiting when records become durable, for longer than answers may wait
 * for theirs. */
static void what_was_recorded_in_time_is_not_late(void **state)
{
    (void)state;
    struct app_remote *remote = &running.apps->remote;
    int held;
    int working;
    fill_the_back(&held, &working);
    atomic_store(&running.hangs, false);
    (void)poll(NULL, 0, LIMIT_AUDIT_WAIT_MS + 200);
    atomic_store(&remote->hangs, false);
    assert_non_null(strstr(receive(held), "\"sealed\":"));
    assert_non_null(strstr(receive(working), "\"sealed\":"));
}

/* Requests in the queue, in work and with an answer that is not recorded, while all of it ends. */
static void stopping_with_work_at_the_back(void **state)
{
    (void)state;
    struct app_remote *remote = &running.apps->remote;
    int held;
    int working;
    fill_the_back(&held, &working);
    int queued = send_app_request();
    (void)poll(NULL, 0, 100);
    atomic_store(&running.hangs, false);
    node_stop(running.node, 50);
    running.is_stopped = true;
    atomic_store(&remote->hangs, false);
    (void)receive(held);
    (void)receive(working);
    (void)receive(queued);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_waits_for_its_caller, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_left_of_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(it_does_not_wait_for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(a_client_goes_away_while_it_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(stopping_does_not_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_do_not_wait, setup_stopped_time, teardown),
        cmocka_unit_test_setup_teardown(who_is_not_known_leaves_room, setup_crowded, teardown),
        cmocka_unit_test_setup_teardown(who_has_the_keys_is_waited_for_at_the_back, setup_remote,
                                        teardown),
        cmocka_unit_test_setup_teardown(keys_that_cannot_be_used_are_not_waited_for, setup_remote,
                                        teardown),
        cmocka_unit_test_setup_teardown(keys_are_lost_on_the_way, setup_remote, teardown),
        cmocka_unit_test_setup_teardown(the_back_is_full, setup_remote, teardown),
        cmocka_unit_test_setup_teardown(who_waits_too_long_is_refused, setup_remote, teardown),
        cmocka_unit_test_setup_teardown(the_registry_is_waited_for_at_the_back_too, setup_remote,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_answer_from_the_back_is_recorded_first, setup_remote,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_was_recorded_in_time_is_not_late, setup_remote,
                                        teardown),
        cmocka_unit_test_setup_teardown(stopping_with_work_at_the_back, setup_remote, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
