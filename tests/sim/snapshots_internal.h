/* What the files of snapshots share. */
#ifndef COFFER_TESTS_SIM_SNAPSHOTS_INTERNAL_H
#define COFFER_TESTS_SIM_SNAPSHOTS_INTERNAL_H

#include "fixtures/storage.h"
#include "sim/history.h"
#include "sim/snapshots.h"
#include "sim/strict.h"
#include "snapshot/snapshot_restorer.h"
#include "snapshot/snapshot_sweep.h"
#include "snapshot/snapshot_writer.h"

enum {
    SNAPSHOTS_MAX = 256,  /* begun in a life */
    SNAPSHOTS_STATES = 8, /* of the storage, that its host keeps */
};

/* One that was begun, and what its writer had then. */
struct sim_snapshot {
    struct snapshot_point point; /* height 0: its header was not written yet */
    uint8_t prev[SNAPSHOT_DIGEST];
    uint64_t begin_ms;
    bool has_strict; /* read from a majority; otherwise those of the one before */
    struct sim_strict_told told;
    size_t had[HISTORY_KEYS]; /* entries; HISTORY_NONE: nothing */
};

/* What a node has at work. At most one machine of each kind. */
enum sim_machine { SIM_WRITER, SIM_SWEEP, SIM_RESTORER, SIM_MACHINES };

struct sim_worker {
    struct snapshot_writer *writer;
    struct snapshot_sweep *sweep;
    struct snapshot_restorer *restorer;
    bool is_sweeping;
    bool is_collecting; /* strict records, for a snapshot */
    uint64_t collect_ms;
    uint64_t collect_end_ms;
    struct snapshot_point collect_anchor; /* what was anchored then, */
    struct sim_strict_told told;          /* and what clients were told */
    struct strict_table *restored;
    uint64_t sweep_ms;             /* when it was begun, in their time */
    uint64_t serial[SIM_MACHINES]; /* of the one that is at work; 0: none */
    uint64_t wake_ms[SIM_MACHINES];
    size_t writing; /* of snapshots */
    struct snapshot_point known;
    bool needs_all; /* the sweep has found that something is missing */
    uint8_t incarnation[SNAPSHOT_INCARNATION];
};

struct sim_snapshots {
    uint64_t every_ms;       /* at most, between two that are begun */
    struct storage *storage; /* as nodes see it */
    struct storage *honest;  /* all that there is, while the host shows something else; or NULL */
    struct storage *states[SNAPSHOTS_STATES];
    size_t state_count;
    struct sim_snapshot list[SNAPSHOTS_MAX];
    size_t count;
    struct snapshot_point anchored; /* at the newest block */
    struct snapshot_point before;   /* what was anchored before that, for blocks that leave */
    struct sim_worker workers[SIM_NODES_MAX];
    uint64_t serials;
    uint64_t worst_ms; /* so long the loss of all waits for the worst moment; 0: none is due */
    bool was_lost;     /* all nodes at once: what runs now was restored */
    bool is_restoring; /* somewhere */
    bool is_restored;
    size_t restorer; /* that node */
    struct sim_strict_told restored_told;
};

/* snapshots_host.c: what the host does with its storage, and the contract. Whether a header that
 * does not count is as high as the anchored one: who only looks at heights takes it. */
bool snapshots_have_fork(const struct sim_snapshots *own);
void snapshots_keep_state(struct sim *sim);
void snapshots_meddle(struct sim *sim);
void snapshots_be_honest(struct sim *sim);
struct status snapshots_anchor(struct sim *sim, const struct snapshot_action *action);

/* snapshots_check.c: what was restored. Whether a snapshot is the anchored one or follows it. */
bool snapshots_counts(const struct sim_snapshots *own, const struct snapshot_point *point);
void snapshots_begun(struct sim *sim, size_t at, struct sim_snapshot *snapshot);
void snapshots_written(struct sim *sim, struct sim_snapshot *snapshot, struct bytes header);
void snapshots_judge(struct sim *sim, const struct kv *kv, const struct snapshot_point *point,
                     bool is_last);
void snapshots_refused(struct sim *sim, struct status status);

#endif
