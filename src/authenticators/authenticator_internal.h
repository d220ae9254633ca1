/* What proofs in JSON have in common. Used by eip4361.c and snip12_login.c. */
#ifndef COFFER_AUTHENTICATORS_AUTHENTICATOR_INTERNAL_H
#define COFFER_AUTHENTICATORS_AUTHENTICATOR_INTERNAL_H

#include "authenticators/authenticator.h"
#include "codec/json_in.h"

enum { AUTHENTICATOR_PROOF_JSON = 2048 }; /* bytes of a proof, at most */

/* Parse a proof that has members of names [4] and no others. Whether none is missing shows when
 * they are read. Returns: OK; BAD_REQUEST; NO_MEMORY. */
struct status authenticator_proof_open(struct arena *arena, struct bytes proof,
                                       const char *const names[static 4], struct json_in_doc *ret);

/* A member that is a text. Returns: OK; BAD_REQUEST. On failure: *ret is empty. */
struct status authenticator_proof_text(const struct json_in *root, const char *name,
                                       struct bytes *ret);

/* Whether an origin is one of the tenant's, byte for byte. Returns: OK; ORIGIN_UNLISTED. */
struct status authenticator_origin_check(const struct authenticator_rules *rules,
                                         struct bytes origin);

#endif
