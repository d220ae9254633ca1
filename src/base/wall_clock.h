/* Wall time with bounds, made of what says something about it.
 *
 * The node's own time is what the host's clock says, or, from the first attestation on, the time in
 * that document and what the monotonic clock has counted since; the host's clock means nothing
 * then. lo is the least that its own time is. hi is the most that it is, and never below the floor:
 * the greatest of all that was once said to be past already, by a block of the chain or by its own
 * clock. So a clock that is set back brings nothing to life again that had expired: hi stands still
 * until the clock has caught up, lo goes back with it, and who has to be sure of both ends refuses
 * meanwhile. A block never moves lo: who lies about the chain makes nothing valid early.
 *
 * While no clock is set back lo <= the time <= hi, if the one in use is right; the monotonic one to
 * one part in WALL_CLOCK_DRIFT. By the host's clock hi never goes back; when an attestation brings
 * the bounds nearer, by no more than they were apart.
 * Any thread; nobody waits. Used by programs/coffer-node. Source: formats, section 9. */
#ifndef COFFER_BASE_WALL_CLOCK_H
#define COFFER_BASE_WALL_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

enum {
    WALL_CLOCK_DRIFT = 5000,      /* the monotonic clock is wrong by one part in so many at most */
    WALL_CLOCK_BEHIND_MS = 2000,  /* more than a second to leap: the clock is wrong */
    WALL_CLOCK_BLOCK_MS = 30000,  /* that a block may seem to be from the future */
    WALL_CLOCK_ANSWER_MS = 10000, /* an attestation that took longer says too little */
};

/* Zeros before wall_clock_init. */
struct wall_clock {
    struct clock machine;
    _Atomic uint64_t floor_ms;
    _Atomic bool is_attested;
    _Atomic bool is_taking; /* an attestation */
    /* With an attestation: at since_ms by the monotonic clock it was from lo_ms to hi_ms. The last
     * is written last and read first: what is newer than it is only taken to be older. */
    _Atomic int64_t lo_off_ms; /* wall less monotonic */
    _Atomic int64_t hi_off_ms;
    _Atomic uint64_t since_ms;
};

struct wall_clock_health {
    struct clock_interval now;
    bool is_attested;
    uint64_t floor_ms;
    uint64_t behind_ms;  /* so much hi is above the own time */
    bool is_behind;      /* by more than WALL_CLOCK_BEHIND_MS: CLOCK_BEHIND */
    int64_t host_off_ms; /* so much the host's clock is before (below 0) or after the own time */
};

/* Out: *wall, with the host's clock and no floor. In: machine, its clocks as they are. */
void wall_clock_init(struct wall_clock *wall, const struct clock *machine);

/* What tells its time; the monotonic clock is the machine's. *wall outlives it. */
struct clock wall_clock_port(struct wall_clock *wall);

/* A block that a quorum has agreed on is of that time, Unix seconds: it is past, less
 * WALL_CLOCK_BLOCK_MS. */
void wall_clock_block(struct wall_clock *wall, uint64_t time_s);

/* A document of the security module that was asked for at one moment of the monotonic clock and
 * there at another, ms, and is of that time, Unix ms. The first one takes the host's place, and
 * what the host has said is forgotten, which is to be before anything is judged by it.
 * Returns: false when it is not taken: it took longer than WALL_CLOCK_ANSWER_MS, or another thread
 * brings one. */
bool wall_clock_attested(struct wall_clock *wall, uint64_t asked_ms, uint64_t answered_ms,
                         uint64_t time_ms);

struct wall_clock_health wall_clock_health(const struct wall_clock *wall);

#endif
