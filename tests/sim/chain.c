/* The chain: which instances are registered, as each node sees it: late, or not at all. */
#include <string.h>

#include "base/invariant.h"
#include "sim/sim.h"

void sim_chain_register(struct sim *sim, size_t at)
{
    INVARIANT(sim->instance_count < SIM_INSTANCES_MAX);
    sim->instances[sim->instance_count++] = (struct sim_instance){
        .wallet = sim->nodes[at].wallet,
        .node = at,
        .boot = sim->nodes[at].boot,
        .since_ms = sim->now_ms,
        .until_ms = UINT64_MAX,
    };
}

void sim_chain_end(struct sim *sim, size_t at, uint64_t at_ms)
{
    for (size_t i = 0; i < sim->instance_count; i++) {
        struct sim_instance *instance = &sim->instances[i];
        if (eth_address_equal(&instance->wallet, &sim->nodes[at].wallet)) {
            instance->until_ms = at_ms;
        }
    }
}

static size_t list_peers(void *context, uint64_t now_ms,
                         struct registry_peer ret_peers[static REGISTRY_PEERS_MAX])
{
    const struct sim_node *node = context;
    const struct sim *sim = node->sim;
    size_t count = 0;
    if (now_ms < node->chain_lost_until_ms) {
        return 0;
    }
    uint64_t seen_ms = now_ms - node->view_lag_ms;
    for (size_t i = 0; i < sim->instance_count; i++) {
        const struct sim_instance *instance = &sim->instances[i];
        bool is_own = eth_address_equal(&instance->wallet, &node->wallet);
        if (!is_own && (instance->since_ms > seen_ms || instance->until_ms <= seen_ms)) {
            continue;
        }
        ret_peers[count] = (struct registry_peer){.grant = {.wallet = instance->wallet,
                                                            .instance_id = i + 1,
                                                            .deadline_ms = now_ms + 60000}};
        count++;
    }
    return count;
}

struct registry_port sim_chain_port(struct sim_node *node)
{
    return (struct registry_port){.context = node, .peers = list_peers};
}
