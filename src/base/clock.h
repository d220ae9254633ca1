/* The clock port: where time comes from. Real time, or virtual time in tests and simulation. */
#ifndef COFFER_BASE_CLOCK_H
#define COFFER_BASE_CLOCK_H

#include <stdint.h>

/* Wall time as an interval that contains the truth, Unix milliseconds, lo <= hi. */
struct clock_interval {
    uint64_t lo_ms;
    uint64_t hi_ms;
};

struct clock {
    void *context;
    /* Nanoseconds since an arbitrary start; never goes back, and goes on while the machine sleeps.
     */
    uint64_t (*monotonic_ns)(void *context);
    struct clock_interval (*wall)(void *context);
};

/* The clocks of the operating system, trusted as they are (lo equals hi). */
struct clock clock_system(void);

uint64_t clock_monotonic_ns(const struct clock *clock);
uint64_t clock_monotonic_ms(const struct clock *clock);
struct clock_interval clock_wall(const struct clock *clock);

#endif
