#include "service/committer.h"

#include <signal.h>
#include <string.h>

#include "base/invariant.h"

static void open_batch(struct committer_lane *lane, uint64_t number)
{
    struct committer_batch *batch = &lane->batch[lane->filling];
    batch->lines.len = 0;
    batch->lines.failed = false;
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
    INVARIANT(pthread_cond_init(&committer->handed, NULL) == 0);
    for (size_t i = 0; i < lanes_count; i++) {
        struct status status = init_lane(committer, i, boot);
        if (!status_is_ok(status)) {
            committer_deinit(committer);
            return status;
        }
    }
    return OK;
}

void committer_deinit(struct committer *committer)
{
    committer_stop(committer);
    for (size_t i = 0; i < committer->lanes_count; i++) {
        for (size_t k = 0; k < 2; k++) {
            void *memory = committer->lanes[i].batch[k].lines.ptr;
            mem_free(committer->mem, &memory);
            committer->lanes[i].batch[k].lines = buf_over(NULL, 0);
        }
    }
    committer->lanes_count = 0;
    pthread_cond_destroy(&committer->handed);
    pthread_mutex_destroy(&committer->mutex);
}

/* A record that stands alone: handed over, written and collected at once. */
static struct status write_alone(struct committer *committer)
{
    struct committer_news news;
    committer_submit(&committer->lanes[0]);
    committer_round(committer);
    INVARIANT(committer_collect(&committer->lanes[0], &news));
    return news.status;
}

struct status committer_boot(struct committer *committer, const struct audit_boot *boot)
{
    struct committer_lane *lane = &committer->lanes[0];
    struct committer_batch *batch = &lane->batch[lane->filling];
    TRY(audit_lane_boot(&lane->chain, boot, &batch->lines));
    batch->records++;
    return write_alone(committer);
}

/* What the loops left when they ended. */
static void drain(struct committer *committer)
{
    for (size_t i = 0; i < committer->lanes_count; i++) {
        struct committer_news news;
        while (!committer_idle(&committer->lanes[i])) {
            committer_submit(&committer->lanes[i]);
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
    batch->records++;
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

/* Under the mutex, which is open while the port works. */
static size_t round_locked(struct committer *committer)
{
    struct committer_lane *taken[LIMIT_LOOPS];
    struct bytes parts[LIMIT_LOOPS];
    size_t count = take_handed(committer, taken, parts);
    if (count == 0) {
        return 0;
    }
    pthread_mutex_unlock(&committer->mutex);
    struct status result = committer->port.write(committer->port.context, parts, count);
    pthread_mutex_lock(&committer->mutex);
    for (size_t i = 0; i < count; i++) {
        taken[i]->result = result;
        taken[i]->stage = COMMITTER_WRITTEN;
        if (taken[i]->wake.call != NULL) {
            taken[i]->wake.call(taken[i]->wake.context);
        }
    }
    return count;
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
        if (round_locked(committer) != 0) {
            continue;
        }
        if (committer->stopping) {
            break;
        }
        pthread_cond_wait(&committer->handed, &committer->mutex);
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
    batch->records++;
    return OK;
}

uint64_t committer_ticket(const struct committer_lane *lane)
{
    return lane->batch[lane->filling].number;
}

void committer_submit(struct committer_lane *lane)
{
    struct committer *committer = lane->committer;
    struct committer_batch *batch = &lane->batch[lane->filling];
    if (batch->records == 0) {
        return;
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
        committer_submit(lane);
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
