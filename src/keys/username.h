/* Which usernames exist: 1 to 255 bytes of A-Z a-z 0-9 _ - and the full stop, taken as they are.
 * Used wherever a user is named. Source: formats, section 3. */
#ifndef COFFER_KEYS_USERNAME_H
#define COFFER_KEYS_USERNAME_H

#include "base/bytes.h"
#include "base/status.h"

/* In: name, from outside. Returns: OK, INVALID_USERNAME. */
struct status username_check(struct bytes name);

#endif
