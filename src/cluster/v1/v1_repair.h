/* What is done where version 1 and we would keep different writes of one key for ever.
 *
 * A node of version 1 lets the clock decide and asks the time only where clocks are concurrent; we
 * let the time decide. So where the earlier of two writes has the later clock, each side keeps its
 * own. Then the value that version 1 chose is written again, one millisecond after the later of the
 * two and under a clock above both, where either side takes it: same blob, same tie, same instant
 * of expiry. Any two of our nodes that do so write the same. Where clocks are honest the order of
 * clocks is that of times, and nothing is written again.
 * Used by v1_sync.h. Pure. Source: formats, section 12. */
#ifndef COFFER_CLUSTER_V1_V1_REPAIR_H
#define COFFER_CLUSTER_V1_V1_REPAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "record/record.h"
#include "record/vector_clock.h"

enum v1_repair {
    V1_REPAIR_NOTHING,
    V1_REPAIR_LOWER,   /* the earlier write again, which version 1 keeps */
    V1_REPAIR_GREATER, /* the later one, where clocks are equal and so mean the same to it */
};

/* What two records of one key call for. A tombstone under clock and time of the value that it meets
 * is what version 1 leaves of what it evicted: it deletes nothing. */
enum v1_repair v1_repair_of(const struct record *a, const struct record *b);

/* Whether that is what gone is, of a value. */
bool v1_repair_is_evicted(const struct record *gone, const struct record *value);

/* The write that does it. In: chosen, of version 1; over, what is here, the greater of the two or
 * chosen itself; wallet, ours; clock, [VECTOR_CLOCK_BYTES], for the clock of what is made. Out:
 * *ret, borrowing from chosen and clock, without an origin. */
void v1_repair_make(const struct record *chosen, const struct record *over,
                    const uint8_t wallet[static VECTOR_CLOCK_WALLET], uint8_t *clock,
                    struct record *ret);

#endif
