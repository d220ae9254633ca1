/* What the KMS contract of a deployment says of itself: who may publish, who may veto, how long it
 * waits. Read at one block on which as many RPC endpoints agree as the deployment wants, as deep as
 * it believes registrations. Nothing is judged. Blocks while it reads. One thread at a time.
 * Used by the command line. Source: contracts/KMSRegistry.sol. */
#ifndef COFFER_CLIENT_CONTRACT_H
#define COFFER_CLIENT_CONTRACT_H

#include "client/directory.h"

enum {
    CONTRACT_MEMORY = 32 << 20,  /* bytes at most */
    CONTRACT_GUARDIANS_MAX = 16, /* as the contract has it */
    CONTRACT_OPERATORS_MAX = 128,
};

/* Open data. */
struct contract_facts {
    uint64_t block_number;         /* where it was read */
    uint8_t code[DEPLOYMENT_HASH]; /* Keccak-256 of its code */
    struct eth_address registry;   /* that says who may publish */
    uint8_t kms_app_id[32];
    uint64_t delay_s;        /* between a proposal and its execution */
    uint64_t veto_threshold; /* of the guardians */
    uint64_t latest_epoch;
    uint8_t root_hash[DEPLOYMENT_HASH]; /* zero: none is published */
    size_t guardian_count;
    struct eth_address guardians[CONTRACT_GUARDIANS_MAX];
    size_t operator_count;
    struct eth_address operators[CONTRACT_OPERATORS_MAX];
};

/* In: setup, of which mem has CONTRACT_MEMORY; contract, its address; limit_ms, for all of it.
 * Returns: OK; REGISTRY_LOST (no quorum in time); REGISTRY_MISMATCH (what is there is no such
 * contract, or has longer lists); CONFIG_INVALID, NO_MEMORY, ENTROPY, as directory_open.
 * On failure: *ret is zero. */
struct status contract_read(const struct directory_setup *setup, const struct eth_address *contract,
                            uint32_t limit_ms, struct contract_facts *ret);

#endif
