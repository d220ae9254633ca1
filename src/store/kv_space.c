/* Where records lie, what they cost, and what goes when room is needed or time has passed. */
#include <string.h>

#include "base/invariant.h"
#include "store/kv_internal.h"

enum {
    GRAVE_SHARE = 4,  /* the dead take at most this part of a quota */
    SPARE_SHARE = 16, /* what is not evictable leaves at least this part */
};

static void link_first(struct kv_link *head, struct kv_link *link)
{
    link->previous = head;
    link->next = head->next;
    head->next->previous = link;
    head->next = link;
}

static void unlink(struct kv_link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
}

static struct kv_record *record_of(struct kv_link *link)
{
    uintptr_t at = (uintptr_t)link - offsetof(struct kv_record, link);
    return (struct kv_record *)at; /* NOLINT(performance-no-int-to-ptr) */
}

static struct kv_space *space_by_size(struct ordered_node *node)
{
    uintptr_t at = (uintptr_t)node - offsetof(struct kv_space, by_size);
    return (struct kv_space *)at; /* NOLINT(performance-no-int-to-ptr) */
}

/* The least recently used of a list besides keep, which may be older than what making room left;
 * NULL when there is none. */
static struct kv_record *oldest(struct kv_link *head, const struct kv_record *keep)
{
    struct kv_link *last = head->previous;
    if (last != head && record_of(last) == keep) {
        last = last->previous;
    }
    return last == head ? NULL : record_of(last);
}

static struct kv_link *list_of(struct kv_space *space, const struct kv_record *record)
{
    switch ((enum kv_state)record->state) {
    case KV_LIVE:
        return kv_record_kept(record) ? &space->kept : &space->live;
    case KV_EXPIRED:
        return &space->expired;
    case KV_SPENT:
    case KV_BURIED:
        break;
    }
    return &space->graves;
}

struct kv_space *kv_space_find(const struct kv *kv, const uint8_t id[static DOMAIN_TENANT_ID])
{
    struct ordered_node *node = ordered_tree_find(&kv->spaces, id);
    return node == NULL ? NULL : (struct kv_space *)(void *)node;
}

_Static_assert(offsetof(struct kv_space, by_id) == 0, "a node by id is its namespace");

struct kv_record *kv_space_record(const struct kv_space *space, struct bytes key)
{
    struct ordered_node *node = ordered_tree_find(&space->records, &key);
    return node == NULL ? NULL : kv_record_of(node);
}

void kv_touch(struct kv_record *record)
{
    unlink(&record->link);
    link_first(list_of(record->space, record), &record->link);
}

/* --- accounts --------------------------------------------------------------------------------- */

static int compare_key(const void *key, const struct ordered_node *node)
{
    return bytes_compare(*(const struct bytes *)key, kv_record_key(kv_record_of(node)));
}

static void unsize(struct kv *kv, struct kv_space *space)
{
    if (space->is_sized) {
        ordered_tree_remove(&kv->by_size, &space->by_size);
        space->is_sized = false;
    }
}

size_t kv_space_loose(const struct kv_space *space)
{
    return space->bytes - space->kept_bytes - kv_cost(sizeof *space);
}

size_t kv_kept_limit(size_t quota)
{
    return quota - quota / SPARE_SHARE;
}

/* Change a number by what was added and taken. */
static void change(size_t *number, size_t added, size_t taken)
{
    INVARIANT(*number + added >= taken);
    *number = *number + added - taken;
}

/* Move a namespace by what was added and taken. Its place by size follows. In: is_kept, that is of
 * what cannot go. */
static void resize(struct kv *kv, struct kv_space *space, size_t added, size_t taken, bool is_kept)
{
    unsize(kv, space);
    change(&space->bytes, added, taken);
    if (is_kept) {
        change(&space->kept_bytes, added, taken);
    }
    if (space->is_system) {
        change(&kv->stats.system_bytes, added, taken);
        return;
    }
    change(&kv->stats.bytes, added, taken);
    if (is_kept) {
        change(&kv->kept_bytes, added, taken);
    }
    if (kv_space_loose(space) != 0) {
        ordered_tree_insert(&kv->by_size, space, &space->by_size);
        space->is_sized = true;
    }
}

/* The same for a namespace itself, which stays while it has records. */
static void resize_own(struct kv *kv, struct kv_space *space, size_t added, size_t taken)
{
    change(&space->bytes, added, taken);
    change(space->is_system ? &kv->stats.system_bytes : &kv->stats.bytes, added, taken);
    if (!space->is_system) {
        change(&kv->kept_bytes, added, taken);
    }
}

/* Count a record as alive or dead, in or out. */
static void count(struct kv *kv, const struct kv_record *record, size_t added, size_t taken)
{
    struct kv_space *space = record->space;
    bool is_live = record->state == KV_LIVE;
    change(is_live ? &kv->stats.records : &kv->stats.dead, added, taken);
    if (is_live) {
        change(&space->live_count, added, taken);
    }
    if (kv_record_kept(record)) {
        change(&space->kept_count, added, taken);
    }
}

static bool is_grave(const struct kv_record *record)
{
    return record->state == KV_SPENT || record->state == KV_BURIED;
}

/* Into every structure but the tree by key, where it already is, and the digest. */
static void attach(struct kv *kv, struct kv_space *space, struct kv_record *record)
{
    size_t cost = kv_record_cost(record);
    record->space = space;
    link_first(list_of(space, record), &record->link);
    if (record->state != KV_SPENT) {
        record->change = (struct kv_change){kv->changes.previous, &kv->changes, ++kv->seq};
        kv->changes.previous->next = &record->change;
        kv->changes.previous = &record->change;
    }
    if (record->has_due) {
        struct kv_due *due = kv_due_of(record);
        ordered_tree_insert(&kv->due, due, &due->node);
    }
    if (is_grave(record)) {
        space->grave_count++;
        space->grave_bytes += cost;
    }
    count(kv, record, 1, 0);
    resize(kv, space, cost, 0, kv_record_kept(record));
}

static void detach(struct kv *kv, struct kv_record *record)
{
    struct kv_space *space = record->space;
    size_t cost = kv_record_cost(record);
    unlink(&record->link);
    if (record->state != KV_SPENT) {
        record->change.previous->next = record->change.next;
        record->change.next->previous = record->change.previous;
    }
    if (record->has_due) {
        ordered_tree_remove(&kv->due, &kv_due_of(record)->node);
    }
    if (is_grave(record)) {
        space->grave_count--;
        space->grave_bytes -= cost;
    }
    count(kv, record, 0, 1);
    resize(kv, space, 0, cost, kv_record_kept(record));
}

static struct status make_space(struct kv *kv, const struct kv_at *at, struct kv_space **ret)
{
    void *block;
    TRY(mem_alloc(kv->mem, sizeof **ret, &block));
    struct kv_space *space = block;
    memcpy(space->id, at->keys->tenant, sizeof space->id);
    space->is_system = at->is_system;
    space->records = ordered_tree_over(compare_key);
    space->live = (struct kv_link){&space->live, &space->live};
    space->kept = (struct kv_link){&space->kept, &space->kept};
    space->expired = (struct kv_link){&space->expired, &space->expired};
    space->graves = (struct kv_link){&space->graves, &space->graves};
    ordered_tree_insert(&kv->spaces, space->id, &space->by_id);
    resize_own(kv, space, kv_cost(sizeof *space), 0);
    kv->stats.namespaces++;
    *ret = space;
    return OK;
}

void kv_space_free(struct kv *kv, struct kv_space *space)
{
    unsize(kv, space);
    resize_own(kv, space, 0, kv_cost(sizeof *space));
    ordered_tree_remove(&kv->spaces, &space->by_id);
    kv->stats.namespaces--;
    void *block = space;
    mem_free(kv->mem, &block);
}

/* A namespace without records goes, unless what it remembers still matters. */
static void remove_record(struct kv *kv, struct kv_record *record)
{
    struct kv_space *space = record->space;
    detach(kv, record);
    ordered_tree_remove(&space->records, &record->by_key);
    kv_digest_change(kv, record, NULL);
    kv_record_free(kv, &record);
    if (space->records.count != 0) {
        return;
    }
    uint64_t floor_ms = space->floor.updated_at_ms;
    bool has_floor = floor_ms != 0 && kv_later(floor_ms, kv->limits.retention_ms) >= kv->now_ms;
    if (!has_floor && space->evicted_ms < kv->now_ms) {
        kv_space_free(kv, space);
    }
}

/* --- room ------------------------------------------------------------------------------------- */

/* What is dead goes before its time: what it beats of any key stays out from now on. */
static void end_early(struct kv *kv, struct kv_record *record)
{
    struct kv_space *space = record->space;
    struct record view = kv_record_view(record);
    struct record_version version = record_version(&view);
    if (record_version_order(&space->floor, &version) < 0) {
        space->floor = version;
    }
    kv->stats.early_ends++;
    remove_record(kv, record);
}

/* Of a record only its times and clocks stay, until due. */
static void spend(struct kv *kv, struct kv_record *record, uint64_t due_ms)
{
    struct kv_space *space = record->space;
    struct kv_record *rest;
    struct record view = kv_record_view(record);
    view.blob = (struct bytes){NULL, 0};
    if (!status_is_ok(kv_record_make(kv, &view, true, &rest))) {
        end_early(kv, record);
        return;
    }
    rest->state = KV_SPENT;
    rest->hides = record->hides;
    kv_due_of(rest)->at_ms = due_ms;
    detach(kv, record);
    ordered_tree_replace(&space->records, &record->by_key, &rest->by_key);
    attach(kv, space, rest);
    kv_digest_change(kv, record, rest);
    kv_record_free(kv, &record);
}

/* An evictable record leaves nothing, unless something dead under it would then lie open. */
static void evict_live(struct kv *kv, struct kv_record *record)
{
    struct kv_space *space = record->space;
    uint64_t end_ms = kv_later(record->updated_at_ms, kv->limits.retention_ms);
    if (space->evicted_ms < record->updated_at_ms) {
        space->evicted_ms = record->updated_at_ms;
    }
    if (record->hides && end_ms > kv->now_ms) {
        spend(kv, record, end_ms);
    } else {
        remove_record(kv, record);
    }
}

/* Take one thing from a namespace, but not keep. Returns: false when there is nothing. */
static bool evict(struct kv *kv, struct kv_space *space, const struct kv_record *keep)
{
    struct kv_record *record = oldest(&space->expired, keep);
    if (record != NULL) {
        spend(kv, record, kv_due_of(record)->at_ms);
        return true;
    }
    record = oldest(&space->live, keep);
    if (record != NULL) {
        kv->stats.evictions++;
        evict_live(kv, record);
        return true;
    }
    record = oldest(&space->graves, keep);
    if (record != NULL) {
        end_early(kv, record);
    }
    return record != NULL;
}

/* Take one thing from the namespace where most may go, and that has something besides keep. */
static bool evict_largest(struct kv *kv, const struct kv_record *keep)
{
    struct ordered_node *node = ordered_tree_last(&kv->by_size);
    while (node != NULL) {
        struct ordered_node *previous = ordered_tree_previous(node);
        if (evict(kv, space_by_size(node), keep)) {
            return true;
        }
        node = previous;
    }
    return false;
}

static bool has_too_many_graves(const struct kv *kv, const struct kv_space *space)
{
    size_t quota = space->is_system ? kv->limits.system_bytes : kv->limits.app_bytes;
    return space->grave_count > kv->limits.tombstones || space->grave_bytes > quota / GRAVE_SHARE;
}

/* Returns when everything fits, or nothing but keep is left to take. */
static void make_room(struct kv *kv, struct kv_space *space, const struct kv_record *keep)
{
    bool more = true;
    while (more && !space->is_system && space->bytes > kv->limits.app_bytes) {
        more = evict(kv, space, keep);
    }
    while (has_too_many_graves(kv, space) && oldest(&space->graves, keep) != NULL) {
        end_early(kv, oldest(&space->graves, keep));
    }
    more = true;
    while (more && kv->stats.bytes > kv->limits.all_apps_bytes) {
        more = evict_largest(kv, keep);
    }
}

/* Of the system nothing can go. */
static struct status system_fits(const struct kv *kv, const struct kv_space *space,
                                 const struct kv_record *old, size_t cost)
{
    size_t used = kv->stats.system_bytes - (old == NULL ? 0 : kv_record_cost(old));
    size_t more = cost + (space == NULL ? kv_cost(sizeof *space) : 0);
    return used <= kv->limits.system_bytes && more <= kv->limits.system_bytes - used
               ? OK
               : FAIL(VALUE_QUOTA);
}

struct status kv_space_fits(const struct kv *kv, const struct kv_at *at,
                            const struct kv_record *old, size_t cost, bool adds_kept)
{
    const struct kv_space *space = kv_space_find(kv, at->keys->tenant);
    INVARIANT(space == NULL || space->is_system == at->is_system);
    if (at->is_system) {
        return system_fits(kv, space, old, cost);
    }
    /* Everything that is not kept can go. */
    size_t own = kv_cost(sizeof *space);
    size_t goes = old != NULL && kv_record_kept(old) ? kv_record_cost(old) : 0;
    size_t app = (space == NULL ? 0 : space->kept_bytes) + own + cost - goes;
    size_t all = kv->kept_bytes + (space == NULL ? own : 0) + cost - goes;
    size_t app_limit = kv->limits.app_bytes;
    size_t all_limit = kv->limits.all_apps_bytes;
    if (adds_kept) {
        app_limit = kv_kept_limit(app_limit);
        all_limit = kv_kept_limit(all_limit);
    }
    return app <= app_limit && all <= all_limit ? OK : FAIL(VALUE_QUOTA);
}

bool kv_space_has_room(const struct kv *kv, const struct kv_at *at, const struct kv_record *old,
                       size_t cost)
{
    const struct kv_space *space = kv_space_find(kv, at->keys->tenant);
    size_t goes = old == NULL ? 0 : kv_record_cost(old);
    size_t more = cost + (space == NULL ? kv_cost(sizeof *space) : 0);
    size_t app = (space == NULL ? 0 : space->bytes) + more - goes;
    size_t all = kv->stats.bytes + more - goes;
    return at->is_system || (app <= kv->limits.app_bytes && all <= kv->limits.all_apps_bytes);
}

struct status kv_place(struct kv *kv, const struct kv_at *at, struct kv_record *old,
                       struct kv_record *record)
{
    struct kv_space *space = kv_space_find(kv, at->keys->tenant);
    if (space == NULL) {
        struct status status = make_space(kv, at, &space);
        if (!status_is_ok(status)) {
            kv_record_free(kv, &record);
            return status;
        }
    }
    if (old != NULL) {
        detach(kv, old);
        ordered_tree_replace(&space->records, &old->by_key, &record->by_key);
    } else {
        struct bytes key = kv_record_key(record);
        ordered_tree_insert(&space->records, &key, &record->by_key);
    }
    attach(kv, space, record);
    kv_digest_change(kv, old, record);
    kv_record_free(kv, &old);
    make_room(kv, space, record);
    return OK;
}

/* --- time ------------------------------------------------------------------------------------- */

/* A record whose ttl has passed becomes evidence. For peers this is no change. */
static void expire(struct kv *kv, struct kv_record *record)
{
    struct kv_space *space = record->space;
    struct kv_due *due = kv_due_of(record);
    size_t cost = kv_record_cost(record);
    unlink(&record->link);
    ordered_tree_remove(&kv->due, &due->node);
    count(kv, record, 0, 1);
    resize(kv, space, 0, cost, kv_record_kept(record));
    record->state = KV_EXPIRED;
    count(kv, record, 1, 0);
    resize(kv, space, cost, 0, false);
    uint64_t expired_ms = record_expires(record->updated_at_ms, record->ttl_ms);
    due->at_ms = kv_later(expired_ms, kv->limits.retention_ms);
    link_first(&space->expired, &record->link);
    ordered_tree_insert(&kv->due, due, &due->node);
    kv->stats.expiries++;
}

size_t kv_tick(struct kv *kv, uint64_t now_ms, size_t max)
{
    kv->now_ms = now_ms > kv->now_ms ? now_ms : kv->now_ms;
    size_t steps = 0;
    while (steps < max) {
        struct ordered_node *node = ordered_tree_first(&kv->due);
        struct kv_due *due = (struct kv_due *)(void *)node;
        if (due == NULL || due->at_ms > kv->now_ms) {
            break;
        }
        if (due->record->state == KV_LIVE) {
            expire(kv, due->record);
        } else {
            remove_record(kv, due->record);
        }
        steps++;
    }
    return steps;
}

_Static_assert(offsetof(struct kv_due, node) == 0, "a node by time is its struct kv_due");
