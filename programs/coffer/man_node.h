/* The page of coffer-node(8): its command line and its settings, from their tables. */
#ifndef COFFER_PROGRAM_MAN_NODE_H
#define COFFER_PROGRAM_MAN_NODE_H

#include "base/buf.h"

void man_node_put(struct buf *buf);
void man_gateway_put(struct buf *buf);

#endif
