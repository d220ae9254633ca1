/* Strict records of a node without a cluster: one machine that is the first set by itself, behind a
 * lock.
 *
 * It is the home of every slot, what it puts is held at once, and it is always fresh; there is
 * nobody to forward to, and nobody asks. Its records are in memory only.
 * Used by the service where there is no membership. */
#ifndef COFFER_CLUSTER_STRICT_STRICT_ALONE_H
#define COFFER_CLUSTER_STRICT_STRICT_ALONE_H

#include "base/clock.h"
#include "cluster/strict/strict_port.h"

struct strict_alone;

/* In: as strict_setup; mem and what clock and entropy refer to outlive it. */
struct strict_alone_setup {
    struct mem *mem;
    struct clock clock;
    struct entropy entropy;
    uint8_t domain[STRICT_DOMAIN];
    struct strict_member self;
    size_t bytes_max;
};

/* Returns: OK; NO_MEMORY; ENTROPY. On failure: *ret is NULL. */
struct status strict_alone_open(const struct strict_alone_setup *setup, struct strict_alone **ret);

/* It may be NULL. */
void strict_alone_close(struct strict_alone **alone);

/* Until it is closed. */
const struct strict_port *strict_alone_port(const struct strict_alone *alone);

#endif
