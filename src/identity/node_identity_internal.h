/* How an identity lies in memory. Private to identity; tests look here for what a fault changes. */
#ifndef COFFER_IDENTITY_NODE_IDENTITY_INTERNAL_H
#define COFFER_IDENTITY_NODE_IDENTITY_INTERNAL_H

#include "digest/keyed_sum.h"
#include "identity/node_identity.h"

/* In memory of secret_alloc; nobody outside sees it. */
struct node_identity {
    struct k256_key wallet; /* zero with a remote one */
    struct p384_key key;
    struct keyed_sum_key sum_key;
    struct keyed_sum sum;               /* of both keys */
    struct node_identity_remote remote; /* its functions are NULL without one */
    struct node_identity_facts facts;
};

#endif
