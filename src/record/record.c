#include "record/record.h"

#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "codec/hex.h"
#include "codec/utf8.h"
#include "record/value_seal.h"
#include "record/vector_clock.h"

enum { VERSION_BYTES = RECORD_VERSION_TEXT / 2 };

struct status record_check_key(struct bytes key)
{
    if (key.len == 0 || key.len > LIMIT_KV_KEY || !utf8_valid(key)) {
        return FAIL(VALUE_KEY);
    }
    return OK;
}

/* The overhead of a blob with these flags; a tombstone is nothing but overhead. */
static size_t overhead_of(uint8_t flags)
{
    if ((flags & RECORD_V1) == 0) {
        return VALUE_SEAL_OVERHEAD;
    }
    return (flags & RECORD_TOMBSTONE) != 0 ? 0 : VALUE_SEAL_V1_OVERHEAD;
}

static bool is_tombstone(const struct record *record)
{
    return (record->flags & RECORD_TOMBSTONE) != 0;
}

/* Zeros are the tie of tombstones; a v1 blob starts with its own. */
static bool is_tie_right(const struct record *record)
{
    static const uint8_t zeros[RECORD_TIE];
    bool is_zero = bytes_equal(BYTES_ARRAY(zeros), BYTES_ARRAY(record->tie));
    if (is_tombstone(record) || is_zero) {
        return is_tombstone(record) && is_zero;
    }
    return (record->flags & RECORD_V1) == 0 || bytes_starts(record->blob, BYTES_ARRAY(record->tie));
}

struct status record_check(const struct record *record)
{
    VECTOR_CLOCK_LOCAL struct vector_clock clock;
    TRY(record_check_key(record->key));
    TRY(vector_clock_read(record->clock, &clock));
    TRY(vector_clock_read(record->seen, &clock));
    size_t overhead = overhead_of(record->flags);
    size_t room = is_tombstone(record) ? 0 : LIMIT_KV_VALUE;
    bool may_have_ttl = !is_tombstone(record) || (record->flags & RECORD_V1) != 0;
    bool is_odd = is_tombstone(record) && (record->flags & RECORD_EVICTABLE) != 0;
    if ((record->flags & ~RECORD_FLAGS) != 0 || is_odd || (record->ttl_ms != 0 && !may_have_ttl) ||
        record->blob.len < overhead || record->blob.len - overhead > room ||
        !is_tie_right(record)) {
        return FAIL(RECORD_INVALID);
    }
    return OK;
}

bool record_v1_evictable(struct bytes key)
{
    return !bytes_starts(key, BYTES_LITERAL("wallet/"));
}

uint64_t record_expires(uint64_t updated_at_ms, uint64_t ttl_ms)
{
    if (ttl_ms == 0 || ttl_ms > UINT64_MAX - updated_at_ms) {
        return UINT64_MAX;
    }
    return updated_at_ms + ttl_ms;
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

struct record_version record_version(const struct record *record)
{
    struct record_version version = {.updated_at_ms = record->updated_at_ms};
    memcpy(version.tie, record->tie, sizeof version.tie);
    return version;
}

int record_version_order(const struct record_version *a, const struct record_version *b)
{
    int order = compare_u64(a->updated_at_ms, b->updated_at_ms);
    return order != 0 ? order : bytes_compare(BYTES_ARRAY(a->tie), BYTES_ARRAY(b->tie));
}

int record_order(const struct record *a, const struct record *b)
{
    struct record_version left = record_version(a);
    struct record_version right = record_version(b);
    int order = record_version_order(&left, &right);
    /* Never, which is 0, becomes the greatest. */
    return order != 0 ? order : compare_u64(a->ttl_ms - 1, b->ttl_ms - 1);
}

int record_origin_order(const struct record *a, const struct record *b)
{
    int order = bytes_compare(BYTES_ARRAY(a->cause), BYTES_ARRAY(b->cause));
    return order != 0 ? order : bytes_compare(BYTES_ARRAY(a->op), BYTES_ARRAY(b->op));
}

void record_version_write(const struct record_version *version, struct buf *out)
{
    uint8_t memory[VERSION_BYTES];
    struct buf bytes = buf_over(memory, sizeof memory);
    buf_put_u64(&bytes, version->updated_at_ms);
    buf_put(&bytes, BYTES_ARRAY(version->tie));
    hex_put(out, buf_bytes(&bytes));
}

struct status record_version_read(struct bytes text, struct record_version *ret_version)
{
    *ret_version = (struct record_version){0};
    uint8_t memory[VERSION_BYTES];
    if (text.len != RECORD_VERSION_TEXT || !status_is_ok(hex_read(text, sizeof memory, memory))) {
        return FAIL(VERSION_INVALID);
    }
    struct reader reader = reader_over(BYTES_ARRAY(memory));
    ret_version->updated_at_ms = reader_u64(&reader);
    memcpy(ret_version->tie, reader_take(&reader, RECORD_TIE).ptr, RECORD_TIE);
    return OK;
}
