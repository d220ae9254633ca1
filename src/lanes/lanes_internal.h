/* What the files of lanes share. */
#ifndef COFFER_LANES_LANES_INTERNAL_H
#define COFFER_LANES_LANES_INTERNAL_H

#include "lanes/lanes.h"

enum {
    LANES_WIRE = 512, /* bytes of a wish, or of its answer, at most */
};

/* A wish for the home. */
void lanes_wire_put(const struct lanes_ask *ask, struct buf *out);
/* Out: *ret borrows from request. Returns: false when it is none. */
bool lanes_wire_read(struct bytes request, struct lanes_ask *ret);

/* The home's answer. */
void lanes_wire_answer(struct status status, uint64_t nonce, struct buf *out);
/* Returns: what the home returned; WRITE_UNSETTLED for what is no answer. */
struct status lanes_wire_answered(struct bytes answer, uint64_t *ret_nonce);

#endif
