/* Short strings: up to 31 ASCII characters as one felt, the last character in the lowest byte.
 *
 * Used for chain ids, typed data and calldata that says so.
 * Source: Cairo documentation, "Short strings". */
#ifndef COFFER_STARKNET_SHORT_STRING_H
#define COFFER_STARKNET_SHORT_STRING_H

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/felt.h"

#define SHORT_STRING_MAX 31

/* In: text of 0 to 31 characters from U+0001 to U+007F; a NUL is none, because in front it would
 * not count. Returns: OK, SHORT_STRING. On failure: *ret is 0. */
struct status short_string_read(struct bytes text, struct felt *ret);

#endif
