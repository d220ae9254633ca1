/* Messages of hand-off between nodes, and what a host may overhear. */
#include <string.h>

#include "base/invariant.h"
#include "sim/start.h"

static uint8_t memory[ROOT_START_MESSAGE_MAX];

/* The host of the asker has put a point of its own into the request, and tries to open what is
 * answered to that. */
static void try_to_open(struct sim *sim, const struct sim_event *event)
{
    struct sim_roots *roots = sim->roots;
    struct sim_node *node = &sim->nodes[event->from];
    struct bytes message = {event->bytes, event->len};
    static const uint8_t enrolled[HANDOFF_MEASUREMENT] = {SIM_ENROLLED};
    SECRET(handoff_roots, got);
    if (!roots->has_host_key || handoff_message_type(message) != HANDOFF_TYPE_ANSWER) {
        return;
    }
    const struct handoff_other holder = {enrolled, sim_now(node).wall_ms};
    struct handoff_ports ports = {.attest = simulated_port(&node->rooting->module)};
    if (status_is_ok(handoff_open(&ports, &roots->host_asking, &holder, message, &got))) {
        sim_violated(sim, "a host opened the roots", "node %zu to %zu", event->from, event->node);
    }
    sim_seen(sim, SIM_HOST_OPENS_NOT);
}

/* memmem is slow for what is long and never there. */
static bool contains(struct bytes message, const struct secret32 *secret)
{
    size_t places = message.len < sizeof secret->b ? 0 : message.len - sizeof secret->b + 1;
    const uint8_t *end = message.ptr + places;
    const uint8_t *at = message.ptr;
    while (at != end && (at = memchr(at, secret->b[0], (size_t)(end - at))) != NULL) {
        if (memcmp(at, secret->b, sizeof secret->b) == 0) {
            return true;
        }
        at++;
    }
    return false;
}

void sim_start_overhear(struct sim *sim, const struct sim_event *event)
{
    const struct sim_roots *roots = sim->roots;
    for (size_t i = 0; i < roots->secret_count; i++) {
        if (contains((struct bytes){event->bytes, event->len}, &roots->secrets[i])) {
            sim_violated(sim, "a secret is on the network", "node %zu to %zu", event->from,
                         event->node);
        }
    }
    if (event->is_answer && sim->nodes[event->from].is_up) {
        try_to_open(sim, event);
    }
}

static void arrive_answer(struct sim *sim, struct sim_event *event)
{
    struct sim_node *node = &sim->nodes[event->node];
    if (!sim_hears(sim, event)) {
        return;
    }
    struct cluster_now now = sim_now(node);
    enum root_start_state before = root_start_state(node->rooting->start);
    node->rooting->module.wall_ms = now.wall_ms;
    root_start_answered(node->rooting->start, &now, event->id,
                        (struct bytes){event->len == 0 ? NULL : event->bytes, event->len});
    if (handoff_message_type((struct bytes){event->bytes, event->len}) == HANDOFF_TYPE_ANSWER &&
        root_start_state(node->rooting->start) == before) {
        sim_seen(sim, SIM_ANSWER_REFUSED);
    }
    sim_node_act(sim, event->node);
}

/* Roots go to wallets that were registered not long ago. */
static void judge_given(struct sim *sim, const struct eth_address *wallet)
{
    bool is_good = false;
    for (size_t i = 0; i < sim->instance_count; i++) {
        const struct sim_instance *instance = &sim->instances[i];
        bool is_late = instance->until_ms < sim->now_ms &&
                       sim->now_ms - instance->until_ms > REGISTRY_HAND_OFF_MS;
        is_good = is_good || (eth_address_equal(&instance->wallet, wallet) && !is_late);
    }
    sim_seen(sim, SIM_ROOT_GIVEN);
    if (!is_good) {
        sim_violated(sim, "roots were given to who must not have them", "%zu", sim->instance_count);
    }
}

static void arrive_request(struct sim *sim, struct sim_event *event)
{
    struct sim_node *node = &sim->nodes[event->node];
    if (!sim_hears(sim, event)) {
        return;
    }
    struct eth_address wallet = sim_instance_of(sim, event->from, event->from_boot)->wallet;
    struct buf answer = buf_over(memory, sizeof memory);
    struct bytes message = {event->bytes, event->len};
    struct cluster_now now = sim_now(node);
    node->rooting->module.wall_ms = now.wall_ms;
    struct status status = root_start_serve(node->rooting->start, &now, &wallet, message, &answer);
    sim_judge_handoff(sim, status, buf_bytes(&answer));
    sim_instance_of(sim, event->from, event->from_boot)->asked |= (uint64_t)1 << event->node;
    if (status_is_ok(status) && handoff_message_type(message) == HANDOFF_TYPE_REQUEST) {
        judge_given(sim, &wallet);
    } else if (status.code == STATUS_HANDOFF_LIMIT) {
        sim_seen(sim, SIM_GIVEN_OFTEN);
    } else if (status.code == STATUS_HANDOFF_NONCE) {
        sim_seen(sim, SIM_NONCE_REFUSED);
    } else if (status.code == STATUS_REGISTRY_PENDING) {
        sim_seen(sim, SIM_GRANT_OLD);
    } else if (!status_is_ok(status)) {
        sim_seen(sim, SIM_REQUEST_REFUSED);
    }
    sim_post(sim, sim_answer_new(event, buf_bytes(&answer), arrive_answer));
    sim_node_act(sim, event->node);
}

/* A host that puts a point in its place whose key it has. */
static void substitute_own(struct sim *sim, struct sim_event *event, size_t at)
{
    struct handoff_asking *asking = &sim->roots->host_asking;
    struct entropy entropy = {sim, sim_entropy};
    struct p384_point point;
    INVARIANT(status_is_ok(p384_key_generate(&entropy, &asking->key)));
    INVARIANT(status_is_ok(p384_public(&asking->key, &point)));
    memcpy(event->bytes + at, point.sec1, sizeof point.sec1);
    sha256_hash((struct bytes){event->bytes, event->len}, asking->digest);
    asking->epochs = (struct handoff_epochs){.count = event->bytes[HANDOFF_ASK]};
    for (size_t i = 0; i < asking->epochs.count; i++) {
        asking->epochs.list[i] = event->bytes[HANDOFF_ASK + 1 + 4 * i + 3];
    }
    sim->roots->has_host_key = true;
    sim_seen(sim, SIM_SUBSTITUTED);
}

/* A host that puts the point of another message in the place of this one's. */
static void substitute(struct sim *sim, struct sim_event *event)
{
    struct sim_roots *roots = sim->roots;
    if (handoff_message_type((struct bytes){event->bytes, event->len}) != HANDOFF_TYPE_REQUEST) {
        return;
    }
    size_t at = HANDOFF_ASK + 1 + 4 * (size_t)event->bytes[HANDOFF_ASK];
    if (!sim->is_calm && sim_chance(sim, 100)) {
        substitute_own(sim, event, at);
    } else if (roots->has_point && !sim->is_calm && sim_chance(sim, 100)) {
        memcpy(event->bytes + at, roots->point, sizeof roots->point);
        sim_seen(sim, SIM_SUBSTITUTED);
    } else {
        memcpy(roots->point, event->bytes + at, sizeof roots->point);
        roots->has_point = true;
    }
}

void sim_start_send(struct sim *sim, size_t from, const struct root_start_action *action)
{
    struct sim_event *event = sim_request_new(sim, from, action->peer, action->message);
    event->happen = arrive_request;
    event->id = action->id;
    substitute(sim, event);
    sim_post(sim, event);
}
