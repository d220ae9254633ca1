#include <stdio.h>

#include "ethereum/eth_rpc.h"
#include "fixtures/unit.h"

enum { FIRST = 41 };

static struct arena arena;

/* A request of so many calls, without its body. */
static struct eth_rpc asked(uint32_t count)
{
    return (struct eth_rpc){.first_id = FIRST, .count = count};
}

static struct status read_text(uint32_t count, const char *text, struct eth_rpc_answer *ret)
{
    struct eth_rpc rpc = asked(count);
    arena_reset(&arena);
    return eth_rpc_read(&rpc, bytes_of(text), &arena, ret);
}

/* The answer of one call whose result is this JSON. */
static struct eth_rpc_answer *answer_of(const char *result)
{
    static struct eth_rpc_answer answer;
    static char text[8192];
    snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":41,\"result\":%s}", result);
    assert_status(OK, read_text(1, text, &answer));
    assert_int_equal(1, answer.count);
    return &answer;
}

static void answers_that_do_not_fit_the_request_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t count;
        const char *text;
    } bad[] = {
        {1, ""},
        {1, "[]"},
        {1, "{}"},
        {1, "null"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":41}"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":40,\"result\":1}"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":42,\"result\":1}"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":\"41\",\"result\":1}"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":41.0,\"result\":1}"},
        {1, "{\"jsonrpc\":\"2.0\",\"result\":1}"},
        {1, "{\"jsonrpc\":\"1.0\",\"id\":41,\"result\":1}"},
        {1, "{\"jsonrpc\":2.0,\"id\":41,\"result\":1}"},
        {1, "{\"id\":41,\"result\":1}"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":41,\"id\":41,\"result\":1}"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":41,\"result\":1}{}"},
        {1, "[{\"jsonrpc\":\"2.0\",\"id\":41,\"result\":1}]"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":41,\"error\":null}"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":41,\"error\":\"no\"}"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":41,\"error\":{\"message\":\"m\"}}"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":41,\"error\":{\"code\":\"3\",\"message\":\"m\"}}"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":41,\"error\":{\"code\":3}}"},
        {1, "{\"jsonrpc\":\"2.0\",\"id\":41,\"result\":1,\"error\":{\"code\":3,\"message\":\"\"}}"},
        {2, "{\"jsonrpc\":\"2.0\",\"id\":41,\"result\":1}"},
        {2, "[{\"jsonrpc\":\"2.0\",\"id\":41,\"result\":1}]"},
        {2, "[{\"jsonrpc\":\"2.0\",\"id\":41,\"result\":1},"
            "{\"jsonrpc\":\"2.0\",\"id\":41,\"result\":1}]"},
        {2, "[{\"jsonrpc\":\"2.0\",\"id\":41,\"result\":1},"
            "{\"jsonrpc\":\"2.0\",\"id\":43,\"result\":1}]"},
        {2, "[{\"jsonrpc\":\"2.0\",\"id\":41,\"result\":1},7]"},
        {2, "[{\"jsonrpc\":\"2.0\",\"id\":41,\"result\":1},"
            "{\"jsonrpc\":\"2.0\",\"id\":42,\"result\":1},"
            "{\"jsonrpc\":\"2.0\",\"id\":42,\"result\":1}]"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct eth_rpc_answer answer;
        assert_status(RPC_INVALID, read_text(bad[i].count, bad[i].text, &answer));
        assert_int_equal(0, answer.count);
    }
}

static void a_refused_request_is_told_apart(void **state)
{
    (void)state;
    struct eth_rpc_answer answer;
    static const char text[] =
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32005,\"message\":\"limit\"}}";
    assert_status(RPC_ERROR, read_text(1, text, &answer));
    assert_status(RPC_ERROR, read_text(3, text, &answer));
    assert_int_equal(0, answer.count);
    static const char no_id[] = "{\"error\":{\"code\":429,\"message\":\"slow down\"}}";
    assert_status(RPC_ERROR, read_text(1, no_id, &answer));
}

static void bodies_and_memory_are_bounded(void **state)
{
    (void)state;
    static char text[LIMIT_ETH_RPC_BODY + 2];
    struct eth_rpc_answer answer;
    memset(text, ' ', sizeof text - 1);
    static const char good[] = "{\"jsonrpc\":\"2.0\",\"id\":41,\"result\":1}";
    memcpy(text, good, sizeof good - 1);
    assert_status(RPC_INVALID, read_text(1, text, &answer));
    text[LIMIT_ETH_RPC_BODY] = 0;
    assert_status(OK, read_text(1, text, &answer));
    struct arena small;
    struct eth_rpc rpc = asked(1);
    assert_status(OK, arena_init(&small, 4096));
    assert_non_null(arena_alloc(&small, 4096 - 64));
    assert_status(NO_MEMORY, eth_rpc_read(&rpc, bytes_of(good), &small, &answer));
    arena_deinit(&small);
}

static void entries_are_found_in_any_order(void **state)
{
    (void)state;
    struct eth_rpc_answer answer;
    uint64_t number;
    assert_status(OK, read_text(3,
                                "[{\"jsonrpc\":\"2.0\",\"id\":43,\"result\":\"0x3\"},"
                                "{\"id\":41,\"result\":\"0x1\",\"jsonrpc\":\"2.0\"},"
                                "{\"error\":{\"code\":-32000,\"message\":\"header not found\"},"
                                "\"result\":null,\"jsonrpc\":\"2.0\",\"id\":42}]",
                                &answer));
    assert_status(OK, eth_rpc_u64(&answer, 0, &number));
    assert_int_equal(1, number);
    assert_status(OK, eth_rpc_u64(&answer, 2, &number));
    assert_int_equal(3, number);
    assert_status(RPC_ERROR, eth_rpc_u64(&answer, 1, &number));
    assert_int_equal(0, number);
    assert_true(eth_rpc_entry(&answer, 1)->error_code == -32000);
    assert_bytes(BYTES_LITERAL("header not found"), eth_rpc_entry(&answer, 1)->message);
}

/* As geth, anvil, older geth and Nethermind word it. */
static void reverts_are_told_from_other_errors(void **state)
{
    (void)state;
    static const struct {
        const char *error;
        bool is_revert;
        const char *data;
    } rows[] = {
        {"{\"code\":3,\"message\":\"execution reverted\",\"data\":\"0xa76d08c2\"}", true,
         "a76d08c2"},
        {"{\"code\":3,\"message\":\"execution reverted: custom\",\"data\":\"0x\"}", true, ""},
        {"{\"code\":-32000,\"message\":\"execution reverted\"}", true, ""},
        {"{\"code\":-32015,\"message\":\"VM execution error.\",\"data\":\"Reverted 0x\"}", true,
         ""},
        {"{\"code\":3,\"message\":\"m\",\"data\":{\"reason\":\"other form\"}}", true, ""},
        {"{\"code\":-32000,\"message\":\"nonce too low\"}", false, ""},
        {"{\"code\":-32601,\"message\":\"not found: execution reverted\"}", false, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512];
        struct eth_rpc_answer answer;
        struct bytes data;
        snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":41,\"error\":%s}", rows[i].error);
        assert_status(OK, read_text(1, text, &answer));
        struct status status = eth_rpc_data(&answer, 0, &data);
        assert_int_equal(rows[i].is_revert ? STATUS_CALL_REVERTED : STATUS_RPC_ERROR, status.code);
        assert_bytes(unit_hex(rows[i].data), eth_rpc_entry(&answer, 0)->revert);
    }
}

static void quantities_have_one_form(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "0",        "1",        "\"\"",    "\"0x\"",   "\"1\"", "\"0x00\"",
        "\"0x01\"", "\"0xA\"",  "\"0X1\"", "\"0x1g\"", "[]",    "{}",
        "\" 0x1\"", "\"0x1 \"", "true",    "\"-0x1\"", "1.5",
    };
    uint64_t number;
    uint8_t amount[32];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        number = 7;
        amount[31] = 7;
        assert_status(RPC_INVALID, eth_rpc_u64(answer_of(bad[i]), 0, &number));
        assert_status(RPC_INVALID, eth_rpc_u256(answer_of(bad[i]), 0, amount));
        assert_int_equal(0, number | amount[31]);
    }
    assert_status(RPC_NOTHING, eth_rpc_u64(answer_of("null"), 0, &number));
    assert_status(OK, eth_rpc_u64(answer_of("\"0x0\""), 0, &number));
    assert_int_equal(0, number);
    assert_status(OK, eth_rpc_u64(answer_of("\"0xffffffffffffffff\""), 0, &number));
    assert_true(number == UINT64_MAX);
    assert_status(RPC_INVALID, eth_rpc_u64(answer_of("\"0x10000000000000000\""), 0, &number));
    assert_status(OK, eth_rpc_u256(answer_of("\"0x10000000000000002\""), 0, amount));
    assert_int_equal(1, amount[23]);
    assert_int_equal(2, amount[31]);
    assert_status(
        RPC_INVALID,
        eth_rpc_u256(answer_of("\"0x1000000000000000000000000000000000000000000000000000000"
                               "0000000000\""),
                     0, amount));
}

static void data_and_hashes_are_whole_bytes(void **state)
{
    (void)state;
    static const char *const bad[] = {"1", "\"\"", "\"ab\"", "\"0x1\"", "\"0xgg\"", "[]"};
    struct bytes data;
    uint8_t hash[32];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(RPC_INVALID, eth_rpc_data(answer_of(bad[i]), 0, &data));
        assert_int_equal(0, data.len);
        assert_status(RPC_INVALID, eth_rpc_hash(answer_of(bad[i]), 0, hash));
    }
    assert_status(RPC_NOTHING, eth_rpc_data(answer_of("null"), 0, &data));
    assert_status(OK, eth_rpc_data(answer_of("\"0x\""), 0, &data));
    assert_int_equal(0, data.len);
    assert_status(OK, eth_rpc_data(answer_of("\"0x00Ff\""), 0, &data));
    assert_bytes(unit_hex("00ff"), data);
    assert_status(OK,
                  eth_rpc_hash(answer_of("\"0x1111111111111111111111111111111111111111111111111111"
                                         "111111111122\""),
                               0, hash));
    assert_int_equal(0x22, hash[31]);
}

#define ONES "0x1111111111111111111111111111111111111111111111111111111111111111"
#define TWOS "0x2222222222222222222222222222222222222222222222222222222222222222"

static void blocks_are_those_asked_for(void **state)
{
    (void)state;
    static const char block[] = "{\"number\":\"0x10\",\"hash\":\"" ONES "\",\"parentHash\":\"" TWOS
                                "\",\"timestamp\":\"0x6553f100\",\"baseFeePerGas\":\"0x7\","
                                "\"transactions\":[\"" ONES "\"],\"extra\":{\"a\":[1]}}";
    struct eth_rpc_at at = {.kind = ETH_RPC_LATEST};
    struct eth_rpc_header header;
    assert_status(OK, eth_rpc_read_block(answer_of(block), 0, &at, &header));
    assert_int_equal(16, header.number);
    assert_int_equal(0x11, header.hash[0]);
    assert_int_equal(0x22, header.parent[31]);
    assert_int_equal(1700000000, header.timestamp);
    assert_true(header.has_base_fee && header.base_fee == 7);
    at = (struct eth_rpc_at){.kind = ETH_RPC_NUMBER, .number = 16};
    assert_status(OK, eth_rpc_read_block(answer_of(block), 0, &at, &header));
    at.number = 17;
    assert_status(RPC_INVALID, eth_rpc_read_block(answer_of(block), 0, &at, &header));
    assert_int_equal(0, header.number | header.timestamp | header.hash[0]);
    at.kind = ETH_RPC_BLOCK_HASH;
    memset(at.hash, 0x11, sizeof at.hash);
    assert_status(OK, eth_rpc_read_block(answer_of(block), 0, &at, &header));
    at.hash[31] ^= 1;
    assert_status(RPC_INVALID, eth_rpc_read_block(answer_of(block), 0, &at, &header));
}

static void blocks_with_a_member_missing_or_wrong_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "7",
        "{}",
        "{\"hash\":\"" ONES "\",\"parentHash\":\"" TWOS "\",\"timestamp\":\"0x1\"}",
        "{\"number\":null,\"hash\":\"" ONES "\",\"parentHash\":\"" TWOS "\",\"timestamp\":\"0x1\"}",
        "{\"number\":\"0x1\",\"hash\":\"0x11\",\"parentHash\":\"" TWOS "\",\"timestamp\":\"0x1\"}",
        "{\"number\":\"0x1\",\"hash\":\"" ONES "\",\"timestamp\":\"0x1\"}",
        "{\"number\":\"0x1\",\"hash\":\"" ONES "\",\"parentHash\":\"" TWOS "\"}",
        "{\"number\":\"0x1\",\"hash\":\"" ONES "\",\"parentHash\":\"" TWOS "\",\"timestamp\":1}",
        "{\"number\":\"0x1\",\"hash\":\"" ONES "\",\"parentHash\":\"" TWOS
        "\",\"timestamp\":\"0x1\",\"baseFeePerGas\":\"7\"}",
    };
    struct eth_rpc_at at = {.kind = ETH_RPC_LATEST};
    struct eth_rpc_header header;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(RPC_INVALID, eth_rpc_read_block(answer_of(bad[i]), 0, &at, &header));
        assert_int_equal(0, header.number);
    }
    assert_status(RPC_NOTHING, eth_rpc_read_block(answer_of("null"), 0, &at, &header));
    assert_status(OK,
                  eth_rpc_read_block(answer_of("{\"number\":\"0x1\",\"hash\":\"" ONES
                                               "\",\"parentHash\":\"" TWOS
                                               "\",\"timestamp\":\"0x1\",\"baseFeePerGas\":null}"),
                                     0, &at, &header));
    assert_false(header.has_base_fee);
}

static void receipts_are_those_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *hash;
        const char *status;
        unsigned code;
    } rows[] = {
        {ONES, "\"0x1\"", STATUS_OK},          {ONES, "\"0x0\"", STATUS_OK},
        {TWOS, "\"0x1\"", STATUS_RPC_INVALID}, {ONES, "\"0x2\"", STATUS_RPC_INVALID},
        {ONES, "null", STATUS_RPC_INVALID},    {ONES, "true", STATUS_RPC_INVALID},
    };
    uint8_t transaction[32];
    memset(transaction, 0x11, sizeof transaction);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512];
        struct eth_rpc_outcome outcome;
        snprintf(text, sizeof text,
                 "{\"transactionHash\":\"%s\",\"status\":%s,\"blockNumber\":\"0x9\","
                 "\"blockHash\":\"" TWOS "\",\"gasUsed\":\"0x5208\",\"logs\":[]}",
                 rows[i].hash, rows[i].status);
        struct status status = eth_rpc_read_receipt(answer_of(text), 0, transaction, &outcome);
        assert_int_equal(rows[i].code, status.code);
        assert_int_equal(rows[i].code == STATUS_OK ? 21000 : 0, outcome.gas_used);
        assert_int_equal(rows[i].code == STATUS_OK && i == 0, outcome.is_success);
    }
    struct eth_rpc_outcome outcome;
    assert_status(RPC_NOTHING, eth_rpc_read_receipt(answer_of("null"), 0, transaction, &outcome));
}

#define WALLET "\"0x0101010101010101010101010101010101010101\""

static void requests_are_as_the_standard_has_them(void **state)
{
    (void)state;
    static uint8_t memory[4096];
    struct buf buf = buf_over(memory, sizeof memory);
    struct eth_rpc rpc = eth_rpc_start(&buf, 7);
    struct eth_address wallet;
    struct eth_rpc_at hash = {.kind = ETH_RPC_BLOCK_HASH};
    struct bytes body;
    memset(wallet.b, 1, sizeof wallet.b);
    memset(hash.hash, 0x11, sizeof hash.hash);
    eth_rpc_chain_id(&rpc);
    eth_rpc_max_priority_fee(&rpc);
    eth_rpc_block(&rpc, &(struct eth_rpc_at){.kind = ETH_RPC_SAFE});
    eth_rpc_block(&rpc, &(struct eth_rpc_at){.kind = ETH_RPC_NUMBER, .number = 0});
    eth_rpc_block(&rpc, &hash);
    eth_rpc_code(&rpc, &wallet, &hash);
    eth_rpc_transaction_count(&rpc, &wallet, &(struct eth_rpc_at){.kind = ETH_RPC_PENDING});
    eth_rpc_balance(&rpc, &wallet, &(struct eth_rpc_at){.kind = ETH_RPC_FINALIZED});
    eth_rpc_call(&rpc, &wallet, unit_hex("1ef99d10"), &hash);
    eth_rpc_call(&rpc, &wallet, unit_hex(""),
                 &(struct eth_rpc_at){.kind = ETH_RPC_NUMBER, .number = UINT64_MAX});
    eth_rpc_estimate_gas(&rpc, &wallet, &(struct eth_address){{1}}, unit_hex("1ef99d10"));
    eth_rpc_send(&rpc, unit_hex("02c0"));
    eth_rpc_receipt(&rpc, hash.hash);
    assert_status(OK, eth_rpc_finish(&rpc, &body));
    static const char *const rows[][2] = {
        {"eth_chainId", ""},
        {"eth_maxPriorityFeePerGas", ""},
        {"eth_getBlockByNumber", "\"safe\",false"},
        {"eth_getBlockByNumber", "\"0x0\",false"},
        {"eth_getBlockByHash", "\"" ONES "\",false"},
        {"eth_getCode", WALLET ",{\"blockHash\":\"" ONES "\",\"requireCanonical\":true}"},
        {"eth_getTransactionCount", WALLET ",\"pending\""},
        {"eth_getBalance", WALLET ",\"finalized\""},
        {"eth_call", "{\"to\":" WALLET ",\"data\":\"0x1ef99d10\"},"
                     "{\"blockHash\":\"" ONES "\",\"requireCanonical\":true}"},
        {"eth_call", "{\"to\":" WALLET ",\"data\":\"0x\"},\"0xffffffffffffffff\""},
        {"eth_estimateGas",
         "{\"from\":" WALLET ",\"to\":\"0x0100000000000000000000000000000000000000\","
         "\"data\":\"0x1ef99d10\"},\"latest\""},
        {"eth_sendRawTransaction", "\"0x02c0\""},
        {"eth_getTransactionReceipt", "\"" ONES "\""},
    };
    char expected[4096] = "[";
    size_t len = 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        len += (size_t)snprintf(expected + len, sizeof expected - len,
                                "%s{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"%s\","
                                "\"params\":[%s]}",
                                i == 0 ? "" : ",", 7 + i, rows[i][0], rows[i][1]);
        assert_true(len < sizeof expected - 2);
    }
    memcpy(expected + len, "]", 2);
    assert_bytes(bytes_of(expected), body);
}

static void one_call_is_no_array_and_a_full_buffer_is_noticed(void **state)
{
    (void)state;
    uint8_t memory[100];
    struct bytes body;
    for (size_t cap = 0; cap <= sizeof memory; cap++) {
        struct buf buf = buf_over(memory, cap);
        struct eth_rpc rpc = eth_rpc_start(&buf, 0);
        eth_rpc_chain_id(&rpc);
        struct status status = eth_rpc_finish(&rpc, &body);
        static const char expected[] =
            "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"eth_chainId\",\"params\":[]}";
        if (cap < sizeof expected + 1) {
            assert_int_equal(STATUS_BUFFER_FULL, status.code);
            assert_int_equal(0, body.len);
        } else {
            assert_bytes(bytes_of(expected), body);
        }
    }
}

int main(void)
{
    assert_status(OK, arena_init(&arena, 64u << 20));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_that_do_not_fit_the_request_are_refused),
        cmocka_unit_test(a_refused_request_is_told_apart),
        cmocka_unit_test(bodies_and_memory_are_bounded),
        cmocka_unit_test(entries_are_found_in_any_order),
        cmocka_unit_test(reverts_are_told_from_other_errors),
        cmocka_unit_test(quantities_have_one_form),
        cmocka_unit_test(data_and_hashes_are_whole_bytes),
        cmocka_unit_test(blocks_are_those_asked_for),
        cmocka_unit_test(blocks_with_a_member_missing_or_wrong_are_refused),
        cmocka_unit_test(receipts_are_those_asked_for),
        cmocka_unit_test(requests_are_as_the_standard_has_them),
        cmocka_unit_test(one_call_is_no_array_and_a_full_buffer_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
