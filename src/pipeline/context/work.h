/* A request in work: what the stages of the pipeline and the operations share.
 * Part of a job (job.h). */
#ifndef COFFER_PIPELINE_CONTEXT_WORK_H
#define COFFER_PIPELINE_CONTEXT_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/audit_lane.h"
#include "audit/pseudonym.h"
#include "base/buf.h"
#include "base/limits.h"
#include "codec/json_in.h"
#include "codec/json_out.h"
#include "digest/sha256.h"
#include "pipeline/context/idempotency.h"
#include "pipeline/context/request.h"
#include "pipeline/context/routes.h"
#include "pipeline/context/worker.h"
#include "wire/envelope.h"

struct caller;
struct permit;
struct service_apps;

/* Whom and what an audit record is about, as far as it is known. */
struct work_subject {
    bool has_user;
    uint8_t user[PSEUDONYM_BYTES];
    bool has_key;
    uint32_t key_index;
    char chain[72]; /* as chain_put writes it; empty when there is none */
    size_t chain_len;
    char object[72]; /* a hash or an address */
    size_t object_len;
    char account[72]; /* an address */
    size_t account_len;
    char nonce[72];
    size_t nonce_len;
    enum audit_query query;
};

/* The items of a request, each of which has its records. The operation's begin says what they are;
 * a request without that has one. */
struct work_items {
    bool is_batch;
    bool is_queued;   /* it took more than a turn from the first, and let others go before */
    bool is_begun;    /* the operation's begin was called */
    bool is_intended; /* the intent of the one in work is written */
    bool is_done;     /* it is performed; only its outcome is not written */
    size_t count;
    size_t index;   /* of the one in work */
    size_t mark;    /* of a batch: what the arena holds beside the one in work */
    size_t refused; /* so far */
    unsigned kind;  /* of it, as metrics name it in the label kind; 0 until it is known */
};

/* Why a request stops in the middle, to be resumed. */
enum work_pause {
    WORK_GOES_ON,
    WORK_RECORDS, /* its intent must be durable first */
    WORK_YIELDS,  /* others may have their turn */
    WORK_SETTLES, /* it is done here, and other nodes must hold it first; or what they have must be
                   * here before it is done */
};

/* What an operation waits for with WORK_SETTLES, beside writes of values. */
struct work_waiting {
    void *context; /* in the arena; NULL: nothing */
    /* Whether it is to go on: asked when the worker is woken, and every WORK_LOOK_MS. */
    bool (*is_over)(void *context);
    /* The request is gone: nobody will ask again. */
    void (*give_up)(void *context);
};

enum { WORK_LOOK_MS = 20 };

struct work {
    struct worker *worker;
    struct committer_lane *lane; /* of the worker, as the next two */
    struct metrics_slot *metrics;
    const struct clock *clock;
    const struct service_apps *apps; /* NULL: none are served */
    struct arena *arena;             /* what the request needs while it is in work */
    struct arena *answers;           /* its answer */
    const struct request *request;
    const struct route *route;       /* NULL when there is none */
    const struct operation *operate; /* of the route */
    struct bytes tail;               /* of the path, as in struct routes_match */
    enum routes_form form;           /* of the answer */
    const struct caller *caller;     /* once it is known */
    size_t owner; /* of what it takes of the worker's room; 0: no app, or not known */
    enum envelope_member member; /* of an app's request, and so of its answer, as is the next */
    enum envelope_derivation derivation;
    struct p384_point sender; /* of the request's envelope */
    struct clock_interval now;
    char rid[40]; /* ours */
    size_t rid_len;
    struct bytes crid;               /* the client's; empty when it sent none that is usable */
    uint8_t body_hash[SHA256_BYTES]; /* of the body, once its caller may be believed */
    uint8_t req[PSEUDONYM_BYTES];    /* of it, once it is known whose it is */
    uint8_t op[IDEMPOTENCY_OP];      /* of a request that may be repeated; zeros: of none */
    uint64_t intent;                 /* number in the lane of that of the item in work */
    struct audit_record record;      /* what all records of this request have in common */
    struct work_subject subject;     /* of the item in work */
    bool waits;                      /* what failed depends on something that is being looked up */
    bool recorded;                   /* there are records that the answer must wait for */
    struct work_items items;
    struct bytes
        version; /* of what an effect changed, in the arena, for those who only learn that it
                           * is unsettled */
    size_t wait; /* for other nodes (cluster/membership.h), as long as it waits for them; 0: none */
    struct work_waiting waiting;
    bool is_unsettled; /* it is done, and the answer 202 says that a majority may not have it */
    bool is_caught_up; /* it has waited for what they have */
    enum work_pause pause;
    struct bytes text;      /* of the body, opened; *secret* */
    bool is_read;           /* it is parsed and paid for */
    uint32_t units;         /* charged for it so far, whoever pays them */
    uint64_t owed;          /* more units, for work that shows only when it is done */
    uint32_t retry_after_s; /* of RATE_LIMITED; 0: not known, a second */
    char retry_after[12];
    uint64_t begun_ns; /* monotonic */
    uint64_t turn_ns;  /* since when this turn runs */
    const struct permit *permit;
    /* Hides names and bodies of an app's own, in the arena; NULL for users. *secret*. */
    const struct hmac_sha256_key *pseudonym_key;
    void *state; /* of the operation, in the arena, from one of its steps to the next; *secret* */
    struct json_in_doc doc; /* of requests with a body */
    struct buf body;        /* the answer */
    struct json_out out;    /* writes to body */
    const char *media_type;
};

#endif
