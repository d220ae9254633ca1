#include <string.h>

#include "base/invariant.h"
#include "snapshot/snapshot_calls_internal.h"

struct snapshot_call *snapshot_calls_begin(struct snapshot_calls *calls,
                                           enum snapshot_action_kind kind)
{
    for (size_t i = 0; i < SNAPSHOT_CALLS; i++) {
        struct snapshot_call *call = &calls->list[i];
        if (call->id == 0) {
            *call = (struct snapshot_call){.id = ++calls->last_id, .kind = kind};
            return call;
        }
    }
    return NULL;
}

void snapshot_calls_end(struct snapshot_calls *calls, struct snapshot_call *call)
{
    mem_free(calls->mem, &call->memory);
    *call = (struct snapshot_call){0};
}

void snapshot_calls_clear(struct snapshot_calls *calls)
{
    for (size_t i = 0; i < SNAPSHOT_CALLS; i++) {
        snapshot_calls_end(calls, &calls->list[i]);
    }
}

size_t snapshot_calls_count(const struct snapshot_calls *calls)
{
    size_t count = 0;
    for (size_t i = 0; i < SNAPSHOT_CALLS; i++) {
        count += calls->list[i].id != 0;
    }
    return count;
}

bool snapshot_calls_next(struct snapshot_calls *calls, const struct cluster_now *now,
                         struct snapshot_action *ret_action, uint64_t *ret_due_ms)
{
    *ret_action = (struct snapshot_action){0};
    for (size_t i = 0; i < SNAPSHOT_CALLS; i++) {
        struct snapshot_call *call = &calls->list[i];
        if (call->id == 0 || call->is_out || call->is_answered) {
            continue;
        }
        if (call->due_ms > now->ms) {
            *ret_due_ms = call->due_ms < *ret_due_ms ? call->due_ms : *ret_due_ms;
            continue;
        }
        call->is_out = true;
        *ret_action = (struct snapshot_action){
            .kind = call->kind, .id = call->id, .name = call->name, .after = call->after};
        if (call->kind == SNAPSHOT_PUT) {
            ret_action->object = (struct bytes){call->memory, call->len};
        }
        return true;
    }
    return false;
}

/* Whether asking again could say something else. */
static bool is_final(struct status status)
{
    switch (status.code) {
    case STATUS_OK:
    case STATUS_BLOB_ABSENT:
    case STATUS_BLOB_EXISTS:
    case STATUS_BLOB_FOREIGN:
        return true;
    default:
        return false;
    }
}

static struct status keep_object(struct snapshot_calls *calls, struct snapshot_call *call,
                                 struct bytes object)
{
    if (object.len == 0 || object.len > SNAPSHOT_OBJECT_MAX) {
        return FAIL(BLOB_FOREIGN);
    }
    TRY(mem_alloc(calls->mem, object.len, &call->memory));
    memcpy(call->memory, object.ptr, object.len);
    call->len = object.len;
    return OK;
}

static uint64_t pause_ms(unsigned failures)
{
    uint64_t pause = SNAPSHOT_RETRY_MS;
    while (failures-- > 1 && pause < SNAPSHOT_RETRY_MAX_MS) {
        pause *= 2;
    }
    return pause < SNAPSHOT_RETRY_MAX_MS ? pause : SNAPSHOT_RETRY_MAX_MS;
}

struct snapshot_call *snapshot_calls_answered(struct snapshot_calls *calls,
                                              const struct cluster_now *now, uint64_t id,
                                              const struct snapshot_answer *answer)
{
    struct snapshot_call *call = NULL;
    for (size_t i = 0; i < SNAPSHOT_CALLS; i++) {
        if (calls->list[i].is_out && calls->list[i].id == id) {
            call = &calls->list[i];
        }
    }
    if (call == NULL) {
        return NULL;
    }
    call->is_out = false;
    call->status = answer->status;
    if (status_is_ok(call->status) && call->kind == SNAPSHOT_GET) {
        call->status = keep_object(calls, call, answer->object);
    }
    call->failures++;
    if (!is_final(call->status) && (!calls->gives_up || call->failures < SNAPSHOT_TRIES)) {
        call->due_ms = now->ms + pause_ms(call->failures);
        return NULL;
    }
    call->is_answered = true;
    return call;
}
