/* The way of a request: admit, authenticate, authorise, operate, and the answer to every failure.
 *
 * Everything happens on the worker's thread before these functions return; only the audit batch
 * that the answer names in its ticket may still be on its way, and the answer waits for it.
 * Used by node.h, tests and fuzzers. Source: design, section 5. */
#ifndef COFFER_PIPELINE_PIPELINE_H
#define COFFER_PIPELINE_PIPELINE_H

#include <stddef.h>

#include "base/status.h"
#include "net/http1.h"
#include "pipeline/request.h"
#include "pipeline/worker.h"

/* How long a body may be. Out: *ret_body_max.
 * Returns: OK; NOT_FOUND, METHOD_NOT_ALLOWED. On failure: *ret_body_max is 0. */
struct status pipeline_body_max(const struct worker *worker, const struct http1_head *head,
                                size_t *ret_body_max);

/* True when a request has a proof of possession, as the route wants it: handling it may take the
 * keys of the node, and waiting for whoever has them. */
bool pipeline_needs_identity(const struct worker *worker, const struct http1_head *head);

/* Handle a whole request. Out: ret_answer: an answer; or, for a request that may wait, that it
 * waits: something that says who the caller is is being looked up. Nothing was spent, recorded or
 * begun for it then; run it again from the start when the lookup was answered. */
void pipeline_run(struct worker *worker, const struct request *request, struct answer *ret_answer);

/* Wipe what the worker's last request and answer left. The views of that answer end. */
void pipeline_clear(struct worker *worker);

/* Answer a request that will not be handled. In: request, as far as it is known. */
void pipeline_refuse(struct worker *worker, const struct request *request, struct status why,
                     struct answer *ret_answer);

/* The answer to a request whose own answer may not leave: AUDIT_UNAVAILABLE or OVERLOADED.
 * In: request_id, of the answer that is held back; empty: a new one. */
void pipeline_withhold(struct worker *worker, struct status why, enum routes_form form,
                       struct bytes request_id, struct answer *ret_answer);

#endif
