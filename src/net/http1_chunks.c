#include <string.h>

#include "net/http1.h"

enum {
    AT_SIZE, /* the first digit of a size */
    IN_SIZE,
    AFTER_SIZE, /* LF of a size's line */
    IN_DATA,
    AFTER_DATA, /* CR behind the data */
    AFTER_DATA_CR,
    AT_END, /* CR of the empty line behind the last chunk: there are no trailers */
    AFTER_END_CR,
    AFTER_ALL,
};

enum { DIGITS_MAX = 8 };

/* The value of a hex digit, or 16. */
static unsigned digit_value(uint8_t byte)
{
    uint8_t lower = byte | 0x20;
    if (byte >= '0' && byte <= '9') {
        return byte - (unsigned)'0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - (unsigned)'a' + 10 : 16;
}

/* Takes a byte of a size's line: digits, then CR. */
static bool take_size(struct http1_chunks *chunks, uint8_t byte)
{
    if (chunks->state == IN_SIZE && byte == '\r') {
        chunks->state = AFTER_SIZE;
        return true;
    }
    unsigned digit = digit_value(byte);
    chunks->left = chunks->left << 4 | (digit & 15);
    chunks->digits++;
    chunks->state = IN_SIZE;
    return digit < 16 && chunks->digits <= DIGITS_MAX;
}

/* Takes a byte of the framing. Returns: false when it may not stand there. */
static bool take_framing(struct http1_chunks *chunks, uint8_t byte)
{
    switch (chunks->state) {
    case AT_SIZE:
    case IN_SIZE:
        return take_size(chunks, byte);
    case AFTER_SIZE:
        chunks->state = chunks->left == 0 ? AT_END : IN_DATA;
        return byte == '\n';
    case AFTER_DATA:
        chunks->state = AFTER_DATA_CR;
        return byte == '\r';
    case AFTER_DATA_CR:
        chunks->state = AT_SIZE;
        chunks->digits = 0;
        return byte == '\n';
    case AT_END:
        chunks->state = AFTER_END_CR;
        return byte == '\r';
    default:
        chunks->state = AFTER_ALL;
        return byte == '\n';
    }
}

bool http1_chunks_end(const struct http1_chunks *chunks)
{
    return chunks->state == AFTER_ALL;
}

struct status http1_unchunk(struct http1_chunks *chunks, size_t body_max, uint8_t *data,
                            size_t *len, size_t *ret_body_len)
{
    size_t from = 0;
    size_t to = 0;
    *ret_body_len = 0;
    while (from < *len && chunks->state != AFTER_ALL) {
        if (chunks->state == IN_DATA) {
            size_t part = chunks->left < *len - from ? (size_t)chunks->left : *len - from;
            memmove(data + to, data + from, part);
            from += part;
            to += part;
            chunks->left -= part;
            chunks->state = chunks->left == 0 ? AFTER_DATA : IN_DATA;
            continue;
        }
        if (!take_framing(chunks, data[from++])) {
            return FAIL(BAD_HTTP);
        }
        if (chunks->state == IN_DATA && chunks->left > body_max - to) {
            return FAIL(BODY_TOO_LARGE);
        }
    }
    memmove(data + to, data + from, *len - from);
    *len -= from - to;
    *ret_body_len = to;
    return OK;
}
