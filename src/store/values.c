#include "store/values.h"

#include <pthread.h>

#include "base/invariant.h"

struct values {
    pthread_mutex_t mutex;
    struct mem *mem;
    struct clock clock;
    struct entropy entropy;
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
    struct status status = kv_open(&setup->limits, setup->node, setup->mem, &values->kv);
    if (!status_is_ok(status)) {
        mem_free(setup->mem, &memory);
        return status;
    }
    INVARIANT(pthread_mutex_init(&values->mutex, NULL) == 0);
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
    pthread_mutex_destroy(&(*values)->mutex);
    void *memory = *values;
    mem_free(mem, &memory);
    *values = NULL;
}

bool values_key_valid(struct bytes key)
{
    bool plain = true;
    for (size_t i = 0; i < key.len; i++) {
        plain = plain && key.ptr[i] >= 0x20 && key.ptr[i] != 0x7f;
    }
    return plain && status_is_ok(record_check_key(key));
}

/* Late for what expires: the upper end of what the time may be. */
static struct kv_at at(const struct values *values, const struct value_seal_keys *keys)
{
    return (struct kv_at){.keys = keys, .now_ms = clock_wall(&values->clock).hi_ms};
}

static struct status write_at(struct values *values, const struct kv_at *now,
                              struct kv_write *write,
                              struct status (*apply)(struct kv *, const struct kv_at *,
                                                     const struct kv_write *, struct kv_found *),
                              struct kv_found *ret_found)
{
    TRY(entropy_fill(&values->entropy, write->nonce, sizeof write->nonce));
    pthread_mutex_lock(&values->mutex);
    struct status status = apply(values->kv, now, write, ret_found);
    pthread_mutex_unlock(&values->mutex);
    ret_found->key = write->key;
    return status;
}

struct status values_put(struct values *values, const struct value_seal_keys *keys,
                         struct kv_write *write, struct kv_found *ret_found)
{
    const struct kv_at now = at(values, keys);
    return write_at(values, &now, write, kv_put, ret_found);
}

struct status values_delete(struct values *values, const struct value_seal_keys *keys,
                            struct kv_write *write, struct kv_found *ret_found)
{
    const struct kv_at now = at(values, keys);
    return write_at(values, &now, write, kv_delete, ret_found);
}

struct status values_put_system(struct values *values, const struct value_seal_keys *keys,
                                struct kv_write *write, struct kv_found *ret_found)
{
    struct kv_at now = at(values, keys);
    now.is_system = true;
    return write_at(values, &now, write, kv_put, ret_found);
}

bool values_has(struct values *values, const uint8_t tenant[static DOMAIN_TENANT_ID],
                struct bytes key)
{
    struct record record;
    pthread_mutex_lock(&values->mutex);
    bool is_there = kv_peek(values->kv, tenant, key, &record);
    pthread_mutex_unlock(&values->mutex);
    return is_there;
}

struct status values_get(struct values *values, const struct value_seal_keys *keys,
                         const struct kv_read *read, struct buf *ret_value,
                         struct kv_found *ret_found)
{
    const struct kv_at now = at(values, keys);
    pthread_mutex_lock(&values->mutex);
    struct status status = kv_get(values->kv, &now, read, ret_value, ret_found);
    pthread_mutex_unlock(&values->mutex);
    ret_found->key = read->key;
    return status;
}

/* What the store showed is its own until the next write: keep copies. */
static struct status keep_page(struct arena *arena, const struct kv_page *page,
                               struct values_page *ret_page)
{
    for (size_t i = 0; i < page->count; i++) {
        TRY(arena_copy(arena, ret_page->found[i].key, &ret_page->found[i].key));
    }
    TRY(arena_copy(arena, page->next, &ret_page->next));
    ret_page->count = page->count;
    ret_page->more = page->more;
    return OK;
}

struct status values_list(struct values *values, const struct value_seal_keys *keys,
                          const struct kv_list *list, struct arena *arena,
                          struct values_page *ret_page)
{
    const struct kv_at now = at(values, keys);
    struct kv_page page;
    struct values_page kept = {
        .found = arena_array(arena, list->max == 0 ? 1 : list->max, sizeof *kept.found)};
    *ret_page = (struct values_page){.count = 0};
    if (kept.found == NULL) {
        return FAIL(NO_MEMORY);
    }
    pthread_mutex_lock(&values->mutex);
    struct status status = kv_list(values->kv, &now, list, kept.found, &page);
    if (status_is_ok(status)) {
        status = keep_page(arena, &page, &kept);
    }
    pthread_mutex_unlock(&values->mutex);
    if (status_is_ok(status)) {
        *ret_page = kept;
    }
    return status;
}

struct kv_usage values_usage(struct values *values, const uint8_t tenant[static DOMAIN_TENANT_ID])
{
    pthread_mutex_lock(&values->mutex);
    struct kv_usage usage = kv_usage(values->kv, tenant);
    pthread_mutex_unlock(&values->mutex);
    return usage;
}

struct kv_stats values_stats(struct values *values)
{
    pthread_mutex_lock(&values->mutex);
    struct kv_stats stats = kv_stats(values->kv);
    pthread_mutex_unlock(&values->mutex);
    return stats;
}
