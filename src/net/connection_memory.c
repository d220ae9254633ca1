#include <stddef.h>

#include "base/invariant.h"
#include "net/connection_internal.h"

void connection_free_input(struct connection *c)
{
    void *block = c->in;
    mem_free(c->home->memory, &block);
    places_give(&c->home->places, &c->place, PLACES_INPUT, c->in_cap);
    c->in = NULL;
    c->in_len = 0;
    c->in_cap = 0;
}

void connection_free_output(struct connection *c)
{
    void *block = c->out;
    mem_free(c->home->memory, &block);
    places_give(&c->home->places, &c->place, PLACES_OUTPUT, c->out_len);
    c->out = NULL;
    c->out_len = 0;
    c->out_done = 0;
}

static struct connection *connection_at(struct place *place)
{
    return (struct connection *)(void *)((char *)place - offsetof(struct connection, place));
}

/* Its memory is wanted now, so that it does not wait until libuv has closed it. */
void connection_evict(struct place *place)
{
    struct connection *c = connection_at(place);
    INVARIANT(c->state != CONNECTION_HANDLING);
    atomic_fetch_add(&c->home->evicted, 1);
    connection_free_input(c);
    connection_free_output(c);
    connection_drop(c);
}

struct status connection_alloc(struct connection *c, enum places_resource resource, size_t len,
                               void **ret)
{
    struct places *places = &c->home->places;
    size_t freed = 0;
    *ret = NULL;
    while (true) {
        bool fits = places_fits(places, resource, len);
        if (fits && status_is_ok(mem_alloc(c->home->memory, len, ret))) {
            places_use(places, &c->place, resource, len);
            return OK;
        }
        /* What came back went to others, who do not give way: so it is not these that are in it. */
        struct place *last = fits && freed >= len ? NULL : places_choose(places, resource);
        if (last == NULL || last == &c->place) {
            return FAIL(NO_MEMORY);
        }
        freed += last->used[resource];
        connection_evict(last);
    }
}
