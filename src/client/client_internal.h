/* What a client is made of. Private to src/client. */
#ifndef COFFER_CLIENT_CLIENT_INTERNAL_H
#define COFFER_CLIENT_CLIENT_INTERNAL_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "client/client.h"
#include "fetch/fetch.h"
#include "wire/envelope.h"
#include "wire/pop.h"

struct client_node {
    bool has_keys;
    struct envelope_keys keys; /* *secret* */
};

struct client {
    struct deployment deployment;
    struct client_identity identity;
    struct client_node nodes[DEPLOYMENT_NODES_MAX];
    size_t next; /* the node that is asked first */
    struct fetch fetch;
    struct arena arena; /* of the call in work */
    struct entropy entropy;
    struct clock clock;
};

/* Ask one node. Out: ret_is_sent, whether the node may have got the request.
 * Returns: as client_call, but UNAVAILABLE, NODE_UNTRUSTED of this node. */
struct status client_ask(struct client *client, size_t node, const struct client_request *request,
                         struct client_answer *ret, bool *ret_is_sent);

#endif
