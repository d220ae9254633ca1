/* The host of the storage, who shows what he likes, and the contract that has the anchor. */
#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"
#include "sim/snapshots_internal.h"

enum { SHOW_FORK = 7 }; /* of what a host does: where there is one */

/* As it is now, to be shown some day. */
void snapshots_keep_state(struct sim *sim)
{
    struct sim_snapshots *own = sim->snapshots;
    struct storage **place = &own->states[own->state_count++ % SNAPSHOTS_STATES];
    if (*place != NULL) {
        storage_free(*place);
    }
    *place = storage_copy(own->storage);
}

static struct storage_object *draw_object(struct sim *sim, struct storage *storage)
{
    return &storage->objects[sim_below(sim, storage->count)];
}

/* An older state with some of what came later. */
static void mix(struct sim *sim, struct storage *into, const struct storage *from)
{
    bool is_there;
    for (size_t i = 0; i < from->count; i++) {
        const struct storage_object *object = &from->objects[i];
        storage_find(into, object->name.text, &is_there);
        if (!is_there && sim_chance(sim, 600)) {
            storage_insert(into, &object->name, (struct bytes){object->bytes, object->len});
        }
    }
}

static void drop(struct sim *sim, struct storage *storage)
{
    for (size_t i = 1 + sim_below(sim, 3); i != 0 && storage->count != 0; i--) {
        storage_delete(storage, sim_below(sim, storage->count));
    }
}

/* The newest headers are not in the list; they stand first, by height. */
static void hide_headers(struct sim *sim, struct storage *storage)
{
    size_t headers = 0;
    while (headers < storage->count && storage->objects[headers].name.text[0] == 'h') {
        headers++;
    }
    for (size_t i = 1 + sim_below(sim, 2); i != 0 && headers != 0; i--) {
        storage_delete(storage, --headers);
    }
}

bool snapshots_have_fork(const struct sim_snapshots *own)
{
    struct snapshot_point point;
    for (size_t i = 0; own->anchored.height != 0 && i < own->storage->count; i++) {
        if (snapshot_header_point(&own->storage->objects[i].name, &point) &&
            point.height >= own->anchored.height && !snapshots_counts(own, &point)) {
            return true;
        }
    }
    return false;
}

/* Of what is as high as the anchored one, or higher, that which does not count. */
static void show_fork(struct sim *sim, struct storage *storage)
{
    const struct sim_snapshots *own = sim->snapshots;
    struct snapshot_point point;
    for (size_t i = storage->count; i-- != 0;) {
        if (snapshot_header_point(&storage->objects[i].name, &point) &&
            point.height > own->anchored.height && snapshots_counts(own, &point)) {
            storage_delete(storage, i);
        }
    }
}

/* Something else, that was genuine elsewhere, under the name of an object. */
static void swap_object(struct sim *sim, struct storage *storage)
{
    struct storage_object *a = draw_object(sim, storage);
    struct storage_object *b = draw_object(sim, storage);
    uint8_t *bytes = a->bytes;
    size_t len = a->len;
    a->bytes = b->bytes;
    a->len = b->len;
    b->bytes = bytes;
    b->len = len;
}

void snapshots_meddle(struct sim *sim)
{
    struct sim_snapshots *own = sim->snapshots;
    bool is_fork = snapshots_have_fork(own) && sim_chance(sim, 800);
    uint64_t kind = is_fork ? SHOW_FORK : sim_below(sim, SHOW_FORK);
    size_t states = own->state_count < SNAPSHOTS_STATES ? own->state_count : SNAPSHOTS_STATES;
    if (kind == 0 || states == 0 || own->honest != NULL || own->storage->count == 0) {
        return;
    }
    own->honest = own->storage;
    const struct storage *old = own->states[sim_below(sim, states)];
    own->storage = storage_copy(kind <= 2 ? old : own->honest);
    if (kind == 1) {
        sim_seen(sim, SIM_ROLLED_BACK);
    } else if (kind == 2) {
        mix(sim, own->storage, own->honest);
        sim_seen(sim, SIM_STATES_MIXED);
    } else if (kind == 3) {
        drop(sim, own->storage);
        sim_seen(sim, SIM_OBJECTS_DROPPED);
    } else if (kind == 4) {
        struct storage_object *object = draw_object(sim, own->storage);
        object->len = sim_below(sim, object->len);
        sim_seen(sim, SIM_OBJECT_CUT);
    } else if (kind == 5) {
        hide_headers(sim, own->storage);
        sim_seen(sim, SIM_HEADERS_HIDDEN);
    } else if (kind == SHOW_FORK) {
        show_fork(sim, own->storage);
        sim_seen(sim, SIM_FORK_SHOWN);
    } else {
        swap_object(sim, own->storage);
        sim_seen(sim, SIM_OBJECTS_SWAPPED);
    }
}

void snapshots_be_honest(struct sim *sim)
{
    struct sim_snapshots *own = sim->snapshots;
    if (own->honest != NULL) {
        storage_free(own->storage);
        own->storage = own->honest;
        own->honest = NULL;
    }
}

/* --- the contract ----------------------------------------------------------------------------- */

enum { ANCHOR_STEP_MAX = 1 << 20 };

/* The block of the newest anchor leaves the chain. */
static void leave_chain(struct sim *sim, struct sim_event *event)
{
    struct sim_snapshots *own = sim->snapshots;
    if (memcmp(own->anchored.digest, event->bytes, SNAPSHOT_DIGEST) == 0 && !sim->is_calm) {
        own->anchored = own->before;
        sim_seen(sim, SIM_ANCHOR_REORGANISED);
    }
}

struct status snapshots_anchor(struct sim *sim, const struct snapshot_action *action)
{
    struct sim_snapshots *own = sim->snapshots;
    const struct snapshot_point *point = &action->point;
    bool is_behind = snapshot_point_order(&own->anchored, &action->follows) == 0;
    if (is_behind && point->height > own->anchored.height &&
        point->height - own->anchored.height <= ANCHOR_STEP_MAX) {
        own->before = own->anchored;
        own->anchored = *point;
        sim_seen(sim, SIM_ANCHORED);
        if (!sim->is_calm && sim_chance(sim, 150)) {
            struct sim_event *event = sim_event_new(BYTES_ARRAY(point->digest));
            event->happen = leave_chain;
            sim_at(sim, sim->now_ms + 1 + sim_below(sim, 3000), event);
        }
    }
    if (snapshot_point_order(&own->anchored, point) == 0) {
        return OK;
    }
    is_behind = snapshot_point_order(&own->anchored, &action->follows) == 0;
    return is_behind ? FAIL(UNAVAILABLE) : FAIL(SNAPSHOT_LOST);
}
