/* Writes of workers that wait for their holders, and reads that wait for what others have. */
#include <string.h>

#include "base/invariant.h"
#include "cluster/membership/membership_internal.h"

static struct wait *free_wait(struct membership *membership, size_t *ret_number)
{
    for (size_t i = 0; i < CLUSTER_WRITES_MAX; i++) {
        if (atomic_load(&membership->waits[i].state) == WAIT_FREE) {
            *ret_number = i + 1;
            return &membership->waits[i];
        }
    }
    return NULL;
}

/* A ticket has room where a wait has: there are as many of both. */
static struct status may_write(void *context)
{
    const struct membership_write *write = context;
    struct membership *membership = write->membership;
    size_t number;
    if (membership->cluster == NULL) {
        return FAIL(NOT_CURRENT);
    }
    struct cluster_now now = membership_now(membership);
    TRY(cluster_check_write(membership->cluster, &now));
    return free_wait(membership, &number) == NULL ? FAIL(OVERLOADED) : OK;
}

static void note_written(void *context)
{
    struct membership_write *write = context;
    struct membership *membership = write->membership;
    struct cluster_written written = {.key = write->key, .holders = write->holders};
    memcpy(written.tenant, write->tenant, sizeof written.tenant);
    struct cluster_now now = membership_now(membership);
    struct wait *wait = free_wait(membership, &write->wait);
    struct status status = cluster_write(membership->cluster, &now, &written, &wait->ticket);
    INVARIANT(status_is_ok(status));
    wait->worker = write->worker;
    atomic_store(&wait->state, WAIT_WAITS);
}

struct values_also membership_also(struct membership_write *write)
{
    write->wait = 0;
    return (struct values_also){write, may_write, note_written};
}

struct catching_up {
    struct membership *membership;
    size_t worker;
    size_t wait;
    struct status status;
};

static void catch_up_step(void *context, struct kv *kv)
{
    struct catching_up *step = context;
    struct membership *membership = step->membership;
    struct cluster_now now = membership_now(membership);
    size_t number = 0;
    struct wait *wait = free_wait(membership, &number);
    (void)kv;
    step->status = membership->cluster == NULL ? FAIL(NOT_CURRENT) : OK;
    if (!status_is_ok(step->status)) {
        return;
    }
    step->status = wait == NULL ? FAIL(OVERLOADED)
                                : cluster_catch_up(membership->cluster, &now, &wait->ticket);
    if (status_is_ok(step->status)) {
        wait->worker = step->worker;
        atomic_store(&wait->state, WAIT_WAITS);
        step->wait = number;
    }
}

struct status membership_catch_up(struct membership *membership, size_t worker, size_t *ret_wait)
{
    struct catching_up step = {.membership = membership, .worker = worker};
    values_as_owner(membership->setup.values, catch_up_step, &step);
    *ret_wait = step.wait;
    if (status_is_ok(step.status)) {
        membership_wake(membership);
    }
    return step.status;
}

size_t membership_ended(struct membership *membership, uint64_t ticket, bool is_settled)
{
    for (size_t i = 0; i < CLUSTER_WRITES_MAX; i++) {
        struct wait *wait = &membership->waits[i];
        unsigned waits = WAIT_WAITS;
        if (atomic_load(&wait->state) == WAIT_FREE || wait->ticket != ticket) {
            continue;
        }
        wait->ticket = 0;
        if (atomic_compare_exchange_strong(&wait->state, &waits,
                                           is_settled ? WAIT_SETTLED : WAIT_UNSETTLED)) {
            return wait->worker;
        }
        atomic_store(&wait->state, WAIT_FREE); /* given up */
        return SIZE_MAX;
    }
    return SIZE_MAX;
}

void membership_waits_end(struct membership *membership)
{
    for (size_t i = 0; i < CLUSTER_WRITES_MAX; i++) {
        struct wait *wait = &membership->waits[i];
        size_t worker = SIZE_MAX;
        if (atomic_load(&wait->state) != WAIT_FREE && wait->ticket != 0) {
            worker = membership_ended(membership, wait->ticket, false);
        }
        if (worker != SIZE_MAX) {
            membership->tell.wake(membership->tell.context, worker);
        }
    }
}

enum membership_outcome membership_outcome(struct membership *membership, size_t wait)
{
    struct wait *of = &membership->waits[wait - 1];
    switch (atomic_load(&of->state)) {
    case WAIT_SETTLED:
        atomic_store(&of->state, WAIT_FREE);
        return MEMBERSHIP_SETTLED;
    case WAIT_UNSETTLED:
        atomic_store(&of->state, WAIT_FREE);
        return MEMBERSHIP_UNSETTLED;
    default:
        return MEMBERSHIP_WAITS;
    }
}

void membership_give_up(struct membership *membership, size_t wait)
{
    struct wait *of = &membership->waits[wait - 1];
    unsigned waits = WAIT_WAITS;
    if (!atomic_compare_exchange_strong(&of->state, &waits, WAIT_GIVEN_UP)) {
        atomic_store(&of->state, WAIT_FREE);
    }
}
