/* Requests of other nodes to this one as a home, shared out by what they are.
 *
 * Whoever makes such requests has a desk. The first byte of a request says which one it is for; the
 * port of a desk gives the requests for it and no others, and is otherwise the one that all are
 * behind. A request for no desk is answered with one byte 0. What comes while another desk has
 * DESK_WAITING of its own waits where it is.
 *
 * Any thread; a lock of its own, which is taken before that of the port. Used by the service. */
#ifndef COFFER_CLUSTER_STRICT_STRICT_DESKS_H
#define COFFER_CLUSTER_STRICT_STRICT_DESKS_H

#include "base/mem.h"
#include "cluster/strict/strict_port.h"

enum {
    STRICT_DESK_STATEMENTS = 1,
    STRICT_DESK_LANES,
    STRICT_DESKS,
    STRICT_DESK_WAITING = 8,
};

struct strict_desks;

/* In: port and mem, which outlive it. Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status strict_desks_open(struct mem *mem, const struct strict_port *port,
                                struct strict_desks **ret);

/* It may be NULL. Nobody may use a port of it any more. */
void strict_desks_close(struct strict_desks **desks);

/* In: desk, 1 to STRICT_DESKS - 1. Lives as long as the desks. */
const struct strict_port *strict_desks_port(const struct strict_desks *desks, size_t desk);

#endif
