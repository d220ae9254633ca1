/* Who the nodes are, as the chain of a deployment says.
 *
 * Each reading is a new view of the registry (registry/registry_view.h), driven until it knows the
 * list of this service's instances and the records of everyone on it: from as many RPC endpoints
 * as the deployment wants, at blocks that they agree on. What a node says about itself is not
 * looked at. Blocks while it reads. One thread at a time. Used by client.h.
 * Source: formats, section 9. */
#ifndef COFFER_CLIENT_DIRECTORY_H
#define COFFER_CLIENT_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "client/deployment.h"

enum {
    DIRECTORY_MEMORY = 32 << 20, /* bytes at most */
    DIRECTORY_ABOUT_MAX = 320,
};

/* What came of a reading. */
struct directory_list {
    size_t count;
    struct deployment_node nodes[DEPLOYMENT_NODES_MAX];
    uint8_t code[DEPLOYMENT_NODES_MAX][DEPLOYMENT_HASH]; /* measurement that each is enrolled as */
    uint64_t deadline_ms; /* monotonic; not to be used from then on */
};

/* What it points at outlives the directory. */
struct directory_setup {
    const struct deployment *deployment; /* with rpc */
    struct clock clock;
    struct entropy entropy;
    struct mem *mem; /* DIRECTORY_MEMORY of it */
};

struct directory;
struct rpc_rounds;

/* Returns: OK; CONFIG_INVALID (an endpoint's URL that cannot be used, or is plain http to another
 * machine; a file of authorities that cannot be used); NO_MEMORY; ENTROPY.
 * On failure: *ret is NULL, and *ret_where is the URL that is wrong, or "". */
struct status directory_open(const struct directory_setup *setup, struct directory **ret,
                             const char **ret_where);

/* A way to the deployment's endpoints for another reader of the chain. Returns: as above.
 * On failure: *ret is NULL. */
struct status directory_open_rounds(const struct directory_setup *setup, struct rpc_rounds **ret,
                                    const char **ret_where);

/* Give everything back; *directory becomes NULL (it may be NULL). */
void directory_close(struct directory **directory);

/* Read who the nodes are now, in at most limit_ms. Returns: OK, with one node or more; NO_NODES
 * when the chain has none; REGISTRY_LOST when it could not be read, in time or three times in a
 * row; NO_MEMORY; ENTROPY.
 * On failure: *ret is zero. */
struct status directory_read(struct directory *directory, uint32_t limit_ms,
                             struct directory_list *ret);

/* What was wrong with an RPC endpoint in the last reading, for people; "" for nothing. */
const char *directory_about(const struct directory *directory);

#endif
