#include "store/kv.h"

#include <string.h>

#include "base/ct.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "store/kv_internal.h"

enum { STEPS_PER_WRITE = 4 }; /* of kv_tick: more than a write can add */

/* A record in the making, with its clock. Only the record starts as zeros. */
struct draft {
    struct record record;
    uint8_t clock[VECTOR_CLOCK_BYTES];
};

static int compare_space(const void *key, const struct ordered_node *node)
{
    const struct kv_space *space = (const void *)node;
    return bytes_compare((struct bytes){key, DOMAIN_TENANT_ID}, BYTES_ARRAY(space->id));
}

static int compare_address(const void *a, const void *b)
{
    return (uintptr_t)a < (uintptr_t)b ? -1 : a == b ? 0 : 1;
}

static int compare_size(const void *key, const struct ordered_node *node)
{
    const struct kv_space *a = key;
    uintptr_t at = (uintptr_t)node - offsetof(struct kv_space, by_size);
    const struct kv_space *b = (const struct kv_space *)at; /* NOLINT(performance-no-int-to-ptr) */
    size_t left = kv_space_loose(a);
    size_t right = kv_space_loose(b);
    if (left != right) {
        return left < right ? -1 : 1;
    }
    return compare_address(a, b);
}

static int compare_due(const void *key, const struct ordered_node *node)
{
    const struct kv_due *a = key;
    const struct kv_due *b = (const void *)node;
    if (a->at_ms != b->at_ms) {
        return a->at_ms < b->at_ms ? -1 : 1;
    }
    return compare_address(a, b);
}

struct kv_limits kv_limits_default(void)
{
    return (struct kv_limits){
        .app_bytes = LIMIT_KV_APP_BYTES,
        .all_apps_bytes = LIMIT_KV_ALL_APPS_BYTES,
        .system_bytes = LIMIT_KV_SYSTEM_BYTES,
        .tombstones = LIMIT_KV_TOMBSTONES,
        .retention_ms = LIMIT_KV_RETENTION_MS,
        .future_ms = LIMIT_KV_FUTURE_MS,
        .waiting_bytes = LIMIT_KV_WAITING_BYTES,
    };
}

struct status kv_open(const struct kv_limits *limits,
                      const uint8_t node[static VECTOR_CLOCK_WALLET], struct mem *mem,
                      struct kv **ret)
{
    *ret = NULL;
    INVARIANT(limits->app_bytes <= limits->all_apps_bytes && limits->tombstones != 0);
    void *block;
    TRY(mem_alloc(mem, sizeof **ret, &block));
    struct kv *kv = block;
    kv->limits = *limits;
    kv->mem = mem;
    memcpy(kv->node, node, sizeof kv->node);
    kv->spaces = ordered_tree_over(compare_space);
    kv->by_size = ordered_tree_over(compare_size);
    kv->due = ordered_tree_over(compare_due);
    kv->waiting = ordered_tree_over(kv_waiting_compare);
    kv->changes = (struct kv_change){&kv->changes, &kv->changes, 0};
    *ret = kv;
    return OK;
}

static void free_list(struct kv *kv, struct kv_link *head)
{
    struct kv_link *link = head->next;
    while (link != head) {
        struct kv_link *next = link->next;
        void *block = (uint8_t *)link - offsetof(struct kv_record, link);
        mem_free(kv->mem, &block);
        link = next;
    }
}

void kv_close(struct kv **kv)
{
    if (*kv == NULL) {
        return;
    }
    struct ordered_node *node;
    kv_waiting_clear(*kv);
    while ((node = (*kv)->spaces.root) != NULL) {
        struct kv_space *space = (struct kv_space *)(void *)node;
        free_list(*kv, &space->live);
        free_list(*kv, &space->kept);
        free_list(*kv, &space->expired);
        free_list(*kv, &space->graves);
        space->records.count = 0;
        kv_space_free(*kv, space);
    }
    void *block = *kv;
    mem_free((*kv)->mem, &block);
    *kv = NULL;
}

/* --- what is there ---------------------------------------------------------------------------- */

static struct kv_record *find_record(const struct kv *kv, const struct kv_at *at, struct bytes key)
{
    const struct kv_space *space = kv_space_find(kv, at->keys->tenant);
    return space == NULL ? NULL : kv_space_record(space, key);
}

static struct kv_found found_of(const struct kv_record *record)
{
    struct record view = kv_record_view(record);
    return (struct kv_found){
        .key = view.key,
        .version = record_version(&view),
        .ttl_ms = view.ttl_ms,
        .value_len = value_seal_plaintext_len(&view),
        .evictable = (view.flags & RECORD_EVICTABLE) != 0,
    };
}

bool kv_peek(const struct kv *kv, const uint8_t tenant[static DOMAIN_TENANT_ID], struct bytes key,
             struct record *ret_record)
{
    *ret_record = (struct record){0};
    const struct kv_space *space = kv_space_find(kv, tenant);
    const struct kv_record *record = space == NULL ? NULL : kv_space_record(space, key);
    if (record == NULL || record->state == KV_SPENT) {
        return false;
    }
    *ret_record = kv_record_view(record);
    return true;
}

uint64_t kv_changed(const struct kv *kv, const uint8_t tenant[static DOMAIN_TENANT_ID],
                    struct bytes key)
{
    const struct kv_space *space = kv_space_find(kv, tenant);
    const struct kv_record *record = space == NULL ? NULL : kv_space_record(space, key);
    return record == NULL || record->state == KV_SPENT ? 0 : record->change.seq;
}

/* Whether a write or a later one of its key was met here. In: record, of the key, or NULL; what the
 * floor has passed was here as well, or may not come in any more. */
static bool has_seen(const struct kv *kv, const struct kv_at *at, const struct kv_record *record,
                     const struct record_version *since)
{
    const struct kv_space *space = kv_space_find(kv, at->keys->tenant);
    struct record_version version = {0};
    if (record != NULL) {
        struct record view = kv_record_view(record);
        version = record_version(&view);
    } else if (space != NULL) {
        version = space->floor;
    }
    return record_version_order(&version, since) >= 0;
}

struct status kv_get(struct kv *kv, const struct kv_at *at, const struct kv_read *read,
                     struct buf *ret_value, struct kv_found *ret)
{
    struct kv_found ignored;
    ret = ret == NULL ? &ignored : ret;
    *ret = (struct kv_found){0};
    TRY(record_check_key(read->key));
    kv_tick(kv, at->now_ms, 0);
    struct kv_record *record = find_record(kv, at, read->key);
    if (read->has_since && !has_seen(kv, at, record, &read->since)) {
        return FAIL(VERSION_BEHIND);
    }
    if (record == NULL || !kv_record_visible(kv, record)) {
        return FAIL(VALUE_NOT_FOUND);
    }
    struct record view = kv_record_view(record);
    size_t len = ret_value->len;
    uint8_t *out = buf_reserve(ret_value, value_seal_plaintext_len(&view));
    TRY(buf_check(ret_value));
    struct status status = value_seal_open(at->keys, &view, out);
    if (!status_is_ok(status)) {
        ret_value->len = len;
        return status;
    }
    kv_touch(record);
    *ret = found_of(record);
    return OK;
}

/* --- writes here ------------------------------------------------------------------------------ */

/* Whether a request is asked again whose write is what is here. */
static bool is_repeat(const struct kv_record *old, const struct kv_write *write, bool is_delete)
{
    static const uint8_t none[RECORD_OP];
    struct bytes op = BYTES_ARRAY(write->op);
    return old != NULL && !bytes_equal(BYTES_ARRAY(none), op) &&
           bytes_equal(BYTES_ARRAY(old->op), op) && (old->state == KV_BURIED) == is_delete;
}

static struct status check_condition(const struct kv *kv, const struct kv_at *at,
                                     const struct kv_write *write, const struct kv_record *old)
{
    bool is_visible = old != NULL && kv_record_visible(kv, old);
    const struct kv_record *visible = is_visible ? old : NULL;
    if (write->has_after && !has_seen(kv, at, old, &write->after)) {
        return FAIL(VERSION_BEHIND);
    }
    if (write->condition == KV_ALWAYS) {
        return OK;
    }
    if (write->condition == KV_IF_ABSENT) {
        return visible == NULL ? OK : FAIL(VERSION_CONFLICT);
    }
    if (visible == NULL) {
        return FAIL(VERSION_CONFLICT);
    }
    struct record view = kv_record_view(visible);
    struct record_version version = record_version(&view);
    return record_version_order(&version, &write->version) == 0 ? OK : FAIL(VERSION_CONFLICT);
}

/* A repeat writes the value that is here; another value under its op must not be lost in silence.
 * Of what is left of an evicted or expired one nothing can be told. */
static struct status check_repeat(struct kv *kv, const struct kv_at *at,
                                  const struct kv_record *old, struct bytes value)
{
    struct record view = kv_record_view(old);
    void *plaintext;
    if (old->state == KV_SPENT) {
        return OK;
    }
    if (value_seal_plaintext_len(&view) != value.len) {
        return FAIL(IDEMPOTENCY_CONFLICT);
    }
    TRY(mem_alloc(kv->mem, value.len + 1, &plaintext));
    struct status status = value_seal_open(at->keys, &view, plaintext);
    if (status_is_ok(status) && !ct_declassify(ct_equal(plaintext, value.ptr, value.len))) {
        status = FAIL(IDEMPOTENCY_CONFLICT);
    }
    mem_free(kv->mem, &plaintext);
    return status;
}

/* The time, tie, clock and origin of a write over what is there, visible or not. It must come after
 * the floor as well, or peers that still have what ended early would take it for older; and, where
 * nothing is there, after what was evicted, which may have been of this key. */
static void stamp(const struct kv *kv, const struct kv_at *at, const struct kv_record *old,
                  const struct kv_write *write, struct draft *draft)
{
    const struct kv_space *space = kv_space_find(kv, at->keys->tenant);
    struct record *record = &draft->record;
    VECTOR_CLOCK_LOCAL struct vector_clock clock;
    uint64_t least = space == NULL ? 0 : space->floor.updated_at_ms;
    clock.len = 0;
    uint64_t before = space == NULL ? 0 : space->evicted_ms;
    if (old != NULL) {
        INVARIANT(status_is_ok(vector_clock_read(kv_record_view(old).seen, &clock)));
        before = old->updated_at_ms;
    }
    least = kv_later(before > least ? before : least, 1);
    vector_clock_bump(&clock, kv->node);
    struct buf out = buf_over(draft->clock, sizeof draft->clock);
    vector_clock_write(&clock, &out);
    record->clock = buf_bytes(&out);
    record->seen = record->clock;
    record->updated_at_ms = at->now_ms > least ? at->now_ms : least;
    memcpy(record->op, write->op, sizeof record->op);
    memcpy(record->cause, write->cause, sizeof record->cause);
    if ((record->flags & RECORD_TOMBSTONE) == 0) {
        memcpy(record->tie, write->nonce, sizeof record->tie);
    }
}

/* Seal a draft and put it in the place of old. */
static struct status commit(struct kv *kv, const struct kv_at *at, struct kv_record *old,
                            struct draft *draft, const struct kv_write *write)
{
    struct record *view = &draft->record;
    bool is_tombstone = (view->flags & RECORD_TOMBSTONE) != 0;
    uint64_t expires_ms = record_expires(view->updated_at_ms, view->ttl_ms);
    bool has_due = is_tombstone || expires_ms != UINT64_MAX;
    struct kv_record *record;
    view->blob = (struct bytes){NULL, value_seal_sealed_len(view->flags, write->value.len)};
    bool adds_kept = !is_tombstone && !write->evictable;
    TRY(kv_space_fits(kv, at, old, kv_cost(kv_record_len(view, has_due)), adds_kept));
    TRY(kv_record_make(kv, view, has_due, &record));
    record->state = is_tombstone ? KV_BURIED : KV_LIVE;
    record->hides = kv_record_hides(kv, old);
    if (has_due) {
        kv_due_of(record)->at_ms = is_tombstone
                                       ? kv_later(view->updated_at_ms, kv->limits.retention_ms)
                                       : kv_later(expires_ms, 1);
    }
    struct status status =
        value_seal_seal(at->keys, view, write->value, write->nonce, kv_record_blob(record));
    if (!status_is_ok(status)) {
        kv_record_free(kv, &record);
        return status;
    }
    return kv_place(kv, at, old, record);
}

struct status kv_put(struct kv *kv, const struct kv_at *at, const struct kv_write *write,
                     struct kv_found *ret)
{
    struct kv_found ignored;
    ret = ret == NULL ? &ignored : ret;
    *ret = (struct kv_found){0};
    TRY(record_check_key(write->key));
    if (write->value.len > LIMIT_KV_VALUE) {
        return FAIL(VALUE_TOO_LARGE);
    }
    kv_tick(kv, at->now_ms, STEPS_PER_WRITE);
    struct kv_record *old = find_record(kv, at, write->key);
    if (is_repeat(old, write, false)) {
        TRY(check_repeat(kv, at, old, write->value));
        *ret = found_of(old);
        return OK;
    }
    TRY(check_condition(kv, at, write, old));
    VECTOR_CLOCK_LOCAL struct draft draft;
    draft.record = (struct record){.key = write->key, .ttl_ms = write->ttl_ms};
    draft.record.flags = at->keys->seals_v1 ? RECORD_V1 : 0;
    draft.record.flags |= write->evictable ? RECORD_EVICTABLE : 0;
    stamp(kv, at, old, write, &draft);
    TRY(commit(kv, at, old, &draft, write));
    *ret = found_of(find_record(kv, at, write->key));
    return OK;
}

struct status kv_delete(struct kv *kv, const struct kv_at *at, const struct kv_write *write,
                        struct kv_found *ret)
{
    struct kv_found ignored;
    ret = ret == NULL ? &ignored : ret;
    *ret = (struct kv_found){0};
    INVARIANT(write->value.len == 0 && write->ttl_ms == 0);
    TRY(record_check_key(write->key));
    kv_tick(kv, at->now_ms, STEPS_PER_WRITE);
    struct kv_record *old = find_record(kv, at, write->key);
    if (is_repeat(old, write, true)) {
        *ret = found_of(old);
        return OK;
    }
    bool is_visible = old != NULL && kv_record_visible(kv, old);
    TRY(check_condition(kv, at, write, old));
    bool is_known = old == NULL ? kv->stats.evictions == 0 : kv_record_dead(kv, old);
    if (!is_visible && is_known) {
        return FAIL(VALUE_NOT_FOUND);
    }
    VECTOR_CLOCK_LOCAL struct draft draft;
    draft.record = (struct record){.key = write->key, .flags = RECORD_TOMBSTONE};
    draft.record.flags |= at->keys->seals_v1 ? RECORD_V1 : 0;
    stamp(kv, at, old, write, &draft);
    if (!is_visible) {
        memset(draft.record.op, 0, sizeof draft.record.op); /* a repeat finds nothing again */
    }
    struct status status = commit(kv, at, old, &draft, write);
    if (!is_visible && (status_is_ok(status) || status.code == STATUS_VALUE_QUOTA)) {
        return FAIL(VALUE_NOT_FOUND);
    }
    TRY(status);
    *ret = found_of(find_record(kv, at, write->key));
    return OK;
}

/* --- lists and numbers ------------------------------------------------------------------------ */

/* The node where a page begins. */
static struct ordered_node *page_start(const struct kv_space *space, const struct kv_list *list)
{
    if (list->after.len != 0 && bytes_compare(list->after, list->prefix) >= 0) {
        return ordered_tree_above(&space->records, &list->after);
    }
    return ordered_tree_from(&space->records, &list->prefix);
}

struct status kv_list(struct kv *kv, const struct kv_at *at, const struct kv_list *list,
                      struct kv_found *ret_found, struct kv_page *ret_page)
{
    *ret_page = (struct kv_page){0};
    if (list->max == 0 || list->max > LIMIT_KV_PAGE) {
        return FAIL(NUMBER_RANGE);
    }
    kv_tick(kv, at->now_ms, 0);
    const struct kv_space *space = kv_space_find(kv, at->keys->tenant);
    struct ordered_node *node = space == NULL ? NULL : page_start(space, list);
    size_t steps = 0;
    while (node != NULL) {
        const struct kv_record *record = kv_record_of(node);
        struct bytes key = kv_record_key(record);
        if (!bytes_starts(key, list->prefix)) {
            break;
        }
        if (ret_page->count == list->max || steps == LIMIT_KV_PAGE_STEPS) {
            ret_page->more = true;
            break;
        }
        if (kv_record_visible(kv, record)) {
            ret_found[ret_page->count++] = found_of(record);
        }
        ret_page->next = key;
        node = ordered_tree_next(node);
        steps++;
    }
    return OK;
}

struct kv_stats kv_stats(const struct kv *kv)
{
    return kv->stats;
}

struct kv_usage kv_usage(const struct kv *kv, const uint8_t tenant[static DOMAIN_TENANT_ID])
{
    const struct kv_space *space = kv_space_find(kv, tenant);
    struct kv_usage usage = {
        .limit_bytes = kv->limits.app_bytes,
        .limit_kept_bytes = kv_kept_limit(kv->limits.app_bytes),
    };
    if (space != NULL) {
        usage.bytes = space->bytes;
        usage.kept_bytes = space->kept_bytes;
        usage.values = space->live_count;
        usage.kept_values = space->kept_count;
        usage.dead = space->records.count - space->live_count;
    }
    return usage;
}
