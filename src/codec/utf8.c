#include "codec/utf8.h"

/* The rows of RFC 3629's grammar: range of the first byte, range of the second, length. */
static const struct {
    uint8_t first_min, first_max, second_min, second_max, width;
} rows[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool has_tail(struct bytes text, size_t width)
{
    for (size_t i = 2; i < width; i++) {
        if ((text.ptr[i] & 0xc0) != 0x80) {
            return false;
        }
    }
    return true;
}

size_t utf8_width(struct bytes text)
{
    if (text.len == 0) {
        return 0;
    }
    uint8_t first = text.ptr[0];
    if (first < 0x80) {
        return 1;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (first < rows[i].first_min || first > rows[i].first_max) {
            continue;
        }
        bool fits = text.len >= rows[i].width && text.ptr[1] >= rows[i].second_min &&
                    text.ptr[1] <= rows[i].second_max && has_tail(text, rows[i].width);
        return fits ? rows[i].width : 0;
    }
    return 0;
}

bool utf8_valid(struct bytes text)
{
    for (size_t i = 0; i < text.len;) {
        size_t width = utf8_width(bytes_slice(text, i, SIZE_MAX));
        if (width == 0) {
            return false;
        }
        i += width;
    }
    return true;
}
