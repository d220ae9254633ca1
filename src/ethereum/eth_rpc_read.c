#include <string.h>

#include "base/invariant.h"
#include "codec/hex.h"
#include "ethereum/eth_rpc.h"

enum {
    /* What endpoints answer with when a contract refused: most of them, and the older ones. */
    CODE_REVERTED = 3,
    CODE_REVERTED_OLD = -32015,
};

/* Bytes of 0x hex text, in the arena. */
static struct status decode(struct arena *arena, struct bytes text, struct bytes *ret)
{
    size_t len = text.len < 2 ? 0 : (text.len - 2) / 2;
    uint8_t *memory = arena_alloc(arena, len + 1);
    *ret = (struct bytes){NULL, 0};
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    if (!status_is_ok(hex_read_0x(text, len, memory))) {
        return FAIL(RPC_INVALID);
    }
    *ret = (struct bytes){memory, len};
    return OK;
}

static struct status read_error(struct eth_rpc_answer *answer, const struct json_in *error,
                                struct eth_rpc_entry *entry)
{
    struct json_in member;
    struct bytes text;
    if (!json_in_find(error, "code", &member) || json_in_kind(&member) != JSON_IN_INTEGER) {
        return FAIL(RPC_INVALID);
    }
    entry->error_code = json_in_integer(&member);
    if (!json_in_find(error, "message", &member) ||
        !status_is_ok(json_in_string(&member, &entry->message))) {
        return FAIL(RPC_INVALID);
    }
    /* The rest is as each endpoint likes; a contract's reason is understood in the common form. */
    if (json_in_find(error, "data", &member) && status_is_ok(json_in_string(&member, &text))) {
        struct status status = decode(answer->arena, text, &entry->revert);
        return status.code == STATUS_NO_MEMORY ? status : OK;
    }
    return OK;
}

/* The position of the call that an entry answers. */
static bool find_position(const struct eth_rpc *rpc, const struct json_in *item, size_t *ret)
{
    struct json_in member;
    struct bytes version;
    uint64_t id = 0;
    bool holds = json_in_find(item, "jsonrpc", &member) &&
                 status_is_ok(json_in_string(&member, &version)) &&
                 bytes_equal(version, BYTES_LITERAL("2.0")) && json_in_find(item, "id", &member) &&
                 status_is_ok(json_in_u64(&member, rpc->first_id,
                                          (uint64_t)rpc->first_id + rpc->count - 1, &id));
    *ret = holds ? (size_t)(id - rpc->first_id) : 0;
    return holds;
}

static struct status read_entry(const struct eth_rpc *rpc, const struct json_in *item,
                                struct eth_rpc_answer *answer)
{
    size_t position;
    struct json_in error;
    if (!find_position(rpc, item, &position) || answer->entries[position].is_there) {
        return FAIL(RPC_INVALID);
    }
    struct eth_rpc_entry *entry = &answer->entries[position];
    entry->item = *item;
    entry->is_there = true;
    entry->has_result = status_is_ok(json_in_member(&entry->item, "result", &entry->result));
    if (!json_in_find(&entry->item, "error", &error)) {
        return entry->has_result ? OK : FAIL(RPC_INVALID);
    }
    if (entry->has_result && json_in_kind(&entry->result) != JSON_IN_NULL) {
        return FAIL(RPC_INVALID);
    }
    entry->has_result = false;
    return read_error(answer, &error, entry);
}

/* True for the answer of an endpoint that refuses a request before it looks at the calls. */
static bool is_refusal(const struct eth_rpc *rpc, const struct json_in *root)
{
    struct json_in member;
    return json_in_kind(root) == JSON_IN_OBJECT && json_in_find(root, "error", &member) &&
           (rpc->count > 1 || !json_in_find(root, "id", &member));
}

static struct status read_entries(const struct eth_rpc *rpc, struct eth_rpc_answer *answer)
{
    size_t count = 0;
    if (is_refusal(rpc, &answer->root)) {
        return FAIL(RPC_ERROR);
    }
    if (rpc->count == 1) {
        return read_entry(rpc, &answer->root, answer);
    }
    if (json_in_kind(&answer->root) != JSON_IN_ARRAY ||
        !status_is_ok(json_in_count(&answer->root, &count)) || count != rpc->count) {
        return FAIL(RPC_INVALID);
    }
    /* As many entries as calls, none twice: every call has one. */
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&answer->root, i);
        TRY(read_entry(rpc, &item, answer));
    }
    return OK;
}

struct status eth_rpc_read(const struct eth_rpc *rpc, struct bytes body, struct arena *arena,
                           struct eth_rpc_answer *ret)
{
    *ret = (struct eth_rpc_answer){.arena = arena};
    if (body.len > LIMIT_ETH_RPC_BODY) {
        return FAIL(RPC_INVALID);
    }
    TRY(status_judged(json_in_parse(arena, body, &ret->doc), FAIL(RPC_INVALID)));
    ret->root = json_in_root(&ret->doc);
    ret->entries = arena_array(arena, rpc->count, sizeof *ret->entries);
    struct status status = ret->entries == NULL ? FAIL(NO_MEMORY) : read_entries(rpc, ret);
    ret->count = status_is_ok(status) ? rpc->count : 0;
    return status;
}

const struct eth_rpc_entry *eth_rpc_entry(const struct eth_rpc_answer *answer, size_t index)
{
    INVARIANT(index < answer->count);
    return &answer->entries[index];
}

/* The result of a call, which is not null. */
static struct status result_of(const struct eth_rpc_answer *answer, size_t index,
                               const struct json_in **ret)
{
    const struct eth_rpc_entry *entry = eth_rpc_entry(answer, index);
    *ret = &entry->result;
    if (entry->has_result) {
        return json_in_kind(&entry->result) == JSON_IN_NULL ? FAIL(RPC_NOTHING) : OK;
    }
    bool is_revert = entry->error_code == CODE_REVERTED || entry->error_code == CODE_REVERTED_OLD ||
                     bytes_starts(entry->message, BYTES_LITERAL("execution reverted"));
    return is_revert ? FAIL(CALL_REVERTED) : FAIL(RPC_ERROR);
}

/* A quantity: 0x, lower-case digits, no leading zero. Out: limbs, least significant first. */
static bool quantity(const struct json_in *at, uint64_t ret[static 4])
{
    struct bytes text;
    if (!status_is_ok(json_in_string(at, &text)) || !bytes_starts(text, BYTES_LITERAL("0x"))) {
        return false;
    }
    struct bytes digits = bytes_slice(text, 2, SIZE_MAX);
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] >= 'A' && digits.ptr[i] <= 'F') {
            return false;
        }
    }
    return status_is_ok(hex_u256(digits, ret)) && (digits.len == 1 || digits.ptr[0] != '0');
}

static bool quantity_u64(const struct json_in *at, uint64_t *ret)
{
    uint64_t limb[4];
    bool holds = quantity(at, limb) && (limb[1] | limb[2] | limb[3]) == 0;
    *ret = holds ? limb[0] : 0;
    return holds;
}

static bool hash_at(const struct json_in *at, uint8_t ret[static ETH_RPC_HASH])
{
    struct bytes text;
    memset(ret, 0, ETH_RPC_HASH);
    return status_is_ok(json_in_string(at, &text)) &&
           status_is_ok(hex_read_0x(text, ETH_RPC_HASH, ret));
}

static bool member_u64(const struct json_in *at, const char *name, uint64_t *ret)
{
    struct json_in member;
    return json_in_find(at, name, &member) && quantity_u64(&member, ret);
}

static bool member_hash(const struct json_in *at, const char *name,
                        uint8_t ret[static ETH_RPC_HASH])
{
    struct json_in member;
    return json_in_find(at, name, &member) && hash_at(&member, ret);
}

struct status eth_rpc_u64(const struct eth_rpc_answer *answer, size_t index, uint64_t *ret)
{
    const struct json_in *result;
    *ret = 0;
    TRY(result_of(answer, index, &result));
    return quantity_u64(result, ret) ? OK : FAIL(RPC_INVALID);
}

struct status eth_rpc_u256(const struct eth_rpc_answer *answer, size_t index,
                           uint8_t ret[static 32])
{
    const struct json_in *result;
    uint64_t limb[4];
    memset(ret, 0, 32);
    TRY(result_of(answer, index, &result));
    if (!quantity(result, limb)) {
        return FAIL(RPC_INVALID);
    }
    struct buf out = buf_over(ret, 32);
    for (size_t i = 4; i-- > 0;) {
        buf_put_u64(&out, limb[i]);
    }
    return OK;
}

struct status eth_rpc_data(const struct eth_rpc_answer *answer, size_t index,
                           struct bytes *ret_data)
{
    const struct json_in *result;
    struct bytes text;
    *ret_data = (struct bytes){NULL, 0};
    TRY(result_of(answer, index, &result));
    if (!status_is_ok(json_in_string(result, &text))) {
        return FAIL(RPC_INVALID);
    }
    return decode(answer->arena, text, ret_data);
}

struct status eth_rpc_hash(const struct eth_rpc_answer *answer, size_t index,
                           uint8_t ret_hash[static ETH_RPC_HASH])
{
    const struct json_in *result;
    memset(ret_hash, 0, ETH_RPC_HASH);
    TRY(result_of(answer, index, &result));
    return hash_at(result, ret_hash) ? OK : FAIL(RPC_INVALID);
}

/* True when a block is the one that was asked for, as far as that says which. */
static bool is_asked(const struct eth_rpc_header *header, const struct eth_rpc_at *at)
{
    bool is_number = at->kind != ETH_RPC_NUMBER || header->number == at->number;
    bool is_hash = at->kind != ETH_RPC_BLOCK_HASH ||
                   bytes_equal(BYTES_ARRAY(header->hash), BYTES_ARRAY(at->hash));
    return is_number && is_hash;
}

struct status eth_rpc_read_block(const struct eth_rpc_answer *answer, size_t index,
                                 const struct eth_rpc_at *at, struct eth_rpc_header *ret)
{
    const struct json_in *result;
    struct json_in fee;
    struct eth_rpc_header header = {0};
    *ret = header;
    TRY(result_of(answer, index, &result));
    bool holds = member_u64(result, "number", &header.number) &&
                 member_hash(result, "hash", header.hash) &&
                 member_hash(result, "parentHash", header.parent) &&
                 member_u64(result, "timestamp", &header.timestamp);
    header.has_base_fee = holds && json_in_find(result, "baseFeePerGas", &fee);
    if (!holds || (header.has_base_fee && !quantity_u64(&fee, &header.base_fee)) ||
        !is_asked(&header, at)) {
        return FAIL(RPC_INVALID);
    }
    *ret = header;
    return OK;
}

struct status eth_rpc_read_receipt(const struct eth_rpc_answer *answer, size_t index,
                                   const uint8_t transaction[static ETH_RPC_HASH],
                                   struct eth_rpc_outcome *ret)
{
    const struct json_in *result;
    uint8_t hash[ETH_RPC_HASH];
    uint64_t success = 0;
    struct eth_rpc_outcome outcome = {0};
    *ret = outcome;
    TRY(result_of(answer, index, &result));
    if (!member_hash(result, "transactionHash", hash) ||
        !bytes_equal(BYTES_ARRAY(hash), (struct bytes){transaction, ETH_RPC_HASH}) ||
        !member_u64(result, "blockNumber", &outcome.block_number) ||
        !member_hash(result, "blockHash", outcome.block_hash) ||
        !member_u64(result, "status", &success) || success > 1 ||
        !member_u64(result, "gasUsed", &outcome.gas_used)) {
        return FAIL(RPC_INVALID);
    }
    outcome.is_success = success == 1;
    *ret = outcome;
    return OK;
}
