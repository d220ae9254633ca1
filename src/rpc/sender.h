/* One transaction of the node's wallet at a time, from what it is for to what became of it.
 *
 * A state machine without thread, socket, clock or key. Its owner says what is to be written, takes
 * actions and carries them out: bodies to post to RPC endpoints, a transaction to sign. Endpoints
 * are hostile: what counts is what a quorum of them says, and sums are taken so that fewer than
 * that cannot raise them.
 *
 *   READING    what is there, whether the contract takes it, place, fees, balance
 *   SIGNING    by the wallet; what comes back must be just that transaction
 *   SENDING    to all endpoints
 *   FOLLOWING  receipts are looked for; after a while it is sent again, dearer
 *
 * It always takes the first place that is free on the chain (the count of the newest block), not in
 * somebody's queue: so whatever was signed before for that place, for the same or by a process
 * that is gone, is replaced, and never are two carried out. What is there already is not written.
 * Nothing is sent that is refused when it is tried, so refusals cost nothing but in a race.
 *
 * Used by chain_writer.h. One owner at a time. Source: EIP-1559; Ethereum execution APIs. */
#ifndef COFFER_RPC_SENDER_H
#define COFFER_RPC_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/status.h"
#include "ethereum/eth_address.h"
#include "ethereum/eth_transaction.h"
#include "registry/registry.h"

enum {
    SENDER_ENDPOINTS_MAX = 8,
    SENDER_VERSIONS_MAX = 8, /* of one transaction, each dearer than the one before */
    SENDER_TRIES_MAX = 6,    /* transactions that are signed before one was sent */
    SENDER_TEXT_MAX = 64,    /* of what an endpoint said, with its NUL */

    SENDER_ROUND_MS = 5000,   /* for one question with the answers of all, */
    SENDER_GRACE_MS = 300,    /* and for the rest once a quorum has answered */
    SENDER_LOOK_MS = 3000,    /* between two looks for receipts */
    SENDER_STUCK_MS = 900000, /* since it was sent: something else may take its place */

    SENDER_GAS_MIN = 21000,
};

/* What a transaction may cost; gas times fee fits 64 bits. */
struct sender_limits {
    uint64_t fee;       /* wei per unit of gas at most, tip included; from 1 */
    uint64_t tip;       /* of these at first, to the block's maker; it grows with the fee */
    uint64_t gas;       /* units at most; from SENDER_GAS_MIN */
    uint32_t dearer_ms; /* so long it waits before it is sent again with a higher fee */
};

struct sender_setup {
    size_t endpoints; /* 1 to SENDER_ENDPOINTS_MAX */
    size_t quorum;    /* 1 to endpoints */
    size_t batch;     /* calls in one request; 1 to LIMIT_ETH_RPC_BATCH */
    uint64_t chain_id;
    struct eth_address registry; /* the KMS registry */
    struct eth_address wallet;
    struct sender_limits limits;
    uint32_t first_id; /* of a call */
    struct mem *mem;
};

enum sender_kind {
    SENDER_ROOT_HASH,
    SENDER_ANCHOR,
    SENDER_PROPOSE, /* a later root */
    SENDER_EXECUTE, /* its proposal */
};

/* What is to be written. */
struct sender_purpose {
    enum sender_kind kind;
    uint64_t height;                /* of an anchor; an epoch, a proposal; or 0 */
    uint8_t hash[REGISTRY_HASH];    /* of the root, or of the snapshot's header */
    uint8_t follows[REGISTRY_HASH]; /* an anchor: the anchored header; otherwise zero */
};

enum sender_state {
    SENDER_IDLE,
    SENDER_READING,
    SENDER_SIGNING,
    SENDER_SENDING,
    SENDER_FOLLOWING,
};

enum sender_action_kind {
    SENDER_POST, /* body to endpoint, within timeout_ms; then sender_answered */
    SENDER_SIGN, /* transaction; then sender_signed */
};

struct sender_action {
    enum sender_action_kind kind;
    size_t endpoint;
    struct bytes body; /* of the sender, until the answer or the next POST to this endpoint */
    uint32_t timeout_ms;
    struct eth_transaction transaction; /* its data is the sender's, until sender_signed */
};

/* Something that the operator should know. */
enum sender_report_kind {
    SENDER_REPORT_SENT,     /* transaction, nonce, fee in wei per gas, gas */
    SENDER_REPORT_DEARER,   /* likewise: again */
    SENDER_REPORT_MINED,    /* transaction, block */
    SENDER_REPORT_REVERTED, /* likewise */
    SENDER_REPORT_REFUSED,  /* the contract would: text is its reason, "" for one not known */
    SENDER_REPORT_FUNDS,    /* has and needs, in wei, UINT64_MAX and above as that */
    SENDER_REPORT_FEE,      /* fee, what it would take, above the limit */
    SENDER_REPORT_ENDPOINT, /* endpoint said text to a transaction */
    SENDER_REPORT_CHAIN,    /* endpoint is of another chain */
};

struct sender_report {
    enum sender_report_kind kind;
    uint8_t transaction[ETH_TRANSACTION_HASH];
    uint64_t nonce;
    uint64_t fee;
    uint64_t gas;
    uint64_t block;
    uint64_t has;
    uint64_t needs;
    size_t endpoint;
    char text[SENDER_TEXT_MAX]; /* unsafe where an endpoint said it */
};

struct sender;

/* Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status sender_open(const struct sender_setup *setup, struct sender **ret);

/* Free; *sender becomes NULL (it may be NULL). */
void sender_close(struct sender **sender);

/* What publisher.h has: begin, or say what became of it. Returns: as there. */
struct status sender_ask(struct sender *sender, uint64_t now_ms,
                         const struct sender_purpose *purpose);

/* The next action, if there is one now. In: now_ms, monotonic. Returns: false when there is none
 * before *ret_due_ms, or the next call of another function; UINT64_MAX when only sender_ask brings
 * one. */
bool sender_next(struct sender *sender, uint64_t now_ms, struct sender_action *ret_action,
                 uint64_t *ret_due_ms);

/* What an endpoint answered to the last body for it, unsafe; ptr NULL when it did not. */
void sender_answered(struct sender *sender, uint64_t now_ms, size_t endpoint, struct bytes body);

/* What came of SIGN. In: raw, of OK. */
void sender_signed(struct sender *sender, uint64_t now_ms, struct status status, struct bytes raw);

enum sender_state sender_state(const struct sender *sender);

/* How often what sender_ask would say has changed. */
uint64_t sender_changes(const struct sender *sender);

/* The oldest report that was not taken. Returns: false when there is none. */
bool sender_take_report(struct sender *sender, struct sender_report *ret);

#endif
