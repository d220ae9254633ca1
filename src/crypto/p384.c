#include "crypto/p384.h"

#include <openssl/bn.h>
#include <string.h>

#include "base/ct.h"
#include "crypto/openssl_internal.h"

enum { CANDIDATES = 8, PREFIX = P384_SPKI - P384_SEC1 };

static const uint8_t order[P384_BYTES] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
    0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
};

/* SEQUENCE { SEQUENCE { id-ecPublicKey, secp384r1 }, BIT STRING without unused bits. */
static const uint8_t spki_prefix[PREFIX] = {
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
    0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
};

/* What one multiplication works on; everything in it is wiped by freeing. */
struct work {
    BN_CTX *context;
    BIGNUM *scalar;
    EC_POINT *in;
    EC_POINT *out;
};

static void work_free(struct work *work)
{
    EC_POINT_clear_free(work->out);
    EC_POINT_clear_free(work->in);
    BN_clear_free(work->scalar);
    BN_CTX_free(work->context);
}

#define WORK(name) __attribute__((cleanup(work_free))) struct work name = {NULL, NULL, NULL, NULL}

static struct status work_make(struct work *work, const EC_GROUP **ret_group)
{
    const struct openssl *openssl;
    *ret_group = NULL;
    TRY(openssl_get(&openssl));
    *ret_group = openssl->p384;
    work->context = BN_CTX_secure_new_ex(openssl->context);
    work->scalar = BN_secure_new();
    work->in = EC_POINT_new(openssl->p384);
    work->out = EC_POINT_new(openssl->p384);
    bool made = work->context != NULL && work->scalar != NULL && work->in != NULL;
    return made && work->out != NULL ? OK : FAIL(NO_MEMORY);
}

static struct status load_scalar(struct work *work, const struct p384_key *key)
{
    SECRET(p384_key, copy);
    copy = *key;
    ct_public(&copy, sizeof copy);
    BN_set_flags(work->scalar, BN_FLG_CONSTTIME);
    return BN_bin2bn(copy.d, sizeof copy.d, work->scalar) != NULL ? OK : FAIL(NO_MEMORY);
}

/* OpenSSL checks here that the coordinates are below p and that the point is on the curve. */
static struct status load_point(const EC_GROUP *group, struct work *work, const uint8_t *sec1)
{
    if (sec1[0] != POINT_CONVERSION_UNCOMPRESSED ||
        EC_POINT_oct2point(group, work->in, sec1, P384_SEC1, work->context) != 1 ||
        EC_POINT_is_at_infinity(group, work->in) != 0) {
        return openssl_failed(FAIL(POINT_INVALID));
    }
    return OK;
}

struct status p384_key_from(const uint8_t in[static P384_BYTES], struct p384_key *ret)
{
    uint32_t borrow = 0;
    uint32_t any = 0;
    for (size_t i = P384_BYTES; i-- > 0;) {
        borrow = ((uint32_t)in[i] - order[i] - borrow) >> 31;
        any |= in[i];
    }
    uint64_t in_range = borrow & (1 ^ (ct_mask_zero(any) & 1));
    *ret = (struct p384_key){0};
    if (!ct_declassify(in_range)) {
        return FAIL(KEY_INVALID);
    }
    memcpy(ret->d, in, P384_BYTES);
    return OK;
}

struct status p384_key_generate(const struct entropy *entropy, struct p384_key *ret)
{
    *ret = (struct p384_key){0};
    SECRET(p384_key, candidate);
    for (int i = 0; i < CANDIDATES; i++) {
        TRY(entropy_fill(entropy, candidate.d, sizeof candidate.d));
        if (status_is_ok(p384_key_from(candidate.d, ret))) {
            return OK;
        }
    }
    return FAIL(ENTROPY);
}

struct status p384_public(const struct p384_key *key, struct p384_point *ret)
{
    const EC_GROUP *group;
    WORK(work);
    *ret = (struct p384_point){{0}};
    TRY(work_make(&work, &group));
    TRY(load_scalar(&work, key));
    if (EC_POINT_mul(group, work.out, work.scalar, NULL, NULL, work.context) != 1 ||
        EC_POINT_point2oct(group, work.out, POINT_CONVERSION_UNCOMPRESSED, ret->sec1,
                           sizeof ret->sec1, work.context) != sizeof ret->sec1) {
        *ret = (struct p384_point){{0}};
        return openssl_failed(FAIL(INTERNAL));
    }
    return OK;
}

/* The point in DER; what is no DER of this curve, as it is. */
static struct bytes sec1_of(struct bytes in)
{
    bool is_spki = in.len == P384_SPKI && bytes_starts(in, BYTES_ARRAY(spki_prefix));
    return is_spki ? bytes_slice(in, PREFIX, P384_SEC1) : in;
}

struct status p384_point_parse(struct bytes in, struct p384_point *ret)
{
    const EC_GROUP *group;
    WORK(work);
    *ret = (struct p384_point){{0}};
    in = sec1_of(in);
    if (in.len != P384_SEC1) {
        return FAIL(POINT_INVALID);
    }
    TRY(work_make(&work, &group));
    TRY(load_point(group, &work, in.ptr));
    memcpy(ret->sec1, in.ptr, P384_SEC1);
    return OK;
}

/* A struct p384_point that was never filled is the bytes of no point, and known to nobody. */
struct status p384_point_parse_known(struct bytes in, const struct p384_point *known,
                                     struct p384_point *ret)
{
    bool is_known = known->sec1[0] == POINT_CONVERSION_UNCOMPRESSED &&
                    bytes_equal(sec1_of(in), BYTES_ARRAY(known->sec1));
    if (is_known) {
        *ret = *known;
        return OK;
    }
    return p384_point_parse(in, ret);
}

void p384_point_spki(const struct p384_point *point, uint8_t out[static P384_SPKI])
{
    memcpy(out, spki_prefix, PREFIX);
    memcpy(out + PREFIX, point->sec1, P384_SEC1);
}

bool p384_point_equal(const struct p384_point *a, const struct p384_point *b)
{
    return bytes_equal(BYTES_ARRAY(a->sec1), BYTES_ARRAY(b->sec1));
}

/* x is written at full width: it may begin with zeros. */
static struct status multiply(const EC_GROUP *group, struct work *work, struct p384_shared *ret)
{
    uint8_t sec1[P384_SEC1] = {0};
    bool done = EC_POINT_mul(group, work->out, NULL, work->in, work->scalar, work->context) == 1 &&
                EC_POINT_point2oct(group, work->out, POINT_CONVERSION_UNCOMPRESSED, sec1,
                                   sizeof sec1, work->context) == sizeof sec1;
    memcpy(ret->x, sec1 + 1, P384_BYTES);
    secret_wipe(sec1, sizeof sec1);
    ct_secret(ret, sizeof *ret);
    return done ? OK : openssl_failed(FAIL(INTERNAL));
}

struct status p384_ecdh(const struct p384_key *key, const struct p384_point *point,
                        struct p384_shared *ret)
{
    const EC_GROUP *group;
    WORK(work);
    *ret = (struct p384_shared){{0}};
    TRY(work_make(&work, &group));
    TRY(load_point(group, &work, point->sec1));
    TRY(load_scalar(&work, key));
    struct status status = multiply(group, &work, ret);
    if (!status_is_ok(status)) {
        p384_shared_wipe(ret);
    }
    return status;
}
