/* The service behind an HTTP server: requests go to the worker of their loop, answers leave when
 * their audit records are durable.
 *
 * An answer whose records are still on their way is staged in the server and held in the order of
 * its batch. When the batch is durable it is released; when it is lost, or not durable after
 * LIMIT_AUDIT_WAIT_MS, AUDIT_UNAVAILABLE leaves in its place.
 *
 * A request whose caller is being looked up is parked, and run again from the start at every
 * node_wake; for the last time after LIMIT_PARKED_MS or when the node stops, and then it is
 * answered whatever is known. Beyond LIMIT_PARKED it is refused at once.
 *
 * Where the keys of the node are elsewhere and using them means waiting (node_identity_is_remote),
 * requests with a proof are handed to loops at the back, which may wait, and their answers handed
 * back to the loop of their connection. Of those that wait for their turn there are LIMIT_PARKED at
 * most; who has waited for LIMIT_ODYN_WAIT_MS is refused, and all are while the keys are no use.
 * Used by programs/coffer-node. */
#ifndef COFFER_NODE_NODE_H
#define COFFER_NODE_NODE_H

#include <stddef.h>

#include "base/status.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "pipeline/context/service.h"

struct node;

/* Open data. All of it outlives the node, but for this struct. */
struct node_setup {
    struct service *service;
    struct loop *const *loops; /* one for each worker of the service; node_start starts them */
    size_t back_loops; /* so many of them, the last ones, take no connections; fewer than all */
    const struct listener *listeners;
    size_t listeners_count;
    struct http_server_limits limits;
    struct mem *mem;
};

/* Start serving. Returns: OK, NO_MEMORY, IO, INTERNAL. On failure: *ret_node is NULL. */
struct status node_start(const struct node_setup *setup, struct node **ret_node);

/* A lookup was answered: run the requests again that wait for one. From any thread, between
 * node_start and node_stop. */
void node_wake(struct node *node);

/* Let requests in work finish for up to grace_ms, then stop serving and write the audit records
 * that were made. The loops still run; nothing is answered any more. */
void node_stop(struct node *node, uint64_t grace_ms);

/* Give everything back; *node becomes NULL (it may be NULL). After node_stop and after the loops
 * have ended, those at the back first. */
void node_free(struct node **node);

#endif
