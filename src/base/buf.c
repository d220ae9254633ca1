#include "base/buf.h"

struct buf buf_over(uint8_t *memory, size_t cap)
{
    return (struct buf){memory, 0, cap, false};
}

static void put_big_endian(struct buf *buf, uint64_t value, size_t width)
{
    uint8_t *to = buf_reserve(buf, width);
    if (to == NULL) {
        return;
    }
    for (size_t i = width; i-- > 0;) {
        to[i] = (uint8_t)value;
        value >>= 8;
    }
}

void buf_put_u16(struct buf *buf, uint16_t value)
{
    put_big_endian(buf, value, 2);
}

void buf_put_u32(struct buf *buf, uint32_t value)
{
    put_big_endian(buf, value, 4);
}

void buf_put_u64(struct buf *buf, uint64_t value)
{
    put_big_endian(buf, value, 8);
}

void buf_put_decimal(struct buf *buf, uint64_t value)
{
    uint8_t digits[20];
    size_t start = sizeof digits;
    for (; value >= 10; value /= 100) {
        uint8_t pair = (uint8_t)(value % 100);
        digits[--start] = (uint8_t)('0' + pair % 10);
        digits[--start] = (uint8_t)('0' + pair / 10);
    }
    if (value != 0 || start == sizeof digits) {
        digits[--start] = (uint8_t)('0' + value);
    }
    buf_put(buf, (struct bytes){digits + start, sizeof digits - start});
}

void buf_put_decimal_u256(struct buf *buf, const uint8_t value[static 32])
{
    uint8_t digits[78];
    uint8_t rest[32];
    size_t start = sizeof digits;
    size_t zeros = 0; /* bytes of rest that have become zero, from the left */
    memcpy(rest, value, sizeof rest);
    do {
        unsigned carry = 0;
        for (size_t i = zeros; i < sizeof rest; i++) {
            carry = carry << 8 | rest[i];
            rest[i] = (uint8_t)(carry / 10);
            carry %= 10;
        }
        digits[--start] = (uint8_t)('0' + carry);
        while (zeros < sizeof rest && rest[zeros] == 0) {
            zeros++;
        }
    } while (zeros < sizeof rest);
    buf_put(buf, (struct bytes){digits + start, sizeof digits - start});
}

void buf_put_signed(struct buf *buf, int64_t value)
{
    uint64_t magnitude = (uint64_t)value;
    if (value < 0) {
        buf_put_u8(buf, '-');
        magnitude = 0 - magnitude;
    }
    buf_put_decimal(buf, magnitude);
}

struct bytes buf_bytes(const struct buf *buf)
{
    return (struct bytes){buf->ptr, buf->len};
}

struct status buf_check(const struct buf *buf)
{
    return buf->failed ? FAIL(BUFFER_FULL) : OK;
}
