#include <openssl/hmac.h>

#include "crypto/stark_rfc6979.h"
#include "unit/stark_oracle.h"
#include "unit/stark_vectors.h"

static void assert_nonce(const struct felt *expected, const struct stark_scalar *k)
{
    assert_memory_equal(expected->limb, k->limb, sizeof k->limb);
}

static void check_plain(const struct json_in *in, const struct json_in *out)
{
    struct stark_rfc6979 generator;
    struct stark_scalar k;
    struct stark_key key = vector_key(in, "priv");
    struct felt hash = vector_felt(in, "msg");
    struct felt expected = vector_felt(out, "k");
    stark_rfc6979_init(&generator, &key, &hash, (struct bytes){0});
    stark_rfc6979_next(&generator, &k);
    assert_nonce(&expected, &k);
}

static void check_extra(const struct json_in *in, const struct json_in *out)
{
    struct stark_rfc6979 generator;
    struct stark_scalar k;
    struct stark_key key = vector_key(in, "priv");
    struct felt hash = vector_felt(in, "msg");
    struct felt expected = vector_felt(out, "k");
    uint8_t memory[32];
    stark_rfc6979_init(&generator, &key, &hash, vector_extra(in, memory));
    stark_rfc6979_next(&generator, &k);
    assert_nonce(&expected, &k);
}

static void nonces_of_the_vectors(void **state)
{
    (void)state;
    assert_int_equal(37, vectors_of_kind("sign", check_plain));
    assert_int_equal(7, vectors_of_kind("sign_seed", check_extra));
}

/* The steps of RFC 6979 with OpenSSL: k and v are replaced by the outputs. */
static void oracle_hmac(const uint8_t key[static 32], const uint8_t *data, size_t len,
                        uint8_t ret[static 32])
{
    uint8_t out[32];
    assert_non_null(HMAC(EVP_sha256(), key, 32, data, len, out, NULL));
    memcpy(ret, out, 32);
}

struct oracle_generator {
    uint8_t k[32], v[32];
};

static void oracle_rekey(struct oracle_generator *g, uint8_t round, const uint8_t *more, size_t len)
{
    uint8_t data[33 + 96];
    memcpy(data, g->v, 32);
    data[32] = round;
    if (len != 0) {
        memcpy(data + 33, more, len);
    }
    oracle_hmac(g->k, data, 33 + len, g->k);
    oracle_hmac(g->k, g->v, 32, g->v);
}

static BIGNUM *oracle_next(struct oracle_generator *g, const BIGNUM *order)
{
    for (;;) {
        oracle_hmac(g->k, g->v, 32, g->v);
        BIGNUM *number = BN_bin2bn(g->v, 32, NULL);
        BN_rshift(number, number, 4);
        if (!BN_is_zero(number) && BN_cmp(number, order) < 0) {
            return number;
        }
        BN_free(number);
        oracle_rekey(g, 0, NULL, 0);
    }
}

/* Keys, hashes and additional input of every length, several nonces from each. */
static void nonces_agree_with_openssl(void **state)
{
    (void)state;
    uint64_t seed = 11;
    BIGNUM *order = oracle_hex(STARK_ORACLE_N);
    for (size_t i = 0; i < 330; i++) {
        struct stark_key key;
        struct felt hash;
        uint8_t more[96];
        uint8_t extra_len = (uint8_t)(i % 33);
        for (size_t j = 0; j < 4; j++) {
            key.d.limb[j] = oracle_edgy(&seed) >> (j == 3 ? 5 : 0);
            hash.limb[j] = oracle_edgy(&seed) >> (j == 3 ? 5 : 0);
        }
        stark_scalar_to_be(&key.d, more);
        felt_to_be(&hash, more + 32);
        for (size_t j = 64; j < 96; j++) {
            more[j] = (uint8_t)oracle_random(&seed);
        }
        struct oracle_generator expected = {{0}, {0}};
        memset(expected.v, 1, sizeof expected.v);
        oracle_rekey(&expected, 0, more, 64u + extra_len);
        oracle_rekey(&expected, 1, more, 64u + extra_len);
        struct stark_rfc6979 generator;
        stark_rfc6979_init(&generator, &key, &hash, (struct bytes){more + 64, extra_len});
        for (int draw = 0; draw < 3; draw++) {
            struct stark_scalar k;
            stark_rfc6979_next(&generator, &k);
            oracle_assert_limbs(oracle_next(&expected, order), k.limb);
            oracle_rekey(&expected, 0, NULL, 0);
        }
    }
    BN_free(order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nonces_of_the_vectors),
        cmocka_unit_test(nonces_agree_with_openssl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
