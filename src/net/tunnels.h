/* Tunnels of HTTP (CONNECT): a listener through which others reach hosts and ports.
 *
 * Which, says a policy, given as a function table: by host and port before anything is looked up,
 * and by address afterwards, so that a name that leads elsewhere today leads nowhere. Bytes pass
 * both ways as they come: what one side does not take is kept, up to LIMIT_TUNNEL_READ, and no more
 * is read from the other meanwhile. An end of one direction is passed on while the other goes on;
 * an abort of one side aborts the other. All on one loop. Used by the gateway, for its node.
 * Source: RFC 9110 section 9.3.6, RFC 9112 section 3.2.3. */
#ifndef COFFER_NET_TUNNELS_H
#define COFFER_NET_TUNNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/status.h"
#include "net/listener.h"
#include "net/loop.h"

enum { TUNNELS_HOST_MAX = 256 /* with its NUL */ };

/* What a tunnel leads to. */
struct tunnels_target {
    bool is_name; /* host is to be looked up; otherwise it is address */
    char host[TUNNELS_HOST_MAX];
    struct socket_address address;
    uint16_t port;
};

/* Called in the thread of the loop. */
struct tunnels_policy {
    void *context;
    /* In: authority, unsafe, as the request has it. Out: *ret, whose
     * host is for the log in any case. Returns: OK; a failure to refuse. */
    struct status (*admit)(void *context, struct bytes authority, struct tunnels_target *ret);
    /* In: an address that the host leads to. Returns: OK; a failure: it is not connected to. */
    struct status (*check)(void *context, const struct socket_address *address);
    /* There will be none. In: target, what is known of it; its host may be "". Out: body, JSON. */
    void (*refuse)(void *context, const struct tunnels_target *target, struct status why,
                   struct buf *body);
};

struct tunnels_setup {
    struct loop *loop;
    const struct listener *listeners; /* outlive the tunnels */
    size_t listeners_count;           /* from 1 */
    struct tunnels_policy policy;
    size_t connections;  /* at the same time */
    uint64_t head_ms;    /* for a request to arrive */
    uint64_t connect_ms; /* to look up, and to connect */
    uint64_t idle_ms;    /* without a byte either way */
    struct mem *mem;     /* for tunnels, and for bytes that were not taken */
};

struct tunnels;

/* Start to serve, before the loop is started. Returns: OK, NO_MEMORY, IO.
 * On failure: tunnels_close is still due, after loop_free. */
struct status tunnels_open(const struct tunnels_setup *setup, struct tunnels **ret);

/* Numbers of now, from any thread. */
struct tunnels_stats {
    uint64_t open;     /* connections, whatever they do */
    uint64_t tunnels;  /* that came about since the start, as the following */
    uint64_t refused;  /* or failed */
    uint64_t turned;   /* away: there were too many */
    uint64_t timeouts; /* of whatever they did */
    uint64_t bytes_out;
    uint64_t bytes_in; /* from the hosts */
};
struct tunnels_stats tunnels_stats(const struct tunnels *tunnels);

/* Cut all. From any thread; it is done when the loop has run its tasks, so that tunnels_close comes
 * after loop_free, which waits for names that are being looked up. */
void tunnels_stop(struct tunnels *tunnels);

/* Give it back after loop_free; *tunnels becomes NULL and may be NULL. */
void tunnels_close(struct tunnels **tunnels);

#endif
