/* Whose texts they are: the ids of a deployment and of a tenant, as people name them.
 *
 * Used by the command line. Source: formats, section 3. */
#ifndef COFFER_CLIENT_USER_PLACE_H
#define COFFER_CLIENT_USER_PLACE_H

#include "base/bytes.h"
#include "base/status.h"
#include "wire/auth_text.h"

struct user_place {
    uint8_t domain[AUTH_TEXT_HASH];
    uint8_t tenant[AUTH_TEXT_HASH];
};

static inline struct auth_place user_place_of(const struct user_place *place)
{
    return (struct auth_place){place->domain, place->tenant};
}

/* The id of a tenant. In: text, 64 hex digits, or the name of a local tenant of the domain: 1 to 32
 * of a-z, 0-9 and the hyphen. Returns: OK; BAD_REQUEST. On failure: ret is zeros. */
struct status user_place_tenant(const uint8_t domain[static AUTH_TEXT_HASH], struct bytes text,
                                uint8_t ret[static AUTH_TEXT_HASH]);

#endif
