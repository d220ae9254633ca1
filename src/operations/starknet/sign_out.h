/* What a signature looks like in answers. Used by the signing operations. */
#ifndef COFFER_OPERATIONS_STARKNET_SIGN_OUT_H
#define COFFER_OPERATIONS_STARKNET_SIGN_OUT_H

#include "operations/starknet/sign.h"

/* Write the members of a result into an open object: user, account, public key, hash, signature,
 * and for a transaction the whole of it, ready to be broadcast. */
void sign_out_members(struct json_out *out, const struct items_user *user,
                      const struct sign_item *item, const struct sign_result *result);

/* The same in the form of the seed document, and what it lacks besides. */
void sign_out_seed_members(struct json_out *out, const struct items_user *user,
                           const struct sign_item *item, const struct sign_result *result);

#endif
