#include "crypto/stark_point.h"

#include "base/ct.h"
#include "crypto/stark_x64_internal.h"

#include "crypto/stark_params.inc"

const struct stark_point stark_point_neutral = {STARK_FE(0, 0, 0, 0), STARK_FE(0, 0, 0, 0),
                                                STARK_FE(0, 0, 0, 0), STARK_FE(0, 0, 0, 0)};
const struct stark_affine stark_point_generator = {STARK_FE(STARK_PARAMS_GX),
                                                   STARK_FE(STARK_PARAMS_GY)};
const struct stark_fe stark_point_b = STARK_FE(STARK_PARAMS_B);

#define X_BOUND 2
#define Y_BOUND 5

static void check_affine(const struct stark_affine *a)
{
    STARK_FE_CHECK(&a->x, X_BOUND);
    STARK_FE_CHECK(&a->y, Y_BOUND);
    (void)a;
}

static void check_point(const struct stark_point *a)
{
    STARK_FE_CHECK(&a->x, X_BOUND);
    STARK_FE_CHECK(&a->y, Y_BOUND);
    STARK_FE_CHECK(&a->zz, 2);
    STARK_FE_CHECK(&a->zzz, 2);
    (void)a;
}

/* For what assembly returned. */
static void set_bounds(struct stark_point *ret)
{
    STARK_FE_SET_BOUND(&ret->x, X_BOUND);
    STARK_FE_SET_BOUND(&ret->y, Y_BOUND);
    STARK_FE_SET_BOUND(&ret->zz, 2);
    STARK_FE_SET_BOUND(&ret->zzz, 2);
    (void)ret;
}

uint64_t stark_point_on_curve(const struct stark_affine *a)
{
    check_affine(a);
    struct stark_fe right;
    struct stark_fe left;
    stark_fe_sqr(&a->x, &right);
    stark_fe_mul(&right, &a->x, &right);
    stark_fe_add(&right, &a->x, &right);
    stark_fe_add(&right, &stark_point_b, &right);
    stark_fe_sqr(&a->y, &left);
    return stark_fe_equal(&left, &right);
}

uint64_t stark_point_is_neutral(const struct stark_point *a)
{
    return stark_fe_is_zero(&a->zz);
}

void stark_point_from_affine(const struct stark_affine *a, struct stark_point *ret)
{
    check_affine(a);
    ret->x = a->x;
    ret->y = a->y;
    ret->zz = STARK_FE_ONE;
    ret->zzz = STARK_FE_ONE;
}

/* One inversion gives both: with i = 1/ZZZ, i*ZZ = 1/Z and its square is 1/ZZ. */
void stark_point_to_affine(const struct stark_point *a, struct stark_affine *ret)
{
    check_point(a);
    SECRET(stark_fe, inverse);
    SECRET(stark_fe, z_inverse);
    stark_fe_inverse(&a->zzz, &inverse);
    stark_fe_mul(&inverse, &a->zz, &z_inverse);
    stark_fe_sqr(&z_inverse, &z_inverse);
    stark_fe_mul(&a->x, &z_inverse, &ret->x);
    stark_fe_mul(&a->y, &inverse, &ret->y);
}

/* dbl-2008-s-1. The neutral point gives ZZ = 0 again, and no point of odd order has Y = 0.
 * coefficient NULL stands for 1. The numbers are bounds. */
static void tangent(const struct stark_point *a, const struct stark_fe *coefficient,
                    struct stark_point *ret)
{
    struct stark_fe u;
    struct stark_fe v;
    struct stark_fe w;
    struct stark_fe s;
    struct stark_fe m;
    struct stark_fe t;
    stark_fe_times(&a->y, 2, &u); /* 10 */
    stark_fe_sqr(&u, &v);         /* 5 */
    stark_fe_mul(&u, &v, &w);     /* 3 */
    stark_fe_mul(&a->x, &v, &s);  /* 2 */
    stark_fe_sqr(&a->x, &m);      /* 2 */
    stark_fe_times(&m, 3, &m);    /* 6 */
    stark_fe_sqr(&a->zz, &t);     /* 2 */
    if (coefficient != NULL) {
        stark_fe_mul(&t, coefficient, &t); /* 2 */
    }
    stark_fe_add(&m, &t, &m);         /* 8: 3 X^2 + coefficient ZZ^2 */
    stark_fe_sqr(&m, &t);             /* 4 */
    stark_fe_sub(&t, &s, 2, &t);      /* 6 */
    stark_fe_sub(&t, &s, 2, &t);      /* 8 */
    stark_fe_mul(&w, &a->y, &u);      /* 2 */
    stark_fe_weak(&t, &ret->x);       /* 2 */
    stark_fe_sub(&s, &ret->x, 2, &s); /* 4 */
    stark_fe_mul(&m, &s, &m);         /* 3 */
    stark_fe_sub(&m, &u, 2, &ret->y); /* 5 */
    stark_fe_mul(&v, &a->zz, &ret->zz);
    stark_fe_mul(&w, &a->zzz, &ret->zzz);
}

void stark_point_double(const struct stark_point *a, struct stark_point *ret)
{
    stark_point_double_on(a, NULL, ret);
}

void stark_point_double_on(const struct stark_point *a, const struct stark_fe *coefficient,
                           struct stark_point *ret)
{
    check_point(a);
    if (stark_x64_used()) {
        stark_x64_double(a, coefficient, ret);
        set_bounds(ret);
    } else {
        tangent(a, coefficient, ret);
    }
}

/* The common end of both additions, of points brought to a common denominator.
 * In: u = X1*ZZ2, s = Y1*ZZZ2, p = X2*ZZ1 - u and r = Y2*ZZZ1 - s. Out: x and y of the sum, and
 * pp = p^2, ppp = p^3. The numbers are bounds. */
struct chord {
    struct stark_fe u, s, p, r, pp, ppp;
};

static inline void chord_finish(struct chord *c, struct stark_point *ret)
{
    struct stark_fe q;
    struct stark_fe t;
    stark_fe_sqr(&c->p, &c->pp);          /* 2 */
    stark_fe_mul(&c->p, &c->pp, &c->ppp); /* 2 */
    stark_fe_mul(&c->u, &c->pp, &q);      /* 2 */
    stark_fe_mul(&c->s, &c->ppp, &c->s);  /* 2 */
    stark_fe_sqr(&c->r, &t);              /* 3 */
    stark_fe_sub(&t, &c->ppp, 2, &t);     /* 5 */
    stark_fe_sub(&t, &q, 2, &t);          /* 7 */
    stark_fe_sub(&t, &q, 2, &t);          /* 9 */
    stark_fe_weak(&t, &ret->x);           /* 2 */
    stark_fe_sub(&q, &ret->x, 2, &q);     /* 4 */
    stark_fe_mul(&c->r, &q, &t);          /* 2 */
    stark_fe_sub(&t, &c->s, 2, &ret->y);  /* 4 */
}

/* madd-2008-s. */
static void chord_affine(const struct stark_point *a, const struct stark_affine *b,
                         struct stark_point *ret)
{
    struct chord c;
    stark_fe_mul(&b->x, &a->zz, &c.p);  /* 2 */
    stark_fe_mul(&b->y, &a->zzz, &c.r); /* 2 */
    c.u = a->x;
    c.s = a->y;
    stark_fe_sub(&c.p, &c.u, X_BOUND, &c.p); /* 4 */
    stark_fe_sub(&c.r, &c.s, Y_BOUND, &c.r); /* 7 */
    struct stark_fe zz = a->zz;
    struct stark_fe zzz = a->zzz;
    chord_finish(&c, ret);
    stark_fe_mul(&zz, &c.pp, &ret->zz);
    stark_fe_mul(&zzz, &c.ppp, &ret->zzz);
}

void stark_point_add_affine(const struct stark_point *a, const struct stark_affine *b,
                            struct stark_point *ret)
{
    check_point(a);
    check_affine(b);
    if (stark_x64_used()) {
        stark_x64_add_affine(a, b, ret);
        set_bounds(ret);
    } else {
        chord_affine(a, b, ret);
    }
}

/* add-2008-s. */
static void chord(const struct stark_point *a, const struct stark_point *b, struct stark_point *ret)
{
    struct chord c;
    struct stark_fe zz;
    struct stark_fe zzz;
    stark_fe_mul(&a->x, &b->zz, &c.u);
    stark_fe_mul(&b->x, &a->zz, &c.p);
    stark_fe_mul(&a->y, &b->zzz, &c.s);
    stark_fe_mul(&b->y, &a->zzz, &c.r);
    stark_fe_sub(&c.p, &c.u, 2, &c.p);
    stark_fe_sub(&c.r, &c.s, 2, &c.r);
    stark_fe_mul(&a->zz, &b->zz, &zz);
    stark_fe_mul(&a->zzz, &b->zzz, &zzz);
    chord_finish(&c, ret);
    stark_fe_mul(&zz, &c.pp, &ret->zz);
    stark_fe_mul(&zzz, &c.ppp, &ret->zzz);
}

void stark_point_add(const struct stark_point *a, const struct stark_point *b,
                     struct stark_point *ret)
{
    check_point(a);
    check_point(b);
    if (stark_x64_used()) {
        stark_x64_add(a, b, ret);
        set_bounds(ret);
    } else {
        chord(a, b, ret);
    }
}

void stark_point_add_on_var(const struct stark_point *a, const struct stark_point *b,
                            const struct stark_fe *coefficient, struct stark_point *ret)
{
    if (stark_point_is_neutral(a)) {
        *ret = *b;
    } else if (stark_point_is_neutral(b)) {
        *ret = *a;
    } else {
        struct stark_point sum;
        stark_point_add(a, b, &sum);
        /* ZZ = 0 when the x coordinates agree: the same point, or opposite ones. */
        if (!stark_point_is_neutral(&sum)) {
            *ret = sum;
        } else if (stark_point_equal(a, b)) {
            stark_point_double_on(a, coefficient, ret);
        } else {
            *ret = stark_point_neutral;
        }
    }
}

void stark_point_add_var(const struct stark_point *a, const struct stark_point *b,
                         struct stark_point *ret)
{
    const struct stark_fe one = STARK_FE_ONE;
    stark_point_add_on_var(a, b, &one, ret);
}

void stark_point_add_affine_var(const struct stark_point *a, const struct stark_affine *b,
                                struct stark_point *ret)
{
    struct stark_point sum;
    stark_point_add_affine(a, b, &sum);
    if (stark_point_is_neutral(&sum)) {
        struct stark_point other;
        stark_point_from_affine(b, &other);
        stark_point_add_var(a, &other, ret);
    } else {
        *ret = sum;
    }
}

void stark_point_negate(const struct stark_point *a, struct stark_point *ret)
{
    check_point(a);
    struct stark_fe y;
    stark_fe_weak(&a->y, &y);
    *ret = *a;
    stark_fe_negate(&y, 2, &ret->y);
}

uint64_t stark_point_equal(const struct stark_point *a, const struct stark_point *b)
{
    struct stark_fe left;
    struct stark_fe right;
    stark_fe_mul(&a->x, &b->zz, &left);
    stark_fe_mul(&b->x, &a->zz, &right);
    uint64_t same_x = stark_fe_equal(&left, &right);
    stark_fe_mul(&a->y, &b->zzz, &left);
    stark_fe_mul(&b->y, &a->zzz, &right);
    uint64_t same_y = stark_fe_equal(&left, &right);
    uint64_t neutral_a = stark_point_is_neutral(a);
    uint64_t neutral_b = stark_point_is_neutral(b);
    return (neutral_a & neutral_b) | (same_x & same_y & (neutral_a ^ 1) & (neutral_b ^ 1));
}

void stark_point_wipe(struct stark_point *a)
{
    secret_wipe(a, sizeof *a);
}
