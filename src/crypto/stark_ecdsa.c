#include "crypto/stark_ecdsa.h"

#include "base/ct.h"
#include "crypto/stark_ecdsa_internal.h"
#include "crypto/stark_fault.h"
#include "crypto/stark_mul.h"
#include "crypto/stark_rfc6979.h"

/* An unsuitable nonce has a chance of 2^-53; two in a row are a fault. */
#define NONCES 2

/* 1 if 0 < limbs < 2^251, else 0. */
static uint64_t in_range(const uint64_t limb[static 4])
{
    uint64_t nonzero = ~ct_mask_zero(limb[0] | limb[1] | limb[2] | limb[3]);
    return nonzero & ct_mask_zero(limb[3] >> 59) & 1;
}

/* A hash below 2^251 is its own scalar. */
static bool hash_to_scalar_var(const struct felt *hash, struct stark_scalar *ret)
{
    return stark_scalar_from_felt_var(hash, ret) && hash->limb[3] >> 59 == 0;
}

/* The integers of one signature: k and d are secret, and so is what is made of them. */
struct equation {
    struct stark_scalar z, r, s, w;
    struct stark_scalar u; /* z + r*d */
};

static void equation_wipe(struct equation *e)
{
    secret_wipe(e, sizeof *e);
}

/* s = u/k and w = k/u from the one inversion of k*u. */
static void solve(const struct stark_key *key, const struct stark_scalar *k, struct equation *e)
{
    SECRET(stark_scalar, inverse);
    stark_scalar_mul(&e->r, &key->d, &e->u);
    stark_scalar_add(&e->u, &e->z, &e->u);
    stark_scalar_mul(&e->u, k, &inverse);
    stark_scalar_inverse(&inverse, &inverse);
    stark_scalar_mul(&inverse, &e->u, &e->s);
    stark_scalar_mul(&e->s, &e->u, &e->s);
    stark_scalar_mul(&inverse, k, &e->w);
    stark_scalar_mul(&e->w, k, &e->w);
}

/* 1 if z + d*r - k*s is 0, else 0: the equation of s again, with nothing taken over from solve. */
static uint64_t holds(const struct stark_key *key, const struct stark_scalar *k,
                      const struct equation *e)
{
    SECRET(stark_scalar, sum);
    SECRET(stark_scalar, product);
    stark_scalar_negate(k, &product);
    stark_scalar_mul(&product, &e->s, &product);
    stark_scalar_mul(&key->d, &e->r, &sum);
    stark_scalar_add(&sum, &product, &sum);
    stark_scalar_add(&sum, &e->z, &sum);
    return stark_scalar_is_zero(&sum);
}

struct stark_ecdsa_outcome stark_ecdsa_with_nonce(const struct stark_key *key,
                                                  const struct felt *hash,
                                                  const struct stark_scalar *k,
                                                  struct stark_signature *ret)
{
    SECRET(stark_point, multiple);
    SECRET(stark_affine, point);
    SECRET(equation, e);
    struct stark_ecdsa_outcome outcome;
    stark_mul_base(k, &multiple);
    if (STARK_FAULT(NONCE)) {
        stark_point_double(&multiple, &multiple);
    }
    stark_point_to_affine(&multiple, &point);
    if (STARK_FAULT(POINT)) {
        stark_fe_mul(&point.x, &stark_point_b, &point.x);
    }
    outcome.sound = stark_point_on_curve(&point);
    stark_fe_to_felt(&point.x, &ret->r);
    e.z = (struct stark_scalar){{hash->limb[0], hash->limb[1], hash->limb[2], hash->limb[3]}};
    e.r = (struct stark_scalar){{ret->r.limb[0], ret->r.limb[1], ret->r.limb[2], ret->r.limb[3]}};
    solve(key, k, &e);
    e.s.limb[0] ^= STARK_FAULT(S);
    outcome.sound &= holds(key, k, &e);
    outcome.suitable = in_range(e.r.limb) & in_range(e.s.limb) & in_range(e.w.limb);
    outcome.suitable &= !STARK_FAULT(RANGE);
    stark_scalar_to_felt(&e.s, &ret->s);
    return outcome;
}

struct status stark_ecdsa_sign(const struct stark_key *key, const struct felt *hash,
                               struct bytes extra, struct stark_signature *ret)
{
    SECRET(stark_rfc6979, generator);
    SECRET(stark_scalar, k);
    *ret = (struct stark_signature){0};
    if (felt_bits(hash) > 251) {
        return FAIL(MESSAGE_HASH_RANGE);
    }
    stark_rfc6979_init(&generator, key, hash, extra);
    for (int i = 0; i < NONCES; i++) {
        struct stark_signature made;
        stark_rfc6979_next(&generator, &k);
        struct stark_ecdsa_outcome outcome = stark_ecdsa_with_nonce(key, hash, &k, &made);
        if (ct_declassify(outcome.suitable & outcome.sound)) {
            *ret = made;
            return OK;
        }
        secret_wipe(&made, sizeof made);
        if (!ct_declassify(outcome.sound)) {
            break;
        }
    }
    return FAIL(SELF_CHECK);
}

/* u*G + v*Q is R; u and v from hash and signature. */
struct multipliers {
    struct stark_scalar u, v;
};

/* Returns: OK; MESSAGE_HASH_RANGE; SIGNATURE_INVALID when r, s or w = 1/s is out of range. */
static struct status open_var(const struct felt *hash, const struct stark_signature *signature,
                              struct multipliers *ret)
{
    struct stark_scalar z;
    struct stark_scalar r;
    struct stark_scalar w;
    if (!hash_to_scalar_var(hash, &z)) {
        return FAIL(MESSAGE_HASH_RANGE);
    }
    if (!in_range(signature->r.limb) || !in_range(signature->s.limb)) {
        return FAIL(SIGNATURE_INVALID);
    }
    stark_scalar_from_felt_var(&signature->r, &r);
    stark_scalar_from_felt_var(&signature->s, &w);
    stark_scalar_inverse(&w, &w);
    if (!in_range(w.limb)) {
        return FAIL(SIGNATURE_INVALID);
    }
    stark_scalar_mul(&z, &w, &ret->u);
    stark_scalar_mul(&r, &w, &ret->v);
    return OK;
}

/* u*G, u in [0, n-1]. */
static void multiple_of_generator_var(const struct stark_scalar *u, struct stark_point *ret)
{
    if (stark_scalar_is_zero(u)) {
        *ret = stark_point_neutral;
    } else {
        stark_mul_base_var(u, ret);
    }
}

struct status stark_ecdsa_verify_var(const struct stark_public *key, const struct felt *hash,
                                     const struct stark_signature *signature)
{
    const struct stark_fe one = STARK_FE_ONE;
    struct multipliers m;
    struct stark_point a;
    struct stark_point b;
    struct stark_fe x;
    TRY(open_var(hash, signature, &m));
    multiple_of_generator_var(&m.u, &a);
    stark_mul_var(&m.v, &key->point, &one, &b);
    stark_point_add_var(&a, &b, &a);
    stark_fe_from_felt(&signature->r, &x);
    stark_fe_mul(&x, &a.zz, &x);
    bool valid = stark_fe_equal(&x, &a.x) && !stark_point_is_neutral(&a);
    return valid ? OK : FAIL(SIGNATURE_INVALID);
}

/* x(A+B) and x(A-B) are the roots of X^2 - S*X + P with
 * S = 2*((x1 + x2)*(1 + x1*x2) + 2b)/(x1 - x2)^2,
 * P = ((x1*x2 - 1)^2 - 4b*(x1 + x2))/(x1 - x2)^2,
 * here over the common denominator (m1*m2)^2 of x1 = n1/m1 and x2 = n2/m2. It also holds in the
 * limits: for x1 = x2 the equation is linear and has the root x(2A); for m1 = 0, A neutral, it is
 * (X - x2)^2 = 0 up to a factor. The numbers are bounds. */
bool stark_ecdsa_sum_has_x_var(const struct stark_point *a, const struct stark_point *b,
                               const struct stark_fe *d, const struct stark_fe *constant,
                               const struct stark_fe *x)
{
    const struct stark_fe one = STARK_FE_ONE;
    const struct stark_fe *n1 = stark_point_is_neutral(a) ? &one : &a->x;
    const struct stark_fe *m1 = &a->zz;
    const struct stark_fe *n2 = &b->x;
    struct stark_fe m2;
    struct stark_fe cross1;
    struct stark_fe cross2;
    struct stark_fe n;
    struct stark_fe m;
    struct stark_fe sum;
    struct stark_fe t;
    struct stark_fe left;
    struct stark_fe b4;
    stark_fe_mul(&b->zz, d, &m2);          /* 2 */
    stark_fe_mul(n1, &m2, &cross1);        /* 2 */
    stark_fe_mul(n2, m1, &cross2);         /* 2 */
    stark_fe_mul(n1, n2, &n);              /* 2 */
    stark_fe_mul(m1, &m2, &m);             /* 2 */
    stark_fe_add(&cross1, &cross2, &sum);  /* 4 */
    stark_fe_times(constant, 4, &b4);      /* 4 */
    stark_fe_sub(&cross1, &cross2, 2, &t); /* 4 */
    stark_fe_mul(&t, x, &t);               /* 2 */
    stark_fe_sqr(&t, &left);               /* 2: (x1 - x2)^2 X^2 */
    stark_fe_sub(&n, &m, 2, &t);           /* 4 */
    stark_fe_sqr(&t, &t);                  /* 2 */
    stark_fe_add(&left, &t, &left);        /* 4: + (x1 x2 - 1)^2 */
    stark_fe_mul(&b4, &m, &b4);            /* 2 */
    stark_fe_mul(&b4, &sum, &t);           /* 2 */
    stark_fe_sub(&left, &t, 2, &left);     /* 6: - 4b (x1 + x2) */
    stark_fe_add(&n, &m, &t);              /* 4 */
    stark_fe_mul(&t, &sum, &t);            /* 2 */
    stark_fe_times(&t, 2, &t);             /* 4 */
    stark_fe_mul(&b4, &m, &b4);            /* 2 */
    stark_fe_add(&t, &b4, &t);             /* 6: S */
    stark_fe_mul(&t, x, &t);               /* 2 */
    return stark_fe_equal(&left, &t) != 0;
}

/* True if a is a nonzero square: a^((p-1)/2) is 1, and (p-1)/2 = 2^191 * (2^59 + 17). */
static bool is_square_var(const struct stark_fe *a)
{
    const struct stark_fe one = STARK_FE_ONE;
    struct stark_fe power = *a;
    struct stark_fe power17;
    for (int i = 0; i < 4; i++) {
        stark_fe_sqr(&power, &power);
    }
    stark_fe_mul(&power, a, &power17);
    for (int i = 4; i < 59; i++) {
        stark_fe_sqr(&power, &power);
    }
    stark_fe_mul(&power, &power17, &power);
    for (int i = 0; i < 191; i++) {
        stark_fe_sqr(&power, &power);
    }
    return stark_fe_equal(&power, &one) != 0;
}

/* Without a square root: with d = x^3 + x + b, the point (x*d, d^2) lies on y^2 = X^3 + d^2*X +
 * b*d^3, which is the Stark curve with X scaled by d where d is a square. */
/* Out: x, and x^3 + x + b, of which y is the root. */
static struct status open_x_var(const struct felt *felt, struct stark_fe *ret_x,
                                struct stark_fe *ret_square)
{
    stark_fe_from_felt(felt, ret_x);
    stark_fe_sqr(ret_x, ret_square);
    stark_fe_mul(ret_square, ret_x, ret_square);
    stark_fe_add(ret_square, ret_x, ret_square);
    stark_fe_add(ret_square, &stark_point_b, ret_square);
    stark_fe_weak(ret_square, ret_square);
    return is_square_var(ret_square) ? OK : FAIL(POINT_INVALID);
}

struct status stark_ecdsa_x_check_var(const struct felt *x)
{
    struct stark_fe element;
    struct stark_fe square;
    return open_x_var(x, &element, &square);
}

struct status stark_ecdsa_verify_x_var(const struct felt *x, const struct felt *hash,
                                       const struct stark_signature *signature)
{
    struct multipliers m;
    struct stark_affine twisted;
    struct stark_point a;
    struct stark_point b;
    struct stark_fe d;
    struct stark_fe r;
    TRY(open_x_var(x, &twisted.x, &d));
    TRY(open_var(hash, signature, &m));
    stark_fe_mul(&twisted.x, &d, &twisted.x);
    stark_fe_sqr(&d, &twisted.y);
    multiple_of_generator_var(&m.u, &a);
    stark_mul_var(&m.v, &twisted, &twisted.y, &b);
    stark_fe_from_felt(&signature->r, &r);
    bool valid = stark_ecdsa_sum_has_x_var(&a, &b, &d, &stark_point_b, &r);
    return valid ? OK : FAIL(SIGNATURE_INVALID);
}
