/* What keys and their files share. Private to src/client. */
#ifndef COFFER_CLIENT_USER_KEY_INTERNAL_H
#define COFFER_CLIENT_USER_KEY_INTERNAL_H

#include "client/user_key.h"

/* Fill in the public key that follows from scheme and d.
 * Returns: OK; KEY_INVALID, BAD_REQUEST; NO_MEMORY, INTERNAL, SELF_CHECK, ENTROPY. */
struct status user_key_complete(struct user_key *key);

#endif
