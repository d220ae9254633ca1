/* Showing accounts: address and public key of a user's key, each derived twice before it is shown.
 * Used by the operations that show accounts. Source: formats, section 11. */
#ifndef COFFER_OPERATIONS_STARKNET_ACCOUNTS_H
#define COFFER_OPERATIONS_STARKNET_ACCOUNTS_H

#include "base/status.h"
#include "operations/starknet/items.h"
#include "pipeline/context/work.h"
#include "pipeline/permit.h"
#include "starknet/account.h"

/* The account of a user, which the records are about from then on. After the intent.
 * Out: *ret_public_key, the user's.
 * Returns: OK; GUARDIAN; SELF_CHECK. On failure: the outputs are unspecified and nothing may be
 * shown. */
struct status accounts_show(struct work *work, const struct permit *permit,
                            const struct items_user *user, struct felt *ret_public_key,
                            struct account *ret_account);

#endif
