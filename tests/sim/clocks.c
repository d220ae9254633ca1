/* What a node may do with a clock like its, by what the simulation knows of all clocks: a node that
 * is far from all others, and has compared itself with one of them, acknowledges nothing; one that
 * is near all of them is not refused for its clock. What lies between is not judged. */
#include "sim/sim.h"

enum {
    OLD_MS = CLUSTER_CLOCK_MS + 1000, /* what was heard before that counts no more */
    QUICK_MS = 200,                   /* there and back, on a network that is not slow */
};

static bool is_steady(const struct sim *sim, uint64_t since_ms)
{
    return since_ms == 0 || sim->now_ms - since_ms > OLD_MS;
}

/* How far all others are ahead of a node, at least and at most, if that has not changed since
 * anybody can have heard of it. */
static bool compare_clocks(const struct sim *sim, size_t at, int64_t *ret_least, int64_t *ret_most)
{
    *ret_least = INT64_MAX;
    *ret_most = INT64_MIN;
    for (size_t i = 0; i < sim->count; i++) {
        const struct sim_node *other = &sim->nodes[i];
        int64_t ahead_ms = other->skew_ms - sim->nodes[at].skew_ms;
        if (i == at) {
            continue;
        }
        if (!is_steady(sim, other->jumped_ms)) {
            return false;
        }
        *ret_least = ahead_ms < *ret_least ? ahead_ms : *ret_least;
        *ret_most = ahead_ms > *ret_most ? ahead_ms : *ret_most;
    }
    return sim->count > 1;
}

/* Whether it has compared itself with one that is there still, lately and quickly: an answer that
 * waited for a node that was paused says less. */
static bool has_compared(const struct sim *sim, size_t at)
{
    const struct sim_node *node = &sim->nodes[at];
    bool is_there = node->walk_ms != 0 && sim->now_ms - node->walk_ms < OLD_MS - 2000 &&
                    is_steady(sim, sim->slow_ms);
    for (size_t i = 0; i < sim->count; i++) {
        const struct sim_node *other = &sim->nodes[i];
        bool was_paused =
            other->paused_until_ms != 0 && sim->now_ms < other->paused_until_ms + OLD_MS;
        is_there = is_there && !was_paused &&
                   (i == at || (other->is_up && other->start_ms < node->walk_ms));
    }
    return is_there;
}

void sim_clock_acknowledges(struct sim *sim, size_t at)
{
    int64_t least;
    int64_t most;
    if (!has_compared(sim, at) || !compare_clocks(sim, at, &least, &most)) {
        return;
    }
    if (least > CLUSTER_SKEW_MS + QUICK_MS || most < -CLUSTER_SKEW_MS - QUICK_MS) {
        sim_violated(sim, "a node acknowledges with a clock far from the others'",
                     "node %zu, %lld to %lld ms", at, (long long)least, (long long)most);
    }
}

void sim_clock_refuses(struct sim *sim, size_t at)
{
    int64_t least;
    int64_t most;
    sim_seen(sim, SIM_CLOCK_SUSPECT);
    if (compare_clocks(sim, at, &least, &most) && least >= -CLUSTER_SKEW_MS &&
        most <= CLUSTER_SKEW_MS) {
        sim_violated(sim, "a node refuses for a clock like the others'",
                     "node %zu, %lld to %lld ms", at, (long long)least, (long long)most);
    }
}
