/* The fused formulas as polynomial identities, on coordinates anywhere within their bounds: no
 * point of the curve is needed, and none would reach the ends. */
#include "crypto/stark_point.h"
#include "crypto/stark_x64_internal.h"
#include "fixtures/unit.h"
#include "unit/stark_oracle_fe.h"

#define ROUNDS 3000

static uint64_t seed = 11;
static struct oracle_field field;

static BIGNUM *scratch(void)
{
    BIGNUM *ret = BN_CTX_get(field.bn);
    assert_non_null(ret);
    return ret;
}

static BIGNUM *raw(const struct stark_fe *fe)
{
    BIGNUM *number = oracle_from_limbs(fe->limb);
    BIGNUM *ret = BN_copy(scratch(), number);
    BN_free(number);
    return ret;
}

/* The product in Montgomery form. */
static BIGNUM *mul(const BIGNUM *a, const BIGNUM *b)
{
    BIGNUM *ret = scratch();
    BN_mod_mul(ret, a, b, field.p, field.bn);
    BN_mod_mul(ret, ret, field.r_inverse, field.p, field.bn);
    return ret;
}

/* a + factor*b. */
static BIGNUM *plus(const BIGNUM *a, long factor, const BIGNUM *b)
{
    BIGNUM *ret = scratch();
    BN_copy(ret, b);
    BN_mul_word(ret, (BN_ULONG)(factor < 0 ? -factor : factor));
    BN_set_negative(ret, factor < 0);
    BN_add(ret, ret, a);
    BN_nnmod(ret, ret, field.p, field.bn);
    return ret;
}

static void assert_element(const BIGNUM *expected, const struct stark_fe *fe, uint64_t bound)
{
    oracle_assert_element(&field, BN_dup(expected), fe, bound);
}

static struct stark_fe element(uint64_t bound)
{
    return oracle_element(&field, &seed, bound);
}

static struct stark_point coordinates(void)
{
    return (struct stark_point){element(2), element(5), element(2), element(2)};
}

/* u, s, p, r as in stark_point.c; zz and zzz the denominators they were brought to. */
static void assert_chord(BIGNUM *const uspr[static 4], const BIGNUM *zz, const BIGNUM *zzz,
                         const struct stark_point *sum)
{
    BIGNUM *pp = mul(uspr[2], uspr[2]);
    BIGNUM *ppp = mul(uspr[2], pp);
    BIGNUM *q = mul(uspr[0], pp);
    BIGNUM *x = plus(plus(mul(uspr[3], uspr[3]), -1, ppp), -2, q);
    BIGNUM *y = plus(mul(uspr[3], plus(q, -1, x)), -1, mul(uspr[1], ppp));
    assert_element(x, &sum->x, 2);
    assert_element(y, &sum->y, 4);
    assert_element(mul(zz, pp), &sum->zz, 2);
    assert_element(mul(zzz, ppp), &sum->zzz, 2);
}

static void mixed_sums_hold_at_the_ends_of_the_bounds(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        BN_CTX_start(field.bn);
        struct stark_point a = coordinates();
        struct stark_affine b = {element(2), element(5)};
        BIGNUM *u = raw(&a.x);
        BIGNUM *s = raw(&a.y);
        BIGNUM *zz = raw(&a.zz);
        BIGNUM *zzz = raw(&a.zzz);
        BIGNUM *p = plus(mul(raw(&b.x), zz), -1, u);
        BIGNUM *r = plus(mul(raw(&b.y), zzz), -1, s);
        stark_point_add_affine(&a, &b, &a);
        assert_chord((BIGNUM *[]){u, s, p, r}, zz, zzz, &a);
        BN_CTX_end(field.bn);
    }
}

static void sums_hold_at_the_ends_of_the_bounds(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        BN_CTX_start(field.bn);
        struct stark_point a = coordinates();
        struct stark_point b = coordinates();
        BIGNUM *u = mul(raw(&a.x), raw(&b.zz));
        BIGNUM *s = mul(raw(&a.y), raw(&b.zzz));
        BIGNUM *p = plus(mul(raw(&b.x), raw(&a.zz)), -1, u);
        BIGNUM *r = plus(mul(raw(&b.y), raw(&a.zzz)), -1, s);
        BIGNUM *zz = mul(raw(&a.zz), raw(&b.zz));
        BIGNUM *zzz = mul(raw(&a.zzz), raw(&b.zzz));
        struct stark_point *ret = i % 2 == 0 ? &a : &b;
        stark_point_add(&a, &b, ret);
        assert_chord((BIGNUM *[]){u, s, p, r}, zz, zzz, ret);
        BN_CTX_end(field.bn);
    }
}

static void doubles_hold_at_the_ends_of_the_bounds(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        BN_CTX_start(field.bn);
        struct stark_point a = coordinates();
        struct stark_fe coefficient = i % 2 == 0 ? element(2) : STARK_FE_ONE;
        BIGNUM *x = raw(&a.x);
        BIGNUM *u = plus(raw(&a.y), 1, raw(&a.y));
        BIGNUM *v = mul(u, u);
        BIGNUM *w = mul(u, v);
        BIGNUM *s = mul(x, v);
        BIGNUM *square = mul(raw(&a.zz), raw(&a.zz));
        BIGNUM *m = plus(mul(square, raw(&coefficient)), 3, mul(x, x));
        BIGNUM *x3 = plus(mul(m, m), -2, s);
        BIGNUM *y3 = plus(mul(m, plus(s, -1, x3)), -1, mul(w, raw(&a.y)));
        BIGNUM *zz = mul(v, raw(&a.zz));
        BIGNUM *zzz = mul(w, raw(&a.zzz));
        if (i % 4 == 1) {
            stark_point_double(&a, &a);
        } else {
            stark_point_double_on(&a, &coefficient, &a);
        }
        assert_element(x3, &a.x, 2);
        assert_element(y3, &a.y, 5);
        assert_element(zz, &a.zz, 2);
        assert_element(zzz, &a.zzz, 2);
        BN_CTX_end(field.bn);
    }
}

static BIGNUM *cube(const BIGNUM *a)
{
    return mul(mul(a, a), a);
}

static void full_rounds_hold_at_the_ends_of_the_bounds(void **state)
{
    (void)state;
    if (!stark_fe_assembly) {
        skip();
    }
    for (int i = 0; i < ROUNDS; i++) {
        BN_CTX_start(field.bn);
        struct stark_fe s[3] = {element(6), element(6), element(6)};
        struct stark_fe add[3] = {element(1), element(1), element(1)};
        uint64_t constant[3][4];
        BIGNUM *d[3];
        for (int lane = 0; lane < 3; lane++) {
            memcpy(constant[lane], add[lane].limb, sizeof constant[lane]);
            d[lane] = cube(raw(&s[lane]));
        }
        BIGNUM *sum = plus(plus(d[0], 1, d[1]), 1, d[2]);
        stark_x64_full_round(s, (const uint64_t(*)[4])constant);
        assert_element(plus(plus(sum, 2, d[0]), 1, raw(&add[0])), &s[0], 2);
        assert_element(plus(plus(sum, -2, d[1]), 1, raw(&add[1])), &s[1], 2);
        assert_element(plus(plus(sum, -3, d[2]), 1, raw(&add[2])), &s[2], 2);
        BN_CTX_end(field.bn);
    }
}

/* Constants have 7p added. */
static void partial_rounds_hold_at_the_ends_of_the_bounds(void **state)
{
    (void)state;
    if (!stark_fe_assembly) {
        skip();
    }
    for (int i = 0; i < ROUNDS / 20; i++) {
        BN_CTX_start(field.bn);
        struct stark_fe x = element(6);
        struct stark_fe v[2] = {element(2), element(2)};
        uint64_t constant[82][4];
        BIGNUM *big_x = raw(&x);
        BIGNUM *big_v[2] = {raw(&v[0]), raw(&v[1])};
        for (int j = 0; j < 82; j++) {
            const struct stark_fe seven = STARK_FE(7, 0, 0, 7 * STARK_FE_C);
            struct stark_fe add = element(1);
            for (size_t limb = 0, carry = 0; limb < 4; limb++) {
                wide total = (wide)add.limb[limb] + seven.limb[limb] + carry;
                constant[j][limb] = (uint64_t)total;
                carry = (size_t)(total >> 64);
            }
            big_x = plus(big_v[(j + 1) % 2], 2, cube(big_x));
            BIGNUM *next = plus(plus(big_x, 4, big_v[j % 2]), -3, big_v[(j + 1) % 2]);
            big_v[j % 2] = plus(next, 1, raw(&add));
        }
        stark_x64_partial_rounds(&x, v, (const uint64_t(*)[4])constant);
        assert_element(big_x, &x, 6);
        assert_element(big_v[0], &v[0], 2);
        assert_element(big_v[1], &v[1], 2);
        BN_CTX_end(field.bn);
    }
}

int main(void)
{
    field = oracle_field();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixed_sums_hold_at_the_ends_of_the_bounds),
        cmocka_unit_test(sums_hold_at_the_ends_of_the_bounds),
        cmocka_unit_test(doubles_hold_at_the_ends_of_the_bounds),
    };
    const struct CMUnitTest rounds[] = {
        cmocka_unit_test(full_rounds_hold_at_the_ends_of_the_bounds),
        cmocka_unit_test(partial_rounds_hold_at_the_ends_of_the_bounds),
    };
    int failed = cmocka_run_group_tests_name("portable", tests, oracle_portable, NULL);
    failed += cmocka_run_group_tests_name("assembly", tests, oracle_assembly, NULL);
    return failed + cmocka_run_group_tests_name("rounds", rounds, oracle_assembly, NULL);
}
