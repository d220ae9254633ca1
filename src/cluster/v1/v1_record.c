#include "cluster/v1/v1_record.h"

#include <string.h>

#include "base/invariant.h"
#include "cluster/v1/v1_scan.h"
#include "codec/decimal.h"
#include "codec/hex.h"
#include "codec/json_out.h"
#include "ethereum/eth_address.h"

enum { FIXED = 160, ESCAPED = 6, CLOCK_ENTRY = ETH_ADDRESS_TEXT + 2 + 1 + 20 + 1 };

_Static_assert((int)ETH_ADDRESS_BYTES == (int)VECTOR_CLOCK_WALLET, "clocks count wallets");

/* The texts of its members, empty where there is none. */
struct members {
    struct bytes key;
    struct bytes value;
    struct bytes version;
    struct bytes updated_at_ms;
    struct bytes tombstone;
    struct bytes ttl_ms;
};

/* Where a member of that name belongs; NULL where nobody knows it. */
static struct bytes *place_of(struct members *members, struct bytes name)
{
    const struct {
        struct bytes name;
        struct bytes *place;
    } all[] = {
        {BYTES_LITERAL("\"key\""), &members->key},
        {BYTES_LITERAL("\"value\""), &members->value},
        {BYTES_LITERAL("\"version\""), &members->version},
        {BYTES_LITERAL("\"updated_at_ms\""), &members->updated_at_ms},
        {BYTES_LITERAL("\"tombstone\""), &members->tombstone},
        {BYTES_LITERAL("\"ttl_ms\""), &members->ttl_ms},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (bytes_equal(name, all[i].name)) {
            return all[i].place;
        }
    }
    return NULL;
}

static bool take_members(struct bytes text, struct members *ret)
{
    struct v1_scan scan;
    struct v1_scan_item item;
    *ret = (struct members){.key = {NULL, 0}};
    for (v1_scan_enter(text, '{', &scan); v1_scan_next(&scan, &item);) {
        struct bytes *place = place_of(ret, item.name);
        if (place != NULL) {
            bool is_null = bytes_equal(item.value, BYTES_LITERAL("null"));
            *place = is_null ? (struct bytes){NULL, 0} : item.value;
        }
    }
    return !scan.failed;
}

/* A whole number; what is not there is 0. */
static bool take_number(struct bytes text, uint64_t *ret)
{
    *ret = 0;
    return text.len == 0 || status_is_ok(decimal_u64(text, ret));
}

/* The same where below 0 means 0. */
static bool take_ttl(struct bytes text, uint64_t *ret)
{
    if (bytes_starts(text, BYTES_LITERAL("-"))) {
        uint64_t below;
        *ret = 0;
        return status_is_ok(decimal_u64(bytes_slice(text, 1, SIZE_MAX), &below));
    }
    return take_number(text, ret);
}

static bool take_bool(struct bytes text, bool *ret)
{
    *ret = bytes_equal(text, BYTES_LITERAL("true"));
    return *ret || text.len == 0 || bytes_equal(text, BYTES_LITERAL("false"));
}

static bool take_clock(struct bytes text, struct v1_record_memory *memory, struct bytes *ret)
{
    VECTOR_CLOCK_LOCAL struct vector_clock clock;
    struct v1_scan scan;
    struct v1_scan_item item;
    struct eth_address wallet;
    uint64_t count;
    clock.len = 0;
    if (text.len != 0 && !v1_scan_enter(text, '{', &scan)) {
        return false;
    }
    while (text.len != 0 && v1_scan_next(&scan, &item)) {
        struct bytes name = bytes_slice(item.name, 1, item.name.len - 2);
        if (!status_is_ok(v1_names_read(memory->names, name, &wallet)) ||
            !status_is_ok(decimal_u64(item.value, &count))) {
            return false;
        }
        vector_clock_raise(&clock, wallet.b, count);
    }
    struct buf out = buf_over(memory->clock, sizeof memory->clock);
    vector_clock_write(&clock, &out);
    *ret = buf_bytes(&out);
    return text.len == 0 || !scan.failed;
}

/* Hex in any case, with or without 0x before it; an empty text is none. */
static bool take_blob(struct bytes text, struct v1_record_memory *memory, struct bytes *ret)
{
    struct bytes digits;
    *ret = (struct bytes){NULL, 0};
    if (text.len == 0) {
        return true;
    }
    if (!status_is_ok(v1_scan_string(text, memory->arena, &digits))) {
        return false;
    }
    if (bytes_starts(digits, BYTES_LITERAL("0x"))) {
        digits = bytes_slice(digits, 2, SIZE_MAX);
    }
    if (digits.len / 2 > V1_RECORD_BLOB ||
        !status_is_ok(hex_read(digits, digits.len / 2, memory->blob))) {
        return false;
    }
    *ret = (struct bytes){memory->blob, digits.len / 2};
    return true;
}

/* What version 1 leaves unsaid. A tombstone with a value is a tombstone. */
static void complete(struct record *record, bool is_tombstone)
{
    record->flags = RECORD_V1;
    record->seen = record->clock;
    if (is_tombstone) {
        record->flags |= RECORD_TOMBSTONE;
        record->blob = (struct bytes){NULL, 0};
        return;
    }
    record->flags |= record_v1_evictable(record->key) ? RECORD_EVICTABLE : 0;
    if (record->blob.len >= RECORD_TIE) {
        memcpy(record->tie, record->blob.ptr, RECORD_TIE);
    }
}

static struct status read_record(struct bytes text, struct v1_record_memory *memory,
                                 struct record *record)
{
    struct members members;
    bool is_tombstone;
    if (!take_members(text, &members)) {
        return FAIL(RECORD_INVALID);
    }
    TRY(status_judged(v1_scan_string(members.key, memory->arena, &record->key), FAIL(VALUE_KEY)));
    if (!take_number(members.updated_at_ms, &record->updated_at_ms) ||
        !take_ttl(members.ttl_ms, &record->ttl_ms) ||
        !take_bool(members.tombstone, &is_tombstone) ||
        !take_clock(members.version, memory, &record->clock) ||
        !take_blob(members.value, memory, &record->blob)) {
        return FAIL(RECORD_INVALID);
    }
    complete(record, is_tombstone);
    return record_check(record);
}

struct status v1_record_read(struct bytes text, struct v1_record_memory *memory, struct record *ret)
{
    *ret = (struct record){0};
    struct status status = read_record(text, memory, ret);
    if (!status_is_ok(status)) {
        *ret = (struct record){0};
    }
    return status;
}

bool v1_record_is_theirs(const struct record *record)
{
    return (record->flags & RECORD_V1) != 0;
}

size_t v1_record_len_max(const struct record *record)
{
    size_t entries = (record->clock.len - 2) / VECTOR_CLOCK_ENTRY;
    return FIXED + ESCAPED * record->key.len + CLOCK_ENTRY * entries + 2 * record->blob.len;
}

static void put_clock(struct json_out *out, const struct v1_names *names, struct bytes encoded)
{
    VECTOR_CLOCK_LOCAL struct vector_clock clock;
    INVARIANT(status_is_ok(vector_clock_read(encoded, &clock)));
    json_out_object(out);
    for (size_t i = 0; i < clock.len; i++) {
        struct eth_address wallet;
        memcpy(wallet.b, clock.entries[i].wallet, sizeof wallet.b);
        char name[ETH_ADDRESS_TEXT + 1] = {0};
        struct buf text = buf_over((uint8_t *)name, ETH_ADDRESS_TEXT);
        v1_names_put(names, &wallet, &text);
        json_out_member_u64(out, name, clock.entries[i].count);
    }
    json_out_object_end(out);
}

void v1_record_put(struct buf *buf, const struct v1_names *names, const struct record *record)
{
    struct json_out out = json_out_over(buf);
    bool is_tombstone = (record->flags & RECORD_TOMBSTONE) != 0;
    INVARIANT(v1_record_is_theirs(record));
    json_out_object(&out);
    json_out_member_string(&out, "key", record->key);
    json_out_name(&out, "value");
    if (is_tombstone) {
        json_out_null(&out);
    } else {
        json_out_hex(&out, record->blob);
    }
    json_out_name(&out, "version");
    put_clock(&out, names, record->clock);
    json_out_member_u64(&out, "updated_at_ms", record->updated_at_ms);
    json_out_member_bool(&out, "tombstone", is_tombstone);
    json_out_member_u64(&out, "ttl_ms", record->ttl_ms);
    json_out_object_end(&out);
}
