#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "crypto/k256.h"
#include "fixtures/vector_file.h"

static const char *const order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
static const char *const order_more =
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364142";
static const char *const order_less =
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140";
static const char *const all_ones =
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
static const char *const zero = "0000000000000000000000000000000000000000000000000000000000000000";
static const char *const one = "0000000000000000000000000000000000000000000000000000000000000001";

static const uint8_t digest[32] = {0xd1, 0x6e, 0x57};

static struct secret32 number(const char *hex)
{
    struct secret32 ret;
    memcpy(ret.b, unit_hex(hex).ptr, sizeof ret.b);
    return ret;
}

static struct k256_key key_of(const char *hex)
{
    struct secret32 bytes = number(hex);
    struct k256_key key;
    assert_status(OK, k256_key_from(&bytes, &key));
    return key;
}

static void keys_out_of_range_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {zero, order, order_more, all_ones};
    const struct k256_key empty = {{0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct secret32 bytes = number(bad[i]);
        struct k256_key key = {{1}};
        assert_status(KEY_INVALID, k256_key_from(&bytes, &key));
        assert_memory_equal(&empty, &key, sizeof key);
    }
    key_of(one);
    key_of(order_less);
}

static void a_key_that_was_never_made_does_nothing(void **state)
{
    (void)state;
    const struct k256_key empty = {{0}};
    const struct k256_public nobody = {{0}};
    const struct k256_signature nothing = {{0}, 0};
    struct k256_public public = {{1}};
    struct k256_signature signature = {{1}, 1};
    assert_status(KEY_INVALID, k256_public(&empty, &public));
    assert_status(KEY_INVALID, k256_sign(&empty, digest, &signature));
    assert_memory_equal(&nobody, &public, sizeof public);
    assert_memory_equal(&nothing, &signature, sizeof signature);
}

static void signatures_out_of_range_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {zero, order, order_more, all_ones};
    const struct k256_public nobody = {{0}};
    struct k256_key key = key_of(one);
    struct k256_signature good;
    struct k256_public public;
    assert_status(OK, k256_sign(&key, digest, &good));
    for (size_t i = 0; i < 8; i++) {
        struct k256_signature other = good;
        memcpy(other.rs + 32 * (i % 2), unit_hex(bad[i / 2]).ptr, 32);
        memset(&public, 1, sizeof public);
        assert_status(SIGNATURE_INVALID, k256_recover(digest, &other, false, &public));
        assert_memory_equal(&nobody, &public, sizeof public);
    }
    for (unsigned v = 0; v < 256; v++) {
        struct k256_signature other = good;
        other.v = (uint8_t)v;
        bool is_fine = v == 0 || v == 1 || v == 27 || v == 28;
        assert_int_equal(is_fine, status_is_ok(k256_recover(digest, &other, true, &public)));
    }
}

/* No point of the curve has the x coordinate 5. */
static void an_r_that_is_no_coordinate_is_refused(void **state)
{
    (void)state;
    struct k256_signature signature = {{0}, 0};
    struct k256_public public;
    signature.rs[31] = 5;
    signature.rs[63] = 1;
    assert_status(SIGNATURE_INVALID, k256_recover(digest, &signature, false, &public));
    signature.v = 1;
    assert_status(SIGNATURE_INVALID, k256_recover(digest, &signature, false, &public));
}

static void every_changed_bit_gives_another_signer(void **state)
{
    (void)state;
    struct k256_key key = key_of(order_less);
    struct k256_signature signature;
    struct k256_public public;
    struct k256_public other;
    uint8_t changed[32];
    memcpy(changed, digest, sizeof changed);
    assert_status(OK, k256_public(&key, &public));
    assert_status(OK, k256_sign(&key, digest, &signature));
    for (size_t bit = 0; bit < 512; bit++) {
        signature.rs[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (status_is_ok(k256_recover(digest, &signature, false, &other))) {
            assert_memory_not_equal(&public, &other, sizeof public);
        }
        signature.rs[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    signature.v ^= 1;
    assert_status(OK, k256_recover(digest, &signature, false, &other));
    assert_memory_not_equal(&public, &other, sizeof public);
    signature.v ^= 1;
    for (size_t bit = 0; bit < 256; bit++) {
        changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(OK, k256_recover(changed, &signature, false, &other));
        assert_memory_not_equal(&public, &other, sizeof public);
        changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_status(OK, k256_recover(digest, &signature, true, &other));
    assert_memory_equal(&public, &other, sizeof public);
}

/* (r, n - s) with the other parity is the second form; only OpenSSL's numbers make it here. */
static void a_high_s_is_refused_when_asked(void **state)
{
    (void)state;
    struct k256_key key =
        key_of("0000000000000000000000000000000000000000000000000000000000000bad");
    struct k256_signature signature;
    struct k256_public public;
    struct k256_public other;
    assert_status(OK, k256_public(&key, &public));
    assert_status(OK, k256_sign(&key, digest, &signature));
    BIGNUM *n = BN_bin2bn(unit_hex(order).ptr, 32, NULL);
    BIGNUM *s = BN_bin2bn(signature.rs + 32, 32, NULL);
    assert_int_equal(1, BN_sub(n, n, s));
    assert_int_equal(32, BN_bn2binpad(n, signature.rs + 32, 32));
    signature.v ^= 1;
    BN_free(n);
    BN_free(s);
    assert_status(SIGNATURE_INVALID, k256_recover(digest, &signature, true, &other));
    assert_status(OK, k256_recover(digest, &signature, false, &other));
    assert_memory_equal(&public, &other, sizeof public);
}

static struct status give(void *context, uint8_t *out, size_t len)
{
    int *calls = context;
    memset(out, 0, len);
    memcpy(out, unit_hex(*calls == 0 ? order : order_less).ptr, len);
    *calls += 1;
    return *calls > 2 ? FAIL(ENTROPY) : OK;
}

static void a_failing_generator_makes_no_key(void **state)
{
    (void)state;
    int calls = 0;
    const struct k256_key empty = {{0}};
    struct k256_key key = {{1}};
    struct entropy entropy = {&calls, give};
    assert_status(OK, k256_key_generate(&entropy, &key));
    assert_int_equal(2, calls);
    assert_memory_equal(unit_hex(order_less).ptr, key.d, sizeof key.d);
    assert_status(ENTROPY, k256_key_generate(&entropy, &key));
    assert_memory_equal(&empty, &key, sizeof key);
}

/* OpenSSL's own curve multiplies as well. */
static void public_keys_are_those_of_openssl(void **state)
{
    (void)state;
    struct entropy entropy = entropy_system();
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp256k1);
    EC_POINT *point = EC_POINT_new(group);
    for (int i = 0; i < 50; i++) {
        struct k256_key key;
        struct k256_public public;
        uint8_t sec1[65];
        assert_status(OK, k256_key_generate(&entropy, &key));
        assert_status(OK, k256_public(&key, &public));
        BIGNUM *d = BN_bin2bn(key.d, sizeof key.d, NULL);
        assert_int_equal(1, EC_POINT_mul(group, point, d, NULL, NULL, NULL));
        assert_int_equal(65, EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, sec1,
                                                sizeof sec1, NULL));
        assert_memory_equal(sec1 + 1, public.xy, sizeof public.xy);
        BN_free(d);
    }
    EC_POINT_free(point);
    EC_GROUP_free(group);
}

/* Digests, keys and signatures of the reference, in both spellings of v. */
static void the_signatures_of_the_reference(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("nova.json");
    struct json_in list = vector_file_member(&root, "pop");
    struct json_in wallets = vector_file_member(&root, "wallets");
    size_t count = vector_file_count(&list);
    unsigned signed_again = 0;
    for (size_t i = 0; i < count; i++) {
        struct json_in at = json_in_item(&list, i);
        struct bytes hash = vector_file_hex(&at, "digest");
        struct bytes old = vector_file_hex(&at, "sig_v27");
        struct k256_signature signature = {.v = old.ptr[64]};
        struct k256_public public;
        memcpy(signature.rs, old.ptr, sizeof signature.rs);
        assert_status(OK, k256_recover(hash.ptr, &signature, true, &public));
        void *next = NULL;
        for (struct json_in wallet; json_in_next(&wallets, &next, &wallet);) {
            struct secret32 bytes;
            struct k256_key key;
            struct k256_public other;
            struct k256_signature made;
            memcpy(bytes.b, vector_file_hex(&wallet, "priv").ptr, 32);
            assert_status(OK, k256_key_from(&bytes, &key));
            assert_status(OK, k256_public(&key, &other));
            assert_status(OK, k256_sign(&key, hash.ptr, &made));
            if (memcmp(&other, &public, sizeof public) == 0) {
                signed_again++;
                assert_memory_equal(signature.rs, made.rs, sizeof made.rs);
                assert_int_equal(vector_file_hex(&at, "sig_v01").ptr[64], made.v);
            }
        }
    }
    assert_true(count >= 8);
    assert_int_equal(count, signed_again);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_out_of_range_are_refused),
        cmocka_unit_test(a_key_that_was_never_made_does_nothing),
        cmocka_unit_test(signatures_out_of_range_are_refused),
        cmocka_unit_test(an_r_that_is_no_coordinate_is_refused),
        cmocka_unit_test(every_changed_bit_gives_another_signer),
        cmocka_unit_test(a_high_s_is_refused_when_asked),
        cmocka_unit_test(a_failing_generator_makes_no_key),
        cmocka_unit_test(public_keys_are_those_of_openssl),
        cmocka_unit_test(the_signatures_of_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
