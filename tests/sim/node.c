/* One node: the production code with its store and its root, and what it does next. */
#include <string.h>

#include "base/invariant.h"
#include "keys/root_keyring.h"
#include "sim/endpoints.h"
#include "sim/rush.h"
#include "sim/snapshots.h"
#include "sim/start.h"
#include "sim/strict.h"

const uint8_t sim_domain[DOMAIN_ID] = {0xc0, 0xff};

enum { NODE_BYTES = 64 << 20 };

/* What a node takes at most, as it is; whatever needs more has to say so here. */
enum { USUAL_BYTES = 3392 << 10, PEER_BYTES = 24 << 10, LARGE_BYTES = 16 << 20 };

static const uint64_t EPOCH_MS = 1700000000000;

uint64_t sim_wall_ms(const struct sim *sim, const struct sim_node *node)
{
    return (uint64_t)((int64_t)(EPOCH_MS + sim->now_ms) + node->skew_ms);
}

struct cluster_now sim_now(struct sim_node *node)
{
    uint64_t wall_ms = sim_wall_ms(node->sim, node) - node->late_ms;
    if (wall_ms > node->latest_wall_ms) {
        node->latest_wall_ms = wall_ms;
    }
    return (struct cluster_now){.ms = node->sim->now_ms - node->late_ms, .wall_ms = wall_ms};
}

void sim_tenant(size_t tenant, uint8_t ret[static DOMAIN_TENANT_ID])
{
    memset(ret, (int)(0x70 + tenant), DOMAIN_TENANT_ID);
}

void sim_value_keys(const struct sim_node *node, size_t tenant, struct value_seal_keys *ret)
{
    uint8_t id[DOMAIN_TENANT_ID];
    SECRET32(key);
    sim_tenant(tenant, id);
    value_seal_keys_init(ret, sim_domain, id);
    for (uint32_t epoch = 0; epoch <= root_keyring_has(node->roots, 1); epoch++) {
        root_values_key(root_keyring_root(node->roots, epoch), id, &key);
        value_seal_keys_add(ret, epoch, &key);
    }
    value_seal_keys_seal_with(ret, root_keyring_newest_epoch(node->roots));
}

bool sim_node_current(const struct sim_node *node)
{
    return node->is_up && node->cluster != NULL && status_is_ok(cluster_check(node->cluster));
}

static void must(struct status status)
{
    INVARIANT(status_is_ok(status));
}

static void wake(struct sim *sim, struct sim_event *event)
{
    struct sim_node *node = &sim->nodes[event->node];
    if (node->is_up && node->boot == event->boot && node->wake_ms == event->at_ms) {
        node->wake_ms = UINT64_MAX;
        sim_node_act(sim, event->node);
    }
}

static void wake_at(struct sim *sim, size_t at, uint64_t due_ms)
{
    struct sim_node *node = &sim->nodes[at];
    if (due_ms >= node->wake_ms && node->wake_ms > sim->now_ms) {
        return;
    }
    struct sim_event *event = sim_event_new((struct bytes){NULL, 0});
    event->happen = wake;
    event->node = at;
    event->boot = node->boot;
    node->wake_ms = due_ms > sim->now_ms ? due_ms : sim->now_ms + 1;
    sim_at(sim, node->wake_ms, event);
}

/* Let its part of the cluster act. */
static void act_as_member(struct sim *sim, size_t at, uint64_t *ret_due_ms)
{
    struct sim_node *node = &sim->nodes[at];
    struct cluster_action action;
    struct cluster_now now = sim_now(node);
    sim_strict_acted(sim, at);
    while (cluster_next(node->cluster, &now, &action, ret_due_ms)) {
        if (action.kind == CLUSTER_SEND) {
            sim_send(sim, at, &action);
            continue;
        }
        if (action.kind == CLUSTER_SETTLED && sim->holders == 3) {
            sim_seen(sim, SIM_SETTLED_BY_THREE);
        }
        if (!rush_told(sim, at, &action)) {
            sim_client_told(sim, at, &action);
        }
    }
    if (kv_stats(node->kv).waiting != 0) {
        sim_seen(sim, SIM_WAITED);
    }
    if (cluster_stats(node->cluster).repaired != node->repaired) {
        node->repaired = cluster_stats(node->cluster).repaired;
        sim_seen(sim, SIM_PULLED);
    }
    const struct cluster_stats stats = cluster_stats(node->cluster);
    if (stats.walks != node->walks) {
        node->walks = stats.walks;
        node->walk_ms = sim->now_ms;
    }
    if (stats.members < node->members) {
        node->walk_ms = 0; /* what a peer's clock said is forgotten with it */
    }
    node->members = stats.members;
    if (sim_node_current(node) != node->was_current) {
        node->was_current = true;
        sim_seen(sim, SIM_BECAME_CURRENT);
        sim_client_current(sim, at);
        rush_current(sim, at);
        sim_tempt(sim, sim_below(sim, sim->count));
    }
}

void sim_node_act(struct sim *sim, size_t at)
{
    struct sim_node *node = &sim->nodes[at];
    uint64_t start_due_ms = UINT64_MAX;
    uint64_t due_ms = UINT64_MAX;
    if (sim->now_ms < node->paused_until_ms) {
        wake_at(sim, at, node->paused_until_ms);
        return;
    }
    if (!sim_node_current(node)) { /* as the membership does */
        registry_look_again(&node->registry, sim->now_ms);
    }
    sim_start_act(sim, at, &start_due_ms);
    if (node->cluster != NULL) {
        act_as_member(sim, at, &due_ms);
        sim_epochs_act(sim, at, &due_ms);
    }
    size_t peers = node->cluster == NULL ? 0 : cluster_stats(node->cluster).peers;
    size_t large = sim_has(sim, SIM_HAS_LARGE) ? LARGE_BYTES : 0;
    size_t snapshots = sim->snapshots != NULL ? SNAPSHOTS_BYTES : 0;
    size_t most = USUAL_BYTES + RUSH_BYTES + peers * PEER_BYTES + large + snapshots;
    if (mem_used(&node->mem) > most) {
        sim_violated(sim, "a node takes more memory than it may", "%zu", mem_used(&node->mem));
    }
    wake_at(sim, at, due_ms < start_due_ms ? due_ms : start_due_ms);
}

void sim_node_start(struct sim *sim, size_t at)
{
    struct sim_node *node = &sim->nodes[at];
    uint64_t boot = node->boot + 1;
    *node = (struct sim_node){.is_up = true,
                              .boot = boot,
                              .start_ms = sim->now_ms,
                              .sim = sim,
                              .skew_ms = node->skew_ms,
                              .jumped_ms = node->jumped_ms};
    node->wake_ms = UINT64_MAX;
    sim_fill(sim, node->boot_id, sizeof node->boot_id);
    sim_fill(sim, node->wallet.b, sizeof node->wallet.b);
    mem_init(&node->mem, NODE_BYTES);
    struct entropy entropy = {sim, sim_entropy};
    struct kv_limits limits = kv_limits_default();
    if (sim_has(sim, SIM_HAS_QUOTAS)) {
        limits.app_bytes = RUSH_QUOTA;
    }
    node->registry = sim_chain_port(node);
    if (sim_has(sim, SIM_HAS_ENDPOINTS)) {
        sim_endpoints_open(sim, at);
        node->registry = sim_endpoints_port(node);
    }
    must(kv_open(&limits, node->wallet.b, &node->mem, &node->kv));
    must(root_keyring_open(sim_domain, &entropy, &node->roots));
    sim_start_open(sim, at);
    sim_chain_register(sim, at);
    wake_at(sim, at, sim->now_ms);
}

void sim_node_restart(struct sim *sim, struct sim_event *event)
{
    if (!sim->nodes[event->node].is_up) {
        sim_node_start(sim, event->node);
    }
}

/* Whether nobody has records: they are in memory only, and nobody who runs could have any. What a
 * node needs to know that by itself is not simulated. */
static bool is_first(const struct sim *sim)
{
    for (size_t i = 0; i < sim->count; i++) {
        if (sim->nodes[i].is_up && sim->nodes[i].cluster != NULL) {
            return false;
        }
    }
    return true;
}

void sim_node_join(struct sim *sim, size_t at)
{
    struct sim_node *node = &sim->nodes[at];
    if (is_first(sim) && snapshots_hold(sim, at)) {
        return;
    }
    struct cluster_setup setup = {
        .mem = &node->mem,
        .entropy = {sim, sim_entropy},
        .kv = node->kv,
        .roots = node->roots,
        .registry = &node->registry,
        .wallet = node->wallet,
        .holders = sim->holders,
        .is_first = is_first(sim),
    };
    setup.restored = snapshots_take_strict(sim, at, &setup.origin);
    memcpy(setup.domain, sim_domain, sizeof sim_domain);
    memcpy(setup.boot, node->boot_id, sizeof setup.boot);
    node->was_current = setup.is_first;
    struct cluster_now now = sim_now(node);
    must(cluster_open(&setup, &now, &node->cluster));
}

void sim_node_kill(struct sim *sim, size_t at)
{
    struct sim_node *node = &sim->nodes[at];
    if (!node->is_up) {
        return;
    }
    if (sim->model != NULL) {
        sim_client_lost(sim, at);
    }
    rush_lost(sim, at);
    snapshots_lost(sim, at);
    cluster_close(&node->cluster);
    sim_start_close(sim, at);
    kv_close(&node->kv);
    root_keyring_close(&node->roots);
    sim_endpoints_close(sim, at);
    node->is_up = false;
    if (mem_used(&node->mem) != 0) {
        sim_violated(sim, "a node that ended kept memory", "%zu", mem_used(&node->mem));
    }
}
