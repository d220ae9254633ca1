/* One node's way to its root. */
#include "sim/start.h"

#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"

static void must(struct status status)
{
    INVARIANT(status_is_ok(status));
}

void sim_start_open(struct sim *sim, size_t at)
{
    struct sim_node *node = &sim->nodes[at];
    struct sim_start *own = calloc(1, sizeof *own);
    INVARIANT(own != NULL);
    node->rooting = own;
    if (!sim->is_calm && sim_chance(sim, 200)) {
        node->chain_lost_until_ms = sim->now_ms + sim_below(sim, 4000);
    }
    own->module.measurement[0] = SIM_ENROLLED;
    own->log = (struct log){.fd = -1};
    const struct root_gate_setup gate = {
        .registry = &node->registry,
        .roots = node->roots,
        .log = &own->log,
        .mem = &node->mem,
        .needs_hash = true,
    };
    must(root_gate_open(&gate, &own->gate));
    struct root_start_setup setup = {
        .mem = &node->mem,
        .ports = {{sim, sim_entropy}, simulated_port(&own->module)},
        .module = {sim, sim_entropy},
        .roots = node->roots,
        .registry = &node->registry,
        .gate = own->gate,
        .epochs = sim_has(sim, SIM_HAS_ROTATION) ? 2 : 1,
        .wallet = node->wallet,
    };
    memcpy(setup.domain, sim_domain, sizeof setup.domain);
    must(root_start_open(&setup, &own->start));
}

void sim_start_close(struct sim *sim, size_t at)
{
    struct sim_start *own = sim->nodes[at].rooting;
    root_start_close(&own->start);
    root_gate_close(&own->gate);
    free(own);
    sim->nodes[at].rooting = NULL;
}

static void see_state(struct sim *sim, struct sim_start *own)
{
    static const enum sim_probe probes[ROOT_START_STATES] = {
        [ROOT_START_LOOKING] = SIM_LOOKING,       [ROOT_START_READING] = SIM_READING,
        [ROOT_START_POLLING] = SIM_POLLING,       [ROOT_START_STORING] = SIM_STORING,
        [ROOT_START_CONFIRMING] = SIM_CONFIRMING, [ROOT_START_PUBLISHING] = SIM_PUBLISHING,
        [ROOT_START_ASKING] = SIM_ASKING,         [ROOT_START_OPEN] = SIM_OPEN,
        [ROOT_START_BLOCKED] = SIM_BLOCKED,       [ROOT_START_CONFLICT] = SIM_CONFLICT,
    };
    enum root_start_state state = root_start_state(own->start);
    sim_seen(sim, probes[state]);
    if (state == ROOT_START_OPEN && own->state == ROOT_START_ASKING) {
        sim_seen(sim, SIM_ROOT_RECEIVED);
    }
    own->state = state;
    static const enum sim_probe turns[ROOT_TURN_STATES] = {
        [ROOT_TURN_NONE] = SIM_TURN_NONE,           [ROOT_TURN_SEEKING] = SIM_TURN_SEEKING,
        [ROOT_TURN_STORING] = SIM_TURN_STORING,     [ROOT_TURN_CONFIRMING] = SIM_TURN_CONFIRMING,
        [ROOT_TURN_PROPOSING] = SIM_TURN_PROPOSING, [ROOT_TURN_WAITING] = SIM_TURN_WAITING,
    };
    enum root_turn_state turn = root_start_turn(own->start).state;
    sim_seen(sim, turns[turn]);
    if (turn == ROOT_TURN_STORING && own->turn == ROOT_TURN_SEEKING) {
        sim_seen(sim, SIM_NEXT_RECEIVED);
    }
    own->turn = turn;
}

static void read_carrier(struct sim *sim, size_t at, const struct cluster_now *now)
{
    SECRET(root_start_found, found);
    struct status status = sim_carrier_read(sim, at, &found);
    root_start_carrier_read(sim->nodes[at].rooting->start, now, status, &found);
}

/* Whether endpoints do not take a proposal or an execution. */
static bool is_refused(struct sim *sim, size_t at)
{
    struct sim_roots *roots = sim->roots;
    bool is_barred = roots->is_put_off || roots->last == at + 1;
    bool is_by_chance = !is_barred && sim_chance(sim, 100);
    roots->refused += is_by_chance;
    return is_barred || is_by_chance;
}

static void do_one(struct sim *sim, size_t at, const struct cluster_now *now,
                   const struct root_start_action *action)
{
    struct sim_start *own = sim->nodes[at].rooting;
    switch (action->kind) {
    case ROOT_START_READ:
        read_carrier(sim, at, now);
        break;
    case ROOT_START_WRITE:
        root_start_carrier_written(own->start, now, sim_carrier_write(sim, at, action->roots));
        break;
    case ROOT_START_PUBLISH:
        if (sim_chance(sim, 150)) {
            sim_seen(sim, SIM_RPC_FAILED);
            root_start_published(own->start, now, FAIL(RPC_ERROR));
        } else {
            sim_chain_publish(sim, at, action->hash);
            root_start_published(own->start, now, OK);
        }
        break;
    case ROOT_START_SEND:
        sim_start_send(sim, at, action);
        break;
    case ROOT_START_INSTALLED:
        sim_node_join(sim, at);
        break;
    case ROOT_START_WIPED:
        sim_seen(sim, SIM_WIPED);
        break;
    case ROOT_START_PROPOSE:
    case ROOT_START_EXECUTE:
        if (is_refused(sim, at)) {
            sim_seen(sim, SIM_RPC_FAILED);
            root_start_published(own->start, now, FAIL(RPC_ERROR));
        } else {
            sim_epochs_publish(sim, at, action);
            root_start_published(own->start, now, OK);
        }
        break;
    case ROOT_START_MADE:
        sim_seen(sim, SIM_NEXT_MADE);
        break;
    case ROOT_START_TURNED:
        own->turned_ms = sim->now_ms;
        sim_seen(sim, SIM_NEXT_INSTALLED);
        break;
    case ROOT_START_REJECTED:
        sim_seen(sim, SIM_NEXT_REJECTED);
        break;
    case ROOT_START_STOPPED: /* at the end of a life: start_check.c */
    default:
        sim_violated(sim, "a node stopped", "node %zu", at);
        break;
    }
}

void sim_start_act(struct sim *sim, size_t at, uint64_t *ret_due_ms)
{
    struct sim_node *node = &sim->nodes[at];
    struct sim_start *own = node->rooting;
    struct root_start_action action;
    struct cluster_now now = sim_now(node);
    struct root_start_chain chain = sim_chain_root(sim, node);
    own->module.wall_ms = now.wall_ms;
    root_start_chain(own->start, &now, &chain);
    see_state(sim, own);
    while (sim->wrong == NULL && root_start_next(own->start, &now, &action, ret_due_ms)) {
        do_one(sim, at, &now, &action);
        see_state(sim, own);
        sim_start_check(sim, at);
    }
    sim_start_check(sim, at);
    uint64_t read_ms = sim->now_ms + SIM_CHAIN_READ_MS;
    *ret_due_ms = *ret_due_ms < read_ms ? *ret_due_ms : read_ms;
}
