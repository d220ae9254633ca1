#include "crypto/stark_ecdsa.h"
#include "crypto/stark_ecdsa_internal.h"
#include "crypto/stark_fault.h"
#include "crypto/stark_mul.h"
#include "unit/stark_oracle_curve.h"
#include "unit/stark_vectors.h"

static const struct bytes no_extra = {NULL, 0};
static const struct stark_signature none;
static struct oracle_curve curve;
static uint64_t seed = 17;

static void assert_felt(const struct felt *expected, const struct felt *actual)
{
    assert_memory_equal(expected->limb, actual->limb, sizeof actual->limb);
}

/* Both ways to verify say the same. */
static void assert_verifies(bool expected, const struct stark_public *public,
                            const struct felt *hash, const struct stark_signature *signature)
{
    struct status point = stark_ecdsa_verify_var(public, hash, signature);
    struct status x = stark_ecdsa_verify_x_var(&public->x, hash, signature);
    assert_string_equal(expected ? "OK" : "SIGNATURE_INVALID", status_name(point.code));
    assert_string_equal(expected ? "OK" : "SIGNATURE_INVALID", status_name(x.code));
}

static void check_sign(const struct json_in *in, const struct json_in *out, struct bytes extra)
{
    struct stark_key key = vector_key(in, "priv");
    struct felt hash = vector_felt(in, "msg");
    struct felt r = vector_felt(out, "r");
    struct felt s = vector_felt(out, "s");
    struct stark_signature signature;
    struct stark_public public;
    assert_status(OK, stark_ecdsa_sign(&key, &hash, extra, &signature));
    assert_felt(&r, &signature.r);
    assert_felt(&s, &signature.s);
    assert_status(OK, stark_key_public(&key, &public));
    assert_verifies(true, &public, &hash, &signature);
}

static void check_sign_plain(const struct json_in *in, const struct json_in *out)
{
    check_sign(in, out, no_extra);
}

static void check_sign_extra(const struct json_in *in, const struct json_in *out)
{
    uint8_t memory[32];
    check_sign(in, out, vector_extra(in, memory));
}

static void signatures_of_the_vectors(void **state)
{
    (void)state;
    assert_int_equal(37, vectors_of_kind("sign", check_sign_plain));
    assert_int_equal(7, vectors_of_kind("sign_seed", check_sign_extra));
}

static void signatures_of_the_reference_enclave(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("heimdall.json");
    struct json_in list = vector_file_member(&root, "signatures");
    assert_int_equal(6, vector_file_count(&list));
    for (size_t i = 0; i < 6; i++) {
        struct json_in vector = json_in_item(&list, i);
        struct stark_key key = vector_key(&vector, "private_key");
        struct felt hash = vector_felt(&vector, "hash");
        struct felt r = vector_felt(&vector, "r_noseed");
        struct felt s = vector_felt(&vector, "s_noseed");
        struct stark_signature signature;
        assert_status(OK, stark_ecdsa_sign(&key, &hash, no_extra, &signature));
        assert_felt(&r, &signature.r);
        assert_felt(&s, &signature.s);
        r = vector_felt(&vector, "r_seed32");
        s = vector_felt(&vector, "s_seed32");
        static const uint8_t seed32[] = {32};
        assert_status(OK, stark_ecdsa_sign(&key, &hash, BYTES_ARRAY(seed32), &signature));
        assert_felt(&r, &signature.r);
        assert_felt(&s, &signature.s);
    }
}

static void check_verify(const struct json_in *in, const struct json_in *out)
{
    struct felt x = vector_felt(in, "pub");
    struct felt hash = vector_felt(in, "msg");
    struct stark_signature signature = {vector_felt(in, "r"), vector_felt(in, "s")};
    struct json_in member = vector_file_member(out, "valid");
    bool valid = false;
    assert_status(OK, json_in_bool(&member, &valid));
    struct status status = stark_ecdsa_verify_x_var(&x, &hash, &signature);
    assert_int_equal(valid, status_is_ok(status));
}

static void verdicts_of_the_vectors(void **state)
{
    (void)state;
    assert_int_equal(26, vectors_of_kind("verify", check_verify));
}

static struct stark_scalar random_scalar(void)
{
    struct stark_scalar ret;
    for (size_t i = 0; i < 4; i++) {
        ret.limb[i] = oracle_edgy(&seed) >> (i == 3 ? 5 : 0);
    }
    ret.limb[0] |= stark_scalar_is_zero(&ret);
    return ret;
}

static struct felt random_hash(void)
{
    struct stark_scalar scalar = random_scalar();
    struct felt ret;
    stark_scalar_to_felt(&scalar, &ret);
    return ret;
}

/* Verification by OpenSSL's numbers and points: x(z/s*G + r/s*Q) = r. */
static void assert_openssl_verifies(const struct stark_key *key, const struct felt *hash,
                                    const struct stark_signature *signature)
{
    BIGNUM *d = oracle_from_limbs(key->d.limb);
    BIGNUM *r = oracle_from_limbs(signature->r.limb);
    BIGNUM *w = oracle_from_limbs(signature->s.limb);
    BIGNUM *u = oracle_from_limbs(hash->limb);
    struct felt x;
    struct felt y;
    assert_non_null(BN_mod_inverse(w, w, curve.n, curve.bn));
    BN_mod_mul(u, u, w, curve.n, curve.bn);
    BN_mod_mul(w, r, w, curve.n, curve.bn);
    EC_POINT *public = oracle_mul(&curve, d, NULL, NULL);
    EC_POINT *sum = oracle_mul(&curve, u, public, w);
    oracle_affine(&curve, sum, &x, &y);
    assert_felt(&signature->r, &x);
    EC_POINT_free(public);
    EC_POINT_free(sum);
    BN_free(d);
    BN_free(r);
    BN_free(w);
    BN_free(u);
}

static void random_signatures_verify_in_openssl(void **state)
{
    (void)state;
    for (size_t i = 0; i < 400; i += unit_step()) {
        struct stark_key key = {random_scalar()};
        struct felt hash = random_hash();
        uint8_t extra[32];
        for (size_t j = 0; j < sizeof extra; j++) {
            extra[j] = (uint8_t)oracle_random(&seed);
        }
        struct stark_signature signature;
        struct stark_public public;
        struct bytes more = i % 2 == 0 ? no_extra : BYTES_ARRAY(extra);
        assert_status(OK, stark_ecdsa_sign(&key, &hash, more, &signature));
        assert_openssl_verifies(&key, &hash, &signature);
        assert_status(OK, stark_key_public(&key, &public));
        assert_verifies(true, &public, &hash, &signature);
    }
}

static struct felt flipped(const struct felt *felt, unsigned bit)
{
    struct felt ret = *felt;
    ret.limb[bit / 64] ^= (uint64_t)1 << bit % 64;
    return ret;
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct stark_key key = {random_scalar()};
        struct felt hash = random_hash();
        struct stark_public public;
        struct stark_signature signature;
        assert_status(OK, stark_key_public(&key, &public));
        assert_status(OK, stark_ecdsa_sign(&key, &hash, no_extra, &signature));
        for (unsigned bit = 0; bit < 251; bit += unit_step()) {
            struct stark_signature bad_r = {flipped(&signature.r, bit), signature.s};
            struct stark_signature bad_s = {signature.r, flipped(&signature.s, bit)};
            struct felt bad_hash = flipped(&hash, bit);
            assert_verifies(false, &public, &hash, &bad_r);
            assert_verifies(false, &public, &hash, &bad_s);
            assert_verifies(false, &public, &bad_hash, &signature);
            struct felt bad_x = flipped(&public.x, bit);
            assert_false(status_is_ok(stark_ecdsa_verify_x_var(&bad_x, &hash, &signature)));
        }
    }
}

/* The number that verifiers compare against n, 2^251 and so on. */
static struct felt edge(unsigned which)
{
    struct felt ret = FELT_ZERO;
    BIGNUM *number = BN_new();
    if (which < 3) {
        BN_copy(number, curve.n);
        BN_sub_word(number, 1);
        BN_add_word(number, which);
    } else if (which < 5) {
        BN_set_bit(number, 251);
        BN_add_word(number, which - 3);
    } else {
        BN_copy(number, curve.p);
        BN_sub_word(number, 1);
    }
    ret = oracle_felt(number);
    BN_free(number);
    return ret;
}

#define EDGES 6

static void values_out_of_range_are_refused(void **state)
{
    (void)state;
    struct stark_key key = {random_scalar()};
    struct felt hash = random_hash();
    struct stark_public public;
    struct stark_signature good;
    assert_status(OK, stark_key_public(&key, &public));
    assert_status(OK, stark_ecdsa_sign(&key, &hash, no_extra, &good));
    for (unsigned i = 0; i < EDGES; i++) {
        struct felt bad = edge(i);
        struct stark_signature bad_r = {bad, good.s};
        struct stark_signature bad_s = {good.r, bad};
        struct stark_signature signature = good;
        assert_verifies(false, &public, &hash, &bad_r);
        assert_verifies(false, &public, &hash, &bad_s);
        assert_status(MESSAGE_HASH_RANGE, stark_ecdsa_verify_var(&public, &bad, &good));
        assert_status(MESSAGE_HASH_RANGE, stark_ecdsa_verify_x_var(&public.x, &bad, &good));
        assert_status(MESSAGE_HASH_RANGE, stark_ecdsa_sign(&key, &bad, no_extra, &signature));
        assert_memory_equal(&none, &signature, sizeof none);
    }
    struct stark_signature zero_r = {FELT_ZERO, good.s};
    struct stark_signature zero_s = {good.r, FELT_ZERO};
    assert_verifies(false, &public, &hash, &zero_r);
    assert_verifies(false, &public, &hash, &zero_s);
}

/* The hash for which a nonce gives exactly this s: z = s*k - r*d. */
static struct felt hash_that_gives(const struct stark_scalar *s, const struct stark_key *key,
                                   const struct stark_scalar *k, struct felt *ret_r)
{
    struct stark_point point;
    struct stark_affine affine;
    struct stark_scalar z;
    struct stark_scalar product;
    struct felt hash;
    stark_mul_base(k, &point);
    stark_point_to_affine(&point, &affine);
    stark_fe_to_felt(&affine.x, ret_r);
    assert_true(stark_scalar_from_felt_var(ret_r, &product));
    stark_scalar_mul(&product, &key->d, &product);
    stark_scalar_negate(&product, &product);
    stark_scalar_mul(s, k, &z);
    stark_scalar_add(&z, &product, &z);
    stark_scalar_to_felt(&z, &hash);
    return hash;
}

/* Signatures that fulfil the equation, with s or 1/s around 2^251 and below n: those at or above
 * 2^251 are refused, and a nonce that leads to one is unsuitable. */
static void good_signatures_out_of_range_are_refused(void **state)
{
    (void)state;
    struct stark_key key = {random_scalar()};
    struct stark_public public;
    assert_status(OK, stark_key_public(&key, &public));
    for (unsigned i = 0; i < 64; i++) {
        struct stark_scalar k = random_scalar();
        struct stark_scalar s;
        struct stark_signature signature;
        struct stark_signature made;
        struct felt big = edge(i % 4 < 2 ? 3 : 0);
        big.limb[0] -= i / 4;
        if (i % 4 < 2 && i / 4 > 0) {
            memset(big.limb, 0xff, 24);
            big.limb[3] = ((uint64_t)1 << 59) - 1;
            big.limb[0] -= i / 4;
        }
        bool high = big.limb[3] >> 59 != 0;
        assert_true(stark_scalar_from_felt_var(&big, &s));
        if (i % 2 == 1) {
            stark_scalar_inverse(&s, &s);
        }
        struct felt hash = hash_that_gives(&s, &key, &k, &signature.r);
        stark_scalar_to_felt(&s, &signature.s);
        assert_verifies(!high, &public, &hash, &signature);
        struct stark_ecdsa_outcome outcome = stark_ecdsa_with_nonce(&key, &hash, &k, &made);
        assert_felt(&signature.s, &made.s);
        assert_int_equal(1, outcome.sound);
        assert_int_equal(!high, outcome.suitable);
    }
}

static void a_nonce_that_gives_zero_is_unsuitable(void **state)
{
    (void)state;
    const struct stark_scalar zero = STARK_SCALAR_ZERO;
    struct stark_key key = {random_scalar()};
    struct stark_scalar k = random_scalar();
    struct stark_signature made;
    struct felt r;
    struct felt hash = hash_that_gives(&zero, &key, &k, &r);
    struct stark_ecdsa_outcome outcome = stark_ecdsa_with_nonce(&key, &hash, &k, &made);
    assert_int_equal(1, outcome.sound);
    assert_int_equal(0, outcome.suitable);
}

static void x_without_a_point_is_refused(void **state)
{
    (void)state;
    struct stark_key key = {random_scalar()};
    struct felt hash = random_hash();
    struct stark_signature signature;
    assert_status(OK, stark_ecdsa_sign(&key, &hash, no_extra, &signature));
    size_t points = 0;
    size_t tries = 0;
    EC_POINT *point = EC_POINT_new(curve.group);
    for (size_t i = 0; i < 200; i += unit_step()) {
        struct felt x = i == 0 ? FELT_ZERO : random_hash();
        BIGNUM *number = oracle_from_limbs(x.limb);
        bool on_curve =
            EC_POINT_set_compressed_coordinates(curve.group, point, number, 0, curve.bn) == 1;
        struct status status = stark_ecdsa_verify_x_var(&x, &hash, &signature);
        assert_string_equal(on_curve ? "SIGNATURE_INVALID" : "POINT_INVALID",
                            status_name(status.code));
        points += on_curve;
        tries++;
        BN_free(number);
    }
    assert_in_range(10 * points, 3 * tries, 7 * tries);
    EC_POINT_free(point);
}

static void faults_let_nothing_out(void **state)
{
    (void)state;
    static const enum stark_fault caught[] = {STARK_FAULT_POINT, STARK_FAULT_S, STARK_FAULT_RANGE};
    struct stark_key key = {random_scalar()};
    for (size_t i = 0; i < 100; i += unit_step()) {
        struct felt hash = random_hash();
        struct stark_signature signature;
        memset(&signature, 0xff, sizeof signature);
        stark_fault_planted = caught[i % 3];
        struct status status = stark_ecdsa_sign(&key, &hash, no_extra, &signature);
        stark_fault_planted = STARK_FAULT_NONE;
        assert_status(SELF_CHECK, status);
        assert_memory_equal(&none, &signature, sizeof none);
    }
}

/* This one is for the caller's verification. */
static void a_fault_in_the_nonce_does_not_verify(void **state)
{
    (void)state;
    struct stark_key key = {random_scalar()};
    struct felt hash = random_hash();
    struct stark_signature signature;
    struct stark_public public;
    assert_status(OK, stark_key_public(&key, &public));
    stark_fault_planted = STARK_FAULT_NONCE;
    struct status status = stark_ecdsa_sign(&key, &hash, no_extra, &signature);
    stark_fault_planted = STARK_FAULT_NONE;
    assert_status(OK, status);
    assert_verifies(false, &public, &hash, &signature);
}

int main(void)
{
    curve = oracle_curve();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_of_the_vectors),
        cmocka_unit_test(signatures_of_the_reference_enclave),
        cmocka_unit_test(verdicts_of_the_vectors),
        cmocka_unit_test(random_signatures_verify_in_openssl),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(good_signatures_out_of_range_are_refused),
        cmocka_unit_test(a_nonce_that_gives_zero_is_unsuitable),
        cmocka_unit_test(x_without_a_point_is_refused),
        cmocka_unit_test(faults_let_nothing_out),
        cmocka_unit_test(a_fault_in_the_nonce_does_not_verify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
