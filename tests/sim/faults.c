/* What goes wrong: with links, nodes, clocks, the weather and the view of the chain. */
#include <string.h>

#include "sim/endpoints.h"
#include "sim/rush.h"
#include "sim/sim.h"
#include "sim/strict.h"

/* A fault now, or nothing where this life has none of the kind. Returns: whether there was one. */
typedef bool fault(struct sim *sim);

static void mend_all_links(struct sim *sim)
{
    memset(sim->is_cut, 0, sizeof sim->is_cut);
}

/* At the end of a cut, unless another one has taken its place. */
static void mend_links(struct sim *sim, struct sim_event *event)
{
    if (event->id == sim->cuts) {
        mend_all_links(sim);
    }
}

/* Two sides that do not hear each other, or one that does not hear the other. */
static bool cut_links(struct sim *sim)
{
    uint64_t side = 1 + sim_below(sim, (1u << sim->count) - 2);
    bool one_way = sim_chance(sim, 400);
    for (size_t i = 0; i < sim->count; i++) {
        for (size_t j = 0; j < sim->count; j++) {
            bool crosses = (side >> i & 1) != (side >> j & 1);
            sim->is_cut[i][j] = crosses && (!one_way || (side >> i & 1) != 0);
        }
    }
    sim_seen(sim, one_way ? SIM_ONE_WAY : SIM_PARTITION);
    struct sim_event *end = sim_event_new((struct bytes){NULL, 0});
    end->happen = mend_links;
    end->id = ++sim->cuts;
    sim_at(sim, sim->now_ms + 200 + sim_below(sim, sim->mix.cut_ms), end);
    return true;
}

static void end_revoked(struct sim *sim, struct sim_event *event)
{
    struct sim_node *node = &sim->nodes[event->node];
    if (node->is_up && node->boot == event->boot) {
        sim_node_kill(sim, event->node);
        sim_later(sim, 1 + sim_below(sim, sim->mix.down_ms), sim_node_restart, event->node);
    }
}

static bool is_lost(const struct sim_node *node)
{
    return !sim_node_current(node) || node->is_revoked;
}

static void set_clock(struct sim *sim, size_t at, int64_t skew_ms)
{
    struct sim_node *node = &sim->nodes[at];
    uint64_t before_ms = sim_wall_ms(sim, node);
    node->skew_ms = skew_ms;
    node->jumped_ms = sim->now_ms;
    sim_seen(sim, SIM_CLOCK_JUMP);
    rush_jumped(sim, at, before_ms);
}

static bool jump_clock(struct sim *sim)
{
    size_t at = sim_below(sim, sim->count);
    set_clock(sim, at, (int64_t)sim_below(sim, 2 * SIM_SKEW_MS) - SIM_SKEW_MS);
    return true;
}

/* Who comes back is so far behind all others that what they write now lies in its future. */
static void come_back_behind(struct sim *sim, size_t behind)
{
    for (size_t at = 0; at < sim->count; at++) {
        int64_t ahead_ms = SIM_SKEW_MS - (int64_t)sim_below(sim, 300);
        set_clock(sim, at, at == behind ? -ahead_ms : ahead_ms);
    }
    sim_seen(sim, SIM_BACK_BEHIND);
}

/* One less than hold a write may be lost at once: down, or not current again yet. */
static bool kill(struct sim *sim, size_t at)
{
    size_t lost = !is_lost(&sim->nodes[at]);
    for (size_t i = 0; i < sim->count; i++) {
        lost += is_lost(&sim->nodes[i]);
    }
    if (lost >= sim->holders || !sim->nodes[at].is_up || sim->nodes[at].is_revoked) {
        return false;
    }
    if (!sim_has(sim, SIM_HAS_KILLS) || sim->instance_count == SIM_INSTANCES_MAX) {
        return false;
    }
    /* Writes settle with those that are listed: who is denied is lost already. */
    if (sim_endpoints_denied(sim)) {
        return false;
    }
    if (!sim_strict_may_end(sim, at) && !sim_chance(sim, 50)) {
        return false;
    }
    /* Operators end a registration whose node goes on for a while: who is lost already. */
    if (sim_chance(sim, 150)) {
        sim_chain_end(sim, at, sim->now_ms);
        sim->nodes[at].is_revoked = true;
        sim_later(sim, 100 + sim_below(sim, 3000), end_revoked, at);
        sim_seen(sim, SIM_REVOKED_RUNNING);
        return true;
    }
    /* The platform notices sooner or later. */
    bool is_late = sim_chance(sim, 200);
    sim_chain_end(sim, at, sim->now_ms + (is_late ? 1000 + sim_below(sim, 10000) : 0));
    sim_seen(sim, is_late ? SIM_INSTANCE_FORGOTTEN_LATE : SIM_INSTANCE_ENDED);
    sim_node_kill(sim, at);
    sim_seen(sim, SIM_KILLED);
    if (sim_has(sim, SIM_HAS_JUMPS) && sim_chance(sim, 450)) {
        come_back_behind(sim, at);
    }
    sim_later(sim, 1 + sim_below(sim, sim->mix.down_ms), sim_node_restart, at);
    return true;
}

static bool kill_one(struct sim *sim)
{
    return kill(sim, sim_below(sim, sim->count));
}

static bool is_over(const struct sim *sim)
{
    return sim->is_calm || sim->faults >= sim->faults_max;
}

static void kill_now(struct sim *sim, struct sim_event *event)
{
    if (!is_over(sim) && sim->nodes[event->node].boot == event->boot && kill(sim, event->node)) {
        sim->faults++;
        sim_seen(sim, SIM_KILLED_AFTER_WRITE);
    }
}

/* A node ends when it has just said that a write is settled, or when another has just said that it
 * is current: nobody is lost at that moment. */
void sim_tempt(struct sim *sim, size_t at)
{
    enum sim_stream before = sim_draw_from(sim, SIM_OF_FAULTS);
    if (sim_has(sim, SIM_HAS_TEMPTATION) && sim_chance(sim, sim->mix.tempt)) {
        sim_later(sim, sim_below(sim, 2) * sim_below(sim, 100), kill_now, at);
    }
    sim_draw_from(sim, before);
}

/* A pause under way that is longer stays as it is. */
void sim_pause(const struct sim *sim, struct sim_node *node, uint64_t ms)
{
    uint64_t until_ms = sim->now_ms + ms;
    node->paused_until_ms = until_ms > node->paused_until_ms ? until_ms : node->paused_until_ms;
}

static bool pause_one(struct sim *sim)
{
    struct sim_node *node = &sim->nodes[sim_below(sim, sim->count)];
    if (!node->is_up) {
        return false;
    }
    sim_pause(sim, node, 100 + sim_below(sim, sim->mix.pause_ms));
    sim_seen(sim, SIM_PAUSED);
    return true;
}

static bool lose_chain(struct sim *sim)
{
    struct sim_node *node = &sim->nodes[sim_below(sim, sim->count)];
    if (!node->is_up) {
        return false;
    }
    if (sim_chance(sim, 500)) {
        uint64_t until_ms = sim->now_ms + sim_below(sim, 8000);
        bool is_longer = until_ms > node->chain_lost_until_ms;
        node->chain_lost_until_ms = is_longer ? until_ms : node->chain_lost_until_ms;
        sim_seen(sim, SIM_CHAIN_LOST);
    } else {
        node->view_floor_ms = sim_chain_view_ms(node);
        node->view_lag_ms = sim_below(sim, 3000);
        sim_seen(sim, SIM_CHAIN_LAGS);
    }
    return true;
}

static bool change_weather(struct sim *sim)
{
    const struct sim_weather *worst = &sim->mix.worst;
    sim->weather = (struct sim_weather){
        .drop = sim_below(sim, worst->drop + 1),
        .duplicate = sim_below(sim, worst->duplicate + 1),
        .damage = sim_below(sim, worst->damage + 1),
        .replay = sim_below(sim, worst->replay + 1),
        .mix = sim_below(sim, worst->mix + 1),
        .delay_ms = sim_below(sim, worst->delay_ms),
    };
    return true;
}

/* Which kind is next, by their weights. Returns: SIM_FAULTS when this life has none. */
static size_t draw_kind(struct sim *sim)
{
    uint64_t all = 0;
    for (size_t i = 0; i < SIM_FAULTS; i++) {
        all += sim->mix.weight[i];
    }
    uint64_t drawn = all == 0 ? 0 : sim_below(sim, all);
    for (size_t i = 0; i < SIM_FAULTS; i++) {
        if (drawn < sim->mix.weight[i]) {
            return i;
        }
        drawn -= sim->mix.weight[i];
    }
    return SIM_FAULTS;
}

static void strike(struct sim *sim, struct sim_event *event)
{
    static fault *const faults[SIM_FAULTS] = {[SIM_HAS_PARTITIONS] = cut_links,
                                              [SIM_HAS_KILLS] = kill_one,
                                              [SIM_HAS_PAUSES] = pause_one,
                                              [SIM_HAS_JUMPS] = jump_clock,
                                              [SIM_HAS_CHAIN] = lose_chain,
                                              [SIM_HAS_STORMS] = change_weather,
                                              [SIM_HAS_ENDPOINTS] = sim_endpoints_strike};
    sim->stream = SIM_OF_FAULTS;
    size_t kind = draw_kind(sim);
    if (kind == SIM_FAULTS || is_over(sim)) {
        return;
    }
    if (faults[kind](sim)) {
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
    mend_all_links(sim);
    sim_endpoints_heal(sim);
    for (size_t i = 0; i < sim->count; i++) {
        struct sim_node *node = &sim->nodes[i];
        node->jumped_ms = node->skew_ms == 0 ? node->jumped_ms : sim->now_ms;
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
