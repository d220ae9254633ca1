/* What a client has to know of a deployment before it trusts anything: who the nodes are.
 *
 * A JSON file that the operator publishes. It names either the chain that says who the nodes are,
 * or the nodes themselves; a client believes no node about itself.
 * Used by client.h. */
#ifndef COFFER_CLIENT_DEPLOYMENT_H
#define COFFER_CLIENT_DEPLOYMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "crypto/p384.h"
#include "ethereum/eth_address.h"

enum {
    DEPLOYMENT_NODES_MAX = 64,
    DEPLOYMENT_RPC_MAX = 8,
    DEPLOYMENT_URL_MAX = 256,   /* with its NUL */
    DEPLOYMENT_WHERE_MAX = 160, /* with its NUL */
    DEPLOYMENT_FILE_MAX = 1 << 20,
    DEPLOYMENT_DOMAIN = 32,
    DEPLOYMENT_HASH = 32,
};

struct deployment_node {
    char url[DEPLOYMENT_URL_MAX];
    struct eth_address wallet;
    struct p384_point point;
};

/* Open data. */
struct deployment {
    uint8_t domain[DEPLOYMENT_DOMAIN];
    struct deployment_node nodes[DEPLOYMENT_NODES_MAX];
    size_t node_count;
    /* The chain, where it says who the nodes are. */
    char rpc[DEPLOYMENT_RPC_MAX][DEPLOYMENT_URL_MAX];
    size_t rpc_count;
    uint64_t rpc_quorum; /* so many must answer the same */
    uint64_t chain_id;
    uint8_t genesis[DEPLOYMENT_HASH];
    struct eth_address registry;
    uint8_t registry_code[DEPLOYMENT_HASH]; /* Keccak-256; zero: whatever code there is */
    uint8_t kms_app_id[32];
    uint64_t confirmations; /* a node is believed so many blocks deep, */
    bool has_finality;      /* or from the safe block on */
    /* Files of authorities; "" for the system's. */
    char ca_file[DEPLOYMENT_URL_MAX];     /* of the nodes */
    char rpc_ca_file[DEPLOYMENT_URL_MAX]; /* of the endpoints */
};

/* Read {domain_id, nodes: [{url, wallet, tee_pubkey}], rpc: [url], rpc_quorum, chain_id, genesis,
 * registry, registry_code, kms_app_id, confirmations, finality, ca_file, rpc_ca_file}. There must
 * be nodes, or rpc with chain_id, genesis, registry and kms_app_id; where there are nodes the chain
 * is not asked. rpc_quorum is 2 where there are three endpoints or more, otherwise all of them;
 * confirmations is 6. Names and values are those of the nodes' trust configuration.
 * In: text, up to DEPLOYMENT_FILE_MAX; arena, scratch with 64 MiB free.
 * Out: ret_where, the member that is wrong, or the line of what is no JSON.
 * Returns: OK; what json_in_parse returns; UNKNOWN_FIELD, MISSING_FIELD, BAD_TYPE, NUMBER_RANGE,
 * INVALID_HEX, INVALID_BASE64, INVALID_ADDRESS, INVALID_DECIMAL, POINT_INVALID, CONFIG_INVALID.
 * On failure: *ret is zero. */
struct status deployment_parse(struct bytes text, struct arena *arena, struct deployment *ret,
                               char ret_where[static DEPLOYMENT_WHERE_MAX]);

/* The same of a regular file. Also returns: IO, BODY_TOO_LARGE, with "" in ret_where. */
struct status deployment_read(const char *path, struct arena *arena, struct deployment *ret,
                              char ret_where[static DEPLOYMENT_WHERE_MAX]);

#endif
