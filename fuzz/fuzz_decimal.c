/* covers: src/codec/decimal.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codec/decimal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static bool is_decimal(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len != 0 && (text.len == 1 || text.ptr[0] != '0');
}

/* Divides by 10 in place, 16 bits at a time. Returns: the remainder. */
static unsigned take_digit(uint64_t limb[4])
{
    unsigned rest = 0;
    for (int i = 15; i >= 0; i--) {
        unsigned part = rest << 16 | (unsigned)(limb[i / 4] >> (i % 4 * 16) & 0xffff);
        limb[i / 4] &= ~((uint64_t)0xffff << (i % 4 * 16));
        limb[i / 4] |= (uint64_t)(part / 10) << (i % 4 * 16);
        rest = part % 10;
    }
    return rest;
}

/* The digits that come out of the number are those that went in. */
static void require_digits(struct bytes text, const uint64_t number[4])
{
    uint64_t limb[4];
    memcpy(limb, number, sizeof limb);
    for (size_t i = text.len; i > 0; i--) {
        require(take_digit(limb) == (unsigned)(text.ptr[i - 1] - '0'));
    }
    require((limb[0] | limb[1] | limb[2] | limb[3]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char below_2_256[] =
        "115792089237316195423570985008687907853269984665640564039457584007913129639935";
    static const char below_2_64[] = "18446744073709551615";
    struct bytes text = {data, len};
    uint64_t number[4];
    uint64_t small = 1;
    struct status wide = decimal_u256(text, number);
    struct status narrow = decimal_u64(text, &small);
    if (!is_decimal(text)) {
        require(wide.code == STATUS_INVALID_DECIMAL && narrow.code == STATUS_INVALID_DECIMAL);
        require(small == 0 && (number[0] | number[1] | number[2] | number[3]) == 0);
        return 0;
    }
    bool fits_256 = len < 78 || (len == 78 && memcmp(data, below_2_256, 78) <= 0);
    bool fits_64 = len < 20 || (len == 20 && memcmp(data, below_2_64, 20) <= 0);
    require(wide.code == (fits_256 ? STATUS_OK : STATUS_NUMBER_RANGE));
    require(narrow.code == (fits_64 ? STATUS_OK : STATUS_NUMBER_RANGE));
    if (fits_256) {
        require_digits(text, number);
    }
    if (fits_64) {
        require(number[0] == small && (number[1] | number[2] | number[3]) == 0);
    }
    return 0;
}
