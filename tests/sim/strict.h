/* Clients of strict records, until there are users: they spend budgets, take numbers of lanes, fix
 * objects and revoke, on any node, which does it or brings it to the home of the slot.
 *
 * Written from the promises alone (docs/cluster.md); of the nodes it uses strict.h. */
#ifndef COFFER_TESTS_SIM_STRICT_H
#define COFFER_TESTS_SIM_STRICT_H

#include "sim/sim.h"

/* Of a node that runs and has its root; NULL otherwise. */
struct strict *sim_strict_machine(const struct sim *sim, size_t at);

/* The node whose set is the newest; SIZE_MAX without any. Members of its set that run, and vote in
 * it (is_whole), but for one node. */
size_t sim_strict_newest(const struct sim *sim);
size_t sim_strict_alive(const struct sim *sim, size_t set_of, size_t but, bool is_whole);

/* What its faults are like: a lease has to end in some, and others have to
 * stay who grant the next one. */
void sim_strict_draw(struct sim *sim);

/* Let the set grow for a while: it does so by one node in 10 s. */
void sim_strict_gather(struct sim *sim, void (*run)(struct sim *sim, uint64_t until_ms));

void sim_strict_start(struct sim *sim);

/* What clients were told until a moment, to be held against what is restored. */
enum {
    STRICT_SCOPES = 3,   /* of each kind */
    STRICT_BUCKETS = 64, /* of a budget */
    STRICT_OBJECTS = 256,
    STRICT_REVOCATIONS = 64,
};
struct sim_strict_told {
    uint64_t spent[STRICT_SCOPES][STRICT_BUCKETS];
    uint64_t last_given[STRICT_SCOPES];
    uint64_t fixed[STRICT_SCOPES][STRICT_OBJECTS]; /* 0: nobody was told */
    bool is_revoked[STRICT_REVOCATIONS];
};
void sim_strict_tell(const struct sim *sim, struct sim_strict_told *ret);

/* A node has begun anew with a snapshot that has at least that. */
void sim_strict_restored(struct sim *sim, size_t at, const struct sim_strict_told *told);

/* Whether an answer to a node that is paused lies there when it goes on. */
bool sim_strict_waits(struct sim *sim, const struct sim_event *event);

/* Whether the one who handles a message is held up between his look at the clock and what he does
 * then: it comes again, and the node's step is late (late_ms) then, until it goes on. In most
 * lives a node that was paused hears all that waited, and then goes on. */
bool sim_strict_held_up(struct sim *sim, const struct sim_event *event);
void sim_strict_goes_on(struct sim *sim, const struct sim_event *event);

/* Whether two do not hear each other, as one of them is a home that is being lost. */
bool sim_strict_is_cut(const struct sim *sim, size_t one, size_t other);

/* A node has acted: what became of what it was asked, and what others ask it. */
void sim_strict_acted(struct sim *sim, size_t at);

/* Whether what was counted would still be known if this node ended now. */
bool sim_strict_may_end(const struct sim *sim, size_t at);

/* All is healed: run until everything is granted again, or cannot be. */
void sim_strict_check(struct sim *sim, void (*run)(struct sim *sim, uint64_t until_ms));
void sim_strict_free(struct sim *sim);

#endif
