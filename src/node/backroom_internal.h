/* The loops of a node that take no connections: requests whose handling may wait for the holder of
 * the node's keys run there, so that nobody else waits. One queue for all of them, bounded as
 * LIMIT_PARKED says. Private to the node. */
#ifndef COFFER_NODE_BACKROOM_INTERNAL_H
#define COFFER_NODE_BACKROOM_INTERNAL_H

#include "node/station_internal.h"

void backroom_init(struct node *node);

/* Give up what is left in the queue. When all loops have ended. */
void backroom_deinit(struct node *node);

/* Have a flight run there; its request is kept in its job. On its own loop.
 * Returns: OK; OVERLOADED when the queue is full; NO_MEMORY. On failure: it runs here still. */
struct status backroom_put(struct flight *flight, const struct request *request);

/* Run what is next in the queue, if anything is. A task of a station at the back, its context. */
void backroom_fetch(void *context);

#endif
