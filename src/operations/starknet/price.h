/* What signing and showing accounts cost, from the shape of a request: in units of the pipeline's
 * charge, one of which is a plain signature. It is an upper bound for what the service does with
 * honest and hostile requests alike, up to twice as much as it takes.
 * Used by the operations of this family. Source: docs/operations.md. */
#ifndef COFFER_OPERATIONS_STARKNET_PRICE_H
#define COFFER_OPERATIONS_STARKNET_PRICE_H

#include <stdint.h>

#include "codec/json_in.h"
#include "keys/user_keys.h"

/* One thing to be signed, beyond the work of a plain signature. In: the item, whose members have
 * not been looked at. Takes 2 ns for each value in it. */
uint64_t price_signature(const struct json_in *item);

/* The signature of the account's other key, which is verified, where an item has one. */
uint64_t price_other(const struct json_in *item);

/* A key that was asked for: more than nothing unless it and an account of it were kept. */
uint64_t price_key(const struct user_key *key);

/* The signature that is about to be made with a key, of which none was verified so far: it is, and
 * what it says of the item is read and hashed again. In: item, as above. */
uint64_t price_first(const struct user_key *key, const struct json_in *item);

/* So many accounts. */
uint64_t price_accounts(uint64_t count);

/* So many keys whose accounts under so many classes are searched for an address. */
uint64_t price_searches(uint64_t count, uint64_t classes);

#endif
