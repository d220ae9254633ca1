#include "store/record.h"

#include <string.h>

#include "base/ct.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "base/reader.h"
#include "codec/hex.h"
#include "codec/utf8.h"
#include "store/value_seal.h"
#include "store/vector_clock.h"

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

struct status record_check(const struct record *record)
{
    struct vector_clock clock;
    TRY(record_check_key(record->key));
    TRY(vector_clock_read(record->clock, &clock));
    TRY(vector_clock_read(record->sealed_clock, &clock));
    bool is_tombstone = (record->flags & RECORD_TOMBSTONE) != 0;
    size_t overhead = overhead_of(record->flags);
    size_t room = is_tombstone ? 0 : LIMIT_KV_VALUE;
    if ((record->flags & ~RECORD_FLAGS) != 0 || (is_tombstone && record->ttl_ms != 0) ||
        record->blob.len < overhead || record->blob.len - overhead > room) {
        return FAIL(RECORD_INVALID);
    }
    return OK;
}

uint64_t record_expires(uint64_t updated_at_ms, uint64_t ttl_ms)
{
    if (ttl_ms == 0 || ttl_ms > UINT64_MAX - updated_at_ms) {
        return UINT64_MAX;
    }
    return updated_at_ms + ttl_ms;
}

bool record_is_expired(const struct record *record, uint64_t now_ms)
{
    return now_ms > record_expires(record->updated_at_ms, record->ttl_ms);
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

/* As bytes_compare, with every byte of the shorter looked at. */
static int order_plaintext(struct bytes a, struct bytes b)
{
    enum { EQUAL, LESS, GREATER };
    uint64_t order = EQUAL;
    for (size_t i = a.len < b.len ? a.len : b.len; i-- > 0;) {
        uint64_t is_less = ((uint64_t)a.ptr[i] - b.ptr[i]) >> 63;
        uint64_t same = ct_mask_equal(a.ptr[i], b.ptr[i]);
        order = ct_select(same, order, GREATER - is_less);
    }
    order = ct_declassify(order);
    if (order == EQUAL) {
        return compare_u64(a.len, b.len);
    }
    return order == LESS ? -1 : 1;
}

/* What comes before the plaintext. */
static int order_outside(const struct record *a, const struct record *b)
{
    int order = compare_u64(a->updated_at_ms, b->updated_at_ms);
    return order != 0 ? order : (a->flags & RECORD_TOMBSTONE) - (b->flags & RECORD_TOMBSTONE);
}

bool record_needs_plaintext(const struct record *a, const struct record *b)
{
    return order_outside(a, b) == 0 && (a->flags & RECORD_TOMBSTONE) == 0 &&
           !bytes_equal(a->blob, b->blob);
}

int record_order(const struct record *a, struct bytes a_plaintext, const struct record *b,
                 struct bytes b_plaintext)
{
    int order = order_outside(a, b);
    if (order == 0 && record_needs_plaintext(a, b)) {
        order = order_plaintext(a_plaintext, b_plaintext);
    }
    if (order == 0) {
        /* Never, which is 0, becomes the greatest. */
        order = compare_u64(a->ttl_ms - 1, b->ttl_ms - 1);
    }
    if (order == 0) {
        order = bytes_compare(a->sealed_clock, b->sealed_clock);
    }
    return order != 0 ? order : (b->flags & RECORD_V1) - (a->flags & RECORD_V1);
}

struct record_version record_version(const struct record *record)
{
    struct record_version version = {.updated_at_ms = record->updated_at_ms};
    struct reader reader = reader_over(record->sealed_clock);
    struct bytes wallet = {NULL, 0};
    /* As vector_clock_latest, without a clock in between: every item of a list comes here. */
    for (size_t left = reader_u16(&reader); left != 0; left--) {
        struct bytes next = reader_take(&reader, VECTOR_CLOCK_WALLET);
        uint64_t count = reader_u64(&reader);
        if (count >= version.count) {
            version.count = count;
            wallet = next;
        }
    }
    INVARIANT(reader_done(&reader));
    if (wallet.len != 0) {
        memcpy(version.wallet, wallet.ptr, sizeof version.wallet);
    }
    return version;
}

bool record_version_equal(const struct record_version *a, const struct record_version *b)
{
    return a->updated_at_ms == b->updated_at_ms && a->count == b->count &&
           bytes_equal(BYTES_ARRAY(a->wallet), BYTES_ARRAY(b->wallet));
}

bool record_contains(const struct record *record, const struct record_version *version)
{
    if (record->updated_at_ms != version->updated_at_ms) {
        return record->updated_at_ms > version->updated_at_ms;
    }
    struct vector_clock clock;
    INVARIANT(status_is_ok(vector_clock_read(record->clock, &clock)));
    bool counted = version->count == 0;
    for (size_t i = 0; i < clock.len && !counted; i++) {
        const struct vector_clock_entry *entry = &clock.entries[i];
        counted = entry->count >= version->count &&
                  bytes_starts(BYTES_ARRAY(entry->wallet), BYTES_ARRAY(version->wallet));
    }
    return counted;
}

void record_version_write(const struct record_version *version, struct buf *out)
{
    uint8_t memory[VERSION_BYTES];
    struct buf bytes = buf_over(memory, sizeof memory);
    buf_put_u64(&bytes, version->updated_at_ms);
    buf_put_u64(&bytes, version->count);
    buf_put(&bytes, BYTES_ARRAY(version->wallet));
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
    ret_version->count = reader_u64(&reader);
    memcpy(ret_version->wallet, reader_take(&reader, sizeof ret_version->wallet).ptr,
           sizeof ret_version->wallet);
    return OK;
}
