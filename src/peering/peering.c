#include "peering/peering.h"

#include <string.h>

#include "base/invariant.h"
#include "base/secret.h"
#include "peering/peering_internal.h"

enum {
    ANSWER_MIN = 128 << 10,   /* bytes that an identity may have, however short messages are */
    ARENA_FOR_BYTE = 64,      /* of an answer: its parse, and what it holds */
    ARENA_FOR_ALL = 16 << 20, /* besides */
    ANSWER_V1 = 2 * PEERING_V1_ANSWER_MAX + SEALED_CALL_FRAME, /* in hex */
    ARENA_FOR_V1 = 8 * PEERING_V1_ANSWER_MAX,                  /* of which most is one text */
    KEYS = PEERING_LINKS_MAX * sizeof(struct envelope_keys),
};

_Static_assert((int)PEERING_CALLS_MAX <= (int)FETCH_MANY_MAX, "each has a place");
_Static_assert((int)PEERING_DEADLINE_MS_MAX <= (int)FETCH_MANY_TIMEOUT_MS_MAX, "and its time");

/* --- start and end --- */

static struct status open_keys(struct peering *peering)
{
    void *memory = NULL;
    TRY(secret_alloc(KEYS, &memory));
    peering->keys = memory;
    for (size_t i = 0; i < PEERING_LINKS_MAX; i++) {
        peering->links[i].keys = &peering->keys[i];
    }
    return OK;
}

static struct status open_parts(struct peering *peering)
{
    const struct peering_setup *setup = &peering->setup;
    size_t body_max = sealed_call_body_max(setup->message_max);
    peering->answer_max = body_max > ANSWER_MIN ? body_max : ANSWER_MIN;
    size_t answer_max = peering->answer_max;
    size_t room = ARENA_FOR_BYTE * answer_max + ARENA_FOR_ALL;
    if (setup->v1.code != NULL) {
        answer_max = answer_max > ANSWER_V1 ? answer_max : ANSWER_V1;
        room = room > ARENA_FOR_V1 ? room : ARENA_FOR_V1;
    }
    const struct fetch_many_setup fetch = {
        .count = PEERING_CALLS_MAX,
        .ca_file = setup->ca_file,
        .proxy = setup->proxy,
        .answer_max = answer_max,
        .keeps_headers = true,
        .mem = setup->mem,
    };
    TRY(open_keys(peering));
    TRY(arena_init(&peering->arena, room));
    return fetch_many_open(&fetch, &peering->fetch);
}

struct status peering_open(const struct peering_setup *setup, struct peering **ret)
{
    void *block = NULL;
    *ret = NULL;
    INVARIANT(setup->message_max >= 1 && setup->message_max <= PEERING_MESSAGE_MAX);
    TRY(mem_alloc(setup->mem, sizeof(struct peering), &block));
    struct peering *peering = block;
    peering->setup = *setup;
    struct status status = open_parts(peering);
    if (!status_is_ok(status)) {
        peering_close(&peering);
        return status;
    }
    *ret = peering;
    return OK;
}

static void free_call(struct peering *peering, struct call *call)
{
    mem_free(peering->setup.mem, &call->message);
    mem_free(peering->setup.mem, &call->body);
    *call = (struct call){0};
}

void peering_close(struct peering **peering)
{
    struct peering *one = *peering;
    if (one == NULL) {
        return;
    }
    fetch_many_close(&one->fetch);
    for (size_t i = 0; i < PEERING_CALLS_MAX; i++) {
        free_call(one, &one->calls[i]);
    }
    arena_deinit(&one->arena);
    void *block = one->keys;
    secret_free(&block, KEYS);
    block = one;
    mem_free(one->setup.mem, &block);
    *peering = NULL;
}

void peering_wake(struct peering *peering)
{
    fetch_many_wake(peering->fetch);
}

/* --- calls --- */

static void end_call(struct peering *peering, struct call *call)
{
    fetch_many_drop(peering->fetch, (size_t)(call - peering->calls));
    if (call->stage == CALL_AHEAD) {
        call->link->is_ahead = false;
    } else {
        call->link->calls--;
    }
    free_call(peering, call);
}

static struct call *call_in(struct peering *peering, enum call_stage stage, const struct link *link)
{
    for (size_t i = 0; i < PEERING_CALLS_MAX; i++) {
        struct call *call = &peering->calls[i];
        if (call->stage == stage && (link == NULL || call->link == link)) {
            return call;
        }
    }
    return NULL;
}

/* The call that fetches a nonce for this link already, which version 1 has no use for, or a free
 * one, or one that fetches a nonce for another. Out: call, of which stage and link are set.
 * Returns: NULL when all are messages. */
static struct call *begin_call(struct peering *peering, struct link *link, bool is_v1)
{
    struct call *call = is_v1 ? NULL : call_in(peering, CALL_AHEAD, link);
    if (call != NULL) {
        link->is_ahead = false;
        call->stage = CALL_NONCE;
    } else {
        call = call_in(peering, CALL_FREE, NULL);
        if (call == NULL) {
            call = call_in(peering, CALL_AHEAD, NULL);
            if (call == NULL) {
                return NULL;
            }
            end_call(peering, call);
        }
        call->link = link;
    }
    link->calls++;
    return call;
}

/* While the node is there and nothing else is to be done. */
static void fetch_ahead(struct peering *peering, struct link *link)
{
    struct call *call = call_in(peering, CALL_FREE, NULL);
    bool is_wanted = !link->is_ahead && link->spare.nonce[0] == '\0';
    if (is_wanted && call != NULL) {
        call->stage = CALL_AHEAD;
        call->link = link;
        link->is_ahead = true;
        if (!status_is_ok(peering_ask_nonce(peering, call, PEERING_AHEAD_MS))) {
            end_call(peering, call);
        }
    }
}

/* A nonce is at hand, or on its way, or asked for. */
static struct status start_call(struct peering *peering, struct call *call)
{
    if (call->is_v1) {
        call->stage = CALL_NONCE;
        return peering_v1_ask_nonce(peering, call);
    }
    if (call->stage == CALL_NONCE) {
        return OK;
    }
    if (peering_link_take(call->link, clock_monotonic_ms(&peering->setup.clock), &call->nonce)) {
        return peering_go_on(peering, call);
    }
    call->stage = CALL_NONCE;
    return peering_ask_nonce(peering, call, 0);
}

static struct status fill_call(struct peering *peering, struct call *call,
                               const struct peering_message *message)
{
    call->id = message->id;
    call->target = message->target;
    call->is_v1 = message->is_v1;
    call->deadline_ms = message->deadline_ms;
    TRY(mem_alloc(peering->setup.mem, message->message.len, &call->message));
    call->message_len = message->message.len;
    memcpy(call->message, message->message.ptr, message->message.len);
    return OK;
}

/* Messages under way to a node, of that version. */
static size_t calls_of(const struct peering *peering, const struct link *link, bool is_v1)
{
    size_t count = 0;
    for (size_t i = 0; i < PEERING_CALLS_MAX; i++) {
        const struct call *call = &peering->calls[i];
        bool is_message = call->stage != CALL_FREE && call->stage != CALL_AHEAD;
        count += is_message && call->link == link && call->is_v1 == is_v1;
    }
    return count;
}

struct status peering_send(struct peering *peering, const struct peering_message *message)
{
    struct link *link;
    uint64_t now_ms = clock_monotonic_ms(&peering->setup.clock);
    INVARIANT(message->message.len != 0);
    INVARIANT(!message->is_v1 || peering->setup.v1.code != NULL);
    arena_reset(&peering->arena);
    if (message->message.len > peering->setup.message_max) {
        return FAIL(BUFFER_FULL);
    }
    if (message->deadline_ms <= now_ms) {
        return FAIL(REQUEST_TIMEOUT);
    }
    TRY(peering_link(peering, message->peer, &link));
    if (calls_of(peering, link, message->is_v1) == PEERING_CALLS_OF_ONE) {
        return FAIL(OVERLOADED);
    }
    link->used_ms = now_ms;
    struct call *call = begin_call(peering, link, message->is_v1);
    if (call == NULL) {
        return FAIL(OVERLOADED);
    }
    struct status status = fill_call(peering, call, message);
    if (status_is_ok(status)) {
        status = start_call(peering, call);
    }
    if (!status_is_ok(status)) {
        end_call(peering, call);
    }
    return status;
}

/* --- answers --- */

static bool finish(struct peering *peering, struct call *call, struct status status,
                   struct peering_answer *ret)
{
    struct link *link = call->link;
    bool is_v1 = call->is_v1;
    ret->id = call->id;
    ret->status = status;
    ret->http = call->http;
    end_call(peering, call);
    if (status_is_ok(status) && !is_v1) {
        fetch_ahead(peering, link);
    }
    return true;
}

/* From the start, as with a node that is not known; once for a message. */
static struct status again(struct peering *peering, struct call *call)
{
    call->is_again = true;
    call->stage = CALL_NONCE;
    peering_link_doubt(call->link);
    return peering_ask_nonce(peering, call, 0);
}

static struct status plain_body(const struct fetch_many_answer *answer)
{
    TRY(answer->status);
    return answer->http == 200 ? OK : FAIL(UNAVAILABLE);
}

static void take_ahead(struct peering *peering, struct call *call,
                       const struct fetch_many_answer *answer)
{
    struct link *link = call->link;
    if (status_is_ok(plain_body(answer)) &&
        status_is_ok(peering_take_nonce(peering, call, answer->body))) {
        link->spare = call->nonce;
        link->spare_ms = clock_monotonic_ms(&peering->setup.clock);
    }
    end_call(peering, call);
}

static struct status take_nonce(struct peering *peering, struct call *call,
                                const struct fetch_many_answer *answer)
{
    TRY(plain_body(answer));
    if (call->is_v1) {
        return peering_v1_take_nonce(peering, call, answer->body);
    }
    TRY(peering_take_nonce(peering, call, answer->body));
    return peering_go_on(peering, call);
}

/* One that is not of the start that the nonce is of may be of the next. */
static struct status take_identity(struct peering *peering, struct call *call,
                                   const struct fetch_many_answer *answer)
{
    TRY(plain_body(answer));
    struct status status = peering_take_identity(peering, call, answer->body);
    if (status.code == STATUS_NODE_UNTRUSTED && !call->is_again) {
        return again(peering, call);
    }
    TRY(status);
    return peering_go_on(peering, call);
}

/* Out: *ret_is_done, there is an answer, *ret_text. */
static struct status take_message(struct peering *peering, struct call *call,
                                  const struct fetch_many_answer *answer, bool *ret_is_done,
                                  struct bytes *ret_text)
{
    bool is_stale = false;
    TRY(answer->status);
    if (call->is_v1) {
        TRY(peering_v1_take_answer(peering, call, answer, ret_text, &is_stale));
        *ret_is_done = !is_stale;
        return OK;
    }
    struct status status = peering_take_answer(peering, call, answer, ret_text, &is_stale);
    if (is_stale && !call->is_again) {
        return again(peering, call);
    }
    *ret_is_done = status_is_ok(status);
    return status;
}

/* What comes after what has come. Returns: true when that was the end of a message. */
static bool step(struct peering *peering, const struct fetch_many_answer *answer,
                 struct peering_answer *ret)
{
    struct call *call = &peering->calls[answer->place];
    struct status status;
    bool is_done = false;
    call->http = answer->http;
    switch (call->stage) {
    case CALL_AHEAD:
        take_ahead(peering, call, answer);
        return false;
    case CALL_NONCE:
        status = take_nonce(peering, call, answer);
        break;
    case CALL_IDENTITY:
        status = take_identity(peering, call, answer);
        break;
    case CALL_MESSAGE:
        status = take_message(peering, call, answer, &is_done, &ret->bytes);
        break;
    case CALL_FREE:
    default:
        return false;
    }
    return (is_done || !status_is_ok(status)) && finish(peering, call, status, ret);
}

/* The first message whose deadline is over, and until when the others have time. */
static struct call *find_late(struct peering *peering, uint64_t now_ms, uint32_t *wait_ms)
{
    for (size_t i = 0; i < PEERING_CALLS_MAX; i++) {
        struct call *call = &peering->calls[i];
        if (call->stage == CALL_FREE || call->stage == CALL_AHEAD) {
            continue;
        }
        if (call->deadline_ms <= now_ms) {
            return call;
        }
        uint64_t left_ms = call->deadline_ms - now_ms;
        *wait_ms = left_ms < *wait_ms ? (uint32_t)left_ms : *wait_ms;
    }
    return NULL;
}

bool peering_wait(struct peering *peering, uint32_t wait_ms, struct peering_answer *ret)
{
    struct fetch_many_answer answer;
    *ret = (struct peering_answer){.status = FAIL(UNAVAILABLE)};
    arena_reset(&peering->arena);
    uint64_t now_ms = clock_monotonic_ms(&peering->setup.clock);
    struct call *late = find_late(peering, now_ms, &wait_ms);
    if (late != NULL) {
        return finish(peering, late, FAIL(REQUEST_TIMEOUT), ret);
    }
    return fetch_many_wait(peering->fetch, wait_ms, &answer) && step(peering, &answer, ret);
}
