/* Requests on their way to a home, and their answers on the way back.
 *
 * A request is sent until its home says that it has it, the answer until whoever asked has that.
 * Both may come twice; a request that comes twice is the same as long as it is known here. */
#include <string.h>

#include "cluster/strict/strict_internal.h"

enum { FORWARD_MS = 5000 };

static struct forward *find_forward(struct strict *strict, const struct strict_member *peer,
                                    uint64_t id, bool is_own)
{
    size_t left = strict->forward_count;
    for (size_t i = 0; left != 0 && i < 2 * STRICT_FORWARDS_MAX; i++) {
        struct forward *one = &strict->forwards[i];
        bool is_of = peer == NULL || strict_member_equal(&one->peer, peer);
        if (id != 0 && one->id == id && one->is_own == is_own && is_of) {
            return one;
        }
        left -= one->id != 0;
    }
    return NULL;
}

static struct forward *add_forward(struct strict *strict, uint64_t now_ms, bool is_own,
                                   const struct strict_member *peer, struct bytes request)
{
    size_t start = is_own ? 0 : STRICT_FORWARDS_MAX;
    for (size_t i = start; i < start + STRICT_FORWARDS_MAX; i++) {
        struct forward *one = &strict->forwards[i];
        if (one->id != 0) {
            continue;
        }
        *one =
            (struct forward){.peer = *peer, .is_own = is_own, .deadline_ms = now_ms + FORWARD_MS};
        if (!status_is_ok(mem_alloc(strict->setup.mem, request.len, &one->bytes))) {
            return NULL;
        }
        memcpy(one->bytes, request.ptr, request.len);
        one->len = request.len;
        one->local = ++strict->last_ticket;
        one->id = one->local;
        strict->forward_count++;
        return one;
    }
    return NULL;
}

static void free_forward(struct strict *strict, struct forward *one)
{
    strict->forward_count -= one->id != 0;
    mem_free(strict->setup.mem, &one->bytes);
    *one = (struct forward){0};
}

void strict_forwards_free(struct strict *strict)
{
    for (size_t i = 0; i < 2 * STRICT_FORWARDS_MAX; i++) {
        free_forward(strict, &strict->forwards[i]);
    }
}

struct status strict_forward(struct strict *strict, uint64_t now_ms, const struct strict_member *to,
                             struct bytes request, uint64_t *ret_ticket)
{
    *ret_ticket = 0;
    if (strict_peer(strict, to) == NULL || request.len == 0 || request.len > STRICT_REQUEST_MAX) {
        return FAIL(UNAVAILABLE);
    }
    const struct forward *one = add_forward(strict, now_ms, true, to, request);
    if (one == NULL) {
        return FAIL(OVERLOADED);
    }
    *ret_ticket = one->id;
    return OK;
}

enum strict_outcome strict_forwarded(struct strict *strict, uint64_t now_ms, uint64_t ticket,
                                     struct buf *answer)
{
    struct forward *one = find_forward(strict, NULL, ticket, true);
    if (one == NULL) {
        return STRICT_UNKNOWN;
    }
    if (!one->has_answer && now_ms < one->deadline_ms) {
        return STRICT_WAITS;
    }
    bool has_answer = one->has_answer;
    if (has_answer) {
        buf_put(answer, (struct bytes){one->bytes, one->len});
    }
    free_forward(strict, one);
    return has_answer ? STRICT_HELD : STRICT_UNKNOWN;
}

uint64_t strict_forward_ended(const struct strict *strict, uint64_t now_ms)
{
    for (size_t i = 0; i < STRICT_FORWARDS_MAX && strict->forward_count != 0; i++) {
        const struct forward *one = &strict->forwards[i];
        if (one->id != 0 && (one->has_answer || now_ms >= one->deadline_ms)) {
            return one->id;
        }
    }
    return 0;
}

uint64_t strict_requests(const struct strict *strict)
{
    return strict->requests;
}

bool strict_request(struct strict *strict, uint64_t now_ms, uint64_t *ret_id,
                    struct bytes *ret_request)
{
    for (size_t i = STRICT_FORWARDS_MAX; i < 2 * STRICT_FORWARDS_MAX; i++) {
        struct forward *one = &strict->forwards[i];
        if (one->id != 0 && !one->is_seen && now_ms < one->deadline_ms) {
            one->is_seen = true;
            *ret_id = one->local;
            *ret_request = (struct bytes){one->bytes, one->len};
            return true;
        }
    }
    return false;
}

void strict_reply(struct strict *strict, uint64_t id, struct bytes answer)
{
    for (size_t i = STRICT_FORWARDS_MAX; i < 2 * STRICT_FORWARDS_MAX; i++) {
        struct forward *one = &strict->forwards[i];
        if (one->id == 0 || one->local != id || one->has_answer) {
            continue;
        }
        void *bytes;
        if (answer.len == 0 || answer.len > STRICT_REQUEST_MAX ||
            !status_is_ok(mem_alloc(strict->setup.mem, answer.len, &bytes))) {
            return; /* whoever asked waits in vain, as for one that is lost */
        }
        mem_free(strict->setup.mem, &one->bytes);
        memcpy(bytes, answer.ptr, answer.len);
        one->bytes = bytes;
        one->len = answer.len;
        one->has_answer = true;
    }
}

/* --- messages --------------------------------------------------------------------------------- */

void strict_say_forwards(struct strict *strict, const struct peer *peer, struct buf *out)
{
    size_t start = out->len;
    size_t left = strict->forward_count;
    for (size_t i = 0; left != 0 && i < 2 * STRICT_FORWARDS_MAX; i++) {
        const struct forward *one = &strict->forwards[i];
        bool is_due = one->is_own ? !one->is_seen : one->has_answer;
        left -= one->id != 0;
        if (one->id == 0 || !is_due || !strict_member_equal(&one->peer, &peer->member) ||
            out->len - start > PAGE_BYTES) {
            continue;
        }
        buf_put_u8(out, one->is_own ? PART_FORWARD : PART_REPLY);
        buf_put_u64(out, one->id);
        buf_put_u32(out, (uint32_t)one->len);
        buf_put(out, (struct bytes){one->bytes, one->len});
    }
}

void strict_forward_seen(struct strict *strict, const struct strict_member *peer, uint64_t id)
{
    struct forward *one = find_forward(strict, peer, id, true);
    if (one != NULL) {
        one->is_seen = true;
    }
}

void strict_reply_seen(struct strict *strict, const struct strict_member *peer, uint64_t id)
{
    struct forward *one = find_forward(strict, peer, id, false);
    if (one != NULL && one->has_answer) {
        free_forward(strict, one);
    }
}

static void put_seen(struct buf *answer, enum part part, uint64_t id)
{
    buf_put_u8(answer, (uint8_t)part);
    buf_put_u64(answer, id);
}

void strict_take_forward(struct strict *strict, uint64_t now_ms, const struct strict_member *from,
                         struct reader *body, struct buf *answer)
{
    uint64_t id = reader_u64(body);
    struct bytes request = reader_take(body, reader_u32(body));
    body->failed = body->failed || id == 0 || request.len == 0 || request.len > STRICT_REQUEST_MAX;
    if (body->failed) {
        return;
    }
    struct forward *one = find_forward(strict, from, id, false);
    if (one == NULL) {
        one = add_forward(strict, now_ms, false, from, request);
        strict->requests += one != NULL;
    }
    if (one != NULL) {
        one->id = id;
        put_seen(answer, PART_FORWARD, id);
    }
}

void strict_take_reply(struct strict *strict, const struct strict_member *from, struct reader *body,
                       struct buf *answer)
{
    uint64_t id = reader_u64(body);
    struct bytes bytes = reader_take(body, reader_u32(body));
    if (body->failed || bytes.len == 0 || bytes.len > STRICT_REQUEST_MAX) {
        body->failed = true;
        return;
    }
    struct forward *one = find_forward(strict, from, id, true);
    void *block;
    if (one != NULL && !one->has_answer) {
        if (!status_is_ok(mem_alloc(strict->setup.mem, bytes.len, &block))) {
            return; /* it comes again */
        }
        mem_free(strict->setup.mem, &one->bytes);
        memcpy(block, bytes.ptr, bytes.len);
        one->bytes = block;
        one->len = bytes.len;
        one->has_answer = true;
        one->is_seen = true;
    }
    put_seen(answer, PART_REPLY, id);
}

void strict_forwards_tick(struct strict *strict, uint64_t now_ms, uint64_t *due_ms)
{
    size_t left = strict->forward_count;
    for (size_t i = 0; left != 0 && i < 2 * STRICT_FORWARDS_MAX; i++) {
        struct forward *one = &strict->forwards[i];
        if (one->id == 0) {
            continue;
        }
        left--;
        uint64_t end_ms = one->deadline_ms + (one->is_own ? FORWARD_MS : 0);
        if (now_ms >= end_ms) {
            free_forward(strict, one);
        } else {
            due_sooner(due_ms, now_ms < one->deadline_ms ? one->deadline_ms : end_ms);
        }
    }
}
