/* One life of a cluster. */
#ifndef COFFER_TESTS_SIM_LIFE_H
#define COFFER_TESTS_SIM_LIFE_H

#include <stddef.h>
#include <stdint.h>

struct life {
    uint64_t seed;
    uint64_t ticks;
    size_t nodes;
    uint64_t without;    /* bit i: no SIM_FEATURES i, whatever the seed says */
    uint64_t faults_max; /* strikes, then none */
    uint64_t *probes;    /* counted on, over all lives */
    /* what came of it */
    const char *wrong; /* the first violation; NULL: none */
    char detail[200];
    uint64_t writes;
    uint64_t faults;
    uint64_t lived_ms;
};

void life_live(struct life *life);

#endif
