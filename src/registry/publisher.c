#include "registry/publisher.h"

struct status publisher_root_hash(const struct publisher_port *port,
                                  const uint8_t hash[static REGISTRY_HASH])
{
    return port->root_hash(port->context, hash);
}

struct status publisher_anchor(const struct publisher_port *port,
                               const struct publisher_anchor *anchor)
{
    return port->anchor == NULL ? FAIL(ANCHORS_MISSING) : port->anchor(port->context, anchor);
}
