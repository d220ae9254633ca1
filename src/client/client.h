/* A client of the service, for registered apps: finds a node, proves who it is, seals what it asks,
 * and believes only answers that the node of the deployment signed and sealed, refusals included.
 *
 * Nodes are those of the deployment, or those that its chain names: read before the first call,
 * then every minute, and when none of them can be asked. While the chain cannot be read they are
 * asked on, for five minutes at most since the block that named them. Nodes are asked in turn; one
 * that does not answer (at first within a fraction of a second, while there are others), is not
 * ready or cannot show who it is makes way for the next, and comes last from then on. A write has
 * an Idempotency-Key, and one whose answer was lost is sent again with the same, to the same node
 * first, so that it is carried out once and the answer is the first one's. Another node that gets
 * it then is told so (?again=true) and looks first whether it is done. Nothing but the answer of a
 * node that it is done, and held by as many as it has to be, is taken for success. Version 2 of
 * proof and envelope, sealed to the key that the node's wallet vouches for (wire/node_key.h), which
 * is asked for once for each start of a node. One thread at a time for a client.
 * Used by the exported library (include/coffer/client.h) and by the command line.
 * Source: formats, section 5. */
#ifndef COFFER_CLIENT_CLIENT_H
#define COFFER_CLIENT_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "client/client_identity.h"
#include "client/deployment.h"
#include "codec/json_in.h"

struct client;

enum {
    CLIENT_TIMEOUT_MS = 10000, /* of one message to one node */
    CLIENT_TARGET_MAX = 4096,
    CLIENT_WHERE_MAX = DEPLOYMENT_URL_MAX,
};

struct client_request {
    const char *method;
    const char *target; /* path and query */
    struct bytes body;  /* JSON; empty for none. *secret* */
    /* An Idempotency-Key, which may have been used before; empty: a new one for PUT and DELETE. */
    struct bytes idempotency;
};

/* Lives until the client's next call. */
struct client_answer {
    unsigned http;
    const char *url; /* of the node that answered */
    /* By that node's wallet. Otherwise it is no more than the reason for which it could not be
     * asked: who we are, or that it cannot now; nothing that depends on what it has. */
    bool is_signed;
    struct bytes body;
    struct json_in_doc doc; /* of body; its root is NULL when it is no JSON */
};

/* Make a client. In: deployment, copied; identity, taken over also on failure.
 * Returns: OK; NO_MEMORY; those of directory_open, with ret_where as there; otherwise it is "".
 * On failure: *ret is NULL. */
struct status client_open(const struct deployment *deployment, struct client_identity *identity,
                          struct client **ret, char ret_where[static CLIENT_WHERE_MAX]);

/* Close connections, wipe keys and give everything back; *client becomes NULL (it may be NULL). */
void client_close(struct client **client);

/* Ask. Returns: OK when a node answered, whatever it said, or none and one said why not;
 * UNAVAILABLE when none did, or each said that it cannot now, or none knows what became of a write
 * whose answer was lost; NODE_UNTRUSTED when the last one
 * could not show who it is, or somebody answered in its place; NO_NODES;
 * REGISTRY_LOST when the chain could not be asked who they are, and nothing was sent to anybody;
 * BAD_REQUEST for a target or key that cannot be signed; NO_MEMORY, ENTROPY, INTERNAL; those of
 * the identity.
 * On failure: *ret is zero but for url, which names the node that was asked last, or says what is
 * wrong with an RPC endpoint, or is "". */
struct status client_call(struct client *client, const struct client_request *request,
                          struct client_answer *ret);

/* Find the nodes, where they are not known or known for too long. Out: ret_count; ret_why, what is
 * wrong with an RPC endpoint, or "". Returns: OK; NO_NODES, REGISTRY_LOST, NO_MEMORY, ENTROPY.
 * On failure: *ret_count is 0. */
struct status client_find(struct client *client, size_t *ret_count, const char **ret_why);

/* One of them, until the client's next call. In: index, below the last count. */
const struct deployment_node *client_node(const struct client *client, size_t index);

/* Ask this node and no other. In: index, as above. Returns: as client_call. */
struct status client_call_node(struct client *client, size_t index,
                               const struct client_request *request, struct client_answer *ret);

#endif
