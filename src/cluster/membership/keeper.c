#include <string.h>

#include "base/limits.h"
#include "cluster/membership/keeper_internal.h"
#include "cluster/membership/membership_internal.h"

enum {
    LOOK_MS = 1000, /* between two looks whether something is to be done, */
    POLL_MS = 50,   /* and at what comes soon */
};

/* --- for all ---------------------------------------------------------------------------------- */

static const struct membership_snapshots *parts_of(const struct keeper *keeper)
{
    return &keeper->membership->setup.ports->snapshots;
}

static bool has_storage(const struct keeper *keeper)
{
    return parts_of(keeper)->storage.get != NULL;
}

void keeper_restore(struct keeper *keeper)
{
    thread_lock_take(&keeper->lock);
    keeper->is_asked = true;
    keeper->asked_ms = clock_monotonic_ms(&keeper->membership->setup.clock);
    keeper->is_restored = false;
    thread_signal_one(&keeper->changed);
    thread_lock_give(&keeper->lock);
}

bool keeper_take_restored(struct keeper *keeper, struct cluster_origin *ret_origin,
                          struct strict_table **ret_strict)
{
    thread_lock_take(&keeper->lock);
    bool is_restored = keeper->is_restored;
    keeper->is_restored = false;
    *ret_strict = NULL;
    if (is_restored) {
        *ret_strict = keeper->restored;
        keeper->restored = NULL;
    }
    *ret_origin = keeper->origin;
    thread_lock_give(&keeper->lock);
    return is_restored;
}

struct membership_keeping keeper_stats(struct keeper *keeper)
{
    thread_lock_take(&keeper->lock);
    struct membership_keeping stats = keeper->stats;
    thread_lock_give(&keeper->lock);
    return stats;
}

void keeper_note(struct keeper *keeper, enum membership_keeps state, struct status status)
{
    thread_lock_take(&keeper->lock);
    keeper->stats.state = state == MEMBERSHIP_KEEPS_STATES ? keeper->stats.state : state;
    keeper->stats.status = status;
    thread_lock_give(&keeper->lock);
}

bool keeper_wait(struct keeper *keeper, uint64_t wait_ms)
{
    uint64_t ns = wait_ms < UINT64_MAX / 1000000 ? wait_ms * 1000000 : UINT64_MAX / 2;
    struct thread_moment end = thread_in_ns(ns);
    thread_lock_take(&keeper->lock);
    if (wait_ms != 0 && !keeper->is_stopping) {
        (void)thread_wait_until(&keeper->changed, &keeper->lock, end);
    }
    bool goes_on = !keeper->is_stopping;
    thread_lock_give(&keeper->lock);
    return goes_on;
}

static void log_failure(const struct keeper *keeper, const char *what, struct status status)
{
    LOG_EVENT(keeper->membership->setup.log, WARN, "snapshot", LOG_TEXT("failed", what),
              LOG_STATUS(status), LOG_TEXT("next", status_hint((enum status_code)status.code)));
}

const char *membership_keeps_name(enum membership_keeps state)
{
    static const char *const names[MEMBERSHIP_KEEPS_STATES] = {"none", "waiting", "writing",
                                                               "restoring", "refused"};
    return names[state];
}

/* --- restoring -------------------------------------------------------------------------------- */

/* What operators named counts in place of the one anchored header that they named with it. */
static bool is_ordered(const struct keeper *keeper, const struct snapshot_point *anchored)
{
    const struct membership_snapshots *parts = parts_of(keeper);
    return parts->ordered.height != 0 &&
           bytes_equal(BYTES_ARRAY(parts->ordered_for), BYTES_ARRAY(anchored->digest));
}

static struct status restore_from_storage(struct keeper *keeper,
                                          const struct snapshot_point *anchored,
                                          struct snapshot_point *ret_point)
{
    const struct membership_setup *setup = &keeper->membership->setup;
    struct keeper_work work = {0};
    struct snapshot_restorer_setup parts = {.mem = setup->mem,
                                            .entropy = setup->entropy,
                                            .roots = setup->roots,
                                            .anchored = *anchored,
                                            .strict = keeper->restored};
    memcpy(parts.domain, setup->domain, sizeof parts.domain);
    if (is_ordered(keeper, anchored)) {
        parts.ordered = parts_of(keeper)->ordered;
    }
    TRY(snapshot_restorer_open(&parts, &work.restorer));
    struct status status = keeper_drive(keeper, &work, ret_point);
    struct snapshot_restorer_stats stats = snapshot_restorer_stats(work.restorer);
    if (!status_is_ok(status)) {
        values_empty(setup->values); /* of what is half there */
    }
    bool is_unused = anchored->height == 0 && parts.ordered.height == 0 &&
                     status.code == STATUS_SNAPSHOT_OLD && stats.headers == 0;
    snapshot_restorer_close(&work.restorer);
    thread_lock_take(&keeper->lock);
    keeper->stats.left_out = stats.left_out;
    thread_lock_give(&keeper->lock);
    LOG_EVENT(setup->log, INFO, "snapshot", LOG_TEXT("restore", is_unused ? "none" : "ended"),
              LOG_U64("height", ret_point->height), LOG_U64("records", stats.records),
              LOG_U64("left_out", stats.left_out), LOG_U64("gave_way", stats.gave_way));
    return is_unused ? OK : status;
}

/* What is anchored, by a block that came after nobody had records any more: one of those that are
 * gone may have sent an anchor before that. Returns: as registry_anchor. */
static struct status anchored_since(struct keeper *keeper, uint64_t since_ms,
                                    struct snapshot_point *ret)
{
    const struct membership_setup *setup = &keeper->membership->setup;
    struct registry_anchor anchor;
    *ret = (struct snapshot_point){0};
    TRY(registry_anchor(setup->registry, REGISTRY_HAND_OFF, clock_monotonic_ms(&setup->clock),
                        &anchor));
    ret->height = anchor.height;
    memcpy(ret->digest, anchor.header, sizeof ret->digest);
    return anchor.deadline_ms - REGISTRY_HAND_OFF_MS < since_ms ? FAIL(REGISTRY_PENDING) : OK;
}

struct status keeper_anchored(struct keeper *keeper, struct snapshot_point *ret)
{
    return anchored_since(keeper, 0, ret);
}

/* Where nothing was ever anchored or stored there is nothing to restore. */
static struct status restore(struct keeper *keeper, struct snapshot_point *ret_point)
{
    struct snapshot_point anchored;
    const struct membership_setup *setup = &keeper->membership->setup;
    *ret_point = (struct snapshot_point){0};
    strict_table_close(&keeper->restored); /* what a try before has left */
    TRY(strict_table_open(setup->mem, &setup->entropy, LIMIT_STRICT_BYTES, &keeper->restored));
    TRY(anchored_since(keeper, keeper->asked_ms, &anchored));
    if (has_storage(keeper)) {
        return restore_from_storage(keeper, &anchored, ret_point);
    }
    return anchored.height == 0 ? OK : FAIL(SNAPSHOT_STORAGE);
}

static void note_restored(struct keeper *keeper, const struct snapshot_point *point)
{
    uint64_t now_ms = clock_monotonic_ms(&keeper->membership->setup.clock);
    keeper->known = *point;
    keeper->due_ms = now_ms; /* the first of its incarnation */
    keeper->refused = STATUS_OK;
    thread_lock_take(&keeper->lock);
    keeper->origin.height = point->height;
    memcpy(keeper->origin.digest, point->digest, sizeof keeper->origin.digest);
    keeper->is_asked = false;
    keeper->is_restored = true;
    keeper->stats.restored_height = point->height;
    thread_lock_give(&keeper->lock);
    keeper_note(keeper, MEMBERSHIP_KEEPS_UP, OK);
    membership_tell_news(keeper->membership, NEWS_RESTORED);
    membership_wake(keeper->membership);
}

/* What was refused is tried again: somebody may bring the right storage. It is news once, until it
 * is refused for another reason, or again after it was restored. */
static void restore_or_refuse(struct keeper *keeper)
{
    struct snapshot_point point;
    keeper_note(keeper, MEMBERSHIP_RESTORES, OK);
    struct status status = restore(keeper, &point);
    if (status_is_ok(status)) {
        note_restored(keeper, &point);
        return;
    }
    if (status.code == STATUS_REGISTRY_PENDING || status.code == STATUS_REGISTRY_LOST) {
        keeper_note(keeper, MEMBERSHIP_RESTORES, status);
        keeper_wait(keeper, KEEPER_ASK_MS);
    } else if (keeper_wait(keeper, 0)) {
        keeper_note(keeper, MEMBERSHIP_REFUSES, status);
        log_failure(keeper, "to restore; nothing is served", status);
        if (keeper->refused != status.code) {
            keeper->refused = status.code;
            atomic_store(&keeper->membership->refused, status.code);
            membership_tell_news(keeper->membership, NEWS_REFUSED);
        }
        keeper_wait(keeper, KEEPER_AGAIN_MS);
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

struct look {
    const struct membership *membership;
    uint64_t opening;
    struct cluster_origin origin;
};

static void look_step(void *context, struct kv *kv)
{
    struct look *look = context;
    const struct membership *membership = look->membership;
    (void)kv;
    look->opening = membership->opening;
    if (membership->cluster != NULL) {
        look->origin = cluster_stats(membership->cluster).origin;
    }
}

/* Wait for what was settled before to be here. Returns: OK; WRITE_UNSETTLED, OVERLOADED,
 * NOT_CURRENT. */
static struct status catch_up_once(struct keeper *keeper)
{
    size_t wait;
    TRY(membership_catch_up(keeper->membership, SIZE_MAX, &wait));
    for (;;) {
        enum membership_outcome outcome = membership_outcome(keeper->membership, wait);
        if (outcome != MEMBERSHIP_WAITS) {
            return outcome == MEMBERSHIP_SETTLED ? OK : FAIL(WRITE_UNSETTLED);
        }
        if (!keeper_wait(keeper, POLL_MS)) {
            membership_give_up(keeper->membership, wait);
            return FAIL(NOT_CURRENT);
        }
    }
}

/* Have whatever the others were told to keep, in sight as far as clocks allow: a snapshot that
 * lacks it must not follow one that has it. Returns: OK; NOT_CURRENT. */
static struct status catch_up(struct keeper *keeper)
{
    const struct membership_setup *setup = &keeper->membership->setup;
    uint64_t end_ms = clock_monotonic_ms(&setup->clock) + KEEPER_CATCH_UP_MS;
    while (!status_is_ok(catch_up_once(keeper))) {
        if (clock_monotonic_ms(&setup->clock) >= end_ms || !keeper_wait(keeper, POLL_MS)) {
            return FAIL(NOT_CURRENT);
        }
    }
    end_ms = clock_monotonic_ms(&setup->clock) + CLUSTER_WAITING_MS;
    while (values_stats(setup->values).waiting != 0 && clock_monotonic_ms(&setup->clock) < end_ms &&
           keeper_wait(keeper, POLL_MS)) {
    }
    return OK;
}

struct collect {
    const struct membership *membership;
    uint64_t opening;
    uint64_t since_ms; /* 0: not begun */
    bool is_over;      /* they are read, or cannot be */
    struct strict_table *strict;
};

static void collect_step(void *context, struct kv *kv)
{
    struct collect *collect = context;
    const struct membership *membership = collect->membership;
    uint64_t now_ms = membership_now(membership).ms;
    (void)kv;
    collect->is_over = membership->cluster == NULL || membership->opening != collect->opening;
    if (collect->is_over) {
        return;
    }
    struct strict *strict = cluster_strict(membership->cluster);
    if (collect->since_ms == 0) {
        collect->since_ms = strict_collect(strict, now_ms);
        collect->is_over = !strict_stats(strict, now_ms).is_ready;
    }
    if (!collect->is_over && strict_has_collected(strict, collect->since_ms)) {
        collect->is_over = true;
        collect->strict = strict_records(strict);
    }
}

/* Have all strict records that were held. Returns: those of the opening; NULL when nobody knows
 * whether they are all. */
static struct strict_table *collect_strict(struct keeper *keeper, uint64_t opening)
{
    const struct membership_setup *setup = &keeper->membership->setup;
    struct collect collect = {.membership = keeper->membership, .opening = opening};
    uint64_t end_ms = clock_monotonic_ms(&setup->clock) + KEEPER_COLLECT_MS;
    for (;;) {
        values_as_owner(setup->values, collect_step, &collect);
        if (collect.is_over || clock_monotonic_ms(&setup->clock) >= end_ms) {
            return collect.strict;
        }
        membership_wake(keeper->membership);
        if (!keeper_wait(keeper, POLL_MS)) {
            return NULL;
        }
    }
}

static struct status write_one(struct keeper *keeper, struct snapshot_point *ret_point)
{
    const struct membership_setup *setup = &keeper->membership->setup;
    struct look look = {.membership = keeper->membership};
    struct keeper_work work = {0};
    struct cluster_now now = membership_now(keeper->membership);
    struct snapshot_writer_setup parts = {
        .mem = setup->mem,
        .entropy = setup->entropy,
        .roots = setup->roots,
        .known = keeper->known,
        .block = registry_health(setup->registry, now.ms).head_number,
        .has_chain = parts_of(keeper)->publisher.anchor != NULL,
        .is_full = keeper->is_full,
    };
    memcpy(parts.domain, setup->domain, sizeof parts.domain);
    TRY(keeper_anchored(keeper, &parts.anchored)); /* before it has what the others have */
    values_as_owner(setup->values, look_step, &look);
    TRY(catch_up(keeper));
    strict_incarnation(setup->domain, look.origin.digest, parts.incarnation);
    work.opening = look.opening;
    parts.strict = collect_strict(keeper, look.opening);
    now = membership_now(keeper->membership);
    TRY(snapshot_writer_open(&parts, &now, &work.writer));
    struct status status = keeper_drive(keeper, &work, ret_point);
    struct snapshot_writer_stats stats = snapshot_writer_stats(work.writer);
    snapshot_writer_close(&work.writer);
    LOG_EVENT(setup->log, DEBUG, "snapshot", LOG_U64("height", ret_point->height),
              LOG_U64("records", stats.records), LOG_U64("objects", stats.objects),
              LOG_U64("bytes", stats.bytes), LOG_STATUS(status));
    return status;
}

/* What is not needed goes; what is needed and away is written anew. */
static void sweep(struct keeper *keeper)
{
    const struct membership_setup *setup = &keeper->membership->setup;
    struct keeper_work work = {0};
    struct snapshot_point anchored;
    struct snapshot_point ignored;
    struct cluster_now now = membership_now(keeper->membership);
    if ((keeper->has_swept && now.ms - keeper->swept_ms < KEEPER_SWEEP_MS) ||
        !status_is_ok(keeper_anchored(keeper, &anchored))) {
        return;
    }
    struct status status = OK;
    if (keeper->sweep == NULL) {
        status = snapshot_sweep_open(setup->mem, setup->roots, setup->domain, &keeper->sweep);
    }
    if (status_is_ok(status)) {
        work.sweep = keeper->sweep;
        snapshot_sweep_begin(keeper->sweep, &now, &anchored, &keeper->known);
        status = keeper_drive(keeper, &work, &ignored);
    }
    keeper->has_swept = true;
    keeper->swept_ms = now.ms;
    if (!status_is_ok(status)) {
        log_failure(keeper, "to sweep", status);
        return;
    }
    struct snapshot_sweep_stats stats = snapshot_sweep_stats(keeper->sweep);
    keeper->is_full = stats.missing != 0;
    thread_lock_take(&keeper->lock);
    keeper->stats.swept += stats.deleted;
    keeper->stats.missing = stats.missing;
    thread_lock_give(&keeper->lock);
}

/* A whole interval and up to half of one by chance, so that one of several nodes is first and the
 * others find that its snapshot is new enough. */
static void put_off(struct keeper *keeper)
{
    const struct membership_setup *setup = &keeper->membership->setup;
    uint64_t interval_ms = parts_of(keeper)->interval_ms;
    uint32_t chance = 0;
    (void)status_is_ok(entropy_fill(&setup->entropy, (void *)&chance, sizeof chance));
    keeper->due_ms =
        clock_monotonic_ms(&setup->clock) + interval_ms + chance % (interval_ms / 2 + 1);
}

static void note_written(struct keeper *keeper, const struct snapshot_point *point,
                         struct status status)
{
    bool is_new = status_is_ok(status) && snapshot_point_order(point, &keeper->known) > 0;
    if (status_is_ok(status)) {
        keeper->known = *point;
        keeper->is_full = false;
    }
    thread_lock_take(&keeper->lock);
    struct membership_keeping *stats = &keeper->stats;
    stats->written += is_new;
    stats->lost += status.code == STATUS_SNAPSHOT_LOST;
    stats->failed += !status_is_ok(status) && status.code != STATUS_SNAPSHOT_LOST;
    if (status_is_ok(status)) {
        stats->height = point->height;
        stats->time_ms = membership_now(keeper->membership).wall_ms;
    }
    thread_lock_give(&keeper->lock);
    bool is_fine = status_is_ok(status) || status.code == STATUS_SNAPSHOT_LOST;
    keeper_note(keeper, MEMBERSHIP_KEEPS_UP, is_fine ? OK : status);
    if (is_new) {
        membership_tell_news(keeper->membership, NEWS_SNAPSHOT);
    }
}

static void write_and_sweep(struct keeper *keeper)
{
    struct snapshot_point point = {0};
    keeper_note(keeper, MEMBERSHIP_WRITES, keeper_stats(keeper).status);
    struct status status = write_one(keeper, &point);
    if (!keeper_wait(keeper, 0)) {
        return;
    }
    note_written(keeper, &point, status);
    put_off(keeper);
    if (status_is_ok(status)) {
        sweep(keeper);
    } else if (status.code != STATUS_SNAPSHOT_LOST) {
        log_failure(keeper, "to write; tried again", status);
    }
}

/* --- the thread ------------------------------------------------------------------------------- */

/* Whether a snapshot is due: nobody has anchored one for an interval. */
static bool is_due(struct keeper *keeper)
{
    struct snapshot_point anchored;
    if (!has_storage(keeper) || !status_is_ok(membership_check(keeper->membership)) ||
        !status_is_ok(keeper_anchored(keeper, &anchored))) {
        return false;
    }
    if (keeper->due_ms == 0) {
        put_off(keeper);
    }
    if (snapshot_point_order(&anchored, &keeper->anchored) != 0) {
        bool is_others = snapshot_point_order(&anchored, &keeper->known) > 0;
        keeper->anchored = anchored;
        thread_lock_take(&keeper->lock);
        keeper->stats.anchored_height = anchored.height;
        thread_lock_give(&keeper->lock);
        if (is_others) {
            keeper->known = anchored;
            put_off(keeper);
        }
    }
    return clock_monotonic_ms(&keeper->membership->setup.clock) >= keeper->due_ms;
}

static void keep(void *context)
{
    struct keeper *keeper = context;
    while (keeper_wait(keeper, 0)) {
        thread_lock_take(&keeper->lock);
        bool is_asked = keeper->is_asked;
        thread_lock_give(&keeper->lock);
        if (is_asked) {
            restore_or_refuse(keeper);
        } else if (is_due(keeper)) {
            write_and_sweep(keeper);
        } else {
            keeper_wait(keeper, LOOK_MS);
        }
    }
}

struct status keeper_open(struct keeper *keeper, struct membership *membership)
{
    void *memory = NULL;
    keeper->membership = membership;
    thread_lock_init(&keeper->lock);
    thread_signal_init(&keeper->changed);
    if (!has_storage(keeper)) {
        return OK;
    }
    keeper->stats.state = MEMBERSHIP_KEEPS_UP;
    TRY(mem_alloc(membership->setup.mem, sizeof *keeper->room, &memory));
    keeper->room = memory;
    return OK;
}

void keeper_close(struct keeper *keeper)
{
    void *memory = keeper->room;
    if (keeper->membership == NULL) {
        return;
    }
    snapshot_sweep_close(&keeper->sweep);
    strict_table_close(&keeper->restored);
    mem_free(keeper->membership->setup.mem, &memory);
    keeper->room = NULL;
    thread_signal_deinit(&keeper->changed);
    thread_lock_deinit(&keeper->lock);
}

struct status keeper_start(struct keeper *keeper)
{
    keeper->is_stopping = false;
    return thread_start(&keeper->thread, "snapshots", keep, keeper);
}

void keeper_stop(struct keeper *keeper)
{
    thread_lock_take(&keeper->lock);
    keeper->is_stopping = true;
    thread_signal_one(&keeper->changed);
    thread_lock_give(&keeper->lock);
    thread_join(&keeper->thread);
}
