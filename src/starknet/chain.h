/* Chain ids by name.
 *
 * Names are compared with their case: `mainnet` and `SN_MAIN`, `sepolia`, `testnet` and
 * `SN_SEPOLIA`; or a felt as 0x hex or decimal text. Everything else is an error, never a default.
 * Used by every request that signs. */
#ifndef COFFER_STARKNET_CHAIN_H
#define COFFER_STARKNET_CHAIN_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/felt.h"

extern const struct felt chain_main;
extern const struct felt chain_sepolia;

/* Returns: OK, UNKNOWN_CHAIN. On failure: *ret is 0. */
struct status chain_read(struct bytes text, struct felt *ret);

/* The same from a JSON string. Returns: also BAD_TYPE. */
struct status chain_json(const struct json_in *at, struct felt *ret);

/* Append how a chain is named in answers: SN_MAIN, SN_SEPOLIA, otherwise 0x hex. */
void chain_put(struct buf *buf, const struct felt *chain);

#endif
