/* Lives of clusters: sim [--lives N] [--seed S] [--nodes N] [--ticks N].
 * Prints how often everything occurred, and ends with N passed, N failed. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "sim/life.h"
#include "sim/sim.h"

enum { MANY = 200 }; /* lives in which everything must have occurred */

static const char *const probe_names[] = {
#define SIM_PROBE_TEXT(name) #name,
    SIM_PROBES(SIM_PROBE_TEXT)
#undef SIM_PROBE_TEXT
};

struct options {
    uint64_t lives;
    uint64_t seed;
    uint64_t nodes; /* 0: 3 to 5, as the seed has it */
    uint64_t ticks;
};

static bool read_option(struct options *options, const char *name, const char *value)
{
    const struct {
        const char *name;
        uint64_t *to;
    } known[] = {{"--lives", &options->lives},
                 {"--seed", &options->seed},
                 {"--nodes", &options->nodes},
                 {"--ticks", &options->ticks}};
    char *end;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0) {
            *known[i].to = strtoull(value, &end, 10);
            return *value != 0 && *end == 0;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    struct options options = {.lives = 1, .seed = 1, .ticks = 5000};
    uint64_t probes[SIM_PROBES_COUNT] = {0};
    uint64_t failed = 0;
    uint64_t writes = 0;
    uint64_t faults = 0;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc || !read_option(&options, argv[i], argv[i + 1]) || options.nodes == 1 ||
            options.nodes > SIM_NODES_MAX) {
            fprintf(stderr, "usage: sim [--lives N] [--seed S] [--nodes 2..9] [--ticks N]\n");
            return 2;
        }
    }
    secret_allow_unlocked();
    time_t start = time(NULL);
    for (uint64_t i = 0; i < options.lives; i++) {
        struct life life = {.seed = options.seed + i,
                            .ticks = options.ticks,
                            .probes = probes,
                            .faults_max = UINT64_MAX};
        life.nodes = options.nodes != 0 ? options.nodes : 3 + life.seed % 3;
        life_live(&life);
        writes += life.writes;
        faults += life.faults;
        if (life.wrong != NULL) {
            failed++;
            printf("seed %" PRIu64 ", %zu nodes, after %" PRIu64 " ms: %s (%s)\n", life.seed,
                   life.nodes, life.lived_ms, life.wrong, life.detail);
        }
    }
    for (size_t i = 0; i < SIM_PROBES_COUNT; i++) {
        bool is_missing = probes[i] == 0 && options.lives >= MANY;
        failed += is_missing;
        printf("%-24s %" PRIu64 "%s\n", probe_names[i], probes[i], is_missing ? " FAILED" : "");
    }
    printf("%" PRIu64 " lives, %" PRIu64 " writes, %" PRIu64 " faults, %.0f s\n", options.lives,
           writes, faults, difftime(time(NULL), start));
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n",
           options.lives - (failed < options.lives ? failed : options.lives), failed);
    return failed == 0 ? 0 : 1;
}
