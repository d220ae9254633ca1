/* A view of the chain: which wallets have a grant, as several RPC endpoints agree on it.
 *
 * A state machine without thread, socket or clock. Its owner asks registry_view_work what to read,
 * carries that out against every endpoint named, and hands back each answer as it comes; lookups
 * are answered from what is known and say what must be read. Answers are hostile: one counts when
 * the quorum of endpoints gave the same one, for a state of the chain that the same number of them
 * named by its block hash.
 *
 * Late grants, early denials: the records of a wallet are read at the newest block and at one that
 * is deep enough, and both must allow it. A grant is as old as the newest block it was checked
 * against, and dropped when its block left the chain. The anchor is read at the newest block alone,
 * as it only denies.
 * Used by the thread that reads the chain; simulated in tests. Source: formats, section 9. */
#ifndef COFFER_REGISTRY_REGISTRY_VIEW_H
#define COFFER_REGISTRY_REGISTRY_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "registry/registry.h"

enum {
    REGISTRY_VIEW_ENDPOINTS_MAX = 8,
    REGISTRY_VIEW_READS_MAX = 128,        /* of one work, for one endpoint */
    REGISTRY_VIEW_CALL_MAX = 100,         /* bytes of a call's data */
    REGISTRY_VIEW_RETURN_MAX = 32 * 1024, /* bytes of an answer; a longer one is taken as empty */
    REGISTRY_VIEW_CONFIRMATIONS_MAX = 256,
    REGISTRY_VIEW_ENTRIES_MAX = 100000, /* of each kind */

    REGISTRY_VIEW_HEAD_MS = 4000,     /* between two looks at the newest block */
    REGISTRY_VIEW_BLOCK_MS = 2000,    /* a block is read at for so long, then a newer one */
    REGISTRY_VIEW_REFRESH_MS = 10000, /* a grant in use is read again after this */
    REGISTRY_VIEW_IN_USE_MS = 120000, /* since its last lookup */
    REGISTRY_VIEW_DENIED_MS = 10000,  /* how long a denial is kept, */
    REGISTRY_VIEW_CHANGING_MS = 2000, /* and one that passes, or of a peer, who may be registered
                                         any moment */
    REGISTRY_VIEW_FAILED_MS = 1000,   /* how long it is kept that a read failed */
    REGISTRY_VIEW_LOST_MS = 10000,    /* without an agreed block for so long: lost */
    REGISTRY_VIEW_WORK_MS = 3000,     /* for one work with all its answers */
    REGISTRY_VIEW_GRACE_MS = 200,     /* for the others, once enough answered */
    REGISTRY_VIEW_ROOT_MS = 15000,    /* between two looks at the root's hash, at the anchor, */
    REGISTRY_VIEW_PEERS_MS = 30000,   /* and at the list of peers, */
    REGISTRY_VIEW_AGAIN_MS = 2000,    /* where somebody asks for that */
    REGISTRY_VIEW_LAG_BLOCKS = 16,    /* an endpoint that is further behind is left out */
    REGISTRY_VIEW_LATE_MAX = 3,       /* so often too late in a row: left out for a while */
    REGISTRY_VIEW_FORKED_MAX = 3,     /* so often another hash for a deep block: likewise */
};

/* When something happens. */
struct registry_view_now {
    uint64_t ms; /* monotonic; less than in a call before counts as the same */
    struct clock_interval wall;
};

struct registry_view_setup {
    size_t endpoints; /* 1 to REGISTRY_VIEW_ENDPOINTS_MAX */
    size_t quorum;    /* 1 to endpoints */
    uint64_t chain_id;
    uint8_t genesis[REGISTRY_HASH];
    struct eth_address registry;
    uint8_t registry_code[REGISTRY_HASH]; /* Keccak-256 of the contract's code */
    struct eth_address kms_registry;      /* all zero: none, so no root's hash and no anchor */
    uint8_t kms_registry_code[REGISTRY_HASH];
    uint8_t kms_app_id[REGISTRY_ID];
    uint64_t confirmations; /* of a grant, up to REGISTRY_VIEW_CONFIRMATIONS_MAX */
    bool has_finality;      /* peers at the safe block, the root's hash at the finalized one;
                               otherwise at the block of grants */
    size_t grants;          /* entries with a grant, at most; 1 to REGISTRY_VIEW_ENTRIES_MAX */
    size_t strangers;       /* entries without one, at most; likewise */
    struct mem *mem;
    struct entropy entropy;
};

enum registry_read_kind {
    REGISTRY_READ_CHAIN_ID,
    REGISTRY_READ_BLOCK,     /* by number */
    REGISTRY_READ_LATEST,    /* the newest block, */
    REGISTRY_READ_SAFE,      /* the safe one, */
    REGISTRY_READ_FINALIZED, /* the finalized one */
    REGISTRY_READ_CODE,      /* of the contract to, now */
    REGISTRY_READ_CALL,      /* of the contract to with data, in the state of the block hash */
};

struct registry_read {
    enum registry_read_kind kind;
    uint32_t endpoints; /* bit i: to be asked of endpoint i */
    uint64_t number;
    uint8_t hash[REGISTRY_HASH];
    struct eth_address to;
    uint8_t data_len;
    uint8_t data[REGISTRY_VIEW_CALL_MAX];
};

/* Reads that go to several endpoints at once. */
struct registry_work {
    uint64_t id;
    uint64_t deadline_ms;
    uint32_t endpoints; /* bit i: endpoint i has something to answer */
    size_t count;
    const struct registry_read *reads; /* of the view, until it has other work */
};

enum registry_answer_kind {
    REGISTRY_ANSWER_NONE,   /* the endpoint failed to say; says nothing about the chain */
    REGISTRY_ANSWER_NUMBER, /* of REGISTRY_READ_CHAIN_ID */
    REGISTRY_ANSWER_BLOCK,
    REGISTRY_ANSWER_BYTES,  /* of CODE and CALL */
    REGISTRY_ANSWER_REVERT, /* the call was made and reverted */
};

struct registry_answer {
    size_t read; /* of the work */
    enum registry_answer_kind kind;
    uint64_t number; /* also of a block */
    uint8_t hash[REGISTRY_HASH];
    uint64_t time;     /* of a block, Unix seconds */
    struct bytes data; /* empty when it was longer than REGISTRY_VIEW_RETURN_MAX */
};

/* What one endpoint said to a work. */
struct registry_answers {
    uint64_t work; /* its id */
    size_t endpoint;
    bool is_new;       /* over a connection that was not there before */
    bool is_too_large; /* there are none because together they were too large */
    size_t count;
    const struct registry_answer *list;
};

/* Something that the operator should know. */
enum registry_report_kind {
    REGISTRY_REPORT_GOOD,          /* an endpoint is used (again) */
    REGISTRY_REPORT_UNREACHABLE,   /* it did not answer or failed */
    REGISTRY_REPORT_SLOW,          /* others were faster too often */
    REGISTRY_REPORT_LAGS,          /* its newest block is far behind */
    REGISTRY_REPORT_LIES,          /* it contradicts the quorum at one block hash */
    REGISTRY_REPORT_WRONG_CHAIN,   /* another chain id */
    REGISTRY_REPORT_WRONG_GENESIS, /* another first block */
    REGISTRY_REPORT_WRONG_CODE,    /* other code, or none, at a contract's address */
    /* those from here on are about no endpoint */
    REGISTRY_REPORT_DISAGREE,      /* no quorum although enough answered */
    REGISTRY_REPORT_REORG,         /* a block of grants left the chain; number is the block */
    REGISTRY_REPORT_ROOT_CONFLICT, /* two hashes of the root */
};

struct registry_report {
    enum registry_report_kind kind;
    size_t endpoint;
    uint64_t number;
};

struct registry_view_stats {
    uint64_t works;  /* carried out */
    uint64_t failed; /* looks at the chain in a row that came to nothing */
    uint64_t granted;
    uint64_t strangers;
    uint64_t waiting; /* entries to be read */
    uint64_t evicted;
    uint64_t errors[REGISTRY_VIEW_ENDPOINTS_MAX]; /* failures and faults of each endpoint */
    uint64_t behind[REGISTRY_VIEW_ENDPOINTS_MAX]; /* blocks behind the agreed newest one */
    bool is_good[REGISTRY_VIEW_ENDPOINTS_MAX];
};

struct registry_view;

/* Returns: OK; NO_MEMORY; ENTROPY. On failure: *ret is NULL. */
struct status registry_view_open(const struct registry_view_setup *setup, uint64_t now_ms,
                                 struct registry_view **ret);

/* Free; *view becomes NULL (it may be NULL). */
void registry_view_close(struct registry_view **view);

/* As registry_lookup, for the ports that are built on a view.
 * On failure: *ret_grant is unspecified. */
struct status registry_view_lookup(struct registry_view *view,
                                   const struct registry_question *question,
                                   struct registry_grant *ret_grant);

/* As registry_root, registry_anchor, registry_epochs, registry_peers (registry_view_all_peers) and
 * registry_health.
 * On failure: *ret_anchor is unspecified. */
struct status registry_view_root(const struct registry_view *view, enum registry_use use,
                                 uint64_t now_ms, struct registry_root *ret_root);
struct status registry_view_anchor(const struct registry_view *view, enum registry_use use,
                                   uint64_t now_ms, struct registry_anchor *ret_anchor);
struct status registry_view_epochs(const struct registry_view *view, enum registry_use use,
                                   uint64_t now_ms, struct registry_epochs *ret_epochs);
size_t registry_view_all_peers(struct registry_view *view, uint64_t now_ms,
                               struct registry_peer ret_peers[static REGISTRY_PEERS_MAX]);
struct registry_health registry_view_health(const struct registry_view *view, uint64_t now_ms);

/* Those of them that are known by now. */
size_t registry_view_peers(struct registry_view *view, uint64_t now_ms,
                           struct registry_peer ret_peers[static REGISTRY_PEERS_MAX]);

/* As registry_look_again. Returns: whether there is work now where there was none. */
bool registry_view_look_again(struct registry_view *view, uint64_t now_ms);

/* Whether the list of peers was read and there is an answer about everyone on it, which asks about
 * whom there is none. */
bool registry_view_knows_peers(struct registry_view *view, uint64_t now_ms);

/* Let time pass, and tell what is to be read now. The same work comes back until it is finished:
 * by all its answers, by enough of them, or by time.
 * Returns: false when there is nothing to do before *ret_due_ms or the next pending lookup;
 * *ret_work is empty then. */
bool registry_view_work(struct registry_view *view, const struct registry_view_now *now,
                        struct registry_work *ret_work, uint64_t *ret_due_ms);

/* Take an endpoint's answers to a work, all at once; reads that are not among them were not
 * answered. None at all: the endpoint failed. What is too late, twice or unasked is dropped. */
void registry_view_answer(struct registry_view *view, const struct registry_view_now *now,
                          const struct registry_answers *answers);

/* The next report, oldest first. Returns: false when there is none. */
bool registry_view_report(struct registry_view *view, struct registry_report *ret_report);

/* What a report says, for people: "is too slow", of an endpoint. */
const char *registry_view_report_text(enum registry_report_kind kind);

/* A number that changes whenever a lookup that was pending would get another answer. */
uint64_t registry_view_changes(const struct registry_view *view);

struct registry_view_stats registry_view_stats(const struct registry_view *view);

#endif
