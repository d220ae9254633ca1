#include "coffer/judge.h"

#include <openssl/bn.h>
#include <openssl/ec.h>

/* Source: Starknet documentation, "Cryptography", the STARK curve: y^2 = x^3 + x + B. */
#define CURVE_P  "800000000000011000000000000000000000000000000000000000000000001"
#define CURVE_N  "800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f"
#define CURVE_B  "6f21413efbe40de150e596d72f7a8c5609ad26c15c915c1f4cdfcb99cee9e89"
#define CURVE_GX "1ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca"
#define CURVE_GY "5668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1f"

enum { HASH_BITS = 251 };

/* Everything of one verification; the numbers belong to the context. */
struct judge {
    BN_CTX *context;
    EC_GROUP *group;
    EC_POINT *key;
    EC_POINT *sum;
    BIGNUM *n, *x, *r, *s, *z;
};

static void judge_deinit(struct judge *judge)
{
    EC_POINT_free(judge->key);
    EC_POINT_free(judge->sum);
    EC_GROUP_free(judge->group);
    if (judge->context != NULL) {
        BN_CTX_end(judge->context);
        BN_CTX_free(judge->context);
    }
}

/* NULL when there is no memory. */
static BIGNUM *from_hex(BN_CTX *context, const char *hex)
{
    BIGNUM *number = BN_CTX_get(context);
    return number != NULL && BN_hex2bn(&number, hex) != 0 ? number : NULL;
}

static BIGNUM *from_felt(BN_CTX *context, const struct felt *felt)
{
    uint8_t bytes[32];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(felt->limb[i / 8] >> (8 * (i % 8)));
    }
    BIGNUM *number = BN_CTX_get(context);
    return number == NULL ? NULL : BN_lebin2bn(bytes, sizeof bytes, number);
}

static bool init_curve(struct judge *judge)
{
    BN_CTX *context = judge->context;
    BIGNUM *p = from_hex(context, CURVE_P);
    BIGNUM *b = from_hex(context, CURVE_B);
    BIGNUM *x = from_hex(context, CURVE_GX);
    BIGNUM *y = from_hex(context, CURVE_GY);
    judge->n = from_hex(context, CURVE_N);
    if (p == NULL || b == NULL || x == NULL || y == NULL || judge->n == NULL) {
        return false;
    }
    judge->group = EC_GROUP_new_curve_GFp(p, BN_value_one(), b, context);
    if (judge->group == NULL) {
        return false;
    }
    judge->key = EC_POINT_new(judge->group);
    judge->sum = EC_POINT_new(judge->group);
    return judge->key != NULL && judge->sum != NULL &&
           EC_POINT_set_affine_coordinates(judge->group, judge->sum, x, y, context) == 1 &&
           EC_GROUP_set_generator(judge->group, judge->sum, judge->n, BN_value_one()) == 1;
}

/* 1 <= value and, as the network has it, below 2^251. */
static bool is_in_range(const BIGNUM *value)
{
    return !BN_is_zero(value) && BN_num_bits(value) <= HASH_BITS;
}

/* One of the two keys with this x: x of (z/s)G + (r/s)Q, modulo n, is r. */
static bool fits(struct judge *judge, int odd_y)
{
    BN_CTX *context = judge->context;
    BIGNUM *w = BN_CTX_get(context);
    BIGNUM *u1 = BN_CTX_get(context);
    BIGNUM *u2 = BN_CTX_get(context);
    BIGNUM *found = BN_CTX_get(context);
    return found != NULL &&
           EC_POINT_set_compressed_coordinates(judge->group, judge->key, judge->x, odd_y,
                                               context) == 1 &&
           BN_mod_inverse(w, judge->s, judge->n, context) != NULL && is_in_range(w) &&
           BN_mod_mul(u1, judge->z, w, judge->n, context) == 1 &&
           BN_mod_mul(u2, judge->r, w, judge->n, context) == 1 &&
           EC_POINT_mul(judge->group, judge->sum, u1, judge->key, u2, context) == 1 &&
           EC_POINT_get_affine_coordinates(judge->group, judge->sum, found, NULL, context) == 1 &&
           BN_nnmod(found, found, judge->n, context) == 1 && BN_cmp(found, judge->r) == 0;
}

static struct status verdict(struct judge *judge)
{
    if (EC_POINT_set_compressed_coordinates(judge->group, judge->key, judge->x, 0,
                                            judge->context) != 1) {
        return FAIL(POINT_INVALID);
    }
    if (!is_in_range(judge->r) || !is_in_range(judge->s) || BN_num_bits(judge->z) > HASH_BITS) {
        return FAIL(SIGNATURE_INVALID);
    }
    return fits(judge, 0) || fits(judge, 1) ? OK : FAIL(SIGNATURE_INVALID);
}

struct status judge_verify(const struct felt *key, const struct felt *hash, const struct felt *r,
                           const struct felt *s)
{
    struct judge judge = {.context = BN_CTX_new()};
    if (judge.context == NULL) {
        return FAIL(NO_MEMORY);
    }
    BN_CTX_start(judge.context);
    struct status status = FAIL(NO_MEMORY);
    if (init_curve(&judge)) {
        judge.x = from_felt(judge.context, key);
        judge.z = from_felt(judge.context, hash);
        judge.r = from_felt(judge.context, r);
        judge.s = from_felt(judge.context, s);
        if (judge.x != NULL && judge.z != NULL && judge.r != NULL && judge.s != NULL) {
            status = verdict(&judge);
        }
    }
    judge_deinit(&judge);
    return status;
}

struct status judge_key(const struct felt *key)
{
    struct judge judge = {.context = BN_CTX_new()};
    if (judge.context == NULL) {
        return FAIL(NO_MEMORY);
    }
    BN_CTX_start(judge.context);
    struct status status = FAIL(NO_MEMORY);
    if (init_curve(&judge) && (judge.x = from_felt(judge.context, key)) != NULL) {
        /* A point has x = 0, but nobody knows its logarithm: it is what a mistake looks like. */
        status = !BN_is_zero(judge.x) && EC_POINT_set_compressed_coordinates(
                                             judge.group, judge.key, judge.x, 0, judge.context) == 1
                     ? OK
                     : FAIL(POINT_INVALID);
    }
    judge_deinit(&judge);
    return status;
}
