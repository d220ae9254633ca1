#include "snapshot/snapshot_node.h"

#include <string.h>

#include "base/invariant.h"
#include "base/reader.h"

void snapshot_node_put(struct buf *out, const struct snapshot_entry *entry)
{
    buf_put_u8(out, entry->kind);
    buf_put(out, BYTES_ARRAY(entry->sum));
    buf_put_u32(out, entry->records);
    buf_put_u16(out, (uint16_t)(entry->names.len / SNAPSHOT_DIGEST));
    buf_put(out, entry->names);
}

/* Whether an entry of a child of that level can be. */
static bool is_right(const struct snapshot_entry *entry, unsigned level, size_t count)
{
    static const uint8_t none[KV_DIGEST];
    switch (entry->kind) {
    case 0:
        return count == 0 && entry->records == 0 &&
               bytes_equal(BYTES_ARRAY(none), BYTES_ARRAY(entry->sum));
    case SNAPSHOT_NODE:
        return count == 1 && entry->records != 0 && level < KV_DIGEST_LEVELS;
    case SNAPSHOT_RECORDS:
        return count != 0 && count <= entry->records && (count == 1 || level == KV_DIGEST_LEVELS);
    default:
        return false;
    }
}

struct status snapshot_node_read(struct bytes from, unsigned level, struct snapshot_node *ret)
{
    struct reader reader = reader_over(from);
    INVARIANT(level < KV_DIGEST_LEVELS);
    *ret = (struct snapshot_node){0};
    bool is_node = from.len <= SNAPSHOT_NODE_MAX;
    for (size_t i = 0; i < KV_DIGEST_FAN && is_node; i++) {
        struct snapshot_entry *entry = &ret->entries[i];
        entry->kind = reader_u8(&reader);
        struct bytes sum = reader_take(&reader, KV_DIGEST);
        entry->records = reader_u32(&reader);
        size_t count = reader_u16(&reader);
        entry->names = reader_take(&reader, count * SNAPSHOT_DIGEST);
        is_node = !reader.failed;
        if (is_node) {
            memcpy(entry->sum, sum.ptr, sizeof entry->sum);
            is_node = is_right(entry, level + 1, count);
        }
    }
    if (!is_node || !reader_done(&reader)) {
        *ret = (struct snapshot_node){0};
        return FAIL(SNAPSHOT_INVALID);
    }
    return OK;
}

struct snapshot_place snapshot_node_child(const struct snapshot_place *node, unsigned child,
                                          enum snapshot_kind kind, size_t part)
{
    INVARIANT(node->kind == SNAPSHOT_NODE && node->level < KV_DIGEST_LEVELS &&
              child < KV_DIGEST_FAN && part < SNAPSHOT_NAMES_MAX);
    return (struct snapshot_place){
        .kind = kind,
        .level = (uint8_t)(node->level + 1),
        .index = (uint16_t)((unsigned)node->index * KV_DIGEST_FAN + child),
        .part = (uint16_t)part,
    };
}

void snapshot_node_add(uint8_t sum[static KV_DIGEST], const uint8_t other[static KV_DIGEST])
{
    unsigned carry = 0;
    for (size_t i = KV_DIGEST; i-- > 0;) {
        carry += (unsigned)sum[i] + other[i];
        sum[i] = (uint8_t)carry;
        carry >>= 8;
    }
}
