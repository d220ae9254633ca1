/* Group commit: records of all loops become durable together, and answers wait for it.
 *
 * Each loop fills a batch of its own without locks. The committer takes the batches of all loops,
 * adds their records in that order to the tree of the log, and has them written with one flush, and
 * tells the loops. While it writes, the next batches fill, so that the number of records per flush
 * follows the load; audit/gather.h says when they go. What could not be written is tried again,
 * byte for byte, until it is there: no number is used twice, and no two checkpoints of one log
 * contradict each other. Records for which there is no room meanwhile are dropped and counted; a
 * gap record stands in their place.
 *
 * With a signer, a mark and a checkpoint over all records so far go to the same place when they are
 * due, together with the records that they are the first to stand for, so that they cost no flush
 * of their own. Used by the pipeline and the node. Source: formats, section 10. */
#ifndef COFFER_AUDIT_COMMITTER_H
#define COFFER_AUDIT_COMMITTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/audit_lane.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/thread.h"
#include "tlog/tlog_note.h"
#include "tlog/tlog_tree.h"

enum {
    COMMITTER_BATCH_BYTES = 8 * 1024 * 1024,
    COMMITTER_LINE_MIN = 256, /* no record is shorter */
    COMMITTER_PARTS = LIMIT_LOOPS + 1,
    COMMITTER_OWN_BYTES = 2 * LIMIT_AUDIT_LINE + 2 * TLOG_NOTE_OURS,
};

/* Where batches go. write: append parts [count, up to COMMITTER_PARTS] in order and make them
 * durable. Returns: OK, or a failure after which nothing of parts counts. */
struct committer_port {
    void *context;
    struct status (*write)(void *context, const struct bytes *parts, size_t count);
};

/* Who signs the log. sign: over text, with the key whose public half is key. Called on the thread
 * that writes the trail. */
struct committer_signer {
    void *context;
    struct tlog_note_key key;
    struct status (*sign)(void *context, struct bytes text,
                          uint8_t ret_signature[static TLOG_NOTE_SIGNATURE]);
    bool has_voucher;
    struct audit_voucher voucher;
};

/* How a loop is told that committer_collect has something: called on the committer's thread. */
struct committer_wake {
    void *context;
    void (*call)(void *context);
};

/* Records on their way. */
struct committer_batch {
    struct buf lines;
    struct buf hashes; /* h of each record */
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

/* What one loop writes to. Its own are wake, chain, gap, batch and filling; stage and trouble are
 * behind the committer's lock. */
struct committer_lane {
    struct committer *committer;
    struct committer_wake wake;
    struct audit_lane chain;
    struct audit_gap gap;
    struct committer_batch batch[2];
    unsigned filling; /* which of the two; the other one is handed over or idle */
    _Atomic uint64_t dropped[AUDIT_DROPPED_REASONS];
    enum committer_stage stage;
    struct status trouble; /* why the batch could not be written at first; OK: no news of that */
};

/* What became of a batch. */
struct committer_news {
    uint64_t durable; /* number of the batch that was made durable; 0: none */
    uint64_t records; /* of the durable batch */
    uint64_t duration_ns;
    struct status status; /* of a failure: it will be tried again */
};

/* What one flush writes: batches of lanes, and lines of the committer's own behind them. Once made
 * it stays as it is until it is written. */
struct committer_round {
    bool made;
    struct committer_lane *taken[LIMIT_LOOPS];
    size_t taken_count;
    struct bytes parts[COMMITTER_PARTS];
    size_t parts_count;
    struct buf own;
    uint64_t tried_ns;
};

struct committer {
    struct committer_port port;
    struct clock clock;
    struct mem *mem;
    struct thread_lock lock;
    struct thread_signal handed;
    struct thread thread;
    bool stopping;
    _Atomic bool is_mark_asked;
    _Atomic unsigned failures;      /* of writes in a row, up to 2 */
    struct committer_signer signer; /* sign NULL: no checkpoints */
    /* All of this belongs to whoever runs rounds: lane 0, the tree over all records in the order of
     * the rounds, what of it is not signed, and when a checkpoint was made last. */
    struct audit_lane own;
    struct tlog_tree tree;
    uint64_t unsigned_records;
    uint64_t signed_ns;
    struct committer_round round;
    uint8_t own_memory[COMMITTER_OWN_BYTES];
    size_t lanes_count;
    struct committer_lane lanes[LIMIT_LOOPS];
};

/* What a committer needs. lanes: how many loops, 1 to LIMIT_LOOPS; boot: 16 random bytes of this
 * start. */
struct committer_setup {
    struct committer_port port;
    struct clock clock;
    struct mem *mem;
    size_t lanes;
    const uint8_t *boot;
};

/* Prepare. Returns: OK, NO_MEMORY. On failure: nothing is held. */
struct status committer_init(struct committer *committer, const struct committer_setup *setup);

/* Write marks and checkpoints from now on. In: signer, copied. Before anything is written. */
void committer_sign(struct committer *committer, const struct committer_signer *signer);

/* Write the boot record, whose key and voucher are those of the signer; or what is left in all
 * lanes and the end record; with a checkpoint, and wait until it is durable. Only while neither
 * thread nor loops run.
 * Returns: OK, or what the port or the signer said. */
struct status committer_boot(struct committer *committer, const struct audit_boot *boot);
struct status committer_end(struct committer *committer, struct clock_interval at);

/* Start the thread. Returns: as thread_start. */
struct status committer_start(struct committer *committer);

/* Try once more to write what was handed over, then end the thread; it may not run. */
void committer_stop(struct committer *committer);

/* Give back everything. */
void committer_deinit(struct committer *committer);

/* One round without the thread: write whatever is handed over, and a checkpoint if one is due. */
void committer_round(struct committer *committer);

/* Make a mark and a checkpoint now. From any thread; nothing without a signer. */
void committer_mark(struct committer *committer);

/* Whether the last write failed, so that nothing becomes durable at present. From any thread. */
bool committer_is_failing(const struct committer *committer);

/* Whether it was tried again and failed again: who asks now need not wait to see his record lost.
 * What was handed over is tried every LIMIT_AUDIT_RETRY_MS, whether or not anybody asks, and this
 * ends with the first write that does not fail. From any thread. */
bool committer_is_stuck(const struct committer *committer);

/* Append a record to the lane's open batch; it is handed over with the next committer_submit.
 * Returns: OK; AUDIT_FULL when there is no room: then the record is dropped, and counted. */
struct status committer_append(struct committer_lane *lane, const struct audit_record *record);

/* Count a refusal that gets no record of its own. */
void committer_drop(struct committer_lane *lane, enum audit_dropped reason);

/* The number of the batch that the last record went to. */
uint64_t committer_ticket(const struct committer_lane *lane);

/* True when the open batch is half full: it should go as soon as it can, and until then the loop
 * should take no more work. */
bool committer_is_pressed(const struct committer_lane *lane);

/* Hand the open batch over, unless it is empty or the one before has not been collected.
 * Returns: whether it was handed over. */
bool committer_submit(struct committer_lane *lane);

/* Take note of a batch that was written, after which the next one may be submitted; or, once for
 * each batch, that it could not be written yet. Returns: false when there is nothing new; *ret_news
 * is empty then. */
bool committer_collect(struct committer_lane *lane, struct committer_news *ret_news);

/* True when no record of the lane waits for anything. */
bool committer_idle(const struct committer_lane *lane);

#endif
