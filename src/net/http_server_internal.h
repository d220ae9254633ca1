/* What connections see of their server. */
#ifndef COFFER_NET_HTTP_SERVER_INTERNAL_H
#define COFFER_NET_HTTP_SERVER_INTERNAL_H

#include <stdatomic.h>
#include <uv.h>

#include "base/clock.h"
#include "base/thread.h"
#include "net/connection_internal.h"
#include "net/http_server.h"

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
    struct http_server *server;
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
    _Atomic uint64_t connections;
    _Atomic uint64_t accepted;
    _Atomic uint64_t evicted;
    _Atomic uint64_t timeouts;
    struct thread_lock lock; /* of the following */
    struct thread_signal changed;
    size_t reports[HTTP_SERVER_PHASES];
    bool has_failed;
};

/* Look whether this loop is done with what it was told, after anything that may have ended it. */
void http_server_check(struct connection_home *home);

#endif
