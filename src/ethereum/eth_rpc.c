#include "ethereum/eth_rpc.h"

#include <string.h>

#include "base/invariant.h"
#include "codec/hex.h"

enum { QUANTITY_MAX = 18 }; /* 0x and the digits of a u64 */

static void put_hex(struct json_out *out, struct bytes data)
{
    json_out_raw(out, BYTES_LITERAL("\"0x"));
    hex_put(out->buf, data);
    buf_put_u8(out->buf, '"');
}

/* Without leading zeros. */
static void put_quantity(struct json_out *out, uint64_t number)
{
    uint8_t memory[QUANTITY_MAX];
    size_t at = sizeof memory;
    do {
        memory[--at] = (uint8_t) "0123456789abcdef"[number & 15];
        number >>= 4;
    } while (number != 0);
    memory[--at] = 'x';
    memory[--at] = '0';
    json_out_string(out, (struct bytes){memory + at, sizeof memory - at});
}

static void put_address(struct json_out *out, const struct eth_address *address)
{
    put_hex(out, BYTES_ARRAY(address->b));
}

static void put_at(struct json_out *out, const struct eth_rpc_at *at)
{
    static const char *const words[] = {
        [ETH_RPC_LATEST] = "latest",
        [ETH_RPC_SAFE] = "safe",
        [ETH_RPC_FINALIZED] = "finalized",
        [ETH_RPC_PENDING] = "pending",
    };
    if (at->kind == ETH_RPC_NUMBER) {
        put_quantity(out, at->number);
    } else if (at->kind == ETH_RPC_BLOCK_HASH) {
        json_out_object(out);
        json_out_name(out, "blockHash");
        put_hex(out, BYTES_ARRAY(at->hash));
        json_out_member_bool(out, "requireCanonical", true);
        json_out_object_end(out);
    } else {
        INVARIANT((size_t)at->kind < sizeof words / sizeof words[0]);
        json_out_text(out, words[at->kind]);
    }
}

struct eth_rpc eth_rpc_start(struct buf *buf, uint32_t first_id)
{
    struct eth_rpc rpc = {json_out_over(buf), buf->len, first_id, 0};
    json_out_array(&rpc.out);
    return rpc;
}

/* Each call is: begin, its parameters, end. */
static struct json_out *begin(struct eth_rpc *rpc, const char *method)
{
    INVARIANT(rpc->count < LIMIT_ETH_RPC_BATCH);
    json_out_object(&rpc->out);
    json_out_member_text(&rpc->out, "jsonrpc", "2.0");
    json_out_member_u64(&rpc->out, "id", (uint64_t)rpc->first_id + rpc->count);
    json_out_member_text(&rpc->out, "method", method);
    json_out_name(&rpc->out, "params");
    json_out_array(&rpc->out);
    rpc->count++;
    return &rpc->out;
}

static void end(struct eth_rpc *rpc)
{
    json_out_array_end(&rpc->out);
    json_out_object_end(&rpc->out);
}

static void add_plain(struct eth_rpc *rpc, const char *method)
{
    begin(rpc, method);
    end(rpc);
}

void eth_rpc_chain_id(struct eth_rpc *rpc)
{
    add_plain(rpc, "eth_chainId");
}

void eth_rpc_max_priority_fee(struct eth_rpc *rpc)
{
    add_plain(rpc, "eth_maxPriorityFeePerGas");
}

void eth_rpc_block(struct eth_rpc *rpc, const struct eth_rpc_at *at)
{
    bool by_hash = at->kind == ETH_RPC_BLOCK_HASH;
    struct json_out *out = begin(rpc, by_hash ? "eth_getBlockByHash" : "eth_getBlockByNumber");
    if (by_hash) {
        put_hex(out, BYTES_ARRAY(at->hash));
    } else {
        put_at(out, at);
    }
    json_out_bool(out, false); /* hashes of the transactions are enough */
    end(rpc);
}

static void add_account(struct eth_rpc *rpc, const char *method, const struct eth_address *address,
                        const struct eth_rpc_at *at)
{
    struct json_out *out = begin(rpc, method);
    put_address(out, address);
    put_at(out, at);
    end(rpc);
}

void eth_rpc_code(struct eth_rpc *rpc, const struct eth_address *address,
                  const struct eth_rpc_at *at)
{
    add_account(rpc, "eth_getCode", address, at);
}

void eth_rpc_transaction_count(struct eth_rpc *rpc, const struct eth_address *address,
                               const struct eth_rpc_at *at)
{
    add_account(rpc, "eth_getTransactionCount", address, at);
}

void eth_rpc_balance(struct eth_rpc *rpc, const struct eth_address *address,
                     const struct eth_rpc_at *at)
{
    add_account(rpc, "eth_getBalance", address, at);
}

void eth_rpc_call(struct eth_rpc *rpc, const struct eth_address *to, struct bytes data,
                  const struct eth_rpc_at *at)
{
    struct json_out *out = begin(rpc, "eth_call");
    json_out_object(out);
    json_out_name(out, "to");
    put_address(out, to);
    /* Endpoints know the call data as input; older ones as data only. All read data. */
    json_out_name(out, "data");
    put_hex(out, data);
    json_out_object_end(out);
    put_at(out, at);
    end(rpc);
}

void eth_rpc_estimate_gas(struct eth_rpc *rpc, const struct eth_address *from,
                          const struct eth_address *to, struct bytes data)
{
    const struct eth_rpc_at newest = {.kind = ETH_RPC_LATEST};
    struct json_out *out = begin(rpc, "eth_estimateGas");
    json_out_object(out);
    json_out_name(out, "from");
    put_address(out, from);
    json_out_name(out, "to");
    put_address(out, to);
    json_out_name(out, "data");
    put_hex(out, data);
    json_out_object_end(out);
    put_at(out, &newest);
    end(rpc);
}

void eth_rpc_send(struct eth_rpc *rpc, struct bytes raw)
{
    put_hex(begin(rpc, "eth_sendRawTransaction"), raw);
    end(rpc);
}

void eth_rpc_receipt(struct eth_rpc *rpc, const uint8_t transaction[static ETH_RPC_HASH])
{
    put_hex(begin(rpc, "eth_getTransactionReceipt"), (struct bytes){transaction, ETH_RPC_HASH});
    end(rpc);
}

struct status eth_rpc_finish(struct eth_rpc *rpc, struct bytes *ret_body)
{
    struct buf *buf = rpc->out.buf;
    INVARIANT(rpc->count > 0);
    json_out_array_end(&rpc->out);
    *ret_body = (struct bytes){NULL, 0};
    TRY(buf_check(buf));
    *ret_body = bytes_slice(buf_bytes(buf), rpc->start, SIZE_MAX);
    if (rpc->count == 1) {
        /* Not every endpoint takes an array of one: leave its brackets out. */
        *ret_body = bytes_slice(*ret_body, 1, ret_body->len - 2);
    }
    return OK;
}
