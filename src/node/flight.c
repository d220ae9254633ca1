#include "base/invariant.h"
#include "node/flight_internal.h"

/* So many jobs are kept for a burst; each may hold some hundred kilobytes. */
enum { JOBS_KEPT = 64 };

#define TO(state) (1u << FLIGHT_##state)

/* Where a flight may go from each state. */
static const unsigned ways[FLIGHT_STATES] = {
    [FLIGHT_OVER] = TO(RUNS),
    [FLIGHT_RUNS] = TO(LOOKS_UP) | TO(QUEUES) | TO(YIELDS) | TO(INTENT) | TO(SETTLES) |
                    TO(OUTCOME) | TO(RETURNS) | TO(OVER),
    [FLIGHT_LOOKS_UP] = TO(RUNS) | TO(OVER),
    [FLIGHT_QUEUES] = TO(RUNS) | TO(OVER),
    [FLIGHT_YIELDS] = TO(RUNS) | TO(OVER),
    [FLIGHT_INTENT] = TO(RUNS) | TO(OVER),
    [FLIGHT_SETTLES] = TO(RUNS) | TO(OVER),
    [FLIGHT_OUTCOME] = TO(RETURNS) | TO(OVER),
    [FLIGHT_RETURNS] = TO(OVER),
};

void flight_move(struct flight *flight, enum flight_state to)
{
    INVARIANT((ways[flight->state] & (1u << to)) != 0);
    flight->state = to;
}

static size_t copy(uint8_t *to, size_t max, struct bytes from)
{
    struct buf out = buf_over(to, max);
    buf_put(&out, from);
    INVARIANT(!out.failed);
    return out.len;
}

void flight_note_answer(struct flight *flight)
{
    const struct answer *answer = &flight->job->answer;
    flight->ticket = answer->ticket;
    flight->is_effect = answer->is_effect;
    flight->entry = answer->entry;
    flight->operation = answer->operation;
    flight->code = answer->code;
    flight->form = answer->form;
    flight->request_id_len =
        copy(flight->request_id, sizeof flight->request_id, answer->request_id);
    flight->version_len = copy(flight->version, sizeof flight->version, answer->version);
}

void flight_list_init(struct flight_list *list)
{
    *list = (struct flight_list){NULL, &list->first, 0};
}

void flight_list_put(struct flight_list *list, struct flight *flight)
{
    flight->next = NULL;
    *list->end = flight;
    list->end = &flight->next;
    list->count++;
}

struct flight *flight_list_take(struct flight_list *list)
{
    struct flight *flight = list->first;
    if (flight == NULL) {
        return NULL;
    }
    list->first = flight->next;
    list->end = list->first == NULL ? &list->first : list->end;
    list->count--;
    flight->next = NULL;
    return flight;
}

struct flight *flight_list_take_all(struct flight_list *list)
{
    struct flight *first = list->first;
    flight_list_init(list);
    return first;
}

void flight_pool_init(struct flight_pool *pool, struct mem *mem)
{
    *pool = (struct flight_pool){.mem = mem};
}

void flight_pool_deinit(struct flight_pool *pool)
{
    while (pool->jobs != NULL) {
        struct job *job = pool->jobs;
        pool->jobs = job->next;
        job_close(pool->mem, &job);
    }
    while (pool->flights != NULL) {
        void *memory = pool->flights;
        pool->flights = pool->flights->next;
        mem_free(pool->mem, &memory);
    }
    pool->jobs_count = 0;
}

bool flight_pool_give_job(struct flight_pool *pool, struct flight *flight)
{
    INVARIANT(flight->job == NULL);
    if (pool->jobs == NULL) {
        return status_is_ok(job_open(pool->mem, &flight->job));
    }
    flight->job = pool->jobs;
    pool->jobs = flight->job->next;
    pool->jobs_count--;
    return true;
}

void flight_pool_take_job(struct flight_pool *pool, struct flight *flight)
{
    if (flight->job == NULL) {
        return;
    }
    job_clear(flight->job);
    if (pool->jobs_count == JOBS_KEPT) {
        job_close(pool->mem, &flight->job);
        return;
    }
    flight->job->next = pool->jobs;
    pool->jobs = flight->job;
    pool->jobs_count++;
    flight->job = NULL;
}

struct flight *flight_pool_take(struct flight_pool *pool, struct station *home,
                                struct http_request *request)
{
    struct flight *flight = pool->flights;
    void *memory = NULL;
    if (flight != NULL) {
        pool->flights = flight->next;
    } else if (status_is_ok(mem_alloc(pool->mem, sizeof *flight, &memory))) {
        flight = memory;
    } else {
        return NULL;
    }
    *flight = (struct flight){.state = FLIGHT_OVER, .home = home, .request = request};
    if (!flight_pool_give_job(pool, flight)) {
        flight_pool_put(pool, flight);
        return NULL;
    }
    flight_move(flight, FLIGHT_RUNS);
    return flight;
}

void flight_pool_put(struct flight_pool *pool, struct flight *flight)
{
    flight_pool_take_job(pool, flight);
    flight->request = NULL;
    flight->next = pool->flights;
    pool->flights = flight;
}
