/* A new root while the cluster runs: somebody makes it, every node gets it at another moment, and
 * when all have it its hash is on the chain. How nodes get it is not decided; what must hold is
 * that they go on meanwhile. In some lives new values are sealed under it at once, in others when
 * all have it; then that may not be before the end, and nodes have to agree without. */
#include <string.h>

#include "base/invariant.h"
#include "sim/start.h"

/* Into the keyring and the carrier of a node. */
static void install_next(struct sim *sim, size_t at)
{
    struct sim_roots *roots = sim->roots;
    const struct handoff_root next = {.epoch = 1, .master = roots->next};
    struct sim_carrier *carrier = &roots->carriers[at];
    struct status status = root_keyring_install(sim->nodes[at].roots, 1, &roots->next);
    INVARIANT(status_is_ok(status) && carrier->count < SIM_STORED_MAX);
    bool is_stored = false;
    for (size_t i = 0; i < carrier->count; i++) {
        is_stored = is_stored || carrier->list[i].epoch == 1;
    }
    if (!is_stored) {
        carrier->before = carrier->count;
        carrier->list[carrier->count++] = next;
    }
    sim_seen(sim, SIM_NEXT_INSTALLED);
}

static void spread(struct sim *sim, struct sim_event *event)
{
    struct sim_roots *roots = sim->roots;
    size_t have = 0;
    sim->stream = SIM_OF_FAULTS;
    if (sim->is_calm && roots->is_next_slow && roots->next_ms == 0) {
        return;
    }
    for (size_t i = 0; i < sim->count; i++) {
        struct sim_node *node = &sim->nodes[i];
        bool is_there = node->is_up && node->cluster != NULL;
        if (is_there && !root_keyring_has(node->roots, 1) &&
            (sim->is_calm || sim_chance(sim, roots->is_next_slow ? 20 : 200))) {
            install_next(sim, i);
        }
        have += is_there && root_keyring_has(node->roots, 1);
    }
    if (have == sim->count && roots->next_ms == 0) {
        roots->next_ms = sim->now_ms;
        sim_seen(sim, SIM_ROTATED);
    }
    sim_later(sim, sim->is_calm ? 500 : 1 + sim_below(sim, 3000), event->happen, 0);
}

static void make_next(struct sim *sim, struct sim_event *event)
{
    struct sim_roots *roots = sim->roots;
    SECRET(root, root);
    sim->stream = SIM_OF_FAULTS;
    sim_fill(sim, roots->next.b, sizeof roots->next.b);
    root_init(&root, &roots->next, sim_domain, 1);
    root_check_hash(&root, roots->next_hash);
    INVARIANT(roots->secret_count < SIM_SECRETS_MAX);
    roots->secrets[roots->secret_count++] = roots->next;
    roots->has_next = true;
    /* Two deletions of one millisecond, which rush.c has, a store seals again under its newest. */
    roots->is_next_slow = sim_chance(sim, 500) && !sim_has(sim, SIM_HAS_RUSH);
    event->happen = spread;
    spread(sim, event);
}

void sim_epochs_start(struct sim *sim)
{
    if (sim_has(sim, SIM_HAS_ROTATION)) {
        sim_later(sim, 1000 + sim_below(sim, 20000), make_next, 0);
    }
}
