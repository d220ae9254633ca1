#include "base/wall_clock.h"

/* Milliseconds of 285,000 years: what is beyond is no time, and sums do not overflow. */
static const uint64_t latest_ms = (uint64_t)1 << 53;

static uint64_t sensible(uint64_t ms)
{
    return ms < latest_ms ? ms : latest_ms;
}

static uint64_t at_least_zero(int64_t ms)
{
    return ms < 0 ? 0 : (uint64_t)ms;
}

/* Without the floor. */
static struct clock_interval own_time(const struct wall_clock *wall)
{
    if (!atomic_load(&wall->is_attested)) {
        return clock_wall(&wall->machine);
    }
    uint64_t since_ms = atomic_load(&wall->since_ms);
    uint64_t now_ms = clock_monotonic_ms(&wall->machine);
    uint64_t age_ms = now_ms > since_ms ? now_ms - since_ms : 0;
    int64_t drift_ms = (int64_t)((age_ms + WALL_CLOCK_DRIFT - 1) / WALL_CLOCK_DRIFT);
    int64_t lo_ms = (int64_t)now_ms + atomic_load(&wall->lo_off_ms) - drift_ms;
    int64_t hi_ms = (int64_t)now_ms + atomic_load(&wall->hi_off_ms) + drift_ms;
    return (struct clock_interval){at_least_zero(lo_ms),
                                   at_least_zero(hi_ms > lo_ms ? hi_ms : lo_ms)};
}

/* Returns: what the floor is then. */
static uint64_t raise_floor(struct wall_clock *wall, uint64_t to_ms)
{
    uint64_t floor_ms = atomic_load_explicit(&wall->floor_ms, memory_order_relaxed);
    while (to_ms > floor_ms && !atomic_compare_exchange_weak(&wall->floor_ms, &floor_ms, to_ms)) {
    }
    return to_ms > floor_ms ? to_ms : floor_ms;
}

static struct clock_interval bounds(void *context)
{
    struct wall_clock *wall = context;
    struct clock_interval now = own_time(wall);
    uint64_t floor_ms = raise_floor(wall, now.lo_ms);
    return (struct clock_interval){now.lo_ms, now.hi_ms > floor_ms ? now.hi_ms : floor_ms};
}

static uint64_t machine_monotonic_ns(void *context)
{
    const struct wall_clock *wall = context;
    return clock_monotonic_ns(&wall->machine);
}

void wall_clock_init(struct wall_clock *wall, const struct clock *machine)
{
    *wall = (struct wall_clock){.machine = *machine};
}

struct clock wall_clock_port(struct wall_clock *wall)
{
    return (struct clock){wall, machine_monotonic_ns, bounds};
}

void wall_clock_block(struct wall_clock *wall, uint64_t time_s)
{
    uint64_t time_ms = time_s < latest_ms / 1000 ? time_s * 1000 : latest_ms;
    (void)raise_floor(wall, time_ms > WALL_CLOCK_BLOCK_MS ? time_ms - WALL_CLOCK_BLOCK_MS : 0);
}

/* What was known before holds too, as far as both can. What is past of it stays so. */
static struct clock_interval narrow(struct wall_clock *wall, struct clock_interval made)
{
    struct clock_interval known = own_time(wall);
    (void)raise_floor(wall, known.lo_ms);
    struct clock_interval both = {known.lo_ms > made.lo_ms ? known.lo_ms : made.lo_ms,
                                  known.hi_ms < made.hi_ms ? known.hi_ms : made.hi_ms};
    return both.lo_ms <= both.hi_ms ? both : made;
}

/* Between being asked for and being there it was made, in the millisecond that it says. */
bool wall_clock_attested(struct wall_clock *wall, uint64_t asked_ms, uint64_t answered_ms,
                         uint64_t time_ms)
{
    bool is_slow = answered_ms < asked_ms || answered_ms - asked_ms > WALL_CLOCK_ANSWER_MS;
    if (is_slow || atomic_exchange(&wall->is_taking, true)) {
        return false;
    }
    uint64_t least_ms = sensible(time_ms);
    struct clock_interval now = {least_ms, least_ms + 1 + (answered_ms - asked_ms)};
    if (atomic_load(&wall->is_attested)) {
        now = narrow(wall, now);
    } else {
        atomic_store(&wall->floor_ms, 0);
    }
    atomic_store(&wall->lo_off_ms, (int64_t)(now.lo_ms - answered_ms));
    atomic_store(&wall->hi_off_ms, (int64_t)(now.hi_ms - answered_ms));
    atomic_store(&wall->since_ms, answered_ms);
    atomic_store(&wall->is_attested, true);
    atomic_store(&wall->is_taking, false);
    return true;
}

struct wall_clock_health wall_clock_health(const struct wall_clock *wall)
{
    struct clock_interval own = own_time(wall);
    struct clock_interval host = clock_wall(&wall->machine);
    uint64_t floor_ms = atomic_load(&wall->floor_ms);
    struct wall_clock_health health = {
        .now = own,
        .is_attested = atomic_load(&wall->is_attested),
        .floor_ms = floor_ms,
    };
    if (floor_ms > own.hi_ms) {
        health.now.hi_ms = floor_ms;
        health.behind_ms = floor_ms - own.hi_ms;
        health.is_behind = health.behind_ms > WALL_CLOCK_BEHIND_MS;
    }
    if (host.hi_ms < own.lo_ms) {
        health.host_off_ms = -(int64_t)(own.lo_ms - host.hi_ms);
    } else if (host.lo_ms > own.hi_ms) {
        health.host_off_ms = (int64_t)(host.lo_ms - own.hi_ms);
    }
    return health;
}
