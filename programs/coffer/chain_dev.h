/* The chain that coffer dev starts beside its nodes: anvil with the contracts, and who registers
 * the nodes there (tools/dev-chain of the source tree). Kept in the data folder. Not part of a
 * production build. */
#ifndef COFFER_PROGRAM_CHAIN_DEV_H
#define COFFER_PROGRAM_CHAIN_DEV_H

#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "codec/json_out.h"
#include "coffer/node_facts_dev.h"
#include "coffer/node_process.h"

#define CHAIN_DEV_FILE   "chain.json" /* in the data folder: where the chain is, while it runs */
#define CHAIN_DEV_FOLDER "chain"      /* the same: what is kept of it */

/* The first port of the nodes and this make that of the chain: 4000 and 8545. */
enum { CHAIN_DEV_PORT = 4545 };

/* Start it. In: facts, the urls of the nodes that it is to register; port, of the chain.
 * Returns: OK; NOT_FOUND (no tools/dev-chain where this program was built); CONFIG_INVALID (a path
 * is too long); SECURITY_MODULE; IO. On failure: no child. */
struct status chain_dev_start(const char *data, const struct node_facts *facts, size_t count,
                              unsigned port, struct node_process *ret_process);

/* True when it has said where it is. */
bool chain_dev_is_up(const char *data);

/* Append the members of a trust configuration that name it.
 * Returns: OK; IO; BODY_TOO_LARGE; CONFIG_INVALID; NO_MEMORY; what json_in_parse returns. */
struct status chain_dev_put_trust(struct arena *arena, const char *data, struct json_out *json);

/* Write what clients are given: the chain, which names the nodes. Returns: as above. */
struct status chain_dev_write_deployment(struct arena *arena, const char *data, const char *domain);

#endif
