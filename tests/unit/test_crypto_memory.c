/* Every allocation fails once, those of OpenSSL and libsecp256k1 included: the answer is NO_MEMORY,
 * never that keys, points, signatures or ciphertexts are not valid. */
#include "crypto/aead.h"
#include "crypto/ed25519.h"
#include "crypto/k256.h"
#include "crypto/p256.h"
#include "crypto/p384.h"
#include "crypto/rsa.h"
#include "fixtures/scarce.h"
#include "fixtures/vector_file.h"

static const uint8_t iv[AEAD_IV] = {1};
static const struct secret32 aead_key = {{2}};
static uint8_t sealed[16 + AEAD_TAG];
static struct p384_key key;
static struct p384_point point;
static struct ed25519_key signer;
static uint8_t public[ED25519_PUBLIC];
static uint8_t signature[ED25519_SIGNATURE];

#define TEXT BYTES_LITERAL("0123456789abcdef")

static struct status seal(void)
{
    uint8_t out[sizeof sealed];
    return aead_seal(&aead_key, iv, BYTES_LITERAL("aad"), TEXT, out);
}

static struct status open_sealed(void)
{
    uint8_t out[16];
    return aead_open(&aead_key, iv, BYTES_LITERAL("aad"), BYTES_ARRAY(sealed), out);
}

static struct status make_point(void)
{
    struct p384_point made;
    return p384_public(&key, &made);
}

static struct status parse_point(void)
{
    struct p384_point made;
    return p384_point_parse(BYTES_ARRAY(point.sec1), &made);
}

static struct status agree(void)
{
    struct p384_shared shared;
    return p384_ecdh(&key, &point, &shared);
}

static struct status make_public(void)
{
    uint8_t out[ED25519_PUBLIC];
    return ed25519_public(&signer, out);
}

static struct status sign(void)
{
    uint8_t out[ED25519_SIGNATURE];
    return ed25519_sign(&signer, public, TEXT, out);
}

static struct status verify(void)
{
    return ed25519_verify(public, TEXT, signature);
}

static struct status check_key(void)
{
    return ed25519_key_check(public);
}

/* RFC 6979, section A.2.5: SHA-256 of sample. */
static struct status verify_p256(void)
{
    uint8_t sec1[P256_SEC1];
    uint8_t digest[P256_DIGEST];
    uint8_t rs[P256_SIGNATURE];
    memcpy(sec1, unit_hex("0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6").ptr,
           sizeof sec1);
    memcpy(digest, unit_hex("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf").ptr,
           sizeof digest);
    memcpy(rs,
           unit_hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")
               .ptr,
           sizeof rs);
    TRY(p256_key_check(sec1));
    return p256_verify(sec1, digest, rs);
}

static struct rsa_key rsa;
static struct bytes rsa_text;
static uint8_t rsa_signature[RSA_MODULUS_MIN];

static struct bytes hex_at(const struct json_in *test, size_t index)
{
    static char hex[2 * RSA_MODULUS_MAX + 1];
    struct bytes text;
    struct json_in item = json_in_item(test, index);
    assert_status(OK, json_in_string(&item, &text));
    assert_true(text.len < sizeof hex);
    memcpy(hex, text.ptr, text.len);
    hex[text.len] = 0;
    return unit_hex(hex);
}

/* The first signature of Wycheproof's, of no text. */
static void prepare_rsa(void)
{
    struct json_in root = vector_file_root("wycheproof-rsa.json");
    struct json_in groups = vector_file_member(&root, "groups");
    struct json_in group = json_in_item(&groups, 0);
    struct json_in tests = vector_file_member(&group, "tests");
    struct json_in test = json_in_item(&tests, 0);
    assert_status(OK,
                  rsa_key_read(vector_file_hex(&group, "n"), vector_file_hex(&group, "e"), &rsa));
    rsa_text = hex_at(&test, 2);
    assert_int_equal(0, rsa_text.len);
    memcpy(rsa_signature, hex_at(&test, 3).ptr, sizeof rsa_signature);
}

static struct status verify_rsa(void)
{
    return rsa_verify(RSA_PKCS1_V15, &rsa, rsa_text, BYTES_ARRAY(rsa_signature));
}

static struct status recover(void)
{
    static const uint8_t digest[32] = {1};
    const struct secret32 d = {{[31] = 7}};
    struct k256_key wallet;
    struct k256_signature made;
    struct k256_public who;
    TRY(k256_key_from(&d, &wallet));
    TRY(k256_sign(&wallet, digest, &made));
    return k256_recover(digest, &made, true, &who);
}

static struct status start_all(void)
{
    const struct p384_key one = {{[P384_BYTES - 1] = 1}};
    const struct ed25519_key seed = {{1}};
    struct p384_point made;
    uint8_t out[ED25519_PUBLIC];
    TRY(recover());
    TRY(p384_public(&one, &made));
    TRY(ed25519_public(&seed, out));
    return seal();
}

static void prepare(void)
{
    struct entropy entropy = entropy_system();
    assert_status(OK, p384_key_generate(&entropy, &key));
    assert_status(OK, p384_public(&key, &point));
    assert_status(OK, ed25519_key_generate(&entropy, &signer));
    assert_status(OK, ed25519_public(&signer, public));
    assert_status(OK, ed25519_sign(&signer, public, TEXT, signature));
    assert_status(OK, aead_seal(&aead_key, iv, BYTES_LITERAL("aad"), TEXT, sealed));
}

static void no_memory_is_no_memory(void **state)
{
    (void)state;
    prepare();
    prepare_rsa();
    scarce_attempt *const all[] = {seal,      open_sealed, make_point, parse_point,
                                   agree,     make_public, sign,       verify,
                                   check_key, verify_p256, verify_rsa};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_true(scarce_try(all[i]) > 0);
    }
}

/* libsecp256k1 ends the process where it has no memory, so it is not let near any. */
static void the_curve_of_wallets_needs_none(void **state)
{
    (void)state;
    assert_int_equal(0, scarce_try(recover));
}

/* Before anything else here, since what was made stays. */
static void a_start_without_memory_ends_nothing(void **state)
{
    (void)state;
    scarce_try_cold(start_all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_without_memory_ends_nothing),
        cmocka_unit_test(no_memory_is_no_memory),
        cmocka_unit_test(the_curve_of_wallets_needs_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
