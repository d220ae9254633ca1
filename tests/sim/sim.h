/* The simulator: nodes of one cluster, in virtual time, over a network, clocks, a chain and hosts
 * that do their worst. The nodes are the production code; all else is drawn from one seed, so that
 * a life can be lived again.
 *
 * A life is so many ticks of 10 ms. Clients write, read and delete on any node; what they were told
 * is remembered apart from the nodes (client.c) and held against what the nodes have. Each seed
 * draws its own mix of what there is and of what goes wrong: a swarm finds more than lives that all
 * have a little of everything. At the end all is healed, and the nodes must agree. */
#ifndef COFFER_TESTS_SIM_SIM_H
#define COFFER_TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cluster/cluster.h"

struct sim;

enum {
    SIM_TICK_MS = 10,
    SIM_NODES_MAX = 9,
    SIM_INSTANCES_MAX = 400, /* of all boots of a life */
    SIM_TENANTS = 3,         /* of client.c */
    SIM_KEYS = 6,            /* of a tenant */
    SIM_SKEW_MS = 4500,      /* of a clock, at most, either way */
    SIM_HEARD = 4,
    SIM_ACKS = 32,
    SIM_SETTLE_MORE = 3, /* nodes that a write may ask for */
    SIM_ENROLLED = 0x5e, /* the first byte of the code that is enrolled */
};

/* What a life has or has not. The first ones are faults that strike from time to time, each as
 * often as its weight says. */
#define SIM_FEATURES(X) \
    X(PARTITIONS)       \
    X(KILLS)            \
    X(PAUSES)           \
    X(JUMPS)            \
    X(CHAIN)            \
    X(STORMS)           \
    X(ENDPOINTS)        \
    X(TEMPTATION)       \
    X(TTL)              \
    X(DELETES)          \
    X(LARGE) X(REPLICAS) X(HOSTS) X(OTHERS) X(ROTATION) X(RUSH) X(QUOTAS) X(SNAPSHOTS) X(STRICT)

enum sim_feature {
#define SIM_FEATURE_NAME(name) SIM_HAS_##name,
    SIM_FEATURES(SIM_FEATURE_NAME)
#undef SIM_FEATURE_NAME
        SIM_FEATURES_COUNT,
    SIM_FAULTS = SIM_HAS_TEMPTATION, /* kinds of faults that strike */
};

/* Where numbers come from: what is left out in one place changes little elsewhere. */
enum sim_stream {
    SIM_OF_NODES,
    SIM_OF_NETWORK,
    SIM_OF_FAULTS,
    SIM_OF_CLIENTS,
    SIM_OF_RUSH,
    SIM_OF_SNAPSHOTS,
    SIM_OF_STRICT,
    SIM_OF_ENDPOINTS,
    SIM_STREAMS,
};

/* Everything that can go wrong, and everything that must be seen to happen: none may be zero over
 * many lives. */
/* clang-format off */
#define SIM_PROBES(X) \
    X(DROPPED) X(RESET) X(DELAYED) X(DUPLICATED) X(TRUNCATED) X(CORRUPTED) X(REPLAYED) X(MIXED) \
    X(MIXED_ACK) X(PARTITION) X(ONE_WAY) X(KILLED) X(KILLED_AFTER_WRITE) X(PAUSED) X(CLOCK_JUMP) \
    X(BACK_BEHIND) X(CHAIN_LOST) X(CHAIN_LAGS) X(INSTANCE_ENDED) X(INSTANCE_FORGOTTEN_LATE) \
    X(WROTE) X(WROTE_LARGE) X(WROTE_MANY) X(DELETED) X(READ) X(READ_NOTHING) X(WITH_TTL) \
    X(SETTLED) X(SETTLED_MORE) X(UNSETTLED) X(SUPERSEDED) X(BECAME_CURRENT) X(NOT_CURRENT) \
    X(WAITED) X(REFUSED_MESSAGE) X(PULLED) X(HEALED) X(LOOKING) X(READING) X(POLLING) X(STORING) \
    X(CONFIRMING) X(PUBLISHING) X(ASKING) X(OPEN) X(BLOCKED) X(CONFLICT) X(ROOT_RECEIVED) \
    X(CORE_HEALED) X(WIPED) X(MADE) X(RPC_FAILED) \
    X(TRANSACTION_LOST) X(PUBLISHED) X(REORGANISED) X(RACE_LOST) X(KILLED_STARTING) \
    X(KILLED_PUBLISHING) X(KILLED_ALL) X(CARRIER_READ) X(CARRIER_FAILED) X(CARRIER_FORGOT) \
    X(CARRIER_GARBLED) X(CARRIER_HIDDEN) X(CARRIER_OLD) X(ROOT_GIVEN) X(GIVEN_OFTEN) \
    X(NONCE_REFUSED) X(GRANT_OLD) X(REQUEST_REFUSED) X(ANSWER_REFUSED) X(SUBSTITUTED) \
    X(OTHER_CODE_REFUSED) X(OTHER_CODE_MEASURED) X(RECORD_REFUSED) X(CUT_AT_RECORD) \
    X(FORMER_REFUSED) X(HOST_OPENS_NOT) \
    X(TURN_NONE) X(TURN_SEEKING) X(TURN_STORING) X(TURN_CONFIRMING) X(TURN_PROPOSING) \
    X(TURN_WAITING) X(NEXT_MADE) X(NEXT_PROPOSED) X(NEXT_RACE_LOST) X(NEXT_VETOED) \
    X(NEXT_REJECTED) X(NEXT_RECEIVED) X(NEXT_EXECUTED) X(NEXT_REORGANISED) \
    X(NEXT_INSTALLED) X(ROTATED) X(RESEALED) \
    X(SETTLED_ACROSS) X(SETTLED_WITH_LAST) X(SETTLED_BY_THREE) \
    X(RUSH_WROTE) X(RUSH_LARGE) X(RUSH_DELETED) X(RUSH_READ) X(RUSH_SETTLED) X(RUSH_UNSETTLED) \
    X(AT_ONCE) X(ASKED_AGAIN) X(ASKED_OTHERWISE) X(BEHIND) X(QUOTA_REFUSED) X(EVICTED) \
    X(JUMPED_EXPIRY) X(JUMPED_EXPIRY_BACK) X(SNAPSHOT_WRITTEN) X(SNAPSHOT_ENDED) \
    X(SNAPSHOT_GIVEN_UP) X(TWO_WRITERS) X(ANCHORED) X(ANCHOR_MOVED) X(ANCHOR_REORGANISED) X(SWEPT) \
    X(SWEPT_AWAY) X(LOST_ALL) X(ROLLED_BACK) X(STATES_MIXED) X(OBJECTS_DROPPED) X(OBJECT_CUT) \
    X(HEADERS_HIDDEN) X(FORK_SHOWN) X(OBJECTS_SWAPPED) X(RESTORED) X(RESTORED_MEDDLED) \
    X(OLD_REFUSED) X(RESTORE_REFUSED) X(SNAPSHOT_BEHIND) X(REVOKED_RUNNING) X(EVIL_ENROLLED) \
    X(EVIL_REVOKED) X(CLOCK_SUSPECT) X(PROMISED_NOTHING) \
    X(SPENT) X(NUMBERED) X(FIXED) X(LIMIT_REACHED) X(HOME_UNKNOWN) X(STRICT_UNKNOWN) \
    X(FORWARDED) X(FORWARD_ANSWERED) X(REVOKED) X(REVOKED_KNOWN) X(NOT_FRESH) X(SET_LOST) \
    X(STRICT_HEALED) X(STRICT_RESTORED) X(LANE_SET) X(STRICT_KEPT) \
    X(HOME_PAUSED) X(ANSWER_WAITED) X(HELD_UP) X(HELD_UP_ALONE) \
    X(HOME_HELD_UP) X(HOME_FENCED) X(HOME_LOST) \
    X(LIES_GRANTS) X(LIES_GARBAGE) X(LIES_BLOCKS) X(LIES_CHAIN) X(LIES_DENIES) X(LIES_HIDES) \
    X(STAYS_FORKED) X(ENDPOINT_DEAD) X(ENDPOINT_MUTE) X(ENDPOINT_LAGS) X(QUORUM_DENIES) \
    X(QUORUM_SPLIT) X(ENDPOINT_USED) X(ENDPOINT_UNREACHABLE) X(ENDPOINT_SLOW) X(ENDPOINT_BEHIND) \
    X(ENDPOINT_LIED) X(ENDPOINT_OTHER_CHAIN) X(ENDPOINTS_DISAGREE) \
    X(ENDPOINTS_GRANTED) X(ENDPOINTS_LOST)
/* clang-format on */

enum sim_probe {
#define SIM_PROBE_NAME(name) SIM_##name,
    SIM_PROBES(SIM_PROBE_NAME)
#undef SIM_PROBE_NAME
        SIM_PROBES_COUNT,
};

struct sim_event;
typedef void sim_happen(struct sim *sim, struct sim_event *event);

struct sim_event {
    uint64_t at_ms;
    uint64_t order;
    sim_happen *happen;
    size_t node;   /* whom it happens to */
    uint64_t boot; /* of the node; a later one never hears of it */
    size_t from;   /* of a message: the other end */
    uint64_t from_boot;
    uint64_t read_ms; /* what the clock said before whoever handles it was held up; 0: he was not */
    uint64_t id;      /* of the message that is asked or answered */
    bool is_answer;
    size_t len;
    uint8_t bytes[];
};

/* One registration on the chain. */
struct sim_instance {
    uint64_t boot; /* of the node */
    struct eth_address wallet;
    size_t node;
    uint64_t since_ms;
    uint64_t until_ms;
    uint64_t asked; /* bit i: node i, which may have given it a nonce */
};

struct sim_node {
    bool is_up;
    uint64_t boot;     /* number of the start, from 1, */
    uint64_t start_ms; /* then */
    uint8_t boot_id[SYNC_BOOT];
    struct eth_address wallet;
    bool is_revoked; /* its registration has ended, and it does not know */
    uint64_t paused_until_ms;
    uint64_t late_ms; /* so long ago the clock was read for the step that it takes */
    int64_t skew_ms;
    uint64_t jumped_ms;      /* when it changed; 0: never */
    uint64_t walks;          /* of the cluster, at the last look, */
    uint64_t walk_ms;        /* and when the last one ended; 0: none since it forgot a peer */
    size_t members;          /* that it knew at the last look */
    uint64_t latest_wall_ms; /* that the node saw: what expired by it stays so */
    uint64_t told_wall_ms;   /* the latest of them that rush.c brought its store */
    uint64_t view_lag_ms;
    uint64_t view_floor_ms; /* it never goes back */
    uint64_t chain_lost_until_ms;
    uint64_t wake_ms; /* when its next event is due */
    bool was_current;
    uint64_t restart_ms; /* when it is down */
    uint64_t writes;
    uint64_t repaired; /* records, at the last look */
    struct mem mem;
    struct kv *kv;
    struct root_keyring *roots;
    struct registry_port registry;
    struct cluster *cluster;   /* NULL without a root */
    struct sim_start *rooting; /* start.h */
    struct sim_reader *reader; /* endpoints.c; NULL: the life has none */
    struct sim *sim;
};

/* What the network does, drawn anew for every life and from time to time. In 1,000. */
struct sim_weather {
    uint64_t drop;
    uint64_t duplicate;
    uint64_t damage;
    uint64_t replay;
    uint64_t mix;
    uint64_t delay_ms; /* at most, mostly less */
};

/* What a life has of everything. */
struct sim_mix {
    uint64_t weight[SIM_FEATURES_COUNT]; /* 0: not at all */
    uint64_t fault_every_ms;
    uint64_t write_every_ms;
    uint64_t cut_ms; /* at most, like all that follow */
    uint64_t pause_ms;
    uint64_t down_ms;
    uint64_t tempt;   /* in 1,000 */
    bool hears_all;   /* a node that was paused hears all that waited before it acts */
    bool has_clients; /* of the first kind: those of the second are RUSH */
    struct sim_weather worst;
};

/* The last answers of one node to another, for who lies. */
struct sim_heard {
    struct sim_event *answers[SIM_HEARD];
    size_t count;
    struct sim_event *acks[SIM_ACKS]; /* that promise something */
    size_t ack_count;
};

struct sim_model;
struct sim_strict;

struct sim {
    uint64_t seed;
    uint64_t random[SIM_STREAMS];
    enum sim_stream stream;
    uint64_t now_ms;
    uint64_t end_ms;
    uint64_t orders;
    struct sim_event **heap;
    size_t heap_len;
    size_t heap_cap;
    size_t count;
    size_t holders; /* of a settled write; one less may be lost at once */
    struct sim_node nodes[SIM_NODES_MAX];
    bool is_cut[SIM_NODES_MAX][SIM_NODES_MAX]; /* from, to */
    uint64_t cuts;                             /* so many there were */
    struct sim_weather weather;
    struct sim_mix mix;
    bool is_calm;        /* no more faults */
    uint64_t slow_ms;    /* when a message last took its time; 0: never */
    uint64_t delayed_ms; /* so much longer takes what is sent now */
    size_t delayed_from; /* by this node */
    struct sim_instance instances[SIM_INSTANCES_MAX];
    size_t instance_count;
    struct sim_model *model;                              /* client.c */
    struct sim_snapshots *snapshots;                      /* snapshots.h */
    struct rush *rush;                                    /* rush.h */
    struct sim_strict *model_strict;                      /* strict.h */
    struct sim_roots *roots;                              /* start.h */
    struct sim_endpoints *endpoints;                      /* endpoints.h */
    struct sim_event *kept;                               /* a message of before, for who replays */
    struct sim_heard heard[SIM_NODES_MAX][SIM_NODES_MAX]; /* from, to */
    uint64_t *probes;                                     /* [SIM_PROBES_COUNT], over all lives */
    uint64_t writes;
    uint64_t faults;
    uint64_t faults_max;
    const char *wrong; /* the first violation */
    char detail[200];
};

/* sim.c: numbers, time and events. */
uint64_t sim_next(uint64_t *state);
uint64_t sim_random(struct sim *sim);
enum sim_stream sim_draw_from(struct sim *sim, enum sim_stream stream); /* returns: before */
bool sim_has(const struct sim *sim, enum sim_feature feature);
uint64_t sim_below(struct sim *sim, uint64_t end);
bool sim_chance(struct sim *sim, uint64_t of_1000);
void sim_fill(struct sim *sim, uint8_t *out, size_t len);
struct status sim_entropy(void *context, uint8_t *out, size_t len); /* of a simulation */
struct sim_event *sim_event_new(struct bytes content);
void sim_at(struct sim *sim, uint64_t at_ms, struct sim_event *event);
void sim_later(struct sim *sim, uint64_t ms, sim_happen *happen, size_t node);
void sim_seen(struct sim *sim, enum sim_probe probe);
__attribute__((format(printf, 3, 4))) void sim_violated(struct sim *sim, const char *what,
                                                        const char *format, ...);

/* network.c */
void sim_send(struct sim *sim, size_t from, const struct cluster_action *action);
void sim_post(struct sim *sim, struct sim_event *event);
/* To a peer as it is registered, and back to who asked. */
struct sim_event *sim_request_new(const struct sim *sim, size_t from,
                                  const struct registry_peer *peer, struct bytes message);
struct sim_event *sim_answer_new(const struct sim_event *request, struct bytes answer,
                                 sim_happen *happen);
bool sim_hears(const struct sim *sim, const struct sim_event *event);
struct sim_instance *sim_instance_of(struct sim *sim, size_t node, uint64_t boot);
struct sim_event *sim_event_copy(const struct sim_event *event);
void sim_network_free(struct sim *sim);

/* liar.c */
void sim_liar_hear(struct sim *sim, const struct sim_event *answer);
bool sim_liar_answer(struct sim *sim, const struct sim_event *request);
void sim_liar_free(struct sim *sim);

/* node.c: starting and stopping, and letting one act. */
struct cluster_now sim_now(struct sim_node *node);
uint64_t sim_wall_ms(const struct sim *sim, const struct sim_node *node);
extern const uint8_t sim_domain[DOMAIN_ID];
void sim_node_start(struct sim *sim, size_t at);
void sim_node_restart(struct sim *sim, struct sim_event *event); /* unless it is up */
void sim_node_join(struct sim *sim, size_t at);                  /* its root is there */
void sim_node_kill(struct sim *sim, size_t at);
void sim_node_act(struct sim *sim, size_t at);
bool sim_node_current(const struct sim_node *node);
void sim_value_keys(const struct sim_node *node, size_t tenant, struct value_seal_keys *ret);
void sim_tenant(size_t tenant, uint8_t ret[static DOMAIN_TENANT_ID]);

/* judge.c */
void sim_judge_answer(struct sim *sim, struct status status, struct bytes answer);
void sim_judge_handoff(struct sim *sim, struct status status, struct bytes answer);

/* clocks.c: a node acknowledges something; refuses to, for its clock. */
void sim_clock_acknowledges(struct sim *sim, size_t at);
void sim_clock_refuses(struct sim *sim, size_t at);

/* chain.c */
void sim_chain_register(struct sim *sim, size_t at);
void sim_chain_end(struct sim *sim, size_t at, uint64_t at_ms);
uint64_t sim_chain_view_ms(const struct sim_node *node); /* the time of what it sees */
struct registry_port sim_chain_port(struct sim_node *node);

/* client.c: what clients do, and what they were told. */
void sim_clients_start(struct sim *sim);
void sim_client_told(struct sim *sim, size_t at, const struct cluster_action *action);
void sim_client_current(struct sim *sim, size_t at); /* a node says that it is, now */
void sim_client_lost(struct sim *sim, size_t at);
void sim_clients_check(struct sim *sim);
/* Write on a node. Returns: whether it settles within a time. */
bool sim_client_settles(struct sim *sim, size_t at,
                        void (*run)(struct sim *sim, uint64_t until_ms));
void sim_clients_free(struct sim *sim);

/* faults.c, start_faults.c */
void sim_pause(const struct sim *sim, struct sim_node *node, uint64_t ms);
void sim_kill_later(struct sim *sim, size_t at, uint64_t ms);
void sim_faults_start(struct sim *sim);
void sim_heal(struct sim *sim);
void sim_tempt(struct sim *sim, size_t at); /* now would be the worst moment for it to end */

#endif
