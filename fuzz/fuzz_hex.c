/* covers: src/codec/hex.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codec/hex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* The value of a digit, or -1, without the table. */
static int value_of(uint8_t byte)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *at = byte == 0 ? NULL : strchr(digits, byte);
    int index = at == NULL ? -1 : (int)(at - digits);
    return index > 15 ? index - 6 : index;
}

/* What was read is written as the same text in lower case. */
static void check_bytes(struct bytes text)
{
    static uint8_t read[2048];
    static uint8_t memory[4096];
    if (text.len > sizeof memory || text.len % 2 != 0) {
        return;
    }
    bool is_good = true;
    for (size_t i = 0; i < text.len; i++) {
        is_good = is_good && value_of(text.ptr[i]) >= 0;
    }
    memset(read, 0xaa, sizeof read);
    require(status_is_ok(hex_read(text, text.len / 2, read)) == is_good);
    require(text.len == 0 || !status_is_ok(hex_read(text, text.len / 2 - 1, read)));
    require(text.len + 2 > sizeof memory || !status_is_ok(hex_read(text, text.len / 2 + 1, read)));
    if (!is_good) {
        return;
    }
    require(status_is_ok(hex_read(text, text.len / 2, read)));
    struct buf out = buf_over(memory, sizeof memory);
    hex_put(&out, (struct bytes){read, text.len / 2});
    require(out.len == text.len && !out.failed);
    for (size_t i = 0; i < text.len; i++) {
        require(value_of(memory[i]) == value_of(text.ptr[i]) &&
                (memory[i] < 'A' || memory[i] > 'F'));
    }
}

static void check_prefixed(struct bytes text)
{
    uint8_t plain[32] = {0};
    uint8_t read[32];
    bool has_prefix = bytes_starts(text, BYTES_LITERAL("0x"));
    bool is_good = has_prefix && status_is_ok(hex_read(bytes_slice(text, 2, SIZE_MAX), 32, plain));
    require(status_is_ok(hex_read_0x(text, 32, read)) == is_good);
    require(memcmp(plain, read, sizeof read) == 0);
}

static void check_number(struct bytes text)
{
    uint64_t limb[4];
    uint64_t expected[4] = {0};
    bool is_good = text.len >= 1 && text.len <= 64;
    for (size_t i = 0; i < text.len && is_good; i++) {
        int value = value_of(text.ptr[text.len - 1 - i]);
        is_good = value >= 0;
        expected[i / 16] |= (uint64_t)(value & 15) << (i % 16 * 4);
    }
    if (!is_good) {
        memset(expected, 0, sizeof expected);
    }
    require(status_is_ok(hex_u256(text, limb)) == is_good);
    require(memcmp(limb, expected, sizeof limb) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    check_bytes((struct bytes){data, len});
    check_prefixed((struct bytes){data, len});
    check_number((struct bytes){data, len});
    return 0;
}
