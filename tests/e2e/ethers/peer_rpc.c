/* The JSON-RPC part of the peer: a request of calls, and what its answer says.
 *
 *   request ID CALL ...   the body; a call is chain, number, priority, block:AT, code:ADDRESS:AT,
 *                         count:ADDRESS:AT, balance:ADDRESS:AT, call:ADDRESS:DATA:AT, send:RAW or
 *                         receipt:HASH; AT is latest, safe, finalized, pending, a number or a hash
 *   answer BODY           to the last request: for each call a code or the fields, and a semicolon
 *                         between two */
#include <string.h>

#include "base/invariant.h"
#include "e2e/ethers/peer.h"
#include "ethereum/eth_rpc.h"

enum { PARTS_MAX = 4, BODY_MAX = 1 << 19 };

struct call {
    struct bytes part[PARTS_MAX];
    struct eth_rpc_at at; /* its last part, where that is one */
    struct eth_address address;
};

/* The last request: what its answer is read with. */
static struct eth_rpc rpc;
static struct call calls[PEER_WORDS_MAX];

static bool is(const struct call *call, const char *name)
{
    return bytes_equal(call->part[0], bytes_of(name));
}

static struct eth_rpc_at at_of(struct peer_command *command, struct bytes text)
{
    static const char *const words[] = {"latest", "safe", "finalized", "pending"};
    struct eth_rpc_at at = {.kind = ETH_RPC_NUMBER};
    for (size_t i = 0; i < 4; i++) {
        if (bytes_equal(text, bytes_of(words[i]))) {
            at.kind = (enum eth_rpc_block_kind)(ETH_RPC_LATEST + i);
            return at;
        }
    }
    if (bytes_starts(text, BYTES_LITERAL("0x"))) {
        at.kind = ETH_RPC_BLOCK_HASH;
        peer_copy_hex(command, text, at.hash, sizeof at.hash);
    } else {
        at.number = peer_number(text);
    }
    return at;
}

static struct call call_of(struct peer_command *command, struct bytes text)
{
    struct call call = {0};
    for (size_t i = 0; i < PARTS_MAX && text.len != 0; i++) {
        size_t len = bytes_find(text, ':');
        call.part[i] = bytes_slice(text, 0, len);
        text = bytes_slice(text, len + 1, SIZE_MAX);
    }
    if (is(&call, "block")) {
        call.at = at_of(command, call.part[1]);
    } else if (call.part[2].len != 0) {
        peer_copy_hex(command, call.part[1], call.address.b, sizeof call.address.b);
        call.at = at_of(command, call.part[call.part[3].len != 0 ? 3 : 2]);
    }
    return call;
}

static void add(struct peer_command *command, const struct call *call)
{
    if (is(call, "chain")) {
        eth_rpc_chain_id(&rpc);
    } else if (is(call, "priority")) {
        eth_rpc_max_priority_fee(&rpc);
    } else if (is(call, "block")) {
        eth_rpc_block(&rpc, &call->at);
    } else if (is(call, "code")) {
        eth_rpc_code(&rpc, &call->address, &call->at);
    } else if (is(call, "count")) {
        eth_rpc_transaction_count(&rpc, &call->address, &call->at);
    } else if (is(call, "balance")) {
        eth_rpc_balance(&rpc, &call->address, &call->at);
    } else if (is(call, "call")) {
        eth_rpc_call(&rpc, &call->address, peer_hex(command, call->part[2]), &call->at);
    } else if (is(call, "send")) {
        eth_rpc_send(&rpc, peer_hex(command, call->part[1]));
    } else {
        eth_rpc_receipt(&rpc, peer_hex(command, call->part[1]).ptr);
    }
}

struct status peer_request(struct peer_command *command, struct buf *out)
{
    static uint8_t memory[BODY_MAX];
    static uint8_t words[BODY_MAX]; /* the calls outlive their line */
    struct buf buf = buf_over(memory, sizeof memory);
    struct buf kept = buf_over(words, sizeof words);
    struct bytes body;
    rpc = eth_rpc_start(&buf, (uint32_t)peer_number(command->word[1]));
    for (size_t i = 2; i < command->count; i++) {
        size_t start = kept.len;
        buf_put(&kept, command->word[i]);
        calls[i - 2] = call_of(command, bytes_slice(buf_bytes(&kept), start, SIZE_MAX));
        add(command, &calls[i - 2]);
    }
    INVARIANT(!kept.failed);
    TRY(eth_rpc_finish(&rpc, &body));
    buf_put(out, body);
    return OK;
}

static void put_block(struct buf *out, const struct eth_rpc_header *header)
{
    peer_put_number(out, header->number);
    peer_put_hex(out, BYTES_ARRAY(header->hash));
    peer_put_hex(out, BYTES_ARRAY(header->parent));
    peer_put_number(out, header->timestamp);
    peer_put_number(out, header->base_fee);
}

static struct status put_result(const struct eth_rpc_answer *answer, size_t index, struct buf *out)
{
    const struct call *call = &calls[index];
    uint64_t number;
    uint8_t word[32];
    struct bytes data;
    if (is(call, "block")) {
        struct eth_rpc_header header;
        TRY(eth_rpc_read_block(answer, index, &call->at, &header));
        put_block(out, &header);
    } else if (is(call, "code") || is(call, "call")) {
        TRY(eth_rpc_data(answer, index, &data));
        peer_put_hex(out, data);
    } else if (is(call, "balance")) {
        TRY(eth_rpc_u256(answer, index, word));
        peer_put_hex(out, BYTES_ARRAY(word));
    } else if (is(call, "send")) {
        TRY(eth_rpc_hash(answer, index, word));
        peer_put_hex(out, BYTES_ARRAY(word));
    } else if (is(call, "receipt")) {
        struct peer_command scratch = {.memory = buf_over((uint8_t[64]){0}, 64)};
        struct eth_rpc_outcome outcome;
        struct bytes hash = peer_hex(&scratch, call->part[1]);
        TRY(eth_rpc_read_receipt(answer, index, hash.ptr, &outcome));
        peer_put_number(out, outcome.block_number);
        peer_put_hex(out, BYTES_ARRAY(outcome.block_hash));
        peer_put_number(out, outcome.is_success ? 1 : 0);
        peer_put_number(out, outcome.gas_used);
    } else {
        TRY(eth_rpc_u64(answer, index, &number));
        peer_put_number(out, number);
    }
    return OK;
}

struct status peer_answer(struct peer_command *command, struct buf *out)
{
    static struct arena arena;
    struct eth_rpc_answer answer;
    if (arena.base == NULL) {
        TRY(arena_init(&arena, (size_t)256 << 20));
    }
    arena_reset(&arena);
    TRY(eth_rpc_read(&rpc, peer_hex(command, command->word[1]), &arena, &answer));
    for (size_t i = 0; i < answer.count; i++) {
        if (i != 0) {
            peer_put_text(out, ";");
        }
        struct status status = put_result(&answer, i, out);
        if (!status_is_ok(status)) {
            peer_put_text(out, status_name(status.code));
        }
        if (eth_rpc_entry(&answer, i)->revert.len != 0) {
            peer_put_hex(out, eth_rpc_entry(&answer, i)->revert);
        }
    }
    return OK;
}
