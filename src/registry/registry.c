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
    TRY(port->anchor(port->context, use, now_ms, &answer));
    *ret_anchor = answer;
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

void registry_put_metrics(const struct registry_port *port, struct buf *out)
{
    if (port->put_metrics != NULL) {
        port->put_metrics(port->context, out);
    }
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
