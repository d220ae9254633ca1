#include "net/http_server.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/invariant.h"
#include "base/thread.h"
#include "net/http_server_internal.h"
#include "net/loop_internal.h"

enum {
    TICK_MS = 100,
    ACCEPT_MAX = 64,        /* at once, so that requests get their turn */
    OTHER_DESCRIPTORS = 64, /* files, listeners and loops beside the connections */
};

/* What a loop was last told, in this order. */
enum http_server_phase {
    HTTP_SERVER_NEW,
    HTTP_SERVER_SERVING,
    HTTP_SERVER_STOPPING, /* done without connections */
    HTTP_SERVER_CUT,      /* done without connections but those held */
    HTTP_SERVER_FREED,    /* done without anything of libuv */
    HTTP_SERVER_PHASES,
};

struct http_server_acceptor {
    uv_poll_t poll;
    struct http_server *server;
    int fd;
    size_t index;
    bool is_local;
};

struct http_server_home {
    struct connection_home connections;
    uv_timer_t tick;
    size_t handles; /* of libuv, but for connections */
    struct loop_task task[HTTP_SERVER_PHASES];
    enum http_server_phase phase;
    enum http_server_phase reported;
};

struct http_server {
    struct http_server_handler handler;
    struct http_server_limits limits;
    size_t limit[PLACES_RESOURCES]; /* of one loop */
    struct clock clock;
    struct mem *memory;
    struct rate_table *peers;
    struct http_server_home *homes[LIMIT_LOOPS];
    size_t homes_count;
    struct http_server_acceptor *acceptors;
    size_t acceptors_count;
    struct thread_lock lock; /* of the following */
    struct thread_signal changed;
    size_t reports[HTTP_SERVER_PHASES];
    bool has_failed;
};

/* --- phases ----------------------------------------------------------------------------------- */

static bool is_done(const struct http_server_home *home)
{
    const struct connection_home *connections = &home->connections;
    switch (home->phase) {
    case HTTP_SERVER_STOPPING:
        return connections->live == 0;
    case HTTP_SERVER_CUT:
        return connections->live == connections->held;
    case HTTP_SERVER_FREED:
        return connections->live == 0 && home->handles == 0 && !connections->is_resuming;
    case HTTP_SERVER_NEW:
    case HTTP_SERVER_SERVING:
    case HTTP_SERVER_PHASES:
    default:
        return true;
    }
}

/* After its last report a loop does not touch its part of the server any more. */
static void check(struct http_server_home *home)
{
    struct http_server *server = home->connections.server;
    enum http_server_phase phase = home->phase;
    if (home->reported == phase || !is_done(home)) {
        return;
    }
    home->reported = phase;
    thread_lock_take(&server->lock);
    server->reports[phase]++;
    thread_signal_one(&server->changed);
    thread_lock_give(&server->lock);
}

void http_server_check(struct connection_home *home)
{
    check(home->server->homes[home->index]);
}

/* For what comes for certain, as long as it may take: 10 days. */
static const uint64_t WITHOUT_LIMIT = 10u * 86400 * 1000;

/* Tell a phase to all loops and wait until all have reported.
 * Returns: false when limit_ms was over before. */
static bool reach(struct http_server *server, enum http_server_phase phase, uint64_t limit_ms)
{
    struct thread_moment end = thread_in_ns(limit_ms * 1000000);
    for (size_t i = 0; i < server->homes_count; i++) {
        loop_post(server->homes[i]->connections.loop, &server->homes[i]->task[phase]);
    }
    bool is_in_time = true;
    thread_lock_take(&server->lock);
    while (server->reports[phase] < server->homes_count && is_in_time) {
        is_in_time = thread_wait_until(&server->changed, &server->lock, end);
    }
    bool is_reached = server->reports[phase] == server->homes_count;
    thread_lock_give(&server->lock);
    return is_reached;
}

/* --- accepting -------------------------------------------------------------------------------- */

static struct connection_home *least_loaded(struct http_server *server)
{
    struct connection_home *best = &server->homes[0]->connections;
    for (size_t i = 1; i < server->homes_count; i++) {
        struct connection_home *home = &server->homes[i]->connections;
        if (atomic_load(&home->assigned) < atomic_load(&best->assigned)) {
            best = home;
        }
    }
    return best;
}

/* Returns: false when there is nothing more to accept now. */
static bool accept_one(struct http_server_acceptor *acceptor)
{
    struct http_server *server = acceptor->server;
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    int fd = accept4(acceptor->fd, (struct sockaddr *)&address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* Until the next tick: the socket would stay readable, and the loop would spin. */
            uv_poll_stop(&acceptor->poll);
        }
        return errno == ECONNABORTED || errno == EPROTO;
    }
    struct rate_table_key peer = peer_rate_key(fd, &address);
    struct connection_home *home = least_loaded(server);
    if (!status_is_ok(connection_new(home, fd, peer, acceptor->index, acceptor->is_local))) {
        atomic_fetch_add(&home->evicted, 1);
        close(fd);
    }
    return true;
}

static void on_accept(uv_poll_t *poll, int failure, int events)
{
    (void)events;
    struct http_server_acceptor *acceptor = poll->data;
    for (int i = 0; failure == 0 && i < ACCEPT_MAX && accept_one(acceptor); i++) {
    }
}

/* --- a loop's part ---------------------------------------------------------------------------- */

static void on_tick(uv_timer_t *timer)
{
    struct http_server_home *home = timer->data;
    struct http_server *server = home->connections.server;
    connection_expire(&home->connections);
    for (size_t i = 0; home->connections.index == 0 && i < server->acceptors_count; i++) {
        struct http_server_acceptor *acceptor = &server->acceptors[i];
        if (!uv_is_closing((uv_handle_t *)&acceptor->poll) &&
            !uv_is_active((uv_handle_t *)&acceptor->poll)) {
            uv_poll_start(&acceptor->poll, UV_READABLE, on_accept);
        }
    }
}

static void start_accepting(struct http_server_home *home)
{
    struct http_server *server = home->connections.server;
    uv_loop_t *uv = loop_uv(home->connections.loop);
    for (size_t i = 0; i < server->acceptors_count; i++) {
        struct http_server_acceptor *acceptor = &server->acceptors[i];
        if (uv_poll_init_socket(uv, &acceptor->poll, acceptor->fd) != 0) {
            server->has_failed = true;
            server->acceptors_count = i;
            return;
        }
        home->handles++;
        acceptor->poll.data = acceptor;
        uv_poll_start(&acceptor->poll, UV_READABLE, on_accept);
    }
}

static void serve(void *context)
{
    struct http_server_home *home = context;
    home->phase = HTTP_SERVER_SERVING;
    INVARIANT(uv_timer_init(loop_uv(home->connections.loop), &home->tick) == 0);
    home->tick.data = home;
    home->handles++;
    uv_timer_start(&home->tick, on_tick, TICK_MS, TICK_MS);
    if (home->connections.index == 0) {
        start_accepting(home);
    }
    check(home);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_server_home *home = handle->data;
    home->handles--;
    check(home);
}

static void on_acceptor_closed(uv_handle_t *handle)
{
    struct http_server_acceptor *acceptor = handle->data;
    struct http_server_home *home = acceptor->server->homes[0];
    home->handles--;
    check(home);
}

static void stop(void *context)
{
    struct http_server_home *home = context;
    struct http_server *server = home->connections.server;
    home->phase = HTTP_SERVER_STOPPING;
    for (size_t i = 0; home->connections.index == 0 && i < server->acceptors_count; i++) {
        uv_close((uv_handle_t *)&server->acceptors[i].poll, on_acceptor_closed);
    }
    home->connections.is_ending = true;
    connection_drop_all(&home->connections, CONNECTION_IDLE);
    check(home);
}

static void cut(void *context)
{
    struct http_server_home *home = context;
    home->phase = HTTP_SERVER_CUT;
    for (int state = 0; state < CONNECTION_STATES; state++) {
        if (state != CONNECTION_HANDLING) {
            connection_drop_all(&home->connections, (enum connection_state)state);
        }
    }
    check(home);
}

static void end(void *context)
{
    struct http_server_home *home = context;
    home->phase = HTTP_SERVER_FREED;
    connection_drop_all(&home->connections, CONNECTION_HANDLING);
    uv_close((uv_handle_t *)&home->tick, on_handle_closed);
}

/* --- the server ------------------------------------------------------------------------------- */

/* The descriptors that the limit of the process leaves, after raising it as far as it goes. */
static size_t descriptors_for(size_t wanted, size_t others)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return wanted;
    }
    rlim_t kept = OTHER_DESCRIPTORS + others;
    rlim_t needed = wanted + kept;
    if (limit.rlim_cur < needed) {
        limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= needed) {
        return wanted;
    }
    return limit.rlim_cur > kept + OTHER_DESCRIPTORS ? limit.rlim_cur - kept : OTHER_DESCRIPTORS;
}

static struct status add_home(struct http_server *server, struct loop *loop,
                              const struct entropy *entropy)
{
    void *block = NULL;
    TRY(mem_alloc(server->memory, sizeof(struct http_server_home), &block));
    struct http_server_home *home = block;
    home->task[HTTP_SERVER_SERVING] = (struct loop_task){serve, home, NULL};
    home->task[HTTP_SERVER_STOPPING] = (struct loop_task){stop, home, NULL};
    home->task[HTTP_SERVER_CUT] = (struct loop_task){cut, home, NULL};
    home->task[HTTP_SERVER_FREED] = (struct loop_task){end, home, NULL};
    struct connection_home *connections = &home->connections;
    connections->server = server;
    connections->handler = &server->handler;
    connections->limits = &server->limits;
    connections->clock = &server->clock;
    connections->memory = server->memory;
    connections->rates = server->peers;
    connections->loop = loop;
    connections->index = server->homes_count;
    connections->resume = (struct loop_task){connection_resume, connections, NULL};
    server->homes[server->homes_count++] = home;
    return places_open(&connections->places, server->limit, server->memory, entropy);
}

static struct status add_parts(struct http_server *server, const struct http_server_config *config)
{
    TRY(rate_table_new(server->memory, &server->limits.peer, &config->entropy, &server->peers));
    for (size_t i = 0; i < config->loops_count; i++) {
        TRY(add_home(server, config->loops[i], &config->entropy));
    }
    void *block = NULL;
    size_t count = config->listeners_count;
    TRY(mem_alloc(server->memory, count * sizeof(struct http_server_acceptor), &block));
    server->acceptors = block;
    server->acceptors_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct listener *listener = &config->listeners[i];
        server->acceptors[i].server = server;
        server->acceptors[i].fd = listener->fd;
        server->acceptors[i].index = i;
        server->acceptors[i].is_local = socket_address_is_local(&listener->address);
    }
    return OK;
}

static void free_parts(struct http_server *server)
{
    struct mem *memory = server->memory;
    for (size_t i = 0; i < server->homes_count; i++) {
        places_close(&server->homes[i]->connections.places);
        void *home = server->homes[i];
        mem_free(memory, &home);
    }
    void *acceptors = server->acceptors;
    mem_free(memory, &acceptors);
    rate_table_free(memory, &server->peers);
    thread_signal_deinit(&server->changed);
    thread_lock_deinit(&server->lock);
    void *block = server;
    mem_free(memory, &block);
}

/* What one loop may have of each. Requests that nobody has judged yet and answers that nobody takes
 * get a quarter of the memory each, so that there is always some for new connections, and for what
 * the handler has to do. */
static void set_limits(struct http_server *server, const struct http_server_config *config)
{
    size_t loops = config->loops_count;
    size_t quarter = config->memory->cap / 4 / loops;
    size_t bytes = quarter < LIMIT_HTTP_BUFFER_MIN ? LIMIT_HTTP_BUFFER_MIN : quarter;
    size_t connections = descriptors_for(config->limits.connections, config->limits.descriptors);
    server->limit[PLACES_CONNECTIONS] = (connections + loops - 1) / loops;
    server->limit[PLACES_INPUT] = bytes;
    server->limit[PLACES_OUTPUT] = bytes;
}

struct status http_server_new(const struct http_server_config *config,
                              struct http_server **ret_server)
{
    *ret_server = NULL;
    INVARIANT(config->loops_count >= 1 && config->loops_count <= LIMIT_LOOPS);
    INVARIANT(config->listeners_count >= 1);
    void *block = NULL;
    TRY(mem_alloc(config->memory, sizeof(struct http_server), &block));
    struct http_server *server = block;
    server->handler = config->handler;
    server->limits = config->limits;
    server->memory = config->memory;
    server->clock = config->clock;
    set_limits(server, config);
    thread_lock_init(&server->lock);
    thread_signal_init(&server->changed);
    struct status status = add_parts(server, config);
    if (!status_is_ok(status)) {
        free_parts(server);
        return status;
    }
    reach(server, HTTP_SERVER_SERVING, WITHOUT_LIMIT);
    if (server->has_failed) {
        http_server_stop(server, 0);
        http_server_free(&server);
        return FAIL(IO);
    }
    *ret_server = server;
    return OK;
}

struct http_server_stats http_server_stats(const struct http_server *server)
{
    struct http_server_stats stats = {0};
    for (size_t i = 0; i < server->homes_count; i++) {
        struct connection_home *home = &server->homes[i]->connections;
        stats.connections += atomic_load(&home->assigned);
        stats.accepted += atomic_load(&home->accepted);
        stats.evicted += atomic_load(&home->evicted);
        stats.timeouts += atomic_load(&home->timeouts);
    }
    return stats;
}

void http_server_stop(struct http_server *server, uint64_t grace_ms)
{
    if (!reach(server, HTTP_SERVER_STOPPING, grace_ms)) {
        reach(server, HTTP_SERVER_CUT, WITHOUT_LIMIT);
    }
}

void http_server_free(struct http_server **server_at)
{
    struct http_server *server = *server_at;
    if (server == NULL) {
        return;
    }
    reach(server, HTTP_SERVER_FREED, WITHOUT_LIMIT);
    free_parts(server);
    *server_at = NULL;
}
