#include <stdio.h>

#include "authenticators/eip4361.h"
#include "codec/hex.h"
#include "ethereum/eip191.h"
#include "fixtures/unit.h"
#include "fixtures/vector_file.h"

#define ORIGIN "https://app.example"
#define TIME   "2026-01-02T03:04:05.678Z"

/* The key 0x11 32 times. Message and signature are those of siwe 3.0.0 and ethers 6.17.0. */
#define SIG                                                            \
    "0xc731e6502fdaed50eb1a95d5c9826d9d24c0fb389aed900abe1378aabbafd9" \
    "0568754ffc6363f71ad134d7a7b15eb94f5feb71d575fc5754be451638a2e582ea1b"

static const char message_of_siwe[] =
    "app.example wants you to sign in with your Ethereum account:\n"
    "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A\n\nCoffer login\n\n"
    "URI: https://app.example\nVersion: 1\nChain ID: 1\n"
    "Nonce: 31b6a5f0bc8f7b5136fd689d5dca25d1dec8222ab8a0085c17e32568e06c1ba2\n"
    "Issued At: 2026-01-02T03:04:05.678Z";

static const struct bytes origins[] = {
    {(const uint8_t *)"http://localhost:8080", 21},
    {(const uint8_t *)ORIGIN, sizeof ORIGIN - 1},
    {(const uint8_t *)"android:apk-key-hash:abc", 24},
    {(const uint8_t *)"https://", 8},
};
static const struct authenticator_rules rules = {.origins = origins, .origin_count = 4};

static struct arena arena;
static uint8_t proof_of[AUTH_TEXT_HASH];
static struct eth_address wallet;
static struct authenticator_said said;

static int prepare(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("users.json");
    memcpy(proof_of, vector_file_hex(&root, "P").ptr, sizeof proof_of);
    memcpy(wallet.b, unit_hex("19e7e376e7c213b7e7e7e46cc70a5dd086daff2a").ptr, sizeof wallet.b);
    said = (struct authenticator_said){
        .proof_of = proof_of, .purpose = BYTES_LITERAL("login"), .is_login = true};
    if (arena.base == NULL) {
        assert_status(OK, arena_init(&arena, 1 << 18));
    }
    arena_reset(&arena);
    return 0;
}

static struct status read_proof(const char *json)
{
    struct eip4361 read;
    arena_reset(&arena);
    return eip4361_read(&arena, bytes_of(json), &rules, &read);
}

static struct status verify(const char *json)
{
    const struct authenticator_claim claim = {
        .scheme = AUTH_EIP191, .key = BYTES_ARRAY(wallet.b), .proof = bytes_of(json)};
    arena_reset(&arena);
    return eip4361_verify(&arena, &said, &rules, &claim);
}

/* In: each as JSON. */
static const char *proof_with(const char *origin, const char *chain, const char *time,
                              const char *signature)
{
    static char json[1024];
    snprintf(json, sizeof json, "{\"origin\":%s,\"chain_id\":%s,\"issued_at\":%s,\"sig\":%s}",
             origin, chain, time, signature);
    return json;
}

#define GOOD proof_with("\"" ORIGIN "\"", "1", "\"" TIME "\"", "\"" SIG "\"")

static void a_proof_of_another_form_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "\"" ORIGIN "\"",
        "{\"origin\":\"" ORIGIN "\",\"chain_id\":1,\"issued_at\":\"" TIME "\"}",
        "{\"origin\":\"" ORIGIN "\",\"chain_id\":1,\"sig\":\"" SIG "\"}",
        "{\"origin\":\"" ORIGIN "\",\"issued_at\":\"" TIME "\",\"sig\":\"" SIG "\"}",
        "{\"chain_id\":1,\"issued_at\":\"" TIME "\",\"sig\":\"" SIG "\"}",
        "{\"origin\":\"" ORIGIN "\",\"chain_id\":1,\"issued_at\":\"" TIME "\",\"sig\":\"" SIG
        "\",\"statement\":\"\"}",
        "{\"origin\":\"" ORIGIN "\",\"chain_id\":1,\"issued_at\":\"" TIME "\",\"sig\":\"" SIG
        "\",\"origin\":\"" ORIGIN "\"}",
        "{\"origin\":\"" ORIGIN "\",\"chain_id\":1,\"issued_at\":\"" TIME "\",\"sig\":\"" SIG
        "\"}{}",
        "{\"origin\":\"" ORIGIN "\",\"chain_id\":1,\"issued_at\":\"" TIME "\",\"sig\":\"" SIG
        "\"} x",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(BAD_REQUEST, read_proof(bad[i]));
    }
    assert_status(BAD_REQUEST, read_proof(proof_with("null", "1", "\"" TIME "\"", "\"" SIG "\"")));
    char longer[2100];
    memset(longer, ' ', sizeof longer);
    memcpy(longer, GOOD, strlen(GOOD));
    longer[2048] = '\0';
    assert_status(OK, read_proof(longer));
    longer[2048] = ' ';
    longer[2049] = '\0';
    assert_status(BAD_REQUEST, read_proof(longer));
    assert_status(OK, read_proof(GOOD));
}

static void chain_and_signature_have_one_form(void **state)
{
    (void)state;
    static const char *const chains[] = {
        "0", "-1", "1.0", "1e0", "\"1\"", "true", "null", "0x1", "9007199254740992", "01"};
    static const char *const signatures[] = {"null", "1", "\"\"", "\"0x\"", "[\"" SIG "\"]"};
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        assert_status(BAD_REQUEST, read_proof(proof_with("\"" ORIGIN "\"", chains[i],
                                                         "\"" TIME "\"", "\"" SIG "\"")));
    }
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        assert_status(BAD_REQUEST,
                      read_proof(proof_with("\"" ORIGIN "\"", "1", "\"" TIME "\"", signatures[i])));
    }
    assert_status(OK, read_proof(proof_with("\"" ORIGIN "\"", "9007199254740991", "\"" TIME "\"",
                                            "\"" SIG "\"")));
}

static void assert_time(bool is_good, const char *time)
{
    char json[80];
    snprintf(json, sizeof json, "\"%s\"", time);
    bool is_taken =
        status_is_ok(read_proof(proof_with("\"" ORIGIN "\"", "1", json, "\"" SIG "\"")));
    if (is_taken != is_good) {
        fail_msg("%s", time);
    }
}

static void a_time_is_that_of_rfc_3339(void **state)
{
    (void)state;
    static const char *const good[] = {
        "2026-01-02T03:04:05Z",           "2026-01-02T03:04:05.6Z",    "2026-12-31T23:59:59+23:59",
        "2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05-00:30", "2024-02-29T00:00:00Z",
        "2000-02-29T00:00:00Z",           "2026-04-30T00:00:00Z",
    };
    static const char *const bad[] = {
        "",
        "2026-01-02",
        "2026-01-02T03:04Z",
        "2026-01-02T03:04:05",
        "2026-01-02 03:04:05Z",
        "2026-01-02t03:04:05Z",
        "2026-01-02T03:04:05z",
        "2026-01-02T03:04:05ZZ",
        "2026-01-02T03:04:05Z\\n",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05.1234567890Z",
        "2026-01-02T03:04:05.6",
        "2026-01-02T03:04:05,6Z",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:60Z",
        "2026-00-02T03:04:05Z",
        "2026-13-02T03:04:05Z",
        "2026-99-02T03:04:05Z",
        "2026-1x-02T03:04:05Z",
        "2026-01-00T03:04:05Z",
        "2026-01-32T03:04:05Z",
        "2026-04-31T03:04:05Z",
        "2026-02-29T03:04:05Z",
        "1900-02-29T03:04:05Z",
        "2024-02-30T03:04:05Z",
        "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05+01:60",
        "2026-01-02T03:04:05+01",
        "2026-01-02T03:04:05+0100",
        "2026-01-02T03:04:05+01:00Z",
        "2026-01-02T03:04:05*01:00",
        "x026-01-02T03:04:05Z",
        "20x6-01-02T03:04:05Z",
        "2026/01-02T03:04:05Z",
        "2026-01/02T03:04:05Z",
        "2026-01-02T03.04:05Z",
        "2026-01-02T03:04.05Z",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_time(true, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_time(false, bad[i]);
    }
}

/* One with no domain is not one that a wallet can show. */
static void an_origin_is_listed_byte_for_byte(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\"\"",
        "\"https://app.example/\"",
        "\"https://app.exampl\"",
        "\"https://App.example\"",
        "\"http://app.example\"",
        "\"https://app.example:443\"",
        "\"https://app.example.evil.example\"",
        "\"https://\"",
        "\"android:apk-key-hash:abc\"",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(ORIGIN_UNLISTED,
                      read_proof(proof_with(bad[i], "1", "\"" TIME "\"", "\"" SIG "\"")));
    }
    const struct authenticator_rules none = {.origins = NULL};
    struct eip4361 read;
    assert_status(ORIGIN_UNLISTED, eip4361_read(&arena, bytes_of(GOOD), &none, &read));
}

static void the_message_is_that_of_siwe(void **state)
{
    (void)state;
    uint8_t memory[EIP4361_TEXT];
    struct buf out = buf_over(memory, sizeof memory);
    struct eip4361 read;
    assert_status(OK, eip4361_read(&arena, bytes_of(GOOD), &rules, &read));
    assert_status(OK, eip4361_put(&read, &wallet, &said, &out));
    assert_bytes(bytes_of(message_of_siwe), buf_bytes(&out));
    assert_status(OK, verify(GOOD));
    out = buf_over(memory, 100);
    assert_status(BUFFER_FULL, eip4361_put(&read, &wallet, &said, &out));
}

/* Every piece of it is signed: none can be another. */
static void another_message_was_not_signed(void **state)
{
    (void)state;
    assert_status(SIGNATURE_INVALID, verify(proof_with("\"http://localhost:8080\"", "1",
                                                       "\"" TIME "\"", "\"" SIG "\"")));
    assert_status(SIGNATURE_INVALID,
                  verify(proof_with("\"" ORIGIN "\"", "2", "\"" TIME "\"", "\"" SIG "\"")));
    assert_status(
        SIGNATURE_INVALID,
        verify(proof_with("\"" ORIGIN "\"", "1", "\"2026-01-02T03:04:05.679Z\"", "\"" SIG "\"")));
    said.purpose = BYTES_LITERAL("step-up");
    assert_status(SIGNATURE_INVALID, verify(GOOD));
    said.purpose = BYTES_LITERAL("login");
    for (size_t i = 0; i < 8 * sizeof proof_of; i++) {
        proof_of[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_status(SIGNATURE_INVALID, verify(GOOD));
        proof_of[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    wallet.b[19] ^= 1;
    assert_status(SIGNATURE_INVALID, verify(GOOD));
    wallet.b[19] ^= 1;
    assert_status(OK, verify(GOOD));
}

/* The other half of the same signature: n - s, and the other v. */
static void a_high_s_is_refused(void **state)
{
    (void)state;
    static const char *const high =
        "\"0xc731e6502fdaed50eb1a95d5c9826d9d24c0fb389aed900abe1378aabbafd905"
        "978ab0039c9c08e52ecb28584ea146af5ac36b11394c48e7018d48542d50be571c\"";
    assert_status(SIGNATURE_INVALID,
                  verify(proof_with("\"" ORIGIN "\"", "1", "\"" TIME "\"", high)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_proof_of_another_form_is_refused, prepare),
        cmocka_unit_test_setup(chain_and_signature_have_one_form, prepare),
        cmocka_unit_test_setup(a_time_is_that_of_rfc_3339, prepare),
        cmocka_unit_test_setup(an_origin_is_listed_byte_for_byte, prepare),
        cmocka_unit_test_setup(the_message_is_that_of_siwe, prepare),
        cmocka_unit_test_setup(another_message_was_not_signed, prepare),
        cmocka_unit_test_setup(a_high_s_is_refused, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
