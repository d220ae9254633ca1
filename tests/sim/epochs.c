/* A new root while the cluster runs: the contract's proposals, vetoes and commitments of it. Nodes
 * make it, pass it on and use it by themselves. Guardians veto some; blocks that have a commitment
 * may leave the chain; how long nodes hold a new root back is drawn for each life. */
#include <string.h>

#include "base/invariant.h"
#include "sim/endpoints.h"
#include "sim/start.h"

static void change(struct sim *sim, const struct sim_next *next)
{
    struct sim_roots *roots = sim->roots;
    INVARIANT(roots->next_count < SIM_CHANGES_MAX);
    roots->nexts[roots->next_count] = *next;
    roots->nexts[roots->next_count++].at_ms = sim->now_ms;
}

/* What was on the chain at some time. */
struct sim_next sim_epochs_at(const struct sim *sim, uint64_t at_ms)
{
    const struct sim_roots *roots = sim->roots;
    for (size_t i = roots->next_count; i > 0; i--) {
        if (roots->nexts[i - 1].at_ms <= at_ms) {
            return roots->nexts[i - 1];
        }
    }
    return (struct sim_next){.is_there = false};
}

static bool is_final(const struct sim_next *next, uint64_t at_ms)
{
    return next->is_committed && at_ms >= next->at_ms + SIM_FINAL_MS;
}

bool sim_epochs_final(const struct sim *sim, uint8_t ret_hash[static ROOT_GATE_HASH])
{
    const struct sim_next next = sim_epochs_at(sim, sim->now_ms);
    memcpy(ret_hash, next.hash, ROOT_GATE_HASH);
    return is_final(&next, sim->now_ms);
}

void sim_epochs_show(const struct sim *sim, uint64_t at_ms, struct root_start_chain *chain)
{
    const struct sim_next next = sim_epochs_at(sim, at_ms);
    if (is_final(&next, at_ms)) {
        memcpy(chain->hashes[1], next.hash, ROOT_GATE_HASH);
        chain->count = 2;
        return;
    }
    chain->next.is_there = next.is_there;
    chain->next.is_committed = next.is_committed;
    chain->next.is_due = next.is_there && !next.is_committed && at_ms >= next.due_ms;
    chain->next.proposal = next.proposal;
    memcpy(chain->next.hash, next.hash, ROOT_GATE_HASH);
}

/* --- transactions ----------------------------------------------------------------------------- */

static void veto(struct sim *sim, struct sim_event *event)
{
    const struct sim_next next = sim_epochs_at(sim, sim->now_ms);
    if (next.is_there && !next.is_committed && next.proposal == event->id) {
        change(sim, &(struct sim_next){.proposal = next.proposal});
        sim_seen(sim, SIM_NEXT_VETOED);
    }
}

/* Nodes propose no other one until they are started anew. */
static bool draws_veto(struct sim *sim)
{
    return sim->roots->last == 0 && sim_chance(sim, sim->is_calm ? 100 : 350);
}

static void include_proposal(struct sim *sim, struct sim_event *event)
{
    const struct sim_next last = sim_epochs_at(sim, sim->now_ms);
    if (last.is_there) {
        sim_seen(sim, SIM_NEXT_RACE_LOST);
        return;
    }
    struct sim_next next = {.is_there = true, .proposal = last.proposal + 1};
    next.due_ms = sim->now_ms + 1000 + sim_below(sim, SIM_DUE_MS - 1000);
    memcpy(next.hash, event->bytes, sizeof next.hash);
    change(sim, &next);
    sim_seen(sim, SIM_NEXT_PROPOSED);
    if (draws_veto(sim)) {
        struct sim_event *no = sim_event_new((struct bytes){NULL, 0});
        no->happen = veto;
        no->id = next.proposal;
        sim_at(sim, sim->now_ms + 1 + sim_below(sim, 4000), no);
    }
}

/* The block of a commitment leaves the chain: it is proposed again. */
static void reorganise(struct sim *sim, struct sim_event *event)
{
    struct sim_next next = sim_epochs_at(sim, sim->now_ms);
    if (next.is_committed && !is_final(&next, sim->now_ms) && next.proposal == event->id) {
        sim_endpoints_reorganised(sim, next.at_ms);
        next.is_committed = false;
        change(sim, &next);
        sim_seen(sim, SIM_NEXT_REORGANISED);
    }
}

static void include_execution(struct sim *sim, struct sim_event *event)
{
    struct sim_next next = sim_epochs_at(sim, sim->now_ms);
    if (!next.is_there || next.is_committed || next.proposal != event->id ||
        sim->now_ms < next.due_ms || memcmp(next.hash, event->bytes, sizeof next.hash) != 0) {
        return;
    }
    next.is_committed = true;
    change(sim, &next);
    sim_seen(sim, SIM_NEXT_EXECUTED);
    if (!sim->is_calm && sim_chance(sim, 300)) {
        struct sim_event *back = sim_event_new((struct bytes){NULL, 0});
        back->happen = reorganise;
        back->id = next.proposal;
        sim_at(sim, sim->now_ms + 1 + sim_below(sim, SIM_FINAL_MS), back);
    }
}

static bool is_stored(const struct sim *sim, size_t at, const uint8_t hash[static ROOT_GATE_HASH])
{
    const struct sim_carrier *carrier = &sim->roots->carriers[at];
    bool is_there = false;
    for (size_t i = 0; i < carrier->count; i++) {
        SECRET(root, root);
        uint8_t stored[ROOT_GATE_HASH];
        root_init(&root, &carrier->list[i].master, sim_domain, carrier->list[i].epoch);
        root_check_hash(&root, stored);
        is_there = is_there || memcmp(stored, hash, sizeof stored) == 0;
    }
    return is_there;
}

void sim_epochs_publish(struct sim *sim, size_t at, const struct root_start_action *action)
{
    bool proposes = action->kind == ROOT_START_PROPOSE;
    if (!is_stored(sim, at, action->hash)) {
        sim_violated(sim, "a next root is published that is not stored", "node %zu", at);
    }
    if (proposes && action->number != 1) {
        sim_violated(sim, "a root of another epoch is proposed", "node %zu", at);
    }
    if (!sim->is_calm && sim_chance(sim, 100)) {
        sim_seen(sim, SIM_TRANSACTION_LOST);
        return;
    }
    struct sim_event *event = sim_event_new((struct bytes){action->hash, ROOT_GATE_HASH});
    event->happen = proposes ? include_proposal : include_execution;
    event->id = action->number;
    sim_at(sim, sim->now_ms + 100 + sim_below(sim, SIM_INCLUDED_MS - 100), event);
}

/* --- a node's part ---------------------------------------------------------------------------- */

void sim_epochs_act(struct sim *sim, size_t at, uint64_t *ret_due_ms)
{
    struct sim_node *node = &sim->nodes[at];
    struct sim_start *own = node->rooting;
    struct cluster_now now = sim_now(node);
    uint64_t before = cluster_stats(node->cluster).resealed;
    if (own->turned_ms != 0 && (sim->now_ms >= own->turned_ms + sim->roots->hold_ms ||
                                cluster_all_know(node->cluster, 1))) {
        root_start_use(own->start);
        own->turned_ms = 0;
        sim_seen(sim, SIM_ROTATED);
    }
    if (cluster_reseal(node->cluster, &now)) {
        *ret_due_ms = sim->now_ms + 10 < *ret_due_ms ? sim->now_ms + 10 : *ret_due_ms;
    }
    if (cluster_stats(node->cluster).resealed != before) {
        sim_seen(sim, SIM_RESEALED);
    }
    if (cluster_stats(node->cluster).reseal_failed != 0) {
        sim_violated(sim, "a record was not sealed again", "node %zu", at);
    }
}

/* By the seed itself, as other lives draw the same without that. */
void sim_epochs_draw(struct sim *sim)
{
    sim->roots->is_put_off = sim_has(sim, SIM_HAS_ROTATION) && !sim_has(sim, SIM_HAS_ENDPOINTS) &&
                             sim->mix.has_clients && sim->seed / 4 % 3 == 0;
}

void sim_epochs_start(struct sim *sim)
{
    static const uint64_t holds_ms[] = {0, 2000, 20000};
    sim->roots->hold_ms = holds_ms[sim_below(sim, 3)];
}
