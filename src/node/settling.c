/* Requests that wait for other nodes: to hold what they changed, or for what those have. */
#include "cluster/membership/membership.h"
#include "node/station_internal.h"
#include "pipeline/trail.h"

/* What is not done yet has waited for what it needs. */
static struct status why_unsettled(const struct work *work)
{
    return work->items.is_done ? FAIL(WRITE_UNSETTLED) : FAIL(VERSION_BEHIND);
}

static void look_at_write(struct station *station, struct flight *flight)
{
    switch (membership_outcome(station->service->membership, flight->job->work.wait)) {
    case MEMBERSHIP_SETTLED:
        station_resume(station, flight, OK);
        break;
    case MEMBERSHIP_UNSETTLED:
        station_resume(station, flight, why_unsettled(&flight->job->work));
        break;
    case MEMBERSHIP_WAITS:
    default:
        flight_list_put(&station->settles, flight);
        break;
    }
}

/* What became of the root, for the trail. */
static void tell_news(struct station *station)
{
    struct membership *membership = station->service->membership;
    const char *op = NULL;
    struct status why = OK;
    while (station == &station->node->stations[0] && membership_news(membership, &op, &why)) {
        if (!status_is_ok(trail_event(station->worker, op, why))) {
            LOG_EVENT(station->service->setup.log, ERROR, "not recorded", LOG_TEXT("op", op));
        }
        station_commit_soon(station);
    }
}

void station_settle(void *context)
{
    struct station *station = context;
    struct flight *next = NULL;
    /* Before any is looked at, so that none is missed. */
    atomic_store(&station->settle_posted, false);
    if (atomic_load(&station->node->stopped)) {
        return;
    }
    tell_news(station);
    for (struct flight *flight = flight_list_take_all(&station->settles); flight != NULL;
         flight = next) {
        next = flight->next;
        look_at_write(station, flight);
    }
}

void station_settle_soon(struct station *station)
{
    if (!atomic_exchange(&station->settle_posted, true)) {
        loop_post(station->loop, &station->settle);
    }
}
