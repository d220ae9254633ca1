/* The contract that has the hash of the root. */
#include <string.h>

#include "base/invariant.h"
#include "sim/endpoints.h"
#include "sim/start.h"

static void change(struct sim *sim, bool is_set, const uint8_t *hash)
{
    struct sim_roots *roots = sim->roots;
    INVARIANT(roots->change_count < SIM_CHANGES_MAX);
    struct sim_change *last = &roots->changes[roots->change_count++];
    *last = (struct sim_change){.at_ms = sim->now_ms, .is_set = is_set};
    if (is_set) {
        memcpy(last->hash, hash, ROOT_GATE_HASH);
    }
}

/* What was on the chain at some time; NULL: nothing. */
static const struct sim_change *newest(const struct sim *sim, uint64_t at_ms)
{
    const struct sim_roots *roots = sim->roots;
    for (size_t i = roots->change_count; i > 0; i--) {
        if (roots->changes[i - 1].at_ms <= at_ms) {
            return roots->changes[i - 1].is_set ? &roots->changes[i - 1] : NULL;
        }
    }
    return NULL;
}

bool sim_chain_final(const struct sim *sim, uint64_t at_ms, uint8_t ret_hash[static ROOT_GATE_HASH])
{
    const struct sim_change *set = newest(sim, at_ms);
    if (set == NULL || at_ms < set->at_ms + SIM_FINAL_MS) {
        return false;
    }
    memcpy(ret_hash, set->hash, ROOT_GATE_HASH);
    return true;
}

bool sim_chain_hash(const struct sim *sim, uint64_t at_ms, uint8_t ret_hash[static ROOT_GATE_HASH])
{
    const struct sim_change *set = newest(sim, at_ms);
    if (set != NULL) {
        memcpy(ret_hash, set->hash, ROOT_GATE_HASH);
    }
    return set != NULL;
}

struct root_start_chain sim_chain_root(const struct sim *sim, const struct sim_node *node)
{
    struct root_start_chain chain = {.kind = ROOT_CHAIN_UNPUBLISHED};
    uint64_t seen_ms = sim_chain_view_ms(node);
    if (node->reader != NULL) {
        return sim_endpoints_root(node);
    }
    if (sim->now_ms < node->chain_lost_until_ms) {
        chain.kind = ROOT_CHAIN_UNKNOWN;
        return chain;
    }
    const struct sim_change *set = newest(sim, seen_ms);
    if (set != NULL) {
        bool is_final = sim_chain_final(sim, seen_ms, chain.hashes[0]);
        chain.kind = is_final ? ROOT_CHAIN_FINAL : ROOT_CHAIN_PENDING;
        chain.count = 1;
        memcpy(chain.hashes[0], set->hash, ROOT_GATE_HASH);
        if (is_final) {
            if (sim->roots->last != (size_t)(node - sim->nodes) + 1) {
                sim_epochs_show(sim, seen_ms, &chain);
            }
        }
    }
    return chain;
}

static void include(struct sim *sim, struct sim_event *event);

static void send_later(struct sim *sim, const uint8_t *hash, uint64_t ms)
{
    struct sim_event *event = sim_event_new((struct bytes){hash, ROOT_GATE_HASH});
    event->happen = include;
    sim_at(sim, sim->now_ms + ms, event);
}

/* A block leaves the chain before it is final; its transaction may come again, or not. */
static void reorganise(struct sim *sim, struct sim_event *event)
{
    const struct sim_change *set = newest(sim, sim->now_ms);
    uint8_t hash[ROOT_GATE_HASH];
    if (set == NULL || sim_chain_final(sim, sim->now_ms, hash) ||
        memcmp(set->hash, event->bytes, sizeof hash) != 0) {
        return;
    }
    sim_endpoints_reorganised(sim, set->at_ms);
    change(sim, false, NULL);
    sim_seen(sim, SIM_REORGANISED);
    if (sim_chance(sim, 500)) {
        send_later(sim, event->bytes, 1 + sim_below(sim, 4000));
    }
}

static void include(struct sim *sim, struct sim_event *event)
{
    const struct sim_change *set = newest(sim, sim->now_ms);
    if (set != NULL) {
        if (memcmp(set->hash, event->bytes, ROOT_GATE_HASH) != 0) {
            sim_seen(sim, SIM_RACE_LOST);
            /* Where blocks go, the order of transactions may change. */
            if (sim_chance(sim, 500)) {
                send_later(sim, event->bytes, 500);
            }
        }
        return;
    }
    change(sim, true, event->bytes);
    sim_seen(sim, SIM_PUBLISHED);
    if (!sim->is_calm && sim_chance(sim, 400)) {
        struct sim_event *back = sim_event_new((struct bytes){event->bytes, event->len});
        back->happen = reorganise;
        sim_at(sim, sim->now_ms + 1 + sim_below(sim, SIM_FINAL_MS), back);
    }
}

void sim_chain_publish(struct sim *sim, size_t at, const uint8_t hash[static ROOT_GATE_HASH])
{
    const struct sim_carrier *carrier = &sim->roots->carriers[at];
    bool is_stored = false;
    for (size_t i = 0; i < carrier->count; i++) {
        uint8_t stored[ROOT_GATE_HASH];
        root_master_hash(&carrier->list[i].master, stored);
        is_stored = is_stored || memcmp(stored, hash, sizeof stored) == 0;
    }
    if (!is_stored) {
        sim_violated(sim, "a hash is published whose root is not stored", "node %zu", at);
    }
    if (!sim->is_calm && sim_chance(sim, 100)) {
        sim_seen(sim, SIM_TRANSACTION_LOST);
        return;
    }
    send_later(sim, hash, 100 + sim_below(sim, SIM_INCLUDED_MS - 100));
    /* The winner dies right after. */
    if (!sim->is_calm && !sim->roots->is_installed && sim->roots->kills < 4 &&
        sim_chance(sim, 300)) {
        sim->roots->kills++;
        sim_kill_later(sim, at, 1 + sim_below(sim, 3000));
    }
}
