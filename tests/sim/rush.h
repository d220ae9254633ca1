/* Clients of a second kind, in tenants of their own: a few keys that many nodes write at once, also
 * in one millisecond; values that expire while nodes are apart; an app whose values are more than
 * its quota; requests that are asked again on other nodes; reads that must not be older than what
 * their client has seen. What they may see is held against a history (history.h). */
#ifndef COFFER_TESTS_SIM_RUSH_H
#define COFFER_TESTS_SIM_RUSH_H

#include "sim/sim.h"

enum {
    RUSH_HOT = SIM_TENANTS, /* the tenant of the keys that all write */
    RUSH_FULL,              /* of the app that is always full, in lives that have quotas */
    RUSH_QUOTA = 96 << 10,  /* bytes of it, then */
    RUSH_BYTES = 512 << 10, /* what the stores of these take at most; beside large values */
};

void rush_start(struct sim *sim);

/* Returns: whether the write was one of these. */
bool rush_told(struct sim *sim, size_t at, const struct cluster_action *action);
void rush_current(struct sim *sim, size_t at);
void rush_lost(struct sim *sim, size_t at);

/* A clock was set; before: what it showed. */
void rush_jumped(struct sim *sim, size_t at, uint64_t before_ms);

/* What all of it was. */
struct history;
const struct history *rush_history(const struct sim *sim);

/* All nodes ended; had: history_restored. */
void rush_restored(struct sim *sim, const size_t *had);

bool rush_agrees(const struct sim *sim);
void rush_end(struct sim *sim);
void rush_free(struct sim *sim);

#endif
