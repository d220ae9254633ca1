#include "config/config.h"
#include "config/trust.h"
#include "fixtures/unit.h"

static void assert_rule(const struct schema_table *table, const char *place, const char *rule)
{
    uint8_t memory[200] = {0};
    struct buf text = buf_over(memory, sizeof memory - 1);
    schema_put_rule(table, bytes_of(place), &text);
    assert_string_equal(rule, (const char *)memory);
}

static void a_rule_says_range_choices_and_length(void **state)
{
    (void)state;
    const struct schema_table *config = config_table();
    assert_rule(config, "loops", ": a number from 0 to 64");
    assert_rule(config, "log_level", ": one of debug, info, warn, error");
    assert_rule(config, "data_dir", ": a text of 1 to 255 bytes");
    assert_rule(config, "listen", ": a list of 1 to 8 different texts");
    assert_rule(config, "listen[1]", ": a list of 1 to 8 different texts");
}

static void objects_have_rules_of_their_own(void **state)
{
    (void)state;
    const struct schema_table *trust = trust_table();
    assert_rule(trust, "genesis", ": 0x and 64 hex digits");
    assert_rule(trust, "v1_wire", ": true or false");
    assert_rule(trust, "tenants", ": a list of 1 to 16 objects");
    assert_rule(trust, "tenants[3].seed", ": one of native, imported");
    assert_rule(trust, "tenants[0].fee_ceiling", ": an integer below 2^256, or its text");
    assert_rule(trust, "tenants[0].fees", ": an object");
    assert_rule(trust, "root_epochs", ": a number from 1 to 8, only together with write_holders");
    assert_rule(trust, "tenants[0].issuers[1].auds", ": a list of 1 to 8 different texts");
    assert_rule(trust, "tenants[0].delays.policy", ": a number from 0 to 2592000");
    assert_rule(trust, "tenants[0].fees.l2_gas_price", ": a number from 1 to 9007199254740991");
    assert_rule(trust, "account_classes[1].kind", ": a text of 1 to 79 bytes");
    assert_rule(trust, "tenants[0].account_classes[2]", ": a list of 1 to 32 different texts");
}

static void what_has_no_row_has_no_rule(void **state)
{
    (void)state;
    static const char *const places[] = {"",
                                         "none",
                                         "tenants[0].none",
                                         "loops.more",
                                         ".",
                                         "[0]",
                                         "tenants[0].fees.l2_gas_price.more"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        assert_rule(trust_table(), places[i], "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_says_range_choices_and_length),
        cmocka_unit_test(objects_have_rules_of_their_own),
        cmocka_unit_test(what_has_no_row_has_no_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
