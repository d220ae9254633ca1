/* Readers and writers in an arena that has room for ever more of what they need: until there is
 * enough the answer is NO_MEMORY, and never that the text is not valid or too large. */
#include "audit/audit_history.h"
#include "codec/json_canonical.h"
#include "config/config.h"
#include "config/trust.h"
#include "ethereum/eth_rpc.h"
#include "fixtures/outside_types.h"
#include "fixtures/scarce.h"
#include "starknet/outside_execution.h"
#include "starknet/transaction.h"
#include "wire/envelope.h"

static struct arena arena;
static struct json_in_doc doc;
static struct trust trust;
static struct config config;
static struct envelope_keys keys;
static struct p384_point point;
static char v1_text[1024];
static char v2_text[1024];

static struct status parsed(const char *text, struct json_in *ret_root)
{
    TRY(json_in_parse(&arena, bytes_of(text), &doc));
    *ret_root = json_in_root(&doc);
    return OK;
}

static struct status canonical(void)
{
    static uint8_t memory[256];
    struct buf out = buf_over(memory, sizeof memory);
    struct json_in root;
    TRY(parsed("{\"b\":{\"d\":1,\"c\":[2,{\"f\":3,\"e\":4}]},\"a\":\"x\"}", &root));
    return json_canonical_put(&root, &arena, &out);
}

static struct status read_config(void)
{
    static char where[CONFIG_WHERE_MAX];
    return config_parse(BYTES_LITERAL("{\"loops\":2,\"listen\":[\"127.0.0.1:1\"]}"), &arena,
                        &config, where);
}

static struct status read_trust(void)
{
    static char where[CONFIG_WHERE_MAX];
    return trust_parse(
        BYTES_LITERAL("{\"profile\":\"dev\",\"tenants\":[{\"name\":\"default\",\"seed\":"
                      "\"imported\",\"derivation\":\"v1\",\"chains\":[\"SN_MAIN\"],"
                      "\"assurance\":\"asserted\"}]}"),
        &arena, &trust, where);
}

static struct status read_file(void)
{
    static char why[CONFIG_WHERE_MAX];
    struct bytes text;
    return config_read_file("/dev/null", &arena, &text, why);
}

#define BOUNDS                                                                      \
    "\"resource_bounds\":{\"l1_gas\":{\"max_amount\":0,\"max_price_per_unit\":0},"  \
    "\"l1_data_gas\":{\"max_amount\":512,\"max_price_per_unit\":\"0x174876e800\"}," \
    "\"l2_gas\":{\"max_amount\":5000000,\"max_price_per_unit\":\"3000000000\"}}"
#define HEAD "\"chain_id\":\"sepolia\",\"nonce\":1," BOUNDS

static struct status read_transaction(void)
{
    struct json_in root;
    struct transaction transaction;
    struct calls calls;
    TRY(parsed("{\"type\":\"INVOKE\"," HEAD ",\"calls\":[{\"to\":1,\"selector\":2,\"calldata\":[3,"
               "{\"byte_array\":\"a text that is longer than one felt can ever be\"}]},"
               "{\"to\":1,\"selector\":2,\"calldata\":[4,5,6]}]}",
               &root));
    TRY(transaction_json(&arena, &root, CALL_CAIRO1, &transaction));
    return call_decode(&arena, transaction.calldata, CALL_CAIRO1, &calls);
}

static struct status read_seed_transaction(void)
{
    static const struct fee_table table;
    struct json_in root;
    struct transaction transaction;
    TRY(parsed("{\"contract_address\":\"0x7\",\"function_name\":\"f\",\"calldata\":[1,2],"
               "\"chain_id\":\"SN_MAIN\"," BOUNDS "}",
               &root));
    return transaction_seed_json(&arena, &root, &table, CALL_CAIRO1, &transaction);
}

#define DOMAIN(name) \
    "\"domain\":{\"name\":\"" name "\",\"version\":2,\"chainId\":\"SN_MAIN\",\"revision\":\"1\"}"

static struct status read_outside_execution(void)
{
    struct json_in root;
    struct typed_data data;
    struct outside_execution outside;
    struct felts calldata;
    TRY(parsed("{" OUTSIDE_TYPES_V2 ",\"primaryType\":\"OutsideExecution\"," DOMAIN(
                   "Account.execute_from_outside") ",\"message\":{"
                                                   "\"Caller\":\"0x414e595f43414c4c4552\",\"Nonce\""
                                                   ":5,\"Execute After\":1,\"Execute Before\":9,"
                                                   "\"Calls\":[{\"To\":7,\"Selector\":\"0x8\","
                                                   "\"Calldata\":[1,\"x\"]}]}}",
               &root));
    TRY(typed_data_read(&arena, &root, &data));
    TRY(outside_execution_decode(&arena, &root, &data, &outside));
    const struct felt signature[2] = {{{1}}, {{2}}};
    return outside_execution_calldata(&arena, &outside, (struct felts){signature, 2}, &calldata);
}

static struct status read_typed_data(void)
{
    struct json_in root;
    struct typed_data data;
    TRY(parsed(
        "{\"types\":{\"StarknetDomain\":[{\"name\":\"name\",\"type\":\"shortstring\"},"
        "{\"name\":\"version\",\"type\":\"shortstring\"},"
        "{\"name\":\"chainId\",\"type\":\"shortstring\"},"
        "{\"name\":\"revision\",\"type\":\"shortstring\"}],"
        "\"E\":[{\"name\":\"A\",\"type\":\"()\"},{\"name\":\"B\",\"type\":\"(u128,felt*)\"}],"
        "\"P\":[{\"name\":\"s\",\"type\":\"string\"},"
        "{\"name\":\"e\",\"type\":\"enum\",\"contains\":\"E\"},"
        "{\"name\":\"t\",\"type\":\"TokenAmount\"}]},\"primaryType\":\"P\"," DOMAIN(
            "A") ",\"message\":{\"s\":\"a text that is longer than one felt can ever be\","
                 "\"e\":{\"B\":[1,[2,3]]},\"t\":{\"token_address\":\"0x1\",\"amount\":"
                 "{\"low\":1,\"high\":0}}}}",
        &root));
    return typed_data_read(&arena, &root, &data);
}

static struct status open_v1(void)
{
    struct envelope_form form = {.version = ENVELOPE_V1, .derivation = ENVELOPE_CAPSULE};
    struct json_in root;
    struct envelope envelope;
    struct bytes text;
    TRY(parsed(v1_text, &root));
    TRY(envelope_read_v1(&arena, &root, NULL, &envelope));
    TRY(envelope_open_v1(&arena, &envelope, &keys, &form, &text));
    return envelope_write_v1(&arena, &envelope, &text);
}

static const struct envelope_form form_v2 = {.version = ENVELOPE_V2, .way = ENVELOPE_REQUEST};

static struct status open_v2(void)
{
    struct json_in root;
    struct envelope envelope;
    struct bytes text;
    TRY(parsed(v2_text, &root));
    TRY(envelope_read_v2(&arena, &root, NULL, &envelope));
    return envelope_open(&arena, &envelope, &keys, &form_v2, &text);
}

static struct status seal_as(const struct envelope_form *form, struct bytes *ret)
{
    const struct entropy entropy = entropy_system();
    const struct envelope_sealer sealer = {&keys, &point, &entropy};
    return envelope_seal(&arena, &sealer, form, BYTES_LITERAL("{\"a\":1}"), ret);
}

static struct status seal_v2(void)
{
    struct bytes json;
    return seal_as(&form_v2, &json);
}

static struct status agree(void)
{
    const struct p384_key key = {{[P384_BYTES - 1] = 1}};
    struct envelope_keys made;
    return envelope_keys(&key, &point, &point, ENVELOPE_NODE, &made);
}

static void seal_example(const struct envelope_form *form, char *out)
{
    struct bytes json;
    assert_status(OK, seal_as(form, &json));
    assert_true(json.len < sizeof v1_text);
    memcpy(out, json.ptr, json.len);
    out[json.len] = '\0';
}

static struct status read_rpc(void)
{
    static uint8_t memory[1024];
    static const char body[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x0102030405060708\"}";
    const struct eth_rpc_at at = {.kind = ETH_RPC_LATEST};
    const struct eth_address nobody = {{1}};
    struct buf request = buf_over(memory, sizeof memory);
    struct eth_rpc rpc = eth_rpc_start(&request, 1);
    struct eth_rpc_answer answer;
    struct bytes data;
    eth_rpc_code(&rpc, &nobody, &at);
    TRY(eth_rpc_finish(&rpc, &data));
    TRY(eth_rpc_read(&rpc, bytes_of(body), &arena, &answer));
    return eth_rpc_data(&answer, 0, &data);
}

static struct status read_note(void)
{
    static const char note[] = "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
                               "\xe2\x80\x94 a AAAAAAAA\n";
    static uint8_t memory[1024];
    struct buf line = buf_over(memory, sizeof memory);
    struct bytes text;
    audit_history_put(bytes_of(note), &line);
    return audit_history_note(&arena, bytes_slice(buf_bytes(&line), 0, line.len - 1), &text);
}

static int start(void **state)
{
    const struct p384_key key = {{[P384_BYTES - 1] = 1}};
    const struct envelope_form form_v1 = {.version = ENVELOPE_V1, .derivation = ENVELOPE_CAPSULE};
    (void)state;
    assert_status(OK, arena_init(&arena, 64u << 20));
    assert_status(OK, p384_public(&key, &point));
    assert_status(OK, envelope_keys(&key, &point, &point, ENVELOPE_NODE, &keys));
    seal_example(&form_v1, v1_text);
    seal_example(&form_v2, v2_text);
    arena_reset(&arena);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static void a_full_arena_is_no_memory(void **state)
{
    (void)state;
    scarce_attempt *const all[] = {canonical,        read_config,
                                   read_trust,       read_file,
                                   read_transaction, read_seed_transaction,
                                   read_typed_data,  read_outside_execution,
                                   open_v1,          open_v2,
                                   seal_v2,          read_rpc,
                                   read_note};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_true(scarce_try_arena(&arena, all[i]) > 0);
    }
}

static struct status in_an_empty_arena(struct status (*what)(void))
{
    arena_reset(&arena);
    return what();
}

static struct status all_envelopes(void)
{
    TRY(in_an_empty_arena(open_v1));
    TRY(in_an_empty_arena(open_v2));
    TRY(in_an_empty_arena(seal_v2));
    return agree();
}

static void envelopes_blame_nobody_when_the_library_has_no_memory(void **state)
{
    (void)state;
    assert_true(scarce_try(all_envelopes) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_arena_is_no_memory),
        cmocka_unit_test(envelopes_blame_nobody_when_the_library_has_no_memory),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
