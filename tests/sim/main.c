/* Lives of clusters. Prints how often everything occurred, what is left of the first lives that
 * went wrong when they are made smaller, and ends with N passed, N failed. */
#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "sim/life.h"
#include "sim/sim.h"

enum { MANY = 200 }; /* lives in which everything must have occurred */

static const char *const probe_names[] = {
#define SIM_PROBE_TEXT(name) #name,
    SIM_PROBES(SIM_PROBE_TEXT)
#undef SIM_PROBE_TEXT
};

static const char *const feature_names[] = {
#define SIM_FEATURE_TEXT(name) #name,
    SIM_FEATURES(SIM_FEATURE_TEXT)
#undef SIM_FEATURE_TEXT
};

enum { JOBS_MAX = 64, SHRINK_MAX = 3 };

struct options {
    uint64_t lives;
    uint64_t seed;
    uint64_t nodes; /* 0: 2 to 5, as the seed has it */
    uint64_t ticks;
    uint64_t faults;
    uint64_t without;
    uint64_t jobs; /* lives at a time */
    uint64_t shrink;
    uint64_t piece; /* of a longer run, which sees itself that everything occurred */
};

static bool read_option(struct options *options, const char *name, const char *value)
{
    const struct {
        const char *name;
        uint64_t *to;
    } known[] = {{"--lives", &options->lives},   {"--seed", &options->seed},
                 {"--nodes", &options->nodes},   {"--ticks", &options->ticks},
                 {"--faults", &options->faults}, {"--without", &options->without},
                 {"--jobs", &options->jobs},     {"--shrink", &options->shrink},
                 {"--piece", &options->piece}};
    char *end;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0) {
            *known[i].to = strtoull(value, &end, 0);
            return *value != 0 && *end == 0;
        }
    }
    return false;
}

static bool read_options(int argc, char **argv, struct options *ret)
{
    *ret = (struct options){
        .lives = 1, .seed = 1, .ticks = 5000, .faults = UINT64_MAX, .jobs = 1, .shrink = 1};
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc || !read_option(ret, argv[i], argv[i + 1])) {
            return false;
        }
    }
    return ret->nodes != 1 && ret->nodes <= SIM_NODES_MAX && ret->jobs >= 1 &&
           ret->jobs <= JOBS_MAX;
}

/* What came of all lives. */
struct total {
    uint64_t probes[SIM_PROBES_COUNT];
    uint64_t failed;
    uint64_t shrunk;
    uint64_t writes;
    uint64_t faults;
    uint64_t whole;
};

static void say_wrong(const struct life *life)
{
    printf("seed %" PRIu64 ", %" PRIu64 " nodes, after %" PRIu64 " ms: %s (%s)\n", life->seed,
           life->nodes, life->lived_ms, life->wrong, life->detail);
}

/* The same again, with less in it. */
static void say_smaller(struct life *life)
{
    life_shrink(life);
    printf("  make sim LIVES=1 SEED=%" PRIu64 " NODES=%" PRIu64 " TICKS=%" PRIu64 " FAULTS=%" PRIu64
           " WITHOUT=0x%" PRIx64 "\n  has",
           life->seed, life->nodes, life->ticks, life->faults_max, life->without);
    for (size_t i = 0; i < SIM_FEATURES_COUNT; i++) {
        if ((life->without >> i & 1) == 0) {
            printf(" %s", feature_names[i]);
        }
    }
    printf(", after %" PRIu64 " ms: %s (%s)\n", life->lived_ms, life->wrong, life->detail);
}

static void count_life(const struct options *options, struct life *life, struct total *total)
{
    total->writes += life->writes;
    total->faults += life->faults;
    total->whole += life_is_whole(life);
    for (size_t i = 0; i < SIM_PROBES_COUNT; i++) {
        total->probes[i] += life->probes[i];
    }
    if (life->wrong[0] != 0) {
        total->failed++;
        say_wrong(life);
        if (options->shrink != 0 && total->shrunk++ < SHRINK_MAX) {
            say_smaller(life);
        }
    }
}

static void live_all(const struct options *options, struct total *total)
{
    struct life *lives[JOBS_MAX];
    int processes[JOBS_MAX];
    for (size_t i = 0; i < options->jobs; i++) {
        lives[i] = life_new();
    }
    for (uint64_t i = 0; i < options->lives + options->jobs; i++) {
        size_t place = i % options->jobs;
        struct life *life = lives[place];
        if (i >= options->jobs && i - options->jobs < options->lives) {
            life_wait(life, processes[place]);
            count_life(options, life, total);
        }
        if (i < options->lives) {
            uint64_t seed = options->seed + i;
            *life = (struct life){.seed = seed,
                                  .ticks = options->ticks,
                                  .nodes = options->nodes != 0 ? options->nodes : 2 + seed % 4,
                                  .without = options->without,
                                  .faults_max = options->faults};
            processes[place] = life_start(life);
        }
    }
    for (size_t i = 0; i < options->jobs; i++) {
        life_free(lives[i]);
    }
}

/* Lives would spend a third of their time on getting pages, one by one. What is freed stays, and
 * comes in large pages; processes of lives have the same after their fork. */
static void take_large_pages(void)
{
    enum { MEMORY = 128 << 20, LARGE = 2 << 20 };
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
    (void)mallopt(M_TOP_PAD, MEMORY);
    void *first = malloc(1 << 20);
    uintptr_t start = ((uintptr_t)first + LARGE) & ~(uintptr_t)(LARGE - 1);
    uintptr_t end = (uintptr_t)sbrk(0) & ~(uintptr_t)(LARGE - 1);
    free(first);
    if (first != NULL && start < end) {
        (void)madvise((void *)start, end - start, MADV_HUGEPAGE);
    }
}

int main(int argc, char **argv)
{
    struct options options;
    struct total total = {0};
    struct timespec start;
    struct timespec end;
    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: sim [--lives N] [--seed S] [--nodes 2..9] [--ticks N] [--faults N]"
                        " [--without BITS] [--jobs N] [--shrink 0] [--piece 1]\n");
        return 2;
    }
    secret_allow_unlocked();
    take_large_pages();
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    live_all(&options, &total);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    for (size_t i = 0; i < SIM_PROBES_COUNT; i++) {
        bool is_missing = total.probes[i] == 0 && options.lives >= MANY && options.piece == 0;
        total.failed += is_missing;
        printf("%-24s %" PRIu64 "%s\n", probe_names[i], total.probes[i],
               is_missing ? " FAILED" : "");
    }
    double seconds =
        difftime(end.tv_sec, start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    printf("%" PRIu64 " lives, %" PRIu64 " writes, %" PRIu64
           " faults, %.0f s, %.1f lives a second\n",
           options.lives, total.writes, total.faults, seconds, (double)options.lives / seconds);
    bool are_few = options.lives >= MANY && options.ticks >= LIFE_TICKS && options.nodes == 0 &&
                   options.faults >= MANY && total.whole < options.lives / 2;
    total.failed += are_few;
    printf("%" PRIu64 " whole: %d nodes, %d ticks, %d writes and %d faults at least%s\n",
           total.whole, LIFE_NODES, LIFE_TICKS, LIFE_WRITES, LIFE_FAULTS, are_few ? " FAILED" : "");
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n",
           options.lives - (total.failed < options.lives ? total.failed : options.lives),
           total.failed);
    return total.failed == 0 ? 0 : 1;
}
