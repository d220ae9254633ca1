#include "cluster/membership/membership.h"

#include <string.h>

#include "base/invariant.h"
#include "cluster/membership/membership_internal.h"

enum {
    WAIT_MS_MAX = 500,    /* between two looks at the chain */
    RESEAL_PAUSE_MS = 10, /* between two steps of sealing records again */
};

struct cluster_now membership_now(const struct membership *membership)
{
    const struct clock *clock = &membership->setup.clock;
    return (struct cluster_now){clock_monotonic_ms(clock), clock_wall(clock).hi_ms};
}

/* --- start and end ---------------------------------------------------------------------------- */

static struct status open_start(struct membership *membership)
{
    const struct membership_setup *setup = &membership->setup;
    void *secrets = NULL;
    struct root_start_setup parts = {
        .mem = setup->mem,
        .ports = {setup->entropy, setup->ports->attest},
        .module = setup->ports->module,
        .roots = setup->roots,
        .registry = setup->registry,
        .gate = setup->gate,
        .epochs = setup->ports->epochs,
        .wallet = setup->wallet,
    };
    memcpy(parts.domain, setup->domain, sizeof parts.domain);
    TRY(secret_alloc(sizeof(struct errand_secrets), &secrets));
    membership->errands.secrets = secrets;
    return root_start_open(&parts, &membership->start);
}

struct status membership_open(const struct membership_setup *setup, struct membership **ret)
{
    void *block = NULL;
    *ret = NULL;
    INVARIANT(setup->ports->holders >= 1);
    TRY(mem_alloc(setup->mem, sizeof(struct membership), &block));
    struct membership *membership = block;
    membership->setup = *setup;
    membership->told = ROOT_START_STATES;
    membership_strict_open(membership);
    thread_lock_init(&membership->lock);
    thread_signal_init(&membership->errands.changed);
    struct status status = membership_beside_open(membership);
    if (status_is_ok(status)) {
        status = keeper_open(&membership->keeper, membership);
    }
    if (status_is_ok(status)) {
        status = open_start(membership);
    }
    if (!status_is_ok(status)) {
        membership_close(&membership);
        return status;
    }
    *ret = membership;
    return OK;
}

static void close_cluster(void *context, struct kv *kv)
{
    struct membership *membership = context;
    (void)kv;
    cluster_close(&membership->cluster);
    v1_sync_close(&membership->beside.sync);
}

void membership_close(struct membership **membership)
{
    struct membership *one = *membership;
    if (one == NULL) {
        return;
    }
    membership_stop(one);
    struct mem *mem = one->setup.mem;
    void *secrets = one->errands.secrets;
    void *block = one;
    values_as_owner(one->setup.values, close_cluster, one);
    membership_strict_close(one);
    strict_table_close(&one->restored);
    root_start_close(&one->start);
    membership_beside_close(one);
    keeper_close(&one->keeper);
    secret_free(&secrets, sizeof(struct errand_secrets));
    thread_signal_deinit(&one->errands.changed);
    thread_lock_deinit(&one->lock);
    mem_free(mem, &block);
    *membership = NULL;
}

/* --- records ---------------------------------------------------------------------------------- */

/* One step as the owner of the store. */
struct step {
    struct membership *membership;
    struct cluster_now now;
    struct cluster_action action;
    bool has_action;
    uint64_t due_ms;
    size_t worker; /* to be woken */
    struct membership_answer answer;
    struct cluster_stats stats;
    struct status status;
};

void membership_note_current(struct membership *membership)
{
    const struct v1_sync *beside = membership->beside.sync;
    bool is_current = status_is_ok(cluster_check(membership->cluster)) &&
                      (beside == NULL || status_is_ok(v1_sync_check(beside)));
    atomic_store(&membership->is_current, is_current);
    atomic_store(&membership->strict.fresh_until_ms,
                 strict_fresh_until(cluster_strict(membership->cluster)));
}

static void next_step(void *context, struct kv *kv)
{
    struct step *step = context;
    struct membership *membership = step->membership;
    struct cluster_action *action = &step->action;
    (void)kv;
    step->worker = SIZE_MAX;
    step->has_action = cluster_next(membership->cluster, &step->now, action, &step->due_ms);
    if (step->has_action && action->kind != CLUSTER_SEND) {
        step->worker = membership_ended(membership, action->id, action->kind == CLUSTER_SETTLED);
    }
    step->stats = cluster_stats(membership->cluster);
    membership_note_current(membership);
    membership_strict_tell(membership, step->now.ms);
}

/* What a message consists of stays until this thread makes the next step with it. */
static void send_sync(const struct membership *membership, const struct cluster_action *action)
{
    const struct membership_mail *mail = &membership->setup.ports->mail;
    const struct membership_message message = {
        .id = membership_mail_id(action->id, MAIL_CLUSTER),
        .peer = action->peer,
        .target = MEMBERSHIP_SYNC,
        .bytes = action->message,
        .deadline_ms = action->deadline_ms,
    };
    mail->send(mail->context, &message);
}

static void log_clock(struct membership *membership, const struct cluster_stats *stats)
{
    const struct log *log = membership->setup.log;
    bool is_behind = stats->clock_off_ms < 0;
    uint64_t off_ms = (uint64_t)(is_behind ? -stats->clock_off_ms : stats->clock_off_ms);
    if (stats->is_clock_suspect == membership->told_suspect) {
        return;
    }
    membership->told_suspect = stats->is_clock_suspect;
    if (stats->is_clock_suspect) {
        LOG_EVENT(log, ERROR, "NO WRITES ARE TAKEN until the clock is that of the other nodes",
                  LOG_U64("off_ms", off_ms), LOG_BOOL("behind", is_behind));
    } else {
        LOG_EVENT(log, INFO, "clock", LOG_TEXT("is", "that of the other nodes"));
    }
}

/* Only people can tell which of the two is right. */
static void log_apart(struct membership *membership, const struct cluster_stats *stats)
{
    uint8_t memory[2 + 2 * ETH_ADDRESS_BYTES];
    struct buf wallet = buf_over(memory, sizeof memory);
    if (stats->is_apart && !membership->told_apart) {
        eth_address_put(&wallet, &stats->apart);
        LOG_EVENT(membership->setup.log, ERROR,
                  "NOTHING IS TAKEN of a peer that goes on with a snapshot not seen anchored",
                  LOG_TOKEN("peer", buf_bytes(&wallet)),
                  LOG_TEXT("next", "end its registration, or this node if the peer is right"));
    }
    membership->told_apart = stats->is_apart;
}

static void leave_step(void *context, struct kv *kv)
{
    struct membership *membership = context;
    (void)kv;
    membership_waits_end(membership);
    membership_strict_end(membership, true);
    cluster_close(&membership->cluster);
    membership_strict_moved(membership);
    v1_sync_close(&membership->beside.sync);
    atomic_store(&membership->is_current, false);
    atomic_store(&membership->has_joined, false);
}

void membership_leave_to_restore(struct membership *membership)
{
    values_as_owner(membership->setup.values, leave_step, membership);
    membership->is_restoring = true;
    LOG_EVENT(membership->setup.log, INFO, "cluster left", LOG_TEXT("why", "nobody has records"));
    keeper_restore(&membership->keeper);
}

/* Others go on with another snapshot than this node. */
static void yield(struct membership *membership, const struct cluster_stats *stats)
{
    if (!membership->has_left || cluster_origin_order(&stats->origin, &membership->left) > 0) {
        membership->left = stats->origin;
        membership->has_left = true;
    }
    values_as_owner(membership->setup.values, leave_step, membership);
    values_empty(membership->setup.values);
    membership->is_joining = true;
    membership->is_own = false;
    membership->is_restored = false;
    membership->origin = (struct cluster_origin){0};
    LOG_EVENT(membership->setup.log, WARN, "cluster left",
              LOG_TEXT("why", "others go on with another snapshot"));
    membership_tell_news(membership, NEWS_YIELDED);
}

/* Returns: when there is something to do again. */
static uint64_t act_as_member(struct membership *membership)
{
    struct step step = {.membership = membership, .now = membership_now(membership)};
    do {
        values_as_owner(membership->setup.values, next_step, &step);
        if (step.has_action && step.action.kind == CLUSTER_SEND) {
            send_sync(membership, &step.action);
        } else if (step.worker != SIZE_MAX) {
            membership->tell.wake(membership->tell.context, step.worker);
        }
    } while (step.has_action);
    log_clock(membership, &step.stats);
    log_apart(membership, &step.stats);
    if (step.stats.must_yield) {
        yield(membership, &step.stats);
        return 0;
    }
    if (step.stats.may_begin && !membership->is_restored) {
        membership_leave_to_restore(membership);
    }
    return step.due_ms;
}

static struct bytes bytes_of_answer(const struct membership_answer *answer)
{
    return status_is_ok(answer->status) ? answer->bytes : (struct bytes){NULL, 0};
}

static void answered_step(void *context, struct kv *kv)
{
    struct step *step = context;
    const struct membership_answer *answer = &step->answer;
    (void)kv;
    if (step->membership->cluster != NULL) {
        cluster_answered(step->membership->cluster, &step->now, answer->id / MAIL_OF,
                         bytes_of_answer(answer));
        membership_note_current(step->membership);
    }
}

static void join_step(void *context, struct kv *kv)
{
    struct step *step = context;
    struct membership *membership = step->membership;
    const struct membership_setup *setup = &membership->setup;
    struct cluster_setup parts = {
        .mem = setup->mem,
        .entropy = setup->entropy,
        .kv = kv,
        .roots = setup->roots,
        .registry = setup->registry,
        .apps = membership->beside.apps,
        .is_v1 = membership_is_v1,
        .v1 = membership,
        .wallet = setup->wallet,
        .holders = setup->ports->holders,
        .is_first = membership->is_own,
        .is_restored = membership->is_restored,
        .origin = membership->origin,
        .restored = membership->restored,
        .strict_changes = membership->strict.changes,
        .begin_ms = REGISTRY_SERVE_MS,
        .left = membership->left,
        .has_left = membership->has_left,
        .first_id = (membership->opening + 1) << 32,
    };
    memcpy(parts.domain, setup->domain, sizeof parts.domain);
    memcpy(parts.boot, setup->boot, sizeof parts.boot);
    step->status = membership_beside_join(membership, &step->now, kv,
                                          membership->is_own || membership->is_restored);
    if (status_is_ok(step->status)) {
        step->status = cluster_open(&parts, &step->now, &membership->cluster);
    }
    if (status_is_ok(step->status)) {
        membership->opening++;
        membership->restored = NULL;
        membership_strict_moved(membership);
        membership_note_current(membership);
    } else {
        v1_sync_close(&membership->beside.sync);
    }
}

static void join(struct membership *membership)
{
    struct step step = {.membership = membership, .now = membership_now(membership)};
    values_as_owner(membership->setup.values, join_step, &step);
    if (!status_is_ok(step.status)) {
        LOG_EVENT(membership->setup.log, ERROR, "cluster not joined; tried again",
                  LOG_STATUS(step.status));
        return;
    }
    membership->is_joining = false;
    atomic_store(&membership->has_joined, true);
    LOG_EVENT(membership->setup.log, INFO, "cluster joined", LOG_BOOL("first", membership->is_own),
              LOG_U64("from_snapshot", membership->origin.height));
}

/* What was restored is what the node joins with. */
static void look_at_restored(struct membership *membership)
{
    struct strict_table *restored;
    if (keeper_take_restored(&membership->keeper, &membership->origin, &restored)) {
        strict_table_close(&membership->restored);
        membership->restored = restored;
        membership->is_restoring = false;
        membership->is_restored = true;
        membership->is_joining = true;
    }
}

/* --- a newer root ----------------------------------------------------------------------------- */

static void ask_all(void *context, struct kv *kv)
{
    struct step *step = context;
    (void)kv;
    step->has_action = cluster_all_know(step->membership->cluster, step->membership->turned);
}

/* Begin to use it: when every peer has it too, or has had its time. */
static void use_when_known(struct membership *membership)
{
    struct step step = {.membership = membership, .now = membership_now(membership)};
    uint64_t since_ms = step.now.ms - membership->turned_ms;
    if (membership->turned == 0 || since_ms < MEMBERSHIP_TURN_MS ||
        !atomic_load(&membership->has_joined)) {
        return;
    }
    values_as_owner(membership->setup.values, ask_all, &step);
    if (step.has_action || since_ms >= MEMBERSHIP_TURN_MAX_MS) {
        thread_lock_take(&membership->lock);
        root_start_use(membership->start);
        thread_lock_give(&membership->lock);
        LOG_EVENT(membership->setup.log, INFO, "next root", LOG_TEXT("is", "in use"),
                  LOG_U64("epoch", membership->turned), LOG_BOOL("all_have_it", step.has_action));
        membership->turned = 0;
    }
}

static void reseal_step(void *context, struct kv *kv)
{
    struct step *step = context;
    (void)kv;
    step->has_action = cluster_reseal(step->membership->cluster, &step->now);
}

/* A little, where there is nothing else to do. Returns: whether there is more. */
static bool reseal(struct membership *membership)
{
    struct step step = {.membership = membership, .now = membership_now(membership)};
    values_as_owner(membership->setup.values, reseal_step, &step);
    return step.has_action;
}

/* --- the thread ------------------------------------------------------------------------------- */

/* Whom this node waits for may not be a node any more, and it may just have become one. */
static void look_again(const struct membership *membership)
{
    const struct membership_setup *setup = &membership->setup;
    registry_look_again(setup->registry, clock_monotonic_ms(&setup->clock));
}

/* Returns: how long nothing else has to be done, in ms. */
static uint64_t turn(struct membership *membership)
{
    if (!atomic_load(&membership->is_current)) {
        look_again(membership);
    }
    uint64_t due_ms = membership_act_for_root(membership);
    if (membership->is_restoring) {
        look_at_restored(membership);
    }
    if (membership->is_joining) {
        join(membership);
    }
    if (atomic_load(&membership->has_joined)) {
        uint64_t member_ms = act_as_member(membership);
        due_ms = member_ms < due_ms ? member_ms : due_ms;
        uint64_t beside_ms = membership_beside_act(membership);
        due_ms = beside_ms < due_ms ? beside_ms : due_ms;
        use_when_known(membership);
    }
    uint64_t now_ms = clock_monotonic_ms(&membership->setup.clock);
    uint64_t wait_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    bool is_idle = wait_ms != 0 && atomic_load(&membership->has_joined);
    uint64_t most_ms = is_idle && reseal(membership) ? RESEAL_PAUSE_MS : WAIT_MS_MAX;
    return wait_ms < most_ms ? wait_ms : most_ms;
}

static void hand_in(struct membership *membership, const struct membership_answer *answer)
{
    struct step step = {
        .membership = membership, .now = membership_now(membership), .answer = *answer};
    struct bytes bytes = bytes_of_answer(answer);
    if (!status_is_ok(answer->status)) {
        look_again(membership);
    }
    switch (answer->id % MAIL_OF) {
    case MAIL_CLUSTER:
        values_as_owner(membership->setup.values, answered_step, &step);
        break;
    case MAIL_BESIDE:
        membership_beside_answered(membership, answer->id / MAIL_OF, bytes);
        break;
    case MAIL_SECRET:
        membership_beside_given(membership, answer->id / MAIL_OF, bytes);
        break;
    default:
        thread_lock_take(&membership->lock);
        root_start_answered(membership->start, &step.now, answer->id / MAIL_OF, bytes);
        thread_lock_give(&membership->lock);
        break;
    }
}

static void drive(void *context)
{
    struct membership *membership = context;
    const struct membership_mail *mail = &membership->setup.ports->mail;
    while (!atomic_load(&membership->is_stopping)) {
        struct membership_answer answer;
        uint64_t wait_ms = turn(membership);
        if (mail->wait(mail->context, wait_ms, &answer)) {
            hand_in(membership, &answer);
        }
    }
}

struct status membership_start(struct membership *membership, const struct membership_tell *tell)
{
    membership->tell = *tell;
    atomic_store(&membership->is_stopping, false);
    TRY(membership_errands_start(membership));
    TRY(keeper_start(&membership->keeper));
    return thread_start(&membership->thread, "cluster", drive, membership);
}

static void stop_step(void *context, struct kv *kv)
{
    (void)kv;
    membership_strict_end(context, false);
}

void membership_stop(struct membership *membership)
{
    atomic_store(&membership->is_stopping, true);
    if (membership->thread.is_started) {
        membership_wake(membership);
        thread_join(&membership->thread);
    }
    if (membership->keeper.thread.is_started) {
        keeper_stop(&membership->keeper);
    }
    if (membership->errands.thread.is_started) {
        membership_errands_stop(membership);
    }
    values_as_owner(membership->setup.values, stop_step, membership);
}

void membership_wake(struct membership *membership)
{
    const struct membership_mail *mail = &membership->setup.ports->mail;
    mail->wake(mail->context);
}
