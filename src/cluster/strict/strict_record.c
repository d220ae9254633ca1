/* One strict record: what it adds to sums, and how it is written. */
#include <string.h>

#include "cluster/strict/strict_table.h"
#include "digest/sha256.h"

enum { NAME_BYTES = 16 }; /* of a digest that names a record */

struct strict_sum strict_record_sum(const struct strict_record *record)
{
    uint8_t name[SHA256_BYTES];
    uint8_t digest[SHA256_BYTES];
    uint8_t term[sizeof(uint64_t)];
    const uint8_t head[] = {(uint8_t)(record->slot >> 8), (uint8_t)record->slot,
                            (uint8_t)record->kind};
    struct strict_sum sum;
    struct buf out = buf_over(term, sizeof term);
    struct sha256 sha;
    buf_put_u64(&out, record->version.ballot.term);
    sha256_init(&sha);
    sha256_update(&sha, BYTES_ARRAY(head));
    sha256_update(&sha, BYTES_ARRAY(record->tenant));
    sha256_update(&sha, record->key);
    sha256_final(&sha, name);
    sha256_init(&sha);
    sha256_update(&sha, (struct bytes){name, NAME_BYTES});
    sha256_update(&sha, buf_bytes(&out));
    sha256_update(&sha, BYTES_ARRAY(record->version.ballot.boot));
    sha256_update(&sha, record->version.value);
    sha256_final(&sha, digest);
    struct reader reader = reader_over(BYTES_ARRAY(digest));
    sum.halves[0] = reader_u64(&reader);
    sum.halves[1] = reader_u64(&reader);
    return sum;
}

bool strict_sum_equal(const struct strict_sum *a, const struct strict_sum *b)
{
    return a->halves[0] == b->halves[0] && a->halves[1] == b->halves[1];
}

void strict_record_put(struct buf *out, const struct strict_record *record)
{
    buf_put_u16(out, record->slot);
    buf_put_u8(out, (uint8_t)record->kind);
    buf_put(out, BYTES_ARRAY(record->tenant));
    buf_put_u16(out, (uint16_t)record->key.len);
    buf_put(out, record->key);
    buf_put_u64(out, record->version.ballot.term);
    buf_put(out, BYTES_ARRAY(record->version.ballot.boot));
    buf_put_u32(out, (uint32_t)record->version.value.len);
    buf_put(out, record->version.value);
}

bool strict_record_read(struct reader *body, struct strict_record *ret)
{
    *ret = (struct strict_record){.slot = reader_u16(body), .kind = reader_u8(body)};
    struct bytes tenant = reader_take(body, STRICT_TENANT);
    struct bytes key = reader_take(body, reader_u16(body));
    uint64_t term = reader_u64(body);
    struct bytes boot = reader_take(body, STRICT_BOOT);
    struct bytes value = reader_take(body, reader_u32(body));
    body->failed = body->failed || term > STRICT_NUMBER_MAX;
    if (body->failed) {
        return false;
    }
    memcpy(ret->tenant, tenant.ptr, STRICT_TENANT);
    ret->key = key;
    ret->version.ballot.term = term;
    memcpy(ret->version.ballot.boot, boot.ptr, STRICT_BOOT);
    ret->version.value = value;
    return true;
}
