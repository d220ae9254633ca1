/* The chain: which instances are registered, as each node sees it: late, or not at all. */
#include <string.h>

#include "base/invariant.h"
#include "sim/start.h"

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

uint64_t sim_chain_view_ms(const struct sim_node *node)
{
    uint64_t ms = node->sim->now_ms - node->view_lag_ms;
    return ms > node->view_floor_ms ? ms : node->view_floor_ms;
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
    uint64_t seen_ms = sim_chain_view_ms(node);
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

bool sim_chain_evil(const struct sim *sim, uint64_t at_ms)
{
    return at_ms >= sim->roots->evil_since_ms && at_ms < sim->roots->evil_until_ms;
}

/* Blocks come every second; a grant is as new as the block that it was read at. */
enum { BLOCK_MS = 1000 };

static struct status lookup(void *context, const struct registry_question *question,
                            struct registry_grant *ret_grant)
{
    const struct sim_node *node = context;
    const struct sim *sim = node->sim;
    uint64_t seen_ms = sim_chain_view_ms(node) / BLOCK_MS * BLOCK_MS;
    *ret_grant = (struct registry_grant){0};
    if (question->now_ms < node->chain_lost_until_ms) {
        return FAIL(REGISTRY_LOST);
    }
    if (eth_address_equal(&question->wallet, &sim->roots->evil)) {
        *ret_grant = (struct registry_grant){.wallet = sim->roots->evil,
                                             .instance_id = SIM_INSTANCES_MAX + 1,
                                             .measurement = {SIM_ENROLLED + 1},
                                             .seen_ms = seen_ms,
                                             .deadline_ms = seen_ms + REGISTRY_HAND_OFF_MS};
        bool is_enrolled = sim_chain_evil(sim, seen_ms);
        *ret_grant = is_enrolled ? *ret_grant : (struct registry_grant){0};
        return is_enrolled ? OK : FAIL(VERSION_NOT_ENROLLED);
    }
    for (size_t i = 0; i < sim->instance_count; i++) {
        const struct sim_instance *instance = &sim->instances[i];
        if (eth_address_equal(&question->wallet, &instance->wallet)) {
            if (instance->since_ms > seen_ms || instance->until_ms <= seen_ms) {
                return FAIL(INSTANCE_NOT_ACTIVE);
            }
            *ret_grant = (struct registry_grant){.wallet = instance->wallet,
                                                 .instance_id = i + 1,
                                                 .measurement = {SIM_ENROLLED},
                                                 .seen_ms = seen_ms,
                                                 .deadline_ms = seen_ms + REGISTRY_HAND_OFF_MS};
            return OK;
        }
    }
    return FAIL(INSTANCE_NOT_FOUND);
}

static struct status root_hash(void *context, enum registry_use use, uint64_t now_ms,
                               struct registry_root *ret_root)
{
    const struct sim_node *node = context;
    struct root_start_chain chain = sim_chain_root(node->sim, node);
    (void)use;
    *ret_root = (struct registry_root){.is_published = chain.kind == ROOT_CHAIN_FINAL,
                                       .deadline_ms = now_ms + 1};
    memcpy(ret_root->hash, chain.hashes[0], sizeof ret_root->hash);
    return chain.kind == ROOT_CHAIN_UNKNOWN ? FAIL(REGISTRY_LOST) : OK;
}

static struct registry_health health(void *context, uint64_t now_ms)
{
    (void)context;
    (void)now_ms;
    return (struct registry_health){0};
}

struct registry_port sim_chain_port(struct sim_node *node)
{
    return (struct registry_port){.context = node,
                                  .lookup = lookup,
                                  .root = root_hash,
                                  .peers = list_peers,
                                  .health = health};
}
