/* Numbers, time, events, and a life from start to end. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"
#include "cluster/handoff_guard.h"
#include "sim/endpoints.h"
#include "sim/life.h"
#include "sim/rush.h"
#include "sim/snapshots.h"
#include "sim/start.h"
#include "sim/strict.h"
#include "store/kv_digest.h"

uint64_t sim_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t sim_random(struct sim *sim)
{
    return sim_next(&sim->random[sim->stream]);
}

enum sim_stream sim_draw_from(struct sim *sim, enum sim_stream stream)
{
    enum sim_stream before = sim->stream;
    sim->stream = stream;
    return before;
}

bool sim_has(const struct sim *sim, enum sim_feature feature)
{
    return sim->mix.weight[feature] != 0;
}

uint64_t sim_below(struct sim *sim, uint64_t end)
{
    return sim_random(sim) % end;
}

bool sim_chance(struct sim *sim, uint64_t of_1000)
{
    return sim_below(sim, 1000) < of_1000;
}

void sim_fill(struct sim *sim, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(sim_random(sim) >> 32);
    }
}

struct status sim_entropy(void *context, uint8_t *out, size_t len)
{
    sim_fill(context, out, len);
    return OK;
}

void sim_seen(struct sim *sim, enum sim_probe probe)
{
    sim->probes[probe]++;
}

void sim_violated(struct sim *sim, const char *what, const char *format, ...)
{
    if (sim->wrong != NULL) {
        return;
    }
    va_list list;
    sim->wrong = what;
    va_start(list, format);
    (void)vsnprintf(sim->detail, sizeof sim->detail, format, list);
    va_end(list);
}

/* --- events: a heap by time, then by order ---------------------------------------------------- */

struct sim_event *sim_event_new(struct bytes content)
{
    struct sim_event *event = calloc(1, sizeof *event + content.len);
    INVARIANT(event != NULL);
    event->len = content.len;
    if (content.len != 0) {
        memcpy(event->bytes, content.ptr, content.len);
    }
    return event;
}

static bool is_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->order < b->order);
}

static void swap(struct sim *sim, size_t a, size_t b)
{
    struct sim_event *other = sim->heap[a];
    sim->heap[a] = sim->heap[b];
    sim->heap[b] = other;
}

void sim_at(struct sim *sim, uint64_t at_ms, struct sim_event *event)
{
    if (sim->heap_len == sim->heap_cap) {
        sim->heap_cap = 2 * sim->heap_cap + 64;
        sim->heap = realloc(sim->heap, sim->heap_cap * sizeof *sim->heap);
        INVARIANT(sim->heap != NULL);
    }
    event->at_ms = at_ms > sim->now_ms ? at_ms : sim->now_ms;
    event->order = sim->orders++;
    size_t at = sim->heap_len++;
    sim->heap[at] = event;
    while (at != 0 && is_before(sim->heap[at], sim->heap[(at - 1) / 2])) {
        swap(sim, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

void sim_later(struct sim *sim, uint64_t ms, sim_happen *happen, size_t node)
{
    struct sim_event *event = sim_event_new((struct bytes){NULL, 0});
    event->happen = happen;
    event->node = node;
    event->boot = sim->nodes[node].boot;
    sim_at(sim, sim->now_ms + ms, event);
}

static struct sim_event *take_first(struct sim *sim)
{
    struct sim_event *first = sim->heap[0];
    swap(sim, 0, --sim->heap_len);
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < sim->heap_len; child++) {
            least = is_before(sim->heap[child], sim->heap[least]) ? child : least;
        }
        if (least == at) {
            return first;
        }
        swap(sim, at, least);
        at = least;
    }
}

static void run_until(struct sim *sim, uint64_t end_ms)
{
    while (sim->wrong == NULL && sim->heap_len != 0 && sim->heap[0]->at_ms <= end_ms) {
        struct sim_event *event = take_first(sim);
        INVARIANT(event->at_ms >= sim->now_ms);
        sim->now_ms = event->at_ms;
        sim->stream = SIM_OF_NODES;
        event->happen(sim, event);
        free(event);
    }
    sim->now_ms = sim->wrong == NULL ? end_ms : sim->now_ms;
}

/* --- a life ----------------------------------------------------------------------------------- */

/* Whether all nodes but these are current and hold the same. In: away, bit i: node i. */
static bool others_agree(const struct sim *sim, uint64_t away)
{
    uint8_t first[KV_DIGEST];
    uint8_t other[KV_DIGEST];
    bool has_first = false;
    for (size_t i = 0; i < sim->count; i++) {
        const struct sim_node *node = &sim->nodes[i];
        if ((away >> i & 1) != 0) {
            continue;
        }
        if (!sim_node_current(node) || kv_stats(node->kv).waiting != 0) {
            return false;
        }
        kv_digest_root(node->kv, other);
        if (!has_first) {
            memcpy(first, other, KV_DIGEST);
            has_first = true;
        }
        if (!sim_has(sim, SIM_HAS_QUOTAS) && memcmp(first, other, KV_DIGEST) != 0) {
            return false;
        }
    }
    return true;
}

static bool all_agree(const struct sim *sim)
{
    return others_agree(sim, 0) && (sim->rush == NULL || rush_agrees(sim));
}

enum { HEAL_MS = 90000 };

/* Who heard of a next root only after it had got those before is given it a minute later. */
static uint64_t heal_ms(const struct sim *sim)
{
    return HEAL_MS + (sim_has(sim, SIM_HAS_ROTATION) ? HANDOFF_GUARD_EVERY_MS : 0);
}

/* Nodes that are not current, or will not be. Returns: bit i: node i. */
static uint64_t lost_nodes(const struct sim *sim)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < sim->count; i++) {
        bool is_lost = !sim_node_current(&sim->nodes[i]) || sim->nodes[i].is_revoked;
        lost |= (uint64_t)is_lost << i;
    }
    return lost;
}

/* Nodes that stay away while the others heal: with those that are lost they are fewer than hold a
 * settled write, and fewer than half. Returns: bit i: node i; 0: none may. */
static uint64_t draw_away(struct sim *sim, uint64_t lost)
{
    uint64_t away = 0;
    size_t most = sim->holders - 1 < (sim->count - 1) / 2 ? sim->holders - 1 : (sim->count - 1) / 2;
    enum sim_stream before = sim_draw_from(sim, SIM_OF_FAULTS);
    size_t first = sim_below(sim, sim->count);
    for (size_t i = 0; i < sim->count; i++) {
        uint64_t one = (uint64_t)1 << (first + i) % sim->count;
        if ((size_t)__builtin_popcountll(lost | away | one) <= most && sim_chance(sim, 600)) {
            away |= one;
        }
    }
    sim_draw_from(sim, before);
    return away;
}

/* After the storm a core has working links and clocks first, and comes to agree without the rest:
 * but for nodes that are not current, which wait for all that are registered. */
static void heal_core(struct sim *sim)
{
    uint64_t lost = lost_nodes(sim);
    uint64_t away = sim_endpoints_denied(sim) ? 0 : draw_away(sim, lost);
    uint64_t deadline_ms = sim->now_ms + heal_ms(sim);
    sim_start_heal(sim);
    sim_heal(sim);
    if (away == 0) {
        return;
    }
    for (size_t i = 0; i < sim->count; i++) {
        for (size_t j = 0; j < sim->count; j++) {
            sim->is_cut[i][j] = (away >> i & 1) != (away >> j & 1);
        }
    }
    while (sim->wrong == NULL && sim->now_ms < deadline_ms && !others_agree(sim, away | lost)) {
        run_until(sim, sim->now_ms + 1000);
    }
    if (sim->wrong == NULL && !others_agree(sim, away | lost)) {
        sim_violated(sim, "a core did not come to agree without the rest", "away 0x%llx",
                     (unsigned long long)away);
    }
    sim_seen(sim, SIM_CORE_HEALED);
    sim_heal(sim);
}

/* Within heal_ms all nodes hold the same. */
static void agree(struct sim *sim)
{
    uint64_t deadline_ms = sim->now_ms + heal_ms(sim);
    while (sim->wrong == NULL && sim->now_ms < deadline_ms && !all_agree(sim)) {
        run_until(sim, sim->now_ms + 1000);
    }
    if (sim->wrong == NULL && !all_agree(sim)) {
        size_t current = 0;
        for (size_t i = 0; i < sim->count; i++) {
            current += sim_node_current(&sim->nodes[i]);
        }
        sim_violated(sim, "the nodes did not come to agree", "%zu of %zu are current", current,
                     sim->count);
    }
}

/* Then all links and clocks work. */
static void heal(struct sim *sim)
{
    heal_core(sim);
    agree(sim);
    if (sim->wrong == NULL) {
        sim_seen(sim, SIM_HEALED);
        if (sim->model != NULL) {
            sim_clients_check(sim);
        }
        if (sim->rush != NULL) {
            rush_end(sim);
        }
        if (sim->snapshots != NULL) {
            snapshots_end(sim);
        }
        sim_strict_check(sim, run_until);
        if (sim_epochs_come(sim, run_until)) {
            agree(sim);
        }
        sim_start_conflict(sim, sim_below(sim, sim->count));
    }
}

/* Half of the lives have none of something, the others up to so much. */
static uint64_t draw_up_to(struct sim *sim, uint64_t most)
{
    return sim_chance(sim, 500) ? 0 : 1 + sim_below(sim, most);
}

static void draw(struct sim *sim, uint64_t without)
{
    struct sim_mix *mix = &sim->mix;
    *mix = (struct sim_mix){
        .fault_every_ms = 100 + sim_below(sim, sim_chance(sim, 500) ? 1000 : 5000),
        .write_every_ms = 25 + sim_below(sim, 100),
        .cut_ms = 200 + sim_below(sim, 8000),
        .pause_ms = 100 + sim_below(sim, 6000),
        .down_ms = 1 + sim_below(sim, 2000),
        .tempt = 10 + sim_below(sim, 300),
        .worst = {.drop = draw_up_to(sim, 300),
                  .duplicate = draw_up_to(sim, 150),
                  .damage = draw_up_to(sim, 300),
                  .replay = draw_up_to(sim, 200),
                  .mix = draw_up_to(sim, 400),
                  .delay_ms = 1 + sim_below(sim, 5000)},
    };
    for (size_t i = 0; i < SIM_FEATURES_COUNT; i++) {
        uint64_t weight = 1 + sim_below(sim, 8);
        bool is_rare = i == SIM_HAS_LARGE || i == SIM_HAS_QUOTAS; /* which cost the most time */
        uint64_t chance = is_rare ? 200 : i == SIM_HAS_ENDPOINTS ? 350 : 550;
        mix->weight[i] = sim_chance(sim, chance) && (without >> i & 1) == 0 ? weight : 0;
    }
    if (!sim_has(sim, SIM_HAS_PARTITIONS) && !sim_has(sim, SIM_HAS_STORMS) &&
        (without >> SIM_HAS_KILLS & 1) == 0) {
        mix->weight[SIM_HAS_KILLS] = 1;
    }
    sim->holders = sim->count > 3 && sim_chance(sim, 500) ? 3 : 2;
    mix->has_clients = sim_chance(sim, 500) || !sim_has(sim, SIM_HAS_RUSH);
    if (!sim_has(sim, SIM_HAS_RUSH)) {
        mix->weight[SIM_HAS_QUOTAS] = 0;
        mix->weight[SIM_HAS_SNAPSHOTS] = 0;
    } else if (sim_has(sim, SIM_HAS_QUOTAS)) {
        mix->weight[SIM_HAS_LARGE] = 0;
        mix->has_clients = false; /* they know nothing of values that go */
    }
    if (sim_has(sim, SIM_HAS_SNAPSHOTS)) {
        mix->weight[SIM_HAS_ROTATION] = 0;
        mix->has_clients = false; /* nor of all nodes ending at once */
    }
}

enum { START_MS = 60000 };

static bool all_current(const struct sim *sim)
{
    bool all = true;
    for (size_t i = 0; i < sim->count; i++) {
        all = all && sim_node_current(&sim->nodes[i]);
    }
    return all;
}

/* Nodes come up one after the other, and have their root and are current after a while. */
static void start(struct sim *sim)
{
    uint64_t deadline_ms = sim->now_ms + START_MS;
    sim_faults_start(sim);
    sim_start_faults(sim);
    for (size_t i = 0; i < sim->count; i++) {
        sim_node_start(sim, i);
        run_until(sim, sim->now_ms + sim_below(sim, 1500));
    }
    while (sim->wrong == NULL && sim->now_ms < deadline_ms && !all_current(sim)) {
        run_until(sim, sim->now_ms + 1000);
    }
    sim->roots->is_past_start = true;
}

/* The ticks of a life, and more until it is a whole one, at most twice as many. */
static void live_whole(struct sim *sim, const struct life *life)
{
    struct life so_far = *life;
    run_until(sim, sim->now_ms + life->ticks * SIM_TICK_MS);
    so_far.writes = sim->writes;
    so_far.faults = sim->faults;
    while (sim->wrong == NULL && sim->now_ms < sim->end_ms && life->ticks >= LIFE_TICKS &&
           life->nodes >= LIFE_NODES && !life_is_whole(&so_far)) {
        run_until(sim, sim->now_ms + 1000);
        so_far.writes = sim->writes;
        so_far.faults = sim->faults;
    }
    sim->end_ms = sim->now_ms;
}

void life_live(struct life *life)
{
    struct sim *sim = calloc(1, sizeof *sim);
    INVARIANT(sim != NULL);
    sim->seed = life->seed;
    sim->random[SIM_OF_NODES] = life->seed * 0x2545f4914f6cdd1du + 1;
    for (size_t i = 1; i < SIM_STREAMS; i++) {
        sim->random[i] = sim_random(sim);
    }
    sim->now_ms = 1000000;
    sim->count = life->nodes;
    sim->probes = life->probes;
    sim->roots = calloc(1, sizeof *sim->roots);
    sim->endpoints = calloc(1, sizeof *sim->endpoints);
    INVARIANT(sim->roots != NULL && sim->endpoints != NULL);
    sim->faults_max = life->faults_max;
    draw(sim, life->without);
    sim_strict_draw(sim);
    sim_epochs_draw(sim);
    start(sim);
    sim_strict_gather(sim, run_until);
    sim->end_ms = sim->now_ms + 2 * life->ticks * SIM_TICK_MS;
    if (sim->mix.has_clients) {
        sim_clients_start(sim);
    }
    if (sim_has(sim, SIM_HAS_RUSH)) {
        rush_start(sim);
    }
    if (sim_has(sim, SIM_HAS_SNAPSHOTS)) {
        snapshots_start(sim);
    }
    sim_epochs_start(sim);
    sim_strict_start(sim);
    live_whole(sim, life);
    heal(sim);
    if (sim->wrong != NULL) {
        (void)snprintf(life->wrong, sizeof life->wrong, "%s", sim->wrong);
    }
    life->writes = sim->writes;
    life->faults = sim->faults;
    life->lived_ms = sim->now_ms - 1000000;
    memcpy(life->detail, sim->detail, sizeof life->detail);
    for (size_t i = 0; i < sim->count; i++) {
        sim_node_kill(sim, i);
    }
    for (size_t i = 0; i < sim->heap_len; i++) {
        free(sim->heap[i]);
    }
    sim_network_free(sim);
    sim_clients_free(sim);
    rush_free(sim);
    snapshots_free(sim);
    sim_strict_free(sim);
    free(sim->roots);
    free(sim->endpoints);
    free(sim->heap);
    free(sim);
}
