/* Restoring a snapshot into an empty store, when no node has the records any more.
 *
 * A machine without thread, clock, disk or chain of its own (snapshot_action.h). It takes the
 * newest header that counts: below what the chain has, or what peers know, nothing is restored; at
 * that height only the one that is anchored, above it only what follows that one. Operators may
 * name a header instead. Then everything that it names is read, opened and merged, in any order:
 * whatever is missing, changed or of another place ends it.
 *
 * Nothing of the store may be served before it ended with OK; after any other end the store has to
 * be emptied. Storage that cannot be asked is asked again for ever. What is dead comes after what
 * is alive, so that nothing is kept out by what a store drops of it; objects with both are read
 * twice. Records come in at their own time or that of the snapshot, if the clock is behind.
 *
 * Used by the node, and in virtual time by tests. Source: formats, sections 9 and U19;
 * docs/decisions/068-snapshots.md. */
#ifndef COFFER_SNAPSHOT_SNAPSHOT_RESTORER_H
#define COFFER_SNAPSHOT_SNAPSHOT_RESTORER_H

#include <stdbool.h>

#include "base/entropy.h"
#include "base/mem.h"
#include "cluster/cluster.h"
#include "snapshot/snapshot_action.h"
#include "store/kv.h"

/* All that it points to outlives the restorer. */
struct snapshot_restorer_setup {
    struct mem *mem; /* for about 13 MiB */
    struct entropy entropy;
    const struct root_keyring *roots;
    uint8_t domain[DOMAIN_ID];
    struct snapshot_point anchored; /* at the newest block; height 0: none is, or no chain */
    struct snapshot_point known;    /* the greatest that peers know of, or none */
    struct snapshot_point ordered;  /* by operators: this one, whatever else is known; or none */
    struct strict_table *strict;    /* empty: where strict records come; NULL: they are left out */
};

struct snapshot_restorer;

/* Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status snapshot_restorer_open(const struct snapshot_restorer_setup *setup,
                                     struct snapshot_restorer **ret);
void snapshot_restorer_close(struct snapshot_restorer **restorer);

/* The next action, if there is one now. ENDED: OK when everything is in the store; SNAPSHOT_OLD
 * when there is no header that counts, and nothing was merged; BLOB_ABSENT, BLOB_FOREIGN,
 * SNAPSHOT_INVALID when something that it names is not there or not what it was; VALUE_EPOCH
 * without a root; OVERLOADED when there is no room for a strict record; NO_MEMORY, ENTROPY,
 * INTERNAL.
 * Returns: false when there is none before *ret_due_ms, or the next call of another function. */
bool snapshot_restorer_next(struct snapshot_restorer *restorer, const struct cluster_now *now,
                            struct snapshot_action *ret_action, uint64_t *ret_due_ms);

/* A step with the store, after STORE. Cost: SNAPSHOT_STEP records or as many units of bytes. */
void snapshot_restorer_merge(struct snapshot_restorer *restorer, const struct cluster_now *now,
                             struct kv *kv);

/* What came of an action on the storage. Late ones are dropped. */
void snapshot_restorer_answered(struct snapshot_restorer *restorer, const struct cluster_now *now,
                                uint64_t id, const struct snapshot_answer *answer);

struct snapshot_restorer_stats {
    uint64_t headers; /* that the storage names, good or not */
    uint64_t objects; /* read */
    uint64_t bytes;
    uint64_t records;  /* read, each once */
    uint64_t strict;   /* of them, strict ones */
    uint64_t left_out; /* that are alive, were to stay, and are not in the store: to be told */
    uint64_t gave_way; /* evictable ones, and what was dead, for which there was no room */
};

struct snapshot_restorer_stats snapshot_restorer_stats(const struct snapshot_restorer *restorer);

#endif
