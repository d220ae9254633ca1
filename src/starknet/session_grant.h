/* Grants of session keys: typed data by which an account lets another key act for it. Whoever has
 * that key signs on without us, so it is recognised before it is signed, by its type hash, which is
 * all that an account looks at.
 * Used by the signing operations, before policy. Source: the account contracts of Ready (formerly
 * Argent), Braavos and Cartridge, and the session plugin of Argent's first accounts. */
#ifndef COFFER_STARKNET_SESSION_GRANT_H
#define COFFER_STARKNET_SESSION_GRANT_H

#include <stdbool.h>

#include "starknet/typed_data.h"

/* In: data, at least opened. */
bool session_grant_is(const struct typed_data *data);

#endif
