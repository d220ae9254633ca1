#include "codec/base64.h"

#include <string.h>

enum { FOREIGN = 64, BLOCK = 64, BLOCK_BYTES = BLOCK / 4 * 3 };

/* The value and 1 of a character between first and last, of which first has this value; otherwise
 * 0. */
static uint8_t next_within(uint8_t c, uint8_t first, uint8_t last, uint8_t value)
{
    uint8_t from = (uint8_t)(c - first);
    return (uint8_t)((uint8_t)(from + value + 1) & -(from <= last - first));
}

/* The values of the next characters of a text; behind its end are zeros. Without branches, which
 * would be guessed wrong every other time, and in a loop of which compilers make one instruction
 * for sixteen characters.
 * Returns: the bits of all. */
static uint8_t read_block(struct bytes text, size_t at, uint8_t ret[static BLOCK])
{
    uint8_t chars[BLOCK];
    uint8_t seen = 0;
    struct bytes part = bytes_slice(text, at, BLOCK);
    memset(chars, 'A', sizeof chars);
    memcpy(chars, part.ptr, part.len);
    for (size_t i = 0; i < BLOCK; i++) {
        uint8_t c = chars[i];
        uint8_t next = next_within(c, 'A', 'Z', 0) | next_within(c, 'a', 'z', 26) |
                       next_within(c, '0', '9', 52) | next_within(c, '+', '+', 62) |
                       next_within(c, '/', '/', 63);
        ret[i] = (uint8_t)(next - 1) & (2 * FOREIGN - 1);
        seen |= ret[i];
    }
    return seen;
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

/* The last two of the alphabet of URLs are - and _. */
static uint8_t url_character(uint32_t value)
{
    uint32_t c = character(value);
    uint32_t is_plus = (value ^ 62u) - 1;
    uint32_t is_slash = (value ^ 63u) - 1;
    c += (is_plus >> 8 & 1) * ('-' - '+');
    c += (is_slash >> 8 & 1) * ('_' - '/');
    return (uint8_t)c;
}

/* The bits of one to three bytes. */
static uint32_t group_of(struct bytes part)
{
    uint32_t group = (uint32_t)part.ptr[0] << 16;
    group |= part.len > 1 ? (uint32_t)part.ptr[1] << 8 : 0;
    group |= part.len > 2 ? part.ptr[2] : 0u;
    return group;
}

void base64_put(struct buf *buf, struct bytes data)
{
    for (size_t at = 0; at < data.len; at += 3) {
        struct bytes part = bytes_slice(data, at, 3);
        uint32_t group = group_of(part);
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
    struct bytes values = {text.ptr, significant(text)};
    uint8_t block[BLOCK];
    unsigned seen = 0;
    for (size_t at = 0; at < values.len; at += BLOCK) {
        seen |= read_block(values, at, block);
    }
    if (text.len % 4 != 0 || seen >= FOREIGN) {
        return false;
    }
    /* Two characters hold 12 bits for one byte, three hold 18 for two; the rest must be zero. */
    size_t padding = text.len - values.len;
    unsigned unused = padding == 2 ? 15 : padding == 1 ? 3 : 0;
    return values.len == 0 || (block[(values.len - 1) % BLOCK] & unused) == 0;
}

static void pack_block(const uint8_t values[static BLOCK], uint8_t ret[static BLOCK_BYTES])
{
    for (size_t i = 0; i < BLOCK / 4; i++) {
        const uint8_t *four = values + 4 * i;
        ret[3 * i] = (uint8_t)(four[0] << 2 | four[1] >> 4);
        ret[3 * i + 1] = (uint8_t)(four[1] << 4 | four[2] >> 2);
        ret[3 * i + 2] = (uint8_t)(four[2] << 6 | four[3]);
    }
}

struct status base64_read(struct bytes text, struct buf *out)
{
    if (!base64_valid(text)) {
        return FAIL(INVALID_BASE64);
    }
    struct bytes values = {text.ptr, significant(text)};
    size_t bytes = values.len / 4 * 3 + (values.len % 4 == 0 ? 0 : values.len % 4 - 1);
    uint8_t *to = buf_reserve(out, bytes);
    if (to == NULL) {
        return FAIL(BUFFER_FULL);
    }
    uint8_t block[BLOCK];
    uint8_t packed[BLOCK_BYTES];
    for (size_t at = 0; at < bytes; at += BLOCK_BYTES) {
        (void)read_block(values, at / 3 * 4, block);
        pack_block(block, packed);
        memcpy(to + at, packed, bytes - at < BLOCK_BYTES ? bytes - at : BLOCK_BYTES);
    }
    return OK;
}

void base64_put_url(struct buf *buf, struct bytes data)
{
    for (size_t at = 0; at < data.len; at += 3) {
        struct bytes part = bytes_slice(data, at, 3);
        uint32_t group = group_of(part);
        uint8_t *to = buf_reserve(buf, part.len + 1);
        for (size_t i = 0; to != NULL && i <= part.len; i++) {
            to[i] = url_character(group >> (18 - 6 * i) & 63);
        }
    }
}

/* Quantum by quantum through the other alphabet: these texts are short. */
struct status base64_read_url(struct bytes text, struct buf *out)
{
    size_t start = out->len;
    struct status status = text.len % 4 == 1 ? FAIL(INVALID_BASE64) : OK;
    for (size_t at = 0; at < text.len && status_is_ok(status); at += 4) {
        struct bytes part = bytes_slice(text, at, 4);
        uint8_t four[4] = {'=', '=', '=', '='};
        for (size_t i = 0; i < part.len; i++) {
            uint8_t c = part.ptr[i];
            bool is_other = c == '+' || c == '/' || c == '=';
            four[i] = is_other ? ' ' : c == '-' ? '+' : c == '_' ? '/' : c;
        }
        status = base64_read(BYTES_ARRAY(four), out);
    }
    out->len = status_is_ok(status) ? out->len : start;
    return status;
}
