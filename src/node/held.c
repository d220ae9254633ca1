#include <string.h>

#include "base/bytes.h"
#include "base/invariant.h"
#include "node/held_internal.h"

enum { RING_START = 64 };

void held_init(struct held_list *list, struct mem *mem, const struct clock *clock)
{
    *list = (struct held_list){.mem = mem, .clock = clock};
}

void held_deinit(struct held_list *list)
{
    void *ring = list->ring;
    mem_free(list->mem, &ring);
    held_init(list, list->mem, list->clock);
}

static struct held *at(const struct held_list *list, size_t index)
{
    return &list->ring[(list->first + index) & (list->cap - 1)];
}

static bool grow(struct held_list *list)
{
    size_t cap = list->cap == 0 ? RING_START : 2 * list->cap;
    void *memory = NULL;
    if (!status_is_ok(mem_alloc(list->mem, cap * sizeof(struct held), &memory))) {
        return false;
    }
    struct held *ring = memory;
    for (size_t i = 0; i < list->count; i++) {
        ring[i] = *at(list, i);
    }
    void *old = list->ring;
    mem_free(list->mem, &old);
    list->ring = ring;
    list->cap = cap;
    list->first = 0;
    return true;
}

struct held *held_add(struct held_list *list, uint64_t ticket)
{
    if (list->count == list->cap && !grow(list)) {
        return NULL;
    }
    struct held *held = at(list, list->count++);
    held->request = NULL;
    held->errand = NULL;
    held->entry = 0;
    held->ticket = ticket;
    held->since_ms = clock_monotonic_ms(list->clock);
    return held;
}

void held_drop_last(struct held_list *list)
{
    INVARIANT(list->count != 0);
    list->count--;
}

void held_set_request_id(struct held *held, struct bytes request_id)
{
    INVARIANT(request_id.len <= sizeof held->request_id);
    memcpy(held->request_id, request_id.ptr, request_id.len);
    held->request_id_len = request_id.len;
}

void held_take(struct held_list *list, uint64_t ticket, void (*take)(void *, struct held *),
               void *context)
{
    while (list->count != 0 && at(list, 0)->ticket <= ticket) {
        struct held held = *at(list, 0);
        list->first = (list->first + 1) & (list->cap - 1);
        list->count--;
        take(context, &held);
    }
}

void held_expire(struct held_list *list, uint64_t before_ms, void (*take)(void *, struct held *),
                 void *context)
{
    for (size_t i = 0; i < list->count && at(list, i)->since_ms < before_ms; i++) {
        struct held held = *at(list, i);
        at(list, i)->request = NULL;
        at(list, i)->entry = 0;
        if (held.request != NULL) {
            take(context, &held);
        }
    }
}

bool held_oldest(const struct held_list *list, uint64_t *ret_since_ms)
{
    for (size_t i = 0; i < list->count; i++) {
        if (at(list, i)->request != NULL) {
            *ret_since_ms = at(list, i)->since_ms;
            return true;
        }
    }
    return false;
}
