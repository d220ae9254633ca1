#include <string.h>

#include "rpc/rpc_rounds_internal.h"

_Static_assert(RPC_ROUNDS_ANSWER <= LIMIT_ETH_RPC_BODY, "an answer can be read");

static void put_read(struct eth_rpc *rpc, const struct registry_read *read)
{
    struct eth_rpc_at at = {.kind = ETH_RPC_LATEST, .number = read->number};
    memcpy(at.hash, read->hash, sizeof at.hash);
    switch (read->kind) {
    case REGISTRY_READ_CHAIN_ID:
        eth_rpc_chain_id(rpc);
        return;
    case REGISTRY_READ_CODE:
        eth_rpc_code(rpc, &read->to, &at);
        return;
    case REGISTRY_READ_CALL:
        at.kind = ETH_RPC_BLOCK_HASH;
        eth_rpc_call(rpc, &read->to, (struct bytes){read->data, read->data_len}, &at);
        return;
    case REGISTRY_READ_BLOCK:
        at.kind = ETH_RPC_NUMBER;
        break;
    case REGISTRY_READ_SAFE:
        at.kind = ETH_RPC_SAFE;
        break;
    case REGISTRY_READ_FINALIZED:
        at.kind = ETH_RPC_FINALIZED;
        break;
    case REGISTRY_READ_LATEST:
    default:
        break;
    }
    eth_rpc_block(rpc, &at);
}

struct status rpc_rounds_ask(struct rpc_rounds *rounds, struct rpc_rounds_place *place,
                             struct bytes *ret_body)
{
    size_t left = place->count - place->first;
    place->some = left < rounds->batch ? left : rounds->batch;
    place->request = buf_over(place->request.ptr, place->request.cap);
    place->rpc = eth_rpc_start(&place->request, rounds->next_id);
    rounds->next_id += (uint32_t)place->some;
    for (size_t i = 0; i < place->some; i++) {
        put_read(&place->rpc, &rounds->read[place->read[place->first + i]]);
    }
    return eth_rpc_finish(&place->rpc, ret_body);
}

static struct status take_block(const struct eth_rpc_answer *answer, size_t index,
                                const struct registry_read *read, struct registry_answer *ret)
{
    struct eth_rpc_header header;
    struct eth_rpc_at at = {.kind = ETH_RPC_LATEST, .number = read->number};
    at.kind = read->kind == REGISTRY_READ_BLOCK ? ETH_RPC_NUMBER : ETH_RPC_LATEST;
    TRY(eth_rpc_read_block(answer, index, &at, &header));
    ret->kind = REGISTRY_ANSWER_BLOCK;
    ret->number = header.number;
    ret->time = header.timestamp;
    memcpy(ret->hash, header.hash, sizeof ret->hash);
    return OK;
}

/* Bytes are kept until the endpoint has answered the whole work; the arena is for one answer. */
static struct status take_data(const struct eth_rpc_answer *answer, size_t index, struct buf *keep,
                               struct registry_answer *ret)
{
    struct bytes data;
    struct status status = eth_rpc_data(answer, index, &data);
    if (status.code == STATUS_CALL_REVERTED) {
        ret->kind = REGISTRY_ANSWER_REVERT;
        return OK;
    }
    TRY(status);
    ret->kind = REGISTRY_ANSWER_BYTES;
    if (data.len <= REGISTRY_VIEW_RETURN_MAX) {
        size_t start = keep->len;
        buf_put(keep, data);
        TRY(buf_check(keep));
        ret->data = bytes_slice(buf_bytes(keep), start, SIZE_MAX);
    }
    return OK;
}

static struct status take_one(const struct eth_rpc_answer *answer, size_t index,
                              const struct registry_read *read, struct buf *keep,
                              struct registry_answer *ret)
{
    switch (read->kind) {
    case REGISTRY_READ_CHAIN_ID:
        ret->kind = REGISTRY_ANSWER_NUMBER;
        return eth_rpc_u64(answer, index, &ret->number);
    case REGISTRY_READ_CODE:
    case REGISTRY_READ_CALL:
        return take_data(answer, index, keep, ret);
    case REGISTRY_READ_BLOCK:
    case REGISTRY_READ_LATEST:
    case REGISTRY_READ_SAFE:
    case REGISTRY_READ_FINALIZED:
    default:
        return take_block(answer, index, read, ret);
    }
}

struct status rpc_rounds_take(struct rpc_rounds *rounds, struct rpc_rounds_place *place,
                              struct bytes body)
{
    struct eth_rpc_answer answer;
    arena_reset(&rounds->arena);
    TRY(eth_rpc_read(&place->rpc, body, &rounds->arena, &answer));
    for (size_t i = 0; i < place->some; i++) {
        size_t read = place->read[place->first + i];
        struct registry_answer *one = &place->answer[place->answered];
        *one = (struct registry_answer){.read = read};
        struct status status = take_one(&answer, i, &rounds->read[read], &place->data, one);
        if (place->data.failed) {
            return FAIL(BUFFER_FULL);
        }
        if (status_is_shortage(status)) {
            return status;
        }
        /* What an endpoint does not know, others may. */
        place->answered += status_is_ok(status);
    }
    place->first += place->some;
    return OK;
}
