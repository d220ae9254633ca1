#include <stdio.h>

#include "authenticators/snip12_login.h"
#include "codec/hex.h"
#include "fixtures/unit.h"
#include "fixtures/vector_file.h"
#include "starknet/felt_text.h"

#define ORIGIN  "\"https://app.example\""
#define CHAIN   "\"SN_MAIN\""
#define ACCOUNT "\"0x1234\""

static const char odd_origin[] = "https://b\xc3\xbc\143her.example/\"\\";
static const struct bytes origins[] = {
    {(const uint8_t *)"http://localhost:8080", 21},
    {(const uint8_t *)"https://app.example", 19},
    {(const uint8_t *)odd_origin, sizeof odd_origin - 1},
};
static const struct authenticator_rules rules = {.origins = origins, .origin_count = 3};

static struct arena arena;
static uint8_t proof_of[AUTH_TEXT_HASH];
static struct authenticator_said said;
static struct felt expected_hash;
static struct stark_key key;
static uint8_t x[32];

static int prepare(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("users.json");
    struct json_in snip12 = vector_file_member(&root, "snip12");
    const struct secret32 d = {{[31] = 7}};
    struct stark_public public;
    memcpy(proof_of, vector_file_hex(&root, "P").ptr, sizeof proof_of);
    assert_status(OK, felt_text_read(vector_file_text(&snip12, "hash"), &expected_hash));
    assert_status(OK, stark_key_from_bytes(&d, &key));
    assert_status(OK, stark_key_public(&key, &public));
    felt_to_be(&public.x, x);
    said = (struct authenticator_said){
        .proof_of = proof_of, .purpose = BYTES_LITERAL("login"), .is_login = true};
    if (arena.base == NULL) {
        assert_status(OK, arena_init(&arena, 1 << 18));
    }
    arena_reset(&arena);
    return 0;
}

static const char *json_of(const char *origin, const char *chain, const char *account,
                           const char *signature)
{
    static char json[1024];
    snprintf(json, sizeof json, "{\"origin\":%s,\"chain\":%s,\"account\":%s,\"sig\":%s}", origin,
             chain, account, signature);
    return json;
}

static struct status read_proof(const char *json, struct snip12_login *ret)
{
    arena_reset(&arena);
    return snip12_login_read(&arena, bytes_of(json), &rules, ret);
}

static struct felt hash_of(const char *origin, const char *chain, const char *account)
{
    struct snip12_login read;
    struct felt hash = FELT_ZERO;
    assert_status(OK, read_proof(json_of(origin, chain, account, "[\"1\",\"0x2\"]"), &read));
    assert_status(OK, snip12_login_hash(&arena, &read, &said, &hash));
    return hash;
}

static struct status verify(const char *json)
{
    const struct authenticator_claim claim = {
        .scheme = AUTH_SNIP12, .key = BYTES_ARRAY(x), .proof = bytes_of(json)};
    arena_reset(&arena);
    return snip12_login_verify(&arena, &said, &rules, &claim);
}

/* What the wallet of key signs, as the JSON list of r and s. */
static const char *signed_by_wallet(const struct felt *hash)
{
    static char text[200];
    struct stark_signature signature;
    assert_status(OK, stark_ecdsa_sign(&key, hash, BYTES_LITERAL(""), &signature));
    struct buf out = buf_over((uint8_t *)text, sizeof text - 1);
    buf_put_text(&out, "[\"");
    felt_text_put(&out, &signature.r);
    buf_put_text(&out, "\",\"");
    felt_text_put(&out, &signature.s);
    buf_put_text(&out, "\"]");
    text[out.len] = '\0';
    return text;
}

static void a_proof_of_another_form_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"origin\":" ORIGIN ",\"chain\":" CHAIN ",\"account\":" ACCOUNT "}",
        "{\"origin\":" ORIGIN ",\"chain\":" CHAIN ",\"sig\":[\"1\",\"2\"]}",
        "{\"origin\":" ORIGIN ",\"account\":" ACCOUNT ",\"sig\":[\"1\",\"2\"]}",
        "{\"chain\":" CHAIN ",\"account\":" ACCOUNT ",\"sig\":[\"1\",\"2\"]}",
        "{\"origin\":" ORIGIN ",\"chain\":" CHAIN ",\"account\":" ACCOUNT
        ",\"sig\":[\"1\",\"2\"],\"purpose\":\"\"}",
        "{\"origin\":" ORIGIN ",\"chain\":" CHAIN ",\"account\":" ACCOUNT
        ",\"sig\":[\"1\",\"2\"],\"account\":" ACCOUNT "}",
        "{\"origin\":" ORIGIN ",\"chain\":" CHAIN ",\"account\":" ACCOUNT
        ",\"sig\":[\"1\",\"2\"]}1",
    };
    static const char *const signatures[] = {
        "[]",
        "[\"1\"]",
        "[\"1\",\"2\",\"3\"]",
        "{\"r\":\"1\",\"s\":\"2\"}",
        "\"12\"",
        "[\"1\",null]",
        "[\"1\",\"-2\"]",
        "[\"x\",\"2\"]",
        "[\"1\",\"0x800000000000011000000000000000000000000000000000000000000000001\"]",
    };
    struct snip12_login read;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(BAD_REQUEST, read_proof(bad[i], &read));
    }
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        assert_status(BAD_REQUEST,
                      read_proof(json_of(ORIGIN, CHAIN, ACCOUNT, signatures[i]), &read));
    }
    assert_status(BAD_REQUEST, read_proof(json_of("7", CHAIN, ACCOUNT, "[1,2]"), &read));
    assert_status(BAD_REQUEST, read_proof(json_of(ORIGIN, "\"eth\"", ACCOUNT, "[1,2]"), &read));
    assert_status(BAD_REQUEST, read_proof(json_of(ORIGIN, CHAIN, "\"me\"", "[1,2]"), &read));
    assert_status(OK, read_proof(json_of(ORIGIN, CHAIN, ACCOUNT, "[\"1\",\"2\"]"), &read));
}

static void an_origin_is_listed_byte_for_byte(void **state)
{
    (void)state;
    static const char *const bad[] = {"\"\"", "\"https://app.example/\"", "\"https://APP.example\"",
                                      "\"https://app.exampl\""};
    struct snip12_login read;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(ORIGIN_UNLISTED,
                      read_proof(json_of(bad[i], CHAIN, ACCOUNT, "[\"1\",\"2\"]"), &read));
    }
}

static void the_hash_is_that_of_the_vector(void **state)
{
    (void)state;
    struct felt hash = hash_of(ORIGIN, CHAIN, ACCOUNT);
    assert_true(felt_equal(&expected_hash, &hash));
    hash = hash_of(ORIGIN, "\"mainnet\"", "\"4660\"");
    assert_true(felt_equal(&expected_hash, &hash));
    hash = hash_of(ORIGIN, "\"0x534e5f4d41494e\"", ACCOUNT);
    assert_true(felt_equal(&expected_hash, &hash));
}

static void assert_other(struct felt hash)
{
    assert_false(felt_equal(&expected_hash, &hash));
}

static void every_piece_is_in_the_hash(void **state)
{
    (void)state;
    assert_other(hash_of("\"http://localhost:8080\"", CHAIN, ACCOUNT));
    assert_other(hash_of(ORIGIN, "\"SN_SEPOLIA\"", ACCOUNT));
    assert_other(hash_of(ORIGIN, CHAIN, "\"0x1235\""));
    said.purpose = BYTES_LITERAL("step-up");
    assert_other(hash_of(ORIGIN, CHAIN, ACCOUNT));
    said.purpose = BYTES_LITERAL("login");
    for (size_t i = 0; i < 8 * sizeof proof_of; i++) {
        proof_of[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_other(hash_of(ORIGIN, CHAIN, ACCOUNT));
        proof_of[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    struct felt hash = hash_of(ORIGIN, CHAIN, ACCOUNT);
    assert_true(felt_equal(&expected_hash, &hash));
}

/* An origin may have anything in it; a purpose of 32 characters is no short string. */
static void what_cannot_be_shown_has_no_hash(void **state)
{
    (void)state;
    struct snip12_login read;
    struct felt hash;
    assert_other(hash_of("\"https://b\\u00fccher.example/\\\"\\\\\"", CHAIN, ACCOUNT));
    said.purpose = BYTES_LITERAL("0123456789012345678901234567890x");
    assert_status(OK, read_proof(json_of(ORIGIN, CHAIN, ACCOUNT, "[\"1\",\"2\"]"), &read));
    assert_status(BAD_REQUEST, snip12_login_hash(&arena, &read, &said, &hash));
}

static void a_wallet_says_it_with_its_key(void **state)
{
    (void)state;
    const char *signature = signed_by_wallet(&expected_hash);
    assert_status(OK, verify(json_of(ORIGIN, CHAIN, ACCOUNT, signature)));
    assert_status(SIGNATURE_INVALID, verify(json_of(ORIGIN, CHAIN, "\"0x1235\"", signature)));
    assert_status(SIGNATURE_INVALID,
                  verify(json_of("\"http://localhost:8080\"", CHAIN, ACCOUNT, signature)));
    assert_status(SIGNATURE_INVALID, verify(json_of(ORIGIN, CHAIN, ACCOUNT, "[\"0\",\"0\"]")));
    said.purpose = BYTES_LITERAL("step-up");
    assert_status(SIGNATURE_INVALID, verify(json_of(ORIGIN, CHAIN, ACCOUNT, signature)));
    said.purpose = BYTES_LITERAL("login");
    memcpy(x, unit_hex("01ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca").ptr, 32);
    assert_status(SIGNATURE_INVALID, verify(json_of(ORIGIN, CHAIN, ACCOUNT, signature)));
    memset(x, 0xff, sizeof x);
    assert_status(POINT_INVALID, verify(json_of(ORIGIN, CHAIN, ACCOUNT, signature)));
}

static void no_room_is_no_memory(void **state)
{
    (void)state;
    struct snip12_login read;
    struct felt hash;
    const char *json = json_of(ORIGIN, CHAIN, ACCOUNT, "[\"1\",\"2\"]");
    assert_status(OK, read_proof(json, &read));
    arena.cap = arena.used + 300;
    assert_status(NO_MEMORY, snip12_login_hash(&arena, &read, &said, &hash));
    arena.cap = arena.used + 4096;
    assert_status(NO_MEMORY, snip12_login_hash(&arena, &read, &said, &hash));
    arena_reset(&arena);
    assert_status(NO_MEMORY, snip12_login_read(&arena, bytes_of(json), &rules, &read));
    arena.cap = 1 << 18;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_proof_of_another_form_is_refused, prepare),
        cmocka_unit_test_setup(an_origin_is_listed_byte_for_byte, prepare),
        cmocka_unit_test_setup(the_hash_is_that_of_the_vector, prepare),
        cmocka_unit_test_setup(every_piece_is_in_the_hash, prepare),
        cmocka_unit_test_setup(what_cannot_be_shown_has_no_hash, prepare),
        cmocka_unit_test_setup(a_wallet_says_it_with_its_key, prepare),
        cmocka_unit_test_setup(no_room_is_no_memory, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
