#include "sessions/session_keys.h"

#include <string.h>

#include "base/limits.h"

struct status session_keys_of(const struct session_keys *keys, uint32_t epoch,
                              struct hmac_sha256_key *ret)
{
    SECRET32(key);
    memset(ret, 0, sizeof *ret);
    if (epoch >= LIMIT_ROOT_EPOCHS || !root_keyring_has(keys->roots, epoch)) {
        return FAIL(AUTH_FAILED);
    }
    const struct root *root = root_keyring_root(keys->roots, epoch);
    if (root == NULL) {
        return FAIL(SELF_CHECK);
    }
    root_session_key(root, keys->incarnation, &key);
    hmac_sha256_key_init(ret, BYTES_ARRAY(key.b));
    return OK;
}

struct status session_keys_newest(const struct session_keys *keys, uint32_t *ret_epoch,
                                  struct hmac_sha256_key *ret)
{
    *ret_epoch = root_keyring_newest_epoch(keys->roots);
    struct status status = session_keys_of(keys, *ret_epoch, ret);
    return status.code == STATUS_AUTH_FAILED ? FAIL(UNAVAILABLE) : status;
}
