/* A server for tests of net/http_server.h from outside: echoes bodies, at once or later.
 *
 * usage: http_echo LOOPS CONNECTIONS REQUEST_MS IDLE_MS WRITE_MS PEER_RATE MEMORY_MB LISTENER...
 * Prints one line per listener with its address, serves until its input ends, and prints its
 * numbers. Paths: /later answers after 2 ms, /staged stages first, /large answers with 32 MiB,
 * /more with 1; /none is refused by its head. Bodies up to 1 MiB. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "net/http_server.h"

enum {
    BODY_MAX = 1 << 20,
    LARGE = 32 << 20,
    MORE = 1 << 20,
    LISTENERS = 4,
};

struct lane {
    struct loop *loop;
    struct loop_timer *timer;
    struct http_request *first;
    struct http_request *last;
};

struct echo {
    struct lane lanes[LIMIT_LOOPS];
    struct mem memory;
    const uint8_t *large;
};

static void require(struct status status, const char *what)
{
    if (!status_is_ok(status)) {
        fprintf(stderr, "%s: %s\n", what, status_name(status.code));
        exit(1);
    }
}

static void answer(struct http_request *request, unsigned code, struct bytes body)
{
    const struct http1_header header = {BYTES_LITERAL("Content-Type"), BYTES_LITERAL("text/plain")};
    const struct http1_response response = {code, false, &header, 1, body};
    http_server_respond(request, &response);
}

static void answer_all(void *context)
{
    struct lane *lane = context;
    struct http_request *request = lane->first;
    lane->first = NULL;
    while (request != NULL) {
        struct http_request *next = request->next;
        if (request->user != NULL) {
            http_server_release(request);
        } else {
            answer(request, 200, BYTES_LITERAL("later"));
        }
        request = next;
    }
}

static void hold(struct lane *lane, struct http_request *request)
{
    if (lane->first == NULL) {
        lane->first = request;
        loop_timer_start(lane->timer, 2, 0);
    } else {
        lane->last->next = request;
    }
    lane->last = request;
}

static struct status on_head(void *context, const struct http_request *request,
                             size_t *ret_body_max)
{
    (void)context;
    *ret_body_max = BODY_MAX;
    return bytes_equal(request->head->path, BYTES_LITERAL("/none")) ? FAIL(NOT_FOUND) : OK;
}

static void on_request(void *context, struct http_request *request)
{
    struct echo *echo = context;
    struct bytes path = request->head->path;
    if (bytes_equal(path, BYTES_LITERAL("/later"))) {
        hold(&echo->lanes[request->loop], request);
    } else if (bytes_equal(path, BYTES_LITERAL("/staged"))) {
        const struct http1_response response = {200, false, NULL, 0, request->body};
        require(http_server_stage(request, &response), "stage");
        request->user = echo;
        hold(&echo->lanes[request->loop], request);
    } else if (bytes_equal(path, BYTES_LITERAL("/large"))) {
        answer(request, 200, (struct bytes){echo->large, LARGE});
    } else if (bytes_equal(path, BYTES_LITERAL("/more"))) {
        answer(request, 200, (struct bytes){echo->large, MORE});
    } else {
        answer(request, 200, request->body);
    }
}

static void on_refusal(void *context, struct http_request *request, struct status why)
{
    (void)context;
    answer(request, status_http(why.code), bytes_of(status_name(why.code)));
}

/* What accepted sockets inherit: answers wait in the server, and not in the system. */
static void shrink_sending(int fd)
{
    const int bytes = 65536;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) != 0) {
        exit(1);
    }
}

static size_t open_all(char **texts, size_t count, struct listener *listeners)
{
    for (size_t i = 0; i < count; i++) {
        struct socket_address address;
        char memory[SOCKET_ADDRESS_TEXT_MAX];
        struct buf text = buf_over((uint8_t *)memory, sizeof memory);
        require(socket_address_parse(bytes_of(texts[i]), &address), texts[i]);
        require(listener_open(&address, &listeners[i]), texts[i]);
        shrink_sending(listeners[i].fd);
        socket_address_put(&listeners[i].address, &text);
        printf("%.*s\n", (int)text.len, memory);
    }
    fflush(stdout);
    return count;
}

static uint32_t number(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

static void start_lanes(struct echo *echo, struct loop **loops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct lane *lane = &echo->lanes[i];
        require(loop_new(&echo->memory, &loops[i]), "loop");
        lane->loop = loops[i];
        require(loop_timer_new(loops[i], answer_all, lane, &lane->timer), "timer");
        require(loop_start(loops[i]), "thread");
    }
}

int main(int argc, char **argv)
{
    static struct echo echo;
    struct loop *loops[LIMIT_LOOPS];
    struct listener listeners[LISTENERS];
    struct http_server *server = NULL;
    if (argc < 9 || argc > 8 + LISTENERS || number(argv[1]) == 0) {
        return 2;
    }
    mem_init(&echo.memory, (size_t)number(argv[7]) << 20);
    echo.large = calloc(1, LARGE);
    size_t loops_count = number(argv[1]);
    start_lanes(&echo, loops, loops_count);
    struct http_server_config config = {
        .loops = loops,
        .loops_count = loops_count,
        .listeners = listeners,
        .listeners_count = open_all(argv + 8, (size_t)argc - 8, listeners),
        .handler = {&echo, on_head, on_request, on_refusal},
        .limits = {number(argv[2]),
                   number(argv[3]),
                   number(argv[4]),
                   number(argv[5]),
                   {number(argv[6]), 20}},
        .clock = clock_system(),
        .entropy = entropy_system(),
        .memory = &echo.memory,
    };
    require(http_server_new(&config, &server), "server");
    char byte = 0;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
        struct http_server_stats stats = http_server_stats(server);
        printf("%lu %lu %lu %lu %zu\n", stats.connections, stats.accepted, stats.evicted,
               stats.timeouts, mem_used(&echo.memory));
        fflush(stdout);
    }
    http_server_stop(server, 1000);
    http_server_free(&server);
    for (size_t i = 0; i < config.listeners_count; i++) {
        listener_close(&listeners[i]);
    }
    for (size_t i = 0; i < loops_count; i++) {
        loop_free(&loops[i]);
    }
    free((void *)(uintptr_t)echo.large);
    printf("left %zu\n", mem_used(&echo.memory));
    return mem_used(&echo.memory) == 0 ? 0 : 1;
}
