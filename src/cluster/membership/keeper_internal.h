/* Snapshots of a node: a thread that restores the newest one where all nodes were lost, writes the
 * next one now and then, and sweeps.
 *
 * It drives the machines of src/snapshot. It takes the store for one bounded step at a time, holds
 * no lock while it waits for storage or chain, and delays nothing of the cluster's thread. What it
 * reads belongs to one opening of the cluster: when that has ended meanwhile, because the store was
 * emptied, nothing is anchored. Source: docs/decisions/068-snapshots.md. */
#ifndef COFFER_CLUSTER_MEMBERSHIP_KEEPER_INTERNAL_H
#define COFFER_CLUSTER_MEMBERSHIP_KEEPER_INTERNAL_H

#include <stdatomic.h>

#include "base/thread.h"
#include "cluster/membership/membership.h"
#include "snapshot/snapshot_restorer.h"
#include "snapshot/snapshot_sweep.h"
#include "snapshot/snapshot_writer.h"

enum {
    KEEPER_CATCH_UP_MS = 30000, /* to compare with the others before a snapshot is begun */
    KEEPER_COLLECT_MS = 5000,   /* to read strict records of a majority; after that those stay
                                   that are in the snapshot before */
    KEEPER_AGAIN_MS = 10000,    /* until what was refused is tried again */
    KEEPER_ASK_MS = 1000,       /* between two looks at the chain, */
    KEEPER_FINAL_MS = 30000,    /* which shows for so long nothing of what was sent: again */
    KEEPER_SWEEP_MS = SNAPSHOT_GRACE_MS / 2,
};

struct keeper {
    struct membership *membership;
    struct thread thread;
    struct thread_lock lock; /* of all up to stats; none is taken within it */
    struct thread_signal changed;
    bool is_stopping;
    bool is_asked; /* to restore */
    uint64_t asked_ms;
    bool is_restored; /* it has, with origin */
    struct cluster_origin origin;
    struct strict_table *restored; /* then; of the thread before */
    struct membership_keeping stats;
    /* Of the thread. */
    struct snapshot_room *room;
    struct snapshot_sweep *sweep;
    struct snapshot_point anchored; /* as it was seen last */
    struct snapshot_point known;    /* the greatest that this node has written or restored */
    uint64_t due_ms;                /* when the next snapshot begins */
    uint64_t swept_ms;
    bool has_swept;
    bool is_full;     /* the next one is written anew: objects are missing */
    unsigned refused; /* the code that was told last; STATUS_OK: nothing was since it restored */
};

/* A machine in work. One of them is there. */
struct keeper_work {
    struct snapshot_writer *writer;
    struct snapshot_restorer *restorer;
    struct snapshot_sweep *sweep;
    uint64_t opening; /* of the cluster, for a writer */
};

/* Returns: OK; NO_MEMORY. keeper is zeros before, and may be closed in any case. */
struct status keeper_open(struct keeper *keeper, struct membership *membership);
void keeper_close(struct keeper *keeper);

/* The thread. Returns: as thread_start. */
struct status keeper_start(struct keeper *keeper);
void keeper_stop(struct keeper *keeper);

/* Restore, into a store that nobody else fills; and whether that is done, with the strict records
 * for the caller to close then. Any thread. */
void keeper_restore(struct keeper *keeper);
bool keeper_take_restored(struct keeper *keeper, struct cluster_origin *ret_origin,
                          struct strict_table **ret_strict);

struct membership_keeping keeper_stats(struct keeper *keeper);

/* Wait, at most so long. Returns: false when it has to stop. */
bool keeper_wait(struct keeper *keeper, uint64_t wait_ms);

/* What is anchored, as far as that may be relied on now. Returns: as registry_anchor. */
struct status keeper_anchored(struct keeper *keeper, struct snapshot_point *ret);

/* Carry out whatever a machine wants, to its end. Out: *ret_point, of ENDED. Returns: its status;
 * NOT_CURRENT when the cluster was closed under a writer; UNAVAILABLE when it has to stop. */
struct status keeper_drive(struct keeper *keeper, const struct keeper_work *work,
                           struct snapshot_point *ret_point);

/* Note why something does not go on, or OK. */
void keeper_note(struct keeper *keeper, enum membership_keeps state, struct status status);

#endif
