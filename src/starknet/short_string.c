#include "starknet/short_string.h"

struct status short_string_read(struct bytes text, struct felt *ret)
{
    *ret = FELT_ZERO;
    if (text.len > SHORT_STRING_MAX) {
        return FAIL(SHORT_STRING);
    }
    struct felt felt = FELT_ZERO;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == 0 || c >= 0x80) {
            return FAIL(SHORT_STRING);
        }
        size_t place = text.len - 1 - i;
        felt.limb[place / 8] |= (uint64_t)c << (8 * (place % 8));
    }
    *ret = felt;
    return OK;
}
