#include "starknet/felts.h"

#include "base/limits.h"
#include "starknet/address_text.h"
#include "starknet/felt_text.h"

struct felts_out felts_open(struct arena *arena)
{
    struct felts_out out = {arena, arena_open(arena), false};
    size_t cap = LIMIT_FELTS * sizeof(struct felt);
    out.is_short = out.buf.cap < cap;
    out.buf.cap = out.is_short ? out.buf.cap : cap;
    return out;
}

void felts_put(struct felts_out *out, const struct felt *felt)
{
    buf_put(&out->buf, (struct bytes){(const uint8_t *)felt, sizeof *felt});
}

void felts_put_u64(struct felts_out *out, uint64_t value)
{
    const struct felt felt = felt_from_u64(value);
    felts_put(out, &felt);
}

void felts_put_all(struct felts_out *out, struct felts felts)
{
    buf_put(&out->buf, (struct bytes){(const uint8_t *)felts.ptr, felts.len * sizeof *felts.ptr});
}

size_t felts_count(const struct felts_out *out)
{
    return out->buf.len / sizeof(struct felt);
}

struct status felts_close(struct felts_out *out, struct felts *ret)
{
    /* Closed with all that was written, so that the arena wipes it. */
    arena_close(out->arena, &out->buf);
    if (out->buf.failed) {
        *ret = (struct felts){NULL, 0};
        return out->is_short ? FAIL(NO_MEMORY) : FAIL(CALLDATA_TOO_LARGE);
    }
    *ret = (struct felts){(const struct felt *)(const void *)out->buf.ptr, felts_count(out)};
    return OK;
}

struct status felts_json(struct arena *arena, const struct json_in *at, struct felts *ret)
{
    size_t count = 0;
    *ret = (struct felts){NULL, 0};
    if (json_in_kind(at) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    TRY(json_in_count(at, &count));
    if (count > LIMIT_FELTS) {
        return JSON_IN_FAIL(at, CALLDATA_TOO_LARGE);
    }
    struct felt *list = arena_array(arena, count, sizeof *list);
    if (list == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(at, i);
        TRY(address_text_json_felt(&item, &list[i]));
    }
    *ret = (struct felts){list, count};
    return OK;
}

void felts_member(struct json_out *out, const char *name, struct felts felts)
{
    json_out_name(out, name);
    json_out_array(out);
    for (size_t i = 0; i < felts.len; i++) {
        felt_text_out(out, &felts.ptr[i]);
    }
    json_out_array_end(out);
}

bool felts_equal(struct felts a, struct felts b)
{
    bool equal = a.len == b.len;
    for (size_t i = 0; equal && i < a.len; i++) {
        equal = felt_equal(&a.ptr[i], &b.ptr[i]);
    }
    return equal;
}
