#include "fixtures/unit.h"
#include "policy/policy.h"

static const struct felt chains[] = {{{1, 0, 0, 0}}, {{2, 0, 0, 0}}};

static struct policy_rules least(void)
{
    return (struct policy_rules){
        .chains = chains, .chain_count = 2, .fee_ceiling = {1000, 0, 0, 0}};
}

static struct policy_request own(enum policy_kind kind)
{
    return (struct policy_request){
        .kind = kind, .chain = {{2, 0, 0, 0}}, .is_own_account = true, .fee_max = {1000, 0, 0, 0}};
}

static void what_is_off_is_refused_first(void **state)
{
    (void)state;
    struct policy_rules rules = {0};
    struct policy_request request = {.kind = POLICY_OPAQUE};
    assert_status(OPAQUE_DENIED, policy_judge(&rules, &request));
    request.kind = POLICY_DECLARE;
    assert_status(DECLARE_DENIED, policy_judge(&rules, &request));
    request.kind = POLICY_TYPED_DATA;
    assert_status(TYPED_DATA_UNLISTED, policy_judge(&rules, &request));
    request.kind = POLICY_SESSION;
    assert_status(SESSION_DENIED, policy_judge(&rules, &request));
    rules.typed_data = true;
    assert_status(SESSION_DENIED, policy_judge(&rules, &request));
    request.kind = (enum policy_kind)77;
    assert_status(POLICY_DENIED, policy_judge(&rules, &request));
}

static void empty_rules_allow_nothing(void **state)
{
    (void)state;
    struct policy_rules rules = {0};
    for (int kind = POLICY_INVOKE; kind <= POLICY_OPAQUE; kind++) {
        struct policy_request request = own((enum policy_kind)kind);
        assert_true(policy_judge(&rules, &request).code != STATUS_OK);
    }
}

static void other_chains_are_refused(void **state)
{
    (void)state;
    struct policy_rules rules = least();
    rules.declare = rules.typed_data = rules.session = true;
    for (int kind = POLICY_INVOKE; kind <= POLICY_DECLARE; kind++) {
        struct policy_request request = own((enum policy_kind)kind);
        request.chain.limb[3] = 1;
        assert_status(CHAIN_DENIED, policy_judge(&rules, &request));
    }
    for (int kind = POLICY_OUTSIDE_EXECUTION; kind <= POLICY_SESSION; kind++) {
        struct policy_request request = own((enum policy_kind)kind);
        request.chain.limb[0] = 3;
        assert_status(DOMAIN_CHAIN, policy_judge(&rules, &request));
    }
}

static void foreign_accounts_need_the_override_and_never_sign_messages(void **state)
{
    (void)state;
    struct policy_rules rules = least();
    rules.declare = rules.typed_data = rules.session = true;
    for (int kind = POLICY_INVOKE; kind <= POLICY_SESSION; kind++) {
        struct policy_request request = own((enum policy_kind)kind);
        request.is_own_account = false;
        rules.sender_override = false;
        assert_status(SENDER_MISMATCH, policy_judge(&rules, &request));
        rules.sender_override = true;
        bool is_transaction = kind <= POLICY_DECLARE;
        assert_int_equal(is_transaction ? STATUS_OK : STATUS_SENDER_MISMATCH,
                         policy_judge(&rules, &request).code);
    }
}

static void the_ceiling_holds_in_every_limb(void **state)
{
    (void)state;
    struct policy_rules rules = least();
    struct policy_request request = own(POLICY_INVOKE);
    request.fee_max[0] = 1001;
    assert_status(FEE_CEILING, policy_judge(&rules, &request));
    for (size_t limb = 1; limb < 4; limb++) {
        request = own(POLICY_DEPLOY_ACCOUNT);
        request.fee_max[0] = 0;
        request.fee_max[limb] = 1;
        assert_status(FEE_CEILING, policy_judge(&rules, &request));
        rules.fee_ceiling[limb] = 1;
        assert_status(OK, policy_judge(&rules, &request));
        rules.fee_ceiling[limb] = 0;
    }
}

static void the_default_allows_invoke_deploy_and_outside_execution(void **state)
{
    (void)state;
    struct policy_rules rules = least();
    struct policy_request request = own(POLICY_INVOKE);
    assert_status(OK, policy_judge(&rules, &request));
    request.kind = POLICY_DEPLOY_ACCOUNT;
    assert_status(OK, policy_judge(&rules, &request));
    request.kind = POLICY_OUTSIDE_EXECUTION;
    assert_status(OK, policy_judge(&rules, &request));
}

static void options_allow_what_they_name(void **state)
{
    (void)state;
    struct policy_rules rules = least();
    struct policy_request request = own(POLICY_DECLARE);
    rules.declare = true;
    assert_status(OK, policy_judge(&rules, &request));
    request = own(POLICY_TYPED_DATA);
    rules.typed_data = true;
    assert_status(OK, policy_judge(&rules, &request));
    request.kind = POLICY_SESSION;
    rules.session = true;
    assert_status(OK, policy_judge(&rules, &request));
    rules.typed_data = false;
    assert_status(SESSION_DENIED, policy_judge(&rules, &request));
    request = own(POLICY_INVOKE);
    request.is_query = true;
    assert_status(QUERY_DENIED, policy_judge(&rules, &request));
    rules.query = true;
    assert_status(OK, policy_judge(&rules, &request));
    request = (struct policy_request){.kind = POLICY_OPAQUE};
    rules.opaque = true;
    assert_status(OK, policy_judge(&rules, &request));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_off_is_refused_first),
        cmocka_unit_test(empty_rules_allow_nothing),
        cmocka_unit_test(other_chains_are_refused),
        cmocka_unit_test(foreign_accounts_need_the_override_and_never_sign_messages),
        cmocka_unit_test(the_ceiling_holds_in_every_limb),
        cmocka_unit_test(the_default_allows_invoke_deploy_and_outside_execution),
        cmocka_unit_test(options_allow_what_they_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
