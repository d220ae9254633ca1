#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "node/parked_internal.h"

void parked_init(struct parked_list *list, struct mem *mem)
{
    *list = (struct parked_list){.mem = mem};
    list->end = &list->first;
}

static size_t size_of(const struct parked *parked)
{
    return sizeof *parked + parked->head_len + parked->body_len;
}

static void append(struct parked_list *list, struct parked *parked)
{
    parked->next = NULL;
    *list->end = parked;
    list->end = &parked->next;
}

/* One that was unlinked leaves the list. */
static void uncount(struct parked_list *list, const struct parked *parked)
{
    list->count--;
    list->bytes -= size_of(parked);
}

static void forget(struct parked_list *list, struct parked *parked)
{
    uncount(list, parked);
    parked_free(list->mem, &parked);
}

void parked_free(struct mem *mem, struct parked **parked)
{
    void *memory = *parked;
    mem_free(mem, &memory);
    *parked = NULL;
}

void parked_deinit(struct parked_list *list)
{
    struct parked *next = NULL;
    for (struct parked *parked = list->first; parked != NULL; parked = next) {
        next = parked->next;
        forget(list, parked);
    }
    parked_init(list, list->mem);
}

static bool has_room(const struct parked_list *list, size_t size)
{
    return list->count < LIMIT_PARKED && size <= LIMIT_PARKED_BYTES - list->bytes;
}

bool parked_put(struct parked_list *list, struct parked *parked)
{
    if (!has_room(list, size_of(parked))) {
        return false;
    }
    append(list, parked);
    list->count++;
    list->bytes += size_of(parked);
    return true;
}

struct parked *parked_take(struct parked_list *list)
{
    struct parked *parked = list->first;
    if (parked == NULL) {
        return NULL;
    }
    list->first = parked->next;
    list->end = list->first == NULL ? &list->first : list->end;
    uncount(list, parked);
    return parked;
}

struct parked *parked_add(struct parked_list *list, struct http_request *request)
{
    const struct http1_head *head = request->head;
    size_t size = sizeof(struct parked) + head->len + request->body.len;
    void *memory = NULL;
    if (!has_room(list, size) || !status_is_ok(mem_alloc(list->mem, size, &memory))) {
        return NULL;
    }
    struct parked *parked = memory;
    parked->request = request;
    parked->head_len = head->len;
    parked->body_len = request->body.len;
    /* A head starts with its method, and its views lie in one piece. */
    memcpy(parked->bytes, head->method.ptr, head->len);
    if (request->body.len != 0) {
        memcpy(parked->bytes + head->len, request->body.ptr, request->body.len);
    }
    INVARIANT(parked_put(list, parked));
    return parked;
}

void parked_read(const struct parked *parked, struct http1_head *ret_head, struct bytes *ret_body)
{
    struct http1_progress progress = {0};
    struct bytes head = {parked->bytes, parked->head_len};
    INVARIANT(status_is_ok(http1_read(&progress, head, ret_head)));
    *ret_body = (struct bytes){parked->bytes + parked->head_len, parked->body_len};
}

void parked_visit(struct parked_list *list, enum parked_fate (*visit)(void *, struct parked *),
                  void *context)
{
    struct parked *next = NULL;
    struct parked *visited = list->first;
    list->first = NULL;
    list->end = &list->first;
    for (; visited != NULL; visited = next) {
        next = visited->next;
        /* Whoever takes it may give it back at once, and its size is gone with it. */
        size_t size = size_of(visited);
        enum parked_fate fate = visit(context, visited);
        if (fate == PARKED_STAYS) {
            append(list, visited);
            continue;
        }
        list->count--;
        list->bytes -= size;
        if (fate == PARKED_OVER) {
            parked_free(list->mem, &visited);
        }
    }
}
