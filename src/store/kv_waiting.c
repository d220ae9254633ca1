/* Records from the future, until their time has come. */
#include <string.h>

#include "base/invariant.h"
#include "store/kv_internal.h"

/* One that waits; its record is in no other structure. */
struct waiting {
    struct ordered_node node;
    struct kv_record *record;
    size_t cost;
    uint8_t tenant[DOMAIN_TENANT_ID];
    bool is_system;
};

_Static_assert(offsetof(struct waiting, node) == 0, "a node by time is what waits");

static struct kv_feed_item item_of(const struct waiting *waiting)
{
    return (struct kv_feed_item){
        .record = kv_record_view(waiting->record),
        .tenant = BYTES_ARRAY(waiting->tenant),
        .is_system = waiting->is_system,
    };
}

/* By time; what is sent again is the same. */
int kv_waiting_compare(const void *key, const struct ordered_node *node)
{
    const struct kv_feed_item *a = key;
    const struct kv_feed_item b = item_of((const void *)node);
    struct record_version left = record_version(&a->record);
    struct record_version right = record_version(&b.record);
    int order = record_version_order(&left, &right);
    if (order == 0) {
        order = bytes_compare(a->tenant, b.tenant);
    }
    return order != 0 ? order : bytes_compare(a->record.key, b.record.key);
}

/* Out of the structure. Returns: its record. */
static struct kv_record *take_out(struct kv *kv, struct waiting *waiting)
{
    struct kv_record *record = waiting->record;
    void *block = waiting;
    ordered_tree_remove(&kv->waiting, &waiting->node);
    INVARIANT(kv->stats.waiting_bytes >= waiting->cost);
    kv->stats.waiting_bytes -= waiting->cost;
    kv->stats.waiting--;
    mem_free(kv->mem, &block);
    return record;
}

/* Let the farthest go until there is room. Returns: false when that is the newcomer. */
static bool make_room(struct kv *kv, const struct kv_feed_item *item, size_t cost)
{
    while (cost > kv->limits.waiting_bytes - kv->stats.waiting_bytes) {
        struct ordered_node *last = ordered_tree_last(&kv->waiting);
        if (last == NULL || kv_waiting_compare(item, last) > 0) {
            return false;
        }
        struct kv_record *record = take_out(kv, (struct waiting *)(void *)last);
        kv_record_free(kv, &record);
    }
    return true;
}

struct status kv_waiting_add(struct kv *kv, const struct kv_at *at, const struct record *record)
{
    const struct kv_feed_item item = {
        .record = *record, .tenant = BYTES_ARRAY(at->keys->tenant), .is_system = at->is_system};
    size_t cost = kv_cost(sizeof(struct waiting)) + kv_cost(kv_record_len(record, false));
    void *block;
    if (ordered_tree_find(&kv->waiting, &item) != NULL) {
        return OK;
    }
    if (!make_room(kv, &item, cost)) {
        return FAIL(RECORD_FUTURE);
    }
    TRY(mem_alloc(kv->mem, sizeof(struct waiting), &block));
    struct waiting *waiting = block;
    struct status status = kv_record_make(kv, record, false, &waiting->record);
    if (!status_is_ok(status)) {
        mem_free(kv->mem, &block);
        return status;
    }
    memcpy(waiting->tenant, item.tenant.ptr, sizeof waiting->tenant);
    waiting->is_system = at->is_system;
    waiting->cost = cost;
    ordered_tree_insert(&kv->waiting, &item, &waiting->node);
    kv->stats.waiting++;
    kv->stats.waiting_bytes += cost;
    return OK;
}

bool kv_waiting_next(const struct kv *kv, uint64_t now_ms, struct kv_feed_item *ret_item)
{
    const struct ordered_node *first = ordered_tree_first(&kv->waiting);
    *ret_item = (struct kv_feed_item){0};
    if (first == NULL) {
        return false;
    }
    struct kv_feed_item item = item_of((const void *)first);
    if (item.record.updated_at_ms > kv_later(now_ms, kv->limits.future_ms)) {
        return false;
    }
    *ret_item = item;
    return true;
}

struct status kv_waiting_merge(struct kv *kv, const struct kv_at *at,
                               const uint8_t nonce[static VALUE_SEAL_NONCE],
                               enum kv_merged *ret_merged)
{
    struct kv_feed_item item;
    INVARIANT(kv_waiting_next(kv, at->now_ms, &item));
    INVARIANT(bytes_equal(item.tenant, BYTES_ARRAY(at->keys->tenant)));
    struct kv_record *record =
        take_out(kv, (struct waiting *)(void *)ordered_tree_first(&kv->waiting));
    struct record view = kv_record_view(record);
    struct status status = kv_merge(kv, at, &view, nonce, ret_merged);
    kv_record_free(kv, &record);
    return status;
}

void kv_waiting_clear(struct kv *kv)
{
    struct ordered_node *node;
    while ((node = ordered_tree_first(&kv->waiting)) != NULL) {
        struct kv_record *record = take_out(kv, (struct waiting *)(void *)node);
        kv_record_free(kv, &record);
    }
}
