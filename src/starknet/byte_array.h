/* Cairo's ByteArray as felts: the number of full words, words of 31 bytes, the rest, its length.
 *
 * Used by calldata and typed data. Source: Cairo documentation, "Serialization of byte arrays". */
#ifndef COFFER_STARKNET_BYTE_ARRAY_H
#define COFFER_STARKNET_BYTE_ARRAY_H

#include "base/bytes.h"
#include "starknet/felts.h"

/* Append text, of any bytes, to a list. */
void byte_array_put(struct felts_out *out, struct bytes text);

#endif
