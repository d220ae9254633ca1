#include "starknet/advice.h"

#include "base/invariant.h"

static const struct {
    const char *name;
    const char *text;
} table[ADVICE_COUNT] = {
#define ADVICE_ROW(name, text) [ADVICE_##name] = {#name, text},
    ADVICE_TABLE(ADVICE_ROW)
#undef ADVICE_ROW
};

_Static_assert(ADVICE_COUNT <= 32, "a set holds all");

/* Settings of the sequencer's gateway as the public networks have them. */
#define L2_GAS_MAX   UINT64_C(1210000000)
#define L2_PRICE_MIN UINT64_C(8000000000)

static bool is_zero(const struct fee_bound *bound)
{
    return bound->max_amount == 0 || felt_is_zero(&bound->max_price);
}

/* In: a transaction that is to be executed. */
static advice_set about_fee(const struct transaction *transaction)
{
    const struct fee_bounds *bounds = &transaction->bounds;
    const struct felt price_min = felt_from_u64(L2_PRICE_MIN);
    advice_set set = 0;
    if (is_zero(&bounds->l1_gas) && is_zero(&bounds->l2_gas) && is_zero(&bounds->l1_data_gas)) {
        return ADVICE_BIT(BOUNDS_ZERO);
    }
    if (bounds->l2_gas.max_amount > L2_GAS_MAX) {
        set |= ADVICE_BIT(L2_GAS_ABOVE_LIMIT);
    }
    if (felt_compare(&bounds->l2_gas.max_price, &price_min) < 0) {
        set |= ADVICE_BIT(L2_PRICE_BELOW_MINIMUM);
    }
    return set;
}

advice_set advice_of(const struct transaction *transaction)
{
    advice_set set = transaction->is_query ? 0 : about_fee(transaction);
    if (transaction->nonce_da != TRANSACTION_DA_L1 || transaction->fee_da != TRANSACTION_DA_L1) {
        set |= ADVICE_BIT(DA_MODE_L2);
    }
    if (transaction->paymaster_data.len != 0) {
        set |= ADVICE_BIT(PAYMASTER_DATA);
    }
    if (transaction->account_deployment_data.len != 0) {
        set |= ADVICE_BIT(DEPLOYMENT_DATA);
    }
    if (transaction->kind == TRANSACTION_DEPLOY_ACCOUNT && !felt_is_zero(&transaction->nonce)) {
        set |= ADVICE_BIT(DEPLOY_NONCE);
    }
    if (transaction->kind == TRANSACTION_INVOKE && transaction->calls.len == 0) {
        set |= ADVICE_BIT(NO_CALLS);
    }
    if (transaction->is_nonce_assumed) {
        set |= ADVICE_BIT(NONCE_ASSUMED);
    }
    return set;
}

const char *advice_name(enum advice advice)
{
    INVARIANT(advice < ADVICE_COUNT);
    return table[advice].name;
}

const char *advice_text(enum advice advice)
{
    INVARIANT(advice < ADVICE_COUNT);
    return table[advice].text;
}

void advice_out(struct json_out *out, advice_set set)
{
    if (set == 0) {
        return;
    }
    json_out_name(out, "warnings");
    json_out_array(out);
    for (unsigned i = 0; i < ADVICE_COUNT; i++) {
        if ((set >> i & 1) != 0) {
            json_out_object(out);
            json_out_member_text(out, "code", advice_name((enum advice)i));
            json_out_member_text(out, "text", advice_text((enum advice)i));
            json_out_object_end(out);
        }
    }
    json_out_array_end(out);
}
