/* When a batch of audit records is handed over: a flush costs much the same for one record as for
 * many, so a batch waits for the requests that are in the sockets already. It never waits while
 * there are none, and never longer than LIMIT_AUDIT_GATHER_US.
 * A value of one loop; time and the count of requests are passed in. Used by the node. */
#ifndef COFFER_AUDIT_GATHER_H
#define COFFER_AUDIT_GATHER_H

#include <stdbool.h>
#include <stdint.h>

struct gather {
    uint64_t since_ns;
    uint64_t seen; /* requests at the last look */
    bool has_looked;
};

/* From now on a batch could be handed over. */
struct gather gather_start(uint64_t now_ns);

/* After a look at all sockets. In: requests, how many there have been since the loop began.
 * Returns: whether to look once more before the batch is handed over; always after the first look,
 * whose requests were there before. */
bool gather_more(struct gather *gather, uint64_t requests, uint64_t now_ns);

#endif
