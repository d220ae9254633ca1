#include "codec/hex.h"

#include <string.h>

unsigned hex_digit(uint8_t c)
{
    static const uint8_t values[256] = {
        ['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14, ['5'] = 0x15,
        ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19, ['a'] = 0x1a, ['b'] = 0x1b,
        ['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e, ['f'] = 0x1f, ['A'] = 0x1a, ['B'] = 0x1b,
        ['C'] = 0x1c, ['D'] = 0x1d, ['E'] = 0x1e, ['F'] = 0x1f,
    };
    /* Digits carry the bit 0x10, everything else is zero; the exclusive or turns that around. */
    return values[c] ^ 0x10u;
}

void hex_put(struct buf *buf, struct bytes data)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *to = data.len > SIZE_MAX / 2 ? NULL : buf_reserve(buf, 2 * data.len);
    if (to == NULL) {
        buf->failed = true;
        return;
    }
    for (size_t i = 0; i < data.len; i++) {
        to[2 * i] = (uint8_t)digits[data.ptr[i] >> 4];
        to[2 * i + 1] = (uint8_t)digits[data.ptr[i] & 15];
    }
}

struct status hex_read(struct bytes text, size_t len, uint8_t *ret_data)
{
    unsigned seen = 0;
    bool fits = text.len % 2 == 0 && text.len / 2 == len;
    for (size_t i = 0; fits && i < len; i++) {
        unsigned high = hex_digit(text.ptr[2 * i]);
        unsigned low = hex_digit(text.ptr[2 * i + 1]);
        seen |= high | low;
        ret_data[i] = (uint8_t)(high << 4 | low);
    }
    if (!fits || seen >= HEX_NO_DIGIT) {
        if (len != 0) {
            memset(ret_data, 0, len);
        }
        return FAIL(INVALID_HEX);
    }
    return OK;
}

struct status hex_read_0x(struct bytes text, size_t len, uint8_t *ret_data)
{
    bool prefixed = bytes_starts(text, BYTES_LITERAL("0x"));
    /* Without the prefix, a text that cannot have the right length. */
    struct bytes digits = prefixed ? bytes_slice(text, 2, SIZE_MAX) : BYTES_LITERAL("?");
    return hex_read(digits, len, ret_data);
}

struct status hex_u256(struct bytes digits, uint64_t ret_limb[static 4])
{
    unsigned seen = 0;
    memset(ret_limb, 0, 4 * sizeof ret_limb[0]);
    if (digits.len == 0 || digits.len > 64) {
        return FAIL(INVALID_HEX);
    }
    for (size_t i = 0; i < digits.len; i++) {
        unsigned digit = hex_digit(digits.ptr[i]);
        seen |= digit;
        size_t place = digits.len - 1 - i;
        ret_limb[place / 16] = ret_limb[place / 16] << 4 | (digit & 15);
    }
    if (seen >= HEX_NO_DIGIT) {
        memset(ret_limb, 0, 4 * sizeof ret_limb[0]);
        return FAIL(INVALID_HEX);
    }
    return OK;
}
