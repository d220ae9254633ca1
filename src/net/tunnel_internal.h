/* One tunnel: two connections, and what passes between them. Private to src/net. */
#ifndef COFFER_NET_TUNNEL_INTERNAL_H
#define COFFER_NET_TUNNEL_INTERNAL_H

#include <stdatomic.h>
#include <uv.h>

#include "base/limits.h"
#include "net/http1.h"
#include "net/tunnels.h"

enum tunnel_state {
    TUNNEL_HEAD,      /* its request is not whole */
    TUNNEL_RESOLVING, /* its host is looked up */
    TUNNEL_DIALING,
    TUNNEL_OPEN,
    TUNNEL_ENDING, /* refused: the answer is out, what comes is thrown away */
    TUNNEL_STATES, /* in no queue: closed */
};

enum { TUNNEL_CLIENT, TUNNEL_HOST, TUNNEL_SIDES, TUNNEL_ADDRESSES = 8 };

/* One of its connections. */
struct tunnel_side {
    uv_poll_t poll;
    int fd;        /* -1: none */
    int events;    /* that poll waits for */
    uint8_t *kept; /* bytes for it that it did not take; NULL: none */
    size_t kept_len;
    size_t kept_done;
    bool is_read_out; /* nothing more comes from it */
    bool is_ended;    /* nothing more goes to it */
};

struct tunnel {
    struct tunnels *home;
    struct tunnel *prev;
    struct tunnel *next;
    enum tunnel_state state;
    uint64_t since_ms;
    struct tunnel_side side[TUNNEL_SIDES];
    size_t handles; /* of libuv, and the request of a name: it is freed when there are none */
    uint8_t *head;  /* what came of the request, LIMIT_TUNNEL_HEAD; NULL once it is read */
    size_t head_len;
    struct http1_progress progress;
    struct tunnels_target target;
    struct socket_address addresses[TUNNEL_ADDRESSES]; /* to be tried, those that may be */
    size_t address_count;
    size_t address_at;
    uv_getaddrinfo_t lookup;
};

struct tunnel_queue {
    struct tunnel *first;
    struct tunnel *last;
};

struct tunnels_acceptor {
    uv_poll_t poll;
    struct tunnels *home;
    int fd;
};

struct tunnels {
    struct tunnels_setup setup;
    struct tunnel_queue queues[TUNNEL_STATES];
    struct tunnels_acceptor *acceptors;
    size_t acceptors_count;
    uv_timer_t tick;
    struct loop_task stop;
    struct http1_head head;
    _Atomic uint64_t open;
    _Atomic uint64_t made;
    _Atomic uint64_t refused;
    _Atomic uint64_t turned;
    _Atomic uint64_t timeouts;
    _Atomic uint64_t bytes[TUNNEL_SIDES]; /* that went to it */
    uint8_t scratch[LIMIT_TUNNEL_READ];
};

/* Take over an accepted descriptor. Returns: OK, NO_MEMORY, IO. On failure: fd is the caller's. */
struct status tunnel_new(struct tunnels *home, int fd);

/* Close it, whatever it does. In: is_abort, both sides are to see that it was cut. */
void tunnel_drop(struct tunnel *tunnel, bool is_abort);

/* Move it to the end of a queue. */
void tunnel_enter(struct tunnel *tunnel, enum tunnel_state state);

/* Say why there will be no tunnel, and end. */
void tunnel_refuse(struct tunnel *tunnel, struct status why);

/* Its time in its state is over. */
void tunnel_expire(struct tunnel *tunnel);

/* Wait for these events of libuv at one of its sides, or for none. In: index, of the side. */
void tunnel_wait(struct tunnel *tunnel, size_t index, int events);

/* --- tunnel_pass.c --- */

/* Send bytes to a side and keep what it does not take. Nothing may be kept for it.
 * Returns: false when it is gone, or there is no memory. */
bool tunnel_send(struct tunnel *tunnel, size_t side, struct bytes data);

/* An event at one side of an open tunnel. In: index, of the side. */
void tunnel_pass(struct tunnel *tunnel, size_t index, int events);

/* Wait for whatever is due at both sides. */
void tunnel_settle(struct tunnel *tunnel);

#endif
