#include "crypto/p256.h"
#include "digest/sha256.h"
#include "fixtures/unit.h"
#include "fixtures/vector_file.h"

/* RFC 6979, section A.2.5: the key, and its signatures of two texts with SHA-256. */
#define KEY "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
#define N   "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

static const char *const samples[][2] = {
    {"sample", "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
               "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
    {"test", "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
             "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"},
};

struct example {
    uint8_t key[P256_SEC1];
    uint8_t digest[P256_DIGEST];
    uint8_t signature[P256_SIGNATURE];
};

static struct example example_of(size_t i)
{
    struct example example;
    memcpy(example.key, unit_hex(KEY).ptr, sizeof example.key);
    sha256_hash(bytes_of(samples[i][0]), example.digest);
    memcpy(example.signature, unit_hex(samples[i][1]).ptr, sizeof example.signature);
    return example;
}

static struct status verify(const struct example *example)
{
    return p256_verify(example->key, example->digest, example->signature);
}

/* a - b, big-endian, 32 bytes. */
static void subtract(const uint8_t *a, const uint8_t *b, uint8_t *ret)
{
    unsigned borrow = 0;
    for (size_t i = 32; i-- > 0;) {
        unsigned digit = (unsigned)a[i] - b[i] - borrow;
        ret[i] = (uint8_t)digit;
        borrow = digit >> 31;
    }
}

static void halves_of_zero_or_of_the_order_are_none(void **state)
{
    (void)state;
    static const uint8_t one[32] = {[31] = 1};
    uint8_t above[32];
    memcpy(above, unit_hex(N).ptr, sizeof above);
    above[31]++;
    for (size_t half = 0; half < 2; half++) {
        struct example example = example_of(0);
        uint8_t *at = example.signature + 32 * half;
        memset(at, 0, 32);
        assert_status(SIGNATURE_INVALID, verify(&example));
        memcpy(at, unit_hex(N).ptr, 32);
        assert_status(SIGNATURE_INVALID, verify(&example));
        memcpy(at, above, 32);
        assert_status(SIGNATURE_INVALID, verify(&example));
        memset(at, 0xff, 32);
        assert_status(SIGNATURE_INVALID, verify(&example));
        memcpy(at, one, 32);
        assert_status(SIGNATURE_INVALID, verify(&example));
    }
    struct example zeros = example_of(0);
    memset(zeros.signature, 0, sizeof zeros.signature);
    assert_status(SIGNATURE_INVALID, verify(&zeros));
}

static void a_flipped_bit_anywhere_is_seen(void **state)
{
    (void)state;
    struct example example = example_of(0);
    struct example whole = example;
    uint8_t *parts[] = {example.digest, example.signature, example.key};
    const size_t lens[] = {P256_DIGEST, P256_SIGNATURE, P256_SEC1};
    for (size_t part = 0; part < 3; part++) {
        for (size_t i = 0; i < 8 * lens[part]; i += unit_step()) {
            parts[part][i / 8] ^= (uint8_t)(1 << i % 8);
            assert_false(status_is_ok(verify(&example)));
            parts[part][i / 8] ^= (uint8_t)(1 << i % 8);
        }
    }
    assert_memory_equal(&whole, &example, sizeof whole);
    example.key[0] ^= 1; /* the other point with this x */
    assert_status(SIGNATURE_INVALID, verify(&example));
    struct example other = example_of(1);
    memcpy(other.digest, whole.digest, sizeof other.digest);
    assert_status(SIGNATURE_INVALID, verify(&other));
}

static void both_forms_of_a_signature_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct example example = example_of(i);
        uint8_t s[32];
        assert_status(OK, verify(&example));
        memcpy(s, example.signature + 32, sizeof s);
        subtract(unit_hex(N).ptr, s, example.signature + 32);
        assert_status(OK, verify(&example));
    }
}

/* No point has the x 1; p and p + 5 are other forms of 0 and 5, which points have. */
static void a_key_is_a_compressed_point(void **state)
{
    (void)state;
    static const char *const none[] = {
        "020000000000000000000000000000000000000000000000000000000000000001",
        "02ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "02ffffffff00000001000000000000000000000001000000000000000000000004",
        "02ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "000000000000000000000000000000000000000000000000000000000000000000",
    };
    struct example example = example_of(0);
    assert_status(OK, p256_key_check(example.key));
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        memcpy(example.key, unit_hex(none[i]).ptr, sizeof example.key);
        assert_status(POINT_INVALID, p256_key_check(example.key));
        assert_status(POINT_INVALID, verify(&example));
    }
    for (unsigned first = 0; first < 256; first++) {
        example = example_of(0);
        example.key[0] = (uint8_t)first;
        bool is_key = status_is_ok(p256_key_check(example.key));
        assert_int_equal(first == 2 || first == 3, is_key);
        assert_int_equal(first == 3, status_is_ok(verify(&example)));
    }
}

#define X "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
#define Y "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
#define P "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"

static void a_key_of_coordinates_is_on_the_curve(void **state)
{
    (void)state;
    static const uint8_t zeros[P256_SEC1];
    uint8_t y[P256_BYTES];
    uint8_t key[P256_SEC1];
    assert_status(POINT_INVALID, p256_point(unit_hex(X).ptr, unit_hex(X).ptr, key));
    assert_memory_equal(zeros, key, sizeof key);
    assert_status(POINT_INVALID, p256_point(zeros, zeros, key));
    assert_status(POINT_INVALID, p256_point(unit_hex(P).ptr, unit_hex(Y).ptr, key));
    assert_status(POINT_INVALID, p256_point(unit_hex(X).ptr, unit_hex(P).ptr, key));
    assert_status(OK, p256_point(unit_hex(X).ptr, unit_hex(Y).ptr, key));
    assert_memory_equal(unit_hex(KEY).ptr, key, sizeof key);
    subtract(unit_hex(P).ptr, unit_hex(Y).ptr, y);
    assert_status(OK, p256_point(unit_hex(X).ptr, y, key));
    assert_int_equal(2, key[0]);
}

static struct bytes text_at(const struct json_in *test, size_t index)
{
    struct json_in item = json_in_item(test, index);
    struct bytes text;
    assert_status(OK, json_in_string(&item, &text));
    char hex[1024] = {0};
    assert_true(text.len < sizeof hex);
    memcpy(hex, text.ptr, text.len);
    return unit_hex(hex);
}

/* Signatures of another length cannot be given. */
static void published_signatures_are_judged_as_published(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("wycheproof-p256.json");
    struct json_in tests = vector_file_member(&root, "tests");
    size_t valid = 0;
    size_t invalid = 0;
    for (size_t i = 0; i < vector_file_count(&tests); i++) {
        struct json_in test = json_in_item(&tests, i);
        struct json_in verdict = json_in_item(&test, 4);
        uint8_t digest[SHA256_BYTES];
        bool is_valid;
        assert_status(OK, json_in_bool(&verdict, &is_valid));
        struct bytes key = text_at(&test, 1);
        struct bytes signature = text_at(&test, 3);
        assert_int_equal(P256_SEC1, key.len);
        sha256_hash(text_at(&test, 2), digest);
        if (signature.len != P256_SIGNATURE) {
            assert_false(is_valid);
        } else if (is_valid) {
            valid++;
            assert_status(OK, p256_verify(key.ptr, digest, signature.ptr));
        } else {
            invalid++;
            assert_status(SIGNATURE_INVALID, p256_verify(key.ptr, digest, signature.ptr));
        }
    }
    assert_int_equal(173, valid);
    assert_int_equal(68, invalid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves_of_zero_or_of_the_order_are_none),
        cmocka_unit_test(a_flipped_bit_anywhere_is_seen),
        cmocka_unit_test(both_forms_of_a_signature_are_taken),
        cmocka_unit_test(a_key_is_a_compressed_point),
        cmocka_unit_test(a_key_of_coordinates_is_on_the_curve),
        cmocka_unit_test(published_signatures_are_judged_as_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
