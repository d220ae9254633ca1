/* What goes wrong while nodes start: hosts, an instance of other code, and nodes that die. */
#include <string.h>

#include "base/invariant.h"
#include "sim/endpoints.h"
#include "sim/start.h"

static void kill_node(struct sim *sim, size_t at)
{
    if (sim->nodes[at].is_up) {
        sim_chain_end(sim, at, sim->now_ms);
        sim_node_kill(sim, at);
        sim_seen(sim, SIM_KILLED_STARTING);
        sim_later(sim, 1 + sim_below(sim, 3000), sim_node_restart, at);
    }
}

/* Before anything was installed anybody may die: there are no records yet. */
static void kill_now(struct sim *sim, struct sim_event *event)
{
    if (sim_has(sim, SIM_HAS_KILLS) && sim->nodes[event->node].boot == event->boot &&
        !sim->roots->is_installed && !sim->is_calm) {
        sim_seen(sim, SIM_KILLED_PUBLISHING);
        if (sim_has(sim, SIM_HAS_HOSTS) && sim_chance(sim, 300)) {
            sim->roots->carriers[event->node].storage = SIM_STORAGE_GARBLED;
            sim->roots->carriers[event->node].storage_ms = sim->now_ms;
        }
        kill_node(sim, event->node);
    }
}

void sim_kill_later(struct sim *sim, size_t at, uint64_t ms)
{
    sim_later(sim, ms, kill_now, at);
}

static void kill_all(struct sim *sim, struct sim_event *event)
{
    (void)event;
    if (sim->is_calm || sim->roots->is_past_start) {
        return;
    }
    sim_seen(sim, SIM_KILLED_ALL);
    for (size_t i = 0; i < sim->count; i++) {
        kill_node(sim, i);
    }
}

/* --- hosts ------------------------------------------------------------------------------------ */

static void change_storage(struct sim *sim, struct sim_event *event)
{
    struct sim_carrier *carrier = &sim->roots->carriers[sim_below(sim, sim->count)];
    if (sim->is_calm) {
        return;
    }
    carrier->storage = (enum sim_storage)sim_below(sim, SIM_STORAGES);
    if (sim_chance(sim, 400)) {
        carrier->storage = SIM_STORAGE_HONEST;
    }
    carrier->storage_ms = sim->now_ms;
    sim_later(sim, 500 + sim_below(sim, sim_chance(sim, 300) ? 30000 : 6000), event->happen, 0);
}

/* --- an instance of code that is not enrolled --------------------------------------------------*/

/* The instance that ended last, unless that node may have given it a nonce before. */
static struct sim_instance *former_instance(struct sim *sim, size_t holder)
{
    for (size_t i = sim->instance_count; i-- != 0;) {
        struct sim_instance *instance = &sim->instances[i];
        if (instance->until_ms != UINT64_MAX && instance->until_ms + SIM_BLOCK_MS <= sim->now_ms) {
            return (instance->asked >> holder & 1) == 0 ? instance : NULL;
        }
    }
    return NULL;
}

/* Enrolled code, in an instance that is not registered any more: its host lets it run on. */
static void ask_as_former(struct sim *sim, size_t at)
{
    static uint8_t answer_memory[ROOT_START_MESSAGE_MAX];
    static uint8_t out_memory[ROOT_START_MESSAGE_MAX];
    struct sim_node *node = &sim->nodes[at];
    struct sim_instance *former = former_instance(sim, at);
    if (former == NULL) {
        return;
    }
    struct cluster_now now = sim_now(node);
    struct simulated_module module = {.measurement = {SIM_ENROLLED}, .wall_ms = now.wall_ms};
    struct handoff_ports ports = {{sim, sim_entropy}, simulated_port(&module)};
    struct handoff_ends ends = {.asker = former->wallet, .holder = node->wallet};
    struct handoff_epochs epochs = {.count = 1};
    enum handoff_holds holds;
    SECRET(handoff_asking, asking);
    memcpy(ends.domain, sim_domain, sizeof ends.domain);
    struct buf answer = buf_over(answer_memory, sizeof answer_memory);
    struct buf out = buf_over(out_memory, sizeof out_memory);
    former->asked |= (uint64_t)1 << at;
    handoff_put_ask(sim_domain, &out);
    struct status status =
        root_start_serve(node->rooting->start, &now, &ends.asker, buf_bytes(&out), &answer);
    if (status_is_ok(status) &&
        status_is_ok(handoff_read_have(buf_bytes(&answer), &holds, ends.nonce)) &&
        holds == HANDOFF_ROOTS) {
        out.len = 0;
        answer.len = 0;
        INVARIANT(status_is_ok(handoff_ask(&ports, &ends, &epochs, &out, &asking)));
        status =
            root_start_serve(node->rooting->start, &now, &ends.asker, buf_bytes(&out), &answer);
        if (status_is_ok(status)) {
            sim_violated(sim, "an instance that had ended was given the root", "node %zu", at);
        }
        sim_seen(sim, SIM_FORMER_REFUSED);
    }
    sim_judge_handoff(sim, status, buf_bytes(&answer));
}

/* By what the node has seen of the chain. */
static bool may_be_enrolled(const struct sim *sim, const struct sim_node *node)
{
    if (node->reader != NULL) { /* what was read is used for so long, and without the chain */
        bool is_lost = registry_health(&node->registry, sim->now_ms).is_lost;
        uint64_t use_ms = is_lost ? REGISTRY_HAND_OFF_MS : REGISTRY_FRESH_MS;
        return sim->now_ms >= sim->roots->evil_since_ms &&
               sim->now_ms < sim->roots->evil_until_ms + use_ms;
    }
    return sim->now_ms >= node->chain_lost_until_ms &&
           sim_chain_evil(sim, sim_chain_view_ms(node) / 1000 * 1000);
}

/* Operators enrol the other code, and find out. */
static void enrol_evil(struct sim *sim, struct sim_event *event)
{
    (void)event;
    sim->roots->evil_since_ms = sim->now_ms;
    sim->roots->evil_until_ms = sim->now_ms + 500 + sim_below(sim, 10000);
}

/* It asks for a nonce, then for the root, with a document that is genuine: of other code. It tries
 * nonces of its own, and its host a wallet of a node that is registered. */
static void ask_as_evil(struct sim *sim, struct sim_event *event)
{
    static uint8_t memory[ROOT_START_MESSAGE_MAX];
    static uint8_t out_memory[ROOT_START_MESSAGE_MAX];
    size_t at = sim_below(sim, sim->count);
    struct sim_node *node = &sim->nodes[at];
    struct sim_roots *roots = sim->roots;
    if (sim->is_calm) {
        return;
    }
    sim_later(sim, 500 + sim_below(sim, 4000), event->happen, 0);
    if (!node->is_up || sim->now_ms < node->paused_until_ms) {
        return;
    }
    ask_as_former(sim, at);
    struct cluster_now now = sim_now(node);
    roots->evil_module.wall_ms = now.wall_ms;
    node->rooting->module.wall_ms = now.wall_ms;
    struct handoff_ports ports = {{sim, sim_entropy}, simulated_port(&roots->evil_module)};
    struct handoff_ends ends = {.asker = roots->evil, .holder = node->wallet};
    struct handoff_epochs epochs = {.count = 1};
    memcpy(ends.domain, sim_domain, sizeof ends.domain);
    sim_fill(sim, ends.nonce, sizeof ends.nonce);
    sim->stream = SIM_OF_FAULTS;
    /* A host that has stolen a wallet gets a nonce; its code is still other code. */
    size_t other = sim_below(sim, sim->count);
    bool is_stolen = sim->nodes[other].boot != 0 && sim_chance(sim, 500);
    if (is_stolen) {
        ends.asker = sim->nodes[other].wallet;
        sim_instance_of(sim, other, sim->nodes[other].boot)->asked |= (uint64_t)1 << at;
    }
    struct buf answer = buf_over(memory, sizeof memory);
    struct buf out = buf_over(out_memory, sizeof out_memory);
    enum handoff_holds holds;
    handoff_put_ask(sim_domain, &out);
    struct status status =
        root_start_serve(node->rooting->start, &now, &ends.asker, buf_bytes(&out), &answer);
    bool is_enrolled = !is_stolen && may_be_enrolled(sim, node);
    if (status_is_ok(status)) {
        (void)status_is_ok(handoff_read_have(buf_bytes(&answer), &holds, ends.nonce));
        if (!is_stolen && !is_enrolled) {
            sim_violated(sim, "other code was told what a node holds", "node %zu", at);
        }
    }
    out = buf_over(out_memory, sizeof out_memory);
    answer = buf_over(memory, sizeof memory);
    INVARIANT(status_is_ok(handoff_ask(&ports, &ends, &epochs, &out, &roots->evil_asking)));
    status = root_start_serve(node->rooting->start, &now, &ends.asker, buf_bytes(&out), &answer);
    sim_judge_handoff(sim, status, buf_bytes(&answer));
    if (is_enrolled) { /* operators may enrol whom they like */
        if (status_is_ok(status)) {
            sim_seen(sim, SIM_EVIL_ENROLLED);
        }
        return;
    }
    if (status_is_ok(status) || answer.len != 0) {
        sim_violated(sim, "other code was given the root", "node %zu", at);
    }
    if (!is_stolen && roots->evil_since_ms != 0) {
        sim_seen(sim, SIM_EVIL_REVOKED);
    }
    sim_seen(sim, status.code == STATUS_ATTESTATION_MEASUREMENT ? SIM_OTHER_CODE_MEASURED
                                                                : SIM_OTHER_CODE_REFUSED);
}

void sim_start_faults(struct sim *sim)
{
    sim_fill(sim, sim->roots->evil.b, sizeof sim->roots->evil.b);
    sim->roots->evil_module.measurement[0] = SIM_ENROLLED + 1;
    if (sim_has(sim, SIM_HAS_OTHERS)) {
        sim_later(sim, 100, ask_as_evil, 0);
        sim_later(sim, 1000 + sim_below(sim, 40000), enrol_evil, 0);
    }
    if (sim_has(sim, SIM_HAS_HOSTS)) {
        sim_later(sim, 1, change_storage, 0);
    }
    if (sim_has(sim, SIM_HAS_KILLS)) {
        sim_later(sim, 5000 + sim_below(sim, 20000), kill_all, 0);
    }
}

void sim_start_heal(struct sim *sim)
{
    for (size_t i = 0; i < sim->count; i++) {
        struct sim_carrier *carrier = &sim->roots->carriers[i];
        bool is_news = carrier->storage != SIM_STORAGE_HONEST;
        carrier->storage = SIM_STORAGE_HONEST;
        carrier->storage_ms = is_news ? sim->now_ms : carrier->storage_ms;
    }
}
