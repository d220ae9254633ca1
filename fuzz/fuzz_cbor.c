/* covers: src/codec/cbor.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codec/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LONGEST = 4096 };

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* Write an item as it was read. */
static void put_item(struct buf *out, const struct cbor_item *item)
{
    switch (item->kind) {
    case CBOR_NULL:
        cbor_put_null(out);
        break;
    case CBOR_UINT:
        cbor_put_uint(out, item->value);
        break;
    case CBOR_NEGATIVE:
        cbor_put_negative(out, item->value);
        break;
    case CBOR_BYTES:
        cbor_put_bytes(out, item->content);
        break;
    case CBOR_TEXT: {
        size_t at = out->len;
        cbor_put_bytes(out, item->content);
        if (!out->failed) {
            out->ptr[at] = (uint8_t)(out->ptr[at] | 0x20); /* from bytes to text */
        }
        break;
    }
    case CBOR_ARRAY:
        cbor_put_array(out, item->value);
        break;
    case CBOR_MAP:
        cbor_put_map(out, item->value);
        break;
    case CBOR_BOOL:
        cbor_put_bool(out, item->value != 0);
        break;
    }
}

/* Every item that is read is written as the same bytes, and a skip ends where its items end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t memory[LONGEST + 16];
    struct bytes rest = {data, len > LONGEST ? LONGEST : len};
    struct bytes whole = rest;
    struct bytes skipped = rest;
    bool is_whole = status_is_ok(cbor_skip(&skipped));
    require(is_whole || skipped.len == whole.len);
    struct buf out = buf_over(memory, sizeof memory);
    struct cbor_item item;
    while (status_is_ok(cbor_next(&rest, &item))) {
        put_item(&out, &item);
        require(!out.failed && out.len == whole.len - rest.len);
    }
    require(memcmp(out.ptr, data, out.len) == 0);
    require(!is_whole || whole.len - skipped.len <= out.len);
    return 0;
}
