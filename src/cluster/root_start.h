/* How a node gets its root, so that a cluster never has two.
 *
 * A state machine without thread, socket, clock, disk or chain of its own. Its owner tells what the
 * chain says, what became of the carrier, of the transaction and of messages; takes actions and
 * carries them out. Everything that arrives is hostile until it was checked.
 *
 * The chain's final hash is the authority. A root is made only where none is published, none is
 * stored and no peer that can be reached holds one; made of the security module and the kernel.
 * Its hash is published only after a carrier (what keeps roots when all nodes are gone) was read
 * back and had it. The first hash that becomes final wins, whatever the reason for which there were
 * two candidates: whoever has another one wipes it. Everybody else takes the root from the carrier,
 * or from any peer by hand-off, and compares it with the final hash before it is installed; until
 * then nothing is in the keyring, so nothing is served.
 *
 * What was seen once is not forgotten while the node runs: after a trace of a stored root that does
 * not open no root is made, and a hash that was final is never taken back; another one is a
 * conflict, at which the node stops for good and keeps its root.
 *
 *   state       is left for            when
 *   LOOKING     READING                the chain is known
 *   READING     POLLING                nothing is stored that fits
 *               PUBLISHING             a root is stored and none is final
 *               OPEN                   the final one is stored
 *               BLOCKED                what is stored does not open
 *   POLLING     STORING                nobody holds anything: one was made
 *               ASKING                 a hash is final
 *               PUBLISHING, BLOCKED    as above: the carrier is read again from time to time
 *   STORING     CONFIRMING             it was written
 *   CONFIRMING  PUBLISHING, STORING    it was read back, or not
 *   PUBLISHING  OPEN                   its hash is final, as from the two before
 *   these three ASKING                 another hash is final: it is wiped
 *   ASKING      OPEN                   a peer gave the root, or the carrier had it
 *   BLOCKED     ASKING                 a hash is final
 *               PUBLISHING             what is stored opens
 *   any         CONFLICT               two final hashes
 *
 * Used by the node, and in virtual time by the simulator. One owner at a time. Source: design,
 * section 7; formats, sections 4, 8 and 9; the KMS's own strict start. */
#ifndef COFFER_CLUSTER_ROOT_START_H
#define COFFER_CLUSTER_ROOT_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/status.h"
#include "cluster/cluster.h"
#include "cluster/handoff.h"
#include "keys/root_gate.h"
#include "keys/root_keyring.h"
#include "registry/registry.h"

enum {
    ROOT_START_FOUND_MAX = 2 * LIMIT_ROOT_EPOCHS, /* roots that a carrier may give */
    ROOT_START_MESSAGE_MAX = HANDOFF_ANSWER_MAX,  /* bytes of every message of hand-off */

    ROOT_START_LOOK_MS = 1000,   /* between two looks at the registry */
    ROOT_START_CHAIN_MS = 30000, /* so old may be what the chain said when a root is made */
    ROOT_START_READ_MS = 10000,  /* between two reads of the carrier without a root */
    ROOT_START_POLL_MS = 5000,   /* between two questions to a peer that answers */
    ROOT_START_FRESH_MS = 10000, /* so long counts what it said */
    ROOT_START_ALONE_MS = 5000,  /* between polling and making, and up to twice that by chance */
    ROOT_START_TRIES = 3,        /* in a row without an answer: it cannot be reached */
    ROOT_START_AGAIN = 2,        /* that one request is sent again */
    ROOT_START_ANSWER_MS = 5000, /* that a peer has for its answer */
    ROOT_START_RETRY_MS = 250,   /* after a first failure, then twice as long, */
    ROOT_START_RETRY_MAX_MS = 15000, /* up to that, half of it by chance */
    ROOT_START_PUBLISH_MS = 30000,   /* after a transaction that was sent */
    ROOT_START_GIVE_WAY = 5,    /* failures in a row, after which others may make a root as well */
    ROOT_TURN_PROPOSALS = 3,    /* that are sent, and never seen: somebody is quick to veto them */
    ROOT_TURN_GRACE_MS = 60000, /* that a proposal is due before who knows of no other holder
                                   executes it */
};

enum root_start_state {
    ROOT_START_LOOKING,    /* the chain has not been read */
    ROOT_START_READING,    /* the carrier is being read */
    ROOT_START_POLLING,    /* there is no root anywhere, as far as is known */
    ROOT_START_STORING,    /* a candidate is being written to the carrier, */
    ROOT_START_CONFIRMING, /* and read back */
    ROOT_START_PUBLISHING, /* a candidate is stored; its hash is not final */
    ROOT_START_ASKING,     /* a hash is final, and its root is not here */
    ROOT_START_OPEN,       /* the root is installed */
    ROOT_START_BLOCKED,    /* a root is stored that does not open, and none is final */
    ROOT_START_CONFLICT,   /* two hashes were final */
    ROOT_START_STATES,
};

/* Where the node is with the next root, while OPEN. */
enum root_turn_state {
    ROOT_TURN_NONE,       /* there is none to come */
    ROOT_TURN_SEEKING,    /* one is on the chain, and not here */
    ROOT_TURN_STORING,    /* it is here, made or received, and being written to the carrier, */
    ROOT_TURN_CONFIRMING, /* and read back */
    ROOT_TURN_PROPOSING,  /* it was made here, is stored, and is not on the chain yet */
    ROOT_TURN_WAITING,    /* it is stored, and on the chain; not final */
    ROOT_TURN_STATES,
};

enum root_start_chain_kind {
    ROOT_CHAIN_UNKNOWN,     /* not read, or not lately, or without a quorum */
    ROOT_CHAIN_UNPUBLISHED, /* no hash at the newest block, and none at the final one */
    ROOT_CHAIN_PENDING,     /* a hash at the newest block, none at the final one */
    ROOT_CHAIN_FINAL,       /* a hash at the final block */
    ROOT_CHAIN_CONFLICT,    /* the reader of the chain has seen two */
};

/* What the newest block has of the root after those. */
struct root_start_proposed {
    bool is_there;
    bool is_committed; /* proposed no more: it is to become final */
    bool is_due;       /* it may be committed now */
    uint64_t proposal; /* its id */
    uint8_t hash[ROOT_GATE_HASH];
};

/* What the chain says, by epoch from 0. */
struct root_start_chain {
    enum root_start_chain_kind kind;
    size_t count; /* of FINAL, 1 to LIMIT_ROOT_EPOCHS */
    uint8_t hashes[LIMIT_ROOT_EPOCHS][ROOT_GATE_HASH];
    struct root_start_proposed next; /* of FINAL */
};

/* What a carrier has: roots of any epochs, several of one too. *secret*, but for count and epochs.
 */
struct root_start_found {
    size_t count;
    struct handoff_root list[ROOT_START_FOUND_MAX];
};

static inline void root_start_found_wipe(struct root_start_found *found)
{
    secret_wipe(found, sizeof *found);
}

/* All of it outlives the machine. */
struct root_start_setup {
    struct mem *mem;
    struct handoff_ports ports; /* entropy: the kernel's */
    struct entropy module;      /* the security module's generator */
    struct root_keyring *roots; /* empty */
    const struct registry_port *registry;
    struct root_gate *gate; /* of these roots; needs a published hash */
    size_t epochs;          /* so many roots there shall be; 0 and 1: no more than the chain has */
    uint8_t domain[DOMAIN_ID];
    struct eth_address wallet;
};

struct root_start;
struct handoff_guard;

/* Returns: OK; NO_MEMORY; MEMORY_LOCK. On failure: *ret is NULL. */
struct status root_start_open(const struct root_start_setup *setup, struct root_start **ret);

/* Wipe and free; *start becomes NULL (it may be NULL). */
void root_start_close(struct root_start **start);

enum root_start_action_kind {
    ROOT_START_READ,      /* all roots that the carrier has; then root_start_carrier_read */
    ROOT_START_WRITE,     /* roots to the carrier, beside what is there, never over it; then
                           root_start_carrier_written */
    ROOT_START_PUBLISH,   /* send the transaction with hash; then root_start_published, also of */
    ROOT_START_PROPOSE,   /* the proposal of root `number` with hash, and */
    ROOT_START_EXECUTE,   /* the execution of proposal `number` of hash */
    ROOT_START_SEND,      /* message to peer, before deadline_ms; then root_start_answered */
    ROOT_START_INSTALLED, /* the root is in the keyring; is_own: it was made here, this boot */
    ROOT_START_WIPED,     /* another one won: the candidate is gone */
    ROOT_START_STOPPED,   /* two final hashes: serve nothing, keep everything, tell the operator */
    ROOT_START_MADE,      /* root `number` was made here, stored and read back */
    ROOT_START_TURNED,    /* root `number` is in the keyring, held back until root_start_use */
    ROOT_START_REJECTED,  /* the candidate for root `number` was vetoed, or its time ran out: it is
                             gone */
};

struct root_start_action {
    enum root_start_action_kind kind;
    uint64_t id;                       /* of a message */
    const struct registry_peer *peer;  /* of a message; of the machine, until the next call */
    struct bytes message;              /* of the machine, until the next call */
    const struct handoff_roots *roots; /* to write; *secret*; of the machine, until the next call */
    uint8_t hash[ROOT_GATE_HASH];
    uint64_t number;
    uint64_t deadline_ms;
    bool is_own;
};

/* The next action, if there is one now. Returns: false when there is none before *ret_due_ms, or
 * the next call of another function. */
bool root_start_next(struct root_start *start, const struct cluster_now *now,
                     struct root_start_action *ret_action, uint64_t *ret_due_ms);

/* What the chain says, whenever it was read or is lost. */
void root_start_chain(struct root_start *start, const struct cluster_now *now,
                      const struct root_start_chain *chain);

/* What the carrier has, after READ. In: status OK when all that is stored was opened, also when
 * that is nothing; found, what did open, *secret*. Timing: depends on what is found. */
void root_start_carrier_read(struct root_start *start, const struct cluster_now *now,
                             struct status status, const struct root_start_found *found);

/* Roots that came from a peer another way than by hand-off of version 2; taken where one is awaited
 * and they are the final ones, and then written to the carrier. In: found, *secret*. Timing:
 * depends on what is found. */
void root_start_received(struct root_start *start, const struct cluster_now *now,
                         const struct root_start_found *found);

/* Who was given roots, for whoever gives them in another way. Of the start, as long. */
struct handoff_guard *root_start_guard(struct root_start *start);

/* What became of WRITE, and of PUBLISH, PROPOSE or EXECUTE: OK says that it was sent, no more. */
void root_start_carrier_written(struct root_start *start, const struct cluster_now *now,
                                struct status status);
void root_start_published(struct root_start *start, const struct cluster_now *now,
                          struct status status);

/* What came of a message: the answer of its peer, or ptr NULL when there is none. Late ones are
 * dropped. Timing: as handoff_open. */
void root_start_answered(struct root_start *start, const struct cluster_now *now, uint64_t id,
                         struct bytes answer);

/* Answer a message of hand-off. In: from, the wallet of the sender, whose proof was checked. Out:
 * answer, with ROOT_START_MESSAGE_MAX bytes of room. Roots go to a wallet with a grant as a peer
 * that was read after it asked for its nonce, and only from OPEN with the gate open.
 * Returns: OK; HANDOFF_INVALID, HANDOFF_DOMAIN; why the wallet has no grant (registry_lookup);
 * REGISTRY_PENDING when the grant is older than the question; HANDOFF_NONCE, HANDOFF_LIMIT; as
 * root_gate_check; UNAVAILABLE without the roots; as handoff_read_request and handoff_answer.
 * On failure: answer is empty. */
struct status root_start_serve(struct root_start *start, const struct cluster_now *now,
                               const struct eth_address *from, struct bytes message,
                               struct buf *answer);

/* Whether the root is here. Returns: OK; UNAVAILABLE; ROOT_UNPUBLISHED while a candidate waits;
 * ROOT_CARRIER when BLOCKED; ROOT_CONFLICT. */
struct status root_start_check(const struct root_start *start);

/* What was held back after TURNED is in use from now on: all have it, or have had their time. */
void root_start_use(struct root_start *start);

/* How it is with the next root. Open data. */
struct root_turn {
    enum root_turn_state state;
    uint32_t newest;              /* epoch of the newest root here, */
    uint32_t in_use;              /* and in use: less while it is held back */
    uint32_t wanted;              /* epoch of the last root that this node shall see to */
    uint8_t hash[ROOT_GATE_HASH]; /* of the candidate that is here, or is sought; or zero */
    bool is_rejected;             /* a candidate of this epoch was: none is made by this boot */
};

struct root_turn root_start_turn(const struct root_start *start);

/* For people. */
const char *root_turn_state_name(enum root_turn_state state);

enum root_start_state root_start_state(const struct root_start *start);

/* For people. */
const char *root_start_state_name(enum root_start_state state);

#endif
