/* What goes wrong: with links, nodes, clocks, the weather and the view of the chain. */
#include <string.h>

#include "sim/sim.h"

/* A fault now, or nothing where this life has none of the kind. Returns: whether there was one. */
typedef bool fault(struct sim *sim);

static void mend_links(struct sim *sim, struct sim_event *event)
{
    (void)event;
    memset(sim->is_cut, 0, sizeof sim->is_cut);
}

/* Two sides that do not hear each other, or one that does not hear the other. */
static bool cut_links(struct sim *sim)
{
    if (!sim->mix.partitions) {
        return false;
    }
    uint64_t side = 1 + sim_below(sim, (1u << sim->count) - 2);
    bool one_way = sim_chance(sim, 400);
    for (size_t i = 0; i < sim->count; i++) {
        for (size_t j = 0; j < sim->count; j++) {
            bool crosses = (side >> i & 1) != (side >> j & 1);
            sim->is_cut[i][j] = crosses && (!one_way || (side >> i & 1) != 0);
        }
    }
    sim_seen(sim, one_way ? SIM_ONE_WAY : SIM_PARTITION);
    sim_later(sim, 200 + sim_below(sim, 8000), mend_links, 0);
    return true;
}

/* One node at a time may be lost: down, or not current again yet. */
static bool kill(struct sim *sim, size_t at)
{
    for (size_t i = 0; i < sim->count; i++) {
        if (!sim_node_current(&sim->nodes[i])) {
            return false;
        }
    }
    if (!sim->mix.kills || sim->instance_count == SIM_INSTANCES_MAX) {
        return false;
    }
    /* The platform notices sooner or later. */
    bool is_late = sim_chance(sim, 200);
    sim_chain_end(sim, at, sim->now_ms + (is_late ? 1000 + sim_below(sim, 10000) : 0));
    sim_seen(sim, is_late ? SIM_INSTANCE_FORGOTTEN_LATE : SIM_INSTANCE_ENDED);
    sim_node_kill(sim, at);
    sim_seen(sim, SIM_KILLED);
    sim_later(sim, 1 + sim_below(sim, 2000), sim_node_restart, at);
    return true;
}

static bool kill_one(struct sim *sim)
{
    return kill(sim, sim_below(sim, sim->count));
}

static void kill_now(struct sim *sim, struct sim_event *event)
{
    if (!sim->is_calm && sim->nodes[event->node].boot == event->boot && kill(sim, event->node)) {
        sim->faults++;
        sim_seen(sim, SIM_KILLED_AFTER_WRITE);
    }
}

/* The worst moment for a node to end is when it has just said that a write is settled. */
void sim_tempt(struct sim *sim, size_t at)
{
    if (!sim->is_calm && sim->mix.kills && sim_chance(sim, 20)) {
        sim_later(sim, 0, kill_now, at);
    }
}

static bool pause_one(struct sim *sim)
{
    struct sim_node *node = &sim->nodes[sim_below(sim, sim->count)];
    if (!sim->mix.pauses || !node->is_up) {
        return false;
    }
    node->paused_until_ms = sim->now_ms + 100 + sim_below(sim, 6000);
    sim_seen(sim, SIM_PAUSED);
    return true;
}

static bool jump_clock(struct sim *sim)
{
    struct sim_node *node = &sim->nodes[sim_below(sim, sim->count)];
    if (!sim->mix.jumps) {
        return false;
    }
    node->skew_ms = (int64_t)sim_below(sim, 2 * SIM_SKEW_MS) - SIM_SKEW_MS;
    sim_seen(sim, SIM_CLOCK_JUMP);
    return true;
}

static bool lose_chain(struct sim *sim)
{
    struct sim_node *node = &sim->nodes[sim_below(sim, sim->count)];
    if (!sim->mix.chain) {
        return false;
    }
    if (sim_chance(sim, 500)) {
        node->chain_lost_until_ms = sim->now_ms + sim_below(sim, 8000);
        sim_seen(sim, SIM_CHAIN_LOST);
    } else {
        node->view_lag_ms = sim_below(sim, 3000);
        sim_seen(sim, SIM_CHAIN_LAGS);
    }
    return true;
}

static bool change_weather(struct sim *sim)
{
    if (!sim->mix.storms) {
        return false;
    }
    sim->weather = (struct sim_weather){
        .drop = sim_below(sim, 300),
        .duplicate = sim_below(sim, 150),
        .damage = sim_below(sim, 100),
        .replay = sim_below(sim, 100),
        .mix = sim_below(sim, 100),
        .delay_ms = sim_below(sim, 5000),
    };
    return true;
}

static void strike(struct sim *sim, struct sim_event *event)
{
    static fault *const faults[] = {cut_links,  kill_one,   pause_one,
                                    jump_clock, lose_chain, change_weather};
    if (sim->is_calm) {
        return;
    }
    if (faults[sim_below(sim, sizeof faults / sizeof faults[0])](sim)) {
        sim->faults++;
        sim_later(sim, 1 + sim_below(sim, 2 * sim->mix.fault_every_ms), event->happen, 0);
    } else {
        sim_later(sim, 100, event->happen, 0);
    }
}

void sim_faults_start(struct sim *sim)
{
    sim_later(sim, 1 + sim_below(sim, 2 * sim->mix.fault_every_ms), strike, 0);
}

void sim_heal(struct sim *sim)
{
    sim->is_calm = true;
    sim->weather = (struct sim_weather){0};
    mend_links(sim, NULL);
    for (size_t i = 0; i < sim->count; i++) {
        struct sim_node *node = &sim->nodes[i];
        node->skew_ms = 0;
        node->view_lag_ms = 0;
        node->chain_lost_until_ms = 0;
        node->paused_until_ms = 0;
        if (!node->is_up) {
            sim_node_start(sim, i);
        }
        sim_node_act(sim, i);
    }
}
