#include "audit/committer.h"

#include <string.h>

#include "audit/audit_history.h"
#include "base/invariant.h"

enum { HASHES = COMMITTER_BATCH_BYTES / COMMITTER_LINE_MIN * SHA256_BYTES };

static void open_batch(struct committer_lane *lane, uint64_t number)
{
    struct committer_batch *batch = &lane->batch[lane->filling];
    batch->lines.len = 0;
    batch->lines.failed = false;
    batch->hashes.len = 0;
    batch->number = number;
    batch->records = 0;
}

static struct status alloc_buf(struct committer *committer, size_t len, struct buf *ret)
{
    void *memory = NULL;
    TRY(mem_alloc(committer->mem, len, &memory));
    *ret = buf_over(memory, len);
    return OK;
}

static struct status init_lane(struct committer *committer, size_t index,
                               const uint8_t boot[static AUDIT_BOOT_BYTES])
{
    struct committer_lane *lane = &committer->lanes[index];
    lane->committer = committer;
    audit_lane_init(&lane->chain, boot, (uint32_t)index + 1);
    for (size_t i = 0; i < 2; i++) {
        TRY(alloc_buf(committer, COMMITTER_BATCH_BYTES, &lane->batch[i].lines));
        TRY(alloc_buf(committer, HASHES, &lane->batch[i].hashes));
    }
    open_batch(lane, 1);
    return OK;
}

struct status committer_init(struct committer *committer, const struct committer_setup *setup)
{
    INVARIANT(setup->lanes >= 1 && setup->lanes <= LIMIT_LOOPS);
    memset(committer, 0, sizeof *committer);
    committer->port = setup->port;
    committer->clock = setup->clock;
    committer->mem = setup->mem;
    committer->lanes_count = setup->lanes;
    audit_lane_init(&committer->own, setup->boot, 0);
    thread_lock_init(&committer->lock);
    thread_signal_init(&committer->handed);
    for (size_t i = 0; i < setup->lanes; i++) {
        struct status status = init_lane(committer, i, setup->boot);
        if (!status_is_ok(status)) {
            committer_deinit(committer);
            return status;
        }
    }
    return OK;
}

static void free_buf(struct committer *committer, struct buf *buf)
{
    void *memory = buf->ptr;
    mem_free(committer->mem, &memory);
    *buf = buf_over(NULL, 0);
}

void committer_deinit(struct committer *committer)
{
    committer_stop(committer);
    for (size_t i = 0; i < committer->lanes_count; i++) {
        for (size_t k = 0; k < 2; k++) {
            free_buf(committer, &committer->lanes[i].batch[k].lines);
            free_buf(committer, &committer->lanes[i].batch[k].hashes);
        }
    }
    committer->lanes_count = 0;
    thread_signal_deinit(&committer->handed);
    thread_lock_deinit(&committer->lock);
}

void committer_sign(struct committer *committer, const struct committer_signer *signer)
{
    committer->signer = *signer;
    committer->signed_ns = clock_monotonic_ns(&committer->clock);
}

/* Take whatever is handed over. Under the lock. */
static void take_handed(struct committer *committer)
{
    struct committer_round *round = &committer->round;
    for (size_t i = 0; i < committer->lanes_count; i++) {
        struct committer_lane *lane = &committer->lanes[i];
        if (lane->stage == COMMITTER_HANDED) {
            lane->stage = COMMITTER_TAKEN;
            round->taken[round->taken_count++] = lane;
        }
    }
}

/* Their records are the next leaves, in the order in which they are written. */
static void add_taken(struct committer *committer)
{
    struct committer_round *round = &committer->round;
    for (size_t i = 0; i < round->taken_count; i++) {
        struct committer_lane *lane = round->taken[i];
        const struct committer_batch *batch = &lane->batch[lane->filling ^ 1];
        round->parts[round->parts_count++] = buf_bytes(&batch->lines);
        for (size_t at = 0; at < batch->hashes.len; at += SHA256_BYTES) {
            tlog_tree_add(&committer->tree, batch->hashes.ptr + at);
        }
        committer->unsigned_records += batch->records;
    }
}

/* A record of lane 0, which was just appended to the round's own lines. */
static void add_own(struct committer *committer)
{
    tlog_tree_add(&committer->tree, committer->own.prev);
    committer->unsigned_records++;
}

/* How long after the last checkpoint, or attempt at one, the next is due. */
static uint64_t interval_ns(uint64_t records)
{
    uint64_t ms = records != 0 ? LIMIT_CHECKPOINT_MS : LIMIT_CHECKPOINT_IDLE_MS;
    return ms * 1000000;
}

static bool is_due(const struct committer *committer, uint64_t records)
{
    uint64_t since = clock_monotonic_ns(&committer->clock) - committer->signed_ns;
    return committer->signer.sign != NULL &&
           (records >= LIMIT_CHECKPOINT_RECORDS || atomic_load(&committer->is_mark_asked) ||
            since >= interval_ns(records));
}

/* A checkpoint over the tree as it stands, as a line of the round. */
static struct status put_note(struct committer *committer)
{
    const struct committer_signer *signer = &committer->signer;
    uint8_t memory[TLOG_NOTE_OURS];
    uint8_t root[SHA256_BYTES];
    uint8_t signature[TLOG_NOTE_SIGNATURE];
    struct buf note = buf_over(memory, sizeof memory);
    tlog_tree_root(&committer->tree, root);
    tlog_note_text((struct bytes){signer->key.name, signer->key.name_len}, committer->tree.count,
                   root, &note);
    TRY(signer->sign(signer->context, buf_bytes(&note), signature));
    tlog_note_sign(&signer->key, signature, &note);
    INVARIANT(!note.failed);
    audit_history_put(buf_bytes(&note), &committer->round.own);
    INVARIANT(!committer->round.own.failed);
    committer->unsigned_records = 0;
    committer->signed_ns = clock_monotonic_ns(&committer->clock);
    return OK;
}

static struct audit_mark mark_of(const struct committer *committer)
{
    struct audit_mark mark = {.at = clock_wall(&committer->clock)};
    for (size_t i = 0; i < committer->lanes_count; i++) {
        for (size_t k = 0; k < AUDIT_DROPPED_REASONS; k++) {
            mark.dropped[k] += atomic_load(&committer->lanes[i].dropped[k]);
        }
    }
    return mark;
}

/* A mark, and a checkpoint behind it. Records do not wait for a signer that fails: a later
 * checkpoint stands for them. */
static void put_mark(struct committer *committer)
{
    const struct audit_mark mark = mark_of(committer);
    atomic_store(&committer->is_mark_asked, false);
    INVARIANT(status_is_ok(audit_lane_mark(&committer->own, &mark, &committer->round.own)));
    add_own(committer);
    committer->signed_ns = clock_monotonic_ns(&committer->clock);
    (void)status_is_ok(put_note(committer));
}

static void begin_round(struct committer *committer)
{
    struct committer_round *round = &committer->round;
    *round = (struct committer_round){.made = true};
    round->own = buf_over(committer->own_memory, sizeof committer->own_memory);
}

static void close_round(struct committer *committer)
{
    struct committer_round *round = &committer->round;
    if (round->own.len != 0) {
        round->parts[round->parts_count++] = buf_bytes(&round->own);
    }
    round->made = round->parts_count != 0;
}

static void make_round(struct committer *committer)
{
    add_taken(committer);
    if (is_due(committer, committer->unsigned_records)) {
        put_mark(committer);
    }
    close_round(committer);
}

static struct status write_round(struct committer *committer)
{
    struct committer_round *round = &committer->round;
    round->tried_ns = clock_monotonic_ns(&committer->clock);
    struct status status =
        committer->port.write(committer->port.context, round->parts, round->parts_count);
    /* Nobody else writes it. */
    unsigned failures = atomic_load(&committer->failures);
    unsigned more = failures < 2 ? failures + 1 : failures;
    atomic_store(&committer->failures, status_is_ok(status) ? 0 : more);
    return status;
}

static void tell(struct committer_lane *lane)
{
    if (lane->wake.call != NULL) {
        lane->wake.call(lane->wake.context);
    }
}

/* Under the lock. */
static void note_result(struct committer *committer, struct status result, bool first)
{
    struct committer_round *round = &committer->round;
    bool written = status_is_ok(result);
    for (size_t i = 0; i < round->taken_count && (written || first); i++) {
        struct committer_lane *lane = round->taken[i];
        lane->trouble = result;
        lane->stage = written ? COMMITTER_WRITTEN : COMMITTER_TAKEN;
        tell(lane);
    }
    round->made = !written;
}

/* Under the lock, which is open while the port works. Returns: whether anything was written. */
static bool round_locked(struct committer *committer)
{
    bool first = !committer->round.made;
    if (first) {
        begin_round(committer);
        take_handed(committer);
    }
    thread_lock_give(&committer->lock);
    if (first) {
        make_round(committer);
    }
    bool any = committer->round.made;
    struct status result = any ? write_round(committer) : OK;
    thread_lock_take(&committer->lock);
    if (any) {
        note_result(committer, result, first);
    }
    return any && status_is_ok(result);
}

/* A record of lane 0 that stands alone, with a checkpoint: made once, tried until the caller gives
 * up. */
static struct status write_alone(struct committer *committer)
{
    close_round(committer);
    struct status status = write_round(committer);
    committer->round.made = !status_is_ok(status);
    return status;
}

struct status committer_boot(struct committer *committer, const struct audit_boot *boot)
{
    const struct committer_signer *signer = &committer->signer;
    struct audit_boot record = *boot;
    record.key = signer->sign != NULL ? &signer->key : NULL;
    record.voucher = signer->has_voucher ? &signer->voucher : NULL;
    begin_round(committer);
    TRY(audit_lane_boot(&committer->own, &record, &committer->round.own));
    add_own(committer);
    if (signer->sign != NULL) {
        TRY(put_note(committer));
    }
    return write_alone(committer);
}

/* What the loops left when they ended. */
static struct status drain(struct committer *committer)
{
    for (size_t i = 0; i < committer->lanes_count; i++) {
        struct committer_lane *lane = &committer->lanes[i];
        struct committer_news news;
        (void)committer_collect(lane, &news);
        while (!committer_idle(lane)) {
            (void)committer_submit(lane);
            committer_round(committer);
            (void)committer_collect(lane, &news);
            if (committer->round.made) {
                return FAIL(IO);
            }
        }
    }
    return OK;
}

/* Nothing was signed or written of an end that fails here, so that it may be tried again. */
static struct status make_end(struct committer *committer, struct clock_interval at)
{
    const struct audit_lane own = committer->own;
    const struct tlog_tree tree = committer->tree;
    begin_round(committer);
    TRY(audit_lane_end(&committer->own, at, &committer->round.own));
    add_own(committer);
    struct status status = committer->signer.sign != NULL ? put_note(committer) : OK;
    if (!status_is_ok(status)) {
        committer->own = own;
        committer->tree = tree;
        committer->round.made = false;
    }
    return status;
}

struct status committer_end(struct committer *committer, struct clock_interval at)
{
    if (committer->round.made) {
        committer_round(committer);
    }
    if (committer->round.made) {
        return FAIL(IO);
    }
    TRY(drain(committer));
    TRY(make_end(committer, at));
    return write_alone(committer);
}

/* Until a batch is handed over, a checkpoint is due, or it is time to try once more. */
static void wait_locked(struct committer *committer)
{
    const struct committer_round *round = &committer->round;
    uint64_t until = committer->signed_ns + interval_ns(committer->unsigned_records);
    if (round->made) {
        until = round->tried_ns + (uint64_t)LIMIT_AUDIT_RETRY_MS * 1000000;
    } else if (atomic_load(&committer->is_mark_asked)) {
        return; /* asked for while the mutex was open */
    } else if (committer->signer.sign == NULL) {
        thread_wait(&committer->handed, &committer->lock);
        return;
    }
    struct thread_moment end = {until};
    (void)thread_wait_until(&committer->handed, &committer->lock, end);
}

void committer_mark(struct committer *committer)
{
    if (committer->signer.sign == NULL) {
        return;
    }
    thread_lock_take(&committer->lock);
    atomic_store(&committer->is_mark_asked, true);
    thread_signal_one(&committer->handed);
    thread_lock_give(&committer->lock);
}

bool committer_is_failing(const struct committer *committer)
{
    return atomic_load(&committer->failures) != 0;
}

bool committer_is_stuck(const struct committer *committer)
{
    return atomic_load(&committer->failures) > 1;
}

void committer_round(struct committer *committer)
{
    thread_lock_take(&committer->lock);
    (void)round_locked(committer);
    thread_lock_give(&committer->lock);
}

/* What failed waits for its time, whatever is handed over meanwhile. */
static bool is_waiting(const struct committer *committer)
{
    const struct committer_round *round = &committer->round;
    uint64_t since = clock_monotonic_ns(&committer->clock) - round->tried_ns;
    return round->made && !committer->stopping && since < (uint64_t)LIMIT_AUDIT_RETRY_MS * 1000000;
}

static void run_rounds(void *context)
{
    struct committer *committer = context;
    thread_lock_take(&committer->lock);
    for (;;) {
        if (!is_waiting(committer) && round_locked(committer)) {
            continue;
        }
        if (committer->stopping) {
            break;
        }
        wait_locked(committer);
    }
    thread_lock_give(&committer->lock);
}

struct status committer_start(struct committer *committer)
{
    committer->stopping = false;
    return thread_start(&committer->thread, "audit", run_rounds, committer);
}

void committer_stop(struct committer *committer)
{
    if (!committer->thread.is_started) {
        return;
    }
    thread_lock_take(&committer->lock);
    committer->stopping = true;
    thread_signal_one(&committer->handed);
    thread_lock_give(&committer->lock);
    thread_join(&committer->thread);
}

/* Count the record that was appended last, and keep its hash. */
static void note_record(struct committer_lane *lane)
{
    struct committer_batch *batch = &lane->batch[lane->filling];
    batch->records++;
    buf_put(&batch->hashes, BYTES_ARRAY(lane->chain.prev));
    INVARIANT(!batch->hashes.failed);
}

/* Put the gap that lies before the next record, where there is one. */
static struct status close_gap(struct committer_lane *lane)
{
    struct committer_batch *batch = &lane->batch[lane->filling];
    if (lane->gap.count == 0) {
        return OK;
    }
    struct clock_interval at = clock_wall(&lane->committer->clock);
    struct status status = audit_lane_gap(&lane->chain, at, &lane->gap, &batch->lines);
    batch->lines.failed = false;
    TRY(status);
    note_record(lane);
    return OK;
}

struct status committer_append(struct committer_lane *lane, const struct audit_record *record)
{
    struct committer_batch *batch = &lane->batch[lane->filling];
    struct status status = close_gap(lane);
    if (status_is_ok(status)) {
        status = audit_lane_append(&lane->chain, record, &batch->lines);
        batch->lines.failed = false;
    }
    if (!status_is_ok(status)) {
        committer_drop(lane, AUDIT_DROPPED_FULL);
        TRY(audit_lane_drop(&lane->chain, record, &lane->gap));
        return FAIL(AUDIT_FULL);
    }
    note_record(lane);
    return OK;
}

void committer_drop(struct committer_lane *lane, enum audit_dropped reason)
{
    atomic_fetch_add_explicit(&lane->dropped[reason], 1, memory_order_relaxed);
}

uint64_t committer_ticket(const struct committer_lane *lane)
{
    return lane->batch[lane->filling].number;
}

bool committer_is_pressed(const struct committer_lane *lane)
{
    return lane->batch[lane->filling].lines.len > COMMITTER_BATCH_BYTES / 2;
}

bool committer_submit(struct committer_lane *lane)
{
    struct committer *committer = lane->committer;
    struct committer_batch *batch = &lane->batch[lane->filling];
    (void)status_is_ok(close_gap(lane));
    if (batch->records == 0) {
        return false;
    }
    thread_lock_take(&committer->lock);
    bool handed = lane->stage == COMMITTER_IDLE;
    if (handed) {
        batch->handed_ns = clock_monotonic_ns(&committer->clock);
        lane->filling ^= 1;
        lane->stage = COMMITTER_HANDED;
        thread_signal_one(&committer->handed);
    }
    thread_lock_give(&committer->lock);
    if (handed) {
        open_batch(lane, batch->number + 1);
    }
    return handed;
}

bool committer_collect(struct committer_lane *lane, struct committer_news *ret_news)
{
    const struct committer_batch *batch = &lane->batch[lane->filling ^ 1];
    *ret_news = (struct committer_news){.status = OK};
    thread_lock_take(&lane->committer->lock);
    bool written = lane->stage == COMMITTER_WRITTEN;
    struct status trouble = lane->trouble;
    lane->trouble = OK;
    if (written) {
        lane->stage = COMMITTER_IDLE;
    }
    thread_lock_give(&lane->committer->lock);
    if (written) {
        ret_news->durable = batch->number;
        ret_news->records = batch->records;
        ret_news->duration_ns = clock_monotonic_ns(&lane->committer->clock) - batch->handed_ns;
    } else {
        ret_news->status = trouble;
    }
    return written || !status_is_ok(trouble);
}

bool committer_idle(const struct committer_lane *lane)
{
    thread_lock_take(&lane->committer->lock);
    bool idle = lane->stage == COMMITTER_IDLE;
    thread_lock_give(&lane->committer->lock);
    return idle && lane->batch[lane->filling].records == 0 && lane->gap.count == 0;
}
