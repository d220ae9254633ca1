/* A new root in a calm, of which one node hears last: writes settle with it meanwhile, by the older
 * root. */
#include "cluster/handoff_guard.h"
#include "sim/start.h"

/* How long a new root takes at most in a calm, by the rules of nodes and of the simulated chain.
 * What failed before is tried again. Once there is a proposal two things go on at a time: it is
 * executed, by one of two nodes after the whole grace, as it knows of no other holder; and others
 * get the candidate, but not from a node that gave them roots less than a minute before. */
enum {
    TRIED_AGAIN_MS = ROOT_START_LOOK_MS + ROOT_START_RETRY_MAX_MS,
    SENT_MS = SIM_INCLUDED_MS + SIM_CHAIN_READ_MS,
    SEEN_DUE_MS = SIM_DUE_MS + SIM_CHAIN_READ_MS,
    EXECUTED_MS = SEEN_DUE_MS + ROOT_TURN_GRACE_MS + SENT_MS + SIM_FINAL_MS,
    HANDED_MS = HANDOFF_GUARD_EVERY_MS + TRIED_AGAIN_MS,
    COMES_MS = TRIED_AGAIN_MS + SENT_MS + (EXECUTED_MS > HANDED_MS ? EXECUTED_MS : HANDED_MS),
    RETRY_MS = 16000, /* then a peer that promised nothing, for its clock, was tried again */
};

static bool has_next(const struct sim *sim, size_t at)
{
    const struct sim_node *node = &sim->nodes[at];
    return sim_node_current(node) && root_keyring_has(node->roots, 1);
}

/* All but one, or all. */
static bool have_next(const struct sim *sim, size_t but)
{
    bool all = true;
    for (size_t at = 0; at < sim->count; at++) {
        all = all && (at == but || has_next(sim, at));
    }
    return all;
}

static void wait_for_next(struct sim *sim, size_t but,
                          void (*run)(struct sim *sim, uint64_t until_ms))
{
    uint64_t refused = sim->roots->refused;
    uint64_t deadline_ms = sim->now_ms + COMES_MS;
    while (sim->wrong == NULL && sim->now_ms < deadline_ms && !have_next(sim, but)) {
        run(sim, sim->now_ms + 100);
        /* Endpoints refuse in a calm too, which costs one more wait each time. */
        deadline_ms += (sim->roots->refused - refused) * ROOT_START_RETRY_MAX_MS;
        refused = sim->roots->refused;
    }
    if (sim->wrong == NULL && !have_next(sim, but)) {
        sim_violated(sim, "a next root does not come", "but to node %zu", but);
    }
}

/* No more than settle a write hear each other: two that are given, and those behind the first. */
static void cut_off_others(struct sim *sim, size_t one, size_t last)
{
    for (size_t i = 0; i < sim->count; i++) {
        for (size_t j = 0; j < sim->count; j++) {
            size_t i_behind = (i + sim->count - one) % sim->count;
            size_t j_behind = (j + sim->count - one) % sim->count;
            bool is_i_in = i == last || i_behind < sim->holders - 1;
            bool is_j_in = j == last || j_behind < sim->holders - 1;
            sim->is_cut[i][j] = is_i_in != is_j_in;
        }
    }
}

bool sim_epochs_come(struct sim *sim, void (*run)(struct sim *sim, uint64_t until_ms))
{
    struct sim_roots *roots = sim->roots;
    if (!roots->is_put_off || sim->wrong != NULL) {
        return false;
    }
    size_t last = sim_below(sim, sim->count);
    size_t one = (last + 1) % sim->count; /* so the last is not among those behind it */
    roots->is_put_off = false;
    roots->last = last + 1;
    roots->hold_ms = UINT64_MAX / 2;
    wait_for_next(sim, last, run);
    if (sim_has(sim, SIM_HAS_JUMPS)) {
        run(sim, sim->now_ms + RETRY_MS);
    }
    cut_off_others(sim, one, last);
    if (sim->wrong == NULL && !sim_client_settles(sim, one, run)) {
        sim_violated(sim, "a write does not settle with who has an older root", "node %zu, %zu",
                     one, last);
    }
    sim_seen(sim, SIM_SETTLED_WITH_LAST);
    roots->last = 0;
    sim_heal(sim);
    wait_for_next(sim, SIZE_MAX, run);
    return true;
}
