/* Requests that wait for other nodes: to hold what they changed, or for what those have. */
#include "cluster/membership/membership.h"
#include "lanes/lanes.h"
#include "node/station_internal.h"
#include "pipeline/trail.h"
#include "users/users_commit.h"

/* What is not done yet has waited for what it needs. */
static struct status why_unsettled(const struct work *work)
{
    return work->items.is_done ? FAIL(WRITE_UNSETTLED) : FAIL(VERSION_BEHIND);
}

/* What only the operation knows. */
static void look_at_waiting(struct station *station, struct flight *flight)
{
    const struct work_waiting *waiting = &flight->job->work.waiting;
    if (waiting->is_over(waiting->context)) {
        station_resume(station, flight, OK);
    } else {
        flight_list_put(&station->settles, flight);
        loop_timer_start(station->look, WORK_LOOK_MS, 0);
    }
}

static void look_at_write(struct station *station, struct flight *flight)
{
    if (flight->job->work.waiting.context != NULL) {
        look_at_waiting(station, flight);
        return;
    }
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

static struct station_effect *free_effect(struct station *station)
{
    struct station_effect *effect = station->effects;
    while (effect->ticket != 0) {
        effect++; /* there are as many as the cluster has */
    }
    return effect;
}

/* What the cluster wants to do or has done by itself, for the trail. */
static void write_effects(struct station *station)
{
    struct membership *membership = station->service->membership;
    struct membership_effect effect;
    while (station == &station->node->stations[0] && membership_effect_next(membership, &effect)) {
        struct station_effect *written = free_effect(station);
        if (!status_is_ok(trail_effect(station->worker, &effect, written->cause))) {
            membership_effect_written(membership, effect.place, NULL);
            continue;
        }
        written->ticket = committer_ticket(station->lane);
        written->place = effect.place;
        written->is_over = effect.is_over;
        station_commit_soon(station);
    }
}

void station_settle_effects(struct station *station, uint64_t ticket)
{
    for (size_t i = 0; i < MEMBERSHIP_EFFECTS; i++) {
        struct station_effect *written = &station->effects[i];
        if (written->ticket != 0 && written->ticket <= ticket) {
            written->ticket = 0;
            membership_effect_written(station->service->membership, written->place,
                                      written->is_over ? NULL : written->cause);
        }
    }
}

/* What other nodes bring to this one as a home. */
static void serve_others(const struct station *station)
{
    if (station == &station->node->stations[0]) {
        users_commit_serve(station->service->users);
        lanes_serve(station->service->lanes);
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
    write_effects(station);
    serve_others(station);
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
