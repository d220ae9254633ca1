/* What must hold of roots after every step. */
#include <string.h>

#include "sim/start.h"

/* The root that a node has installed; NULL: none. */
static const struct secret32 *root_of(const struct sim_node *node)
{
    return root_keyring_master(node->roots, 0);
}

static void check_installed(struct sim *sim, size_t at, const struct secret32 *root)
{
    struct sim_roots *roots = sim->roots;
    uint8_t hash[ROOT_GATE_HASH];
    uint8_t final[ROOT_GATE_HASH];
    if (!roots->is_installed) {
        roots->is_installed = true;
        roots->installed = *root;
        root_master_hash(root, hash);
        if (!sim_chain_final(sim, sim->now_ms, final) || memcmp(hash, final, sizeof hash) != 0) {
            sim_violated(sim, "a root was installed that is not the final one", "node %zu", at);
        }
    }
    if (memcmp(roots->installed.b, root->b, sizeof root->b) != 0) {
        sim_violated(sim, "there are two roots", "node %zu", at);
    }
    const struct root *next = root_keyring_root(sim->nodes[at].roots, 1);
    if (next != NULL) {
        root_check_hash(next, hash);
        if (!sim_epochs_final(sim, final) || memcmp(hash, final, sizeof hash) != 0) {
            sim_violated(sim, "a next root was installed that is not the final one", "node %zu",
                         at);
        }
    }
    if (root_keyring_newest_epoch(sim->nodes[at].roots) > 1) {
        sim_violated(sim, "there is a root of an epoch that nobody made", "node %zu", at);
    }
}

void sim_start_check(struct sim *sim, size_t at)
{
    const struct sim_node *node = &sim->nodes[at];
    const struct secret32 *root = root_of(node);
    bool is_open = status_is_ok(root_start_check(node->rooting->start));
    bool is_serving =
        status_is_ok(root_gate_check(node->rooting->gate, REGISTRY_SERVE, sim->now_ms));
    bool is_stopped = root_start_state(node->rooting->start) == ROOT_START_CONFLICT;
    if (root != NULL) {
        check_installed(sim, at, root);
    }
    if ((root != NULL) != is_open && !is_stopped) {
        sim_violated(sim, "what is installed and what the machine says differ", "node %zu", at);
    }
    if ((is_serving || node->cluster != NULL) && root == NULL) {
        sim_violated(sim, "a node serves without a root", "node %zu", at);
    }
}

/* At the end of a life: the chain shows another final hash. The node stops and keeps its root. */
void sim_start_conflict(struct sim *sim, size_t at)
{
    static uint8_t memory[ROOT_START_MESSAGE_MAX];
    struct sim_node *node = &sim->nodes[at];
    struct root_start *start = node->rooting->start;
    struct root_start_chain chain = {.kind = ROOT_CHAIN_FINAL, .count = 1, .hashes = {{0xbd}}};
    struct root_start_action action;
    struct buf answer = buf_over(memory, sizeof memory);
    uint64_t due_ms;
    struct cluster_now now = sim_now(node);
    root_start_chain(start, &now, &chain);
    bool is_told =
        root_start_next(start, &now, &action, &due_ms) && action.kind == ROOT_START_STOPPED;
    handoff_put_ask(sim_domain, &answer);
    struct status status =
        root_start_serve(start, &now, &sim->nodes[0].wallet, buf_bytes(&answer), &answer);
    /* What it said before does not come back. */
    chain = sim_chain_root(sim, node);
    root_start_chain(start, &now, &chain);
    if (!is_told || status.code != STATUS_ROOT_CONFLICT || root_of(node) == NULL ||
        root_start_check(start).code != STATUS_ROOT_CONFLICT) {
        sim_violated(sim, "a conflict did not stop a node, or lost its root", "node %zu", at);
    }
    sim_seen(sim, SIM_CONFLICT);
}
