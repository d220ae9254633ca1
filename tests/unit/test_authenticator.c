#include "authenticators/authenticator.h"
#include "codec/hex.h"
#include "crypto/ed25519.h"
#include "crypto/p256.h"
#include "crypto/stark_ecdsa.h"
#include "digest/sha256.h"
#include "ethereum/eip191.h"
#include "fixtures/unit.h"
#include "fixtures/vector_file.h"

static struct arena arena;
static uint8_t text[AUTH_TEXT_MAX];
static uint8_t proof_of[AUTH_TEXT_HASH];
static struct authenticator_said said;
static const struct authenticator_rules rules = {.origins = NULL};

/* Each scheme that signs bytes: a key and its signature of the vector's X. */
struct example {
    enum auth_scheme scheme;
    uint8_t key[40];
    size_t key_len;
    uint8_t proof[72];
    size_t proof_len;
};

/* The key of RFC 6979, section A.2.5; the signature is one of OpenSSL through Python's cryptography
 * 48.0.0. */
static struct example p256_example(void)
{
    struct example example = {
        .scheme = AUTH_P256, .key_len = P256_SEC1, .proof_len = P256_SIGNATURE};
    memcpy(example.key,
           unit_hex("0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6").ptr, 33);
    memcpy(example.proof,
           unit_hex("449cff51ca43ac40b37e052af72631840b54d8a93b2782c51398d96a80d92523"
                    "642313c94a7cee8353912b5a326d32b565859c5623adb2e6d5b2cec1c4c53c26")
               .ptr,
           64);
    return example;
}

static struct example eip191_example(void)
{
    struct example example = {.scheme = AUTH_EIP191, .key_len = 20, .proof_len = EIP191_BYTES};
    const struct secret32 d = {{[31] = 5}};
    struct k256_key key;
    struct k256_public public;
    struct k256_signature signature;
    struct eth_address address;
    assert_status(OK, k256_key_from(&d, &key));
    assert_status(OK, k256_public(&key, &public));
    assert_status(OK, eip191_sign(&key, said.text, &signature));
    eth_address_of(&public, &address);
    memcpy(example.key, address.b, sizeof address.b);
    memcpy(example.proof, signature.rs, sizeof signature.rs);
    example.proof[64] = (uint8_t)(signature.v + 27);
    return example;
}

/* In: hash, the text as a number. */
static struct example stark_signed(const uint8_t *hash)
{
    struct example example = {.scheme = AUTH_STARK, .key_len = 32, .proof_len = 64};
    const struct secret32 d = {{[31] = 5}};
    struct stark_key key;
    struct stark_public public;
    struct stark_signature signature;
    struct felt felt;
    assert_true(felt_from_be(hash, &felt));
    assert_status(OK, stark_key_from_bytes(&d, &key));
    assert_status(OK, stark_key_public(&key, &public));
    assert_status(OK, stark_ecdsa_sign(&key, &felt, BYTES_LITERAL(""), &signature));
    felt_to_be(&public.x, example.key);
    felt_to_be(&signature.r, example.proof);
    felt_to_be(&signature.s, example.proof + 32);
    return example;
}

static struct example stark_example(void)
{
    uint8_t hash[32];
    struct json_in root = vector_file_root("users.json");
    vector_file_number(&root, "stark_hash", hash);
    return stark_signed(hash);
}

static struct example ed25519_example(void)
{
    struct example example = {.scheme = AUTH_ED25519, .key_len = 32, .proof_len = 64};
    const struct ed25519_key key = {{5}};
    assert_status(OK, ed25519_public(&key, example.key));
    assert_status(OK, ed25519_sign(&key, example.key, said.text, example.proof));
    return example;
}

static struct example (*const examples[])(void) = {p256_example, eip191_example, stark_example,
                                                   ed25519_example};

enum { EXAMPLES = sizeof examples / sizeof examples[0] };

static int prepare(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("users.json");
    struct bytes x = vector_file_text(&root, "X");
    memcpy(text, x.ptr, x.len);
    memcpy(proof_of, vector_file_hex(&root, "P").ptr, sizeof proof_of);
    said = (struct authenticator_said){
        .text = {text, x.len}, .proof_of = proof_of, .purpose = BYTES_LITERAL("user.add")};
    if (arena.base == NULL) {
        assert_status(OK, arena_init(&arena, 1 << 18));
    }
    arena_reset(&arena);
    return 0;
}

static struct status check(const struct example *example)
{
    const struct authenticator_claim claim = {.scheme = example->scheme,
                                              .key = {example->key, example->key_len},
                                              .proof = {example->proof, example->proof_len}};
    return authenticator_check(&arena, &said, &rules, &claim);
}

static void who_holds_the_key_said_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLES; i++) {
        struct example example = examples[i]();
        assert_status(OK, check(&example));
        said.is_login = example.scheme != AUTH_EIP191;
        assert_status(OK, check(&example));
        said.is_login = false;
    }
}

static void another_text_was_not_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLES; i++) {
        struct example example = examples[i]();
        text[20] ^= 1;
        sha256_hash(said.text, proof_of);
        assert_status(AUTH_FAILED, check(&example));
        text[20] ^= 1;
        sha256_hash(said.text, proof_of);
        said.text.len--;
        sha256_hash(said.text, proof_of);
        assert_status(AUTH_FAILED, check(&example));
        said.text.len++;
        sha256_hash(said.text, proof_of);
        assert_status(OK, check(&example));
    }
}

static void another_key_did_not_say_it(void **state)
{
    (void)state;
    static const char *const others[] = {
        "026b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "19e7e376e7c213b7e7e7e46cc70a5dd086daff2a",
        "01ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    };
    for (size_t i = 0; i < EXAMPLES; i++) {
        struct example example = examples[i]();
        struct bytes other = unit_hex(others[i]);
        assert_int_equal(example.key_len, other.len);
        memcpy(example.key, other.ptr, other.len);
        assert_status(OK, authenticator_key_check(example.scheme, other));
        assert_status(AUTH_FAILED, check(&example));
    }
}

static void a_flipped_bit_of_a_signature_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLES; i++) {
        struct example example = examples[i]();
        for (size_t bit = 0; bit < 8 * example.proof_len; bit += unit_step()) {
            example.proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_status(AUTH_FAILED, check(&example));
            example.proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

/* n, least and largest: of P-256, secp256k1, the Stark curve; of Ed25519 with its bytes turned. */
static void halves_are_below_the_order_and_not_zero(void **state)
{
    (void)state;
    static const char *const orders[] = {
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        "0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f",
        "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
    };
    for (size_t i = 0; i < EXAMPLES; i++) {
        for (size_t half = 0; half < 2; half++) {
            struct example example = examples[i]();
            uint8_t *at = example.proof + 32 * half;
            memset(at, 0, 32);
            assert_status(AUTH_FAILED, check(&example));
            memcpy(at, unit_hex(orders[i]).ptr, 32);
            assert_status(AUTH_FAILED, check(&example));
            at[example.scheme == AUTH_ED25519 ? 0 : 31]++;
            assert_status(AUTH_FAILED, check(&example));
            memset(at, 0xff, 32);
            assert_status(AUTH_FAILED, check(&example));
        }
    }
}

static void the_stark_curve_signs_251_bits(void **state)
{
    (void)state;
    uint8_t hash[32];
    memset(hash, 0xff, sizeof hash);
    hash[0] = 0x07;
    struct example example = stark_signed(hash);
    assert_status(AUTH_FAILED, check(&example));
    memset(proof_of, 0xff, sizeof proof_of);
    assert_status(OK, check(&example));
    proof_of[0] ^= 0x04;
    assert_status(AUTH_FAILED, check(&example));
}

static void lengths_are_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLES; i++) {
        struct example example = examples[i]();
        size_t len = example.proof_len;
        const size_t proofs[] = {0, 1, len - 1, len + 1};
        const size_t keys[] = {0, 1, example.key_len - 1, example.key_len + 1};
        for (size_t at = 0; at < 4; at++) {
            example = examples[i]();
            example.proof_len = proofs[at];
            assert_status(BAD_REQUEST, check(&example));
            example = examples[i]();
            example.key_len = keys[at];
            assert_status(BAD_REQUEST, check(&example));
        }
    }
}

static void the_second_form_of_a_wallets_signature_is_refused(void **state)
{
    (void)state;
    struct example example = eip191_example();
    const uint8_t *order =
        unit_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").ptr;
    unsigned borrow = 0;
    for (size_t i = 32; i-- > 0;) {
        unsigned digit = (unsigned)order[i] - example.proof[32 + i] - borrow;
        example.proof[32 + i] = (uint8_t)digit;
        borrow = digit >> 31;
    }
    example.proof[64] = (uint8_t)(55 - example.proof[64]);
    assert_status(AUTH_FAILED, check(&example));
}

/* Wallets that log in sign a message, so a signature of X itself is none of theirs. */
static void a_login_of_a_wallet_is_a_message(void **state)
{
    (void)state;
    static const struct bytes origin = {(const uint8_t *)"https://app.example", 19};
    static const struct authenticator_rules listed = {.origins = &origin, .origin_count = 1};
    static const char proof[] =
        "{\"origin\":\"https://app.example\",\"chain_id\":1,"
        "\"issued_at\":\"2026-01-02T03:04:05.678Z\",\"sig\":"
        "\"0xc731e6502fdaed50eb1a95d5c9826d9d24c0fb389aed900abe1378aabbafd905"
        "68754ffc6363f71ad134d7a7b15eb94f5feb71d575fc5754be451638a2e582ea1b\"}";
    struct authenticator_claim claim = {
        .scheme = AUTH_EIP191,
        .key = unit_hex("19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"),
        .proof = {(const uint8_t *)proof, sizeof proof - 1},
    };
    struct example example = eip191_example();
    assert_status(BAD_REQUEST, authenticator_check(&arena, &said, &listed, &claim));
    said.is_login = true;
    said.purpose = BYTES_LITERAL("login");
    assert_status(BAD_REQUEST, check(&example));
    assert_status(OK, authenticator_check(&arena, &said, &listed, &claim));
    assert_status(ORIGIN_UNLISTED, authenticator_check(&arena, &said, &rules, &claim));
    claim.key = (struct bytes){example.key, 20};
    assert_status(AUTH_FAILED, authenticator_check(&arena, &said, &listed, &claim));
    claim.key.len--;
    assert_status(BAD_REQUEST, authenticator_check(&arena, &said, &listed, &claim));
}

/* The key is good, the signature is not. */
static void a_starknet_wallet_is_asked_for_typed_data(void **state)
{
    (void)state;
    static const struct bytes origin = {(const uint8_t *)"https://app.example", 19};
    static const struct authenticator_rules listed = {.origins = &origin, .origin_count = 1};
    struct example example = stark_example();
    struct authenticator_claim claim = {
        .scheme = AUTH_SNIP12,
        .key = {example.key, 32},
        .proof = BYTES_LITERAL("{\"origin\":\"https://app.example\",\"chain\":\"SN_MAIN\","
                               "\"account\":\"0x1\",\"sig\":[\"1\",\"2\"]}"),
    };
    assert_status(AUTH_FAILED, authenticator_check(&arena, &said, &listed, &claim));
    assert_status(ORIGIN_UNLISTED, authenticator_check(&arena, &said, &rules, &claim));
    claim.key.len = 31;
    assert_status(BAD_REQUEST, authenticator_check(&arena, &said, &listed, &claim));
    memset(example.key, 0xff, 32);
    claim.key.len = 32;
    assert_status(BAD_REQUEST, authenticator_check(&arena, &said, &listed, &claim));
    example = stark_example();
    claim.proof = (struct bytes){example.proof, example.proof_len};
    assert_status(BAD_REQUEST, authenticator_check(&arena, &said, &listed, &claim));
}

static void assert_key(const char *code, enum auth_scheme scheme, const char *hex)
{
    struct status status = authenticator_key_check(scheme, unit_hex(hex));
    assert_string_equal(code, status_name(status.code));
}

static void keys_are_those_of_their_scheme(void **state)
{
    (void)state;
    static const char *const sec1 =
        "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
    static const char *const no_point =
        "020000000000000000000000000000000000000000000000000000000000000001";
    static const char *const stark =
        "01ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca";
    static const char *const no_x[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0800000000000011000000000000000000000000000000000000000000000001",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    assert_key("OK", AUTH_P256, sec1);
    assert_key("OK", AUTH_PASSKEY, sec1);
    assert_key("POINT_INVALID", AUTH_P256, no_point);
    assert_key("POINT_INVALID", AUTH_PASSKEY, no_point);
    assert_key("OK", AUTH_STARK, stark);
    assert_key("OK", AUTH_SNIP12, stark);
    for (size_t i = 0; i < 3; i++) {
        assert_key("POINT_INVALID", AUTH_STARK, no_x[i]);
        assert_key("POINT_INVALID", AUTH_SNIP12, no_x[i]);
    }
    assert_key("OK", AUTH_ED25519,
               "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    assert_key("POINT_INVALID", AUTH_ED25519,
               "0000000000000000000000000000000000000000000000000000000000000000");
    assert_key("OK", AUTH_EIP191, "19e7e376e7c213b7e7e7e46cc70a5dd086daff2a");
    assert_key("OK", AUTH_TOTP, "00112233445566778899aabbccddeeff");
    assert_key("OK", AUTH_SERVICE, "00112233445566778899aabbccddeeff");
    for (int scheme = 0; scheme <= AUTH_SCHEMES + 1; scheme++) {
        assert_key("BAD_REQUEST", (enum auth_scheme)scheme, "");
        assert_key("BAD_REQUEST", (enum auth_scheme)scheme, "0011");
    }
}

static void a_key_of_an_issuer_is_three_texts(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("users.json");
    struct bytes key = vector_file_hex(&root, "oidc_K");
    assert_status(OK, authenticator_key_check(AUTH_OIDC, key));
    assert_key("OK", AUTH_OIDC, "000161000162000163");
    assert_key("BAD_REQUEST", AUTH_OIDC, "0000000162000163");
    assert_key("BAD_REQUEST", AUTH_OIDC, "0001610001620000");
    assert_key("BAD_REQUEST", AUTH_OIDC, "00016100016200016300");
    assert_key("BAD_REQUEST", AUTH_OIDC, "000161000162");
    for (size_t len = 0; len < key.len; len++) {
        assert_status(BAD_REQUEST,
                      authenticator_key_check(AUTH_OIDC, (struct bytes){key.ptr, len}));
    }
}

/* Anybody could sign with these. */
static void keys_that_show_nothing_are_refused(void **state)
{
    (void)state;
    struct example example = ed25519_example();
    memset(example.key, 0, sizeof example.key);
    memset(example.proof, 0, sizeof example.proof);
    example.proof[0] = 1;
    size_t signs = 0;
    for (unsigned char c = 0; c < 64; c++) {
        text[0] = c;
        sha256_hash(said.text, proof_of);
        signs += status_is_ok(ed25519_verify(example.key, said.text, example.proof));
        assert_status(BAD_REQUEST, check(&example));
    }
    assert_true(signs > 0);
}

static void others_prove_nothing_about_a_text(void **state)
{
    (void)state;
    struct example example = {.scheme = AUTH_TOTP, .key_len = 16, .proof_len = 6};
    assert_status(AUTH_FAILED, check(&example));
    example.scheme = AUTH_SERVICE;
    assert_status(AUTH_FAILED, check(&example));
    example.scheme = AUTH_SCHEMES;
    assert_status(BAD_REQUEST, check(&example));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_holds_the_key_said_it, prepare),
        cmocka_unit_test_setup(another_text_was_not_said, prepare),
        cmocka_unit_test_setup(another_key_did_not_say_it, prepare),
        cmocka_unit_test_setup(a_flipped_bit_of_a_signature_is_seen, prepare),
        cmocka_unit_test_setup(halves_are_below_the_order_and_not_zero, prepare),
        cmocka_unit_test_setup(the_stark_curve_signs_251_bits, prepare),
        cmocka_unit_test_setup(lengths_are_exact, prepare),
        cmocka_unit_test_setup(the_second_form_of_a_wallets_signature_is_refused, prepare),
        cmocka_unit_test_setup(a_login_of_a_wallet_is_a_message, prepare),
        cmocka_unit_test_setup(a_starknet_wallet_is_asked_for_typed_data, prepare),
        cmocka_unit_test_setup(keys_are_those_of_their_scheme, prepare),
        cmocka_unit_test_setup(a_key_of_an_issuer_is_three_texts, prepare),
        cmocka_unit_test_setup(keys_that_show_nothing_are_refused, prepare),
        cmocka_unit_test_setup(others_prove_nothing_about_a_text, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
