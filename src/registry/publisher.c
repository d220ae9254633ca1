#include "registry/publisher.h"

struct status publisher_root_hash(const struct publisher_port *port,
                                  const uint8_t hash[static REGISTRY_HASH])
{
    return port->root_hash(port->context, hash);
}

struct status publisher_anchor(const struct publisher_port *port, uint64_t height,
                               const uint8_t header[static REGISTRY_HASH])
{
    return port->anchor == NULL ? FAIL(ANCHORS_MISSING)
                                : port->anchor(port->context, height, header);
}
