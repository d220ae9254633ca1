/* What the clients of rush.c wrote, key by key, and what nodes may show of it.
 *
 * Kept apart from the nodes and from the other clients (client.c), with an order of its own: time,
 * then tie, then ttl, never the longest. Every write that a store made has its entry here, whatever
 * became of it. From these follow, for every key:
 *
 * - what is read was written, with this value, and has neither expired nor been deleted;
 * - a boot of a node never goes below what it has had; of a key that may be evicted, never below
 *   what was deleted or has expired there;
 * - a node that becomes current has what was settled before it started, or later ones;
 * - a write that is said to be settled is on so many nodes, those counted that died with it;
 * - at the end what was settled is everywhere, or a later one is. */
#ifndef COFFER_TESTS_SIM_HISTORY_H
#define COFFER_TESTS_SIM_HISTORY_H

#include "sim/sim.h"

enum {
    HISTORY_KEYS = 48,
    HISTORY_WAITING = 64, /* writes that nobody has heard of yet */
    HISTORY_NONE = SIZE_MAX,
};

/* One write, as its store made it. */
struct history_write {
    struct record_version version;
    uint64_t ttl_ms;
    bool is_tombstone;
    uint8_t op[RECORD_OP];
    uint64_t value; /* where its bytes come from */
    size_t value_len;
    bool is_settled;
    uint64_t settled_ms;
};

struct history_key {
    size_t tenant;
    char name[24];
    bool is_evictable;
    struct history_write *writes;
    size_t count;
    size_t cap;
    /* by node, of its boot: the greatest that it has had; the greatest that is dead there */
    size_t floor[SIM_NODES_MAX];
    size_t dead_floor[SIM_NODES_MAX];
};

/* A write that its client waits for. */
struct history_waiting {
    uint64_t ticket; /* 0: free */
    size_t node;
    size_t key;
    size_t write;
    size_t asked;     /* holders, if more than usual; or 0 */
    size_t died_with; /* nodes that had it, and died since */
};

struct history {
    struct history_key keys[HISTORY_KEYS];
    size_t key_count;
    struct history_waiting waiting[HISTORY_WAITING];
};

/* Less than, equal to, greater than zero as a is to b. */
int history_order(const struct history_write *a, const struct history_write *b);

/* The bytes of a value: out, [len]. */
void history_value(uint64_t value, uint8_t *out, size_t len);

/* The newest write with this version and ttl; HISTORY_NONE without one. */
size_t history_find(const struct history_key *key, const struct record_version *version,
                    uint64_t ttl_ms, bool is_tombstone);

/* A store has written. Returns: which one it is. */
size_t history_add(struct history_key *key, const struct history_write *write);

/* What a store has of a key, whatever a client would see of it. Returns: false for nothing. */
bool history_peek(const struct kv *kv, const struct history_key *key, struct record *ret_record);

/* Which entry of its key a record is; HISTORY_NONE when nobody wrote it. */
size_t history_entry(const struct history_key *key, const struct record *record);

/* Whether a value has expired at that wall time. */
bool history_expired(const struct history_write *write, uint64_t wall_ms);

/* Hold what a node has of a key against all of it, and remember. */
void history_look(struct sim *sim, struct history *history, size_t at, size_t key);

/* A node read a value of this version. */
void history_shown(struct sim *sim, struct history *history, size_t at, size_t key,
                   const struct kv_found *found, struct bytes value);

/* Its node has said that a write is settled. */
void history_settled(struct sim *sim, struct history *history, struct history_waiting *waiting);

/* A node is current now; or is about to die. */
void history_current(struct sim *sim, struct history *history, size_t at);
void history_lost(struct sim *sim, struct history *history, size_t at);

/* All nodes ended, and what a snapshot has was restored: of each key this entry, or a later one.
 * What else was settled is gone, and so is what was before an entry that has expired by wall_ms:
 * the clock of who wrote the snapshot may have been ahead, and left that out. */
void history_restored(struct history *history, const size_t had[static HISTORY_KEYS],
                      uint64_t wall_ms);

/* Whether all nodes have the same of every key that is not evictable, and of those that are nothing
 * that was deleted. */
bool history_agrees(const struct sim *sim, const struct history *history);

/* All has healed: nothing that was settled is missing, nothing dead is seen. */
void history_end(struct sim *sim, struct history *history);

#endif
