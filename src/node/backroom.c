#include "base/invariant.h"
#include "base/limits.h"
#include "node/backroom_internal.h"
#include "node/delivery_internal.h"

static struct mem *mem_of(const struct node *node)
{
    return node->setup.mem;
}

static void lock(struct node *node)
{
    INVARIANT(pthread_mutex_lock(&node->backroom) == 0);
}

static void unlock(struct node *node)
{
    INVARIANT(pthread_mutex_unlock(&node->backroom) == 0);
}

void backroom_init(struct node *node)
{
    INVARIANT(pthread_mutex_init(&node->backroom, NULL) == 0);
    parked_init(&node->errands, mem_of(node));
}

void backroom_deinit(struct node *node)
{
    parked_deinit(&node->errands);
    (void)pthread_mutex_destroy(&node->backroom);
}

/* --- on the way there ------------------------------------------------------------------------- */

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

bool backroom_put(struct station *home, struct http_request *request, uint64_t started_ns)
{
    struct node *node = home->node;
    struct station *idle = NULL;
    lock(node);
    struct parked *errand = parked_add(&node->errands, request);
    if (errand != NULL) {
        errand->since_ms = clock_monotonic_ms(&node->setup.service->setup.clock);
        errand->started_ns = started_ns;
        errand->home = home;
        idle = rouse(node);
    }
    unlock(node);
    if (idle != NULL) {
        loop_post(idle->loop, &idle->fetch);
    }
    return errand != NULL;
}

/* --- there ------------------------------------------------------------------------------------ */

static struct parked *take(struct station *station)
{
    struct node *node = station->node;
    lock(node);
    struct parked *errand = atomic_load(&node->stopped) ? NULL : parked_take(&node->errands);
    station->is_idle = errand == NULL;
    unlock(node);
    return errand;
}

static void run(struct station *station, struct parked *errand)
{
    struct node *node = station->node;
    struct http1_head head;
    struct bytes body;
    uint64_t now_ms = clock_monotonic_ms(&node->setup.service->setup.clock);
    const struct node_asker asker = {errand->request, errand, errand->started_ns};
    parked_read(errand, &head, &body);
    struct request ours = node_request(errand->request, &head, body);
    ours.may_wait = !atomic_load(&node->stopping);
    if (now_ms - errand->since_ms >= LIMIT_ODYN_WAIT_MS) {
        node_refuse(station, &asker, &ours, FAIL(OVERLOADED));
    } else if (!node_serve(station, &asker, &ours)) {
        errand->since_ms = now_ms;
        if (parked_put(&station->parked, errand)) {
            node_parked(station);
        } else {
            node_refuse(station, &asker, &ours, FAIL(OVERLOADED));
        }
    }
}

void backroom_fetch(void *context)
{
    struct station *station = context;
    struct parked *errand = take(station);
    if (errand != NULL) {
        run(station, errand);
        /* Not at once: what became durable meanwhile leaves first. */
        loop_post(station->loop, &station->fetch);
    }
}

/* --- on the way back -------------------------------------------------------------------------- */

void backroom_drop(struct node *node, struct parked *errand)
{
    delivery_free(mem_of(node), &errand->answer);
    parked_free(mem_of(node), &errand);
}

static void deliver(void *context)
{
    struct parked *errand = context;
    struct station *home = errand->home;
    const struct node_asker asker = {errand->request, NULL, errand->started_ns};
    static const struct held nothing;
    bool is_over = atomic_load(&home->node->stopped);
    if (!is_over && errand->answer == NULL) {
        node_withhold(home, &asker, FAIL(OVERLOADED), &nothing);
    } else if (!is_over) {
        http_server_respond(errand->request, &errand->answer->response);
    }
    backroom_drop(home->node, errand);
}

bool backroom_stage(struct parked *errand, const struct http1_response *response)
{
    const struct station *home = errand->home;
    delivery_free(mem_of(home->node), &errand->answer);
    errand->answer = delivery_new(mem_of(home->node), response);
    return errand->answer != NULL;
}

void backroom_send(struct parked *errand)
{
    const struct station *home = errand->home;
    errand->task = (struct loop_task){.run = deliver, .context = errand};
    loop_post(home->loop, &errand->task);
}
