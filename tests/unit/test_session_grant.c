#include "digest/keccak256.h"
#include "fixtures/unit.h"
#include "starknet/selector.h"
#include "starknet/session_grant.h"

#define METHOD1 \
    "\"AllowedMethod\"(\"Contract Address\":\"ContractAddress\",\"Selector\":\"selector\")"
#define METHOD2                                                                             \
    "\"AllowedMethod\"(\"Contract Address\":\"ContractAddress\",\"Selector\":\"selector\"," \
    "\"Calldata Validations\":\"CalldataValidation*\")\"CalldataValidation\"("              \
    "\"Offset\":\"u128\",\"Value\":\"felt\",\"Validation Type\":\"u128\")"
#define AMOUNT                                                                   \
    "\"TokenAmount\"(\"token_address\":\"ContractAddress\",\"amount\":\"u256\")" \
    "\"u256\"(\"low\":\"u128\",\"high\":\"u128\")"
#define SPONSORED                                                       \
    "\"GasSponsoredSessionExecution\"(\"Caller\":\"ContractAddress\","  \
    "\"Execute After\":\"timestamp\",\"Execute Before\":\"timestamp\"," \
    "\"Allowed Methods\":\"AllowedMethod*\",\"Spending Limits\":\"TokenAmount*\")"
#define EXECUTION                                                                         \
    "\"SessionExecution\"(\"Owner Public Key\":\"felt\",\"Execute After\":\"timestamp\"," \
    "\"Execute Before\":\"timestamp\",\"STRK Gas Limit\":\"u128\","                       \
    "\"Allowed Methods\":\"AllowedMethod*\",\"Spending Limits\":\"TokenAmount*\")"
#define SESSION "\"Session\"(\"Expires At\":\"timestamp\",\"Allowed Methods\":\"merkletree\","

static bool is_grant(const char *type)
{
    struct keccak256 keccak;
    struct typed_data data = {0};
    keccak256_init(&keccak);
    keccak256_update(&keccak, bytes_of(type));
    selector_keccak_final(&keccak, &data.primary_hash);
    return session_grant_is(&data);
}

/* The type strings that the account contracts have. */
static void grants_of_all_accounts_are_recognised(void **state)
{
    (void)state;
    assert_true(is_grant(SESSION "\"Metadata\":\"string\",\"Session Key\":\"felt\")"));
    assert_true(is_grant(SESSION "\"Metadata\":\"string\",\"Guardian Key\":\"felt\","
                                 "\"Session Key\":\"felt\")"));
    assert_true(is_grant("Session(key:felt,expires:felt,root:merkletree)"));
    assert_true(is_grant(SPONSORED METHOD1 AMOUNT));
    assert_true(is_grant(SPONSORED METHOD2 AMOUNT));
    assert_true(is_grant(EXECUTION METHOD1 AMOUNT));
    assert_true(is_grant(EXECUTION METHOD2 AMOUNT));
}

static void other_types_are_none(void **state)
{
    (void)state;
    assert_false(is_grant("\"Session\"(\"a\":\"felt\")"));
    assert_false(is_grant("\"Mail\"(\"contents\":\"felt\")"));
    const struct typed_data nothing = {0};
    assert_false(session_grant_is(&nothing));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grants_of_all_accounts_are_recognised),
        cmocka_unit_test(other_types_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
