#include "pipeline/query.h"

#include <string.h>

#include "base/arena.h"
#include "base/invariant.h"
#include "codec/decimal.h"
#include "codec/utf8.h"

struct status query_about(struct work *work, const char *name, struct status status)
{
    if (!status_is_ok(status)) {
        struct buf where = buf_over((uint8_t *)work->doc.where, sizeof work->doc.where - 1);
        buf_put_text(&where, name);
        work->doc.where[where.len] = '\0';
    }
    return status;
}

/* A name of ours is letters and underscores; what else somebody wrote is not repeated. */
static void note_name(struct work *work, struct bytes name)
{
    char *where = work->doc.where;
    size_t len = name.len < sizeof work->doc.where ? name.len : 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = name.ptr[i];
        if ((c < 'a' || c > 'z') && c != '_') {
            c = '?';
        }
        where[i] = (char)c;
    }
    where[len] = '\0';
}

struct status query_check(struct work *work)
{
    const struct http1_head *head = work->request->head;
    const struct route *route = work->route;
    struct bytes rest = head->query;
    if (route->form != ROUTES_OURS || route->principal == ROUTES_ANYONE) {
        return OK;
    }
    while (rest.len != 0) {
        struct bytes member = bytes_slice(rest, 0, bytes_find(rest, '&'));
        struct bytes name = bytes_slice(member, 0, bytes_find(member, '='));
        if (!routes_query_has(route, name)) {
            note_name(work, name);
            return FAIL(UNKNOWN_FIELD);
        }
        rest = bytes_slice(rest, member.len + 1, SIZE_MAX);
    }
    return OK;
}

/* In the queries of version 1 a plus is a space, as forms have it. */
static struct status plus_to_space(struct work *work, struct bytes text, struct bytes *ret)
{
    uint8_t *memory = arena_alloc(work->arena, text.len + 1);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < text.len; i++) {
        memory[i] = text.ptr[i] == '+' ? ' ' : text.ptr[i];
    }
    *ret = (struct bytes){memory, text.len};
    return OK;
}

static struct status decode(struct work *work, struct bytes text, struct bytes *ret)
{
    *ret = (struct bytes){NULL, 0};
    uint8_t *memory = arena_alloc(work->arena, text.len + 1);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf out = buf_over(memory, text.len + 1);
    TRY(http1_decode(text, &out));
    if (!utf8_valid(buf_bytes(&out))) {
        return FAIL(INVALID_UTF8);
    }
    *ret = buf_bytes(&out);
    return OK;
}

struct status query_tail(struct work *work, struct bytes *ret)
{
    INVARIANT(work->tail.ptr != NULL);
    return decode(work, work->tail, ret);
}

/* What a query has under a name of its route, as it stands there; ptr NULL when it is missing. */
static struct status find_value(struct work *work, const char *name, struct bytes *ret)
{
    const struct http1_head *head = work->request->head;
    INVARIANT(routes_query_has(work->route, bytes_of(name)));
    return query_about(work, name, http1_query(head->query, bytes_of(name), ret));
}

struct status query_text(struct work *work, const char *name, struct bytes *ret)
{
    struct bytes value;
    *ret = (struct bytes){NULL, 0};
    TRY(find_value(work, name, &value));
    if (value.ptr == NULL) {
        return OK;
    }
    if (work->route->wire == ROUTES_V1) {
        TRY(plus_to_space(work, value, &value));
    }
    return query_about(work, name, decode(work, value, ret));
}

struct status query_u64(struct work *work, const char *name, uint64_t min, uint64_t max,
                        uint64_t *ret)
{
    struct bytes value;
    uint64_t number = 0;
    TRY(find_value(work, name, &value));
    if (value.ptr == NULL) {
        return OK;
    }
    TRY(query_about(work, name, decimal_u64(value, &number)));
    if (number < min || number > max) {
        return query_about(work, name, FAIL(NUMBER_RANGE));
    }
    *ret = number;
    return OK;
}
