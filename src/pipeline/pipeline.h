/* The way of a request: admit, authenticate, authorise, operate, and the answer to every failure.
 *
 * Nothing here waits or blocks: a request that has to wait stops, and says in its state for what.
 * Used by node.h, tests and fuzzers. Source: design, section 5. */
#ifndef COFFER_PIPELINE_PIPELINE_H
#define COFFER_PIPELINE_PIPELINE_H

#include <stddef.h>

#include "base/status.h"
#include "net/http1.h"
#include "pipeline/context/job.h"
#include "pipeline/context/request.h"
#include "pipeline/context/worker.h"

/* How long a body may be. Out: *ret_body_max.
 * Returns: OK; NOT_FOUND, METHOD_NOT_ALLOWED. On failure: *ret_body_max is 0. */
struct status pipeline_body_max(const struct worker *worker, const struct http1_head *head,
                                size_t *ret_body_max);

/* True when a request has a proof of possession, as the route wants it: handling it may take the
 * keys of the node, and waiting for whoever has them. */
bool pipeline_needs_identity(const struct worker *worker, const struct http1_head *head);

/* Where a request stands when its job is given back. */
enum pipeline_state {
    PIPELINE_ANSWERED, /* job->answer is whole; it may leave when the batch job->answer.ticket is
                        * durable */
    PIPELINE_LOOKS_UP, /* who is asking is being looked up: nothing was spent, recorded or begun;
                        * pipeline_again when the lookup was answered */
    PIPELINE_RECORDS,  /* its intent is in the batch job->answer.ticket, and nothing is done before
                        * that is durable: pipeline_resume then, or when it is lost */
    PIPELINE_YIELDS, /* it has had its turn: pipeline_resume when others had theirs. When a batch up
                        * to job->answer.ticket is lost, its answer may not leave */
    PIPELINE_SETTLES, /* what it changed is here, and waits for other nodes to hold it
                       * (job->work.wait): pipeline_resume then, or when they do not. Or it waits
                       * in the same way for what those hold, before it is done */
};

/* Handle a request in a job. In: request, whose views may end with the call: what is not answered
 * is kept. Views of job->answer end with pipeline_clear. */
enum pipeline_state pipeline_run(struct worker *worker, struct job *job,
                                 const struct request *request);

/* The same from the start, for a job that holds its request (job_keep). In: may_wait, as in struct
 * request. */
enum pipeline_state pipeline_again(struct worker *worker, struct job *job, bool may_wait);

/* Go on with a job that stopped. In: waited: OK, or why its intent is not durable or its effect not
 * held (WRITE_UNSETTLED), or what others hold is not here (VERSION_BEHIND), which is its answer
 * then. By the worker that it stopped at. */
enum pipeline_state pipeline_resume(struct worker *worker, struct job *job, struct status waited);

/* Answer a request that will not be handled. In: request, as far as it is known. */
void pipeline_refuse(struct worker *worker, struct job *job, const struct request *request,
                     struct status why);

/* What is known of an answer that may not leave. */
struct pipeline_withheld {
    enum routes_form form;
    struct bytes request_id; /* empty: a new one */
    struct bytes version;    /* of what was changed, for WRITE_UNSETTLED */
};

/* The answer to a request whose own answer may not leave: AUDIT_UNAVAILABLE, OVERLOADED, or
 * WRITE_UNSETTLED where something was changed. */
void pipeline_withhold(struct worker *worker, struct job *job, struct status why,
                       const struct pipeline_withheld *withheld);

/* Give up a job that stopped in the middle; nobody is answered. */
void pipeline_abandon(struct worker *worker, struct job *job);

#endif
