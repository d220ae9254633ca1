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

struct status publisher_propose_epoch(const struct publisher_port *port, uint32_t epoch,
                                      const uint8_t commitment[static REGISTRY_HASH])
{
    return port->propose_epoch(port->context, epoch, commitment);
}

struct status publisher_execute_epoch(const struct publisher_port *port, uint64_t proposal,
                                      const uint8_t commitment[static REGISTRY_HASH])
{
    return port->execute_epoch(port->context, proposal, commitment);
}
