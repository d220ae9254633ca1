#include "authenticators/oidc_port.h"

struct status oidc_port_prove(const struct oidc_port *port, const struct oidc_question *question,
                              struct arena *arena, struct buf *ret_key, bool *ret_waits)
{
    *ret_waits = false;
    return port->prove == NULL ? FAIL(OIDC_ISSUER)
                               : port->prove(port->context, question, arena, ret_key, ret_waits);
}

bool oidc_port_facts(const struct oidc_port *port, size_t index, struct oidc_facts *ret)
{
    *ret = (struct oidc_facts){.tenant = "", .iss = "", .last = ""};
    return port->facts != NULL && port->facts(port->context, index, ret);
}

void oidc_port_put_metrics(const struct oidc_port *port, struct buf *out)
{
    if (port->put_metrics != NULL) {
        port->put_metrics(port->context, out);
    }
}

const char *oidc_port_state_name(enum oidc_port_state state)
{
    static const char *const names[] = {
        [OIDC_PORT_NONE] = "none", [OIDC_PORT_FRESH] = "fresh",   [OIDC_PORT_OLD] = "old",
        [OIDC_PORT_DEAD] = "dead", [OIDC_PORT_PINNED] = "pinned",
    };
    return names[state];
}
