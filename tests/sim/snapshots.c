/* Who owns the machines of snapshots in each node: snapshots.h. */
#include "sim/snapshots.h"

#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "sim/rush.h"
#include "sim/snapshots_internal.h"
#include "sim/start.h"

enum { WORST_MS = 5000 };

/* An action on its way. */
struct carried {
    struct snapshot_action action;
    enum sim_machine machine;
    uint64_t serial;
};

static void act(struct sim *sim, size_t at);

static struct cluster_now fast_now(struct sim *sim, size_t at)
{
    struct cluster_now now = sim_now(&sim->nodes[at]);
    now.ms *= SNAPSHOTS_FASTER;
    return now;
}

/* The greatest that anybody who runs knows of. */
static struct snapshot_point known_to_all(const struct sim *sim)
{
    struct snapshot_point known = {0};
    for (size_t i = 0; i < sim->count; i++) {
        const struct snapshot_point *own = &sim->snapshots->workers[i].known;
        known = sim->nodes[i].is_up && snapshot_point_order(own, &known) > 0 ? *own : known;
    }
    return known;
}

/* --- starting and ending ---------------------------------------------------------------------- */

static void begin_writing(struct sim *sim, size_t at, struct strict_table *strict)
{
    struct sim_snapshots *own = sim->snapshots;
    struct sim_worker *worker = &own->workers[at];
    struct sim_node *node = &sim->nodes[at];
    struct cluster_now now = fast_now(sim, at);
    struct snapshot_writer_setup setup = {
        .mem = &node->mem,
        .entropy = {sim, sim_entropy},
        .roots = node->roots,
        .anchored = worker->collect_anchor,
        .known = known_to_all(sim),
        .strict = strict,
        .block = 1 + sim->now_ms / 1000,
        .has_chain = true,
        .is_full = worker->needs_all,
    };
    if (own->count == SNAPSHOTS_MAX || worker->writer != NULL) {
        return;
    }
    memcpy(setup.domain, sim_domain, sizeof setup.domain);
    memcpy(setup.incarnation, worker->incarnation, sizeof setup.incarnation);
    INVARIANT(status_is_ok(snapshot_writer_open(&setup, &now, &worker->writer)));
    worker->serial[SIM_WRITER] = ++own->serials;
    worker->writing = own->count++;
    snapshots_begun(sim, at, &own->list[worker->writing]);
    own->list[worker->writing].has_strict = strict != NULL;
    if (strict != NULL) {
        own->list[worker->writing].told = worker->told;
    }
    for (size_t i = 0; i < sim->count; i++) {
        if (i != at && own->workers[i].writer != NULL) {
            sim_seen(sim, SIM_TWO_WRITERS);
        }
    }
    act(sim, at);
}

/* What a majority has is here, or is not to be had. */
static void collect(struct sim *sim, struct sim_event *event)
{
    struct sim_worker *worker = &sim->snapshots->workers[event->node];
    const struct sim_node *node = &sim->nodes[event->node];
    if (!node->is_up || node->boot != event->boot || !worker->is_collecting) {
        return;
    }
    struct strict *strict = cluster_strict(node->cluster);
    bool is_whole = strict_has_collected(strict, worker->collect_ms);
    if (!is_whole && sim->now_ms < worker->collect_end_ms) {
        sim_later(sim, 20, collect, event->node);
        return;
    }
    worker->is_collecting = false;
    if (sim->now_ms >= node->paused_until_ms) {
        begin_writing(sim, event->node, is_whole ? strict_records(strict) : NULL);
    }
}

static void begin_collecting(struct sim *sim, size_t at)
{
    struct sim_worker *worker = &sim->snapshots->workers[at];
    if (worker->is_collecting || worker->writer != NULL) {
        return;
    }
    worker->is_collecting = true;
    worker->collect_anchor = sim->snapshots->anchored;
    worker->collect_end_ms = sim->now_ms + 300;
    worker->collect_ms = strict_collect(cluster_strict(sim->nodes[at].cluster), sim->now_ms);
    sim_strict_tell(sim, &worker->told);
    sim_node_act(sim, at);
    sim_later(sim, 1, collect, at);
}

static void begin_sweeping(struct sim *sim, size_t at)
{
    struct sim_snapshots *own = sim->snapshots;
    struct sim_worker *worker = &own->workers[at];
    struct sim_node *node = &sim->nodes[at];
    struct snapshot_point known = known_to_all(sim);
    struct cluster_now now = fast_now(sim, at);
    uint64_t since_ms = now.ms - worker->sweep_ms;
    if (worker->is_sweeping || (since_ms < SNAPSHOT_GRACE_MS && sim_chance(sim, 900))) {
        return;
    }
    worker->sweep_ms = now.ms;
    if (worker->sweep == NULL) {
        struct status status =
            snapshot_sweep_open(&node->mem, node->roots, sim_domain, &worker->sweep);
        INVARIANT(status_is_ok(status));
    }
    worker->serial[SIM_SWEEP] = ++own->serials;
    worker->is_sweeping = true;
    snapshot_sweep_begin(worker->sweep, &now, &own->anchored, &known);
    act(sim, at);
}

static void begin_restoring(struct sim *sim, size_t at)
{
    struct sim_snapshots *own = sim->snapshots;
    struct sim_worker *worker = &own->workers[at];
    struct sim_node *node = &sim->nodes[at];
    struct snapshot_restorer_setup setup = {
        .mem = &node->mem,
        .entropy = {sim, sim_entropy},
        .roots = node->roots,
        .anchored = own->anchored,
    };
    memcpy(setup.domain, sim_domain, sizeof setup.domain);
    strict_table_close(&worker->restored);
    INVARIANT(status_is_ok(
        strict_table_open(&node->mem, &setup.entropy, LIMIT_STRICT_BYTES, &worker->restored)));
    setup.strict = worker->restored;
    INVARIANT(status_is_ok(snapshot_restorer_open(&setup, &worker->restorer)));
    worker->serial[SIM_RESTORER] = ++own->serials;
    own->is_restoring = true;
    own->restorer = at;
    act(sim, at);
}

static void end_writing(struct sim *sim, size_t at, const struct snapshot_action *action)
{
    struct sim_worker *worker = &sim->snapshots->workers[at];
    if (status_is_ok(action->status)) {
        worker->known = action->point;
        worker->needs_all = false;
        sim_seen(sim, SIM_SNAPSHOT_ENDED);
    } else {
        bool is_lost = action->status.code == STATUS_SNAPSHOT_LOST;
        sim_seen(sim, is_lost ? SIM_ANCHOR_MOVED : SIM_SNAPSHOT_GIVEN_UP);
    }
    worker->serial[SIM_WRITER] = 0;
    snapshot_writer_close(&worker->writer);
}

/* Restore into a store of its own what is anchored, or follows it; judge what it has. */
static void restore_beside(struct sim *sim, size_t at, bool is_judged)
{
    static struct blob_list list;
    struct sim_snapshots *own = sim->snapshots;
    struct sim_node *node = &sim->nodes[at];
    struct snapshot_restorer *restorer;
    struct snapshot_answer answer;
    struct snapshot_action action;
    struct kv_limits limits = kv_limits_default();
    struct cluster_now now = fast_now(sim, at);
    struct kv *kv;
    struct snapshot_restorer_setup setup = {.mem = &node->mem,
                                            .entropy = {sim, sim_entropy},
                                            .roots = node->roots,
                                            .anchored = own->anchored};
    if (own->anchored.height == 0) {
        return;
    }
    memcpy(setup.domain, sim_domain, sizeof setup.domain);
    INVARIANT(status_is_ok(kv_open(&limits, node->wallet.b, &node->mem, &kv)));
    INVARIANT(status_is_ok(snapshot_restorer_open(&setup, &restorer)));
    do {
        uint64_t due_ms = UINT64_MAX;
        if (!snapshot_restorer_next(restorer, &now, &action, &due_ms)) {
            now.ms = due_ms;
        } else if (action.kind == SNAPSHOT_STORE) {
            snapshot_restorer_merge(restorer, &now, kv);
        } else if (action.kind != SNAPSHOT_ENDED) {
            storage_do(own->storage, &action, &list, &answer);
            snapshot_restorer_answered(restorer, &now, action.id, &answer);
        }
    } while (action.kind != SNAPSHOT_ENDED);
    if (!status_is_ok(action.status)) {
        snapshots_refused(sim, action.status);
    } else if (is_judged) {
        snapshots_judge(sim, kv, &action.point, true);
    }
    snapshot_restorer_close(&restorer);
    kv_close(&kv);
}

static void end_sweeping(struct sim *sim, size_t at, const struct snapshot_action *action)
{
    struct sim_worker *worker = &sim->snapshots->workers[at];
    struct snapshot_sweep_stats stats = snapshot_sweep_stats(worker->sweep);
    worker->is_sweeping = false;
    worker->serial[SIM_SWEEP] = 0;
    if (status_is_ok(action->status)) {
        worker->needs_all = stats.missing != 0;
        sim_seen(sim, stats.deleted != 0 ? SIM_SWEPT_AWAY : SIM_SWEPT);
    }
    if (stats.deleted != 0 && sim->snapshots->honest == NULL) {
        restore_beside(sim, at, false);
    }
}

/* What was taken in of one that was refused goes with its node; operators bring back what is
 * there, and it starts anew. */
static void end_restoring(struct sim *sim, size_t at, const struct snapshot_action *action)
{
    struct sim_snapshots *own = sim->snapshots;
    struct sim_worker *worker = &own->workers[at];
    worker->serial[SIM_RESTORER] = 0;
    own->is_restoring = false;
    snapshot_restorer_close(&worker->restorer);
    if (status_is_ok(action->status)) {
        snapshots_judge(sim, sim->nodes[at].kv, &action->point, false);
        snapshots_be_honest(sim);
        worker->known = action->point;
        strict_incarnation(sim_domain, action->point.digest, worker->incarnation);
        own->is_restored = true;
        sim_node_join(sim, at);
        sim_strict_restored(sim, at, &own->restored_told);
        return;
    }
    snapshots_refused(sim, action->status);
    snapshots_be_honest(sim);
    sim_chain_end(sim, at, sim->now_ms);
    sim_node_kill(sim, at);
    sim_later(sim, 1000, sim_node_restart, at);
}

/* --- actions ---------------------------------------------------------------------------------- */

static void tell(struct sim *sim, size_t at, const struct carried *carried, struct status anchored,
                 const struct snapshot_answer *answer)
{
    struct sim_worker *worker = &sim->snapshots->workers[at];
    struct cluster_now now = fast_now(sim, at);
    if (carried->action.kind == SNAPSHOT_ANCHOR) {
        snapshot_writer_anchored(worker->writer, &now, anchored);
    } else if (carried->machine == SIM_WRITER) {
        snapshot_writer_answered(worker->writer, &now, carried->action.id, answer);
    } else if (carried->machine == SIM_SWEEP) {
        snapshot_sweep_answered(worker->sweep, &now, carried->action.id, answer);
    } else {
        snapshot_restorer_answered(worker->restorer, &now, carried->action.id, answer);
    }
}

/* At the storage, or in a block, and back at the node. */
static void carry_out(struct sim *sim, struct sim_event *event)
{
    static struct blob_list list;
    struct sim_snapshots *own = sim->snapshots;
    const struct sim_node *node = &sim->nodes[event->node];
    struct carried carried;
    struct snapshot_answer answer = {.status = FAIL(IO)};
    struct status anchored = FAIL(UNAVAILABLE);
    memcpy(&carried, event->bytes, sizeof carried);
    if (!node->is_up || node->boot != event->boot ||
        own->workers[event->node].serial[carried.machine] != carried.serial) {
        return;
    }
    if (sim->now_ms < node->paused_until_ms) {
        struct sim_event *later = sim_event_copy(event);
        sim_at(sim, node->paused_until_ms, later);
        return;
    }
    bool is_lost = !sim->is_calm && sim_chance(sim, 60);
    if (carried.action.kind == SNAPSHOT_ANCHOR) {
        anchored = is_lost ? anchored : snapshots_anchor(sim, &carried.action);
    } else if (!is_lost) {
        storage_do(own->storage, &carried.action, &list, &answer);
    }
    struct snapshot_point point;
    if (carried.action.kind == SNAPSHOT_PUT && status_is_ok(answer.status) &&
        snapshot_header_point(&carried.action.name, &point)) {
        snapshots_written(sim, &own->list[own->workers[event->node].writing],
                          carried.action.object);
        snapshots_keep_state(sim);
    }
    /* Done, and nobody hears of it. */
    if (!sim->is_calm && sim_chance(sim, 30)) {
        answer.status = FAIL(IO);
        anchored = FAIL(UNAVAILABLE);
    }
    tell(sim, event->node, &carried, anchored, &answer);
    act(sim, event->node);
}

static void send_off(struct sim *sim, size_t at, enum sim_machine machine,
                     const struct snapshot_action *action)
{
    struct carried carried = {
        .action = *action,
        .machine = machine,
        .serial = sim->snapshots->workers[at].serial[machine],
    };
    struct sim_event *event =
        sim_event_new((struct bytes){(const uint8_t *)&carried, sizeof carried});
    event->happen = carry_out;
    event->node = at;
    event->boot = sim->nodes[at].boot;
    bool is_block = action->kind == SNAPSHOT_ANCHOR;
    uint64_t ms = is_block ? 200 + sim_below(sim, 2000) : 1 + sim_below(sim, 8);
    sim_at(sim, sim->now_ms + ms, event);
}

static bool next_action(struct sim *sim, size_t at, enum sim_machine machine,
                        struct snapshot_action *ret, uint64_t *ret_due_ms)
{
    struct sim_worker *worker = &sim->snapshots->workers[at];
    struct cluster_now now = fast_now(sim, at);
    if (worker->serial[machine] == 0) {
        return false;
    }
    if (machine == SIM_WRITER) {
        return snapshot_writer_next(worker->writer, &now, ret, ret_due_ms);
    }
    return machine == SIM_SWEEP ? snapshot_sweep_next(worker->sweep, &now, ret, ret_due_ms)
                                : snapshot_restorer_next(worker->restorer, &now, ret, ret_due_ms);
}

/* A step under the lock of the store. */
static void step_in_store(struct sim *sim, size_t at, enum sim_machine machine)
{
    struct sim_worker *worker = &sim->snapshots->workers[at];
    struct cluster_now now = fast_now(sim, at);
    if (machine == SIM_WRITER) {
        snapshot_writer_read(worker->writer, sim->nodes[at].kv);
    } else {
        snapshot_restorer_merge(worker->restorer, &now, sim->nodes[at].kv);
    }
}

static void wake(struct sim *sim, struct sim_event *event)
{
    const struct sim_node *node = &sim->nodes[event->node];
    if (node->is_up && node->boot == event->boot) {
        act(sim, event->node);
    }
}

static void wake_at(struct sim *sim, size_t at, enum sim_machine machine, uint64_t due_ms)
{
    struct sim_worker *worker = &sim->snapshots->workers[at];
    uint64_t ms = due_ms / SNAPSHOTS_FASTER + 1;
    if (due_ms != UINT64_MAX &&
        (ms < worker->wake_ms[machine] || worker->wake_ms[machine] <= sim->now_ms)) {
        worker->wake_ms[machine] = ms;
        sim_later(sim, ms - sim->now_ms, wake, at);
    }
}

/* All that the machines of a node want now. */
static void act(struct sim *sim, size_t at)
{
    static void (*const ends[SIM_MACHINES])(struct sim *, size_t,
                                            const struct snapshot_action *) = {
        [SIM_WRITER] = end_writing, [SIM_SWEEP] = end_sweeping, [SIM_RESTORER] = end_restoring};
    struct snapshot_action action;
    for (unsigned i = 0; i < SIM_MACHINES; i++) {
        uint64_t due_ms = UINT64_MAX;
        while (sim->wrong == NULL && next_action(sim, at, i, &action, &due_ms)) {
            if (action.kind == SNAPSHOT_STORE) {
                step_in_store(sim, at, i);
            } else if (action.kind == SNAPSHOT_ENDED) {
                ends[i](sim, at, &action);
                due_ms = UINT64_MAX;
            } else {
                send_off(sim, at, i, &action);
            }
        }
        wake_at(sim, at, i, due_ms);
    }
}

/* --- a life ----------------------------------------------------------------------------------- */

static bool is_there(const struct sim *sim, size_t at)
{
    const struct sim_node *node = &sim->nodes[at];
    return !sim->is_calm && sim_node_current(node) && sim->now_ms >= node->paused_until_ms;
}

static void work(struct sim *sim, struct sim_event *event)
{
    enum sim_stream before = sim_draw_from(sim, SIM_OF_SNAPSHOTS);
    size_t at = sim_below(sim, sim->count);
    size_t first = 0;
    sim_later(sim, 1 + sim_below(sim, sim->snapshots->every_ms), event->happen, 0);
    while (first < sim->count && !is_there(sim, first)) {
        first++;
    }
    /* It takes two runs of one node to find that something is not needed. */
    if (first < sim->count && sim_chance(sim, 400)) {
        begin_sweeping(sim, first);
    } else if (is_there(sim, at)) {
        size_t other = (at + 1 + sim_below(sim, sim->count - 1)) % sim->count;
        begin_collecting(sim, at);
        if (sim_chance(sim, 500) && is_there(sim, other)) {
            begin_collecting(sim, other); /* so that both may take the same height */
        }
    }
    sim_draw_from(sim, before);
}

/* Half of the losses wait a while for the moment at which heights alone do not say what counts. */
static bool waits_for_worst(struct sim *sim)
{
    struct sim_snapshots *own = sim->snapshots;
    if (own->worst_ms == 0) {
        own->worst_ms = sim->now_ms + sim_below(sim, 2) * WORST_MS;
    }
    bool waits = sim->now_ms < own->worst_ms && !snapshots_have_fork(own);
    own->worst_ms = waits ? own->worst_ms : 0;
    return waits;
}

/* All nodes at once; whoever comes back finds what the host shows. */
static void lose_all(struct sim *sim, struct sim_event *event)
{
    struct sim_snapshots *own = sim->snapshots;
    sim->stream = SIM_OF_SNAPSHOTS;
    if (sim->is_calm || sim->instance_count + 3 * sim->count > SIM_INSTANCES_MAX) {
        return;
    }
    bool is_ready =
        own->anchored.height != 0 && !own->is_restoring && (!own->was_lost || own->is_restored);
    is_ready = is_ready && !waits_for_worst(sim);
    sim_later(sim, is_ready ? 10000 + sim_below(sim, 30000) : 100, event->happen, 0);
    if (!is_ready) {
        return;
    }
    own->was_lost = true;
    own->is_restored = false;
    for (size_t i = 0; i < sim->count; i++) {
        if (sim->nodes[i].is_up) {
            sim_chain_end(sim, i, sim->now_ms);
            sim_node_kill(sim, i);
            sim_later(sim, 1 + sim_below(sim, 3000), sim_node_restart, i);
        }
    }
    snapshots_meddle(sim);
    sim_seen(sim, SIM_LOST_ALL);
    sim->faults++;
}

void snapshots_start(struct sim *sim)
{
    sim->snapshots = calloc(1, sizeof *sim->snapshots);
    INVARIANT(sim->snapshots != NULL);
    sim->snapshots->storage = storage_make();
    sim->snapshots->every_ms = 200 + sim_below(sim, sim_chance(sim, 500) ? 800 : 5000);
    sim_later(sim, 1, work, 0);
    sim_later(sim, 3000 + sim_below(sim, 20000), lose_all, 0);
}

static void join_again(struct sim *sim, struct sim_event *event)
{
    const struct sim_node *node = &sim->nodes[event->node];
    if (node->is_up && node->boot == event->boot && node->cluster == NULL) {
        sim_node_join(sim, event->node);
        sim_node_act(sim, event->node);
    }
}

struct strict_table *snapshots_take_strict(struct sim *sim, size_t at,
                                           struct cluster_origin *ret_origin)
{
    struct sim_worker *worker = sim->snapshots != NULL ? &sim->snapshots->workers[at] : NULL;
    struct strict_table *restored = worker != NULL ? worker->restored : NULL;
    *ret_origin = (struct cluster_origin){0};
    if (restored != NULL) {
        worker->restored = NULL;
        ret_origin->height = worker->known.height;
        memcpy(ret_origin->digest, worker->known.digest, sizeof ret_origin->digest);
    }
    return restored;
}

bool snapshots_hold(struct sim *sim, size_t at)
{
    struct sim_snapshots *own = sim->snapshots;
    if (own == NULL || !own->was_lost || own->is_restored) {
        return false;
    }
    if (!own->is_restoring) {
        begin_restoring(sim, at);
    } else if (own->restorer != at) {
        sim_later(sim, 300, join_again, at);
    }
    return true;
}

void snapshots_lost(struct sim *sim, size_t at)
{
    if (sim->snapshots != NULL) {
        struct sim_worker *worker = &sim->snapshots->workers[at];
        if (sim->snapshots->is_restoring && sim->snapshots->restorer == at) {
            sim->snapshots->is_restoring = false;
        }
        snapshot_writer_close(&worker->writer);
        snapshot_restorer_close(&worker->restorer);
        snapshot_sweep_close(&worker->sweep);
        strict_table_close(&worker->restored);
        *worker = (struct sim_worker){0};
    }
}

/* What is anchored, or follows it, can be restored after all that was swept. */
void snapshots_end(struct sim *sim)
{
    restore_beside(sim, 0, true);
}

void snapshots_free(struct sim *sim)
{
    struct sim_snapshots *own = sim->snapshots;
    if (own != NULL) {
        snapshots_be_honest(sim);
        storage_free(own->storage);
        for (size_t i = 0; i < SNAPSHOTS_STATES; i++) {
            if (own->states[i] != NULL) {
                storage_free(own->states[i]);
            }
        }
        free(own);
    }
    sim->snapshots = NULL;
}
