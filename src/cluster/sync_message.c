#include "cluster/sync_message.h"

#include <string.h>

#include "base/ct.h"
#include "base/invariant.h"

static const uint8_t magic[4] = {'C', 'F', 'S', '2'};

enum {
    SEQUENCE_AT = 4 + 1 + SYNC_BOOT,
    RECORD_FIXED = 32 + 2 + 8 + 8 + 1 + RECORD_TIE + RECORD_OP + RECORD_CAUSE + 4, /* no contents */
};

void sync_message_begin(struct buf *out, const struct sync_head *head)
{
    INVARIANT(out->len == 0);
    buf_put(out, BYTES_ARRAY(magic));
    buf_put_u8(out, (uint8_t)head->type);
    buf_put(out, BYTES_ARRAY(head->boot));
    buf_put_u64(out, head->sequence);
}

void sync_message_number(struct buf *out, uint64_t sequence)
{
    struct buf place = buf_over(out->ptr + SEQUENCE_AT, sizeof sequence);
    buf_put_u64(&place, sequence);
}

static void compute_code(struct bytes message, const struct hmac_sha256_key *key,
                         const struct sync_way *way, uint8_t out[static SYNC_CODE])
{
    struct hmac_sha256 hmac;
    hmac_sha256_init(&hmac, key);
    hmac_sha256_update(&hmac, message);
    hmac_sha256_update(&hmac, (struct bytes){way->from, SYNC_WALLET});
    hmac_sha256_update(&hmac, (struct bytes){way->to, SYNC_WALLET});
    hmac_sha256_final(&hmac, out);
}

struct status sync_message_end(struct buf *out, const struct hmac_sha256_key *key,
                               const struct sync_way *way)
{
    struct bytes message = buf_bytes(out);
    uint8_t *code = buf_reserve(out, SYNC_CODE);
    if (code == NULL) {
        return FAIL(BUFFER_FULL);
    }
    compute_code(message, key, way, code);
    return OK;
}

struct status sync_message_open(struct bytes message, const struct hmac_sha256_key *key,
                                const struct sync_way *way, struct sync_head *ret_head,
                                struct reader *ret_body)
{
    *ret_head = (struct sync_head){0};
    *ret_body = reader_over((struct bytes){NULL, 0});
    if (message.len < SYNC_HEAD + SYNC_CODE || message.len > SYNC_MESSAGE_MAX ||
        !bytes_starts(message, BYTES_ARRAY(magic))) {
        return FAIL(SYNC_INVALID);
    }
    struct bytes signed_part = {message.ptr, message.len - SYNC_CODE};
    uint8_t code[SYNC_CODE];
    compute_code(signed_part, key, way, code);
    if (ct_declassify(ct_equal(code, message.ptr + signed_part.len, SYNC_CODE)) != 1) {
        return FAIL(SYNC_CODE);
    }
    struct reader reader = reader_over(signed_part);
    reader_take(&reader, sizeof magic);
    uint8_t type = reader_u8(&reader);
    if (type < SYNC_PUSH || type > SYNC_STRICT) {
        return FAIL(SYNC_INVALID);
    }
    ret_head->type = type;
    memcpy(ret_head->boot, reader_take(&reader, SYNC_BOOT).ptr, SYNC_BOOT);
    ret_head->sequence = reader_u64(&reader);
    *ret_body = reader;
    return OK;
}

size_t sync_message_record_len(const struct sync_record *record)
{
    const struct record *content = &record->record;
    return 4 + RECORD_FIXED + content->key.len + content->clock.len + content->seen.len +
           content->blob.len;
}

void sync_message_put_record(struct buf *out, const struct sync_record *record)
{
    const struct record *content = &record->record;
    INVARIANT(record->tenant.len == DOMAIN_TENANT_ID);
    buf_put_u32(out, (uint32_t)(sync_message_record_len(record) - 4));
    buf_put(out, record->tenant);
    buf_put_u16(out, (uint16_t)content->key.len);
    buf_put(out, content->key);
    buf_put_u64(out, content->updated_at_ms);
    buf_put_u64(out, content->ttl_ms);
    buf_put_u8(out, (uint8_t)(content->flags | (record->is_system ? SYNC_RECORD_SYSTEM : 0)));
    buf_put(out, BYTES_ARRAY(content->tie));
    buf_put(out, content->clock);
    buf_put(out, content->seen);
    buf_put(out, BYTES_ARRAY(content->op));
    buf_put(out, BYTES_ARRAY(content->cause));
    buf_put_u32(out, (uint32_t)content->blob.len);
    buf_put(out, content->blob);
}

/* An encoded clock says itself how long it is; whether it is canonical record_check tells. */
static struct bytes take_clock(struct reader *reader)
{
    struct reader ahead = *reader;
    size_t entries = reader_u16(&ahead);
    return reader_take(reader, 2 + entries * VECTOR_CLOCK_ENTRY);
}

bool sync_message_next_record(struct reader *body, struct sync_record *ret)
{
    *ret = (struct sync_record){0};
    if (body->failed || body->rest.len == 0) {
        return false;
    }
    struct reader one = reader_over(reader_take(body, reader_u32(body)));
    struct sync_record next = {.tenant = reader_take(&one, DOMAIN_TENANT_ID)};
    struct record *content = &next.record;
    content->key = reader_take(&one, reader_u16(&one));
    content->updated_at_ms = reader_u64(&one);
    content->ttl_ms = reader_u64(&one);
    content->flags = reader_u8(&one);
    next.is_system = (content->flags & SYNC_RECORD_SYSTEM) != 0;
    content->flags &= (uint8_t)~SYNC_RECORD_SYSTEM;
    struct bytes tie = reader_take(&one, RECORD_TIE);
    content->clock = take_clock(&one);
    content->seen = take_clock(&one);
    struct bytes op = reader_take(&one, RECORD_OP);
    struct bytes cause = reader_take(&one, RECORD_CAUSE);
    content->blob = reader_take(&one, reader_u32(&one));
    if (!reader_done(&one)) {
        body->failed = true;
        return false;
    }
    memcpy(content->tie, tie.ptr, RECORD_TIE);
    memcpy(content->op, op.ptr, RECORD_OP);
    memcpy(content->cause, cause.ptr, RECORD_CAUSE);
    *ret = next;
    return true;
}

void sync_message_put_place(struct buf *out, const struct kv_digest_place *place)
{
    buf_put_u16(out, place->leaf);
    buf_put(out, BYTES_ARRAY(place->tenant));
    buf_put_u16(out, place->key_len);
    buf_put(out, (struct bytes){place->key, place->key_len});
}

bool sync_message_take_place(struct reader *body, struct kv_digest_place *ret)
{
    *ret = (struct kv_digest_place){0};
    uint16_t leaf = reader_u16(body);
    struct bytes tenant = reader_take(body, DOMAIN_TENANT_ID);
    struct bytes key = reader_take(body, reader_u16(body));
    if (body->failed || key.len > sizeof ret->key) {
        return false;
    }
    ret->leaf = leaf;
    memcpy(ret->tenant, tenant.ptr, sizeof ret->tenant);
    ret->key_len = (uint16_t)key.len;
    if (key.len != 0) {
        memcpy(ret->key, key.ptr, key.len);
    }
    return true;
}

int sync_message_place_order(const struct kv_digest_place *a, const struct kv_digest_place *b)
{
    int order = (a->leaf > b->leaf) - (a->leaf < b->leaf);
    if (order == 0) {
        order = bytes_compare(BYTES_ARRAY(a->tenant), BYTES_ARRAY(b->tenant));
    }
    struct bytes left = {a->key, a->key_len};
    struct bytes right = {b->key, b->key_len};
    return order != 0 ? order : bytes_compare(left, right);
}
