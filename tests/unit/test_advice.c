#include "fixtures/unit.h"
#include "starknet/advice.h"

/* One that the network takes. */
static struct transaction good(enum transaction_kind kind)
{
    static const struct call call;
    return (struct transaction){
        .kind = kind,
        .bounds = {.l2_gas = {1210000000, felt_from_u64(8000000000)}},
        .calls = {&call, kind == TRANSACTION_INVOKE},
    };
}

static void what_is_all_right_is_not_spoken_of(void **state)
{
    (void)state;
    for (int kind = TRANSACTION_INVOKE; kind <= TRANSACTION_DECLARE; kind++) {
        struct transaction transaction = good((enum transaction_kind)kind);
        assert_int_equal(0, advice_of(&transaction));
    }
}

static void each_condition_has_its_advice(void **state)
{
    (void)state;
    static const struct felt one = {{1, 0, 0, 0}};
    struct transaction transaction = good(TRANSACTION_INVOKE);
    transaction.bounds.l2_gas.max_amount++;
    assert_int_equal(ADVICE_BIT(L2_GAS_ABOVE_LIMIT), advice_of(&transaction));
    transaction = good(TRANSACTION_INVOKE);
    transaction.bounds.l2_gas.max_price.limb[0]--;
    assert_int_equal(ADVICE_BIT(L2_PRICE_BELOW_MINIMUM), advice_of(&transaction));
    transaction = good(TRANSACTION_INVOKE);
    transaction.nonce_da = TRANSACTION_DA_L2;
    assert_int_equal(ADVICE_BIT(DA_MODE_L2), advice_of(&transaction));
    transaction = good(TRANSACTION_INVOKE);
    transaction.fee_da = TRANSACTION_DA_L2;
    assert_int_equal(ADVICE_BIT(DA_MODE_L2), advice_of(&transaction));
    transaction = good(TRANSACTION_INVOKE);
    transaction.paymaster_data = (struct felts){&one, 1};
    assert_int_equal(ADVICE_BIT(PAYMASTER_DATA), advice_of(&transaction));
    transaction = good(TRANSACTION_INVOKE);
    transaction.account_deployment_data = (struct felts){&one, 1};
    assert_int_equal(ADVICE_BIT(DEPLOYMENT_DATA), advice_of(&transaction));
    transaction = good(TRANSACTION_INVOKE);
    transaction.calls.len = 0;
    assert_int_equal(ADVICE_BIT(NO_CALLS), advice_of(&transaction));
    transaction = good(TRANSACTION_INVOKE);
    transaction.is_nonce_assumed = true;
    assert_int_equal(ADVICE_BIT(NONCE_ASSUMED), advice_of(&transaction));
    transaction = good(TRANSACTION_DEPLOY_ACCOUNT);
    transaction.nonce = one;
    assert_int_equal(ADVICE_BIT(DEPLOY_NONCE), advice_of(&transaction));
}

/* A bound of an amount without a price, or of a price without an amount, pays for nothing. */
static void zero_bounds_are_for_queries(void **state)
{
    (void)state;
    struct transaction transaction = good(TRANSACTION_INVOKE);
    transaction.bounds.l2_gas.max_amount = 0;
    assert_int_equal(ADVICE_BIT(BOUNDS_ZERO), advice_of(&transaction));
    transaction.bounds.l2_gas = (struct fee_bound){1, FELT_ZERO};
    assert_int_equal(ADVICE_BIT(BOUNDS_ZERO), advice_of(&transaction));
    transaction.is_query = true;
    assert_int_equal(0, advice_of(&transaction));
    transaction.bounds.l2_gas.max_amount = UINT64_MAX;
    assert_int_equal(0, advice_of(&transaction));
}

static void a_set_is_written_as_a_list(void **state)
{
    (void)state;
    uint8_t memory[512];
    struct buf buf = buf_over(memory, sizeof memory);
    struct json_out out = json_out_over(&buf);
    json_out_object(&out);
    advice_out(&out, 0);
    advice_out(&out, ADVICE_BIT(NO_CALLS) | ADVICE_BIT(HALF_SIGNED));
    json_out_object_end(&out);
    assert_bytes(BYTES_LITERAL("{\"warnings\":[{\"code\":\"NO_CALLS\",\"text\":\"the transaction "
                               "calls nothing\"},{\"code\":\"HALF_SIGNED\",\"text\":\"the account "
                               "has a guardian: the other key has to sign too\"}]}"),
                 buf_bytes(&buf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_all_right_is_not_spoken_of),
        cmocka_unit_test(each_condition_has_its_advice),
        cmocka_unit_test(zero_bounds_are_for_queries),
        cmocka_unit_test(a_set_is_written_as_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
