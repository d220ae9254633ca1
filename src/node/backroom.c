#include "base/limits.h"
#include "node/backroom_internal.h"

void backroom_init(struct node *node)
{
    thread_lock_init(&node->queue_lock);
    flight_list_init(&node->queue);
}

void backroom_deinit(struct node *node)
{
    struct flight *flight = NULL;
    while ((flight = flight_list_take(&node->queue)) != NULL) {
        flight_move(flight, FLIGHT_OVER);
        flight_pool_put(&flight->home->pool, flight);
    }
    thread_lock_deinit(&node->queue_lock);
}

/* Somebody who has nothing to do, and now has; NULL when all are busy and will look by themselves.
 * Under the lock. */
static struct station *rouse(struct node *node)
{
    size_t workers = node->setup.service->setup.workers;
    for (size_t i = workers - node->setup.back_loops; i < workers; i++) {
        if (node->stations[i].is_idle) {
            node->stations[i].is_idle = false;
            return &node->stations[i];
        }
    }
    return NULL;
}

struct status backroom_put(struct flight *flight, const struct request *request)
{
    struct node *node = flight->home->node;
    struct station *idle = NULL;
    TRY(job_keep(flight->job, request));
    thread_lock_take(&node->queue_lock);
    size_t kept = flight->job->kept;
    bool has_room =
        node->queue.count < LIMIT_PARKED && kept <= LIMIT_PARKED_BYTES - node->queue_bytes;
    if (has_room) {
        flight_move(flight, FLIGHT_QUEUES);
        flight->since_ms = station_now_ms(flight->home);
        flight_list_put(&node->queue, flight);
        node->queue_bytes += kept;
        idle = rouse(node);
    }
    thread_lock_give(&node->queue_lock);
    if (idle != NULL) {
        loop_post(idle->loop, &idle->fetch);
    }
    return has_room ? OK : FAIL(OVERLOADED);
}

static struct flight *take_queued(struct station *station)
{
    struct node *node = station->node;
    thread_lock_take(&node->queue_lock);
    struct flight *flight = atomic_load(&node->stopped) ? NULL : flight_list_take(&node->queue);
    if (flight != NULL) {
        node->queue_bytes -= flight->job->kept;
    }
    station->is_idle = flight == NULL;
    thread_lock_give(&node->queue_lock);
    return flight;
}

static void run_queued(struct station *station, struct flight *flight)
{
    bool is_late = station_now_ms(station) - flight->since_ms >= LIMIT_ODYN_WAIT_MS;
    flight_move(flight, FLIGHT_RUNS);
    if (is_late) {
        station_refuse(station, flight, &flight->job->request, FAIL(OVERLOADED));
        return;
    }
    bool may_wait = !atomic_load(&station->node->stopping);
    station_follow(station, flight, pipeline_again(station->worker, flight->job, may_wait));
}

void backroom_fetch(void *context)
{
    struct station *station = context;
    struct flight *flight = take_queued(station);
    if (flight != NULL) {
        run_queued(station, flight);
        /* Not at once: what became durable meanwhile leaves first. */
        loop_post(station->loop, &station->fetch);
    }
}
