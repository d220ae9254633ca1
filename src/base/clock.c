#include "base/clock.h"

#include <stddef.h>
#include <time.h>

#include "base/invariant.h"

static uint64_t read_ns(clockid_t id)
{
    struct timespec now;
    INVARIANT(clock_gettime(id, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* While a machine sleeps leases run out: a node that wakes up has seen nothing meanwhile. */
static uint64_t system_monotonic_ns(void *context)
{
    (void)context;
    return read_ns(CLOCK_BOOTTIME);
}

static struct clock_interval system_wall(void *context)
{
    (void)context;
    uint64_t now_ms = read_ns(CLOCK_REALTIME) / 1000000u;
    return (struct clock_interval){now_ms, now_ms};
}

struct clock clock_system(void)
{
    return (struct clock){NULL, system_monotonic_ns, system_wall};
}

uint64_t clock_monotonic_ns(const struct clock *clock)
{
    return clock->monotonic_ns(clock->context);
}

uint64_t clock_monotonic_ms(const struct clock *clock)
{
    return clock_monotonic_ns(clock) / 1000000u;
}

struct clock_interval clock_wall(const struct clock *clock)
{
    return clock->wall(clock->context);
}
