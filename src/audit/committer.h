/* Group commit: records of all loops become durable together, and answers wait for it.
 *
 * Each loop fills a batch of its own without locks. The committer takes the batches of all loops,
 * has them written with one flush, and tells the loops. While it writes, the next batches fill, so
 * that the number of records per flush follows the load; audit/gather.h says when they go. A
 * batch that could not be written takes back its lane's chain, and with it whatever was chained on
 * it since.
 *
 * With a signer, checkpoints go to the same place: a checkpoint that is due is written together
 * with the records that it is the first to stand for, so that it costs no flush of its own.
 * Used by the pipeline and the node. Source: formats, section 10. */
#ifndef COFFER_AUDIT_COMMITTER_H
#define COFFER_AUDIT_COMMITTER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/audit_lane.h"
#include "audit/checkpoint.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"

enum {
    COMMITTER_BATCH_BYTES = 8 * 1024 * 1024,
    COMMITTER_LINE_MIN = 256, /* no record is shorter */
    COMMITTER_PARTS = LIMIT_LOOPS + 1,
};

/* Where batches go. write: append parts [count, up to COMMITTER_PARTS] in order and make them
 * durable. Returns: OK, or a failure after which nothing of parts counts. */
struct committer_port {
    void *context;
    struct status (*write)(void *context, const struct bytes *parts, size_t count);
};

/* How a loop is told that committer_collect has something: called on the committer's thread. */
struct committer_wake {
    void *context;
    void (*call)(void *context);
};

/* Records on their way. */
struct committer_batch {
    struct buf lines;
    struct buf hashes;        /* of each record, when there are checkpoints */
    struct audit_lane before; /* the chain before its first record */
    uint64_t number;
    uint64_t records;
    uint64_t handed_ns;
};

enum committer_stage {
    COMMITTER_IDLE,
    COMMITTER_HANDED,
    COMMITTER_TAKEN,
    COMMITTER_WRITTEN,
};

/* What one loop writes to. All but stage and result belong to the loop. */
struct committer_lane {
    struct committer *committer;
    struct committer_wake wake;
    struct audit_lane chain;
    struct committer_batch batch[2];
    unsigned filling; /* which of the two; the other one is handed over or idle */
    enum committer_stage stage;
    struct status result;
};

/* What became of batches. A batch up to number durable is durable unless it was reported failed. */
struct committer_news {
    uint64_t durable; /* number of the batch that was made durable; 0: none */
    uint64_t failed_from;
    uint64_t failed_to; /* numbers of the batches that are lost; 0: none */
    uint64_t records;   /* of the durable batch */
    uint64_t duration_ns;
    struct status status;
};

struct committer {
    struct committer_port port;
    struct clock clock;
    struct mem *mem;
    pthread_mutex_t mutex;
    pthread_cond_t handed;
    pthread_t thread;
    bool running;
    bool stopping;
    struct checkpoint_signer signer; /* sign NULL: no checkpoints */
    /* All of this is the committer's: where it stands, room to try the next checkpoint, and when
     * the last one was tried. */
    struct checkpoint_chain *chain;
    struct checkpoint_chain *next;
    uint64_t checkpoint_ns;
    bool ending;
    size_t lanes_count;
    struct committer_lane lanes[LIMIT_LOOPS];
};

/* Prepare lanes for loops [lanes_count, 1 to LIMIT_LOOPS]. In: boot, 16 random bytes of this start.
 * Returns: OK, NO_MEMORY. On failure: nothing is held. */
struct status committer_init(struct committer *committer, const struct committer_port *port,
                             struct mem *mem, size_t lanes_count,
                             const uint8_t boot[static AUDIT_BOOT_BYTES]);

/* Write checkpoints from now on. In: signer, copied. Before anything else is written.
 * Returns: OK, NO_MEMORY. On failure: there are none. */
struct status committer_checkpoints(struct committer *committer,
                                    const struct checkpoint_signer *signer);

/* Write the boot record, or what is left in all lanes and the end record with
 * the last checkpoint, and wait until it is durable. Only while neither thread nor loops run.
 * Returns: OK, or what the port or the signer said. */
struct status committer_boot(struct committer *committer, const struct audit_boot *boot);
struct status committer_end(struct committer *committer, struct clock_interval at);

/* Start the thread. Returns: OK, INTERNAL. */
struct status committer_start(struct committer *committer);

/* Write what was handed over, then end the thread; it may not run. */
void committer_stop(struct committer *committer);

/* Give back everything. */
void committer_deinit(struct committer *committer);

/* One round without the thread: write whatever is handed over, and a checkpoint if one is due. */
void committer_round(struct committer *committer);

/* Append a record to the lane's open batch; it is handed over with the next committer_submit.
 * Returns: OK; OVERLOADED when the batch is full. */
struct status committer_append(struct committer_lane *lane, const struct audit_record *record);

/* The number of the batch that the last record went to. */
uint64_t committer_ticket(const struct committer_lane *lane);

/* Hand the open batch over, unless it is empty or the one before has not been collected.
 * Returns: whether it was handed over. */
bool committer_submit(struct committer_lane *lane);

/* Take note of a batch that was written; the next one may be submitted then. Returns: false when
 * there is nothing new; *ret_news is empty then. */
bool committer_collect(struct committer_lane *lane, struct committer_news *ret_news);

/* True when no record of the lane waits for anything. */
bool committer_idle(const struct committer_lane *lane);

#endif
