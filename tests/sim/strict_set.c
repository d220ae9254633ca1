/* The set of a life: what it can lose, and letting it grow. */
#include <string.h>

#include "sim/strict.h"

enum { GATHER_MS = 80000 };

struct strict *sim_strict_machine(const struct sim *sim, size_t at)
{
    const struct sim_node *node = &sim->nodes[at];
    return node->is_up && node->cluster != NULL ? cluster_strict(node->cluster) : NULL;
}

/* The node whose set is the newest; SIZE_MAX without any. */
size_t sim_strict_newest(const struct sim *sim)
{
    size_t best = SIZE_MAX;
    uint64_t number = 0;
    for (size_t at = 0; at < sim->count; at++) {
        const struct strict *strict = sim_strict_machine(sim, at);
        uint64_t set = strict == NULL ? 0 : strict_stats(strict, sim->now_ms).set;
        if (set > number) {
            number = set;
            best = at;
        }
    }
    return best;
}

/* Members of a set that run, and have what it needs, but for one node. */
size_t sim_strict_alive(const struct sim *sim, size_t set_of, size_t but, bool is_whole)
{
    struct strict_member members[STRICT_MEMBERS_MAX];
    size_t count = strict_members(sim_strict_machine(sim, set_of), members);
    uint64_t number = strict_stats(sim_strict_machine(sim, set_of), sim->now_ms).set;
    size_t alive = 0;
    for (size_t at = 0; at < sim->count; at++) {
        const struct sim_node *node = &sim->nodes[at];
        if (sim_strict_machine(sim, at) == NULL || at == but) {
            continue;
        }
        struct strict_stats stats = strict_stats(sim_strict_machine(sim, at), sim->now_ms);
        bool is_here = stats.set == number && stats.is_ready;
        for (size_t i = 0; i < count; i++) {
            alive +=
                memcmp(members[i].boot, node->boot_id, STRICT_BOOT) == 0 && (!is_whole || is_here);
        }
    }
    return alive;
}

bool sim_strict_may_end(const struct sim *sim, size_t at)
{
    size_t best = sim_strict_newest(sim);
    if (!sim_has(sim, SIM_HAS_STRICT) || best == SIZE_MAX) {
        return true;
    }
    size_t count = strict_stats(sim_strict_machine(sim, best), sim->now_ms).members;
    size_t needed = count == 2 ? 1 : count / 2 + 1;
    return sim_strict_alive(sim, best, at, true) >= needed;
}

void sim_strict_gather(struct sim *sim, void (*run)(struct sim *sim, uint64_t until_ms))
{
    uint64_t deadline_ms = sim->now_ms + GATHER_MS;
    bool is_whole = !sim_has(sim, SIM_HAS_STRICT);
    while (!is_whole && sim->wrong == NULL && sim->now_ms < deadline_ms) {
        run(sim, sim->now_ms + 1000);
        size_t best = sim_strict_newest(sim);
        is_whole = best != SIZE_MAX && sim_strict_alive(sim, best, SIZE_MAX, true) == sim->count;
    }
}
