#include <string.h>

#include "base/invariant.h"
#include "net/places_internal.h"

struct places_peer {
    struct places_order order;
    size_t used[PLACES_RESOURCES];
    size_t members;
};

/* The two orders that a place is in, as indices of its links. */
enum order_of {
    OF_ALL,
    OF_PEER,
};

struct status places_open(struct places *places, const size_t limit[static PLACES_RESOURCES],
                          struct mem *mem, const struct entropy *entropy)
{
    *places = (struct places){.mem = mem};
    memcpy(places->limit, limit, sizeof places->limit);
    /* Those that were chosen stay until libuv has closed them: as many again, at worst. */
    const struct table_rule rule = {2 * limit[PLACES_CONNECTIONS] + 2,
                                    sizeof(struct rate_table_key), sizeof(struct places_peer),
                                    TABLE_KEEP};
    TRY(mem_alloc(mem, table_size(&rule), &places->memory));
    struct status status = table_place(places->memory, &rule, entropy, &places->peers);
    if (!status_is_ok(status)) {
        places_close(places);
    }
    return status;
}

void places_close(struct places *places)
{
    INVARIANT(places->peers == NULL || table_count(places->peers) == 0);
    mem_free(places->mem, &places->memory);
    places->peers = NULL;
}

struct status places_join(struct places *places, struct place *place, struct rate_table_key key)
{
    struct places_peer *peer = table_find(places->peers, &key);
    if (peer == NULL) {
        peer = table_add(places->peers, &key);
    }
    if (peer == NULL) {
        return FAIL(OVERLOADED);
    }
    place->peer = peer;
    peer->members++;
    return OK;
}

void places_leave(struct places *places, struct place *place)
{
    struct places_peer *peer = place->peer;
    INVARIANT(!place->is_ordered && peer->members != 0);
    for (size_t i = 0; i < PLACES_RESOURCES; i++) {
        INVARIANT(place->used[i] == 0);
    }
    place->peer = NULL;
    peer->members--;
    if (peer->members == 0) {
        table_remove(places->peers, peer);
    }
}

/* --- orders ----------------------------------------------------------------------------------- */

static void unlink_from(struct places_order *order, struct place *place, enum order_of which)
{
    struct place *newer = place->newer[which];
    struct place *older = place->older[which];
    *(newer == NULL ? &order->newest[place->kind] : &newer->older[which]) = older;
    *(older == NULL ? &order->last[place->kind] : &older->newer[which]) = newer;
}

static void link_newest(struct places_order *order, struct place *place, enum order_of which)
{
    struct place *before = order->newest[place->kind];
    place->newer[which] = NULL;
    place->older[which] = before;
    *(before == NULL ? &order->last[place->kind] : &before->newer[which]) = place;
    order->newest[place->kind] = place;
}

void places_take(struct places *places, struct place *place)
{
    if (place->is_ordered) {
        unlink_from(&places->order, place, OF_ALL);
        unlink_from(&place->peer->order, place, OF_PEER);
        place->is_ordered = false;
    }
}

void places_put(struct places *places, struct place *place, enum places_kind kind)
{
    places_take(places, place);
    place->kind = kind;
    place->turn = ++places->turns;
    place->is_ordered = true;
    link_newest(&places->order, place, OF_ALL);
    link_newest(&place->peer->order, place, OF_PEER);
}

/* --- shares ----------------------------------------------------------------------------------- */

static size_t share_of(const struct places *places, enum places_resource resource)
{
    size_t share = places->limit[resource] / PLACES_SHARES;
    return share == 0 ? 1 : share;
}

/* Its use of a resource was before: note whether it has passed its share since. */
static void note_share(struct places *places, struct places_peer *peer,
                       enum places_resource resource, size_t before)
{
    size_t share = share_of(places, resource);
    bool was_over = before > share;
    bool is_over = peer->used[resource] > share;
    struct places_peer **over = places->over[resource];
    size_t *count = &places->over_count[resource];
    if (is_over && !was_over && *count < PLACES_SHARES) {
        over[(*count)++] = peer;
    }
    for (size_t i = 0; was_over && !is_over && i < *count; i++) {
        if (over[i] == peer) {
            over[i] = over[--*count];
        }
    }
}

bool places_fits(const struct places *places, enum places_resource resource, size_t amount)
{
    size_t limit = places->limit[resource];
    return amount <= limit && places->used[resource] <= limit - amount;
}

void places_use(struct places *places, struct place *place, enum places_resource resource,
                size_t amount)
{
    size_t before = place->peer->used[resource];
    place->used[resource] += amount;
    place->peer->used[resource] += amount;
    places->used[resource] += amount;
    note_share(places, place->peer, resource, before);
}

void places_give(struct places *places, struct place *place, enum places_resource resource,
                 size_t amount)
{
    size_t before = place->peer->used[resource];
    INVARIANT(place->used[resource] >= amount);
    place->used[resource] -= amount;
    place->peer->used[resource] -= amount;
    places->used[resource] -= amount;
    note_share(places, place->peer, resource, before);
}

/* --- the choice ------------------------------------------------------------------------------- */

/* The last one in an order, of those that give a resource back. */
static struct place *last_of(const struct places_order *order, enum places_resource resource)
{
    if (resource == PLACES_INPUT) {
        return order->last[PLACES_READING];
    }
    if (resource == PLACES_OUTPUT) {
        return order->last[PLACES_WRITING];
    }
    struct place *last = NULL;
    for (size_t i = 0; i < PLACES_KINDS; i++) {
        struct place *one = order->last[i];
        last = one != NULL && (last == NULL || one->turn < last->turn) ? one : last;
    }
    return last;
}

struct place *places_choose(struct places *places, enum places_resource resource)
{
    struct places_peer *heaviest = NULL;
    for (size_t i = 0; i < places->over_count[resource]; i++) {
        struct places_peer *peer = places->over[resource][i];
        bool can_give = last_of(&peer->order, resource) != NULL;
        if (can_give && (heaviest == NULL || peer->used[resource] > heaviest->used[resource])) {
            heaviest = peer;
        }
    }
    return last_of(heaviest != NULL ? &heaviest->order : &places->order, resource);
}
