#include "base/bytes.h"

#include <string.h>

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool bytes_starts(struct bytes text, struct bytes prefix)
{
    return text.len >= prefix.len && bytes_equal(bytes_slice(text, 0, prefix.len), prefix);
}

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

struct bytes bytes_slice(struct bytes all, size_t offset, size_t len)
{
    if (offset >= all.len) {
        return (struct bytes){NULL, 0};
    }
    size_t rest = all.len - offset;
    return (struct bytes){all.ptr + offset, len < rest ? len : rest};
}

size_t bytes_find(struct bytes all, uint8_t byte)
{
    const uint8_t *hit = all.len == 0 ? NULL : memchr(all.ptr, byte, all.len);
    return hit == NULL ? all.len : (size_t)(hit - all.ptr);
}
