#include "record/vector_clock.h"

#include <string.h>

#include "base/reader.h"

static struct bytes wallet_of(const struct vector_clock_entry *entry)
{
    return BYTES_ARRAY(entry->wallet);
}

enum vector_clock_relation vector_clock_compare(const struct vector_clock *a,
                                                const struct vector_clock *b)
{
    bool less = false;
    bool greater = false;
    size_t i = 0;
    size_t j = 0;
    while (i < a->len || j < b->len) {
        int order = i == a->len ? 1
                    : j == b->len
                        ? -1
                        : bytes_compare(wallet_of(&a->entries[i]), wallet_of(&b->entries[j]));
        uint64_t left = order <= 0 ? a->entries[i++].count : 0;
        uint64_t right = order >= 0 ? b->entries[j++].count : 0;
        less = less || left < right;
        greater = greater || left > right;
    }
    if (less && greater) {
        return VECTOR_CLOCK_CONCURRENT;
    }
    return less ? VECTOR_CLOCK_BEFORE : greater ? VECTOR_CLOCK_AFTER : VECTOR_CLOCK_EQUAL;
}

/* The position of the first wallet that is not below. */
static size_t position_of(const struct vector_clock *clock,
                          const uint8_t wallet[static VECTOR_CLOCK_WALLET])
{
    struct bytes wanted = {wallet, VECTOR_CLOCK_WALLET};
    size_t from = 0;
    size_t end = clock->len;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (bytes_compare(wallet_of(&clock->entries[middle]), wanted) < 0) {
            from = middle + 1;
        } else {
            end = middle;
        }
    }
    return from;
}

static bool is_at(const struct vector_clock *clock, size_t at,
                  const uint8_t wallet[static VECTOR_CLOCK_WALLET])
{
    return at < clock->len &&
           bytes_equal(wallet_of(&clock->entries[at]), (struct bytes){wallet, VECTOR_CLOCK_WALLET});
}

uint64_t vector_clock_count(const struct vector_clock *clock,
                            const uint8_t wallet[static VECTOR_CLOCK_WALLET])
{
    size_t at = position_of(clock, wallet);
    return is_at(clock, at, wallet) ? clock->entries[at].count : 0;
}

/* The position of the least (count, wallet); among equal counts the first wallet is the least. */
static size_t least_of(const struct vector_clock *clock)
{
    size_t least = 0;
    for (size_t i = 1; i < clock->len; i++) {
        if (clock->entries[i].count < clock->entries[least].count) {
            least = i;
        }
    }
    return least;
}

static void drop(struct vector_clock *clock, size_t at)
{
    clock->len--;
    memmove(&clock->entries[at], &clock->entries[at + 1],
            (clock->len - at) * sizeof clock->entries[0]);
    clock->entries[clock->len] = (struct vector_clock_entry){0};
}

void vector_clock_raise(struct vector_clock *clock,
                        const uint8_t wallet[static VECTOR_CLOCK_WALLET], uint64_t count)
{
    size_t at = position_of(clock, wallet);
    if (is_at(clock, at, wallet)) {
        clock->entries[at].count =
            clock->entries[at].count > count ? clock->entries[at].count : count;
        return;
    }
    if (count == 0) {
        return;
    }
    if (clock->len == LIMIT_CLOCK_NODES) {
        /* The newcomer may itself be what falls out. */
        size_t least = least_of(clock);
        uint64_t floor = clock->entries[least].count;
        if (count < floor || (count == floor && at <= least)) {
            return;
        }
        drop(clock, least);
        at -= least < at ? 1 : 0;
    }
    memmove(&clock->entries[at + 1], &clock->entries[at],
            (clock->len - at) * sizeof clock->entries[0]);
    memcpy(clock->entries[at].wallet, wallet, VECTOR_CLOCK_WALLET);
    clock->entries[at].count = count;
    clock->len++;
}

/* One at a time is as good as all at once: what falls out on the way is below LIMIT_CLOCK_NODES
 * entries that stay or grow. */
void vector_clock_join(struct vector_clock *clock, const struct vector_clock *other)
{
    for (size_t i = 0; i < other->len; i++) {
        vector_clock_raise(clock, other->entries[i].wallet, other->entries[i].count);
    }
}

const struct vector_clock_entry *vector_clock_latest(const struct vector_clock *clock)
{
    const struct vector_clock_entry *latest = NULL;
    for (size_t i = 0; i < clock->len; i++) {
        if (latest == NULL || clock->entries[i].count >= latest->count) {
            latest = &clock->entries[i];
        }
    }
    return latest;
}

void vector_clock_bump(struct vector_clock *clock, const uint8_t wallet[static VECTOR_CLOCK_WALLET])
{
    const struct vector_clock_entry *latest = vector_clock_latest(clock);
    uint64_t count = latest == NULL ? 0 : latest->count;
    vector_clock_raise(clock, wallet, count == UINT64_MAX ? count : count + 1);
}

void vector_clock_write(const struct vector_clock *clock, struct buf *out)
{
    buf_put_u16(out, (uint16_t)clock->len);
    for (size_t i = 0; i < clock->len; i++) {
        buf_put(out, wallet_of(&clock->entries[i]));
        buf_put_u64(out, clock->entries[i].count);
    }
}

/* In place: a clock is too large to be copied without need. */
struct status vector_clock_read(struct bytes encoded, struct vector_clock *ret_clock)
{
    struct reader reader = reader_over(encoded);
    size_t len = reader_u16(&reader);
    ret_clock->len = 0;
    if (len > LIMIT_CLOCK_NODES || encoded.len != 2 + len * VECTOR_CLOCK_ENTRY) {
        return FAIL(RECORD_INVALID);
    }
    for (size_t i = 0; i < len; i++) {
        struct vector_clock_entry *entry = &ret_clock->entries[i];
        memcpy(entry->wallet, reader_take(&reader, VECTOR_CLOCK_WALLET).ptr, VECTOR_CLOCK_WALLET);
        entry->count = reader_u64(&reader);
        bool ascends = i == 0 || bytes_compare(wallet_of(entry - 1), wallet_of(entry)) < 0;
        if (!ascends || entry->count == 0) {
            return FAIL(RECORD_INVALID);
        }
    }
    ret_clock->len = len;
    return OK;
}
