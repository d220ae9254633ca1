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

/* The next entry. Returns: whether it is one. */
static bool read_entry(struct reader *reader, unsigned level, struct snapshot_entry *ret)
{
    ret->kind = reader_u8(reader);
    struct bytes sum = reader_take(reader, KV_DIGEST);
    ret->records = reader_u32(reader);
    size_t count = reader_u16(reader);
    ret->names = reader_take(reader, count * SNAPSHOT_DIGEST);
    if (reader->failed) {
        return false;
    }
    memcpy(ret->sum, sum.ptr, sizeof ret->sum);
    return is_right(ret, level, count);
}

struct status snapshot_node_read(struct bytes from, unsigned level, struct snapshot_node *ret)
{
    struct reader reader = reader_over(from);
    INVARIANT(level < KV_DIGEST_LEVELS);
    *ret = (struct snapshot_node){0};
    bool is_node = from.len <= SNAPSHOT_NODE_MAX;
    for (size_t i = 0; i < KV_DIGEST_FAN && is_node; i++) {
        is_node = read_entry(&reader, level + 1, &ret->entries[i]);
    }
    if (is_node && level == 0 && reader.rest.len != 0) {
        struct snapshot_entry *strict = &ret->entries[SNAPSHOT_STRICT];
        is_node = read_entry(&reader, level + 1, strict) && strict->kind != 0;
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
    bool is_strict = node->level == 0 && child == SNAPSHOT_STRICT;
    INVARIANT(node->kind == SNAPSHOT_NODE && node->level < KV_DIGEST_LEVELS &&
              (is_strict || child < KV_DIGEST_FAN) && part < SNAPSHOT_NAMES_MAX);
    unsigned index = is_strict ? 0 : (unsigned)node->index * KV_DIGEST_FAN + child;
    return (struct snapshot_place){
        .kind = kind,
        .is_strict = is_strict || node->is_strict,
        .level = (uint8_t)(node->level + 1),
        .index = (uint16_t)index,
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
