#include "codec/hex.h"

#include <string.h>

/* Digits carry the bit of HEX_NO_DIGIT, everything else is zero; an exclusive or with it turns that
 * around. */
static const uint8_t values[256] = {
    ['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14, ['5'] = 0x15,
    ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19, ['a'] = 0x1a, ['b'] = 0x1b,
    ['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e, ['f'] = 0x1f, ['A'] = 0x1a, ['B'] = 0x1b,
    ['C'] = 0x1c, ['D'] = 0x1d, ['E'] = 0x1e, ['F'] = 0x1f,
};

unsigned hex_digit(uint8_t c)
{
    return values[c] ^ HEX_NO_DIGIT;
}

/* Eight digits at once, the first in the lowest byte: nibbles go to bytes of their own, and those
 * above 9 get what lies between '9' and 'a' on top. */
static inline uint64_t eight_digits(uint32_t value)
{
    uint64_t bytes = __builtin_bswap32(value);
    bytes = (bytes | bytes << 16) & 0x0000ffff0000ffff;
    bytes = (bytes | bytes << 8) & 0x00ff00ff00ff00ff;
    uint64_t nibbles = (bytes >> 4 & 0x000f000f000f000f) | (bytes & 0x000f000f000f000f) << 8;
    uint64_t letters = (nibbles + 0x0606060606060606) >> 4 & 0x0101010101010101;
    return nibbles + 0x3030303030303030 + letters * ('a' - '0' - 10);
}

void hex_digits(uint64_t value, uint8_t out[static 16])
{
    uint64_t high = eight_digits((uint32_t)(value >> 32));
    uint64_t low = eight_digits((uint32_t)value);
    memcpy(out, &high, 8);
    memcpy(out + 8, &low, 8);
}

void hex_put(struct buf *buf, struct bytes data)
{
    uint8_t *to = data.len > SIZE_MAX / 2 ? NULL : buf_reserve(buf, 2 * data.len);
    if (to == NULL) {
        buf->failed = true;
        return;
    }
    size_t i = 0;
    for (; i + 8 <= data.len; i += 8) {
        uint64_t word;
        memcpy(&word, data.ptr + i, sizeof word);
        hex_digits(__builtin_bswap64(word), to + 2 * i);
    }
    for (; i < data.len; i++) {
        uint8_t digits[16];
        hex_digits(data.ptr[i], digits);
        memcpy(to + 2 * i, digits + 14, 2);
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
    size_t from = 0;
    for (size_t limb = (digits.len + 15) / 16; limb-- > 0;) {
        size_t to = digits.len - 16 * limb;
        uint64_t value = 0;
        for (; from < to; from++) {
            unsigned digit = values[digits.ptr[from]] ^ HEX_NO_DIGIT;
            seen |= digit;
            value = value << 4 | (digit & 15);
        }
        ret_limb[limb] = value;
    }
    if (seen >= HEX_NO_DIGIT) {
        memset(ret_limb, 0, 4 * sizeof ret_limb[0]);
        return FAIL(INVALID_HEX);
    }
    return OK;
}
