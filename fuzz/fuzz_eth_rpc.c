/* covers: src/ethereum/eth_rpc_read.c */
#include <stddef.h>
#include <stdint.h>

#include "ethereum/eth_rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LONGEST = 16384, FIRST = 1 };

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static bool is_expected(struct status status)
{
    return status_is_ok(status) || status.code == STATUS_RPC_INVALID ||
           status.code == STATUS_RPC_ERROR || status.code == STATUS_RPC_NOTHING ||
           status.code == STATUS_CALL_REVERTED;
}

static bool is_zero(struct bytes data)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < data.len; i++) {
        seen |= data.ptr[i];
    }
    return seen == 0;
}

/* The ways to read a result agree with each other, and a failure leaves nothing. */
static void check_values(const struct eth_rpc_answer *answer, size_t i)
{
    uint64_t number;
    uint8_t amount[32];
    uint8_t hash[32];
    struct bytes bytes;
    struct status as_u64 = eth_rpc_u64(answer, i, &number);
    struct status as_u256 = eth_rpc_u256(answer, i, amount);
    struct status as_data = eth_rpc_data(answer, i, &bytes);
    struct status as_hash = eth_rpc_hash(answer, i, hash);
    require(is_expected(as_u64) && is_expected(as_u256) && is_expected(as_data));
    require(!status_is_ok(as_u64) || status_is_ok(as_u256));
    require(status_is_ok(as_u64) || number == 0);
    require(status_is_ok(as_u256) || is_zero(BYTES_ARRAY(amount)));
    require(status_is_ok(as_data) || bytes.len == 0);
    require(status_is_ok(as_hash) == (status_is_ok(as_data) && bytes.len == 32));
    require(status_is_ok(as_hash) ? bytes_equal(bytes, BYTES_ARRAY(hash))
                                  : is_zero(BYTES_ARRAY(hash)));
}

static void check_records(const struct eth_rpc_answer *answer, size_t i)
{
    static const uint8_t transaction[32] = {0x11};
    struct eth_rpc_at latest = {.kind = ETH_RPC_LATEST};
    struct eth_rpc_header header;
    struct eth_rpc_outcome outcome;
    struct status status = eth_rpc_read_block(answer, i, &latest, &header);
    require(is_expected(status));
    if (status_is_ok(status)) {
        struct eth_rpc_at at = {.kind = ETH_RPC_NUMBER, .number = header.number};
        require(status_is_ok(eth_rpc_read_block(answer, i, &at, &header)));
        at.number++;
        require(eth_rpc_read_block(answer, i, &at, &header).code == STATUS_RPC_INVALID);
    }
    require(header.number == 0 || status_is_ok(status));
    status = eth_rpc_read_receipt(answer, i, transaction, &outcome);
    require(is_expected(status) && (status_is_ok(status) || outcome.gas_used == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct arena arena;
    if (arena.base == NULL) {
        require(status_is_ok(arena_init(&arena, (size_t)64 << 20)));
    }
    if (len == 0) {
        return 0;
    }
    arena_reset(&arena);
    /* The first byte is the number of calls. */
    struct eth_rpc rpc = {.first_id = FIRST, .count = 1 + data[0] % 4u};
    struct bytes body = {data + 1, len - 1 < LONGEST ? len - 1 : LONGEST};
    struct eth_rpc_answer answer;
    struct status status = eth_rpc_read(&rpc, body, &arena, &answer);
    require(status_is_ok(status) || status.code == STATUS_RPC_INVALID ||
            status.code == STATUS_RPC_ERROR);
    require(answer.count == (status_is_ok(status) ? rpc.count : 0));
    for (size_t i = 0; i < answer.count; i++) {
        const struct eth_rpc_entry *entry = eth_rpc_entry(&answer, i);
        require(entry->is_there && (entry->has_result || entry->result.doc == &answer.doc));
        check_values(&answer, i);
        check_records(&answer, i);
    }
    return 0;
}
