#include "client/user_place.h"

#include <string.h>

#include "codec/hex.h"
#include "digest/sha256.h"

enum { NAME_MAX_LEN = 32, KIND_LOCAL = 2 };

static bool is_name(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return false;
        }
    }
    return text.len != 0 && text.len <= NAME_MAX_LEN;
}

struct status user_place_tenant(const uint8_t domain[static AUTH_TEXT_HASH], struct bytes text,
                                uint8_t ret[static AUTH_TEXT_HASH])
{
    memset(ret, 0, AUTH_TEXT_HASH);
    if (!is_name(text)) {
        return status_judged(hex_read(text, AUTH_TEXT_HASH, ret), FAIL(BAD_REQUEST));
    }
    const uint8_t kind = KIND_LOCAL;
    const uint8_t len = (uint8_t)text.len;
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, BYTES_LITERAL("coffer/tenant/1"));
    sha256_update(&sha, (struct bytes){&kind, 1});
    sha256_update(&sha, (struct bytes){domain, AUTH_TEXT_HASH});
    sha256_update(&sha, (struct bytes){&len, 1});
    sha256_update(&sha, text);
    sha256_final(&sha, ret);
    return OK;
}
