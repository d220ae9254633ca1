#include "cluster/v1/v1_repair.h"

#include <string.h>

#include "base/invariant.h"

bool v1_repair_is_evicted(const struct record *gone, const struct record *value)
{
    return (gone->flags & RECORD_TOMBSTONE) != 0 && gone->updated_at_ms == value->updated_at_ms &&
           bytes_equal(gone->clock, value->clock);
}

enum v1_repair v1_repair_of(const struct record *a, const struct record *b)
{
    VECTOR_CLOCK_LOCAL struct vector_clock above;
    VECTOR_CLOCK_LOCAL struct vector_clock below;
    int order = record_order(a, b);
    const struct record *greater = order > 0 ? a : b;
    const struct record *lower = order > 0 ? b : a;
    if (order == 0 || v1_repair_is_evicted(lower, greater)) {
        return V1_REPAIR_NOTHING;
    }
    INVARIANT(status_is_ok(vector_clock_read(greater->clock, &above)));
    INVARIANT(status_is_ok(vector_clock_read(lower->clock, &below)));
    switch (vector_clock_compare(&above, &below)) {
    case VECTOR_CLOCK_EQUAL:
        return V1_REPAIR_GREATER;
    case VECTOR_CLOCK_BEFORE:
        return V1_REPAIR_LOWER;
    case VECTOR_CLOCK_AFTER:
    case VECTOR_CLOCK_CONCURRENT:
    default:
        return V1_REPAIR_NOTHING;
    }
}

/* The ttl that ends at the same instant; what has ended by then ends at once. */
static uint64_t ttl_until(uint64_t expires_ms, uint64_t updated_at_ms)
{
    if (expires_ms == UINT64_MAX) {
        return 0;
    }
    return expires_ms > updated_at_ms ? expires_ms - updated_at_ms : 1;
}

void v1_repair_make(const struct record *chosen, const struct record *over,
                    const uint8_t wallet[static VECTOR_CLOCK_WALLET], uint8_t *clock,
                    struct record *ret)
{
    VECTOR_CLOCK_LOCAL struct vector_clock seen;
    struct buf out = buf_over(clock, VECTOR_CLOCK_BYTES);
    INVARIANT(status_is_ok(vector_clock_read(over->seen, &seen)));
    vector_clock_bump(&seen, wallet);
    vector_clock_write(&seen, &out);
    *ret = *chosen;
    ret->clock = buf_bytes(&out);
    ret->seen = ret->clock;
    ret->updated_at_ms = over->updated_at_ms + 1;
    if ((chosen->flags & RECORD_TOMBSTONE) == 0) {
        ret->ttl_ms =
            ttl_until(record_expires(chosen->updated_at_ms, chosen->ttl_ms), ret->updated_at_ms);
    }
    memset(ret->op, 0, sizeof ret->op);
    memset(ret->cause, 0, sizeof ret->cause);
}
