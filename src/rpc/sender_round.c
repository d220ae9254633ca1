#include <string.h>

#include "base/invariant.h"
#include "rpc/sender_internal.h"

/* --- asking ----------------------------------------------------------------------------------- */

static void put_value_call(const struct sender *sender, struct eth_rpc *rpc)
{
    uint8_t memory[NOVA_ABI_CALL];
    struct buf data = buf_over(memory, sizeof memory);
    const struct eth_rpc_at newest = {.kind = ETH_RPC_LATEST};
    enum sender_kind kind = sender->purpose.kind;
    if (kind == SENDER_PROPOSE || kind == SENDER_EXECUTE) {
        nova_abi_put_number(&data, NOVA_ABI_PENDING_PROPOSAL, NOVA_ABI_PROPOSAL_EPOCH);
    } else {
        nova_abi_put(&data,
                     kind == SENDER_ANCHOR ? NOVA_ABI_ANCHORED : NOVA_ABI_MASTER_SECRET_HASH);
    }
    eth_rpc_call(rpc, &sender->setup.registry, buf_bytes(&data), &newest);
}

/* In: index, of the call. */
static void put_call(const struct sender *sender, size_t index, struct eth_rpc *rpc)
{
    const struct sender_setup *setup = &sender->setup;
    const struct eth_rpc_at newest = {.kind = ETH_RPC_LATEST};
    enum sender_call_kind kind = sender->calls[index];
    switch (kind) {
    case SENDER_CALL_CHAIN:
        eth_rpc_chain_id(rpc);
        break;
    case SENDER_CALL_BLOCK:
        eth_rpc_block(rpc, &newest);
        break;
    case SENDER_CALL_COUNT:
        eth_rpc_transaction_count(rpc, &setup->wallet, &newest);
        break;
    case SENDER_CALL_TIP:
        eth_rpc_max_priority_fee(rpc);
        break;
    case SENDER_CALL_BALANCE:
        eth_rpc_balance(rpc, &setup->wallet, &newest);
        break;
    case SENDER_CALL_VALUE:
        put_value_call(sender, rpc);
        break;
    case SENDER_CALL_ESTIMATE:
        eth_rpc_estimate_gas(rpc, &setup->wallet, &setup->registry,
                             (struct bytes){sender->data, sender->data_len});
        break;
    case SENDER_CALL_SEND:
        eth_rpc_send(rpc, (struct bytes){sender->raw, sender->raw_len});
        break;
    case SENDER_CALL_RECEIPT:
    case SENDER_CALLS_MAX:
    default:
        eth_rpc_receipt(rpc, sender->versions[kind - SENDER_CALL_RECEIPT].hash);
        break;
    }
}

/* Write the next request of an endpoint. */
static void prepare_request(struct sender *sender, struct sender_place *place)
{
    struct buf request = buf_over(place->memory, sizeof place->memory);
    size_t left = sender->count - place->first;
    place->some = left < sender->setup.batch ? left : sender->setup.batch;
    place->rpc = eth_rpc_start(&request, sender->next_id);
    sender->next_id += (uint32_t)place->some;
    for (size_t i = 0; i < place->some; i++) {
        put_call(sender, place->first + i, &place->rpc);
    }
    INVARIANT(status_is_ok(eth_rpc_finish(&place->rpc, &place->body)));
    place->is_to_post = true;
}

void sender_round_begin(struct sender *sender, uint64_t now_ms, const enum sender_call_kind *calls,
                        size_t count)
{
    INVARIANT(count <= SENDER_CALLS_MAX);
    memcpy(sender->calls, calls, count * sizeof calls[0]);
    sender->count = count;
    sender->deadline_ms = now_ms + SENDER_ROUND_MS;
    sender->has_round = true;
    sender->has_quorum = false;
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        struct sender_place *place = &sender->places[i];
        place->is_busy = true;
        place->is_good = false;
        place->first = 0;
        place->facts = (struct sender_facts){.reason = ""};
        prepare_request(sender, place);
    }
}

bool sender_round_post(struct sender *sender, uint64_t now_ms, struct sender_action *ret_action)
{
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        struct sender_place *place = &sender->places[i];
        if (!place->is_to_post) {
            continue;
        }
        place->is_to_post = false;
        uint64_t left_ms = sender->deadline_ms > now_ms ? sender->deadline_ms - now_ms : 1;
        *ret_action = (struct sender_action){.kind = SENDER_POST,
                                             .endpoint = i,
                                             .body = place->body,
                                             .timeout_ms = (uint32_t)left_ms};
        return true;
    }
    return false;
}

bool sender_round_is_over(const struct sender *sender, uint64_t now_ms)
{
    bool is_busy = false;
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        is_busy |= sender->places[i].is_busy;
    }
    return !is_busy || now_ms >= sender->deadline_ms;
}

/* --- answers ---------------------------------------------------------------------------------- */

static struct status read_value(const struct sender *sender, struct bytes data,
                                struct nova_abi_anchor *ret)
{
    enum sender_kind kind = sender->purpose.kind;
    struct nova_abi_proposal proposal;
    if (kind == SENDER_ROOT_HASH) {
        return nova_abi_read_word(data, ret->header);
    }
    if (kind == SENDER_ANCHOR) {
        return nova_abi_read_anchor(data, ret);
    }
    TRY(nova_abi_read_proposal(data, &proposal));
    ret->height = kind == SENDER_PROPOSE ? proposal.epoch : proposal.id;
    memcpy(ret->header, proposal.commitment, sizeof ret->header);
    return OK;
}

static void take_value(const struct sender *sender, const struct eth_rpc_answer *answer,
                       size_t index, struct sender_facts *facts)
{
    struct bytes data;
    struct status status = eth_rpc_data(answer, index, &data);
    if (status_is_ok(status)) {
        status = read_value(sender, data, &facts->value);
        facts->is_value_bad = !status_is_ok(status);
    } else {
        facts->is_value_bad = status.code == STATUS_CALL_REVERTED;
    }
    facts->has |= status_is_ok(status) || facts->is_value_bad ? 1u << SENDER_CALL_VALUE : 0;
}

static struct status take_estimate(const struct eth_rpc_answer *answer, size_t index,
                                   struct sender_facts *facts)
{
    struct status status = eth_rpc_u64(answer, index, &facts->gas);
    if (status.code == STATUS_CALL_REVERTED) {
        facts->is_revert = true;
        facts->reason = nova_abi_error(eth_rpc_entry(answer, index)->revert);
        return OK;
    }
    return status;
}

/* More than fits is as good as what does. */
static struct status take_balance(const struct eth_rpc_answer *answer, size_t index, uint64_t *ret)
{
    uint8_t amount[32];
    TRY(eth_rpc_u256(answer, index, amount));
    bool is_large = false;
    *ret = 0;
    for (size_t i = 0; i < sizeof amount; i++) {
        is_large |= i < sizeof amount - 8 && amount[i] != 0;
        *ret = *ret << 8 | amount[i];
    }
    *ret = is_large ? UINT64_MAX : *ret;
    return OK;
}

static void take_verdict(const struct sender *sender, const struct eth_rpc_answer *answer,
                         size_t index, struct sender_facts *facts)
{
    uint8_t hash[ETH_RPC_HASH];
    const struct eth_rpc_entry *entry = eth_rpc_entry(answer, index);
    const struct sender_version *last = &sender->versions[sender->versions_count - 1];
    if (entry->has_result) {
        bool is_it = status_is_ok(eth_rpc_hash(answer, index, hash)) &&
                     bytes_equal(BYTES_ARRAY(hash), BYTES_ARRAY(last->hash));
        facts->verdict = is_it ? SENDER_ACCEPTED : SENDER_REFUSED;
        return;
    }
    struct bytes text = bytes_slice(entry->message, 0, SENDER_TEXT_MAX - 1);
    if (text.len != 0) {
        memcpy(facts->text, text.ptr, text.len);
    }
    facts->verdict = sender_verdict_of(entry->message);
}

static void take_receipt(const struct sender *sender, const struct eth_rpc_answer *answer,
                         size_t index, size_t version, struct sender_facts *facts)
{
    struct eth_rpc_outcome outcome;
    if (status_is_ok(
            eth_rpc_read_receipt(answer, index, sender->versions[version].hash, &outcome))) {
        facts->receipts[version] = outcome.is_success ? SENDER_DONE : SENDER_REVERTED;
        facts->blocks[version] = outcome.block_number;
    }
}

/* A chain before EIP-1559 has no base fee: it does not take what is sent here. */
static struct status take_block(const struct eth_rpc_answer *answer, size_t index,
                                uint64_t *ret_base_fee)
{
    struct eth_rpc_header header;
    const struct eth_rpc_at newest = {.kind = ETH_RPC_LATEST};
    TRY(eth_rpc_read_block(answer, index, &newest, &header));
    *ret_base_fee = header.base_fee;
    return header.has_base_fee ? OK : FAIL(RPC_INVALID);
}

/* In: index, in the answer. */
static void take_one(const struct sender *sender, enum sender_call_kind kind,
                     const struct eth_rpc_answer *answer, size_t index, struct sender_facts *facts)
{
    struct status status;
    switch (kind) {
    case SENDER_CALL_CHAIN:
        status = eth_rpc_u64(answer, index, &facts->chain_id);
        break;
    case SENDER_CALL_BLOCK:
        status = take_block(answer, index, &facts->base_fee);
        break;
    case SENDER_CALL_COUNT:
        status = eth_rpc_u64(answer, index, &facts->count);
        break;
    case SENDER_CALL_TIP:
        status = eth_rpc_u64(answer, index, &facts->tip);
        break;
    case SENDER_CALL_BALANCE:
        status = take_balance(answer, index, &facts->balance);
        break;
    case SENDER_CALL_ESTIMATE:
        status = take_estimate(answer, index, facts);
        break;
    case SENDER_CALL_VALUE:
        take_value(sender, answer, index, facts);
        return;
    case SENDER_CALL_SEND:
        take_verdict(sender, answer, index, facts);
        return;
    case SENDER_CALL_RECEIPT:
    case SENDER_CALLS_MAX:
    default:
        take_receipt(sender, answer, index, (size_t)kind - SENDER_CALL_RECEIPT, facts);
        return;
    }
    facts->has |= status_is_ok(status) ? 1u << kind : 0;
}

static bool take_answer(struct sender *sender, struct sender_place *place, struct bytes body)
{
    struct eth_rpc_answer answer;
    arena_reset(&sender->arena);
    if (body.ptr == NULL ||
        !status_is_ok(eth_rpc_read(&place->rpc, body, &sender->arena, &answer))) {
        return false;
    }
    for (size_t i = 0; i < place->some; i++) {
        take_one(sender, sender->calls[place->first + i], &answer, i, &place->facts);
    }
    place->first += place->some;
    return true;
}

/* The end of an endpoint's part. */
static void finish_place(struct sender *sender, uint64_t now_ms, size_t endpoint)
{
    size_t good = 0;
    struct sender_place *place = &sender->places[endpoint];
    bool is_asked = sender->calls[0] == SENDER_CALL_CHAIN;
    bool has_chain = (place->facts.has & 1u << SENDER_CALL_CHAIN) != 0;
    place->is_busy = false;
    place->is_good = !is_asked || (has_chain && place->facts.chain_id == sender->setup.chain_id);
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        good += !sender->places[i].is_busy && sender->places[i].is_good;
    }
    if (good >= sender->setup.quorum && !sender->has_quorum) {
        uint64_t end_ms = now_ms + SENDER_GRACE_MS;
        sender->has_quorum = true;
        sender->deadline_ms = end_ms < sender->deadline_ms ? end_ms : sender->deadline_ms;
    }
}

void sender_answered(struct sender *sender, uint64_t now_ms, size_t endpoint, struct bytes body)
{
    INVARIANT(endpoint < sender->setup.endpoints);
    struct sender_place *place = &sender->places[endpoint];
    if (!sender->has_round || !place->is_busy || place->is_to_post) {
        return;
    }
    if (!take_answer(sender, place, body)) {
        place->is_busy = false;
        place->facts = (struct sender_facts){.reason = ""};
    } else if (place->first < sender->count) {
        prepare_request(sender, place);
    } else {
        finish_place(sender, now_ms, endpoint);
    }
}
