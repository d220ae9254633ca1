#include "pipeline/turn.h"

#include "base/limits.h"

bool turn_is_over(const struct work *work)
{
    uint64_t now_ns = clock_monotonic_ns(work->clock);
    return now_ns - work->turn_ns > (uint64_t)LIMIT_TURN_US * 1000;
}
