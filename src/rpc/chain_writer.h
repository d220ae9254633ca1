/* The thread that writes to the chain: it publishes the root's hash, proposes and executes later
 * roots, and anchors snapshots, by transactions of the node's wallet, one at a time.
 *
 * Endpoints are those of the trust configuration; none is trusted alone. What a transaction may
 * cost is bounded. It is sent to all of them, looked for, and sent again with a higher fee while it
 * is not in a block; always in the wallet's first free place, so that of all that were signed at
 * most one is ever carried out. What is on the chain in the end the chain's reader says.
 * Used by programs/coffer-node. Source: formats, section 9; sender.h has the rules. */
#ifndef COFFER_RPC_CHAIN_WRITER_H
#define COFFER_RPC_CHAIN_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "config/config.h"
#include "config/trust.h"
#include "registry/publisher.h"
#include "rpc/sender.h"

/* Who signs: the node's wallet (identity/node_identity.h). What it gives is checked. */
struct chain_writer_wallet {
    void *context;
    struct eth_address address;
    /* Append the raw transaction with its signature, up to ETH_TRANSACTION_MAX bytes. It may take a
     * while. Returns: OK, or why not. */
    struct status (*sign)(void *context, const struct eth_transaction *transaction,
                          struct buf *raw);
};

/* The limits that a configuration sets. */
struct sender_limits chain_writer_limits(const struct config *config);

/* All of it outlives the writer. */
struct chain_writer_setup {
    const struct trust *trust;          /* with endpoints and a KMS registry */
    const struct socket_address *proxy; /* as in fetch_many.h; or NULL */
    struct chain_writer_wallet wallet;
    struct sender_limits limits;
    size_t batch; /* calls in one request; 1 to LIMIT_ETH_RPC_BATCH */
    struct clock clock;
    struct entropy entropy;
    const struct log *log;
    struct mem *mem;
};

/* How it is told that asking again has another answer now: called on the writer's thread, without
 * its lock. */
struct chain_writer_wake {
    void *context;
    void (*call)(void *context);
};

struct chain_writer;

/* Returns: as chain_reader_open. On failure: *ret is NULL, and *ret_where is the endpoint that is
 * wrong, or "". */
struct status chain_writer_open(const struct chain_writer_setup *setup, struct chain_writer **ret,
                                const char **ret_where);

/* Start the thread. Returns: as thread_start. */
struct status chain_writer_start(struct chain_writer *writer, struct chain_writer_wake wake);

/* End the thread; it may not run. What was sent stays sent. */
void chain_writer_stop(struct chain_writer *writer);

/* Stop and give everything back; *writer becomes NULL (it may be NULL). */
void chain_writer_close(struct chain_writer **writer);

/* What asks it. Any thread, until it is closed. */
struct publisher_port chain_writer_port(struct chain_writer *writer);

#endif
