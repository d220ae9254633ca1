/* A copy of an answer, on its way from the loop that made it to the loop of its request.
 * Private to node.c and backroom.c. */
#ifndef COFFER_NODE_DELIVERY_INTERNAL_H
#define COFFER_NODE_DELIVERY_INTERNAL_H

#include "base/mem.h"
#include "net/http1.h"

struct delivery {
    struct http1_response response; /* of what follows */
    struct http1_header headers[];  /* then the bytes of their values, then the body */
};

/* Returns: NULL when there is no memory. Names of headers are the program's, and not copied. */
struct delivery *delivery_new(struct mem *mem, const struct http1_response *response);

/* *delivery becomes NULL (it may be NULL). */
void delivery_free(struct mem *mem, struct delivery **delivery);

#endif
