#include <stdio.h>

#include "client/deployment.h"
#include "fixtures/unit.h"

#define DOMAIN \
    "\"domain_id\":\"0x00000000000000000000000000000000000000000000000000000000000000aa\""
#define WALLET "\"wallet\":\"0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A\""
/* The point of the node in the reference's worked example. */
#define POINT                                                                                      \
    "\"tee_pubkey\":\"3076301006072a8648ce3d020106052b81040022036200043a7a257f759d135948c1a816a3"  \
    "d73d00e63c7775cd9824163414e42f48ef4d91023a67b304647cae20554d7e64d41195b2902d55cc0f86711eb3dc" \
    "6bc71dce8e8a65dd14c98eae248ee0b180e463c04a8024df0f91965365c8f3d6cfa1f0ed30\""
#define URL  "\"url\":\"http://127.0.0.1:4000\""
#define NODE "{" URL "," WALLET "," POINT "}"
#define CHAIN                                                                            \
    "\"rpc\":[\"http://a\",\"http://b\",\"http://c\"],\"chain_id\":31337,"               \
    "\"registry\":\"0x0f68e6e699f2e972998a1ecc000c7ce103e64cc8\",\"kms_app_id\":\"43\"," \
    "\"genesis\":\"0x00000000000000000000000000000000000000000000000000000000000000bb\""

static struct arena arena;
static struct deployment deployment;
static char where[DEPLOYMENT_WHERE_MAX];

static struct status parse(const char *text)
{
    arena_reset(&arena);
    return deployment_parse(bytes_of(text), &arena, &deployment, where);
}

static void what_is_missing_or_foreign_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *where;
        enum status_code code;
    } bad[] = {
        {"{}", "domain_id", STATUS_MISSING_FIELD},
        {"{" DOMAIN "}", "nodes", STATUS_MISSING_FIELD},
        {"{" DOMAIN ",\"nodes\":[]}", "nodes", STATUS_CONFIG_INVALID},
        {"{" DOMAIN ",\"nodes\":7}", "nodes", STATUS_BAD_TYPE},
        {"{" DOMAIN ",\"node\":[]}", "node", STATUS_UNKNOWN_FIELD},
        {"{\"domain_id\":\"0x00\",\"nodes\":[" NODE "]}", "domain_id", STATUS_INVALID_HEX},
        {"{" DOMAIN ",\"nodes\":[{" URL "," WALLET "}]}", "nodes[0].tee_pubkey",
         STATUS_MISSING_FIELD},
        {"{" DOMAIN ",\"nodes\":[{" URL "," WALLET ",\"tee_pubkey\":\"0x04\"}]}",
         "nodes[0].tee_pubkey", STATUS_POINT_INVALID},
        {"{" DOMAIN ",\"nodes\":[{" URL
         ",\"wallet\":\"0x19e7E376E7C213B7E7e7e46cc70A5dD086DAff2A\"," POINT "}]}",
         "nodes[0].wallet", STATUS_CHECKSUM_ADDRESS},
        {"{" DOMAIN ",\"nodes\":[{\"url\":\"\"," WALLET "," POINT "}]}", "nodes[0].url",
         STATUS_CONFIG_INVALID},
        {"{" DOMAIN ",\"rpc\":[\"http://a\"]}", "chain_id", STATUS_MISSING_FIELD},
        {"{" DOMAIN ",\"rpc\":[\"http://a\",\"http://A.:80/x\"]}", "rpc[1]", STATUS_CONFIG_INVALID},
        {"{" DOMAIN ",\"rpc\":[\"a\"]}", "rpc[0]", STATUS_CONFIG_INVALID},
        {"{" DOMAIN ",\"rpc\":[\"http://a\"],\"chain_id\":1}", "genesis", STATUS_MISSING_FIELD},
        {"{" DOMAIN "," CHAIN ",\"confirmations\":257}", "confirmations", STATUS_NUMBER_RANGE},
        {"{" DOMAIN "," CHAIN ",\"finality\":1}", "finality", STATUS_BAD_TYPE},
        {"{" DOMAIN "," CHAIN ",\"registry_code\":\"0x00\"}", "registry_code", STATUS_INVALID_HEX},
        {"{" DOMAIN "," CHAIN ",\"rpc_quorum\":4}", "rpc_quorum", STATUS_NUMBER_RANGE},
        {"{" DOMAIN "," CHAIN ",\"rpc_quorum\":0}", "rpc_quorum", STATUS_NUMBER_RANGE},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_string_equal(status_name(bad[i].code), status_name(parse(bad[i].text).code));
        assert_string_equal(bad[i].where, where);
        assert_int_equal(0, deployment.node_count + deployment.rpc_count);
    }
    assert_status(BAD_JSON, parse("nodes"));
}

static void nodes_and_chains_are_read(void **state)
{
    (void)state;
    assert_status(OK, parse("{" DOMAIN ",\"nodes\":[" NODE "]}"));
    assert_int_equal(1, deployment.node_count);
    assert_string_equal("http://127.0.0.1:4000", deployment.nodes[0].url);
    assert_int_equal(0x19, deployment.nodes[0].wallet.b[0]);
    assert_int_equal(0x04, deployment.nodes[0].point.sec1[0]);
    assert_int_equal(0xaa, deployment.domain[31]);
    assert_status(OK, parse("{" DOMAIN "," CHAIN ",\"ca_file\":\"/ca.pem\"}"));
    assert_int_equal(3, deployment.rpc_count);
    assert_int_equal(2, deployment.rpc_quorum);
    assert_int_equal(43, deployment.kms_app_id[31]);
    assert_int_equal(31337, deployment.chain_id);
    assert_string_equal("/ca.pem", deployment.ca_file);
    assert_string_equal("", deployment.rpc_ca_file);
    assert_int_equal(0xbb, deployment.genesis[31]);
    assert_int_equal(6, deployment.confirmations);
    assert_false(deployment.has_finality);
    assert_status(OK, parse("{" DOMAIN "," CHAIN ",\"finality\":true,\"confirmations\":0,"
                            "\"rpc_ca_file\":\"/rpc.pem\"}"));
    assert_true(deployment.has_finality);
    assert_int_equal(0, deployment.confirmations);
    assert_string_equal("/rpc.pem", deployment.rpc_ca_file);
}

int main(void)
{
    assert_status(OK, arena_init(&arena, 64u << 20));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_or_foreign_is_named),
        cmocka_unit_test(nodes_and_chains_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
