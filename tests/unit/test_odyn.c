#include "fixtures/unit.h"
#include "odyn/odyn.h"

static struct arena arena;

static struct json_in_doc parse(const char *text)
{
    struct json_in_doc doc;
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    return doc;
}

static void answers_of_another_shape_are_refused(void **state)
{
    (void)state;
    uint8_t address[ODYN_ADDRESS];
    uint8_t signature[ODYN_SIGNATURE];
    struct bytes text;
    struct json_in_doc doc = parse("{}");
    assert_status(MISSING_FIELD, odyn_read_address(&doc, address));
    assert_string_equal(doc.where, "address");
    assert_status(MISSING_FIELD, odyn_read_plaintext(&doc, &text));
    doc = parse("{\"address\":12,\"plaintext\":null}");
    assert_status(BAD_TYPE, odyn_read_address(&doc, address));
    assert_status(BAD_TYPE, odyn_read_plaintext(&doc, &text));
    doc = parse("{\"address\":\"0x19e7e376e7c213b7e7e7e46cc70a5dd086daff\"}");
    assert_status(INVALID_HEX, odyn_read_address(&doc, address));
    doc = parse("{\"address\":\"0x19e7e376e7c213b7e7e7e46cc70a5dd086daffzz\"}");
    memset(address, 1, sizeof address);
    assert_status(INVALID_HEX, odyn_read_address(&doc, address));
    for (size_t i = 0; i < sizeof address; i++) {
        assert_int_equal(address[i], 0);
    }
    doc = parse("{\"signature\":\"0x\"}");
    assert_status(INVALID_HEX, odyn_read_signature(&doc, signature));
    doc = parse("[\"signature\"]");
    assert_status(BAD_TYPE, odyn_read_signature(&doc, signature));
}

static void nonces_and_ciphertexts_have_their_least_lengths(void **state)
{
    (void)state;
    uint8_t nonce[ODYN_NONCE_MIN];
    uint8_t memory[4];
    struct buf out = buf_over(memory, sizeof memory);
    struct json_in_doc doc =
        parse("{\"nonce\":\"000102030405060708090a\",\"encrypted_data\":\"aabb\"}");
    assert_status(INVALID_HEX, odyn_read_encrypted(&doc, nonce, &out));
    doc = parse("{\"nonce\":\"000102030405060708090a0b\",\"encrypted_data\":\"\"}");
    assert_status(INVALID_HEX, odyn_read_encrypted(&doc, nonce, &out));
    doc = parse("{\"nonce\":\"000102030405060708090a0b\",\"encrypted_data\":\"aabbc\"}");
    assert_status(INVALID_HEX, odyn_read_encrypted(&doc, nonce, &out));
    doc = parse("{\"nonce\":\"000102030405060708090a0b\",\"encrypted_data\":\"aabbccddee\"}");
    assert_status(BUFFER_FULL, odyn_read_encrypted(&doc, nonce, &out));
    assert_int_equal(out.len, 0);
}

/* Both lengths of nonce occur; the cipher uses the first 12 bytes. */
static void nonces_of_twelve_and_thirty_two_bytes_are_taken(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "{\"nonce\":\"000102030405060708090a0b\",\"encrypted_data\":\"AABB\",\"x\":1}",
        "{\"nonce\":\"0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\","
        "\"encrypted_data\":\"0xaabb\"}",
    };
    for (size_t i = 0; i < 2; i++) {
        uint8_t nonce[ODYN_NONCE_MIN];
        uint8_t memory[2];
        struct buf out = buf_over(memory, sizeof memory);
        struct json_in_doc doc = parse(answers[i]);
        assert_status(OK, odyn_read_encrypted(&doc, nonce, &out));
        assert_bytes(unit_hex("000102030405060708090a0b"), BYTES_ARRAY(nonce));
        assert_bytes(unit_hex("aabb"), buf_bytes(&out));
    }
}

static void bodies_are_what_the_reference_shows(void **state)
{
    (void)state;
    uint8_t memory[1024];
    struct buf out = buf_over(memory, sizeof memory);
    odyn_sign_body(&out, BYTES_LITERAL("a\"b"));
    assert_bytes(BYTES_LITERAL("{\"message\":\"a\\\"b\",\"include_attestation\":false}"),
                 buf_bytes(&out));
    out = buf_over(memory, sizeof memory);
    struct odyn_transaction transaction = {
        .chain_id = 84532, .nonce = 1, .gas_limit = 300000, .data = BYTES_LITERAL("\x4d\xf7")};
    transaction.to[19] = 0x88;
    odyn_sign_transaction_body(&out, &transaction);
    assert_bytes(BYTES_LITERAL("{\"payload\":{\"kind\":\"structured\","
                               "\"chain_id\":\"0x14a34\","
                               "\"nonce\":\"0x1\","
                               "\"max_priority_fee_per_gas\":\"0x0\","
                               "\"max_fee_per_gas\":\"0x0\","
                               "\"gas_limit\":\"0x493e0\","
                               "\"to\":\"0x0000000000000000000000000000000000000088\","
                               "\"value\":\"0x0\",\"data\":\"0x4df7\"},"
                               "\"include_attestation\":false}"),
                 buf_bytes(&out));
    out = buf_over(memory, sizeof memory);
    odyn_attestation_body(&out, BYTES_LITERAL("n"), BYTES_LITERAL("b"));
    assert_bytes(BYTES_LITERAL("{\"nonce\":\"bg==\",\"user_data\":{\"coffer\":\"Yg==\"}}"),
                 buf_bytes(&out));
}

static void bodies_that_do_not_fit_leave_a_mark(void **state)
{
    (void)state;
    uint8_t memory[16];
    struct buf out = buf_over(memory, sizeof memory);
    odyn_sign_body(&out, BYTES_LITERAL("a longer text"));
    assert_status(BUFFER_FULL, buf_check(&out));
}

int main(void)
{
    assert_status(OK, arena_init(&arena, 1u << 20));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_another_shape_are_refused),
        cmocka_unit_test(nonces_and_ciphertexts_have_their_least_lengths),
        cmocka_unit_test(nonces_of_twelve_and_thirty_two_bytes_are_taken),
        cmocka_unit_test(bodies_are_what_the_reference_shows),
        cmocka_unit_test(bodies_that_do_not_fit_leave_a_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
