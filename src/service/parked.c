#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "service/parked_internal.h"

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

static void forget(struct parked_list *list, struct parked *parked)
{
    list->count--;
    list->bytes -= size_of(parked);
    void *memory = parked;
    mem_free(list->mem, &memory);
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

struct parked *parked_add(struct parked_list *list, struct http_request *request)
{
    const struct http1_head *head = request->head;
    size_t size = sizeof(struct parked) + head->len + request->body.len;
    void *memory = NULL;
    if (list->count == LIMIT_PARKED || size > LIMIT_PARKED_BYTES - list->bytes ||
        !status_is_ok(mem_alloc(list->mem, size, &memory))) {
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
    append(list, parked);
    list->count++;
    list->bytes += size;
    return parked;
}

void parked_read(const struct parked *parked, struct http1_head *ret_head, struct bytes *ret_body)
{
    struct http1_progress progress = {0};
    struct bytes head = {parked->bytes, parked->head_len};
    INVARIANT(status_is_ok(http1_read(&progress, head, ret_head)));
    *ret_body = (struct bytes){parked->bytes + parked->head_len, parked->body_len};
}

void parked_visit(struct parked_list *list, bool (*visit)(void *, struct parked *), void *context)
{
    struct parked *next = NULL;
    struct parked *visited = list->first;
    list->first = NULL;
    list->end = &list->first;
    for (; visited != NULL; visited = next) {
        next = visited->next;
        if (visit(context, visited)) {
            forget(list, visited);
        } else {
            append(list, visited);
        }
    }
}
