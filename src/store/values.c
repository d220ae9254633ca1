#include "store/values.h"

#include <string.h>

#include "base/invariant.h"
#include "base/thread.h"

struct values {
    struct thread_lock lock;
    struct mem *mem;
    struct clock clock;
    struct entropy entropy;
    struct kv_limits limits;
    uint8_t node[VECTOR_CLOCK_WALLET];
    struct kv *kv;
};

struct status values_open(const struct values_setup *setup, struct values **ret)
{
    void *memory = NULL;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof **ret, &memory));
    struct values *values = memory;
    values->mem = setup->mem;
    values->clock = setup->clock;
    values->entropy = setup->entropy;
    values->limits = setup->limits;
    memcpy(values->node, setup->node, sizeof values->node);
    struct status status = kv_open(&setup->limits, setup->node, setup->mem, &values->kv);
    if (!status_is_ok(status)) {
        mem_free(setup->mem, &memory);
        return status;
    }
    thread_lock_init(&values->lock);
    *ret = values;
    return OK;
}

void values_close(struct values **values)
{
    if (*values == NULL) {
        return;
    }
    struct mem *mem = (*values)->mem;
    kv_close(&(*values)->kv);
    thread_lock_deinit(&(*values)->lock);
    void *memory = *values;
    mem_free(mem, &memory);
    *values = NULL;
}

void values_empty(struct values *values)
{
    thread_lock_take(&values->lock);
    kv_close(&values->kv);
    struct status status = kv_open(&values->limits, values->node, values->mem, &values->kv);
    INVARIANT(status_is_ok(status)); /* there was as much before */
    thread_lock_give(&values->lock);
}

bool values_key_valid(struct bytes key)
{
    bool plain = true;
    for (size_t i = 0; i < key.len; i++) {
        plain = plain && key.ptr[i] >= 0x20 && key.ptr[i] != 0x7f;
    }
    return plain && status_is_ok(record_check_key(key));
}

/* Whoever changes records takes the lock here. */
void values_as_owner(struct values *values, values_step *step, void *context)
{
    thread_lock_take(&values->lock);
    step(context, values->kv);
    thread_lock_give(&values->lock);
}

/* Late for what expires: the upper end of what the time may be. */
static struct kv_at at(const struct values *values, const struct value_seal_keys *keys)
{
    return (struct kv_at){.keys = keys, .now_ms = clock_wall(&values->clock).hi_ms};
}

/* --- writes ----------------------------------------------------------------------------------- */

struct change {
    struct kv_at at;
    struct kv_write *write;
    const struct values_also *also;
    struct kv_found *found;
    struct status (*apply)(struct kv *, const struct kv_at *, const struct kv_write *,
                           struct kv_found *);
    struct status status;
};

static void change_step(void *context, struct kv *kv)
{
    struct change *change = context;
    const struct values_also *also = change->also;
    change->status = also == NULL ? OK : also->may(also->context);
    if (!status_is_ok(change->status)) {
        return;
    }
    change->status = change->apply(kv, &change->at, change->write, change->found);
    if (also != NULL && status_is_ok(change->status)) {
        also->done(also->context);
    }
}

/* The nonce is drawn before: a step asks nobody for anything. */
static struct status apply(struct values *values, struct change *change)
{
    TRY(entropy_fill(&values->entropy, change->write->nonce, sizeof change->write->nonce));
    values_as_owner(values, change_step, change);
    change->found->key = change->write->key;
    return change->status;
}

struct status values_put(struct values *values, const struct value_seal_keys *keys,
                         struct kv_write *write, const struct values_also *also,
                         struct kv_found *ret_found)
{
    struct change change = {at(values, keys), write, also, ret_found, kv_put, OK};
    return apply(values, &change);
}

struct status values_delete(struct values *values, const struct value_seal_keys *keys,
                            struct kv_write *write, const struct values_also *also,
                            struct kv_found *ret_found)
{
    struct change change = {at(values, keys), write, also, ret_found, kv_delete, OK};
    return apply(values, &change);
}

struct status values_put_system(struct values *values, const struct value_seal_keys *keys,
                                struct kv_write *write, struct kv_found *ret_found)
{
    struct change change = {at(values, keys), write, NULL, ret_found, kv_put, OK};
    change.at.is_system = true;
    return apply(values, &change);
}

/* --- reads ------------------------------------------------------------------------------------ */

struct look {
    const uint8_t *tenant;
    struct bytes key;
    bool is_there;
    struct kv_usage usage;
};

static void look_step(void *context, struct kv *kv)
{
    struct look *look = context;
    struct record record;
    look->is_there = kv_peek(kv, look->tenant, look->key, &record);
}

bool values_has(struct values *values, const uint8_t tenant[static DOMAIN_TENANT_ID],
                struct bytes key)
{
    struct look look = {.tenant = tenant, .key = key};
    values_as_owner(values, look_step, &look);
    return look.is_there;
}

static void usage_step(void *context, struct kv *kv)
{
    struct look *look = context;
    look->usage = kv_usage(kv, look->tenant);
}

struct kv_usage values_usage(struct values *values, const uint8_t tenant[static DOMAIN_TENANT_ID])
{
    struct look look = {.tenant = tenant};
    values_as_owner(values, usage_step, &look);
    return look.usage;
}

struct reading {
    struct kv_at at;
    const struct kv_read *read;
    struct buf *value;
    struct kv_found *found;
    struct status status;
};

static void read_step(void *context, struct kv *kv)
{
    struct reading *reading = context;
    reading->status = kv_get(kv, &reading->at, reading->read, reading->value, reading->found);
}

struct status values_get(struct values *values, const struct value_seal_keys *keys,
                         const struct kv_read *read, struct buf *ret_value,
                         struct kv_found *ret_found)
{
    struct reading reading = {at(values, keys), read, ret_value, ret_found, OK};
    values_as_owner(values, read_step, &reading);
    ret_found->key = read->key;
    return reading.status;
}

struct listing {
    struct kv_at at;
    const struct kv_list *list;
    struct arena *arena;
    struct values_page page;
    struct status status;
};

/* What the store showed is its own until the next write: keep copies. */
static struct status keep_page(struct listing *listing, const struct kv_page *page)
{
    struct values_page *kept = &listing->page;
    for (size_t i = 0; i < page->count; i++) {
        TRY(arena_copy(listing->arena, kept->found[i].key, &kept->found[i].key));
    }
    TRY(arena_copy(listing->arena, page->next, &kept->next));
    kept->count = page->count;
    kept->more = page->more;
    return OK;
}

static void list_step(void *context, struct kv *kv)
{
    struct listing *listing = context;
    struct kv_page page;
    listing->status = kv_list(kv, &listing->at, listing->list, listing->page.found, &page);
    if (status_is_ok(listing->status)) {
        listing->status = keep_page(listing, &page);
    }
}

struct status values_list(struct values *values, const struct value_seal_keys *keys,
                          const struct kv_list *list, struct arena *arena,
                          struct values_page *ret_page)
{
    struct listing listing = {.at = at(values, keys), .list = list, .arena = arena};
    *ret_page = (struct values_page){.count = 0};
    listing.page.found =
        arena_array(arena, list->max == 0 ? 1 : list->max, sizeof *listing.page.found);
    if (listing.page.found == NULL) {
        return FAIL(NO_MEMORY);
    }
    values_as_owner(values, list_step, &listing);
    if (status_is_ok(listing.status)) {
        *ret_page = listing.page;
    }
    return listing.status;
}

static void stats_step(void *context, struct kv *kv)
{
    *(struct kv_stats *)context = kv_stats(kv);
}

struct kv_stats values_stats(struct values *values)
{
    struct kv_stats stats;
    values_as_owner(values, stats_step, &stats);
    return stats;
}
