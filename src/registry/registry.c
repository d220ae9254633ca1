#include "registry/registry.h"

#include "base/invariant.h"

struct status registry_lookup(const struct registry_port *port,
                              const struct registry_question *question,
                              struct registry_grant *ret_grant)
{
    *ret_grant = (struct registry_grant){0};
    struct registry_grant grant = {0};
    TRY(port->lookup(port->context, question, &grant));
    INVARIANT(grant.deadline_ms > question->now_ms);
    *ret_grant = grant;
    return OK;
}

struct status registry_root(const struct registry_port *port, enum registry_use use,
                            uint64_t now_ms, struct registry_root *ret_root)
{
    *ret_root = (struct registry_root){0};
    struct registry_root answer = {0};
    TRY(port->root(port->context, use, now_ms, &answer));
    *ret_root = answer;
    return OK;
}

struct status registry_anchor(const struct registry_port *port, enum registry_use use,
                              uint64_t now_ms, struct registry_anchor *ret_anchor)
{
    *ret_anchor = (struct registry_anchor){0};
    struct registry_anchor answer = {0};
    TRY(port->anchor == NULL ? OK : port->anchor(port->context, use, now_ms, &answer));
    *ret_anchor = answer;
    return OK;
}

struct status registry_epochs(const struct registry_port *port, enum registry_use use,
                              uint64_t now_ms, struct registry_epochs *ret_epochs)
{
    *ret_epochs = (struct registry_epochs){0};
    struct registry_epochs answer = {.deadline_ms = now_ms + registry_use_ms(use)};
    TRY(port->epochs == NULL ? OK : port->epochs(port->context, use, now_ms, &answer));
    *ret_epochs = answer;
    return OK;
}

size_t registry_peers(const struct registry_port *port, uint64_t now_ms,
                      struct registry_peer ret_peers[static REGISTRY_PEERS_MAX])
{
    return port->peers(port->context, now_ms, ret_peers);
}

struct registry_health registry_health(const struct registry_port *port, uint64_t now_ms)
{
    return port->health(port->context, now_ms);
}

void registry_look_again(const struct registry_port *port, uint64_t now_ms)
{
    if (port->look_again != NULL) {
        port->look_again(port->context, now_ms);
    }
}

void registry_put_metrics(const struct registry_port *port, struct buf *out)
{
    if (port->put_metrics != NULL) {
        port->put_metrics(port->context, out);
    }
}

enum registry_lease registry_lease(const struct registry_health *health)
{
    static const uint64_t ends_ms[REGISTRY_LEASE_NONE] = {
        [REGISTRY_LEASE_FRESH] = REGISTRY_FRESH_MS,
        [REGISTRY_LEASE_STALE] = REGISTRY_HAND_OFF_MS,
        [REGISTRY_LEASE_NO_HAND_OFF] = REGISTRY_SIGN_MS,
        [REGISTRY_LEASE_NO_KEYS] = REGISTRY_SERVE_MS,
    };
    unsigned lease = REGISTRY_LEASE_FRESH;
    while (!health->is_static && lease < REGISTRY_LEASE_NONE && health->age_ms >= ends_ms[lease]) {
        lease++;
    }
    return (enum registry_lease)lease;
}

const char *registry_lease_name(enum registry_lease lease)
{
    static const char *const names[REGISTRY_LEASES] = {
        [REGISTRY_LEASE_FRESH] = "fresh",
        [REGISTRY_LEASE_STALE] = "stale",
        [REGISTRY_LEASE_NO_HAND_OFF] = "no hand-off",
        [REGISTRY_LEASE_NO_KEYS] = "no keys",
        [REGISTRY_LEASE_NONE] = "none",
    };
    return names[lease];
}

struct status registry_check_age(const struct registry_port *port, enum registry_use use,
                                 uint64_t now_ms)
{
    struct registry_health health = registry_health(port, now_ms);
    if (health.is_static || health.age_ms < registry_use_ms(use)) {
        return OK;
    }
    bool is_first = health.age_ms == UINT64_MAX && !health.is_lost;
    return is_first ? FAIL(REGISTRY_PENDING) : FAIL(REGISTRY_LOST);
}

uint64_t registry_use_ms(enum registry_use use)
{
    switch (use) {
    case REGISTRY_SERVE:
        return REGISTRY_SERVE_MS;
    case REGISTRY_SIGN:
        return REGISTRY_SIGN_MS;
    case REGISTRY_HAND_OFF:
    default:
        return REGISTRY_HAND_OFF_MS;
    }
}
