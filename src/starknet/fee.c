#include "starknet/fee.h"

#include "base/invariant.h"
#include "starknet/felt_text.h"

const struct fee_table fee_table_default = {
    .l1_gas_divisor = 0,
    .l1_gas_price = 1,
    .l1_data_gas_divisor = 10,
    .l1_data_gas_price = 1000000000000,
    .l2_gas_price = 12000000000,
    .l2_gas_amount_max = 1210000000,
};

/* Members of the JSON and where they go, in the order they are written. */
static const char *const bound_names[] = {"l1_gas", "l1_data_gas", "l2_gas"};
enum { BOUNDS = 3 };

static const struct fee_bound *bound_at(const struct fee_bounds *bounds, int i)
{
    const struct fee_bound *const all[BOUNDS] = {&bounds->l1_gas, &bounds->l1_data_gas,
                                                 &bounds->l2_gas};
    return all[i];
}

static struct status bound_json(const struct json_in *at, bool is_strict, struct fee_bound *ret)
{
    static const char *const names[] = {"max_amount", "max_price_per_unit"};
    struct json_in member;
    if (is_strict) {
        TRY(json_in_members(at, names, 2));
    }
    TRY(json_in_member(at, "max_amount", &member));
    TRY(felt_text_json_u64(&member, &ret->max_amount));
    TRY(json_in_member(at, "max_price_per_unit", &member));
    return felt_text_json_bits(&member, 128, &ret->max_price);
}

struct status fee_bounds_json(const struct json_in *at, bool is_strict, struct fee_bounds *ret)
{
    struct fee_bound read[BOUNDS] = {0};
    *ret = (struct fee_bounds){0};
    if (json_in_kind(at) != JSON_IN_OBJECT) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    if (is_strict) {
        TRY(json_in_members(at, bound_names, BOUNDS));
    }
    for (int i = 0; i < BOUNDS; i++) {
        struct json_in member;
        if (!json_in_find(at, bound_names[i], &member)) {
            return JSON_IN_FAIL(at, RESOURCE_BOUNDS);
        }
        TRY(bound_json(&member, is_strict, &read[i]));
    }
    *ret = (struct fee_bounds){.l1_gas = read[0], .l1_data_gas = read[1], .l2_gas = read[2]};
    return OK;
}

void fee_bounds_out(struct json_out *out, const struct fee_bounds *bounds)
{
    json_out_object(out);
    for (int i = 0; i < BOUNDS; i++) {
        const struct fee_bound *bound = bound_at(bounds, i);
        const struct felt amount = felt_from_u64(bound->max_amount);
        json_out_name(out, bound_names[i]);
        json_out_object(out);
        felt_text_member(out, "max_amount", &amount);
        felt_text_member(out, "max_price_per_unit", &bound->max_price);
        json_out_object_end(out);
    }
    json_out_object_end(out);
}

/* A number below 2^128. */
struct wide {
    uint64_t low;
    uint64_t high;
};

static struct wide wide_mul(uint64_t a, uint64_t b)
{
    uint64_t a_low = a & UINT32_MAX;
    uint64_t a_high = a >> 32;
    uint64_t b_low = b & UINT32_MAX;
    uint64_t b_high = b >> 32;
    uint64_t middle = a_high * b_low + (a_low * b_low >> 32);
    uint64_t upper = a_low * b_high + (middle & UINT32_MAX);
    return (struct wide){a * b, a_high * b_high + (middle >> 32) + (upper >> 32)};
}

/* In: b is at most a. */
static struct wide wide_sub(struct wide a, struct wide b)
{
    return (struct wide){a.low - b.low, a.high - b.high - (a.low < b.low)};
}

/* a / divisor, rounded down, bit by bit. In: divisor is not 0. */
static struct wide wide_div(struct wide a, uint64_t divisor)
{
    struct wide quotient = {0, 0};
    uint64_t rest = 0;
    for (int bit = 127; bit >= 0; bit--) {
        bool carry = rest >> 63;
        rest = rest << 1 | ((bit >= 64 ? a.high >> (bit - 64) : a.low >> bit) & 1);
        if (carry || rest >= divisor) {
            rest -= divisor;
            if (bit >= 64) {
                quotient.high |= UINT64_C(1) << (bit - 64);
            } else {
                quotient.low |= UINT64_C(1) << bit;
            }
        }
    }
    return quotient;
}

/* As many units as budget buys, at most amount_max; takes what they cost out of *left. */
static struct fee_bound buy(struct wide budget, uint64_t price, uint64_t amount_max,
                            struct wide *left)
{
    struct wide units = wide_div(budget, price);
    bool over = units.high != 0 || units.low > amount_max;
    struct fee_bound bound = {over ? amount_max : units.low, felt_from_u64(price)};
    *left = wide_sub(*left, wide_mul(bound.max_amount, price));
    return bound;
}

static struct fee_bound buy_part(struct wide max_fee, uint64_t divisor, uint64_t price,
                                 struct wide *left)
{
    if (divisor == 0) {
        return (struct fee_bound){0};
    }
    struct wide budget = wide_div(max_fee, divisor);
    bool over = budget.high > left->high || (budget.high == left->high && budget.low > left->low);
    return buy(over ? *left : budget, price, UINT64_MAX, left);
}

struct status fee_split(const struct fee_table *table, const struct felt *max_fee,
                        struct fee_bounds *ret)
{
    INVARIANT(felt_bits(max_fee) <= 128);
    struct wide all = {max_fee->limb[0], max_fee->limb[1]};
    struct wide left = all;
    struct fee_bounds bounds;
    bounds.l1_gas = buy_part(all, table->l1_gas_divisor, table->l1_gas_price, &left);
    bounds.l1_data_gas = buy_part(all, table->l1_data_gas_divisor, table->l1_data_gas_price, &left);
    bounds.l2_gas = buy(left, table->l2_gas_price, table->l2_gas_amount_max, &left);
    if (bounds.l2_gas.max_amount == 0) {
        *ret = (struct fee_bounds){0};
        return FAIL(FEE_TOO_LOW);
    }
    *ret = bounds;
    return OK;
}

/* limb += part * 2^(64 * place) */
static void add_at(uint64_t limb[static 4], int place, uint64_t part)
{
    for (; part != 0; place++) {
        INVARIANT(place < 4);
        limb[place] += part;
        part = limb[place] < part;
    }
}

static void add_product(uint64_t limb[static 4], uint64_t amount, const struct felt *price)
{
    for (int i = 0; i < 2; i++) {
        struct wide product = wide_mul(amount, price->limb[i]);
        add_at(limb, i, product.low);
        add_at(limb, i + 1, product.high);
    }
}

void fee_max(const struct fee_bounds *bounds, uint64_t tip, uint64_t ret_limb[static 4])
{
    for (int i = 0; i < 4; i++) {
        ret_limb[i] = 0;
    }
    for (int i = 0; i < BOUNDS; i++) {
        add_product(ret_limb, bound_at(bounds, i)->max_amount, &bound_at(bounds, i)->max_price);
    }
    const struct felt tip_price = felt_from_u64(tip);
    add_product(ret_limb, bounds->l2_gas.max_amount, &tip_price);
}
