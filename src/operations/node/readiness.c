#include "operations/node/readiness.h"

#include "cluster/membership/membership.h"

struct status readiness_root(const struct service *service)
{
    if (service->root_gate == NULL) {
        return service->is_ready ? OK : FAIL(UNAVAILABLE);
    }
    return root_gate_check(service->root_gate, REGISTRY_SERVE,
                           clock_monotonic_ms(&service->setup.clock));
}

struct status readiness_check(const struct service *service)
{
    const struct service_apps *apps = service->setup.apps;
    if (!service->is_ready) {
        return FAIL(UNAVAILABLE);
    }
    TRY(readiness_root(service));
    if (service->membership != NULL) {
        TRY(membership_check(service->membership));
    }
    if (apps != NULL) {
        TRY(node_identity_check(apps->identity));
    }
    return committer_is_failing(&service->committer) ? FAIL(AUDIT_UNAVAILABLE) : OK;
}
