#include "ethereum/eth_transaction.h"
#include "fixtures/vector_file.h"

static struct k256_key key_of(const char *hex)
{
    struct secret32 bytes;
    struct k256_key key;
    memcpy(bytes.b, unit_hex(hex).ptr, sizeof bytes.b);
    assert_status(OK, k256_key_from(&bytes, &key));
    return key;
}

static struct k256_key kms_key(void)
{
    return key_of("1111111111111111111111111111111111111111111111111111111111111111");
}

static struct eth_transaction small(void)
{
    struct eth_transaction transaction = {
        .chain_id = 84532,
        .nonce = 3,
        .max_priority_fee_per_gas = 1000000,
        .max_fee_per_gas = 2001000000,
        .gas_limit = 300000,
        .value = {[31] = 5},
        .data = BYTES_LITERAL("data"),
    };
    memset(transaction.to.b, 0x44, sizeof transaction.to.b);
    return transaction;
}

static void data_that_is_too_long_is_refused(void **state)
{
    (void)state;
    static uint8_t data[LIMIT_ETH_DATA + 1];
    static uint8_t memory[ETH_TRANSACTION_MAX];
    struct k256_key key = kms_key();
    struct eth_transaction transaction = small();
    uint8_t hash[ETH_TRANSACTION_HASH] = {1};
    struct buf raw = buf_over(memory, sizeof memory);
    transaction.chain_id = transaction.nonce = transaction.gas_limit = UINT64_MAX;
    transaction.max_fee_per_gas = transaction.max_priority_fee_per_gas = UINT64_MAX;
    memset(transaction.value, 0xff, sizeof transaction.value);
    transaction.data = BYTES_ARRAY(data);
    assert_status(BUFFER_FULL, eth_transaction_sign(&transaction, &key, &raw, hash));
    assert_int_equal(0, hash[0]);
    assert_status(BUFFER_FULL, eth_transaction_signing_hash(&transaction, hash));
    /* The largest transaction fits. */
    transaction.data.len = LIMIT_ETH_DATA;
    raw = buf_over(memory, sizeof memory);
    assert_status(OK, eth_transaction_sign(&transaction, &key, &raw, hash));
    size_t len = raw.len;
    raw = buf_over(memory, len - 1);
    assert_status(BUFFER_FULL, eth_transaction_sign(&transaction, &key, &raw, hash));
}

static void a_key_that_was_never_made_signs_nothing(void **state)
{
    (void)state;
    static const struct k256_key none;
    uint8_t memory[ETH_TRANSACTION_MAX];
    struct buf raw = buf_over(memory, sizeof memory);
    uint8_t hash[ETH_TRANSACTION_HASH] = {1};
    struct eth_transaction transaction = small();
    assert_status(KEY_INVALID, eth_transaction_sign(&transaction, &none, &raw, hash));
    assert_int_equal(0, hash[0] | raw.len);
}

static void the_vector_agrees(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("nova.json");
    struct json_in at = vector_file_member(&root, "tx1559");
    struct k256_key key = kms_key();
    struct eth_transaction transaction = {
        .chain_id = vector_file_u64(&at, "chain_id"),
        .nonce = vector_file_u64(&at, "nonce"),
        .max_priority_fee_per_gas = vector_file_u64(&at, "max_priority_fee_per_gas"),
        .max_fee_per_gas = vector_file_u64(&at, "max_fee_per_gas"),
        .gas_limit = vector_file_u64(&at, "gas"),
        .data = vector_file_hex(&at, "data"),
    };
    uint8_t hash[ETH_TRANSACTION_HASH];
    uint8_t memory[ETH_TRANSACTION_MAX];
    struct buf raw = buf_over(memory, sizeof memory);
    assert_status(OK, eth_address_read(vector_file_text(&at, "to"), &transaction.to));
    assert_status(OK, eth_transaction_signing_hash(&transaction, hash));
    assert_bytes(vector_file_hex(&at, "sighash"), BYTES_ARRAY(hash));
    assert_status(OK, eth_transaction_sign(&transaction, &key, &raw, hash));
    assert_bytes(vector_file_hex(&at, "raw"), buf_bytes(&raw));
    assert_bytes(vector_file_hex(&at, "tx_hash"), BYTES_ARRAY(hash));
}

/* Raw bytes that are not this transaction with a good signature are nobody's. */
static void only_the_same_transaction_has_a_signer(void **state)
{
    (void)state;
    static uint8_t memory[ETH_TRANSACTION_MAX];
    struct k256_key key = kms_key();
    struct eth_transaction transaction = small();
    struct buf raw = buf_over(memory, sizeof memory);
    uint8_t hash[ETH_TRANSACTION_HASH];
    struct eth_address signer;
    struct eth_address expected;
    assert_status(OK, eth_address_read(BYTES_LITERAL("0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"),
                                       &expected));
    assert_status(OK, eth_transaction_sign(&transaction, &key, &raw, hash));
    assert_status(OK, eth_transaction_signer(&transaction, buf_bytes(&raw), &signer));
    assert_true(eth_address_equal(&expected, &signer));
    for (size_t bit = 0; bit < 8 * raw.len; bit++) {
        memory[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct status status = eth_transaction_signer(&transaction, buf_bytes(&raw), &signer);
        assert_true(status_is_ok(status) || eth_address_is_zero(&signer));
        assert_false(eth_address_equal(&expected, &signer));
        memory[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t len = 0; len < raw.len; len++) {
        assert_status(INVALID_TRANSACTION,
                      eth_transaction_signer(&transaction, (struct bytes){memory, len}, &signer));
    }
    struct bytes longer = {memory, raw.len + 1};
    memory[raw.len] = 0;
    assert_status(INVALID_TRANSACTION, eth_transaction_signer(&transaction, longer, &signer));

    struct eth_transaction others[7];
    for (size_t i = 0; i < 7; i++) {
        others[i] = transaction;
    }
    others[0].chain_id++;
    others[1].nonce++;
    others[2].max_priority_fee_per_gas++;
    others[3].max_fee_per_gas++;
    others[4].gas_limit++;
    others[5].to.b[0]++;
    others[6].value[0]++;
    for (size_t i = 0; i < 7; i++) {
        assert_status(INVALID_TRANSACTION,
                      eth_transaction_signer(&others[i], buf_bytes(&raw), &signer));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_that_is_too_long_is_refused),
        cmocka_unit_test(a_key_that_was_never_made_signs_nothing),
        cmocka_unit_test(the_vector_agrees),
        cmocka_unit_test(only_the_same_transaction_has_a_signer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
