#include "codec/base64.h"

enum { FOREIGN = 64 };

static unsigned value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return (unsigned)(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return (unsigned)(c - 'a') + 26;
    }
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0') + 52;
    }
    if (c == '+') {
        return 62;
    }
    return c == '/' ? 63 : FOREIGN;
}

/* By sums and not by a table, whose cache lines would tell what was looked up. Every term is there
 * from its end of the alphabet on. */
static uint8_t character(uint32_t value)
{
    uint32_t c = 'A' + value;
    c += ((25 - value) >> 8) & 6;  /* from a */
    c -= ((51 - value) >> 8) & 75; /* from 0 */
    c -= ((61 - value) >> 8) & 15; /* from + */
    c += ((62 - value) >> 8) & 3;  /* from / */
    return (uint8_t)c;
}

void base64_put(struct buf *buf, struct bytes data)
{
    for (size_t at = 0; at < data.len; at += 3) {
        struct bytes part = bytes_slice(data, at, 3);
        uint32_t group = (uint32_t)part.ptr[0] << 16;
        group |= part.len > 1 ? (uint32_t)part.ptr[1] << 8 : 0;
        group |= part.len > 2 ? part.ptr[2] : 0u;
        uint8_t *to = buf_reserve(buf, 4);
        if (to == NULL) {
            return;
        }
        to[0] = character(group >> 18);
        to[1] = character(group >> 12 & 63);
        to[2] = part.len > 1 ? character(group >> 6 & 63) : '=';
        to[3] = part.len > 2 ? character(group & 63) : '=';
    }
}

/* Characters before the padding. */
static size_t significant(struct bytes text)
{
    size_t len = text.len;
    for (size_t i = 0; i < 2 && len > 0 && text.ptr[len - 1] == '='; i++) {
        len--;
    }
    return len;
}

bool base64_valid(struct bytes text)
{
    size_t len = significant(text);
    unsigned seen = 0;
    for (size_t i = 0; i < len; i++) {
        seen |= value_of(text.ptr[i]);
    }
    if (text.len % 4 != 0 || seen >= FOREIGN) {
        return false;
    }
    /* Two characters hold 12 bits for one byte, three hold 18 for two; the rest must be zero. */
    unsigned unused = text.len - len == 2 ? 15 : text.len - len == 1 ? 3 : 0;
    return len == 0 || (value_of(text.ptr[len - 1]) & unused) == 0;
}

struct status base64_read(struct bytes text, struct buf *out)
{
    if (!base64_valid(text)) {
        return FAIL(INVALID_BASE64);
    }
    size_t len = significant(text);
    size_t bytes = len / 4 * 3 + (len % 4 == 0 ? 0 : len % 4 - 1);
    uint8_t *to = buf_reserve(out, bytes);
    if (to == NULL) {
        return FAIL(BUFFER_FULL);
    }
    uint32_t group = 0;
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
        group = group << 6 | value_of(text.ptr[i]);
        /* After 2, 3 and 4 characters of a group one more byte is complete. */
        if (i % 4 != 0) {
            to[at++] = (uint8_t)(group >> (6 - 2 * (i % 4)));
        }
    }
    return OK;
}
