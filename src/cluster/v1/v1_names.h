/* How nodes of version 1 spell wallets in clocks.
 *
 * They compare names as texts, and a node counts its writes under the spelling that it has for
 * itself: lower case, or that of EIP-55. Who hands on the other one makes two counters of one. So
 * what was read with capital letters is written so again. Of more wallets than a clock can name
 * the oldest are forgotten. Used by records of version 1. One owner at a time.
 * Source: the reference of the Nova KMS, sections 3.4, 5.4 and 10.4. */
#ifndef COFFER_CLUSTER_V1_V1_NAMES_H
#define COFFER_CLUSTER_V1_V1_NAMES_H

#include <stddef.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "ethereum/eth_address.h"

/* Empty when all zero. */
struct v1_names {
    size_t count; /* of all that were noted */
    struct eth_address list[LIMIT_CLOCK_NODES];
};

/* Read a wallet, and note how it is written. Returns: as eth_address_read. */
struct status v1_names_read(struct v1_names *names, struct bytes text, struct eth_address *ret);

/* Append a wallet as it was written. */
void v1_names_put(const struct v1_names *names, const struct eth_address *wallet, struct buf *out);

#endif
