#include "rpc/rpc_rounds.h"

#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "rpc/rpc_rounds_internal.h"

/* --- start and end --- */

static struct status open_fetch(struct rpc_rounds *rounds, const struct rpc_rounds_setup *setup,
                                const char **ret_where)
{
    for (size_t i = 0; i < setup->count; i++) {
        *ret_where = setup->urls[i];
        if (!fetch_many_url_valid(setup->urls[i]) ||
            (!setup->may_be_public && !fetch_many_url_private(setup->urls[i]))) {
            return FAIL(CONFIG_INVALID);
        }
    }
    *ret_where = "";
    const struct fetch_many_setup fetch = {
        .count = setup->count,
        .urls = setup->urls,
        .ca_file = setup->ca_file,
        .proxy = setup->proxy,
        .answer_max = RPC_ROUNDS_ANSWER,
        .mem = setup->mem,
    };
    return fetch_many_open(&fetch, &rounds->fetch);
}

static struct status open_parts(struct rpc_rounds *rounds, const struct rpc_rounds_setup *setup,
                                const char **ret_where)
{
    size_t each = RPC_ROUNDS_REQUEST + RPC_ROUNDS_DATA;
    TRY(open_fetch(rounds, setup, ret_where));
    TRY(arena_init(&rounds->arena, LIMIT_ARENA));
    TRY(mem_alloc(setup->mem, setup->count * each, &rounds->buffers));
    for (size_t i = 0; i < setup->count; i++) {
        uint8_t *memory = (uint8_t *)rounds->buffers + i * each;
        rounds->place[i].request = buf_over(memory, RPC_ROUNDS_REQUEST);
        rounds->place[i].data = buf_over(memory + RPC_ROUNDS_REQUEST, RPC_ROUNDS_DATA);
    }
    uint8_t *id = (uint8_t *)&rounds->next_id;
    return entropy_fill(&setup->entropy, id, sizeof rounds->next_id);
}

struct status rpc_rounds_open(const struct rpc_rounds_setup *setup, struct rpc_rounds **ret,
                              const char **ret_where)
{
    void *block = NULL;
    *ret = NULL;
    *ret_where = "";
    INVARIANT(setup->count >= 1 && setup->count <= REGISTRY_VIEW_ENDPOINTS_MAX);
    INVARIANT(setup->batch >= 1 && setup->batch <= LIMIT_ETH_RPC_BATCH);
    TRY(mem_alloc(setup->mem, sizeof(struct rpc_rounds), &block));
    struct rpc_rounds *rounds = block;
    rounds->clock = setup->clock;
    rounds->mem = setup->mem;
    rounds->endpoints = setup->count;
    rounds->batch = setup->batch;
    struct status status = open_parts(rounds, setup, ret_where);
    if (!status_is_ok(status)) {
        rpc_rounds_close(&rounds);
        return status;
    }
    *ret = rounds;
    return OK;
}

void rpc_rounds_close(struct rpc_rounds **rounds)
{
    struct rpc_rounds *one = *rounds;
    if (one == NULL) {
        return;
    }
    struct mem *mem = one->mem;
    void *block = one;
    fetch_many_close(&one->fetch);
    arena_deinit(&one->arena);
    mem_free(mem, &one->buffers);
    mem_free(mem, &block);
    *rounds = NULL;
}

/* --- a work --- */

void rpc_rounds_begin(struct rpc_rounds *rounds, const struct registry_work *work)
{
    if (work->id == rounds->work) {
        return;
    }
    rounds->work = work->id;
    rounds->deadline_ms = work->deadline_ms;
    rounds->asked = work->endpoints;
    rounds->count = work->count;
    rounds->is_begun = true;
    memcpy(rounds->read, work->reads, work->count * sizeof work->reads[0]);
}

static void finish(struct rpc_rounds_place *place, struct status status)
{
    place->is_busy = false;
    place->is_done = true;
    place->status = status;
}

/* Send the next request of an endpoint's work. */
static void send_next(struct rpc_rounds *rounds, size_t index)
{
    struct bytes body;
    struct rpc_rounds_place *place = &rounds->place[index];
    uint64_t now_ms = clock_monotonic_ms(&rounds->clock);
    uint64_t left_ms = rounds->deadline_ms > now_ms ? rounds->deadline_ms - now_ms : 1;
    struct status status = rpc_rounds_ask(rounds, place, &body);
    if (status_is_ok(status)) {
        const struct fetch_many_request request = {.body = body, .timeout_ms = (uint32_t)left_ms};
        status = fetch_many_start(rounds->fetch, index, &request);
    }
    if (!status_is_ok(status)) {
        finish(place, status);
    }
}

/* An endpoint that has nothing to answer has no part in it. */
static void start_place(struct rpc_rounds *rounds, size_t index)
{
    struct rpc_rounds_place *place = &rounds->place[index];
    place->is_busy = (rounds->asked >> index & 1) != 0;
    place->is_done = false;
    place->is_new = false;
    place->count = 0;
    place->first = 0;
    place->answered = 0;
    place->data = buf_over(place->data.ptr, place->data.cap);
    for (size_t read = 0; read < rounds->count && place->is_busy; read++) {
        if ((rounds->read[read].endpoints >> index & 1) != 0) {
            place->read[place->count++] = read;
        }
    }
    if (place->is_busy) {
        send_next(rounds, index);
    }
}

static void stop(struct rpc_rounds *rounds)
{
    for (size_t i = 0; i < rounds->endpoints; i++) {
        fetch_many_drop(rounds->fetch, i);
        rounds->place[i].is_busy = false;
        rounds->place[i].is_done = false;
    }
}

void rpc_rounds_drop(struct rpc_rounds *rounds)
{
    stop(rounds);
    rounds->is_begun = false;
    rounds->work = 0;
}

static void take_answer(struct rpc_rounds *rounds, const struct fetch_many_answer *answer)
{
    struct rpc_rounds_place *place = &rounds->place[answer->place];
    struct status status = answer->status;
    if (!place->is_busy) {
        return;
    }
    place->is_new |= answer->is_new;
    if (status_is_ok(status) && answer->http != 200) {
        status = FAIL(RPC_ERROR);
    }
    if (status_is_ok(status)) {
        status = rpc_rounds_take(rounds, place, answer->body);
    }
    if (status_is_ok(status) && place->first < place->count) {
        send_next(rounds, answer->place);
    } else {
        finish(place, status);
    }
}

static bool hand_out(struct rpc_rounds *rounds, struct rpc_rounds_done *ret)
{
    for (size_t i = 0; i < rounds->endpoints; i++) {
        struct rpc_rounds_place *place = &rounds->place[i];
        if (!place->is_done) {
            continue;
        }
        place->is_done = false;
        ret->status = place->status;
        ret->answers = (struct registry_answers){
            .work = rounds->work,
            .endpoint = i,
            .is_new = place->is_new,
            .is_too_large = place->status.code == STATUS_BUFFER_FULL,
            .count = status_is_ok(place->status) ? place->answered : 0,
            .list = place->answer,
        };
        return true;
    }
    return false;
}

bool rpc_rounds_wait(struct rpc_rounds *rounds, uint32_t wait_ms, struct rpc_rounds_done *ret)
{
    struct fetch_many_answer answer;
    if (rounds->is_begun) {
        rounds->is_begun = false;
        stop(rounds);
        for (size_t i = 0; i < rounds->endpoints; i++) {
            start_place(rounds, i);
        }
    }
    if (hand_out(rounds, ret)) {
        return true;
    }
    if (fetch_many_wait(rounds->fetch, wait_ms, &answer)) {
        take_answer(rounds, &answer);
    }
    return hand_out(rounds, ret);
}

void rpc_rounds_wake(struct rpc_rounds *rounds)
{
    fetch_many_wake(rounds->fetch);
}
