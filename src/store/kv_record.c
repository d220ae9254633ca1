/* One record as a block of memory. */
#include <string.h>

#include "base/checked.h"
#include "base/invariant.h"
#include "store/kv_internal.h"

/* In front of every block mem_alloc has 16 bytes and the allocator 8, and rounds up to 16. */
enum { BLOCK_EXTRA = 24, BLOCK_ALIGN = 16 };

size_t kv_cost(size_t len)
{
    return (len + BLOCK_EXTRA + BLOCK_ALIGN - 1) / BLOCK_ALIGN * BLOCK_ALIGN;
}

uint64_t kv_later(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return checked_add_u64(a, b, &sum) ? sum : UINT64_MAX;
}

/* Where the struct kv_due of a record begins. */
static size_t due_offset(size_t content)
{
    size_t align = _Alignof(struct kv_due);
    return (offsetof(struct kv_record, bytes) + content + align - 1) / align * align;
}

static size_t content_of(const struct kv_record *record)
{
    return (size_t)record->key_len + record->clock_len + record->seen_len + record->blob_len;
}

static size_t block_len(size_t content, bool has_due)
{
    return has_due ? due_offset(content) + sizeof(struct kv_due)
                   : offsetof(struct kv_record, bytes) + content;
}

size_t kv_record_cost(const struct kv_record *record)
{
    return kv_cost(block_len(content_of(record), record->has_due));
}

struct kv_due *kv_due_of(struct kv_record *record)
{
    INVARIANT(record->has_due);
    void *due = (uint8_t *)record + due_offset(content_of(record));
    return due;
}

struct kv_record *kv_record_of(const struct ordered_node *node)
{
    uintptr_t at = (uintptr_t)node - offsetof(struct kv_record, by_key);
    return (struct kv_record *)at; /* NOLINT(performance-no-int-to-ptr) */
}

struct bytes kv_record_key(const struct kv_record *record)
{
    return (struct bytes){record->bytes, record->key_len};
}

struct record kv_record_view(const struct kv_record *record)
{
    const uint8_t *clock = record->bytes + record->key_len;
    const uint8_t *seen = clock + record->clock_len;
    struct record view = {
        .key = kv_record_key(record),
        .clock = {clock, record->clock_len},
        .seen = {seen, record->seen_len},
        .blob = {seen + record->seen_len, record->blob_len},
        .updated_at_ms = record->updated_at_ms,
        .ttl_ms = record->ttl_ms,
        .flags = record->flags,
    };
    memcpy(view.tie, record->tie, sizeof view.tie);
    memcpy(view.op, record->op, sizeof view.op);
    memcpy(view.cause, record->cause, sizeof view.cause);
    if (record->seen_len == 0) {
        view.seen = view.clock;
    }
    return view;
}

struct kv_feed_item kv_record_item(const struct kv_record *record)
{
    return (struct kv_feed_item){
        .record = kv_record_view(record),
        .tenant = BYTES_ARRAY(record->space->id),
        .is_system = record->space->is_system,
        .seq = record->change.seq,
    };
}

bool kv_record_visible(const struct kv *kv, const struct kv_record *record)
{
    return record->state == KV_LIVE &&
           kv->now_ms <= record_expires(record->updated_at_ms, record->ttl_ms);
}

bool kv_record_kept(const struct kv_record *record)
{
    return record->state == KV_LIVE && (record->flags & RECORD_EVICTABLE) == 0;
}

bool kv_record_dead(const struct kv *kv, const struct kv_record *record)
{
    return record->state == KV_BURIED || record->state == KV_EXPIRED ||
           kv->now_ms > record_expires(record->updated_at_ms, record->ttl_ms);
}

bool kv_record_hides(const struct kv *kv, const struct kv_record *old)
{
    if (old == NULL) {
        return false;
    }
    uint64_t end_ms = kv_later(old->updated_at_ms, kv->limits.retention_ms);
    return kv_record_dead(kv, old) || (old->hides && end_ms > kv->now_ms);
}

uint8_t *kv_record_blob(struct kv_record *record)
{
    return record->bytes + record->key_len + record->clock_len + record->seen_len;
}

/* What was seen, where it has to be written out. */
static struct bytes seen_part(const struct record *view)
{
    return bytes_equal(view->clock, view->seen) ? (struct bytes){NULL, 0} : view->seen;
}

size_t kv_record_len(const struct record *view, bool has_due)
{
    return block_len(view->key.len + view->clock.len + seen_part(view).len + view->blob.len,
                     has_due);
}

struct status kv_record_make(struct kv *kv, const struct record *view, bool has_due,
                             struct kv_record **ret)
{
    *ret = NULL;
    void *block;
    TRY(mem_alloc(kv->mem, kv_record_len(view, has_due), &block));
    struct kv_record *record = block;
    struct bytes seen = seen_part(view);
    record->updated_at_ms = view->updated_at_ms;
    record->ttl_ms = view->ttl_ms;
    record->blob_len = (uint32_t)view->blob.len;
    record->key_len = (uint16_t)view->key.len;
    record->clock_len = (uint16_t)view->clock.len;
    record->seen_len = (uint16_t)seen.len;
    record->flags = view->flags;
    record->has_due = has_due;
    memcpy(record->tie, view->tie, sizeof record->tie);
    memcpy(record->op, view->op, sizeof record->op);
    memcpy(record->cause, view->cause, sizeof record->cause);
    struct buf out = buf_over(record->bytes, content_of(record));
    buf_put(&out, view->key);
    buf_put(&out, view->clock);
    buf_put(&out, seen);
    if (view->blob.ptr != NULL) {
        buf_put(&out, view->blob);
    }
    INVARIANT(status_is_ok(buf_check(&out)));
    if (has_due) {
        kv_due_of(record)->record = record;
    }
    *ret = record;
    return OK;
}

void kv_record_free(struct kv *kv, struct kv_record **record)
{
    void *block = *record;
    *record = NULL;
    mem_free(kv->mem, &block);
}
