#include "codec/rlp.h"

#include <string.h>

enum {
    SHORT_MAX = 55, /* the longest content whose length is in the first byte */
    STRING = 0x80,  /* first byte of a string: plus its length */
    LIST = 0xc0,    /* the same of a list */
    HEADER_MAX = 9,
};

/* Write the header of a content of len bytes. Returns: its length. */
static size_t make_header(uint8_t kind, uint64_t len, uint8_t ret[static HEADER_MAX])
{
    if (len <= SHORT_MAX) {
        ret[0] = (uint8_t)(kind + len);
        return 1;
    }
    size_t digits = 0;
    for (uint64_t rest = len; rest != 0; rest >>= 8) {
        digits++;
    }
    ret[0] = (uint8_t)((size_t)kind + SHORT_MAX + digits);
    for (size_t i = 0; i < digits; i++) {
        ret[1 + i] = (uint8_t)(len >> (8 * (digits - 1 - i)));
    }
    return 1 + digits;
}

void rlp_put_bytes(struct buf *buf, struct bytes data)
{
    if (data.len != 1 || data.ptr[0] >= STRING) {
        uint8_t header[HEADER_MAX];
        buf_put(buf, (struct bytes){header, make_header(STRING, data.len, header)});
    }
    buf_put(buf, data);
}

void rlp_put_number(struct buf *buf, struct bytes number)
{
    size_t zeros = 0;
    while (zeros < number.len && number.ptr[zeros] == 0) {
        zeros++;
    }
    rlp_put_bytes(buf, bytes_slice(number, zeros, SIZE_MAX));
}

void rlp_put_u64(struct buf *buf, uint64_t number)
{
    uint8_t memory[8];
    struct buf whole = buf_over(memory, sizeof memory);
    buf_put_u64(&whole, number);
    rlp_put_number(buf, buf_bytes(&whole));
}

size_t rlp_list_begin(const struct buf *buf)
{
    return buf->len;
}

void rlp_list_end(struct buf *buf, size_t start)
{
    uint8_t header[HEADER_MAX];
    size_t content = buf->len - start;
    size_t len = make_header(LIST, content, header);
    if (buf->failed || buf_reserve(buf, len) == NULL) {
        return;
    }
    memmove(buf->ptr + start + len, buf->ptr + start, content);
    memcpy(buf->ptr + start, header, len);
}

/* The length that stands in digits bytes after the first: canonical, and needed in that form. */
static bool long_length(struct bytes at, size_t digits, uint64_t *ret)
{
    *ret = 0;
    if (at.len < digits || at.ptr[0] == 0) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        *ret = *ret << 8 | at.ptr[i];
    }
    return *ret > SHORT_MAX;
}

struct status rlp_next(struct bytes *rest, struct rlp_item *ret_item)
{
    *ret_item = (struct rlp_item){false, {NULL, 0}};
    if (rest->len == 0) {
        return FAIL(RLP_INVALID);
    }
    uint8_t first = rest->ptr[0];
    bool is_list = first >= LIST;
    uint64_t len = 1;
    size_t header = 0;
    if (first >= STRING) {
        len = first & (LIST - STRING - 1);
        header = 1;
    }
    if (first >= STRING && len > SHORT_MAX) {
        header = 1 + (size_t)(len - SHORT_MAX);
        if (!long_length(bytes_slice(*rest, 1, SIZE_MAX), header - 1, &len)) {
            return FAIL(RLP_INVALID);
        }
    }
    if (len > rest->len - header) {
        return FAIL(RLP_INVALID);
    }
    struct bytes content = bytes_slice(*rest, header, (size_t)len);
    if (first == STRING + 1 && content.ptr[0] < STRING) {
        return FAIL(RLP_INVALID);
    }
    *ret_item = (struct rlp_item){is_list, content};
    *rest = bytes_slice(*rest, header + (size_t)len, SIZE_MAX);
    return OK;
}

struct status rlp_number(const struct rlp_item *item, size_t len, uint8_t *ret)
{
    struct bytes digits = item->content;
    if (len != 0) {
        memset(ret, 0, len);
    }
    if (item->is_list || digits.len > len || (digits.len != 0 && digits.ptr[0] == 0)) {
        return FAIL(RLP_INVALID);
    }
    if (digits.len != 0) {
        memcpy(ret + len - digits.len, digits.ptr, digits.len);
    }
    return OK;
}
