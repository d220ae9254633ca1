/* The same curve in OpenSSL: points from scalars, and comparing them with ours. */
#ifndef COFFER_TESTS_UNIT_STARK_ORACLE_CURVE_H
#define COFFER_TESTS_UNIT_STARK_ORACLE_CURVE_H

#include "crypto/stark_point.h"
#include "unit/stark_oracle.h"

struct oracle_curve {
    BN_CTX *bn;
    BIGNUM *p, *n;
    EC_GROUP *group;
};

static inline struct oracle_curve oracle_curve(void)
{
    struct oracle_curve curve = {BN_CTX_new(), oracle_hex(STARK_ORACLE_P),
                                 oracle_hex(STARK_ORACLE_N), NULL};
    BIGNUM *a = oracle_hex("1");
    BIGNUM *b = oracle_hex(STARK_ORACLE_B);
    curve.group = EC_GROUP_new_curve_GFp(curve.p, a, b, curve.bn);
    EC_POINT *generator = EC_POINT_new(curve.group);
    BIGNUM *x = oracle_hex("1ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca");
    BIGNUM *y = oracle_hex("5668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1f");
    assert_int_equal(EC_POINT_set_affine_coordinates(curve.group, generator, x, y, curve.bn), 1);
    assert_int_equal(EC_GROUP_set_generator(curve.group, generator, curve.n, BN_value_one()), 1);
    EC_POINT_free(generator);
    BN_free(a);
    BN_free(b);
    BN_free(x);
    BN_free(y);
    return curve;
}

/* scalar*G + more*point; scalar or point may be NULL. */
static inline EC_POINT *oracle_mul(const struct oracle_curve *curve, const BIGNUM *scalar,
                                   const EC_POINT *point, const BIGNUM *more)
{
    EC_POINT *ret = EC_POINT_new(curve->group);
    assert_int_equal(EC_POINT_mul(curve->group, ret, scalar, point, more, curve->bn), 1);
    return ret;
}

/* In: not the neutral point. */
static inline void oracle_affine(const struct oracle_curve *curve, const EC_POINT *point,
                                 struct felt *ret_x, struct felt *ret_y)
{
    BIGNUM *x = BN_new();
    BIGNUM *y = BN_new();
    assert_int_equal(EC_POINT_get_affine_coordinates(curve->group, point, x, y, curve->bn), 1);
    *ret_x = oracle_felt(x);
    *ret_y = oracle_felt(y);
    BN_free(x);
    BN_free(y);
}

static inline struct stark_affine oracle_point(const struct oracle_curve *curve,
                                               const EC_POINT *point)
{
    struct felt x;
    struct felt y;
    oracle_affine(curve, point, &x, &y);
    struct stark_affine ret;
    stark_fe_from_felt(&x, &ret.x);
    stark_fe_from_felt(&y, &ret.y);
    return ret;
}

/* Fails unless ours is the same point; frees expected. */
static inline void oracle_assert_point(const struct oracle_curve *curve, EC_POINT *expected,
                                       const struct stark_point *ours)
{
    bool neutral = EC_POINT_is_at_infinity(curve->group, expected) == 1;
    assert_int_equal(stark_point_is_neutral(ours), neutral);
    if (!neutral) {
        struct stark_affine affine;
        stark_point_to_affine(ours, &affine);
        struct felt x;
        struct felt y;
        struct felt our_x;
        struct felt our_y;
        oracle_affine(curve, expected, &x, &y);
        stark_fe_to_felt(&affine.x, &our_x);
        stark_fe_to_felt(&affine.y, &our_y);
        assert_memory_equal(&x, &our_x, sizeof x);
        assert_memory_equal(&y, &our_y, sizeof y);
    }
    EC_POINT_free(expected);
}

#endif
