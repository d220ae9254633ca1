/* What the other files of the start ask of the next root, while OPEN. */
#ifndef COFFER_CLUSTER_ROOT_TURN_INTERNAL_H
#define COFFER_CLUSTER_ROOT_TURN_INTERNAL_H

#include "cluster/root_start.h"

/* The node has become OPEN. */
void root_turn_begin(struct root_start *start, const struct cluster_now *now);
/* There are news of the chain. */
void root_turn_look(struct root_start *start, const struct cluster_now *now);
/* Make the next one when it is wanted, and there is none. */
void root_turn_make(struct root_start *start, const struct cluster_now *now);
bool root_turn_news(struct root_start *start, struct root_start_action *ret_action);
bool root_turn_next(struct root_start *start, const struct cluster_now *now,
                    struct root_start_action *ret_action);
void root_turn_due(const struct root_start *start, const struct cluster_now *now,
                   uint64_t *ret_due_ms);
/* Whether peers are looked at, and whether they are asked for it. */
bool root_turn_is_active(const struct root_start *start);
bool root_turn_seeks(const struct root_start *start);
/* What became of what was asked of the carrier and the chain. */
void root_turn_read(struct root_start *start, const struct cluster_now *now,
                    const struct root_start_found *found);
void root_turn_written(struct root_start *start, const struct cluster_now *now,
                       struct status status);
void root_turn_published(struct root_start *start, const struct cluster_now *now,
                         struct status status);
/* A peer gave secrets->next. Returns: whether it is the one that is sought; if not, it is wiped. */
bool root_turn_is_sought(struct root_start *start);
/* It is. The peers may be gone after that. */
void root_turn_received(struct root_start *start, const struct cluster_now *now);
/* The candidate of an epoch, for peers; NULL while there is none that is stored and on the chain.
 * *secret*. */
const struct handoff_root *root_turn_candidate(const struct root_start *start, uint32_t epoch);

#endif
