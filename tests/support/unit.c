#include "support/unit.h"

static unsigned digit(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    assert_true(c >= 'a' && c <= 'f');
    return (unsigned)(c - 'a') + 10;
}

struct bytes unit_hex(const char *hex)
{
    static uint8_t memory[8][4096];
    static unsigned next;
    uint8_t *out = memory[next++ % 8];
    size_t len = strlen(hex);
    assert_true(len % 2 == 0 && len <= 8192);
    for (size_t i = 0; i < len / 2; i++) {
        out[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    }
    return (struct bytes){out, len / 2};
}
