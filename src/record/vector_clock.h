/* Vector clocks: how often which node wrote a record.
 *
 * Canonical: wallets ascend, no count is zero. A clock names at most LIMIT_CLOCK_NODES nodes (a
 * node has a new wallet after each start); beyond that the smallest (count, wallet) fall out. As a
 * bump exceeds every count of the clock, those are the nodes that wrote longest ago; and dropping
 * them keeps the join commutative, associative and idempotent.
 * Used by records and by what reads and writes them. Source: formats, section 7. */
#ifndef COFFER_RECORD_VECTOR_CLOCK_H
#define COFFER_RECORD_VECTOR_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"

enum {
    VECTOR_CLOCK_WALLET = 20,
    VECTOR_CLOCK_ENTRY = VECTOR_CLOCK_WALLET + 8,                    /* bytes of an encoded entry */
    VECTOR_CLOCK_BYTES = 2 + LIMIT_CLOCK_NODES * VECTOR_CLOCK_ENTRY, /* encoded, at most */
};

/* For locals with room for a clock: the compiler shall not fill them with zeros first, which took a
 * quarter of a read. */
#define VECTOR_CLOCK_LOCAL __attribute__((uninitialized))

struct vector_clock_entry {
    uint8_t wallet[VECTOR_CLOCK_WALLET];
    uint64_t count;
};

/* Empty with len 0; what lies behind len does not count. */
struct vector_clock {
    size_t len;
    struct vector_clock_entry entries[LIMIT_CLOCK_NODES];
};

enum vector_clock_relation {
    VECTOR_CLOCK_EQUAL,
    VECTOR_CLOCK_BEFORE, /* a is before b: nothing in a exceeds b, and they differ */
    VECTOR_CLOCK_AFTER,
    VECTOR_CLOCK_CONCURRENT,
};

/* How a is to b; what a clock does not name counts as zero. */
enum vector_clock_relation vector_clock_compare(const struct vector_clock *a,
                                                const struct vector_clock *b);

/* The count of a wallet; 0 when it is not named. */
uint64_t vector_clock_count(const struct vector_clock *clock,
                            const uint8_t wallet[static VECTOR_CLOCK_WALLET]);

/* Raise clock to the greater of both, wallet by wallet. */
void vector_clock_join(struct vector_clock *clock, const struct vector_clock *other);

/* Raise one wallet to count; a count of 0 changes nothing. Reads clocks whose wallets come in any
 * order. */
void vector_clock_raise(struct vector_clock *clock,
                        const uint8_t wallet[static VECTOR_CLOCK_WALLET], uint64_t count);

/* Count a write: the wallet's count becomes one more than any in the clock (2^64 - 1 stays). */
void vector_clock_bump(struct vector_clock *clock,
                       const uint8_t wallet[static VECTOR_CLOCK_WALLET]);

/* The entry with the greatest (count, wallet): the writer, if the clock is as a write left it.
 * NULL for the empty clock. */
const struct vector_clock_entry *vector_clock_latest(const struct vector_clock *clock);

/* Append the encoding: count u16, then wallet and u64, ascending. */
void vector_clock_write(const struct vector_clock *clock, struct buf *out);

/* Read an encoding, all of it. Returns: OK; RECORD_INVALID when it is not canonical or names too
 * many. On failure: *ret_clock is empty. */
struct status vector_clock_read(struct bytes encoded, struct vector_clock *ret_clock);

#endif
