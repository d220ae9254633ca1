#include "audit/committer.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/invariant.h"

static void open_batch(struct committer_lane *lane, uint64_t number)
{
    struct committer_batch *batch = &lane->batch[lane->filling];
    batch->lines.len = 0;
    batch->lines.failed = false;
    batch->hashes.len = 0;
    batch->before = lane->chain;
    batch->number = number;
    batch->records = 0;
}

static struct status init_lane(struct committer *committer, size_t index,
                               const uint8_t boot[static AUDIT_BOOT_BYTES])
{
    struct committer_lane *lane = &committer->lanes[index];
    lane->committer = committer;
    audit_lane_init(&lane->chain, boot, (uint32_t)index);
    for (size_t i = 0; i < 2; i++) {
        void *memory = NULL;
        TRY(mem_alloc(committer->mem, COMMITTER_BATCH_BYTES, &memory));
        lane->batch[i].lines = buf_over(memory, COMMITTER_BATCH_BYTES);
    }
    open_batch(lane, 1);
    return OK;
}

struct status committer_init(struct committer *committer, const struct committer_port *port,
                             struct mem *mem, size_t lanes_count,
                             const uint8_t boot[static AUDIT_BOOT_BYTES])
{
    INVARIANT(lanes_count >= 1 && lanes_count <= LIMIT_LOOPS);
    memset(committer, 0, sizeof *committer);
    committer->port = *port;
    committer->clock = clock_system();
    committer->mem = mem;
    committer->lanes_count = lanes_count;
    INVARIANT(pthread_mutex_init(&committer->mutex, NULL) == 0);
    pthread_condattr_t timed;
    INVARIANT(pthread_condattr_init(&timed) == 0);
    INVARIANT(pthread_condattr_setclock(&timed, CLOCK_MONOTONIC) == 0);
    INVARIANT(pthread_cond_init(&committer->handed, &timed) == 0);
    pthread_condattr_destroy(&timed);
    for (size_t i = 0; i < lanes_count; i++) {
        struct status status = init_lane(committer, i, boot);
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

static void free_chain(struct committer *committer, struct checkpoint_chain **chain)
{
    void *memory = *chain;
    mem_free(committer->mem, &memory);
    *chain = NULL;
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
    free_chain(committer, &committer->chain);
    free_chain(committer, &committer->next);
    committer->lanes_count = 0;
    pthread_cond_destroy(&committer->handed);
    pthread_mutex_destroy(&committer->mutex);
}

static struct status alloc_chain(struct committer *committer, struct checkpoint_chain **ret)
{
    void *memory = NULL;
    TRY(mem_alloc(committer->mem, sizeof **ret, &memory));
    *ret = memory;
    checkpoint_init(*ret, committer->lanes[0].chain.boot);
    return OK;
}

struct status committer_checkpoints(struct committer *committer,
                                    const struct checkpoint_signer *signer)
{
    enum { HASHES = COMMITTER_BATCH_BYTES / COMMITTER_LINE_MIN * SHA256_BYTES };
    TRY(alloc_chain(committer, &committer->chain));
    TRY(alloc_chain(committer, &committer->next));
    for (size_t i = 0; i < 2 * committer->lanes_count; i++) {
        void *memory = NULL;
        TRY(mem_alloc(committer->mem, HASHES, &memory));
        committer->lanes[i / 2].batch[i % 2].hashes = buf_over(memory, HASHES);
    }
    committer->checkpoint_ns = clock_monotonic_ns(&committer->clock);
    committer->signer = *signer;
    return OK;
}

/* Count the record that was appended last, and keep its hash. */
static void note_record(struct committer_lane *lane)
{
    struct committer_batch *batch = &lane->batch[lane->filling];
    batch->records++;
    if (batch->hashes.cap != 0) {
        buf_put(&batch->hashes, BYTES_ARRAY(lane->chain.prev));
        INVARIANT(!batch->hashes.failed);
    }
}

/* A record that stands alone: handed over, written and collected at once. */
static struct status write_alone(struct committer *committer)
{
    struct committer_news news;
    INVARIANT(committer_submit(&committer->lanes[0]));
    committer_round(committer);
    INVARIANT(committer_collect(&committer->lanes[0], &news));
    return news.status;
}

struct status committer_boot(struct committer *committer, const struct audit_boot *boot)
{
    struct committer_lane *lane = &committer->lanes[0];
    struct committer_batch *batch = &lane->batch[lane->filling];
    TRY(audit_lane_boot(&lane->chain, boot, &batch->lines));
    note_record(lane);
    return write_alone(committer);
}

/* What the loops left when they ended. */
static void drain(struct committer *committer)
{
    for (size_t i = 0; i < committer->lanes_count; i++) {
        struct committer_news news;
        while (!committer_idle(&committer->lanes[i])) {
            (void)committer_submit(&committer->lanes[i]);
            committer_round(committer);
            (void)committer_collect(&committer->lanes[i], &news);
        }
    }
}

struct status committer_end(struct committer *committer, struct clock_interval at)
{
    drain(committer);
    struct committer_lane *lane = &committer->lanes[0];
    struct committer_batch *batch = &lane->batch[lane->filling];
    TRY(audit_lane_end(&lane->chain, at, &batch->lines));
    note_record(lane);
    committer->ending = true;
    return write_alone(committer);
}

/* Returns: how many lanes were taken. Under the mutex. */
static size_t take_handed(struct committer *committer, struct committer_lane **taken,
                          struct bytes *parts)
{
    size_t count = 0;
    for (size_t i = 0; i < committer->lanes_count; i++) {
        struct committer_lane *lane = &committer->lanes[i];
        if (lane->stage == COMMITTER_HANDED) {
            lane->stage = COMMITTER_TAKEN;
            taken[count] = lane;
            parts[count] = buf_bytes(&lane->batch[lane->filling ^ 1].lines);
            count++;
        }
    }
    return count;
}

/* What one round writes: batches of lanes, and a checkpoint behind them. */
struct round {
    struct committer_lane *taken[LIMIT_LOOPS];
    size_t count;
    struct bytes parts[COMMITTER_PARTS];
    uint8_t line[LIMIT_AUDIT_LINE + 1];
};

/* How long after the last checkpoint, or attempt at one, the next is due. */
static uint64_t interval_ns(uint64_t records)
{
    uint64_t ms = records != 0 ? LIMIT_CHECKPOINT_MS : LIMIT_CHECKPOINT_IDLE_MS;
    return ms * 1000000;
}

static uint64_t records_of(const struct round *round)
{
    uint64_t records = 0;
    for (size_t i = 0; i < round->count; i++) {
        records += round->taken[i]->batch[round->taken[i]->filling ^ 1].records;
    }
    return records;
}

static bool is_due(const struct committer *committer, const struct round *round)
{
    if (committer->signer.sign == NULL) {
        return false;
    }
    uint64_t records = committer->chain->records + records_of(round);
    uint64_t since = clock_monotonic_ns(&committer->clock) - committer->checkpoint_ns;
    return committer->ending || records >= LIMIT_CHECKPOINT_RECORDS ||
           since >= interval_ns(records);
}

static void add_records(struct checkpoint_chain *chain, const struct round *round)
{
    for (size_t i = 0; i < round->count; i++) {
        const struct committer_lane *lane = round->taken[i];
        const struct buf *hashes = &lane->batch[lane->filling ^ 1].hashes;
        for (size_t at = 0; at < hashes->len; at += SHA256_BYTES) {
            checkpoint_record(chain, lane->chain.lane, hashes->ptr + at);
        }
    }
}

/* Put a checkpoint that stands for the round too behind it; next is then where that leads. */
static struct status put_checkpoint(struct committer *committer, struct round *round)
{
    struct checkpoint_chain *next = committer->next;
    struct buf line = buf_over(round->line, sizeof round->line);
    committer->checkpoint_ns = clock_monotonic_ns(&committer->clock);
    *next = *committer->chain;
    add_records(next, round);
    TRY(checkpoint_append(next, &committer->signer, clock_wall(&committer->clock), &line));
    round->parts[round->count] = buf_bytes(&line);
    return OK;
}

/* Records and checkpoint are durable together, or neither is. Records do not wait for a signer
 * that fails: a later checkpoint stands for them; but after the last one there is none. */
static struct status write_round(struct committer *committer, struct round *round, bool due)
{
    struct status signed_by = due ? put_checkpoint(committer, round) : OK;
    if (committer->ending || round->count == 0) {
        TRY(signed_by);
    }
    bool with = due && status_is_ok(signed_by);
    size_t count = round->count + (with ? 1 : 0);
    TRY(committer->port.write(committer->port.context, round->parts, count));
    if (with) {
        struct checkpoint_chain *before = committer->chain;
        committer->chain = committer->next;
        committer->next = before;
    } else if (committer->signer.sign != NULL) {
        add_records(committer->chain, round);
    }
    return OK;
}

/* Under the mutex, which is open while the port works. Returns: whether there was anything. */
static bool round_locked(struct committer *committer)
{
    struct round round;
    round.count = take_handed(committer, round.taken, round.parts);
    bool due = is_due(committer, &round);
    if (round.count == 0 && !due) {
        return false;
    }
    pthread_mutex_unlock(&committer->mutex);
    struct status result = write_round(committer, &round, due);
    pthread_mutex_lock(&committer->mutex);
    for (size_t i = 0; i < round.count; i++) {
        struct committer_lane *lane = round.taken[i];
        lane->result = result;
        lane->stage = COMMITTER_WRITTEN;
        if (lane->wake.call != NULL) {
            lane->wake.call(lane->wake.context);
        }
    }
    return true;
}

/* Until a batch is handed over or a checkpoint is due. */
static void wait_locked(struct committer *committer)
{
    if (committer->signer.sign == NULL) {
        pthread_cond_wait(&committer->handed, &committer->mutex);
        return;
    }
    uint64_t until = committer->checkpoint_ns + interval_ns(committer->chain->records);
    struct timespec deadline = {.tv_sec = (time_t)(until / 1000000000),
                                .tv_nsec = (long)(until % 1000000000)};
    pthread_cond_timedwait(&committer->handed, &committer->mutex, &deadline);
}

void committer_round(struct committer *committer)
{
    pthread_mutex_lock(&committer->mutex);
    (void)round_locked(committer);
    pthread_mutex_unlock(&committer->mutex);
}

static void *run(void *context)
{
    struct committer *committer = context;
    pthread_mutex_lock(&committer->mutex);
    for (;;) {
        if (round_locked(committer)) {
            continue;
        }
        if (committer->stopping) {
            break;
        }
        wait_locked(committer);
    }
    pthread_mutex_unlock(&committer->mutex);
    return NULL;
}

struct status committer_start(struct committer *committer)
{
    /* Signals are the main thread's. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    committer->stopping = false;
    committer->running = pthread_create(&committer->thread, NULL, run, committer) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return committer->running ? OK : FAIL(INTERNAL);
}

void committer_stop(struct committer *committer)
{
    if (!committer->running) {
        return;
    }
    pthread_mutex_lock(&committer->mutex);
    committer->stopping = true;
    pthread_cond_signal(&committer->handed);
    pthread_mutex_unlock(&committer->mutex);
    pthread_join(committer->thread, NULL);
    committer->running = false;
}

struct status committer_append(struct committer_lane *lane, const struct audit_record *record)
{
    struct committer_batch *batch = &lane->batch[lane->filling];
    if (!status_is_ok(audit_lane_append(&lane->chain, record, &batch->lines))) {
        batch->lines.failed = false;
        return FAIL(OVERLOADED);
    }
    note_record(lane);
    return OK;
}

uint64_t committer_ticket(const struct committer_lane *lane)
{
    return lane->batch[lane->filling].number;
}

bool committer_submit(struct committer_lane *lane)
{
    struct committer *committer = lane->committer;
    struct committer_batch *batch = &lane->batch[lane->filling];
    if (batch->records == 0) {
        return false;
    }
    pthread_mutex_lock(&committer->mutex);
    bool handed = lane->stage == COMMITTER_IDLE;
    if (handed) {
        batch->handed_ns = clock_monotonic_ns(&committer->clock);
        lane->filling ^= 1;
        lane->stage = COMMITTER_HANDED;
        pthread_cond_signal(&committer->handed);
    }
    pthread_mutex_unlock(&committer->mutex);
    if (handed) {
        open_batch(lane, batch->number + 1);
    }
    return handed;
}

static void take_result(struct committer_lane *lane, struct status result,
                        struct committer_news *news)
{
    const struct committer_batch *written = &lane->batch[lane->filling ^ 1];
    struct committer_batch *open = &lane->batch[lane->filling];
    news->status = result;
    news->duration_ns = clock_monotonic_ns(&lane->committer->clock) - written->handed_ns;
    if (status_is_ok(result)) {
        news->durable = written->number;
        news->records = written->records;
        return;
    }
    news->failed_from = written->number;
    news->failed_to = open->number;
    lane->chain = written->before;
    open_batch(lane, open->number + 1);
}

bool committer_collect(struct committer_lane *lane, struct committer_news *ret_news)
{
    *ret_news = (struct committer_news){.status = OK};
    pthread_mutex_lock(&lane->committer->mutex);
    bool written = lane->stage == COMMITTER_WRITTEN;
    struct status result = lane->result;
    if (written) {
        lane->stage = COMMITTER_IDLE;
    }
    pthread_mutex_unlock(&lane->committer->mutex);
    if (written) {
        take_result(lane, result, ret_news);
    }
    return written;
}

bool committer_idle(const struct committer_lane *lane)
{
    pthread_mutex_lock(&lane->committer->mutex);
    bool idle = lane->stage == COMMITTER_IDLE;
    pthread_mutex_unlock(&lane->committer->mutex);
    return idle && lane->batch[lane->filling].records == 0;
}
