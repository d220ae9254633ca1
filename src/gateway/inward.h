/* The way in to a node: requests of four families of paths, whole, to one node and no other.
 *
 * As a handler of net/http_server.h: requests are read by its rules and within its limits before
 * anything of them goes to the node, so that there is one way to read them; answers are whole
 * before they go back. What is signed passes as it came (gateway/forwarded.h). One more listener,
 * of this machine alone, answers /health and /metrics. Used by coffer-gateway. */
#ifndef COFFER_GATEWAY_INWARD_H
#define COFFER_GATEWAY_INWARD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/status.h"
#include "net/address/socket_address.h"
#include "net/http_server.h"
#include "net/loop.h"

struct inward;

enum { INWARD_ANSWER_MAX = 8 * 1024 * 1024 };

struct inward_setup {
    struct loop *const *loops; /* of the server */
    size_t loops_count;
    struct socket_address node;
    size_t connections; /* to the node, of each loop */
    uint64_t connect_ms;
    uint64_t answer_ms;
    size_t status_listener; /* index among the server's */
    /* Append the rest of /metrics. From any loop. */
    void (*metrics)(void *context, struct buf *out);
    void *metrics_context;
    struct mem *mem;
};

/* Before the loops are started. Returns: OK, NO_MEMORY. On failure: inward_close is still due. */
struct status inward_open(const struct inward_setup *setup, struct inward **ret);

struct http_server_handler inward_handler(struct inward *inward);

/* Append one metric, in the text format of Prometheus. In: type, counter or gauge. */
void inward_put_metric(struct buf *out, const char *name, const char *type, uint64_t value);

/* Drop what is under way: after http_server_stop, and before http_server_free. */
void inward_stop(struct inward *inward);

/* Give it back after loop_free; *inward becomes NULL and may be NULL. */
void inward_close(struct inward **inward);

#endif
