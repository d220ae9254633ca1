/* Deleting what no snapshot that stays needs.
 *
 * A machine without clock or disk of its own (snapshot_action.h). What stays: headers of the last
 * SNAPSHOT_KEEP heights, the anchored one, and all that these name. Anything else is deleted when
 * two runs in a row found it unneeded, SNAPSHOT_GRACE_MS or more apart, so that objects of a
 * snapshot that is being written are not; headers first, what they alone named later. Names of
 * other forms are left alone. Storage may list as many as it likes: what a run has no room for
 * waits for a later one.
 *
 * A run deletes nothing when the newest header that this node knows of, or the anchored one, is not
 * there, or when a node of one that stays cannot be read: storage that hides something must not
 * make us delete the rest. It also counts what is named and not there: then the next snapshot has
 * to be written in full.
 * Used by the node that writes snapshots. Source: docs/decisions/068-snapshots.md. */
#ifndef COFFER_SNAPSHOT_SNAPSHOT_SWEEP_H
#define COFFER_SNAPSHOT_SNAPSHOT_SWEEP_H

#include <stdbool.h>

#include "base/mem.h"
#include "cluster/cluster.h"
#include "snapshot/snapshot_action.h"

enum {
    SNAPSHOT_KEEP = 8,
    SNAPSHOT_GRACE_MS = 60 * 60 * 1000,    /* twice as long as writing may take */
    SNAPSHOT_UNNEEDED_MAX = (1 << 18) - 1, /* names that a run notes for the next one, in 16 MiB */
};

struct snapshot_sweep;

/* Out: *ret, which remembers from run to run. All that it points to outlives it. In: domain, of the
 * deployment. Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status snapshot_sweep_open(struct mem *mem, const struct root_keyring *roots,
                                  const uint8_t domain[static DOMAIN_ID],
                                  struct snapshot_sweep **ret);
void snapshot_sweep_close(struct snapshot_sweep **sweep);

/* Begin a run; one that has not ended is forgotten. In: anchored, or height 0; known, the greatest
 * that this node has written or knows of. */
void snapshot_sweep_begin(struct snapshot_sweep *sweep, const struct cluster_now *now,
                          const struct snapshot_point *anchored,
                          const struct snapshot_point *known);

/* The next action of a run, if there is one now. ENDED: OK; SNAPSHOT_OLD when a header that must be
 * there is not; BLOB_ABSENT, BLOB_FOREIGN, SNAPSHOT_INVALID for a node; VALUE_EPOCH; NO_MEMORY; IO
 * and others after the storage was asked again and again.
 * Returns: false when there is none before *ret_due_ms, or the next call of another function. */
bool snapshot_sweep_next(struct snapshot_sweep *sweep, const struct cluster_now *now,
                         struct snapshot_action *ret_action, uint64_t *ret_due_ms);

/* What came of an action on the storage. Late ones are dropped. */
void snapshot_sweep_answered(struct snapshot_sweep *sweep, const struct cluster_now *now,
                             uint64_t id, const struct snapshot_answer *answer);

/* Of the last run. */
struct snapshot_sweep_stats {
    uint64_t needed;  /* objects and headers that stay */
    uint64_t missing; /* of them, not in the list: of a run that ended with OK */
    uint64_t waiting; /* unneeded ones that go later */
    uint64_t deleted;
};

struct snapshot_sweep_stats snapshot_sweep_stats(const struct snapshot_sweep *sweep);

#endif
