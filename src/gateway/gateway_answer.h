/* The answers of a gateway itself: in the shape of the node's, so that clients read one. */
#ifndef COFFER_GATEWAY_GATEWAY_ANSWER_H
#define COFFER_GATEWAY_GATEWAY_ANSWER_H

#include "base/buf.h"
#include "base/status.h"

enum { GATEWAY_ANSWER_MAX = 1024 };

/* Append the JSON of a failure: success, error, error_code, hint. */
void gateway_answer_put(struct status why, struct buf *out);

#endif
