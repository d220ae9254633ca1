/* Who has to go when a loop has no place, or no memory, for one more.
 *
 * The attacker opens as many connections as there are places and chooses what each of them does:
 * nothing, a part of a head, a body that does not end, an answer that is not taken. So whatever
 * a connection does, it is in one order, by when it last made progress: it came, its state changed,
 * an answer left, or LIMIT_HTTP_PROGRESS bytes went either way. When there is no room the last in
 * that order goes: first of all among those of a peer that has more than its share, an eighth of
 * what there is; then among all. A newcomer is the first in the order, and to hold a place means to
 * earn it again faster than others come. Those whose request is being handled are not touched.
 *
 * The share needs no setting: where all come from one peer, as behind a proxy, the order is what
 * counts. Belongs to one loop. Costs: constant, but for one look into a table by peer for each
 * connection. Used by the connections of a server. */
#ifndef COFFER_NET_PLACES_INTERNAL_H
#define COFFER_NET_PLACES_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/entropy.h"
#include "base/mem.h"
#include "base/rate_table.h"
#include "base/status.h"
#include "base/table.h"

/* What may be short. */
enum places_resource {
    PLACES_CONNECTIONS, /* counted by one */
    PLACES_INPUT,       /* bytes of requests that are not whole: nobody has judged them yet */
    PLACES_OUTPUT,      /* bytes of answers that were not taken */
    PLACES_RESOURCES,
};

/* What a connection does, and what it gives back when it goes: its place, and that resource. */
enum places_kind {
    PLACES_QUIET,
    PLACES_READING,
    PLACES_WRITING,
    PLACES_KINDS,
};

enum { PLACES_SHARES = 8 /* a peer's share is one of so many */ };

/* Of one connection, part of it. Zeros before it joins. */
struct place {
    struct place *older[2]; /* the next to make progress longer ago, of all and of its peer */
    struct place *newer[2];
    struct places_peer *peer;
    uint64_t turn; /* counts up with each progress */
    enum places_kind kind;
    bool is_ordered; /* may be chosen */
    size_t used[PLACES_RESOURCES];
};

struct places_order {
    struct place *newest[PLACES_KINDS];
    struct place *last[PLACES_KINDS];
};

struct places {
    struct mem *mem;
    void *memory;        /* of peers */
    struct table *peers; /* by address */
    struct places_order order;
    uint64_t turns;
    size_t limit[PLACES_RESOURCES];
    size_t used[PLACES_RESOURCES];
    struct places_peer *over[PLACES_RESOURCES][PLACES_SHARES]; /* those beyond their share */
    size_t over_count[PLACES_RESOURCES];
};

/* In: limits, from 1; memory for peers comes from mem.
 * Returns: OK, NO_MEMORY, ENTROPY. On failure: nothing is held. */
struct status places_open(struct places *places, const size_t limit[static PLACES_RESOURCES],
                          struct mem *mem, const struct entropy *entropy);

/* Nobody may be in it. It may not be open. */
void places_close(struct places *places);

/* Come and go. To go, it may not be ordered and may use nothing.
 * Returns: OK; OVERLOADED when there are too many peers. On failure: it has not joined. */
struct status places_join(struct places *places, struct place *place, struct rate_table_key key);
void places_leave(struct places *places, struct place *place);

/* It made progress and does this now. */
void places_put(struct places *places, struct place *place, enum places_kind kind);

/* It may not be chosen until it is put again. */
void places_take(struct places *places, struct place *place);

/* True if so much more is within the limit. */
bool places_fits(const struct places *places, enum places_resource resource, size_t amount);

/* It uses so much more, or less. More than the limit is the caller's to avoid. */
void places_use(struct places *places, struct place *place, enum places_resource resource,
                size_t amount);
void places_give(struct places *places, struct place *place, enum places_resource resource,
                 size_t amount);

/* The one that has to go so that some of a resource comes back; NULL when nobody can. */
struct place *places_choose(struct places *places, enum places_resource resource);

#endif
