/* Resource bounds: what a transaction may use at most of each gas, at which price.
 *
 * Prices and sums are in fri, 10^-18 STRK. Used by transactions and by policy.
 * Source: SNIP-8; Starknet JSON-RPC 0.8, RESOURCE_BOUNDS_MAPPING. */
#ifndef COFFER_STARKNET_FEE_H
#define COFFER_STARKNET_FEE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "codec/json_in.h"
#include "codec/json_out.h"
#include "crypto/felt.h"

struct fee_bound {
    uint64_t max_amount;
    struct felt max_price; /* per unit, below 2^128 */
};

struct fee_bounds {
    struct fee_bound l1_gas;
    struct fee_bound l2_gas;
    struct fee_bound l1_data_gas;
};

/* How max_fee is split where a request has no bounds. L1 gas and L1 data gas get max_fee divided
 * by their divisor, or nothing when it is 0; L2 gas gets what these leave. Prices are not 0. */
struct fee_table {
    uint64_t l1_gas_divisor;
    uint64_t l1_gas_price;
    uint64_t l1_data_gas_divisor;
    uint64_t l1_data_gas_price;
    uint64_t l2_gas_price;
    uint64_t l2_gas_amount_max;
};

/* No L1 gas; L1 data gas for a tenth at 10^12; L2 gas at 1.2 * 10^10, at most 1.21 * 10^9. */
extern const struct fee_table fee_table_default;

/* {l1_gas, l2_gas, l1_data_gas}, each {max_amount, max_price_per_unit}; with is_strict nothing
 * else. Returns: OK; RESOURCE_BOUNDS when one of the three is missing; MISSING_FIELD,
 * UNKNOWN_FIELD, BAD_TYPE, INVALID_FELT, FELT_RANGE, NUMBER_RANGE. On failure: *ret is zero. */
struct status fee_bounds_json(const struct json_in *at, bool is_strict, struct fee_bounds *ret);

/* Write them as an object. */
void fee_bounds_out(struct json_out *out, const struct fee_bounds *bounds);

/* Split max_fee, below 2^128. Amounts are rounded down, so the sum of amount * price is at most
 * max_fee. Returns: OK; FEE_TOO_LOW for less than one unit of L2 gas. On failure: *ret is zero. */
struct status fee_split(const struct fee_table *table, const struct felt *max_fee,
                        struct fee_bounds *ret);

/* The most that a transaction can cost: sum of amount * price, the tip on top of the price of L2
 * gas. Out: limbs, least significant first; always below 2^194. */
void fee_max(const struct fee_bounds *bounds, uint64_t tip, uint64_t ret_limb[static 4]);

#endif
