/* The loops of a node that take no connections: requests whose handling may wait for the holder of
 * the node's keys run there, so that nobody else waits. One queue for all of them, bounded as
 * LIMIT_PARKED says. Private to node.c. */
#ifndef COFFER_NODE_BACKROOM_INTERNAL_H
#define COFFER_NODE_BACKROOM_INTERNAL_H

#include "node/node_internal.h"

void backroom_init(struct node *node);

/* Forget what is left. When all loops have ended. */
void backroom_deinit(struct node *node);

/* Copy a request and have it run there. On its own loop. Returns: false when the queue is full. */
bool backroom_put(struct station *home, struct http_request *request, uint64_t started_ns);

/* Run what is next in the queue, if anything is. A task of a station at the back, its context. */
void backroom_fetch(void *context);

/* Copy an answer, in the place of one that is there. Returns: false when there is no memory, and no
 * answer. */
bool backroom_stage(struct parked *errand, const struct http1_response *response);

/* Send the errand home, which answers its request: OVERLOADED when it has no answer. Then it is
 * gone. On the thread of a station at the back. */
void backroom_send(struct parked *errand);

/* Forget one that never got home. When all loops have ended. */
void backroom_drop(struct node *node, struct parked *errand);

#endif
