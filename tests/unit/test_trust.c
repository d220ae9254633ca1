#include <openssl/sha.h>

#include "config/trust.h"
#include "config/trust_dev.h"
#include "fixtures/unit.h"

static struct arena arena;
static struct trust trust;
static char where[CONFIG_WHERE_MAX];

static int make_arena(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 32u << 20)) ? 0 : -1;
}

static int drop_arena(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct status parse(const char *text)
{
    arena_reset(&arena);
    return trust_parse(bytes_of(text), &arena, &trust, where);
}

#define TENANT_HEAD     "\"name\":\"default\",\"seed\":\"imported\",\"derivation\":\"v1\","
#define TENANT_TAIL     "\"chains\":[\"SN_MAIN\"],\"assurance\":\"asserted\""
#define TENANT(members) "{\"profile\":\"dev\",\"tenants\":[{" TENANT_HEAD TENANT_TAIL members "}]}"
#define BOTH            TENANT_HEAD TENANT_TAIL
#define DIGITS_64       "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define TOP(members)    "{\"profile\":\"dev\",\"tenants\":[{" BOTH "}]" members "}"
#define BYTES_32        "0x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define RPC             "\"rpc_endpoints\":[\"http://a\",\"http://b\"]"
#define CHAIN                                                        \
    ",\"chain_id\":1,\"genesis\":\"" BYTES_32 "\",\"registry\":\"0x" \
    "000102030405060708090a0b0c0d0e0f10111213\""
#define CLASS(name) "{\"name\":\"" name "\",\"kind\":\"openzeppelin\",\"hash\":\"" BYTES_32 "\"}"

static const struct {
    const char *text;
    const char *code;
    const char *where;
} wrong[] = {
    {"", "BAD_JSON", "line 1, column 1"},
    {"[]", "BAD_TYPE", ""},
    {"{}", "MISSING_FIELD", "profile"},
    {"{\"profile\":\"dev\"}", "MISSING_FIELD", "tenants"},
    {"{\"profile\":null,\"tenants\":[]}", "BAD_TYPE", "profile"},
    {"{\"profile\":\"production\",\"tenants\":[]}", "CONFIG_INVALID", "profile"},
    {"{\"profile\":\"Dev\",\"tenants\":[]}", "CONFIG_INVALID", "profile"},
    {"{\"profile\":\"\",\"tenants\":[]}", "CONFIG_INVALID", "profile"},
    {"{\"profile\":\"dev production\",\"tenants\":[]}", "CONFIG_INVALID", "profile"},
    {"{\"profile\":\"dev\",\"tenants\":[]}", "CONFIG_INVALID", "tenants"},
    {"{\"profile\":\"dev\",\"tenants\":{}}", "BAD_TYPE", "tenants"},
    {"{\"profile\":\"dev\",\"tenants\":[{}]}", "MISSING_FIELD", "tenants[0].name"},
    {"{\"profile\":\"dev\",\"tenants\":[7]}", "BAD_TYPE", "tenants[0]"},
    {"{\"profile\":\"dev\",\"tenants\":[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}",
     "CONFIG_INVALID", "tenants"},
    {TOP(",\"loops\":1"), "UNKNOWN_FIELD", "loops"},
    {TOP(",\"profile\":\"dev\""), "JSON_DUPLICATE_KEY", "line 1, column 145"},
    {TOP(",\"chain_id\":-1"), "NUMBER_RANGE", "chain_id"},
    {TOP(",\"chain_id\":\"1\""), "BAD_TYPE", "chain_id"},
    {TOP(",\"genesis\":\"0x00\""), "INVALID_HEX", "genesis"},
    {TOP(",\"genesis\":\"" BYTES_32 "00\""), "INVALID_HEX", "genesis"},
    {TOP(",\"registry\":\"" BYTES_32 "\""), "INVALID_HEX", "registry"},
    {TOP(",\"v1_wire\":1"), "BAD_TYPE", "v1_wire"},
    {TOP(",\"v1_envelope\":\"v1.8\""), "CONFIG_INVALID", "v1_envelope"},
    {TOP(",\"account_classes\":{}"), "BAD_TYPE", "account_classes"},
    {TOP(",\"account_classes\":[{\"name\":\"x\"}]"), "MISSING_FIELD", "account_classes[0].kind"},
    {TOP(",\"account_classes\":[" CLASS("a") "," CLASS("a") "]"), "CONFIG_INVALID",
     "account_classes[1].name"},
    {TOP(",\"account_classes\":[" CLASS("") "]"), "CONFIG_INVALID", "account_classes[0].name"},
    {TENANT(",\"Opaque\":true"), "UNKNOWN_FIELD", "tenants[0].Opaque, did you mean opaque"},
    {TENANT(",\"opaque\":\"true\""), "BAD_TYPE", "tenants[0].opaque"},
    {TENANT(",\"export\":1"), "BAD_TYPE", "tenants[0].export"},
    {TENANT(",\"seed_epoch\":4294967296"), "NUMBER_RANGE", "tenants[0].seed_epoch"},
    {TENANT(",\"commitment\":\"\""), "INVALID_HEX", "tenants[0].commitment"},
    {TENANT(",\"arn\":\"\""), "CONFIG_INVALID", "tenants[0].arn"},
    {TENANT(",\"arn\":\"a\\u0000b\""), "CONFIG_INVALID", "tenants[0].arn"},
    {TENANT(",\"fee_ceiling\":-1"), "NUMBER_RANGE", "tenants[0].fee_ceiling"},
    {TENANT(",\"fee_ceiling\":\"0x\""), "INVALID_HEX", "tenants[0].fee_ceiling"},
    {TENANT(",\"fee_ceiling\":\"1.0\""), "INVALID_DECIMAL", "tenants[0].fee_ceiling"},
    {TENANT(",\"fee_ceiling\":1e3"), "BAD_TYPE", "tenants[0].fee_ceiling"},
    {TENANT(",\"fees\":[]"), "BAD_TYPE", "tenants[0].fees"},
    {TENANT(",\"fees\":{\"l2_gas_price\":0}"), "NUMBER_RANGE", "tenants[0].fees.l2_gas_price"},
    {TENANT(",\"fees\":{\"l2\":0}"), "UNKNOWN_FIELD", "tenants[0].fees.l2"},
    {TENANT(",\"account_class\":\"\""), "CONFIG_INVALID", "tenants[0].account_class"},
    {TENANT(",\"account_classes\":[]"), "CONFIG_INVALID", "tenants[0].account_classes"},
    {TENANT(",\"account_classes\":[\"a\",\"b\",\"a\"]"), "CONFIG_INVALID",
     "tenants[0].account_classes[2]"},
    {"{\"profile\":\"dev\",\"tenants\":[{" TENANT_HEAD
     "\"assurance\":\"asserted\",\"chains\":[]}]}",
     "CONFIG_INVALID", "tenants[0].chains"},
    {"{\"profile\":\"dev\",\"tenants\":[{" TENANT_HEAD
     "\"assurance\":\"asserted\",\"chains\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\","
     "\"9\"]}]}",
     "CONFIG_INVALID", "tenants[0].chains"},
    {"{\"profile\":\"dev\",\"tenants\":[{" TENANT_HEAD
     "\"chains\":[\"SN_MAIN\"],\"assurance\":1}]}",
     "BAD_TYPE", "tenants[0].assurance"},
    {TOP(CHAIN ",\"rpc_endpoints\":\"http://a\""), "BAD_TYPE", "rpc_endpoints"},
    {TOP(CHAIN ",\"rpc_endpoints\":[]"), "CONFIG_INVALID", "rpc_endpoints"},
    {TOP(CHAIN ",\"rpc_endpoints\":[\"\"]"), "CONFIG_INVALID", "rpc_endpoints[0]"},
    {TOP(CHAIN ",\"rpc_endpoints\":[1]"), "BAD_TYPE", "rpc_endpoints[0]"},
    {TOP(CHAIN ",\"rpc_endpoints\":[\"http://a\",\"http://a\"]"), "CONFIG_INVALID",
     "rpc_endpoints[1]"},
    {TOP(CHAIN ",\"rpc_endpoints\":[\"http://a/x\",\"http://b\",\"HTTP://A:80?y\"]"),
     "CONFIG_INVALID", "rpc_endpoints[2]"},
    {TOP(CHAIN ",\"rpc_endpoints\":[\"a\"]"), "CONFIG_INVALID", "rpc_endpoints[0]"},
    {TOP(CHAIN ",\"rpc_endpoints\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]"),
     "CONFIG_INVALID", "rpc_endpoints"},
    {TOP(CHAIN ",\"rpc_endpoints\":[\"http://a\"]"), "CONFIG_INVALID", ""},
    {TOP(CHAIN "," RPC ",\"rpc_quorum\":3"), "CONFIG_INVALID", "rpc_quorum"},
    {TOP(CHAIN "," RPC ",\"rpc_quorum\":0"), "NUMBER_RANGE", "rpc_quorum"},
    {TOP(CHAIN "," RPC ",\"confirmations\":257"), "NUMBER_RANGE", "confirmations"},
    {TOP(",\"write_holders\":65"), "NUMBER_RANGE", "write_holders"},
    {TOP(",\"write_holders\":2"), "CONFIG_INVALID", ""},
    {TOP(",\"root_epochs\":0"), "NUMBER_RANGE", "root_epochs"},
    {TOP(",\"root_epochs\":9"), "NUMBER_RANGE", "root_epochs"},
    {TOP(",\"root_epochs\":2"), "CONFIG_INVALID", "root_epochs"},
    {TOP(",\"restore_snapshot\":\"h0000000000000001-" DIGITS_64 "\""), "CONFIG_INVALID",
     "restore_snapshot"},
    {TOP(",\"restore_anchored\":\"" BYTES_32 "\""), "CONFIG_INVALID", "restore_anchored"},
    {TOP(CHAIN "," RPC ",\"write_holders\":2,\"kms_app_id\":\"" BYTES_32 "\""), "CONFIG_INVALID",
     ""},
    {TOP(",\"identity\":\"Odyn\""), "CONFIG_INVALID", "identity"},
    {TOP(",\"identity\":1"), "BAD_TYPE", "identity"},
    {TOP(",\"odyn_url\":\"\""), "CONFIG_INVALID", "odyn_url"},
    {TOP(",\"odyn_url\":\"http://127.0.0.1:18000/01234567890123456789012345678901234567890\""),
     "CONFIG_INVALID", "odyn_url"},
    {TOP(CHAIN "," RPC ",\"registry_code\":\"0x00\""), "INVALID_HEX", "registry_code"},
    {TOP("," RPC), "CONFIG_INVALID", ""},
    {TOP(",\"chain_id\":1," RPC), "CONFIG_INVALID", ""},
    {TOP(",\"chain_id\":1,\"genesis\":\"" BYTES_32 "\"," RPC), "CONFIG_INVALID", ""},
    {TOP(",\"chain_id\":0,\"genesis\":\"" BYTES_32 "\"," RPC), "CONFIG_INVALID", "chain_id"},
};

static void what_is_wrong_is_named_and_nothing_is_taken(void **state)
{
    (void)state;
    static const struct trust nothing;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memset(&trust, 0xee, sizeof trust);
        struct status status = parse(wrong[i].text);
        if (strcmp(wrong[i].code, status_name(status.code)) != 0 ||
            strcmp(wrong[i].where, where) != 0) {
            print_message("%s: %s at %s\n", wrong[i].text, status_name(status.code), where);
        }
        assert_string_equal(wrong[i].code, status_name(status.code));
        assert_string_equal(wrong[i].where, where);
        assert_memory_equal(&nothing, &trust, sizeof trust);
    }
}

static void a_text_that_is_too_long_is_refused(void **state)
{
    (void)state;
    static char text[TRUST_FILE_MAX + 2];
    memset(text, ' ', sizeof text - 1);
    memcpy(text, TENANT(""), sizeof TENANT("") - 1);
    assert_status(CONFIG_INVALID, parse(text));
    text[TRUST_FILE_MAX] = 0;
    assert_status(OK, parse(text));
}

static void the_default_of_a_development_build(void **state)
{
    (void)state;
    arena_reset(&arena);
    assert_status(OK, trust_parse(trust_dev_text(), &arena, &trust, where));
    assert_string_equal("", where);
    assert_int_equal(TRUST_DEV, trust.profile);
    assert_int_equal(0, trust.chain_id);
    assert_false(trust.v1_wire);
    assert_int_equal(TRUST_ENVELOPE_CAPSULE, trust.v1_envelope);
    assert_int_equal(0, trust.class_count);
    assert_int_equal(1, trust.tenant_count);
    const struct trust_tenant *tenant = &trust.tenants[0];
    assert_string_equal("default", tenant->name.text);
    assert_int_equal(TRUST_IMPORTED, tenant->seed);
    assert_int_equal(TRUST_V1, tenant->derivation);
    assert_false(tenant->has_commitment);
    assert_int_equal(2, tenant->chain_count);
    assert_string_equal("SN_MAIN", tenant->chains[0].text);
    assert_string_equal("SN_SEPOLIA", tenant->chains[1].text);
    assert_int_equal(TRUST_ASSERTED, tenant->assurance);
    assert_true(tenant->typed_data);
    assert_false(tenant->opaque || tenant->declare || tenant->export || tenant->sender_override ||
                 tenant->plain_nonce);
    assert_string_equal("openzeppelin-1.0.0", tenant->account_class.text);
    assert_int_equal(0, tenant->account_class_count);
    const uint64_t ceiling[4] = {0x6bc75e2d63100000, 5, 0, 0};
    assert_memory_equal(ceiling, tenant->fee_ceiling, sizeof ceiling);
    assert_int_equal(0, tenant->fees.l1_gas_divisor);
    assert_int_equal(10, tenant->fees.l1_data_gas_divisor);
    assert_int_equal(1000000000000, tenant->fees.l1_data_gas_price);
    assert_int_equal(12000000000, tenant->fees.l2_gas_price);
    assert_int_equal(1210000000, tenant->fees.l2_gas_amount_max);
    uint8_t digest[32];
    SHA256(trust_dev_text().ptr, trust_dev_text().len, digest);
    assert_memory_equal(digest, trust.digest, 32);
}

static void everything_that_can_be_set(void **state)
{
    (void)state;
    assert_status(
        OK,
        parse("{\"profile\":\"dev\",\"chain_id\":8453,\"genesis\":\"" BYTES_32 "\","
              "\"registry\":\"0x000102030405060708090a0b0c0d0e0f10111213\","
              "\"kms_registry\":\"0x131211100f0e0d0c0b0a09080706050403020100\","
              "\"kms_app_id\":\"" BYTES_32 "\",\"v1_wire\":true,\"v1_envelope\":\"static\","
              "\"account_classes\":[" CLASS(
                  "mine") ",{\"name\":\"b\",\"kind\":\"braavos\","
                          "\"hash\":\"" BYTES_32 "\",\"implementation\":\"" BYTES_32 "\"}],"
                          "\"tenants\":[{\"name\":\"other-1\",\"seed\":\"native\",\"derivation\":"
                          "\"v2\","
                          "\"seed_epoch\":4294967295,\"chains\":[\"0x1\"],"
                          "\"assurance\":\"proven-second-factor\",\"opaque\":true,\"declare\":true,"
                          "\"export\":true,\"sender_override\":true,\"plain_nonce\":true,"
                          "\"fee_ceiling\":"
                          "\"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                          "ffffff\",\"fees\":{\"l1_gas_divisor\":3,\"l2_gas_amount_max\":"
                          "9007199254740991},"
                          "\"account_class\":\"mine\",\"account_classes\":[\"b\",\"mine\"]},"
                          "{" TENANT_HEAD TENANT_TAIL
                          ",\"arn\":\"arn:aws:kms:x\",\"commitment\":\"" BYTES_32
                          "\",\"fee_ceiling\":7}]}"));
    struct bytes bytes = unit_hex(&BYTES_32[2]);
    assert_int_equal(8453, trust.chain_id);
    assert_memory_equal(bytes.ptr, trust.genesis, 32);
    assert_memory_equal(bytes.ptr, trust.kms_app_id, 32);
    assert_int_equal(0x13, trust.registry[19]);
    assert_int_equal(0x13, trust.kms_registry[0]);
    assert_true(trust.v1_wire);
    assert_int_equal(TRUST_ENVELOPE_STATIC, trust.v1_envelope);
    assert_int_equal(2, trust.class_count);
    assert_string_equal("mine", trust.classes[0].name.text);
    assert_string_equal("braavos", trust.classes[1].kind.text);
    assert_memory_equal(bytes.ptr, trust.classes[0].hash, 32);
    assert_memory_equal(bytes.ptr, trust.classes[1].implementation, 32);
    const struct trust_tenant *tenant = &trust.tenants[0];
    assert_int_equal(2, trust.tenant_count);
    assert_int_equal(TRUST_NATIVE, tenant->seed);
    assert_int_equal(TRUST_V2, tenant->derivation);
    assert_int_equal(UINT32_MAX, tenant->seed_epoch);
    assert_int_equal(TRUST_PROVEN_SECOND_FACTOR, tenant->assurance);
    assert_true(tenant->opaque && tenant->declare && tenant->export && tenant->sender_override &&
                tenant->plain_nonce);
    assert_false(tenant->typed_data);
    assert_int_equal(UINT64_MAX, tenant->fee_ceiling[3]);
    assert_int_equal(3, tenant->fees.l1_gas_divisor);
    assert_int_equal(10, tenant->fees.l1_data_gas_divisor);
    assert_int_equal(2, tenant->account_class_count);
    assert_string_equal("mine", tenant->account_classes[1].text);
    assert_string_equal("arn:aws:kms:x", trust.tenants[1].arn);
    assert_true(trust.tenants[1].has_commitment);
    assert_memory_equal(bytes.ptr, trust.tenants[1].commitment, 32);
    assert_int_equal(7, trust.tenants[1].fee_ceiling[0]);
}

static void what_a_chain_is_read_with(void **state)
{
    (void)state;
    assert_status(OK, parse(TOP(CHAIN "," RPC)));
    assert_true(trust.rpc_endpoint_count == 2 && trust.rpc_quorum == 2);
    assert_true(trust.confirmations == 6 && trust.rpc_ca_file[0] == 0);
    assert_string_equal("http://b", trust.rpc_endpoints[1].text);
    assert_status(OK, parse(TOP(CHAIN ",\"rpc_endpoints\":[\"https://c/k\"],\"rpc_quorum\":1,"
                                      "\"confirmations\":0,\"rpc_ca_file\":\"/ca.pem\","
                                      "\"registry_code\":\"" BYTES_32 "\","
                                      "\"kms_registry_code\":\"" BYTES_32 "\"")));
    struct bytes bytes = unit_hex(&BYTES_32[2]);
    assert_true(trust.rpc_endpoint_count == 1 && trust.rpc_quorum == 1);
    assert_int_equal(0, trust.confirmations);
    assert_string_equal("/ca.pem", trust.rpc_ca_file);
    assert_memory_equal(bytes.ptr, trust.registry_code, 32);
    assert_memory_equal(bytes.ptr, trust.kms_registry_code, 32);
    assert_status(OK, parse(TOP("")));
    assert_int_equal(0, trust.rpc_endpoint_count);
    assert_int_equal(TRUST_OWN, trust.identity);
    assert_string_equal("http://127.0.0.1:18000", trust.odyn_url);
    assert_status(OK, parse(TOP(",\"identity\":\"odyn\",\"odyn_url\":\"http://[::1]:1\"")));
    assert_int_equal(TRUST_ODYN, trust.identity);
    assert_string_equal("http://[::1]:1", trust.odyn_url);
}

static void one_more_space_is_another_digest(void **state)
{
    (void)state;
    uint8_t digest[32];
    assert_status(OK, parse(TENANT("")));
    memcpy(digest, trust.digest, 32);
    assert_status(OK, parse(TENANT("") " "));
    assert_memory_not_equal(digest, trust.digest, 32);
}

static void every_row_has_a_help_and_words_have_names(void **state)
{
    (void)state;
    const struct schema_table *const tables[] = {trust_table(),        trust_tenant_table(),
                                                 trust_fees_table(),   trust_class_table(),
                                                 trust_issuer_table(), trust_delays_table()};
    for (size_t table = 0; table < sizeof tables / sizeof tables[0]; table++) {
        for (size_t i = 0; i < tables[table]->count; i++) {
            const struct schema_row *row = &tables[table]->rows[i];
            assert_true(strlen(row->name) > 0 && strlen(row->help) > 0);
        }
    }
    assert_string_equal("dev", trust_profile_name(TRUST_DEV));
    assert_string_equal("production", trust_profile_name(TRUST_PRODUCTION));
    assert_string_equal("imported", trust_seed_name(TRUST_IMPORTED));
    assert_string_equal("v2", trust_derivation_name(TRUST_V2));
    assert_string_equal("asserted", trust_assurance_name(TRUST_ASSERTED));
    assert_string_equal("proven-second-factor", trust_assurance_name(TRUST_PROVEN_SECOND_FACTOR));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_named_and_nothing_is_taken),
        cmocka_unit_test(a_text_that_is_too_long_is_refused),
        cmocka_unit_test(the_default_of_a_development_build),
        cmocka_unit_test(everything_that_can_be_set),
        cmocka_unit_test(what_a_chain_is_read_with),
        cmocka_unit_test(one_more_space_is_another_digest),
        cmocka_unit_test(every_row_has_a_help_and_words_have_names),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
