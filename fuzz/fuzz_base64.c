/* covers: src/codec/base64.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codec/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LONGEST = 4096 };

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* The one text of some bytes, bit by bit. */
static size_t encode(struct bytes data, uint8_t *ret_text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = 0;
    for (size_t bit = 0; bit < data.len * 8; bit += 6) {
        unsigned value = 0;
        for (size_t i = bit; i < bit + 6; i++) {
            unsigned one = i < data.len * 8 ? (unsigned)data.ptr[i / 8] >> (7 - i % 8) & 1u : 0;
            value = value << 1 | one;
        }
        ret_text[len++] = (uint8_t)alphabet[value];
    }
    while (len % 4 != 0) {
        ret_text[len++] = '=';
    }
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t expected[2 * LONGEST];
    static uint8_t written[2 * LONGEST];
    static uint8_t plain[LONGEST];
    struct bytes text = {data, len < LONGEST ? len : LONGEST};

    /* Any bytes are written as their one text, which is read as the same bytes. */
    struct buf out = buf_over(written, sizeof written);
    size_t expected_len = encode(text, expected);
    base64_put(&out, text);
    require(!out.failed && out.len == expected_len && memcmp(expected, written, out.len) == 0);
    struct buf back = buf_over(plain, sizeof plain);
    require(base64_valid(buf_bytes(&out)) && status_is_ok(base64_read(buf_bytes(&out), &back)));
    require(bytes_equal(buf_bytes(&back), text));

    /* Any text is refused, or is the one text of what it is read as. */
    struct buf read = buf_over(plain, sizeof plain);
    struct status status = base64_read(text, &read);
    require(status_is_ok(status) == base64_valid(text));
    if (!status_is_ok(status)) {
        require(status.code == STATUS_INVALID_BASE64 && read.len == 0);
        return 0;
    }
    require(encode(buf_bytes(&read), expected) == text.len);
    require(text.len == 0 || memcmp(expected, text.ptr, text.len) == 0);
    if (read.len != 0) {
        struct buf small = buf_over(plain, read.len - 1);
        require(base64_read(text, &small).code == STATUS_BUFFER_FULL && small.len == 0);
    }
    return 0;
}
