/* What one request has for itself while it is in work: its arenas, where it stands, its answer.
 *
 * A job outlives the call that runs it: a request that waits, for its intent to be durable or for
 * its next turn, keeps its job, and the loop goes on with another. Jobs are used again; they belong
 * to no worker. Made by the node, by tests and fuzzers; run by pipeline.h. One thread at a time. */
#ifndef COFFER_PIPELINE_CONTEXT_JOB_H
#define COFFER_PIPELINE_CONTEXT_JOB_H

#include <stddef.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/status.h"
#include "net/http1.h"
#include "pipeline/context/request.h"
#include "pipeline/context/work.h"

struct job {
    struct arena arena;   /* what the request needs while it is in work */
    struct arena answers; /* its answer */
    struct work work;
    struct answer answer;
    size_t kept; /* so much of the arena holds a copy of the request; 0: it is elsewhere */
    struct request request; /* the copy, once it is kept */
    struct http1_head head; /* of it */
    struct job *next;       /* the owner's */
};

/* Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status job_open(struct mem *mem, struct job **ret);

/* Wipe and give back; *job becomes NULL (it may be NULL). */
void job_close(struct mem *mem, struct job **job);

/* Copy a request into an empty job, so that it outlives the call that brought it.
 * Out: job->request, whose views are the job's. Returns: OK; NO_MEMORY. */
struct status job_keep(struct job *job, const struct request *request);

/* Wipe what its last request and answer left, but for the copy of a request that is kept. */
void job_rewind(struct job *job);

/* Wipe everything. The views of its answer end. */
void job_clear(struct job *job);

#endif
