/* The calls of the app registry and of the KMS registry, and what they answer.
 *
 * The app registry's answers are one dynamic struct each; fields that a later contract appends are
 * passed over. Nothing is judged here but the encoding: statuses and strings are as the contract
 * has them. Used by the view of the chain and by the publication of the root's hash.
 * Source: nova reference, sections 8.1 and 8.4; commitments, proposals and the anchor are our
 * own contract's. */
#ifndef COFFER_ETHEREUM_NOVA_ABI_H
#define COFFER_ETHEREUM_NOVA_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "ethereum/eth_address.h"

enum {
    NOVA_ABI_ID = 32,                            /* a uint256, big-endian */
    NOVA_ABI_HASH = 32,                          /* a bytes32 */
    NOVA_ABI_CALL = 100,                         /* the longest call data */
    NOVA_ABI_PROPOSAL_EPOCH = 0,                 /* the kind of proposals of roots */
    NOVA_ABI_PROPOSAL_WINDOW_S = 14 * 24 * 3600, /* so long one can be executed */
};

enum nova_abi_call {
    /* the app registry */
    NOVA_ABI_GET_APP,
    NOVA_ABI_GET_VERSION,
    NOVA_ABI_GET_INSTANCE,
    NOVA_ABI_GET_INSTANCE_BY_WALLET,
    NOVA_ABI_GET_INSTANCES_FOR_VERSION,
    NOVA_ABI_GET_ACTIVE_INSTANCES,
    /* the KMS registry */
    NOVA_ABI_MASTER_SECRET_HASH,
    NOVA_ABI_SET_MASTER_SECRET_HASH,
    NOVA_ABI_ANCHORED,
    NOVA_ABI_ANCHOR,
    NOVA_ABI_EPOCH_COMMITMENT,
    NOVA_ABI_LATEST_EPOCH,
    NOVA_ABI_PENDING_PROPOSAL, /* of a kind: NOVA_ABI_PROPOSAL_EPOCH */
    NOVA_ABI_PROPOSE_EPOCH,
    NOVA_ABI_EXECUTE,
    NOVA_ABI_VETO,
    NOVA_ABI_SEED_COMMITMENT, /* of a tenant's seed epoch */
    NOVA_ABI_SEED_EPOCHS,
    NOVA_ABI_IS_OPERATOR,
    NOVA_ABI_OPERATOR_COUNT,
    NOVA_ABI_OPERATOR_AT,
    NOVA_ABI_GET_OPERATORS,
    NOVA_ABI_KMS_APP_ID,
    NOVA_ABI_NOVA_APP_REGISTRY,
    NOVA_ABI_DELAY,
    NOVA_ABI_VETO_THRESHOLD,
    NOVA_ABI_GET_GUARDIANS,
    NOVA_ABI_CALLS,
};

/* The signature of a call, such as "getApp(uint256)", and the first bytes of its hash. */
const char *nova_abi_signature(enum nova_abi_call call);
uint32_t nova_abi_selector(enum nova_abi_call call);

/* Append the data of a call, by what it takes: nothing, one uint256 or bytes32, two uint256, or an
 * address. INVARIANT that the call takes that. */
void nova_abi_put(struct buf *buf, enum nova_abi_call call);
void nova_abi_put_word(struct buf *buf, enum nova_abi_call call, const uint8_t word[static 32]);
void nova_abi_put_words(struct buf *buf, enum nova_abi_call call, const uint8_t first[static 32],
                        const uint8_t second[static 32]);
void nova_abi_put_wallet(struct buf *buf, enum nova_abi_call call,
                         const struct eth_address *wallet);

/* Append the data of NOVA_ABI_ANCHOR. */
void nova_abi_put_anchor(struct buf *buf, uint64_t height,
                         const uint8_t header[static NOVA_ABI_HASH],
                         const uint8_t follows[static NOVA_ABI_HASH]);

/* Append the data of a call that takes a number (an epoch, the id of a proposal) and a hash:
 * NOVA_ABI_PROPOSE_EPOCH, NOVA_ABI_EXECUTE, NOVA_ABI_VETO. */
void nova_abi_put_numbered(struct buf *buf, enum nova_abi_call call, uint64_t number,
                           const uint8_t hash[static NOVA_ABI_HASH]);

/* Append the data of a call that takes a number alone: NOVA_ABI_EPOCH_COMMITMENT,
 * NOVA_ABI_PENDING_PROPOSAL. */
void nova_abi_put_number(struct buf *buf, enum nova_abi_call call, uint64_t number);

/* Records; strings and lists borrow from the answer. All zero and empty: there is none. Times are
 * Unix seconds. */
struct nova_abi_app {
    uint8_t id[NOVA_ABI_ID];
    struct eth_address owner;
    uint8_t tee_arch[NOVA_ABI_HASH];
    struct eth_address dapp_contract;
    struct bytes metadata_uri;
    uint8_t latest_version_id[NOVA_ABI_ID];
    uint64_t created_at;
    uint8_t status;
    bool has_app_wallet; /* the contract has the ninth field */
    struct eth_address app_wallet;
};

struct nova_abi_version {
    uint8_t id[NOVA_ABI_ID];
    struct bytes version_name;
    uint8_t code_measurement[NOVA_ABI_HASH];
    struct bytes image_uri;
    struct bytes audit_url;
    struct bytes audit_hash;
    struct bytes github_run_id;
    uint8_t status;
    uint64_t enrolled_at;
    struct eth_address enrolled_by;
};

struct nova_abi_instance {
    uint8_t id[NOVA_ABI_ID];
    uint8_t app_id[NOVA_ABI_ID];
    uint8_t version_id[NOVA_ABI_ID];
    struct eth_address operator;
    struct bytes instance_url;
    struct bytes tee_pubkey;
    struct eth_address tee_wallet;
    bool zk_verified;
    uint8_t status;
    uint64_t registered_at;
};

/* What was anchored last. */
struct nova_abi_anchor {
    uint64_t height;
    uint8_t header[NOVA_ABI_HASH];
};

/* What is proposed; id 0: nothing. */
struct nova_abi_proposal {
    uint64_t id;
    uint64_t epoch;
    uint8_t commitment[NOVA_ABI_HASH];
    struct eth_address proposer;
    uint64_t executable_at; /* Unix seconds */
    uint64_t vetoes;
};

/* Ids or addresses, one word each. */
struct nova_abi_list {
    struct bytes words;
    size_t count;
};

/* Read an answer. In: data, unsafe. Strings are at most LIMIT_ETH_TEXT, lists LIMIT_ETH_LIST.
 * Returns: OK, ABI_INVALID, ABI_LIMIT. On failure: *ret is zero and empty. */
struct status nova_abi_read_app(struct bytes data, struct nova_abi_app *ret);
struct status nova_abi_read_version(struct bytes data, struct nova_abi_version *ret);
struct status nova_abi_read_instance(struct bytes data, struct nova_abi_instance *ret);
struct status nova_abi_read_anchor(struct bytes data, struct nova_abi_anchor *ret);
struct status nova_abi_read_proposal(struct bytes data, struct nova_abi_proposal *ret);
struct status nova_abi_read_ids(struct bytes data, struct nova_abi_list *ret);
struct status nova_abi_read_wallets(struct bytes data, struct nova_abi_list *ret);
struct status nova_abi_read_word(struct bytes data, uint8_t ret[static 32]);
struct status nova_abi_read_u64(struct bytes data, uint64_t *ret);
struct status nova_abi_read_bool(struct bytes data, bool *ret);
struct status nova_abi_read_wallet(struct bytes data, struct eth_address *ret);

/* An item of a list of ids or of wallets. In: index, below the count. */
void nova_abi_id_at(const struct nova_abi_list *list, size_t index,
                    uint8_t ret[static NOVA_ABI_ID]);
void nova_abi_wallet_at(const struct nova_abi_list *list, size_t index, struct eth_address *ret);

/* The name of the error that a call was refused with, such as "NotAuthorizedToSetHash".
 * In: data, unsafe, of the revert. Returns: a literal; "" for one that is not known. */
const char *nova_abi_error(struct bytes data);

#endif
