#include "base/arena.h"
#include "base/invariant.h"
#include "pipeline/charge_internal.h"
#include "pipeline/fail.h"
#include "pipeline/operate_internal.h"
#include "pipeline/trail_internal.h"
#include "pipeline/turn.h"

/* A step that an operation may not have. */
static struct status take_step(struct work *work,
                               struct status (*step)(struct work *, const struct permit *))
{
    return step == NULL ? OK : step(work, work->permit);
}

/* Users' items are counted by what they are and what became of them. */
static void count_item(struct work *work, struct status outcome)
{
    if (work->route->principal == ROUTES_USER) {
        metrics_add(work->metrics, METRICS_ITEMS, work->items.kind, outcome.code, 1);
    }
}

static bool has_intent(const struct work *work)
{
    return work->route->audit == ROUTES_AUDIT_KEY || work->route->audit == ROUTES_AUDIT_EFFECT;
}

/* Everything before it is done. Stops where the intent must be durable first. */
static struct status intend(struct work *work)
{
    TRY(take_step(work, work->operate->prepare));
    if (has_intent(work)) {
        TRY(trail_intent(work));
    }
    work->items.is_intended = true;
    work->pause = work->route->audit == ROUTES_AUDIT_EFFECT ? WORK_RECORDS : WORK_GOES_ON;
    return OK;
}

/* What other nodes must hold is not over when it is done here. */
static struct status perform(struct work *work)
{
    if (!work->items.is_done) {
        TRY(work->operate->perform(work, work->permit));
        work->items.is_done = work->pause == WORK_GOES_ON;
        if (work->items.is_done && work->wait != 0) {
            work->pause = WORK_SETTLES;
        }
    }
    bool is_over = work->pause == WORK_GOES_ON;
    if (!is_over || work->route->audit == ROUTES_AUDIT_NONE) {
        return OK;
    }
    return work->is_unsettled ? trail_unsettled(work, FAIL(WRITE_UNSETTLED)) : trail_ok(work);
}

/* One item, or what is left of it. What took a whole turn to prepare is done in the next one, where
 * the request was kept for that. Its refusal is recorded by whoever answers it. */
static struct status run_item(struct work *work)
{
    if (!work->items.is_intended) {
        TRY(intend(work));
        bool may_stop = work->route->body_max != 0 && work->route->principal != ROUTES_ANYONE;
        if (work->pause == WORK_GOES_ON && may_stop && turn_is_over(work)) {
            work->pause = WORK_YIELDS;
        }
    }
    return work->pause == WORK_GOES_ON ? perform(work) : OK;
}

/* An item of a batch: its own answer or, where items stand alone, its own refusal. Fails where the
 * whole batch does, and when no record of it can be written. */
static struct status run_item_of_batch(struct work *work)
{
    if (!work->items.is_intended) {
        work->doc.where[0] = '\0';
        json_out_object(&work->out);
    }
    struct status status = run_item(work);
    if (work->pause != WORK_GOES_ON) {
        return OK;
    }
    count_item(work, status);
    if (!status_is_ok(status)) {
        if (!work->operate->items_stand_alone) {
            return status;
        }
        work->items.refused++;
        TRY(trail_refused(work, status));
        fail_members_out(&work->out, status, work->doc.where);
    }
    json_out_object_end(&work->out);
    return OK;
}

/* What an item left is wiped before the next one. */
static void next_item(struct work *work)
{
    trail_clear(work);
    arena_rewind(work->arena, work->items.mark);
    work->items.is_intended = false;
    work->items.is_done = false;
    work->items.kind = 0;
    work->items.index++;
}

/* Between two items: records that fill half of a batch go first, and others have their turn. */
static enum work_pause pause_of(const struct work *work)
{
    if (committer_is_pressed(work->lane)) {
        return WORK_RECORDS;
    }
    return turn_is_over(work) ? WORK_YIELDS : WORK_GOES_ON;
}

static struct status run_items(struct work *work)
{
    work->items.mark = work->items.mark == 0 ? work->arena->used : work->items.mark;
    while (work->items.index < work->items.count) {
        TRY(run_item_of_batch(work));
        if (work->pause != WORK_GOES_ON) {
            return OK;
        }
        next_item(work);
        if (work->items.index < work->items.count) {
            work->pause = pause_of(work);
        }
        if (work->pause != WORK_GOES_ON) {
            return OK;
        }
    }
    return OK;
}

static struct status begin(struct work *work)
{
    work->items.is_begun = true;
    work->items.count = 1;
    return take_step(work, work->operate->begin);
}

/* What takes long waits behind who is there already and asks for little, from the first. */
static bool lets_others_go_first(struct work *work)
{
    bool is_first = !work->items.is_queued && charge_is_dear(work);
    work->items.is_queued = work->items.is_queued || is_first;
    return is_first;
}

static struct status begin_and_run(struct work *work)
{
    if (lets_others_go_first(work)) {
        work->pause = WORK_YIELDS;
        return OK;
    }
    if (!work->items.is_begun) {
        TRY(begin(work));
        trail_clear(work);
    }
    return work->items.is_batch ? run_items(work) : run_item(work);
}

struct status operate_run(struct work *work)
{
    work->pause = WORK_GOES_ON;
    struct status status = begin_and_run(work);
    if (work->pause != WORK_GOES_ON) {
        return OK;
    }
    if (!work->items.is_batch) {
        count_item(work, status);
    }
    TRY(status);
    INVARIANT(work->recorded == (work->route->audit != ROUTES_AUDIT_NONE));
    TRY(take_step(work, work->operate->end));
    return buf_check(&work->body);
}
