#include "net/tunnels.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/invariant.h"
#include "net/loop_internal.h"
#include "net/tunnel_internal.h"

enum { TICK_MS = 100, ACCEPT_MAX = 64 };

/* --- accepting --- */

/* Returns: false when there is nothing more to accept now. */
static bool accept_one(struct tunnels_acceptor *acceptor)
{
    struct tunnels *home = acceptor->home;
    int fd = accept4(acceptor->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* Until the next tick: the socket would stay readable, and the loop would spin. */
            uv_poll_stop(&acceptor->poll);
        }
        return errno == ECONNABORTED || errno == EPROTO;
    }
    bool has_room = atomic_load(&home->open) < home->setup.connections;
    if (!has_room || !status_is_ok(tunnel_new(home, fd))) {
        atomic_fetch_add(&home->turned, 1);
        close(fd);
    }
    return true;
}

static void on_accept(uv_poll_t *poll, int failure, int events)
{
    struct tunnels_acceptor *acceptor = poll->data;
    (void)events;
    for (int i = 0; failure == 0 && i < ACCEPT_MAX && accept_one(acceptor); i++) {
    }
}

/* --- deadlines --- */

static void expire(struct tunnels *tunnels, enum tunnel_state state, uint64_t limit_ms)
{
    struct tunnel *tunnel = tunnels->queues[state].first;
    while (tunnel != NULL && loop_now_ms(tunnels->setup.loop) - tunnel->since_ms >= limit_ms) {
        tunnel_expire(tunnel);
        tunnel = tunnels->queues[state].first;
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct tunnels *tunnels = timer->data;
    expire(tunnels, TUNNEL_HEAD, tunnels->setup.head_ms);
    expire(tunnels, TUNNEL_RESOLVING, tunnels->setup.connect_ms);
    expire(tunnels, TUNNEL_DIALING, tunnels->setup.connect_ms);
    expire(tunnels, TUNNEL_OPEN, tunnels->setup.idle_ms);
    expire(tunnels, TUNNEL_ENDING, LIMIT_HTTP_LINGER_MS);
    for (size_t i = 0; i < tunnels->acceptors_count; i++) {
        uv_poll_t *poll = &tunnels->acceptors[i].poll;
        if (!uv_is_active((uv_handle_t *)poll)) {
            uv_poll_start(poll, UV_READABLE, on_accept);
        }
    }
}

/* --- start and end --- */

static void stop(void *context)
{
    struct tunnels *tunnels = context;
    uv_close((uv_handle_t *)&tunnels->tick, NULL);
    for (size_t i = 0; i < tunnels->acceptors_count; i++) {
        uv_close((uv_handle_t *)&tunnels->acceptors[i].poll, NULL);
    }
    for (int state = 0; state < TUNNEL_STATES; state++) {
        while (tunnels->queues[state].first != NULL) {
            tunnel_drop(tunnels->queues[state].first, true);
        }
    }
}

static struct status add_acceptors(struct tunnels *tunnels)
{
    const struct tunnels_setup *setup = &tunnels->setup;
    void *block = NULL;
    TRY(mem_alloc(setup->mem, setup->listeners_count * sizeof(struct tunnels_acceptor), &block));
    tunnels->acceptors = block;
    for (size_t i = 0; i < setup->listeners_count; i++) {
        struct tunnels_acceptor *acceptor = &tunnels->acceptors[i];
        acceptor->home = tunnels;
        acceptor->fd = setup->listeners[i].fd;
        if (uv_poll_init_socket(loop_uv(setup->loop), &acceptor->poll, acceptor->fd) != 0) {
            return FAIL(IO);
        }
        acceptor->poll.data = acceptor;
        INVARIANT(uv_poll_start(&acceptor->poll, UV_READABLE, on_accept) == 0);
        tunnels->acceptors_count++;
    }
    return OK;
}

struct status tunnels_open(const struct tunnels_setup *setup, struct tunnels **ret)
{
    void *block = NULL;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof(struct tunnels), &block));
    struct tunnels *tunnels = block;
    tunnels->setup = *setup;
    tunnels->stop = (struct loop_task){stop, tunnels, NULL};
    *ret = tunnels;
    TRY(add_acceptors(tunnels));
    INVARIANT(uv_timer_init(loop_uv(setup->loop), &tunnels->tick) == 0);
    tunnels->tick.data = tunnels;
    INVARIANT(uv_timer_start(&tunnels->tick, on_tick, TICK_MS, TICK_MS) == 0);
    return OK;
}

struct tunnels_stats tunnels_stats(const struct tunnels *tunnels)
{
    return (struct tunnels_stats){
        .open = atomic_load(&tunnels->open),
        .tunnels = atomic_load(&tunnels->made),
        .refused = atomic_load(&tunnels->refused),
        .turned = atomic_load(&tunnels->turned),
        .timeouts = atomic_load(&tunnels->timeouts),
        .bytes_out = atomic_load(&tunnels->bytes[TUNNEL_HOST]),
        .bytes_in = atomic_load(&tunnels->bytes[TUNNEL_CLIENT]),
    };
}

void tunnels_stop(struct tunnels *tunnels)
{
    loop_post(tunnels->setup.loop, &tunnels->stop);
}

void tunnels_close(struct tunnels **tunnels_at)
{
    struct tunnels *tunnels = *tunnels_at;
    if (tunnels == NULL) {
        return;
    }
    INVARIANT(atomic_load(&tunnels->open) == 0);
    struct mem *mem = tunnels->setup.mem;
    void *block = tunnels->acceptors;
    mem_free(mem, &block);
    block = tunnels;
    mem_free(mem, &block);
    *tunnels_at = NULL;
}
