/* covers: src/record/value_seal.c src/record/record.c src/record/vector_clock.c */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/reader.h"
#include "fixtures/store_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define REQUIRE(condition)    \
    do {                      \
        if (!(condition)) {   \
            __builtin_trap(); \
        }                     \
    } while (0)

/* The tie of a record that was sealed once, under this nonce. */
static void put_tie(struct record *record, struct bytes nonce)
{
    if ((record->flags & RECORD_TOMBSTONE) == 0 && nonce.len >= RECORD_TIE) {
        memcpy(record->tie, nonce.ptr, RECORD_TIE);
    }
}

/* A record: flags, times, then key and both clocks, each after its length, and the blob. */
static bool read_record(struct bytes data, struct record *ret)
{
    struct reader reader = reader_over(data);
    ret->flags = reader_u8(&reader);
    ret->updated_at_ms = reader_u64(&reader);
    ret->ttl_ms = reader_u64(&reader);
    ret->key = reader_take(&reader, reader_u16(&reader));
    ret->clock = reader_take(&reader, reader_u16(&reader));
    ret->seen = reader_take(&reader, reader_u16(&reader));
    ret->blob = reader.rest;
    put_tie(ret, bytes_slice(ret->blob, (ret->flags & RECORD_V1) != 0 ? 0 : 5, SIZE_MAX));
    return !reader.failed;
}

/* What passes the check is written as it was read. */
static void check_clock(struct bytes encoded)
{
    struct vector_clock clock;
    uint8_t memory[VECTOR_CLOCK_BYTES];
    struct buf out = buf_over(memory, sizeof memory);
    REQUIRE(status_is_ok(vector_clock_read(encoded, &clock)));
    vector_clock_write(&clock, &out);
    REQUIRE(status_is_ok(buf_check(&out)) && bytes_equal(encoded, buf_bytes(&out)));
    struct vector_clock joined = clock;
    vector_clock_join(&joined, &clock);
    REQUIRE(vector_clock_compare(&joined, &clock) == VECTOR_CLOCK_EQUAL);
}

static void check_version(const struct record *record)
{
    uint8_t memory[RECORD_VERSION_TEXT];
    struct buf out = buf_over(memory, sizeof memory);
    struct record_version version = record_version(record);
    struct record_version read;
    record_version_write(&version, &out);
    REQUIRE(status_is_ok(record_version_read(buf_bytes(&out), &read)));
    REQUIRE(record_version_order(&version, &read) == 0);
}

/* A store takes it in if it opens, and then has it. */
static void check_merge(const struct value_seal_keys *keys, const struct record *record,
                        struct status opened)
{
    static struct mem mem;
    const uint8_t wallet[VECTOR_CLOCK_WALLET] = {1};
    const struct kv_limits limits = kv_limits_default();
    const struct kv_at at = {keys, record->updated_at_ms, false};
    struct kv *kv;
    struct record kept;
    enum kv_merged merged;
    mem_init(&mem, 1 << 24);
    REQUIRE(status_is_ok(kv_open(&limits, wallet, &mem, &kv)));
    const uint8_t unused[VALUE_SEAL_NONCE] = {0};
    struct status status = kv_merge(kv, &at, record, unused, &merged);
    REQUIRE(status.code == opened.code);
    /* At the end of time a tombstone has been kept for long enough at once. */
    bool is_kept = status_is_ok(status) &&
                   (!(record->flags & RECORD_TOMBSTONE) || record->updated_at_ms != UINT64_MAX);
    REQUIRE(kv_peek(kv, keys->tenant, record->key, &kept) == is_kept);
    REQUIRE(!is_kept || bytes_equal(kept.blob, record->blob));
    store_check(kv);
    kv_close(&kv);
    REQUIRE(mem_used(&mem) == 0);
}

/* Under its nonce an opened value seals to the same bytes. */
static void check_again(const struct value_seal_keys *keys, const struct record *record,
                        struct bytes plain)
{
    static uint8_t again[LIMIT_KV_VALUE + VALUE_SEAL_OVERHEAD];
    uint8_t nonce[VALUE_SEAL_NONCE] = {0};
    struct buf out = buf_over(nonce, sizeof nonce);
    bool is_v1 = (record->flags & RECORD_V1) != 0;
    buf_put(&out, bytes_slice(record->blob, is_v1 ? 0 : 5, is_v1 ? 12 : VALUE_SEAL_NONCE));
    REQUIRE(status_is_ok(value_seal_seal(keys, record, plain, nonce, again)));
    REQUIRE(bytes_equal(record->blob, (struct bytes){again, record->blob.len}));
}

/* What is sealed here opens, also on its way through a store, and not with a bit changed. */
static void check_own(const struct value_seal_keys *keys, struct record record)
{
    static uint8_t out[LIMIT_KV_VALUE];
    static uint8_t blob[LIMIT_KV_VALUE + VALUE_SEAL_OVERHEAD];
    const uint8_t nonce[VALUE_SEAL_NONCE] = {9};
    bool is_tombstone = (record.flags & RECORD_TOMBSTONE) != 0;
    struct bytes plain = bytes_slice(record.blob, 0, is_tombstone ? 0 : LIMIT_KV_VALUE);
    uint64_t place = record.updated_at_ms ^ record.ttl_ms;
    put_tie(&record, BYTES_ARRAY(nonce));
    REQUIRE(status_is_ok(value_seal_seal(keys, &record, plain, nonce, blob)));
    record.blob = (struct bytes){blob, value_seal_sealed_len(record.flags, plain.len)};
    REQUIRE(status_is_ok(value_seal_open(keys, &record, out)));
    REQUIRE(bytes_equal(plain, (struct bytes){out, plain.len}));
    check_merge(keys, &record, OK);
    if (record.blob.len != 0) {
        blob[place / 8 % record.blob.len] ^= (uint8_t)(1u << place % 8);
        struct status status = value_seal_open(keys, &record, out);
        REQUIRE(status.code == STATUS_VALUE_SEAL || status.code == STATUS_VALUE_EPOCH);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t out[LIMIT_KV_VALUE];
    const struct secret32 v1 = {{1}};
    struct value_seal_keys keys;
    struct record record = {0};
    struct record_version version;
    store_keys(&keys, 1);
    value_seal_keys_v1(&keys, &v1, false);
    (void)!status_is_ok(record_version_read((struct bytes){data, len}, &version));
    if (!read_record((struct bytes){data, len}, &record) || !status_is_ok(record_check(&record))) {
        return 0;
    }
    check_clock(record.clock);
    check_clock(record.seen);
    check_version(&record);
    struct status status = value_seal_open(&keys, &record, out);
    check_merge(&keys, &record, status);
    if (status_is_ok(status)) {
        check_again(&keys, &record, (struct bytes){out, value_seal_plaintext_len(&record)});
    }
    check_own(&keys, record);
    return 0;
}
