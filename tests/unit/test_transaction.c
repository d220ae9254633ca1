#include <stdio.h>

#include "base/limits.h"
#include "fixtures/starknet_vector.h"
#include "fixtures/vector_file.h"
#include "starknet/chain.h"
#include "starknet/transaction.h"

static struct arena arena;

static struct felt felt_in(const struct json_in *at, const char *name)
{
    struct felt felt;
    assert_status(OK, starknet_vector_felt(at, name, &felt));
    return felt;
}

static void assert_felt(const struct felt *expected, const struct felt *actual)
{
    assert_memory_equal(expected, actual, sizeof *expected);
}

#define BOUNDS                                                                      \
    "\"resource_bounds\":{\"l1_gas\":{\"max_amount\":0,\"max_price_per_unit\":0},"  \
    "\"l1_data_gas\":{\"max_amount\":512,\"max_price_per_unit\":\"0x174876e800\"}," \
    "\"l2_gas\":{\"max_amount\":5000000,\"max_price_per_unit\":\"3000000000\"}}"
#define HEAD    "\"chain_id\":\"sepolia\",\"nonce\":1," BOUNDS
#define INVOKE  "{\"type\":\"INVOKE\"," HEAD ","
#define DEPLOY  "{\"type\":\"DEPLOY_ACCOUNT\"," HEAD
#define DECLARE "{\"type\":\"DECLARE\"," HEAD
#define CALLS   "\"calls\":[{\"to\":1,\"selector\":2,\"calldata\":[3]}]"
#define P_HEX   "\"0x800000000000011000000000000000000000000000000000000000000000001\""

static struct json_in_doc doc;

static struct json_in parsed(const char *text)
{
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    return json_in_root(&doc);
}

struct refusal {
    const char *text;
    enum status_code code;
    const char *where;
};

static void assert_refused(const struct refusal *row, const struct fee_table *table)
{
    struct json_in at = parsed(row->text);
    struct transaction transaction;
    struct status status =
        table == NULL ? transaction_json(&arena, &at, CALL_CAIRO1, &transaction)
                      : transaction_seed_json(&arena, &at, table, CALL_CAIRO1, &transaction);
    assert_string_equal(status_name(row->code), status_name(status.code));
    assert_string_equal(row->where, doc.where);
    assert_true(transaction.calls.ptr == NULL && felt_is_zero(&transaction.chain));
}

static void other_requests_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {"[]", STATUS_BAD_TYPE, ""},
        {"{}", STATUS_MISSING_FIELD, "type"},
        {"{\"type\":1}", STATUS_BAD_TYPE, "type"},
        {"{\"type\":\"Invoke\"}", STATUS_INVALID_TRANSACTION, "type"},
        {"{\"type\":\"DEPLOY\"}", STATUS_INVALID_TRANSACTION, "type"},
        {"{\"type\":\"INVOKE\"}", STATUS_MISSING_FIELD, "chain_id"},
        {"{\"type\":\"INVOKE\",\"chain_id\":\"goerli\"}", STATUS_UNKNOWN_CHAIN, "chain_id"},
        {"{\"type\":\"INVOKE\",\"chain_id\":\"sepolia\"}", STATUS_RESOURCE_BOUNDS, ""},
        {"{\"type\":\"INVOKE\",\"chain_id\":\"sepolia\",\"max_fee\":1}", STATUS_UNKNOWN_FIELD,
         "max_fee"},
        {"{\"type\":\"INVOKE\",\"chain_id\":\"sepolia\"," BOUNDS "}", STATUS_MISSING_FIELD,
         "nonce"},
        {INVOKE "\"nonse\":1}", STATUS_UNKNOWN_FIELD, "nonse"},
        {INVOKE "\"senderAddress\":1}", STATUS_UNKNOWN_FIELD,
         "senderAddress, did you mean sender_address"},
        {INVOKE "\"calls\":[{\"contractAddress\":1,\"entrypoint\":\"a\"}]}", STATUS_UNKNOWN_FIELD,
         "calls[0].contractAddress, did you mean to"},
        {INVOKE "\"calls\":[{\"to\":\"0x1A\",\"entryPoint\":\"a\"}]}", STATUS_UNKNOWN_FIELD,
         "calls[0].entryPoint, did you mean entrypoint"},
        {INVOKE "\"calls\":[{\"to\":\"0x1Aa\",\"entrypoint\":\"a\"}]}", STATUS_CHECKSUM_ADDRESS,
         "calls[0].to"},
        {INVOKE CALLS ",\"sender_address\":\"strk1qq\"}", STATUS_ADDRESS_FORM, "sender_address"},
        {INVOKE "\"class_hash\":1}", STATUS_UNKNOWN_FIELD, "class_hash"},
        {INVOKE "\"signature\":[]}", STATUS_UNKNOWN_FIELD, "signature"},
        {INVOKE "\"version\":1}", STATUS_TRANSACTION_VERSION, "version"},
        {INVOKE "\"version\":\"0x100000000000000000000000000000001\"}", STATUS_TRANSACTION_VERSION,
         "version"},
        {INVOKE "\"version\":\"0x200000000000000000000000000000003\"}", STATUS_TRANSACTION_VERSION,
         "version"},
        {INVOKE "\"tip\":\"0x10000000000000000\"}", STATUS_NUMBER_RANGE, "tip"},
        {INVOKE "\"tip\":-1}", STATUS_INVALID_FELT, "tip"},
        {INVOKE "\"tip\":true}", STATUS_BAD_TYPE, "tip"},
        {INVOKE "\"paymaster_data\":1}", STATUS_BAD_TYPE, "paymaster_data"},
        {INVOKE "\"paymaster_data\":[" P_HEX "]}", STATUS_FELT_RANGE, "paymaster_data[0]"},
        {INVOKE "\"account_deployment_data\":[\"0x\"]}", STATUS_INVALID_FELT,
         "account_deployment_data[0]"},
        {INVOKE "\"nonce_data_availability_mode\":2}", STATUS_NUMBER_RANGE,
         "nonce_data_availability_mode"},
        {INVOKE "\"fee_data_availability_mode\":\"l1\"}", STATUS_INVALID_TRANSACTION,
         "fee_data_availability_mode"},
        {INVOKE "\"fee_data_availability_mode\":false}", STATUS_BAD_TYPE,
         "fee_data_availability_mode"},
        {INVOKE "\"sender_address\":" P_HEX "}", STATUS_FELT_RANGE, "sender_address"},
        {INVOKE "\"tip\":0}", STATUS_MISSING_FIELD, "calls"},
        {INVOKE CALLS ",\"calldata\":[0]}", STATUS_INVALID_TRANSACTION, "calls"},
        {INVOKE "\"calldata\":[1]}", STATUS_INVALID_CALLDATA, "calldata"},
        {INVOKE "\"calldata\":[1,2,3,1,4],\"cairo_version\":0}", STATUS_INVALID_CALLDATA,
         "calldata"},
        {INVOKE CALLS ",\"cairo_version\":2}", STATUS_NUMBER_RANGE, "cairo_version"},
        {INVOKE CALLS ",\"proof\":\"AA\"}", STATUS_INVALID_TRANSACTION, "proof"},
        {INVOKE CALLS ",\"proof_facts\":[1],\"proof\":7}", STATUS_BAD_TYPE, "proof"},
        {DEPLOY ",\"sender_address\":1}", STATUS_UNKNOWN_FIELD, "sender_address"},
        {DEPLOY ",\"class_hash\":1}", STATUS_MISSING_FIELD, "contract_address_salt"},
        {DEPLOY ",\"class_hash\":1,\"contract_address_salt\":1}", STATUS_MISSING_FIELD,
         "constructor_calldata"},
        {DEPLOY ",\"constructor_calldata\":[]}", STATUS_MISSING_FIELD, "class_hash"},
        {DECLARE "}", STATUS_MISSING_FIELD, "class_hash"},
        {DECLARE ",\"class_hash\":1}", STATUS_MISSING_FIELD, "compiled_class_hash"},
        {DECLARE ",\"contract_class\":{}}", STATUS_UNKNOWN_FIELD, "contract_class"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_refused(&rows[i], NULL);
    }
}

static void calldata_and_proof_facts_share_a_limit(void **state)
{
    (void)state;
    static char text[2 * LIMIT_FELTS + 2048];
    for (size_t facts = LIMIT_FELTS - 5; facts <= LIMIT_FELTS - 4; facts++) {
        strcpy(text, INVOKE CALLS ",\"proof_facts\":[");
        size_t len = strlen(text);
        for (size_t i = 0; i < facts; i++) {
            text[len++] = '1';
            text[len++] = ',';
        }
        strcpy(text + len - 1, "]}");
        struct json_in at = parsed(text);
        struct transaction transaction;
        struct status status = transaction_json(&arena, &at, CALL_CAIRO1, &transaction);
        assert_string_equal(facts == LIMIT_FELTS - 5 ? "OK" : "CALLDATA_TOO_LARGE",
                            status_name(status.code));
    }
}

#define SEED "\"contract_address\":\"0x123\",\"function_name\":\"transfer\""

static void other_payloads_of_the_seed_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {"[]", STATUS_BAD_TYPE, ""},
        {"{\"function_name\":\"a\"}", STATUS_MISSING_FIELD, "contract_address"},
        {"{\"contract_address\":\"0x123...\",\"function_name\":\"a\"}", STATUS_INVALID_FELT,
         "contract_address"},
        {"{\"contract_address\":\"0x1\"}", STATUS_MISSING_FIELD, "function_name"},
        {"{\"contract_address\":1,\"function_name\":\"\"}", STATUS_INVALID_SELECTOR,
         "function_name"},
        {"{" SEED ",\"calldata\":[\"a\"]}", STATUS_INVALID_FELT, "calldata[0]"},
        {"{" SEED "}", STATUS_MISSING_FIELD, "chain_id"},
        {"{" SEED ",\"chain_id\":\"testnet2\"}", STATUS_UNKNOWN_CHAIN, "chain_id"},
        {"{" SEED ",\"chain_id\":\"testnet\"}", STATUS_RESOURCE_BOUNDS, ""},
        {"{" SEED ",\"chain_id\":\"testnet\",\"max_fee\":1}", STATUS_FEE_TOO_LOW, "max_fee"},
        {"{" SEED ",\"chain_id\":\"testnet\",\"max_fee\":\"0x100000000000000000000000000000000\"}",
         STATUS_NUMBER_RANGE, "max_fee"},
        {"{" SEED ",\"nonce\":-1}", STATUS_INVALID_FELT, "nonce"},
        {"{" SEED ",\"chain_id\":\"testnet\",\"resource_bounds\":{}}", STATUS_RESOURCE_BOUNDS,
         "resource_bounds"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_refused(&rows[i], &fee_table_default);
    }
}

static void a_payload_of_the_seed_is_one_call(void **state)
{
    (void)state;
    struct json_in at = parsed("{" SEED ",\"calldata\":[1000,0],\"max_fee\":\"0x1000000000000\","
                               "\"nonce\":1,\"chain_id\":\"testnet\",\"rpc_url\":\"http://x\"}");
    struct transaction transaction;
    assert_status(
        OK, transaction_seed_json(&arena, &at, &fee_table_default, CALL_CAIRO1, &transaction));
    assert_int_equal(TRANSACTION_INVOKE, transaction.kind);
    assert_false(transaction.has_sender || transaction.is_query);
    assert_felt(&chain_sepolia, &transaction.chain);
    assert_int_equal(1, transaction.calls.len);
    assert_int_equal(6, transaction.calldata.len);
    assert_true(transaction.calls.ptr[0].to.limb[0] == 0x123);
    assert_true(transaction.calldata.ptr[4].limb[0] == 1000);
    assert_true(transaction.nonce.limb[0] == 1);
    assert_true(transaction.bounds.l2_gas.max_amount == 21122);
}

static void bounds_of_the_seed_go_before_max_fee(void **state)
{
    (void)state;
    struct json_in at =
        parsed("{" SEED ",\"chain_id\":\"SN_MAIN\",\"max_fee\":1,\"tip\":9," BOUNDS "}");
    struct transaction transaction;
    assert_status(
        OK, transaction_seed_json(&arena, &at, &fee_table_default, CALL_CAIRO1, &transaction));
    assert_true(transaction.bounds.l2_gas.max_amount == 5000000 && transaction.tip == 9);
    assert_true(felt_is_zero(&transaction.nonce));
}

/* Sender, class, salt and constructor come from the account only where the request has none. */
static void an_account_fills_what_the_request_leaves_open(void **state)
{
    (void)state;
    const struct felt key = felt_from_u64(7);
    const struct account account = account_of(account_class_default(), &key);
    struct transaction transaction;
    struct json_in at = parsed(INVOKE CALLS "}");
    assert_status(OK, transaction_json(&arena, &at, CALL_CAIRO1, &transaction));
    assert_false(transaction.has_sender);
    assert_status(OK, transaction_use_account(&transaction, &account));
    assert_felt(&account.address, &transaction.sender);
    at = parsed(INVOKE CALLS ",\"sender_address\":\"0x5\"}");
    assert_status(OK, transaction_json(&arena, &at, CALL_CAIRO1, &transaction));
    assert_status(OK, transaction_use_account(&transaction, &account));
    assert_true(transaction.has_sender && transaction.sender.limb[0] == 5);
    at = parsed(DEPLOY "}");
    assert_status(OK, transaction_json(&arena, &at, CALL_CAIRO1, &transaction));
    assert_status(OK, transaction_use_account(&transaction, &account));
    assert_felt(&account.address, &transaction.sender);
    assert_felt(&account.class->hash, &transaction.class_hash);
    struct transaction again;
    assert_status(OK, starknet_vector_reread(&arena, &transaction, &again));
    assert_true(again.has_sender);
    assert_felt(&account.address, &again.sender);
}

/* The same felts are other calls in the other encoding, so the class decides which they are. */
static void the_encoding_is_the_classs(void **state)
{
    (void)state;
    static const char both[] = INVOKE "\"calldata\":[2,71,81,0,3,72,6,3,0,3,7,8,9]";
    const struct felt key = felt_from_u64(7);
    struct account_class old = *account_class_default();
    old.encoding = CALL_CAIRO0;
    const struct account accounts[] = {account_of(account_class_default(), &key),
                                       account_of(&old, &key)};
    char text[2048];
    for (unsigned said = 0; said < 3; said++) {
        static const char *const ends[] = {"}", ",\"cairo_version\":1}", ",\"cairo_version\":0}"};
        snprintf(text, sizeof text, "%s%s", both, ends[said]);
        for (unsigned class = 0; class < 2; class ++) {
            enum call_encoding encoding = accounts[class].class->encoding;
            struct json_in at = parsed(text);
            struct transaction transaction;
            assert_status(OK, transaction_json(&arena, &at, encoding, &transaction));
            bool agrees = said == 0 || said - 1 == class;
            assert_int_equal(agrees ? STATUS_OK : STATUS_CAIRO_VERSION,
                             transaction_use_account(&transaction, &accounts[class]).code);
            if (agrees) {
                assert_int_equal(transaction.calls.ptr[0].calldata.len, class == 0 ? 0 : 3);
            }
        }
    }
}

static void a_remembered_fee_is_the_same_fee(void **state)
{
    (void)state;
    static const char *const requests[] = {INVOKE CALLS "}", INVOKE CALLS ",\"tip\":1}",
                                           INVOKE CALLS ",\"tip\":1,\"sender_address\":5}",
                                           INVOKE CALLS "}",
                                           DECLARE ",\"class_hash\":1,\"compiled_class_hash\":2}"};
    struct transaction_fee_memory memory = {0};
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct transaction transaction;
        struct json_in at = parsed(requests[i]);
        assert_status(OK, transaction_json(&arena, &at, CALL_CAIRO1, &transaction));
        for (int bound = 0; bound < 3; bound++) {
            struct fee_bounds *bounds = &transaction.bounds;
            struct fee_bound *of[] = {&bounds->l1_gas, &bounds->l2_gas, &bounds->l1_data_gas};
            struct felt plain = transaction_hash(&transaction);
            struct felt first = transaction_hash_remembering(&transaction, &memory);
            struct felt second = transaction_hash_remembering(&transaction, &memory);
            assert_felt(&plain, &first);
            assert_felt(&plain, &second);
            of[bound]->max_amount++;
            of[(bound + 1) % 3]->max_price.limb[1]++;
        }
    }
}

/* Every member of the JSON changes the hash, but the proof. */
static void each_member_is_in_the_hash(void **state)
{
    (void)state;
    static const char *const variants[] = {
        INVOKE CALLS "}",
        INVOKE CALLS ",\"cairo_version\":0}",
        INVOKE CALLS ",\"version\":\"0x100000000000000000000000000000003\"}",
        INVOKE CALLS ",\"sender_address\":5}",
        INVOKE CALLS ",\"tip\":1}",
        INVOKE CALLS ",\"paymaster_data\":[0]}",
        INVOKE CALLS ",\"account_deployment_data\":[0]}",
        INVOKE CALLS ",\"nonce_data_availability_mode\":\"L2\"}",
        INVOKE CALLS ",\"fee_data_availability_mode\":\"L2\"}",
        INVOKE CALLS ",\"proof_facts\":[0]}",
        INVOKE "\"calls\":[]}",
    };
    enum { VARIANTS = sizeof variants / sizeof variants[0] };
    struct felt hashes[VARIANTS];
    struct transaction transaction;
    for (size_t i = 0; i < VARIANTS; i++) {
        struct json_in at = parsed(variants[i]);
        assert_status(OK, transaction_json(&arena, &at, CALL_CAIRO1, &transaction));
        hashes[i] = transaction_hash(&transaction);
        for (size_t j = 0; j < i; j++) {
            assert_false(felt_equal(&hashes[i], &hashes[j]));
        }
    }
    struct json_in at = parsed(INVOKE CALLS ",\"proof_facts\":[0],\"proof\":\"AAAA\"}");
    assert_status(OK, transaction_json(&arena, &at, CALL_CAIRO1, &transaction));
    struct felt hash = transaction_hash(&transaction);
    assert_felt(&hashes[9], &hash);
}

/* The order of members is free in JSON; the names and forms are those of JSON-RPC 0.10. */
static void what_is_written_is_what_a_node_takes(void **state)
{
    (void)state;
    struct json_in at = parsed(INVOKE CALLS ",\"sender_address\":\"0x00ff\",\"proof_facts\":[1],"
                                            "\"proof\":\"AAEC\"}");
    struct transaction transaction;
    assert_status(OK, transaction_json(&arena, &at, CALL_CAIRO1, &transaction));
    const struct felt rs[2] = {{{10}}, {{11}}};
    static uint8_t memory[4096];
    struct buf buf = buf_over(memory, sizeof memory);
    struct json_out out = json_out_over(&buf);
    transaction_out(&out, &transaction, (struct felts){rs, 2});
    assert_bytes(
        BYTES_LITERAL(
            "{\"type\":\"INVOKE\",\"version\":\"0x3\",\"nonce\":\"0x1\",\"resource_bounds\":{"
            "\"l1_gas\":{\"max_amount\":\"0x0\",\"max_price_per_unit\":\"0x0\"},"
            "\"l1_data_gas\":{\"max_amount\":\"0x200\",\"max_price_per_unit\":\"0x174876e800\"},"
            "\"l2_gas\":{\"max_amount\":\"0x4c4b40\",\"max_price_per_unit\":\"0xb2d05e00\"}},"
            "\"tip\":\"0x0\",\"paymaster_data\":[],\"nonce_data_availability_mode\":\"L1\","
            "\"fee_data_availability_mode\":\"L1\",\"sender_address\":\"0xff\","
            "\"account_deployment_data\":[],"
            "\"calldata\":[\"0x1\",\"0x1\",\"0x2\",\"0x1\",\"0x3\"],"
            "\"proof_facts\":[\"0x1\"],\"proof\":\"AAEC\",\"signature\":[\"0xa\",\"0xb\"]}"),
        buf_bytes(&buf));
}

/* The hash of a vector's input, as it is and after it was written and read again. */
static void run_hash(const struct json_in *vector, enum transaction_kind kind)
{
    struct json_in in = vector_file_member(vector, "in");
    struct json_in out = vector_file_member(vector, "out");
    struct felt expected = felt_in(&out, "hash");
    struct transaction first;
    struct transaction again;
    arena_reset(&arena);
    assert_status(OK, starknet_vector_transaction(&arena, &in, kind, &first));
    struct felt hash = transaction_hash(&first);
    assert_felt(&expected, &hash);
    assert_status(OK, starknet_vector_reread(&arena, &first, &again));
    hash = transaction_hash(&again);
    assert_felt(&expected, &hash);
}

static unsigned run_kind(const char *name, enum transaction_kind kind)
{
    struct json_in root = vector_file_root("starknet.json");
    struct json_in vectors = vector_file_member(&root, "vectors");
    unsigned count = 0;
    for (size_t i = 0; i < vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i);
        if (bytes_equal(vector_file_text(&vector, "kind"), bytes_of(name))) {
            run_hash(&vector, kind);
            count++;
        }
    }
    return count;
}

static void hashes_are_those_of_the_vectors(void **state)
{
    (void)state;
    assert_int_equal(27, run_kind("invoke_v3", TRANSACTION_INVOKE));
    assert_int_equal(4, run_kind("signer_e2e", TRANSACTION_INVOKE));
    assert_int_equal(10, run_kind("deploy_account_v3", TRANSACTION_DEPLOY_ACCOUNT));
    assert_int_equal(6, run_kind("declare_v3", TRANSACTION_DECLARE));
}

int main(void)
{
    if (!status_is_ok(arena_init(&arena, 64 << 20))) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_requests_are_refused_with_their_place),
        cmocka_unit_test(calldata_and_proof_facts_share_a_limit),
        cmocka_unit_test(other_payloads_of_the_seed_are_refused_with_their_place),
        cmocka_unit_test(a_payload_of_the_seed_is_one_call),
        cmocka_unit_test(bounds_of_the_seed_go_before_max_fee),
        cmocka_unit_test(an_account_fills_what_the_request_leaves_open),
        cmocka_unit_test(the_encoding_is_the_classs),
        cmocka_unit_test(a_remembered_fee_is_the_same_fee),
        cmocka_unit_test(each_member_is_in_the_hash),
        cmocka_unit_test(what_is_written_is_what_a_node_takes),
        cmocka_unit_test(hashes_are_those_of_the_vectors),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
