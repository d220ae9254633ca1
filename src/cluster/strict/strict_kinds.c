#include "cluster/strict/strict_kinds.h"

#include <string.h>

#include "base/invariant.h"
#include "base/reader.h"

enum merge {
    MERGE_GREATER,
    MERGE_BUCKETS,
    MERGE_LEAST,
};

struct row {
    enum merge merge;
    bool has_home;
    bool by_ballot;
    bool is_listed;
    size_t value_max;
};

static const struct row rows[STRICT_KINDS_COUNT] = {
#define STRICT_KIND_ROW(name, merge, has_home, by_ballot, is_listed, max) \
    {MERGE_##merge, has_home, by_ballot, is_listed, max},
    STRICT_KINDS(STRICT_KIND_ROW)
#undef STRICT_KIND_ROW
};

int strict_ballot_order(const struct strict_ballot *a, const struct strict_ballot *b)
{
    int order = (a->term > b->term) - (a->term < b->term);
    return order != 0 ? order : bytes_compare(BYTES_ARRAY(a->boot), BYTES_ARRAY(b->boot));
}

bool strict_kind_has_home(enum strict_kind kind)
{
    return rows[kind].has_home;
}

bool strict_kind_is_listed(enum strict_kind kind)
{
    return rows[kind].is_listed;
}

enum { MINUTE_MS = 60000 };

enum { BUCKET_ORDERED = 1 + 8 }; /* window and number */

static bool are_ascending(struct bytes value)
{
    if (value.len == 0 || value.len % STRICT_BUCKET != 0) {
        return false;
    }
    for (size_t at = STRICT_BUCKET; at < value.len; at += STRICT_BUCKET) {
        if (bytes_compare(bytes_slice(value, at - STRICT_BUCKET, BUCKET_ORDERED),
                          bytes_slice(value, at, BUCKET_ORDERED)) >= 0) {
            return false;
        }
    }
    return true;
}

static bool are_buckets(struct bytes value)
{
    size_t counts[STRICT_WINDOWS_MAX] = {0};
    if (!are_ascending(value)) {
        return false;
    }
    for (size_t at = 0; at < value.len; at += STRICT_BUCKET) {
        uint8_t window = value.ptr[at];
        if (window >= STRICT_WINDOWS_MAX || ++counts[window] > STRICT_BUCKETS_MAX) {
            return false;
        }
    }
    return true;
}

bool strict_value_is_valid(enum strict_kind kind, struct bytes value)
{
    const struct row *row = &rows[kind];
    if (value.len == 0 || value.len > row->value_max) {
        return false;
    }
    if (kind == STRICT_REVOKED) {
        return value.len == sizeof(uint64_t);
    }
    if (kind == STRICT_BEGUN) {
        return value.len == 2 * sizeof(uint64_t);
    }
    switch (row->merge) {
    case MERGE_BUCKETS:
        return are_buckets(value);
    case MERGE_GREATER:
    case MERGE_LEAST:
    default:
        return true;
    }
}

uint64_t strict_value_gone_ms(enum strict_kind kind, struct bytes value)
{
    struct reader reader = reader_over(value);
    uint64_t minute = kind == STRICT_REVOKED ? reader_u64(&reader) / MINUTE_MS + 1 : UINT64_MAX;
    return minute <= UINT64_MAX / MINUTE_MS ? minute * MINUTE_MS : UINT64_MAX;
}

/* Both lists as one, ascending; of two of one bucket the greater. */
static struct bytes join_buckets(struct bytes a, struct bytes b, struct buf *out)
{
    while (a.len != 0 || b.len != 0) {
        struct bytes left = bytes_slice(a, 0, a.len == 0 ? 0 : STRICT_BUCKET);
        struct bytes right = bytes_slice(b, 0, b.len == 0 ? 0 : STRICT_BUCKET);
        int order = a.len == 0   ? 1
                    : b.len == 0 ? -1
                                 : bytes_compare(bytes_slice(left, 0, BUCKET_ORDERED),
                                                 bytes_slice(right, 0, BUCKET_ORDERED));
        bool is_left = order < 0 || (order == 0 && bytes_compare(left, right) >= 0);
        buf_put(out, is_left ? left : right);
        if (order <= 0) {
            a = bytes_slice(a, STRICT_BUCKET, a.len - STRICT_BUCKET);
        }
        if (order >= 0) {
            b = bytes_slice(b, STRICT_BUCKET, b.len - STRICT_BUCKET);
        }
    }
    INVARIANT(!out->failed);
    return buf_bytes(out);
}

/* The newest buckets of each window, which are its last ones. */
static struct bytes newest_buckets(struct bytes all, uint8_t *memory)
{
    struct buf out = buf_over(memory, STRICT_SPENT_MAX);
    for (size_t at = 0; at < all.len; at += STRICT_BUCKET) {
        size_t end = at + STRICT_BUCKETS_MAX * STRICT_BUCKET;
        if (end >= all.len || all.ptr[end] != all.ptr[at]) {
            buf_put(&out, bytes_slice(all, at, STRICT_BUCKET));
        }
    }
    INVARIANT(!out.failed);
    return buf_bytes(&out);
}

static struct bytes merge_values(enum merge merge, struct bytes a, struct bytes b, uint8_t *memory)
{
    uint8_t joined[2 * STRICT_SPENT_MAX];
    struct buf out = buf_over(joined, sizeof joined);
    switch (merge) {
    case MERGE_BUCKETS:
        return newest_buckets(join_buckets(a, b, &out), memory);
    case MERGE_LEAST:
        return bytes_compare(a, b) <= 0 ? a : b;
    case MERGE_GREATER:
    default:
        return bytes_compare(a, b) >= 0 ? a : b;
    }
}

struct strict_version strict_merge(enum strict_kind kind, const struct strict_version *a,
                                   const struct strict_version *b, uint8_t *memory)
{
    const struct row *row = &rows[kind];
    int order = strict_ballot_order(&a->ballot, &b->ballot);
    struct strict_version merged = order >= 0 ? *a : *b;
    if (!row->by_ballot || order == 0) {
        merged.value = merge_values(row->merge, a->value, b->value, memory);
    }
    return merged;
}
