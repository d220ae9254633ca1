#include "crypto/ed25519.h"
#include "fixtures/unit.h"
#include "fixtures/vector_file.h"

/* RFC 8032, section 7.1, tests 1 to 3: seed, public key, message, signature. */
static const char *const vectors[][4] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"},
};

enum { VECTORS = sizeof vectors / sizeof vectors[0] };

struct example {
    struct ed25519_key key;
    uint8_t public[ED25519_PUBLIC];
    struct bytes text;
    uint8_t signature[ED25519_SIGNATURE];
};

static struct example example_of(size_t i)
{
    struct example example = {.text = unit_hex(vectors[i][2])};
    memcpy(example.key.seed, unit_hex(vectors[i][0]).ptr, sizeof example.key.seed);
    memcpy(example.public, unit_hex(vectors[i][1]).ptr, ED25519_PUBLIC);
    memcpy(example.signature, unit_hex(vectors[i][3]).ptr, ED25519_SIGNATURE);
    return example;
}

static void the_vectors_of_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        struct example example = example_of(i);
        uint8_t public[ED25519_PUBLIC];
        uint8_t signature[ED25519_SIGNATURE];
        assert_status(OK, ed25519_public(&example.key, public));
        assert_memory_equal(example.public, public, sizeof public);
        assert_status(OK, ed25519_sign(&example.key, public, example.text, signature));
        assert_memory_equal(example.signature, signature, sizeof signature);
        assert_status(OK, ed25519_verify(public, example.text, signature));
    }
}

static void a_flipped_bit_anywhere_is_seen(void **state)
{
    (void)state;
    struct example example = example_of(2);
    uint8_t text[2];
    memcpy(text, example.text.ptr, sizeof text);
    for (size_t i = 0; i < 8 * sizeof text; i++) {
        text[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_status(SIGNATURE_INVALID,
                      ed25519_verify(example.public, BYTES_ARRAY(text), example.signature));
        text[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t i = 0; i < 8 * ED25519_SIGNATURE; i++) {
        example.signature[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_status(SIGNATURE_INVALID,
                      ed25519_verify(example.public, example.text, example.signature));
        example.signature[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t i = 0; i < 8 * ED25519_PUBLIC; i++) {
        example.public[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_status(SIGNATURE_INVALID,
                      ed25519_verify(example.public, example.text, example.signature));
        example.public[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    assert_status(OK, ed25519_verify(example.public, example.text, example.signature));
}

/* The same signature with the order of the group added to its second half. */
static void the_second_form_of_a_signature_is_refused(void **state)
{
    (void)state;
    static const char *const order =
        "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    struct example example = example_of(0);
    const uint8_t *addend = unit_hex(order).ptr;
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)example.signature[32 + i] + addend[i];
        example.signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(0, carry);
    assert_status(SIGNATURE_INVALID,
                  ed25519_verify(example.public, example.text, example.signature));
}

static void a_damaged_key_signs_nothing(void **state)
{
    (void)state;
    const uint8_t zeros[ED25519_SIGNATURE] = {0};
    for (size_t i = 0; i < 8 * 32; i++) {
        struct example example = example_of(1);
        uint8_t signature[ED25519_SIGNATURE];
        example.key.seed[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_status(SELF_CHECK,
                      ed25519_sign(&example.key, example.public, example.text, signature));
        assert_memory_equal(zeros, signature, sizeof signature);
    }
}

static struct status no_entropy(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0, len);
    return FAIL(ENTROPY);
}

static void a_new_key_needs_entropy(void **state)
{
    (void)state;
    const struct entropy none = {NULL, no_entropy};
    const struct entropy system = entropy_system();
    struct ed25519_key key = {{1}};
    struct ed25519_key other;
    assert_status(ENTROPY, ed25519_key_generate(&none, &key));
    assert_status(OK, ed25519_key_generate(&system, &key));
    assert_status(OK, ed25519_key_generate(&system, &other));
    assert_memory_not_equal(key.seed, other.seed, sizeof key.seed);
}

static struct bytes text_at(const struct json_in *test, size_t index)
{
    struct json_in item = json_in_item(test, index);
    struct bytes text;
    assert_status(OK, json_in_string(&item, &text));
    char hex[4096] = {0};
    assert_true(text.len < sizeof hex);
    memcpy(hex, text.ptr, text.len);
    return unit_hex(hex);
}

/* Signatures of another length cannot be given. */
static void published_signatures_are_judged_as_published(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("wycheproof-ed25519.json");
    struct json_in tests = vector_file_member(&root, "tests");
    size_t valid = 0;
    size_t invalid = 0;
    for (size_t i = 0; i < vector_file_count(&tests); i++) {
        struct json_in test = json_in_item(&tests, i);
        struct json_in verdict = json_in_item(&test, 4);
        bool is_valid;
        assert_status(OK, json_in_bool(&verdict, &is_valid));
        struct bytes key = text_at(&test, 1);
        struct bytes text = text_at(&test, 2);
        struct bytes signature = text_at(&test, 3);
        assert_int_equal(ED25519_PUBLIC, key.len);
        assert_status(OK, ed25519_key_check(key.ptr));
        if (signature.len != ED25519_SIGNATURE) {
            assert_false(is_valid);
        } else if (is_valid) {
            valid++;
            assert_status(OK, ed25519_verify(key.ptr, text, signature.ptr));
        } else {
            invalid++;
            assert_status(SIGNATURE_INVALID, ed25519_verify(key.ptr, text, signature.ptr));
        }
    }
    assert_int_equal(88, valid);
    assert_int_equal(51, invalid);
}

/* y, the least byte first; each with either sign of x. */
static void assert_no_key(const char *hex)
{
    uint8_t key[ED25519_PUBLIC];
    memcpy(key, unit_hex(hex).ptr, sizeof key);
    assert_status(POINT_INVALID, ed25519_key_check(key));
    key[31] ^= 0x80;
    assert_status(POINT_INVALID, ed25519_key_check(key));
}

#define ZEROS "000000000000000000000000000000000000000000000000000000000000"
#define ONES  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static void keys_of_small_order_are_none(void **state)
{
    (void)state;
    assert_no_key("00" ZEROS "00");
    assert_no_key("01" ZEROS "00");
    assert_no_key("ec" ONES "7f");
    assert_no_key("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
    assert_no_key("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
}

/* Why: here one signature, which nobody made, is good for one text in four. */
static void a_key_of_small_order_signs_for_everybody(void **state)
{
    (void)state;
    const uint8_t key[ED25519_PUBLIC] = {0};
    uint8_t signature[ED25519_SIGNATURE] = {1};
    size_t taken = 0;
    for (unsigned char text = 0; text < 64; text++) {
        taken += status_is_ok(ed25519_verify(key, (struct bytes){&text, 1}, signature));
    }
    assert_true(taken > 0);
    assert_status(POINT_INVALID, ed25519_key_check(key));
}

/* p to 2^255 - 1: each stands for a number that has a form of its own, 3 and 4 such as points
 * have. */
static void a_key_has_one_form(void **state)
{
    (void)state;
    uint8_t key[ED25519_PUBLIC];
    memset(key, 0xff, sizeof key);
    key[31] = 0x7f;
    for (unsigned i = 0xed; i <= 0xff; i++) {
        key[0] = (uint8_t)i;
        assert_status(POINT_INVALID, ed25519_key_check(key));
    }
}

static void a_key_is_a_point(void **state)
{
    (void)state;
    size_t points = 0;
    for (uint8_t y = 2; y < 200; y++) {
        const uint8_t key[ED25519_PUBLIC] = {y};
        points += status_is_ok(ed25519_key_check(key));
    }
    assert_int_equal(97, points);
    struct example example = example_of(0);
    assert_status(OK, ed25519_key_check(example.public));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc),
        cmocka_unit_test(a_flipped_bit_anywhere_is_seen),
        cmocka_unit_test(the_second_form_of_a_signature_is_refused),
        cmocka_unit_test(a_damaged_key_signs_nothing),
        cmocka_unit_test(a_new_key_needs_entropy),
        cmocka_unit_test(published_signatures_are_judged_as_published),
        cmocka_unit_test(keys_of_small_order_are_none),
        cmocka_unit_test(a_key_of_small_order_signs_for_everybody),
        cmocka_unit_test(a_key_has_one_form),
        cmocka_unit_test(a_key_is_a_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
