/* What a node writes for all to see: the hash of its root, later roots, and anchors of snapshots.
 *
 * The other direction of registry.h. Behind the port stands the node's wallet, which sends
 * transactions (rpc/chain_writer.h), or in development builds a file that nodes of one machine
 * share (registry/shared_root_dev.h). Nobody is believed because of what is said here: what was
 * written, and whether it is final, the registry tells.
 *
 * Calls never wait: the first one begins, and repeating it tells what became of it. Whoever owns
 * the port is told when that has changed. Used by what starts and keeps a cluster.
 * Source: design, section 7; formats, section 9. */
#ifndef COFFER_REGISTRY_PUBLISHER_H
#define COFFER_REGISTRY_PUBLISHER_H

#include <stdint.h>

#include "base/status.h"
#include "registry/registry.h"

/* A snapshot to be anchored. */
struct publisher_anchor {
    uint64_t height;                /* from 1; above that of the one that it follows */
    uint8_t header[REGISTRY_HASH];  /* its digest, not zero */
    uint8_t follows[REGISTRY_HASH]; /* that of the anchored one which it follows; zero: none is */
};

struct publisher_port {
    void *context;
    struct status (*root_hash)(void *context, const uint8_t hash[static REGISTRY_HASH]);
    struct status (*anchor)(void *context, const struct publisher_anchor *anchor);
    struct status (*propose_epoch)(void *context, uint32_t epoch,
                                   const uint8_t commitment[static REGISTRY_HASH]);
    struct status (*execute_epoch)(void *context, uint64_t proposal,
                                   const uint8_t commitment[static REGISTRY_HASH]);
};

/* Publish the root's hash. Any thread.
 * Returns: OK when it was sent, or is there already: ask again after a while, until the registry
 * has it as final; REGISTRY_PENDING while it is being sent: ask again when told, or in a second. Or
 * why it was not, once, after which the next call begins anew:
 *   ALREADY_PUBLISHED (another hash is there: the first one wins), NOT_A_PEER (this wallet has no
 *   grant as a node, or not yet), CALL_REVERTED (refused for another reason, which is in the log),
 *   WALLET_FUNDS, FEE_LIMIT, WRONG_CHAIN, REGISTRY_LOST (endpoints do not answer, or disagree),
 *   RPC_ERROR (they refuse to take it), REGISTRY_MISMATCH (there is no such contract),
 *   OVERLOADED (the wallet is at another transaction),
 *   NO_MEMORY, IO; why the wallet did not sign. */
struct status publisher_root_hash(const struct publisher_port *port,
                                  const uint8_t hash[static REGISTRY_HASH]);

/* Anchor a snapshot. Returns: as above, with ANCHOR_HEIGHT (one as high or higher is anchored, or
 * the step is too large) and ANCHOR_MOVED (another one is anchored than the one that it follows) in
 * place of ALREADY_PUBLISHED; ANCHORS_MISSING where none can be kept. */
struct status publisher_anchor(const struct publisher_port *port,
                               const struct publisher_anchor *anchor);

/* Propose a later root; make a proposal final after its delay. In: epoch, the one after the final
 * ones; proposal, commitment, as the registry has them. Returns: as publisher_root_hash, with
 * ALREADY_PUBLISHED when another one is proposed or the epoch is not the next; OK of the second
 * also says that it is proposed no more, for whatever reason. */
struct status publisher_propose_epoch(const struct publisher_port *port, uint32_t epoch,
                                      const uint8_t commitment[static REGISTRY_HASH]);
struct status publisher_execute_epoch(const struct publisher_port *port, uint64_t proposal,
                                      const uint8_t commitment[static REGISTRY_HASH]);

#endif
