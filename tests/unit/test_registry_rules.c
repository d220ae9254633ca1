#include "fixtures/unit.h"
#include "registry/registry_rules.h"

/* The generator of the curve, as SEC1 has it. */
static const char *const generator = "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e0825"
                                     "42a385502f25dbf55296c3a545e3872760a"
                                     "b73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f"
                                     "0b8c00a60b1ce1d7e819d7a431d7c90ea0e"
                                     "5f";

static struct registry_facts facts;
static struct registry_asked asked;

static int good(void **state)
{
    (void)state;
    facts = (struct registry_facts){0};
    asked = (struct registry_asked){.role = REGISTRY_APP};
    memset(asked.wallet.b, 0x11, sizeof asked.wallet.b);
    asked.kms_app_id[31] = 9;
    struct registry_instance *instance = &facts.instance;
    instance->id[31] = 5;
    instance->app_id[31] = 7;
    instance->version_id[31] = 2;
    instance->wallet = asked.wallet;
    instance->zk_verified = true;
    instance->has_tee_point = true;
    memcpy(instance->tee_point.sec1, unit_hex(generator).ptr, sizeof instance->tee_point.sec1);
    facts.app.id[31] = 7;
    facts.version.id[31] = 2;
    memset(facts.version.measurement, 0x77, sizeof facts.version.measurement);
    return 0;
}

static struct status judge(void)
{
    static const struct registry_grant nothing;
    struct registry_grant grant;
    memset(&grant, 0xee, sizeof grant);
    struct status status = registry_rules_judge(&facts, &asked, &grant);
    if (!status_is_ok(status)) {
        assert_memory_equal(&grant, &nothing, sizeof grant);
    }
    return status;
}

static void what_is_good_is_granted_with_its_ids(void **state)
{
    (void)state;
    struct registry_grant grant;
    facts.instance.id[24] = 1;
    assert_status(OK, registry_rules_judge(&facts, &asked, &grant));
    assert_bytes(BYTES_ARRAY(asked.wallet.b), BYTES_ARRAY(grant.wallet.b));
    assert_bytes(BYTES_ARRAY(facts.app.id), BYTES_ARRAY(grant.app_id));
    assert_true(grant.version_id == 2 && grant.instance_id == (1ull << 56) + 5);
    assert_bytes(unit_hex(generator), BYTES_ARRAY(grant.tee_point.sec1));
    assert_bytes(BYTES_ARRAY(facts.version.measurement), BYTES_ARRAY(grant.measurement));
    facts.instance.app_id[31] = facts.app.id[31] = 9;
    asked.role = REGISTRY_PEER;
    assert_status(OK, judge());
}

/* One byte of the facts or the question, what it becomes, and what that alone means. */
static const struct {
    uint8_t *byte;
    unsigned value;
    enum status_code code;
} single[] = {
    {&facts.instance.id[31], 0, STATUS_INSTANCE_NOT_FOUND},
    {&facts.instance.id[0], 1, STATUS_REGISTRY_MISMATCH},
    {&facts.instance.id[23], 1, STATUS_REGISTRY_MISMATCH},
    {&facts.instance.wallet.b[0], 0x12, STATUS_REGISTRY_MISMATCH},
    {&facts.instance.wallet.b[19], 0x10, STATUS_REGISTRY_MISMATCH},
    {&asked.wallet.b[10], 0x12, STATUS_REGISTRY_MISMATCH},
    {&facts.instance.status, 1, STATUS_INSTANCE_NOT_ACTIVE},
    {&facts.instance.status, 2, STATUS_INSTANCE_NOT_ACTIVE},
    {&facts.instance.status, 255, STATUS_INSTANCE_NOT_ACTIVE},
    {(uint8_t *)&facts.instance.zk_verified, 0, STATUS_INSTANCE_NOT_VERIFIED},
    {(uint8_t *)&facts.instance.has_tee_point, 0, STATUS_INSTANCE_KEY_INVALID},
    {&facts.instance.app_id[31], 8, STATUS_REGISTRY_MISMATCH},
    {&facts.instance.app_id[31], 0, STATUS_APP_RESERVED},
    {&facts.instance.app_id[31], 9, STATUS_APP_RESERVED},
    {&facts.instance.app_id[24], 0x80, STATUS_APP_RESERVED},
    {&facts.instance.app_id[23], 1, STATUS_APP_RESERVED},
    {&facts.instance.app_id[0], 1, STATUS_APP_RESERVED},
    {&facts.instance.app_id[24], 0x7f, STATUS_REGISTRY_MISMATCH},
    {&asked.kms_app_id[31], 7, STATUS_APP_RESERVED},
    {&facts.app.id[31], 0, STATUS_APP_NOT_FOUND},
    {&facts.app.id[31], 6, STATUS_REGISTRY_MISMATCH},
    {&facts.app.id[0], 6, STATUS_REGISTRY_MISMATCH},
    {&facts.app.status, 1, STATUS_APP_NOT_ACTIVE},
    {&facts.app.status, 2, STATUS_APP_NOT_ACTIVE},
    {&facts.app.status, 3, STATUS_APP_NOT_ACTIVE},
    {&facts.version.id[31], 0, STATUS_VERSION_NOT_FOUND},
    {&facts.version.id[31], 3, STATUS_REGISTRY_MISMATCH},
    {&facts.instance.version_id[31], 3, STATUS_REGISTRY_MISMATCH},
    {&facts.instance.version_id[8], 3, STATUS_REGISTRY_MISMATCH},
    {&facts.version.status, 1, STATUS_VERSION_NOT_ENROLLED},
    {&facts.version.status, 2, STATUS_VERSION_NOT_ENROLLED},
    {&facts.version.status, 77, STATUS_VERSION_NOT_ENROLLED},
    {(uint8_t *)&asked.role, REGISTRY_PEER, STATUS_NOT_A_PEER},
};

static void each_condition_alone_refuses_with_its_code(void **state)
{
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        assert_int_equal(good(state), 0);
        assert_status(OK, judge());
        *single[i].byte = (uint8_t)single[i].value;
        assert_string_equal(status_name(single[i].code), status_name(judge().code));
    }
}

static void every_byte_of_wallet_and_ids_is_compared(void **state)
{
    static const struct {
        uint8_t *at;
        size_t len;
    } parts[] = {
        {facts.instance.wallet.b, 20}, {facts.app.id, 32},          {facts.version.id, 32},
        {facts.instance.id, 24},       {facts.instance.app_id, 31},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        for (size_t byte = 0; byte < parts[i].len; byte++) {
            assert_int_equal(good(state), 0);
            parts[i].at[byte] ^= 0x40;
            assert_false(status_is_ok(judge()));
        }
    }
}

static void nobody_is_nobody(void **state)
{
    (void)state;
    memset(asked.wallet.b, 0, sizeof asked.wallet.b);
    facts.instance.wallet = asked.wallet;
    assert_status(REGISTRY_MISMATCH, judge());
}

static void there_are_no_peers_without_an_own_id(void **state)
{
    (void)state;
    asked.role = REGISTRY_PEER;
    memset(asked.kms_app_id, 0, sizeof asked.kms_app_id);
    facts.instance.app_id[31] = facts.app.id[31] = 0;
    assert_status(NOT_A_PEER, judge());
}

static void only_plain_urls_are_taken(void **state)
{
    static const struct {
        const char *url;
        bool is_good;
    } rows[] = {
        {"http://a", true},
        {"https://h.example:1/x?y", true},
        {"", false},
        {"ftp://a", false},
        {"HTTP://a", false},
        {"http://a b", false},
        {"http://a\n", false},
        {"http://\x7f", false},
        {"http://\xc3\xa4", false},
        {"javascript:1", false},
        {"http:/a", false},
        {" http://a", false},
    };
    (void)state;
    char url[REGISTRY_URL_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        registry_rules_url(bytes_of(rows[i].url), url);
        assert_string_equal(url, rows[i].is_good ? rows[i].url : "");
    }
    static uint8_t text[REGISTRY_URL_MAX] = "http://";
    memset(text + 7, 'a', sizeof text - 7);
    registry_rules_url((struct bytes){text, sizeof text}, url);
    assert_string_equal(url, "");
    registry_rules_url((struct bytes){text, sizeof text - 1}, url);
    assert_int_equal(strlen(url), sizeof text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_good_is_granted_with_its_ids, good),
        cmocka_unit_test(each_condition_alone_refuses_with_its_code),
        cmocka_unit_test(every_byte_of_wallet_and_ids_is_compared),
        cmocka_unit_test_setup(nobody_is_nobody, good),
        cmocka_unit_test_setup(there_are_no_peers_without_an_own_id, good),
        cmocka_unit_test(only_plain_urls_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
