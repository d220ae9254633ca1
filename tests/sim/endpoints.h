/* RPC endpoints that lie, lag, stay on a fork or do not answer, in lives that have them: there
 * every node reads the chain with the view of the registry (registry/registry_view.h) through three
 * endpoints, of which two must agree.
 *
 * Real: the view, with its rules, table and tally, and what it makes of answers.
 * Simulated: the endpoints with the blocks behind them, one each second, and what carries questions
 * and answers (rpc/rpc_rounds.h, which reads HTTP and JSON).
 *
 * What one endpoint does alone must change nothing but time: each answer of the port is held
 * against the chain. Two at once may deny: what they say then is not there, never that somebody is
 * registered who is not. */
#ifndef COFFER_TESTS_SIM_ENDPOINTS_H
#define COFFER_TESTS_SIM_ENDPOINTS_H

#include "cluster/root_start.h"
#include "registry/registry_view.h"
#include "sim/sim.h"

enum {
    SIM_ENDPOINTS = 3,
    SIM_ENDPOINTS_QUORUM = 2,
    SIM_BLOCK_MS = 1000,
    SIM_DEEP_BLOCKS = 3, /* no block below so many leaves the chain */
    SIM_FORKS_MAX = 128,
};

/* What an endpoint does. The last two are done by a quorum, too. */
enum sim_mood {
    SIM_MOOD_HONEST,
    SIM_MOOD_GRANTS,  /* everybody is registered, the root is another one */
    SIM_MOOD_GARBAGE, /* bytes that are no record */
    SIM_MOOD_BLOCKS,  /* names other blocks */
    SIM_MOOD_FORKED,  /* stays on blocks that left the chain */
    SIM_MOOD_CHAIN,   /* is of another chain */
    SIM_MOOD_DEAD,    /* fails at once */
    SIM_MOOD_SILENT,  /* never answers */
    SIM_MOOD_LAGS,    /* is seconds behind */
    SIM_MOOD_DENIES,  /* nobody is registered */
    SIM_MOOD_HIDES,   /* no root is published */
    SIM_MOODS,
};

/* From this block on the chain has others, since then. */
struct sim_fork {
    uint64_t first;
    uint64_t at_ms;
};

struct sim_endpoints {
    enum sim_mood moods[SIM_ENDPOINTS];
    uint64_t lag_ms;                      /* of those that are behind */
    uint64_t trouble_ms;                  /* when a quorum was bad last; 0: never */
    uint64_t short_ms;                    /* when a node's list was short of nodes since then */
    struct sim_fork forks[SIM_FORKS_MAX]; /* from 1 */
    size_t fork_count;
};

/* endpoints.c */
void sim_endpoints_open(struct sim *sim, size_t at);
void sim_endpoints_close(struct sim *sim, size_t at);
struct registry_port sim_endpoints_port(struct sim_node *node);
struct root_start_chain sim_endpoints_root(const struct sim_node *node);
bool sim_endpoints_denied(const struct sim *sim); /* by two at once, now or just before */
bool sim_endpoints_strike(struct sim *sim);
void sim_endpoints_heal(struct sim *sim);
void sim_endpoints_reorganised(struct sim *sim, uint64_t since_ms);

/* endpoints_answers.c: append one endpoint's answer to one read; data goes to memory. */
void sim_endpoints_answer(const struct sim_node *node, size_t endpoint,
                          const struct registry_read *read, struct buf *memory,
                          struct registry_answer *ret);
uint64_t sim_endpoints_made_ms(const struct sim *sim, uint64_t number); /* of a block, by now */
void sim_endpoints_setup(struct registry_view_setup *ret);

#endif
