/* Writing one snapshot: the records that changed since the newest one, then a header that names all
 * of them, then its anchor.
 *
 * A machine without thread, clock, disk or chain of its own (snapshot_action.h); one is opened for
 * each snapshot. With SNAPSHOT_STORE its owner calls snapshot_writer_read under the lock of the
 * store, which takes a bounded step; everything else needs no lock. Objects are sealed outside of
 * it. Whatever is killed at any moment leaves the snapshots that were there, and objects that
 * nobody names.
 *
 * In it is every record as it was at some moment between the start and the end, with its clocks and
 * times; tombstones and expired records too. What was written before the start is in it, or
 * something later of that key. The same holds for strict records, of a table that is whole; who has
 * none takes those of the snapshot before. A snapshot of which nothing differs from the one before
 * is not written; that one is anchored where it is not yet.
 *
 * Used by the node, and in virtual time by tests. Source: formats, sections 4, 9 and 13;
 * docs/decisions/068-snapshots.md. */
#ifndef COFFER_SNAPSHOT_SNAPSHOT_WRITER_H
#define COFFER_SNAPSHOT_SNAPSHOT_WRITER_H

#include <stdbool.h>

#include "base/entropy.h"
#include "base/mem.h"
#include "cluster/cluster.h"
#include "snapshot/snapshot_action.h"
#include "store/kv.h"

enum {
    SNAPSHOT_GROUP = 64 * 1024,        /* bytes of records that lie in one object, of a node */
    SNAPSHOT_STEP = 256,               /* records of a step with the store, or */
    SNAPSHOT_STEP_UNIT = 4096,         /* so many bytes of each */
    SNAPSHOT_WRITE_MS = 30 * 60 * 1000 /* then it gives up */
};

/* All that it points to outlives the writer. */
struct snapshot_writer_setup {
    struct mem *mem; /* for about 12 MiB */
    struct entropy entropy;
    const struct root_keyring *roots;
    uint8_t domain[DOMAIN_ID];
    uint8_t incarnation[SNAPSHOT_INCARNATION];
    struct snapshot_point anchored; /* at the newest block; height 0: none */
    struct snapshot_point known;    /* the greatest that this node or its peers know of, or none */
    uint64_t block;                 /* the newest, or 0 without a chain */
    bool has_chain;                 /* it has to be anchored */
    bool is_full;                   /* write everything anew: the storage may have lost objects */
    /* Read by snapshot_writer_read alone. It has all that a majority had when the writer was opened
     * (strict.h); or NULL: the strict records of the snapshot before stay. */
    struct strict_table *strict;
};

struct snapshot_writer;

/* Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status snapshot_writer_open(const struct snapshot_writer_setup *setup,
                                   const struct cluster_now *now, struct snapshot_writer **ret);
void snapshot_writer_close(struct snapshot_writer **writer);

/* The next action, if there is one now. ENDED: OK when the snapshot is there, and anchored where
 * there is a chain; UNAVAILABLE when it took too long; SNAPSHOT_LOST when another one is
 * anchored than the one that it follows: the next one will follow that; BLOB_FULL, BLOB_EXISTS, IO
 * and other codes of the storage after it was asked again and again; NOT_CURRENT without strict
 * records when those of the snapshot before cannot be read; BUFFER_FULL when a leaf has too much;
 * ENTROPY, VALUE_EPOCH without a root.
 * Returns: false when there is none before *ret_due_ms, or the next call of another function. */
bool snapshot_writer_next(struct snapshot_writer *writer, const struct cluster_now *now,
                          struct snapshot_action *ret_action, uint64_t *ret_due_ms);

/* A step with the store, after STORE. Cost: SNAPSHOT_STEP records or as many units of bytes. */
void snapshot_writer_read(struct snapshot_writer *writer, const struct kv *kv);

/* What came of an action on the storage. Late ones are dropped. */
void snapshot_writer_answered(struct snapshot_writer *writer, const struct cluster_now *now,
                              uint64_t id, const struct snapshot_answer *answer);

/* What came of ANCHOR: OK when the newest block has this point; SNAPSHOT_LOST when it has another
 * one than this and the one that this follows; anything else when nobody knows, after which it is
 * sent again. */
void snapshot_writer_anchored(struct snapshot_writer *writer, const struct cluster_now *now,
                              struct status status);

/* What it cost so far. */
struct snapshot_writer_stats {
    uint64_t objects; /* written, without the header */
    uint64_t bytes;
    uint64_t read_objects; /* of the one before */
    uint64_t read_records; /* of the store */
    uint64_t records;      /* of the whole snapshot, once it has ended */
};

struct snapshot_writer_stats snapshot_writer_stats(const struct snapshot_writer *writer);

#endif
