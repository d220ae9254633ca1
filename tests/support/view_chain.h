/* A chain and the endpoints in front of it, for tests of the registry's view under virtual time.
 *
 * Blocks have a state each: what the contracts answer. An endpoint can be silent, dead, behind, or
 * say something else than the chain. Answers are encoded as the contracts do. */
#ifndef COFFER_TESTS_SUPPORT_VIEW_CHAIN_H
#define COFFER_TESTS_SUPPORT_VIEW_CHAIN_H

#include "registry/registry_rules.h"
#include "registry/registry_view.h"

enum {
    VIEW_CHAIN_BLOCKS = 2048,
    VIEW_CHAIN_ENDPOINTS = 3,
};

/* What the contracts say in one block. Wallets that start with byte 0x11 share the facts, each
 * with itself as the wallet; no other one is registered. Those that start with 0x77 have records
 * that are too large for an answer. */
struct view_chain_state {
    struct registry_facts facts;
    bool has_no_key;
    bool reverts;
    uint8_t root[REGISTRY_HASH];
};

struct view_chain_block {
    uint8_t hash[REGISTRY_HASH];
    uint64_t time;
    struct view_chain_state state;
};

enum view_chain_fault {
    VIEW_CHAIN_HONEST,
    VIEW_CHAIN_DEAD,    /* fails at once */
    VIEW_CHAIN_SILENT,  /* never answers */
    VIEW_CHAIN_LIES,    /* revoked instances are active, and the other way round */
    VIEW_CHAIN_GARBAGE, /* bytes that are no record */
    VIEW_CHAIN_WRONG_CHAIN,
    VIEW_CHAIN_WRONG_GENESIS,
    VIEW_CHAIN_NO_CODE,
    VIEW_CHAIN_OTHER_CODE,
    VIEW_CHAIN_OTHER_HASHES, /* names other blocks */
    VIEW_CHAIN_PARTIAL,      /* answers the first read only */
};

struct view_chain_endpoint {
    enum view_chain_fault fault;
    uint64_t behind;   /* blocks */
    uint64_t delay_ms; /* of each answer */
    bool reconnects;   /* every answer comes over a new connection */
    uint64_t answered; /* the last work */
    uint64_t works;    /* that it was asked for */
    uint64_t reads;
    uint64_t code_reads;
};

struct view_chain {
    struct registry_view *view;
    uint64_t now_ms;
    uint64_t wall_ms;
    uint64_t block_ms; /* between two blocks; 0: the chain stands still */
    uint64_t next_block_ms;
    uint64_t head;
    uint64_t work; /* the last one */
    uint64_t work_ms;
    struct view_chain_endpoint endpoint[VIEW_CHAIN_ENDPOINTS];
    struct view_chain_block block[VIEW_CHAIN_BLOCKS];
};

/* A chain of 20 blocks, two seconds apart, whose state is good. */
void view_chain_init(struct view_chain *chain);

/* What a view of this chain is set up with: three endpoints, two must agree. */
struct registry_view_setup view_chain_setup(struct mem *mem);

/* The state of the blocks to come, which is also that of the newest one. */
struct view_chain_state *view_chain_state(struct view_chain *chain);

/* Add a block with the state of the newest one. */
void view_chain_mine(struct view_chain *chain);

/* Other blocks from this number on, with the state of the one before. */
void view_chain_fork(struct view_chain *chain, uint64_t number);

/* Let time pass while the view works. */
void view_chain_run(struct view_chain *chain, uint64_t ms);

#endif
