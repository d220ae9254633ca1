/* Snapshots in the simulator: nodes write them to one storage that nobody trusts, anchor them on
 * the chain and sweep; then all nodes end at once, and the first one that is back restores.
 *
 * Real: the machines of snapshot/. Simulated: the storage, whose host shows an older state, a mix,
 * less, another snapshot as high as the anchored one, or objects that are cut; the contract's
 * anchor, of which transactions are lost, late or leave the chain again. Time of the
 * machines goes SNAPSHOTS_FASTER times as fast, so that an hour of theirs fits into a life.
 *
 * What has to hold: nothing is restored but what is anchored or follows that; of each key there is
 * what its writer had when it began, or something later, so that nothing of it is lost and nothing
 * that was deleted by then is seen again; what is refused was meddled with; and what is anchored
 * can be restored at the end, whatever was swept. */
#ifndef COFFER_TESTS_SIM_SNAPSHOTS_H
#define COFFER_TESTS_SIM_SNAPSHOTS_H

#include "sim/sim.h"

enum { SNAPSHOTS_FASTER = 600, SNAPSHOTS_BYTES = 40 << 20 /* of a node's memory */ };

void snapshots_start(struct sim *sim);

/* Its root is there, and nobody runs who could have records. Returns: whether it has to wait: for
 * what is restored, here or at another node. */
bool snapshots_hold(struct sim *sim, size_t at);
void snapshots_lost(struct sim *sim, size_t at); /* a node ends */

/* All has healed. */
void snapshots_end(struct sim *sim);
void snapshots_free(struct sim *sim);

/* The strict records that a node has restored, for its cluster, and of which snapshot; NULL without
 * any. */
struct strict_table *snapshots_take_strict(struct sim *sim, size_t at,
                                           struct cluster_origin *ret_origin);

#endif
