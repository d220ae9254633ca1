#include "crypto/stark_fault.h"
#include "crypto/stark_key.h"
#include "fixtures/vector_file.h"
#include "unit/stark_oracle_curve.h"

static struct oracle_curve curve;

static struct secret32 bytes_of_number(const BIGNUM *number)
{
    struct secret32 ret;
    assert_int_equal(BN_bn2binpad(number, ret.b, 32), 32);
    return ret;
}

static void keys_outside_1_to_n_minus_1_are_refused(void **state)
{
    (void)state;
    static const struct stark_key zero;
    BIGNUM *number = BN_new();
    for (unsigned i = 0; i < 8; i++) {
        if (i == 0) {
            BN_zero(number);
        } else if (i < 4) {
            BN_copy(number, curve.n);
            BN_add_word(number, i - 1);
        } else if (i < 6) {
            BN_copy(number, curve.p);
            BN_sub_word(number, i - 4);
        } else {
            BN_zero(number);
            BN_set_bit(number, i == 6 ? 255 : 256);
            BN_sub_word(number, i == 6 ? 0 : 1);
        }
        struct secret32 bytes = bytes_of_number(number);
        struct stark_key key;
        memset(&key, 0xff, sizeof key);
        assert_status(KEY_INVALID, stark_key_from_bytes(&bytes, &key));
        assert_memory_equal(&zero, &key, sizeof key);
    }
    BN_free(number);
}

static void the_ends_of_the_range_are_keys(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        BIGNUM *number = BN_new();
        if (i < 2) {
            BN_set_word(number, i + 1);
        } else {
            BN_copy(number, curve.n);
            BN_sub_word(number, i - 1);
        }
        struct secret32 bytes = bytes_of_number(number);
        struct stark_key key;
        struct stark_public public;
        struct felt x;
        struct felt y;
        struct felt our_y;
        assert_status(OK, stark_key_from_bytes(&bytes, &key));
        assert_status(OK, stark_key_public(&key, &public));
        EC_POINT *expected = oracle_mul(&curve, number, NULL, NULL);
        oracle_affine(&curve, expected, &x, &y);
        stark_fe_to_felt(&public.point.y, &our_y);
        assert_true(felt_equal(&x, &public.x));
        assert_true(felt_equal(&y, &our_y));
        EC_POINT_free(expected);
        BN_free(number);
    }
}

static void public_keys_of_the_vectors(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("starknet.json");
    struct json_in list = vector_file_member(&root, "vectors");
    size_t found = 0;
    for (size_t i = 0; i < vector_file_count(&list); i++) {
        struct json_in vector = json_in_item(&list, i);
        if (!bytes_equal(vector_file_text(&vector, "kind"), BYTES_LITERAL("pubkey"))) {
            continue;
        }
        struct json_in in = vector_file_member(&vector, "in");
        struct json_in out = vector_file_member(&vector, "out");
        struct secret32 bytes;
        struct stark_key key;
        struct stark_public public;
        uint8_t wanted[32];
        uint8_t got[32];
        vector_file_number(&in, "priv", bytes.b);
        assert_status(OK, stark_key_from_bytes(&bytes, &key));
        assert_status(OK, stark_key_public(&key, &public));
        vector_file_number(&out, "x", wanted);
        felt_to_be(&public.x, got);
        assert_memory_equal(wanted, got, 32);
        struct felt y;
        stark_fe_to_felt(&public.point.y, &y);
        vector_file_number(&out, "y", wanted);
        felt_to_be(&y, got);
        assert_memory_equal(wanted, got, 32);
        found++;
    }
    assert_int_equal(25, found);
}

static void a_fault_lets_nothing_out(void **state)
{
    (void)state;
    static const struct stark_public zero;
    struct stark_key key = {STARK_SCALAR_ONE};
    struct stark_public public;
    stark_fault_planted = STARK_FAULT_POINT;
    struct status status = stark_key_public(&key, &public);
    stark_fault_planted = STARK_FAULT_NONE;
    assert_status(SELF_CHECK, status);
    assert_memory_equal(&zero, &public, sizeof zero);
}

int main(void)
{
    curve = oracle_curve();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_outside_1_to_n_minus_1_are_refused),
        cmocka_unit_test(the_ends_of_the_range_are_keys),
        cmocka_unit_test(public_keys_of_the_vectors),
        cmocka_unit_test(a_fault_lets_nothing_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
