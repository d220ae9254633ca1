#include "keys/username.h"

#include "base/limits.h"

static bool is_allowed(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

struct status username_check(struct bytes name)
{
    if (name.len == 0 || name.len > LIMIT_USERNAME) {
        return FAIL(INVALID_USERNAME);
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!is_allowed(name.ptr[i])) {
            return FAIL(INVALID_USERNAME);
        }
    }
    return OK;
}
