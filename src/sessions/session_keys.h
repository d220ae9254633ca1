/* The keys that challenges and tokens are made with: one for each root, in this incarnation of the
 * cluster. They are derived each time they are asked for. *secret*. Any thread.
 * Used by sessions. Source: formats, sections 4 and 6. */
#ifndef COFFER_SESSIONS_SESSION_KEYS_H
#define COFFER_SESSIONS_SESSION_KEYS_H

#include <stdint.h>

#include "base/status.h"
#include "digest/hmac_sha256.h"
#include "keys/root_keyring.h"

struct session_keys {
    const struct root_keyring *roots;
    uint8_t incarnation[ROOT_INCARNATION];
};

/* The key of an epoch. Out: *ret, *secret*, to be wiped.
 * Returns: OK; AUTH_FAILED when this node has no such root; SELF_CHECK.
 * On failure: *ret is zeros. Timing: constant but for the outcome. */
struct status session_keys_of(const struct session_keys *keys, uint32_t epoch,
                              struct hmac_sha256_key *ret);

/* The key of what is made now. Out: also *ret_epoch, its own.
 * Returns: OK; UNAVAILABLE before there is a root; SELF_CHECK. Timing: as above. */
struct status session_keys_newest(const struct session_keys *keys, uint32_t *ret_epoch,
                                  struct hmac_sha256_key *ret);

#endif
