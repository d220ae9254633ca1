#include "pipeline/checks_internal.h"
#include "pipeline/context/service.h"
#include "pipeline/proof.h"

/* What an app has or does depends on the root, and so do native seeds. What a peer asks may be for
 * that root. */
static bool needs_root(const struct work *work)
{
    const struct service *service = work->worker->service;
    return service->root_gate != NULL && work->route->principal != ROUTES_PEER &&
           (work->route->principal == ROUTES_APP || work->route->principal == ROUTES_GUEST ||
            proof_is_there(work) || service_default_tenant(service)->seed == TRUST_NATIVE);
}

/* Before anything is asked or spent: an answer that cannot be signed is of no use to an app. */
struct status checks_identity(const struct work *work)
{
    bool is_used = work->apps != NULL && proof_is_there(work);
    return is_used ? node_identity_check(work->apps->identity) : OK;
}

/* Before anything else is asked or spent: behind a root that may not be used nobody is served. A
 * seed of the node's own needs no root, but a node that has a chain keeps to it. */
struct status checks_root(struct work *work)
{
    const struct service *service = work->worker->service;
    uint64_t now_ms = clock_monotonic_ms(work->clock);
    struct status status = OK;
    if (needs_root(work)) {
        status = root_gate_check(service->root_gate, work->route->use, now_ms);
    } else if (work->apps != NULL &&
               (work->route->principal == ROUTES_USER || work->route->principal == ROUTES_GUEST)) {
        status = registry_check_age(&work->apps->registry, work->route->use, now_ms);
    }
    work->waits = status.code == STATUS_REGISTRY_PENDING;
    return status;
}

/* Before that as well: a node that has not caught up does not know what it lacks. */
struct status checks_records(const struct work *work)
{
    const struct membership *membership = work->worker->service->membership;
    bool is_needed = membership != NULL && work->operate->needs_records;
    return is_needed ? membership_check(membership) : OK;
}

/* What no record can be written of is refused at once, and nothing is spent for it. */
struct status checks_trail(const struct work *work)
{
    return committer_is_stuck(work->lane->committer) ? FAIL(AUDIT_UNAVAILABLE) : OK;
}

/* Whether it may wait, for its turn or its intent, beside what its owner has waiting already. */
struct status checks_room(const struct work *work)
{
    const struct request *request = work->request;
    bool may_stop = work->route->body_max != 0;
    size_t bytes = request->head->len + request->body.len;
    return !may_stop || room_has(&work->worker->room, work->owner, bytes) ? OK : FAIL(OVERLOADED);
}
