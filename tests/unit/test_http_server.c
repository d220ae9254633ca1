#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixtures/unit.h"
#include "net/http_server.h"

/* One loop, one listener, one handler that holds every request until a test takes it. Clients are
 * sockets of this thread; the handler runs in the loop's. */
struct world {
    struct mem loops;
    struct mem memory;
    struct loop *loop;
    struct listener listener;
    struct http_server *server;
    struct http_request *held[4];
    _Atomic int held_count;
    _Atomic int refused;
    _Atomic int refused_code;
    struct loop_task task;
    _Atomic int done;
    struct status staged;
    struct bytes body;
    bool is_released;
    bool is_stopped;
};

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static struct status on_head(void *context, const struct http_request *request,
                             size_t *ret_body_max)
{
    (void)context;
    assert_true(request->is_local && request->loop == 0 && request->listener == 0);
    *ret_body_max = 1 << 20;
    return OK;
}

static void hold(void *context, struct http_request *request)
{
    struct world *world = context;
    assert_null(request->user);
    world->held[atomic_load(&world->held_count)] = request;
    atomic_fetch_add(&world->held_count, 1);
}

static void on_refusal(void *context, struct http_request *request, struct status why)
{
    struct world *world = context;
    const struct http1_response response = {status_http(why.code), false, NULL, 0, {NULL, 0}};
    http_server_respond(request, &response);
    atomic_store(&world->refused_code, why.code);
    atomic_fetch_add(&world->refused, 1);
}

static void enter(struct world *world, size_t memory)
{
    *world = (struct world){0};
    struct socket_address address;
    mem_init(&world->loops, 1 << 20);
    mem_init(&world->memory, memory);
    assert_status(OK, socket_address_parse(BYTES_LITERAL("127.0.0.1:0"), &address));
    assert_status(OK, listener_open(&address, &world->listener));
    assert_status(OK, loop_new(&world->loops, &world->loop));
    assert_status(OK, loop_start(world->loop));
    struct http_server_config config = {
        .loops = &world->loop,
        .loops_count = 1,
        .listeners = &world->listener,
        .listeners_count = 1,
        .handler = {world, on_head, hold, on_refusal},
        .limits = {16, 5000, 5000, 5000, {0, 1}},
        .entropy = entropy_system(),
        .memory = &world->memory,
    };
    assert_status(OK, http_server_new(&config, &world->server));
}

static void leave(struct world *world)
{
    if (!world->is_stopped) {
        http_server_stop(world->server, 0);
    }
    http_server_free(&world->server);
    assert_null(world->server);
    http_server_free(&world->server);
    loop_free(&world->loop);
    listener_close(&world->listener);
    assert_int_equal(0, mem_used(&world->memory));
    assert_int_equal(0, mem_used(&world->loops));
}

static int connect_to(const struct world *world)
{
    struct sockaddr_in place = {.sin_family = AF_INET};
    place.sin_port = htons((uint16_t)world->listener.address.port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval limit = {5, 0};
    assert_int_equal(0, setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    assert_int_equal(0, connect(fd, (struct sockaddr *)&place, sizeof place));
    return fd;
}

static void send_text(int fd, const char *text)
{
    assert_int_equal(strlen(text), send(fd, text, strlen(text), MSG_NOSIGNAL));
}

static void wait_for(const _Atomic int *number, int value)
{
    while (atomic_load(number) < value) {
        usleep(500);
    }
}

/* Reads what there is until it ends with a text. */
static void expect_end(int fd, const char *end)
{
    char data[4096];
    size_t len = 0;
    while (len < strlen(end) || memcmp(data + len - strlen(end), end, strlen(end)) != 0) {
        ssize_t got = recv(fd, data + len, sizeof data - len, 0);
        assert_true(got > 0);
        len += (size_t)got;
    }
}

/* Runs something in the loop's thread and waits for it. */
static void run(struct world *world, void (*what)(void *context))
{
    atomic_store(&world->done, 0);
    world->task = (struct loop_task){what, world, NULL};
    loop_post(world->loop, &world->task);
    wait_for(&world->done, 1);
}

static void stage_first(void *context)
{
    struct world *world = context;
    const struct http1_response response = {200, false, NULL, 0, world->body};
    world->staged = http_server_stage(world->held[0], &response);
    if (world->is_released) {
        http_server_release(world->held[0]);
    }
    atomic_store(&world->done, 1);
}

static void answer_first(void *context)
{
    struct world *world = context;
    const struct http1_response response = {503, false, NULL, 0, BYTES_LITERAL("instead")};
    http_server_respond(world->held[0], &response);
    atomic_store(&world->done, 1);
}

static void a_staged_answer_waits(void **state)
{
    (void)state;
    struct world world;
    enter(&world, 1 << 20);
    int fd = connect_to(&world);
    send_text(fd, GET);
    wait_for(&world.held_count, 1);
    world.body = BYTES_LITERAL("staged");
    run(&world, stage_first);
    assert_status(OK, world.staged);
    char byte = 0;
    usleep(20000);
    assert_int_equal(-1, recv(fd, &byte, 1, MSG_DONTWAIT));
    world.is_released = true;
    run(&world, stage_first);
    expect_end(fd, "\r\n\r\nstaged");

    /* The next request of the connection starts from nothing. */
    send_text(fd, GET);
    wait_for(&world.held_count, 2);
    assert_ptr_equal(world.held[0], world.held[1]);
    run(&world, answer_first);
    expect_end(fd, "instead");
    close(fd);
    leave(&world);
}

static void a_staged_answer_can_be_replaced(void **state)
{
    (void)state;
    struct world world;
    enter(&world, 1 << 20);
    int fd = connect_to(&world);
    send_text(fd, GET);
    wait_for(&world.held_count, 1);
    world.body = BYTES_LITERAL("secret");
    run(&world, stage_first);
    run(&world, answer_first);
    char data[512];
    ssize_t got = recv(fd, data, sizeof data, 0);
    assert_true(got > 0);
    assert_null(memmem(data, (size_t)got, "secret", 6));
    assert_non_null(memmem(data, (size_t)got, "503", 3));
    close(fd);
    leave(&world);
}

static void without_memory_nothing_is_staged(void **state)
{
    (void)state;
    struct world world;
    static uint8_t large[1 << 18];
    enter(&world, 200000);
    int fd = connect_to(&world);
    send_text(fd, GET);
    wait_for(&world.held_count, 1);
    world.body = BYTES_ARRAY(large);
    run(&world, stage_first);
    assert_status(OVERLOADED, world.staged);
    run(&world, answer_first);
    expect_end(fd, "instead");
    close(fd);
    leave(&world);
}

static void without_memory_a_body_is_refused(void **state)
{
    (void)state;
    struct world world;
    enter(&world, 200000);
    int fd = connect_to(&world);
    send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    static const char part[50000] = {0};
    for (int i = 0; i < 8 && atomic_load(&world.refused) == 0; i++) {
        send(fd, part, sizeof part, MSG_NOSIGNAL);
        usleep(20000);
    }
    wait_for(&world.refused, 1);
    assert_int_equal(STATUS_OVERLOADED, atomic_load(&world.refused_code));
    char data[16];
    assert_int_equal(12, recv(fd, data, 12, MSG_WAITALL));
    assert_memory_equal("HTTP/1.1 503", data, 12);
    close(fd);
    leave(&world);
}

/* A client that is gone, and a server that ends: the handler's request stays valid until then. */
static void held_requests_survive_their_clients(void **state)
{
    (void)state;
    struct world world;
    enter(&world, 1 << 20);
    int fd = connect_to(&world);
    send_text(fd, GET);
    wait_for(&world.held_count, 1);
    const struct linger reset = {1, 0};
    assert_int_equal(0, setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
    close(fd);
    usleep(20000);
    assert_int_equal(1, http_server_stats(world.server).connections);
    run(&world, answer_first);
    for (int i = 0; i < 1000 && http_server_stats(world.server).connections != 0; i++) {
        usleep(1000);
    }
    assert_int_equal(0, http_server_stats(world.server).connections);

    fd = connect_to(&world);
    send_text(fd, GET);
    wait_for(&world.held_count, 2);
    http_server_stop(world.server, 20);
    world.is_stopped = true;
    assert_int_equal(1, http_server_stats(world.server).connections);
    close(fd);
    leave(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_staged_answer_waits),
        cmocka_unit_test(a_staged_answer_can_be_replaced),
        cmocka_unit_test(without_memory_nothing_is_staged),
        cmocka_unit_test(without_memory_a_body_is_refused),
        cmocka_unit_test(held_requests_survive_their_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
