/* Whether a key that is held elsewhere was used before this process: a mark beside the audit trail.
 *
 * Odyn's key, for one, may outlive the node. What the node remembers does not, so that after a
 * restart it could not tell an envelope of version 1 that it took before from a new one. The mark
 * is a file that is made once for each key and never removed here. Used by programs/coffer-node. */
#ifndef COFFER_KEYS_KEY_LIFE_H
#define COFFER_KEYS_KEY_LIFE_H

#include <stdbool.h>

#include "base/status.h"
#include "crypto/p384.h"

/* Begin to use a key. In: path, to whose name the mark's is added; point, of the key.
 * Out: *ret_is_first, true when there was no mark, and there is a durable one now.
 * Returns: OK; IO when the mark can be neither found nor made. On failure: *ret_is_first is
 * false. */
struct status key_life_begin(const char *path, const struct p384_point *point, bool *ret_is_first);

#endif
