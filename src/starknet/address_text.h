/* Addresses as text with a checksum in the case of their letters.
 *
 * Used where people read and paste addresses. A text in one case only carries no checksum. For an
 * address whose first byte is zero there are two forms: SNIP-23 hashes all 32 bytes, starknet.js
 * and the wallets hash the number without leading zero bytes. The second is written, both are read.
 * Source: SNIP-23; starknet.js 10, getChecksumAddress. */
#ifndef COFFER_STARKNET_ADDRESS_TEXT_H
#define COFFER_STARKNET_ADDRESS_TEXT_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/felt.h"

/* Append 0x and 64 digits in checksum case. */
void address_text_put(struct buf *buf, const struct felt *address);

/* Read a felt as felt_text_read does; if its letters are of both cases it must be 0x and 64 digits
 * with the right checksum.
 * Returns: OK, INVALID_FELT, FELT_RANGE, CHECKSUM_ADDRESS; ADDRESS_FORM for the forms that begin
 * with strk, drafts that no network and no wallet speaks. On failure: *ret is 0. */
struct status address_text_read(struct bytes text, struct felt *ret);

/* The same for a felt that may be an address, such as a recipient among the calldata: only 0x, 64
 * digits and letters of both cases say so, and then the checksum has to be right. Numbers below
 * 2^160 are Ethereum's, which have a checksum of their own.
 * Returns: as address_text_read. On failure: *ret is 0. */
struct status address_text_felt(struct bytes text, struct felt *ret);

/* The same two from a JSON string or integer; on failure the place is noted in the document.
 * Returns: also BAD_TYPE, JSON_NUMBER_RANGE. */
struct status address_text_json(const struct json_in *at, struct felt *ret);
struct status address_text_json_felt(const struct json_in *at, struct felt *ret);

#endif
