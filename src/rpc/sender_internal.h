/* The parts of the sender. Private to rpc. */
#ifndef COFFER_RPC_SENDER_INTERNAL_H
#define COFFER_RPC_SENDER_INTERNAL_H

#include "base/arena.h"
#include "ethereum/eth_rpc.h"
#include "ethereum/nova_abi.h"
#include "rpc/sender.h"

enum {
    SENDER_REQUEST = 8192, /* bytes of a request */
    SENDER_RAW = 512,      /* of a transaction */
    SENDER_REPORTS = 16,   /* that wait; the oldest give way */
    SENDER_MISSING_MAX = 3 /* looks without a receipt after the place was taken */
};

/* What an endpoint is asked. */
enum sender_call_kind {
    SENDER_CALL_CHAIN,
    SENDER_CALL_BLOCK, /* the newest, for its base fee */
    SENDER_CALL_COUNT, /* of the wallet's transactions in it */
    SENDER_CALL_TIP,
    SENDER_CALL_BALANCE,
    SENDER_CALL_VALUE,    /* what the contract has now */
    SENDER_CALL_ESTIMATE, /* the gas, or why it would refuse */
    SENDER_CALL_SEND,
    SENDER_CALL_RECEIPT, /* of a version: the last of them */
    SENDER_CALLS_MAX = SENDER_CALL_RECEIPT + SENDER_VERSIONS_MAX,
};

/* What an endpoint made of a transaction that it was sent. */
enum sender_verdict {
    SENDER_SILENT,
    SENDER_ACCEPTED, /* or known already */
    SENDER_STALE,    /* its place is taken */
    SENDER_CHEAP,    /* the fee is too low, or not enough above that of the one before */
    SENDER_POOR,
    SENDER_REFUSED,
};

enum sender_receipt {
    SENDER_NO_RECEIPT,
    SENDER_DONE,
    SENDER_REVERTED,
};

/* What an endpoint said in a round. */
struct sender_facts {
    uint32_t has; /* bit by kind of call, of those above SEND */
    uint64_t chain_id;
    uint64_t base_fee;
    uint64_t count;
    uint64_t tip;
    uint64_t balance; /* UINT64_MAX: that or more */
    uint64_t gas;
    bool is_value_bad;            /* no such contract there */
    struct nova_abi_anchor value; /* as an anchor; a root's hash has height 0, a proposal its epoch
                                     to SENDER_PROPOSE, its id to SENDER_EXECUTE */
    bool is_revert;               /* in place of gas */
    const char *reason;           /* of it, a literal */
    enum sender_verdict verdict;
    char text[SENDER_TEXT_MAX]; /* of its refusal, unsafe */
    enum sender_receipt receipts[SENDER_VERSIONS_MAX];
    uint64_t blocks[SENDER_VERSIONS_MAX]; /* of these */
};

/* One endpoint at its part of a round, which may take several requests. */
struct sender_place {
    bool is_busy;
    bool is_to_post; /* the next request is ready and was not given out */
    bool is_good;    /* it answered, and is of our chain where it was asked */
    size_t first;    /* of the request at hand, */
    size_t some;     /* and how many calls it has */
    struct eth_rpc rpc;
    struct bytes body;
    struct sender_facts facts;
    uint8_t memory[SENDER_REQUEST];
};

struct sender_fees {
    uint64_t fee;
    uint64_t tip;
};

/* What was signed. All versions have one place. */
struct sender_version {
    uint8_t hash[ETH_TRANSACTION_HASH];
    struct sender_fees fees;
};

struct sender {
    struct sender_setup setup;
    struct arena arena; /* of one answer */
    enum sender_state state;
    struct sender_purpose purpose;
    bool has_purpose;
    bool has_outcome;
    struct status outcome;
    bool is_sent;     /* this purpose's */
    bool is_reverted; /* a block has it, and it failed */
    bool is_to_sign;  /* a transaction, which was not given out */
    bool is_to_read;  /* a round was asked for, and is to begin */
    bool has_round;
    bool has_quorum; /* of its answers: the rest has little time left */
    uint64_t changes;

    /* the round */
    uint64_t deadline_ms;
    size_t count;
    uint32_t next_id;
    enum sender_call_kind calls[SENDER_CALLS_MAX];
    struct sender_place places[SENDER_ENDPOINTS_MAX];

    /* the transaction: what it calls, where, and what was signed of it */
    size_t data_len;
    uint8_t data[NOVA_ABI_CALL];
    uint64_t nonce;
    uint64_t gas;
    struct sender_fees fees; /* of what is to be signed */
    size_t versions_count;
    struct sender_version versions[SENDER_VERSIONS_MAX];
    struct sender_purpose versions_purpose;
    uint64_t versions_nonce;
    size_t raw_len; /* of the last version */
    uint8_t raw[SENDER_RAW];
    unsigned tries;
    unsigned missing;
    uint64_t first_ms; /* when it was sent first, */
    uint64_t sent_ms;  /* and last */
    uint64_t look_ms;  /* when receipts are looked for */

    size_t reports_first;
    size_t reports_count;
    struct sender_report reports[SENDER_REPORTS];
};

/* Ask all endpoints; what was asked before is forgotten. In: calls [count]. */
void sender_round_begin(struct sender *sender, uint64_t now_ms, const enum sender_call_kind *calls,
                        size_t count);

/* The next request that was not given out. Returns: false when there is none. */
bool sender_round_post(struct sender *sender, uint64_t now_ms, struct sender_action *ret_action);

/* Whether nothing more is waited for. */
bool sender_round_is_over(const struct sender *sender, uint64_t now_ms);

/* What becomes of a transaction when a round is over. */
void sender_judge_read(struct sender *sender, uint64_t now_ms);
void sender_judge_sent(struct sender *sender, uint64_t now_ms);
void sender_judge_look(struct sender *sender, uint64_t now_ms);

/* Begin to read, to send what was signed last, or to follow it. */
void sender_read(struct sender *sender, uint64_t now_ms);
void sender_send(struct sender *sender, uint64_t now_ms);
void sender_follow(struct sender *sender, uint64_t now_ms);

/* Have the transaction signed for these fees, dearer than the one before in its place.
 * Returns: false when the limits do not allow that. */
bool sender_sign(struct sender *sender, struct sender_fees fees);

/* It is over. */
void sender_end(struct sender *sender, struct status status);

/* A report to be filled. */
struct sender_report *sender_report(struct sender *sender, enum sender_report_kind kind);

bool sender_is_same(const struct sender_purpose *a, const struct sender_purpose *b);

/* What an endpoint said about a transaction, by its words. */
enum sender_verdict sender_verdict_of(struct bytes message);

#endif
