#include "pipeline/context/job.h"

#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"

struct status job_open(struct mem *mem, struct job **ret)
{
    void *memory = NULL;
    *ret = NULL;
    TRY(mem_alloc(mem, sizeof **ret, &memory));
    struct job *job = memory;
    struct status status = arena_init(&job->arena, LIMIT_ARENA);
    if (status_is_ok(status)) {
        status = arena_init(&job->answers, LIMIT_ARENA);
    }
    if (!status_is_ok(status)) {
        job_close(mem, &job);
        return status;
    }
    *ret = job;
    return OK;
}

void job_close(struct mem *mem, struct job **job)
{
    if (*job == NULL) {
        return;
    }
    job_clear(*job);
    arena_deinit(&(*job)->arena);
    arena_deinit(&(*job)->answers);
    void *memory = *job;
    mem_free(mem, &memory);
    *job = NULL;
}

struct status job_keep(struct job *job, const struct request *request)
{
    const struct http1_head *head = request->head;
    struct bytes copy;
    struct bytes body;
    INVARIANT(job->arena.used == 0);
    /* A head starts with its method, and its views lie in one piece. */
    TRY(arena_copy(&job->arena, (struct bytes){head->method.ptr, head->len}, &copy));
    TRY(arena_copy(&job->arena, request->body, &body));
    http1_move(head, copy.ptr, &job->head);
    job->request = *request;
    job->request.head = &job->head;
    job->request.body = body;
    job->kept = job->arena.used;
    return OK;
}

void job_rewind(struct job *job)
{
    arena_rewind(&job->arena, job->kept);
    arena_reset(&job->answers);
    memset(&job->work, 0, sizeof job->work);
    memset(&job->answer, 0, sizeof job->answer);
}

void job_clear(struct job *job)
{
    job->kept = 0;
    arena_reset(&job->arena);
    arena_reset(&job->answers);
    memset(&job->work, 0, sizeof job->work);
    memset(&job->answer, 0, sizeof job->answer);
}
