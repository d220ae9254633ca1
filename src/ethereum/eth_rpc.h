/* JSON-RPC of Ethereum nodes: request bodies, several calls in one, and their answers; no I/O.
 *
 * An endpoint is not trusted: its answer must have exactly one entry for each call, found by id in
 * any order, with values in their strict form. What a value says is believed or not by who asked
 * several endpoints. Used by the view of the chain and by the publication of the root's hash.
 * Source: JSON-RPC 2.0; Ethereum execution APIs; EIP-1474, EIP-1898. */
#ifndef COFFER_ETHEREUM_ETH_RPC_H
#define COFFER_ETHEREUM_ETH_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "codec/json_out.h"
#include "ethereum/eth_address.h"

enum { ETH_RPC_HASH = 32 };

enum eth_rpc_block_kind {
    ETH_RPC_LATEST,
    ETH_RPC_SAFE,
    ETH_RPC_FINALIZED,
    ETH_RPC_PENDING, /* for the count of transactions only */
    ETH_RPC_NUMBER,
    ETH_RPC_BLOCK_HASH, /* of a block that must be part of the chain */
};

/* Which block is meant. */
struct eth_rpc_at {
    enum eth_rpc_block_kind kind;
    uint64_t number;
    uint8_t hash[ETH_RPC_HASH];
};

/* A request in the making. Calls get the ids first_id, first_id + 1, ... and are known by their
 * position from then on. */
struct eth_rpc {
    struct json_out out;
    size_t start; /* of the request in its buf */
    uint32_t first_id;
    uint32_t count;
};

/* Begin a request behind what is in buf. In: first_id, another one for each request, so that an
 * answer to an earlier one is not taken for this one's. */
struct eth_rpc eth_rpc_start(struct buf *buf, uint32_t first_id);

/* Add a call: LIMIT_ETH_RPC_BATCH at most. */
void eth_rpc_chain_id(struct eth_rpc *rpc);
void eth_rpc_max_priority_fee(struct eth_rpc *rpc);
void eth_rpc_block(struct eth_rpc *rpc, const struct eth_rpc_at *at);
void eth_rpc_code(struct eth_rpc *rpc, const struct eth_address *address,
                  const struct eth_rpc_at *at);
void eth_rpc_transaction_count(struct eth_rpc *rpc, const struct eth_address *address,
                               const struct eth_rpc_at *at);
void eth_rpc_balance(struct eth_rpc *rpc, const struct eth_address *address,
                     const struct eth_rpc_at *at);
void eth_rpc_call(struct eth_rpc *rpc, const struct eth_address *to, struct bytes data,
                  const struct eth_rpc_at *at);
/* Of what it would do in the newest block, whatever waits to be in one. */
void eth_rpc_estimate_gas(struct eth_rpc *rpc, const struct eth_address *from,
                          const struct eth_address *to, struct bytes data);
void eth_rpc_send(struct eth_rpc *rpc, struct bytes raw);
void eth_rpc_receipt(struct eth_rpc *rpc, const uint8_t transaction[static ETH_RPC_HASH]);

/* The request, in the memory of its buf: one object for one call, otherwise an array.
 * In: at least one call. Returns: OK, BUFFER_FULL. On failure: *ret_body is empty. */
struct status eth_rpc_finish(struct eth_rpc *rpc, struct bytes *ret_body);

/* One entry of an answer. */
struct eth_rpc_entry {
    struct json_in item;
    struct json_in result;
    bool is_there;
    bool has_result;      /* otherwise an error */
    int64_t error_code;   /* 0 when it is none that fits */
    struct bytes message; /* of an error; unsafe */
    struct bytes revert;  /* what the contract refused with, decoded; empty when there is none */
};

/* An answer. It lives in the arena that it was read into. */
struct eth_rpc_answer {
    struct json_in_doc doc;
    struct json_in root;
    struct eth_rpc_entry *entries; /* by position of the call */
    size_t count;
    struct arena *arena;
};

/* Read an answer to a request. In: body, unsafe, at most LIMIT_ETH_RPC_BODY.
 * Returns: OK, also when entries are errors; RPC_ERROR when the whole request was refused;
 * RPC_INVALID; NO_MEMORY. Out: ret, which must not move. On failure: it has no entries. */
struct status eth_rpc_read(const struct eth_rpc *rpc, struct bytes body, struct arena *arena,
                           struct eth_rpc_answer *ret);

/* The entry of a call: for its error. In: index, below the count. */
const struct eth_rpc_entry *eth_rpc_entry(const struct eth_rpc_answer *answer, size_t index);

/* The result of a call. Each returns: OK; CALL_REVERTED when a contract refused; RPC_ERROR for any
 * other error; RPC_NOTHING for null; RPC_INVALID when it is not of the type. On failure: zeros. */

/* A number below 2^64, or an amount of up to 256 bits, big-endian. */
struct status eth_rpc_u64(const struct eth_rpc_answer *answer, size_t index, uint64_t *ret);
struct status eth_rpc_u256(const struct eth_rpc_answer *answer, size_t index,
                           uint8_t ret[static 32]);

/* Bytes, which live in the arena: what a call answered, or code. Also returns: NO_MEMORY. */
struct status eth_rpc_data(const struct eth_rpc_answer *answer, size_t index,
                           struct bytes *ret_data);

/* 32 bytes: the hash of a transaction that was sent. */
struct status eth_rpc_hash(const struct eth_rpc_answer *answer, size_t index,
                           uint8_t ret_hash[static ETH_RPC_HASH]);

struct eth_rpc_header {
    uint64_t number;
    uint8_t hash[ETH_RPC_HASH];
    uint8_t parent[ETH_RPC_HASH];
    uint64_t timestamp; /* Unix seconds */
    bool has_base_fee;  /* chains before EIP-1559 have none */
    uint64_t base_fee;  /* wei */
};

/* A block. In: at, what was asked for: a number or hash must be the block's own. */
struct status eth_rpc_read_block(const struct eth_rpc_answer *answer, size_t index,
                                 const struct eth_rpc_at *at, struct eth_rpc_header *ret);

struct eth_rpc_outcome {
    uint64_t block_number;
    uint8_t block_hash[ETH_RPC_HASH];
    bool is_success;
    uint64_t gas_used;
};

/* What became of a transaction. In: transaction, the hash that was asked for. RPC_NOTHING: it is
 * not in a block yet. */
struct status eth_rpc_read_receipt(const struct eth_rpc_answer *answer, size_t index,
                                   const uint8_t transaction[static ETH_RPC_HASH],
                                   struct eth_rpc_outcome *ret);

#endif
