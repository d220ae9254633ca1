#include "codec/cbor.h"

#include "codec/utf8.h"

/* Major types, in the upper three bits of the first byte. */
enum {
    MAJOR_UINT = 0,
    MAJOR_NEGATIVE = 1,
    MAJOR_BYTES = 2,
    MAJOR_TEXT = 3,
    MAJOR_ARRAY = 4,
    MAJOR_MAP = 5,
    MAJOR_SIMPLE = 7,
};

/* The lower five bits: the argument, or how many bytes it takes; or a simple value. */
enum { INLINE_MAX = 23, ONE_BYTE = 24, EIGHT_BYTES = 27, FALSE = 20, TRUE = 21, NULL_VALUE = 22 };

static const enum cbor_kind kinds[] = {
    [MAJOR_UINT] = CBOR_UINT, [MAJOR_NEGATIVE] = CBOR_NEGATIVE, [MAJOR_BYTES] = CBOR_BYTES,
    [MAJOR_TEXT] = CBOR_TEXT, [MAJOR_ARRAY] = CBOR_ARRAY,       [MAJOR_MAP] = CBOR_MAP,
};

/* The argument behind a first byte, only in the shortest of its forms. */
static struct status read_argument(struct bytes *rest, unsigned low, uint64_t *ret)
{
    *ret = low;
    if (low <= INLINE_MAX) {
        return OK;
    }
    if (low > EIGHT_BYTES) {
        return FAIL(CBOR_INVALID);
    }
    size_t len = (size_t)1 << (low - ONE_BYTE);
    if (rest->len < len) {
        return FAIL(CBOR_INVALID);
    }
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++) {
        value = value << 8 | rest->ptr[i];
    }
    *rest = bytes_slice(*rest, len, SIZE_MAX);
    *ret = value;
    bool is_shortest = len == 1 ? value > INLINE_MAX : value >> (4 * len) != 0;
    return is_shortest ? OK : FAIL(CBOR_INVALID);
}

static struct status read_simple(unsigned low, struct cbor_item *ret)
{
    if (low != FALSE && low != TRUE && low != NULL_VALUE) {
        return FAIL(CBOR_INVALID);
    }
    ret->kind = low == NULL_VALUE ? CBOR_NULL : CBOR_BOOL;
    ret->value = low == TRUE;
    return OK;
}

static struct status read_content(struct bytes *rest, struct cbor_item *ret)
{
    if (ret->value > rest->len) {
        return FAIL(CBOR_INVALID);
    }
    ret->content = bytes_slice(*rest, 0, (size_t)ret->value);
    *rest = bytes_slice(*rest, (size_t)ret->value, SIZE_MAX);
    ret->value = 0;
    return ret->kind == CBOR_BYTES || utf8_valid(ret->content) ? OK : FAIL(CBOR_INVALID);
}

static struct status read_item(struct bytes *rest, struct cbor_item *ret)
{
    if (rest->len == 0) {
        return FAIL(CBOR_INVALID);
    }
    unsigned major = rest->ptr[0] >> 5;
    unsigned low = rest->ptr[0] & 31;
    *rest = bytes_slice(*rest, 1, SIZE_MAX);
    if (major == MAJOR_SIMPLE) {
        return read_simple(low, ret);
    }
    if (major > MAJOR_MAP) {
        return FAIL(CBOR_INVALID);
    }
    TRY(read_argument(rest, low, &ret->value));
    ret->kind = kinds[major];
    switch (ret->kind) {
    case CBOR_BYTES:
    case CBOR_TEXT:
        return read_content(rest, ret);
    case CBOR_ARRAY: /* an item takes a byte at least */
        return ret->value <= rest->len ? OK : FAIL(CBOR_INVALID);
    case CBOR_MAP:
        return ret->value <= rest->len / 2 ? OK : FAIL(CBOR_INVALID);
    case CBOR_NULL:
    case CBOR_UINT:
    case CBOR_NEGATIVE:
    case CBOR_BOOL:
        break;
    }
    return OK;
}

struct status cbor_next(struct bytes *rest, struct cbor_item *ret)
{
    struct bytes left = *rest;
    *ret = (struct cbor_item){0};
    struct status status = read_item(&left, ret);
    if (status_is_ok(status)) {
        *rest = left;
    } else {
        *ret = (struct cbor_item){0};
    }
    return status;
}

struct status cbor_expect(struct bytes *rest, enum cbor_kind kind, struct cbor_item *ret)
{
    struct bytes left = *rest;
    struct status status = cbor_next(&left, ret);
    if (status_is_ok(status) && ret->kind != kind) {
        status = FAIL(CBOR_INVALID);
    }
    if (status_is_ok(status)) {
        *rest = left;
    } else {
        *ret = (struct cbor_item){0};
    }
    return status;
}

struct status cbor_skip(struct bytes *rest)
{
    uint64_t left[CBOR_DEPTH + 1] = {1}; /* items that are still to come, of each level */
    size_t depth = 0;
    struct bytes at = *rest;
    do {
        struct cbor_item item;
        TRY(cbor_next(&at, &item));
        left[depth]--;
        if (item.kind == CBOR_ARRAY || item.kind == CBOR_MAP) {
            if (depth == CBOR_DEPTH) {
                return FAIL(CBOR_INVALID);
            }
            left[++depth] = item.kind == CBOR_MAP ? 2 * item.value : item.value;
        }
        while (depth > 0 && left[depth] == 0) {
            depth--;
        }
    } while (depth > 0);
    *rest = at;
    return OK;
}

static void put_head(struct buf *buf, unsigned major, uint64_t argument)
{
    uint8_t first = (uint8_t)(major << 5);
    if (argument <= INLINE_MAX) {
        buf_put_u8(buf, (uint8_t)(first | argument));
    } else if (argument <= UINT8_MAX) {
        buf_put_u8(buf, first | ONE_BYTE);
        buf_put_u8(buf, (uint8_t)argument);
    } else if (argument <= UINT16_MAX) {
        buf_put_u8(buf, first | (ONE_BYTE + 1));
        buf_put_u16(buf, (uint16_t)argument);
    } else if (argument <= UINT32_MAX) {
        buf_put_u8(buf, first | (ONE_BYTE + 2));
        buf_put_u32(buf, (uint32_t)argument);
    } else {
        buf_put_u8(buf, first | EIGHT_BYTES);
        buf_put_u64(buf, argument);
    }
}

void cbor_put_null(struct buf *buf)
{
    put_head(buf, MAJOR_SIMPLE, NULL_VALUE);
}

void cbor_put_bool(struct buf *buf, bool value)
{
    put_head(buf, MAJOR_SIMPLE, value ? TRUE : FALSE);
}

void cbor_put_uint(struct buf *buf, uint64_t value)
{
    put_head(buf, MAJOR_UINT, value);
}

void cbor_put_negative(struct buf *buf, uint64_t value)
{
    put_head(buf, MAJOR_NEGATIVE, value);
}

void cbor_put_bytes(struct buf *buf, struct bytes content)
{
    put_head(buf, MAJOR_BYTES, content.len);
    buf_put(buf, content);
}

void cbor_put_text(struct buf *buf, const char *text)
{
    struct bytes content = bytes_of(text);
    put_head(buf, MAJOR_TEXT, content.len);
    buf_put(buf, content);
}

void cbor_put_array(struct buf *buf, uint64_t count)
{
    put_head(buf, MAJOR_ARRAY, count);
}

void cbor_put_map(struct buf *buf, uint64_t pairs)
{
    put_head(buf, MAJOR_MAP, pairs);
}
