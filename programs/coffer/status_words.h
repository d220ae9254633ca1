/* What a node's GET /status means for whoever looks after it: the findings that need somebody. */
#ifndef COFFER_PROGRAM_STATUS_WORDS_H
#define COFFER_PROGRAM_STATUS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/deployment.h"
#include "codec/json_in.h"
#include "coffer/out.h"

/* Say what is not as it should be, as a list of findings. Returns: how many there are. */
size_t status_words_put(struct out *out, const struct json_in *status);

/* Say where a node differs from what the registry or the deployment has for its URL, as members of
 * an open item. In: status, what the node says of itself; registered, what clients expect.
 * Returns: whether it differs. */
bool status_words_mismatch(struct out *out, const struct json_in *status,
                           const struct deployment_node *registered);

#endif
