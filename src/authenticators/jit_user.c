#include "authenticators/jit_user.h"

#include "wire/auth_text.h"

struct status jit_user_put(struct bytes prefix, struct bytes key, struct buf *ret_user)
{
    if (prefix.len == 0) {
        return FAIL(AUTH_FAILED);
    }
    if (ret_user->cap - ret_user->len < prefix.len + 2 * AUTH_TEXT_ID) {
        return FAIL(BUFFER_FULL);
    }
    return auth_text_jit_user(prefix, key, ret_user);
}

enum jit_user_kind jit_user_kind(struct bytes prefix, struct bytes user, struct bytes key)
{
    uint8_t memory[AUTH_TEXT_USER];
    struct buf name = buf_over(memory, sizeof memory);
    if (prefix.len == 0 || !bytes_starts(user, prefix)) {
        return JIT_USER_OTHER;
    }
    bool is_own = key.len != 0 && status_is_ok(jit_user_put(prefix, key, &name)) &&
                  bytes_equal(user, buf_bytes(&name));
    return is_own ? JIT_USER_OWN : JIT_USER_TAKEN;
}
