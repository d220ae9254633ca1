/* What a client is made of. Private to src/client. */
#ifndef COFFER_CLIENT_CLIENT_INTERNAL_H
#define COFFER_CLIENT_CLIENT_INTERNAL_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "client/client.h"
#include "client/directory.h"
#include "fetch/fetch.h"
#include "wire/envelope.h"
#include "wire/pop.h"

struct client_node {
    struct deployment_node about;
    /* Of its present start, when node_text is not empty: what it is called, the key of its
     * envelopes, and what is agreed on with it. */
    char node_text[POP_NODE_TEXT + 1];
    struct p384_point point;
    struct envelope_keys keys; /* *secret* */
};

struct client {
    struct deployment deployment;
    struct client_identity identity;
    struct client_node nodes[DEPLOYMENT_NODES_MAX];
    size_t node_count;
    size_t next;       /* the node that is asked first */
    uint32_t nonce_ms; /* for a node to give a nonce, in the call in work */
    bool is_impatient; /* some node took longer in this call, and may still answer */
    bool is_repeat;    /* the caller's own key, which any node may have met before */
    /* Of the write in work: who may have done it, one node or several. */
    bool is_unsettled; /* an answer was lost, or is that it is not settled */
    size_t doers;
    struct eth_address doer;
    /* Where the chain says who they are; all NULL and zero otherwise. */
    struct directory *directory;
    uint64_t read_ms;       /* when the list was read */
    uint64_t deadline_ms;   /* it is not to be used from then on */
    uint64_t not_before_ms; /* the next reading */
    struct mem mem;         /* of the directory */
    struct fetch fetch;
    struct arena arena; /* of the call in work */
    struct entropy entropy;
    struct clock clock;
};

/* Have a list of nodes that is not too old. In: is_urgent, none of them could be asked.
 * Out: ret_is_new, whether it is another list than before.
 * Returns: OK; those of directory_read. */
struct status client_nodes_refresh(struct client *client, bool is_urgent, bool *ret_is_new);

/* True when a node may say this before it knows us, so without its signature: who is not let in,
 * or nobody at present. What it says of values, keys and requests it signs. In: an error_code. */
bool client_is_before_proof(struct bytes code);

/* Ask one node. Out: ret_is_sent, whether the node may have got the request.
 * Returns: as client_call, but UNAVAILABLE, NODE_UNTRUSTED of this node. */
struct status client_ask(struct client *client, size_t node, const struct client_request *request,
                         struct client_answer *ret, bool *ret_is_sent);

#endif
