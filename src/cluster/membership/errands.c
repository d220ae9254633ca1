/* What may take long, on a thread of its own: the carrier and the contract. */
#include <string.h>

#include "cluster/membership/membership_internal.h"

enum { AGAIN_NS = 1000000000 }; /* a transaction that is being sent is asked about again */

void membership_errand(struct membership *membership, const struct root_start_action *action)
{
    struct errands *errands = &membership->errands;
    switch (action->kind) {
    case ROOT_START_READ:
        errands->is_due[ERRAND_READ] = true;
        break;
    case ROOT_START_WRITE:
        errands->secrets->to_write = *action->roots;
        errands->is_due[ERRAND_WRITE] = true;
        break;
    case ROOT_START_PUBLISH:
    case ROOT_START_PROPOSE:
    case ROOT_START_EXECUTE:
        errands->publishes = action->kind;
        errands->number = action->number;
        memcpy(errands->hash, action->hash, sizeof errands->hash);
        errands->is_due[ERRAND_PUBLISH] = true;
        break;
    case ROOT_START_SEND:
    case ROOT_START_INSTALLED:
    case ROOT_START_WIPED:
    case ROOT_START_STOPPED:
    case ROOT_START_MADE:
    case ROOT_START_TURNED:
    case ROOT_START_REJECTED:
    default:
        return;
    }
    thread_signal_one(&errands->changed);
}

static void log_failure(const struct membership *membership, const char *what, struct status status)
{
    if (!status_is_ok(status)) {
        LOG_EVENT(membership->setup.log, WARN, "root", LOG_TEXT("failed", what),
                  LOG_STATUS(status));
    }
}

/* In all of these: with the lock, which is not held while others work. */

static void read_carrier(struct membership *membership)
{
    const struct membership_carrier *carrier = &membership->setup.ports->carrier;
    struct root_start_found *found = &membership->errands.secrets->found;
    thread_lock_give(&membership->lock);
    struct status status = carrier->read(carrier->context, found);
    log_failure(membership, "to read the carrier", status);
    thread_lock_take(&membership->lock);
    struct cluster_now now = membership_now(membership);
    root_start_carrier_read(membership->start, &now, status, found);
    root_start_found_wipe(found);
}

static void write_carrier(struct membership *membership)
{
    const struct membership_carrier *carrier = &membership->setup.ports->carrier;
    struct handoff_roots *roots = &membership->errands.secrets->to_write;
    thread_lock_give(&membership->lock);
    struct status status = carrier->write(carrier->context, roots);
    log_failure(membership, "to write the carrier", status);
    thread_lock_take(&membership->lock);
    struct cluster_now now = membership_now(membership);
    handoff_roots_wipe(roots);
    root_start_carrier_written(membership->start, &now, status);
}

/* What is published, as it was asked for. */
struct published {
    enum root_start_action_kind kind;
    uint64_t number;
    uint8_t hash[ROOT_GATE_HASH];
};

static struct status publish_one(const struct membership_carrier *carrier,
                                 const struct published *published)
{
    switch (published->kind) {
    case ROOT_START_PROPOSE:
        return carrier->propose(carrier->context, (uint32_t)published->number, published->hash);
    case ROOT_START_EXECUTE:
        return carrier->execute(carrier->context, published->number, published->hash);
    case ROOT_START_PUBLISH:
    case ROOT_START_READ:
    case ROOT_START_WRITE:
    case ROOT_START_SEND:
    case ROOT_START_INSTALLED:
    case ROOT_START_WIPED:
    case ROOT_START_STOPPED:
    case ROOT_START_MADE:
    case ROOT_START_TURNED:
    case ROOT_START_REJECTED:
    default:
        return carrier->publish(carrier->context, published->hash);
    }
}

static void publish_hash(struct membership *membership)
{
    const struct errands *errands = &membership->errands;
    struct published published = {.kind = errands->publishes, .number = errands->number};
    memcpy(published.hash, errands->hash, sizeof published.hash);
    thread_lock_give(&membership->lock);
    struct status status = publish_one(&membership->setup.ports->carrier, &published);
    bool is_pending = status.code == STATUS_REGISTRY_PENDING;
    log_failure(membership, "to publish the hash", is_pending ? OK : status);
    thread_lock_take(&membership->lock);
    if (is_pending) {
        membership->errands.is_due[ERRAND_PUBLISH] = true;
        return;
    }
    struct cluster_now now = membership_now(membership);
    root_start_published(membership->start, &now, status);
}

static void run_errand(struct membership *membership, enum errand errand)
{
    switch (errand) {
    case ERRAND_READ:
        read_carrier(membership);
        break;
    case ERRAND_WRITE:
        write_carrier(membership);
        break;
    case ERRAND_PUBLISH:
    case ERRANDS:
    default:
        publish_hash(membership);
        break;
    }
}

/* Each that is due, once. */
static void run_due(struct membership *membership)
{
    struct errands *errands = &membership->errands;
    for (size_t i = 0; i < ERRANDS && !errands->is_stopping; i++) {
        if (errands->is_due[i]) {
            errands->is_due[i] = false;
            run_errand(membership, (enum errand)i);
            membership_wake(membership);
        }
    }
}

static void run_errands(void *context)
{
    struct membership *membership = context;
    struct errands *errands = &membership->errands;
    thread_lock_take(&membership->lock);
    while (!errands->is_stopping) {
        run_due(membership);
        if (!errands->is_stopping && errands->is_due[ERRAND_PUBLISH]) {
            (void)thread_wait_until(&errands->changed, &membership->lock, thread_in_ns(AGAIN_NS));
        }
        while (!errands->is_stopping && !errands->is_due[ERRAND_READ] &&
               !errands->is_due[ERRAND_WRITE] && !errands->is_due[ERRAND_PUBLISH]) {
            thread_wait(&errands->changed, &membership->lock);
        }
    }
    thread_lock_give(&membership->lock);
}

struct status membership_errands_start(struct membership *membership)
{
    membership->errands.is_stopping = false;
    return thread_start(&membership->errands.thread, "carrier", run_errands, membership);
}

void membership_errands_stop(struct membership *membership)
{
    thread_lock_take(&membership->lock);
    membership->errands.is_stopping = true;
    thread_signal_one(&membership->errands.changed);
    thread_lock_give(&membership->lock);
    thread_join(&membership->errands.thread);
}
