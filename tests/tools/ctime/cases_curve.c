/* Cases of points, multiples, nonces and signatures. */
#include "crypto/stark_ecdsa_internal.h"
#include "crypto/stark_mul.h"
#include "crypto/stark_rfc6979.h"
#include "tools/ctime/ctime.h"

static struct stark_key secret_key(void)
{
    struct stark_key key;
    ctime_secret(&key, sizeof key);
    key.d.limb[3] >>= 5;
    return key;
}

static struct stark_affine secret_point(void)
{
    struct stark_key key = secret_key();
    struct stark_point point;
    struct stark_affine ret;
    stark_mul_base(&key.d, &point);
    stark_point_to_affine(&point, &ret);
    return ret;
}

static void points(void)
{
    const struct stark_fe one = STARK_FE_ONE;
    struct stark_affine a = secret_point();
    struct stark_affine b = secret_point();
    struct stark_point p;
    struct stark_point q;
    uint64_t bits = stark_point_on_curve(&a);
    stark_point_from_affine(&a, &p);
    stark_point_double(&p, &q);
    stark_point_double_on(&q, &one, &q);
    stark_point_add(&p, &q, &p);
    stark_point_add_affine(&p, &b, &p);
    stark_point_negate(&p, &p);
    bits += stark_point_equal(&p, &q) + stark_point_equal(&p, &p) + stark_point_is_neutral(&p);
    stark_point_to_affine(&p, &a);
    ctime_public(&bits, sizeof bits);
}

static void multiples(void)
{
    struct stark_key key = secret_key();
    struct stark_affine a = secret_point();
    struct stark_point p;
    stark_mul_base(&key.d, &p);
    stark_mul(&key.d, &a, &p);
}

static void nonces(void)
{
    const struct felt hash = {{1, 2, 3, 4}};
    struct stark_key key = secret_key();
    struct stark_rfc6979 generator;
    struct stark_scalar k;
    uint8_t extra[32];
    ctime_secret(extra, sizeof extra);
    stark_rfc6979_init(&generator, &key, &hash, BYTES_ARRAY(extra));
    for (int i = 0; i < 4; i++) {
        stark_rfc6979_next(&generator, &k);
    }
}

static void keys(void)
{
    struct secret32 bytes;
    struct stark_key key;
    struct stark_public public;
    ctime_secret(&bytes, sizeof bytes);
    struct status status = stark_key_from_bytes(&bytes, &key);
    bytes.b[0] = 0;
    status = stark_key_from_bytes(&bytes, &key);
    status = stark_key_public(&key, &public);
    (void)status;
}

static void signatures(void)
{
    const struct felt hash = {{1, 2, 3, 4}};
    struct stark_key key = secret_key();
    struct stark_key nonce = secret_key();
    struct stark_signature signature;
    struct stark_ecdsa_outcome outcome = stark_ecdsa_with_nonce(&key, &hash, &nonce.d, &signature);
    ctime_public(&outcome, sizeof outcome);
    struct status status = stark_ecdsa_sign(&key, &hash, (struct bytes){0}, &signature);
    uint8_t extra[32];
    ctime_secret(extra, sizeof extra);
    status = stark_ecdsa_sign(&key, &hash, BYTES_ARRAY(extra), &signature);
    (void)status;
}

const struct ctime_case ctime_curve[] = {
    {"stark_point_add stark_point_add_affine stark_point_double stark_point_double_on "
     "stark_point_equal stark_point_from_affine stark_point_is_neutral stark_point_negate "
     "stark_point_on_curve stark_point_to_affine",
     points},
    {"stark_mul stark_mul_base", multiples},
    {"rfc6979_init rfc6979_next stark_rfc6979_init stark_rfc6979_next", nonces},
    {"stark_key_from_bytes stark_key_public", keys},
    {"stark_ecdsa_sign stark_ecdsa_with_nonce", signatures},
    {NULL, NULL},
};
