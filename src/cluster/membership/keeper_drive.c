/* The machines of snapshots, with a store, a storage and a chain. */
#include <string.h>

#include "cluster/membership/keeper_internal.h"
#include "cluster/membership/membership_internal.h"

struct step {
    struct keeper *keeper;
    const struct keeper_work *work;
    struct cluster_now now;
    bool is_over; /* the cluster was closed under it */
};

/* What is read must be of one opening, whose node is current: an emptied store has nothing. */
static void store_step(void *context, struct kv *kv)
{
    struct step *step = context;
    const struct membership *membership = step->keeper->membership;
    if (step->work->restorer != NULL) {
        snapshot_restorer_merge(step->work->restorer, &step->now, kv);
        return;
    }
    step->is_over = membership->cluster == NULL || membership->opening != step->work->opening;
    if (!step->is_over) {
        snapshot_writer_read(step->work->writer, kv);
    }
}

static void look_step(void *context, struct kv *kv)
{
    struct step *step = context;
    const struct membership *membership = step->keeper->membership;
    (void)kv;
    step->is_over = membership->cluster == NULL || membership->opening != step->work->opening;
}

static bool next(const struct keeper_work *work, const struct cluster_now *now,
                 struct snapshot_action *ret_action, uint64_t *ret_due_ms)
{
    return work->writer != NULL ? snapshot_writer_next(work->writer, now, ret_action, ret_due_ms)
           : work->restorer != NULL
               ? snapshot_restorer_next(work->restorer, now, ret_action, ret_due_ms)
               : snapshot_sweep_next(work->sweep, now, ret_action, ret_due_ms);
}

/* Answers of the storage; what it cannot be asked is asked again, so it is told meanwhile. */
static void carry_out(struct keeper *keeper, const struct keeper_work *work,
                      const struct snapshot_action *action)
{
    const struct membership_setup *setup = &keeper->membership->setup;
    struct snapshot_answer answer;
    snapshot_action_carry_out(&setup->ports->snapshots.storage, action, keeper->room, &answer);
    struct cluster_now now = membership_now(keeper->membership);
    if (answer.status.code == STATUS_IO || answer.status.code == STATUS_BLOB_FULL) {
        keeper_note(keeper, MEMBERSHIP_KEEPS_STATES, answer.status);
    }
    if (work->writer != NULL) {
        snapshot_writer_answered(work->writer, &now, action->id, &answer);
    } else if (work->restorer != NULL) {
        snapshot_restorer_answered(work->restorer, &now, action->id, &answer);
    } else {
        snapshot_sweep_answered(work->sweep, &now, action->id, &answer);
    }
}

/* --- the chain -------------------------------------------------------------------------------- */

/* What the newest block makes of what was sent. Returns: OK, SNAPSHOT_LOST; REGISTRY_PENDING while
 * it has what the snapshot follows; REGISTRY_LOST. */
static struct status look_for(struct keeper *keeper, const struct snapshot_action *action)
{
    struct snapshot_point is;
    struct status status = keeper_anchored(keeper, &is);
    if (!status_is_ok(status)) {
        return status.code == STATUS_REGISTRY_PENDING ? status : FAIL(REGISTRY_LOST);
    }
    if (snapshot_point_order(&is, &action->point) == 0) {
        return OK;
    }
    /* The view may be older than what the writer knew. */
    return is.height <= action->follows.height ? FAIL(REGISTRY_PENDING) : FAIL(SNAPSHOT_LOST);
}

static struct status send_anchor(struct keeper *keeper, const struct snapshot_action *action)
{
    const struct membership_setup *setup = &keeper->membership->setup;
    struct publisher_anchor what = {.height = action->point.height};
    memcpy(what.header, action->point.digest, sizeof what.header);
    memcpy(what.follows, action->follows.digest, sizeof what.follows);
    struct status status = publisher_anchor(&setup->ports->snapshots.publisher, &what);
    bool is_lost = status.code == STATUS_ANCHOR_HEIGHT || status.code == STATUS_ANCHOR_MOVED;
    return is_lost ? FAIL(SNAPSHOT_LOST) : status;
}

/* Returns: as snapshot_writer_anchored wants it. */
static struct status anchor_it(struct keeper *keeper, const struct snapshot_action *action)
{
    const struct clock *clock = &keeper->membership->setup.clock;
    uint64_t end_ms = clock_monotonic_ms(clock) + KEEPER_FINAL_MS;
    struct status status;
    do {
        status = send_anchor(keeper, action);
        while (status_is_ok(status)) {
            struct status seen = look_for(keeper, action);
            if (seen.code != STATUS_REGISTRY_PENDING) {
                return seen;
            }
            if (clock_monotonic_ms(clock) >= end_ms || !keeper_wait(keeper, KEEPER_ASK_MS)) {
                return seen;
            }
        }
    } while (status.code == STATUS_REGISTRY_PENDING && keeper_wait(keeper, KEEPER_ASK_MS));
    return status;
}

/* --- to the end ------------------------------------------------------------------------------- */

static struct status act(struct keeper *keeper, const struct keeper_work *work,
                         const struct snapshot_action *action)
{
    struct step step = {keeper, work, membership_now(keeper->membership), false};
    struct values *values = keeper->membership->setup.values;
    if (action->kind == SNAPSHOT_STORE) {
        values_as_owner(values, store_step, &step);
    } else if (action->kind == SNAPSHOT_ANCHOR) {
        values_as_owner(values, look_step, &step);
        if (!step.is_over) {
            struct status status = anchor_it(keeper, action);
            keeper_note(keeper, MEMBERSHIP_KEEPS_STATES, status);
            step.now = membership_now(keeper->membership);
            snapshot_writer_anchored(work->writer, &step.now, status);
        }
    } else {
        carry_out(keeper, work, action);
    }
    return step.is_over ? FAIL(NOT_CURRENT) : OK;
}

struct status keeper_drive(struct keeper *keeper, const struct keeper_work *work,
                           struct snapshot_point *ret_point)
{
    struct snapshot_action action;
    uint64_t due_ms;
    *ret_point = (struct snapshot_point){0};
    while (keeper_wait(keeper, 0)) {
        struct cluster_now now = membership_now(keeper->membership);
        if (!next(work, &now, &action, &due_ms)) {
            keeper_wait(keeper, due_ms > now.ms ? due_ms - now.ms : 1);
        } else if (action.kind == SNAPSHOT_ENDED) {
            *ret_point = action.point;
            return action.status;
        } else {
            TRY(act(keeper, work, &action));
        }
    }
    return FAIL(UNAVAILABLE);
}
