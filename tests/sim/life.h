/* One life of a cluster, apart from others: what ends its process ends that life only. */
#ifndef COFFER_TESTS_SIM_LIFE_H
#define COFFER_TESTS_SIM_LIFE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/sim.h"

struct life {
    uint64_t seed;
    uint64_t ticks;
    uint64_t nodes;
    uint64_t without;    /* bit i: nothing of feature i, whatever the seed says */
    uint64_t faults_max; /* faults that strike, then no more */
    /* what came of it */
    char wrong[100]; /* the first violation; empty: none */
    char detail[200];
    uint64_t writes;
    uint64_t faults;
    uint64_t lived_ms;
    uint64_t probes[SIM_PROBES_COUNT];
};

/* What a life has that counts as one. */
enum { LIFE_NODES = 3, LIFE_TICKS = 5000, LIFE_WRITES = 200, LIFE_FAULTS = 5 };

static inline bool life_is_whole(const struct life *life)
{
    return life->nodes >= LIFE_NODES && life->ticks >= LIFE_TICKS && life->writes >= LIFE_WRITES &&
           life->faults >= LIFE_FAULTS;
}

/* In this process. */
void life_live(struct life *life);

/* In one of its own. In: life, of life_new. Then life_wait tells what came of it. */
struct life *life_new(void);
void life_free(struct life *life);
int life_start(struct life *life); /* returns: the process */
void life_wait(struct life *life, int process);

/* Make a life that went wrong smaller, for as long as the same goes wrong in it. In: life, with
 * what came of it, of life_new. */
void life_shrink(struct life *life);

#endif
