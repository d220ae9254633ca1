/* How nodes get their root, in the simulator: every node starts without one.
 *
 * Real: the machine (cluster/root_start.h), hand-off, keyring, gate and guard.
 * Simulated: the curve (p384.c, a small group); the security module (fixtures/simulated_module.h:
 * HMAC under one key instead of a certificate and ES384); the contract, with transactions that come
 * late, not at all, or leave the chain again before they are final; the carrier, which is memory of
 * the host that a node trusts for nothing but names no wrong root (what KMS seals opens or does
 * not); the registry's rows. */
#ifndef COFFER_TESTS_SIM_START_H
#define COFFER_TESTS_SIM_START_H

#include "base/log.h"
#include "cluster/root_start.h"
#include "fixtures/simulated_module.h"
#include "sim/sim.h"

enum {
    SIM_FINAL_MS = 3000,     /* until a block cannot leave the chain any more */
    SIM_INCLUDED_MS = 2100,  /* until a transaction is in a block, at most, */
    SIM_DUE_MS = 4000,       /* and from then until a proposal is due */
    SIM_CHAIN_READ_MS = 500, /* between two looks of a node at the chain */
    SIM_CHANGES_MAX = 64,
    SIM_STORED_MAX = 16, /* roots in one carrier */
    SIM_SECRETS_MAX = 64,
};

/* What a host does with what it stores. */
enum sim_storage {
    SIM_STORAGE_HONEST,
    SIM_STORAGE_HIDDEN,  /* nothing there */
    SIM_STORAGE_OLD,     /* as it was before the last write */
    SIM_STORAGE_GARBLED, /* does not open */
    SIM_STORAGE_AWAY,    /* cannot be reached */
    SIM_STORAGE_FORGETS, /* takes writes, and has nothing new */
    SIM_STORAGES,
};

struct sim_carrier {
    size_t count;
    size_t before; /* the last write */
    struct handoff_root list[SIM_STORED_MAX];
    enum sim_storage storage;
    uint64_t storage_ms; /* since then */
};

/* The contract at the newest block, as it changed. */
struct sim_change {
    uint64_t at_ms;
    bool is_set;
    uint8_t hash[ROOT_GATE_HASH];
};

/* The next root in the contract, likewise. */
struct sim_next {
    uint64_t at_ms;
    bool is_there;
    bool is_committed;
    uint64_t proposal;
    uint64_t due_ms;
    uint8_t hash[ROOT_GATE_HASH];
};

struct sim_roots {
    struct sim_change changes[SIM_CHANGES_MAX];
    size_t change_count;
    struct sim_carrier carriers[SIM_NODES_MAX]; /* of hosts: they outlive boots */
    struct secret32 secrets[SIM_SECRETS_MAX];   /* that were ever made */
    size_t secret_count;
    bool is_installed;         /* somewhere, once; from then on */
    struct secret32 installed; /* this is the root */
    struct sim_next nexts[SIM_CHANGES_MAX];
    size_t next_count;
    uint64_t hold_ms; /* so long nodes wait for others before they use a new root */
    bool is_put_off;  /* no new root can be proposed until all is healed; then */
    size_t last; /* this node, its number and 1, hears of it last, and proposes none; 0: no such */
    uint64_t refused;   /* proposals and executions that endpoints did not take, by chance */
    bool is_past_start; /* clients have begun: nodes are lost one at a time */
    uint64_t kills;
    struct eth_address evil; /* an instance of other code, whose version is enrolled */
    uint64_t evil_since_ms;  /* from then */
    uint64_t evil_until_ms;  /* to then, and at no other time */
    struct simulated_module evil_module;
    struct handoff_asking evil_asking;
    uint8_t point[P384_SEC1]; /* of a request that a host has seen */
    bool has_point;
    struct handoff_asking host_asking; /* of a host, who has put its own point into a request */
    bool has_host_key;
};

/* Of one boot of a node. */
struct sim_start {
    struct simulated_module module;
    struct log log;
    struct root_start *start;
    struct root_gate *gate;
    enum root_start_state state; /* at the last look, as the next */
    enum root_turn_state turn;
    uint64_t turned_ms; /* since when a new root is here and not in use; 0: none is */
};

/* start.c: a node's machine. */
void sim_start_open(struct sim *sim, size_t at);
void sim_start_close(struct sim *sim, size_t at);
void sim_start_act(struct sim *sim, size_t at, uint64_t *ret_due_ms);

/* start_network.c */
void sim_start_send(struct sim *sim, size_t from, const struct root_start_action *action);
void sim_start_overhear(struct sim *sim, const struct sim_event *event);

/* start_chain.c */
struct root_start_chain sim_chain_root(const struct sim *sim, const struct sim_node *node);
void sim_chain_publish(struct sim *sim, size_t at, const uint8_t hash[static ROOT_GATE_HASH]);
bool sim_chain_final(const struct sim *sim, uint64_t at_ms,
                     uint8_t ret_hash[static ROOT_GATE_HASH]);

bool sim_chain_hash(const struct sim *sim, uint64_t at_ms, uint8_t ret_hash[static ROOT_GATE_HASH]);

/* chain.c: whether the other code was enrolled then. */
bool sim_chain_evil(const struct sim *sim, uint64_t at_ms);

/* start_carrier.c */
struct status sim_carrier_write(struct sim *sim, size_t at, const struct handoff_roots *roots);
struct status sim_carrier_read(struct sim *sim, size_t at, struct root_start_found *ret);

/* start_faults.c */
void sim_start_faults(struct sim *sim);
void sim_start_heal(struct sim *sim);

/* epochs.c: the contract's part of a new root, and when nodes use it. */
void sim_epochs_draw(struct sim *sim); /* before there are nodes */
void sim_epochs_start(struct sim *sim);
void sim_epochs_show(const struct sim *sim, uint64_t at_ms, struct root_start_chain *chain);
struct sim_next sim_epochs_at(const struct sim *sim, uint64_t at_ms);
bool sim_epochs_final(const struct sim *sim, uint8_t ret_hash[static ROOT_GATE_HASH]);
void sim_epochs_publish(struct sim *sim, size_t at, const struct root_start_action *action);
void sim_epochs_act(struct sim *sim, size_t at, uint64_t *ret_due_ms);

/* epochs_last.c: if the new root was put off, let it come while one node does not hear of it, and
 * writes settle with that one. Returns: whether there was that. */
bool sim_epochs_come(struct sim *sim, void (*run)(struct sim *sim, uint64_t until_ms));

/* start_check.c */
void sim_start_check(struct sim *sim, size_t at);
void sim_start_conflict(struct sim *sim, size_t at);

#endif
