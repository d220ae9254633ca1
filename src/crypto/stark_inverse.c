#include "crypto/stark_inverse.h"

#include "base/ct.h"
#include "base/invariant.h"
#include "base/secret.h"
#include "crypto/wide.h"

#define LIMBS    5
#define LIMB_MAX ((uint64_t)INT64_MAX >> 1) /* the low 62 bits */

/* (45907*252 + 26313)/19929 = 581 divsteps suffice for inputs below 2^252; 590 are made, in ten
 * rounds of 30 + 29. */
#define ROUNDS       10
#define FIRST_STEPS  30
#define SECOND_STEPS 29

/* (49*252 + 57)/17 = 729 divsteps suffice where delta starts at 1: twelve rounds of 62. */
#define ROUNDS_VAR 12

/* A number of either sign in five limbs of 62 bits, the sign in the last. */
struct signed62 {
    int64_t limb[LIMBS];
};

/* What some divsteps do: (f, g) becomes (u*f + v*g, q*f + r*g) over a power of two. */
struct matrix {
    int64_t u, v, q, r;
};

/* The state of a run: f and g, and d and e with f = d*in and g = e*in mod the modulus. */
struct run {
    struct signed62 f, g, d, e;
    struct matrix step;
    uint64_t zeta; /* -(delta + 1/2), two's complement */
};

static void run_wipe(struct run *run)
{
    secret_wipe(run, sizeof *run);
}

/* Each row of the matrix travels in one word as first + second*2^32. */
static int64_t row_first(uint64_t row)
{
    return (int32_t)(uint32_t)row;
}

static int64_t row_second(uint64_t row)
{
    return (int64_t)(row - (uint64_t)row_first(row)) >> 32;
}

/* steps divsteps on the low words of f and g; steps at most 30, so that the matrix entries fit 31
 * bits. Returns the new zeta. */
static uint64_t divsteps(uint64_t zeta, uint64_t f, uint64_t g, int steps, struct matrix *ret)
{
    uint64_t row_f = 1;
    uint64_t row_g = (uint64_t)1 << 32;
    for (int i = 0; i < steps; i++) {
        /* g even: g/2. g odd and delta > 0: swap, then (g - f)/2. Otherwise (g + f)/2. */
        uint64_t odd = ct_mask_bit(g & 1);
        uint64_t positive = ct_mask_bit(zeta >> 63);
        uint64_t swap = odd & positive;
        uint64_t swap_f = (f ^ g) & swap;
        uint64_t swap_row = (row_f ^ row_g) & swap;
        g += ((f ^ positive) - positive) & odd;
        row_g += ((row_f ^ positive) - positive) & odd;
        f ^= swap_f;
        row_f ^= swap_row;
        zeta = (zeta ^ swap) - 1;
        g >>= 1;
        row_f <<= 1;
    }
    *ret =
        (struct matrix){row_first(row_f), row_second(row_f), row_first(row_g), row_second(row_g)};
    return zeta;
}

/* 62 divsteps on the low words of f and g, all zeros of g at once and then up to six more by adding
 * the multiple of f that makes them. eta is -delta, at first -1. Returns the new eta. */
static int64_t divsteps_var(int64_t eta, uint64_t f, uint64_t g, struct matrix *ret)
{
    uint64_t u = 1;
    uint64_t v = 0;
    uint64_t q = 0;
    uint64_t r = 1;
    for (unsigned left = 62;;) {
        unsigned zeros = (unsigned)__builtin_ctzll(g | UINT64_MAX << left);
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= zeros;
        left -= zeros;
        if (left == 0) {
            break;
        }
        if (eta < 0) { /* delta > 0: f becomes g, and g becomes -f */
            uint64_t old_f = f;
            uint64_t old_u = u;
            uint64_t old_v = v;
            eta = -eta;
            f = g;
            g = 0 - old_f;
            u = q;
            q = 0 - old_u;
            v = r;
            r = 0 - old_v;
        }
        /* No swap can come in the next eta + 1 steps. f*(f^2 - 2) is -1/f mod 64. */
        unsigned steps = (uint64_t)eta + 1 < left ? (unsigned)eta + 1 : left;
        uint64_t times = f * g * (f * f - 2) & UINT64_MAX >> (64 - steps) & 63;
        g += f * times;
        q += u * times;
        r += v * times;
    }
    *ret = (struct matrix){(int64_t)u, (int64_t)v, (int64_t)q, (int64_t)r};
    return eta;
}

/* 59 divsteps: two matrices of small entries, then their product, times 8 so that the common
 * denominator is 2^62, one limb. */
static void round_matrix(struct run *run)
{
    uint64_t f = (uint64_t)run->f.limb[0] | (uint64_t)run->f.limb[1] << 62;
    uint64_t g = (uint64_t)run->g.limb[0] | (uint64_t)run->g.limb[1] << 62;
    struct matrix a;
    struct matrix b;
    run->zeta = divsteps(run->zeta, f, g, FIRST_STEPS, &a);
    uint64_t next_f = ((uint64_t)a.u * f + (uint64_t)a.v * g) >> FIRST_STEPS;
    uint64_t next_g = ((uint64_t)a.q * f + (uint64_t)a.r * g) >> FIRST_STEPS;
    run->zeta = divsteps(run->zeta, next_f, next_g, SECOND_STEPS, &b);
    run->step.u = (b.u * a.u + b.v * a.q) * 8;
    run->step.v = (b.u * a.v + b.v * a.r) * 8;
    run->step.q = (b.q * a.u + b.r * a.q) * 8;
    run->step.r = (b.q * a.v + b.r * a.r) * 8;
}

/* (f, g) = step*(f, g) / 2^62, exactly. */
static void update_fg(struct run *run)
{
    const struct matrix *t = &run->step;
    struct signed62 *f = &run->f;
    struct signed62 *g = &run->g;
    wide_signed sum_f = (wide_signed)t->u * f->limb[0] + (wide_signed)t->v * g->limb[0];
    wide_signed sum_g = (wide_signed)t->q * f->limb[0] + (wide_signed)t->r * g->limb[0];
    for (int i = 1; i < LIMBS; i++) {
        int64_t old_f = f->limb[i];
        int64_t old_g = g->limb[i];
        sum_f = (sum_f >> 62) + (wide_signed)t->u * old_f + (wide_signed)t->v * old_g;
        sum_g = (sum_g >> 62) + (wide_signed)t->q * old_f + (wide_signed)t->r * old_g;
        f->limb[i - 1] = (int64_t)((uint64_t)sum_f & LIMB_MAX);
        g->limb[i - 1] = (int64_t)((uint64_t)sum_g & LIMB_MAX);
    }
    f->limb[LIMBS - 1] = (int64_t)(sum_f >> 62);
    g->limb[LIMBS - 1] = (int64_t)(sum_g >> 62);
}

/* The multiple of the modulus that makes row*(d, e) divisible by 2^62 and keeps the result in
 * (-2*modulus, modulus): a first guess that adds the modulus to negative d and e, corrected in its
 * low 62 bits. */
static int64_t clearing_multiple(const struct stark_inverse_modulus *modulus, int64_t guess,
                                 uint64_t low)
{
    return guess - (int64_t)((modulus->inverse * low + (uint64_t)guess) & LIMB_MAX);
}

/* (d, e) = step*(d, e) / 2^62 mod the modulus, both in (-2*modulus, modulus) before and after. */
static void update_de(const struct stark_inverse_modulus *modulus, struct run *run)
{
    const struct matrix *t = &run->step;
    struct signed62 *d = &run->d;
    struct signed62 *e = &run->e;
    int64_t sign_d = d->limb[LIMBS - 1] >> 63;
    int64_t sign_e = e->limb[LIMBS - 1] >> 63;
    wide_signed sum_d = (wide_signed)t->u * d->limb[0] + (wide_signed)t->v * e->limb[0];
    wide_signed sum_e = (wide_signed)t->q * d->limb[0] + (wide_signed)t->r * e->limb[0];
    int64_t times_d =
        clearing_multiple(modulus, (t->u & sign_d) + (t->v & sign_e), (uint64_t)sum_d);
    int64_t times_e =
        clearing_multiple(modulus, (t->q & sign_d) + (t->r & sign_e), (uint64_t)sum_e);
    sum_d += (wide_signed)modulus->limb[0] * times_d;
    sum_e += (wide_signed)modulus->limb[0] * times_e;
    for (int i = 1; i < LIMBS; i++) {
        int64_t old_d = d->limb[i];
        int64_t old_e = e->limb[i];
        sum_d = (sum_d >> 62) + (wide_signed)t->u * old_d + (wide_signed)t->v * old_e +
                (wide_signed)modulus->limb[i] * times_d;
        sum_e = (sum_e >> 62) + (wide_signed)t->q * old_d + (wide_signed)t->r * old_e +
                (wide_signed)modulus->limb[i] * times_e;
        d->limb[i - 1] = (int64_t)((uint64_t)sum_d & LIMB_MAX);
        e->limb[i - 1] = (int64_t)((uint64_t)sum_e & LIMB_MAX);
    }
    d->limb[LIMBS - 1] = (int64_t)(sum_d >> 62);
    e->limb[LIMBS - 1] = (int64_t)(sum_e >> 62);
}

/* x = (x ^ flip) - flip + (modulus where x is negative), limbs carried: with flip 0 or -1. */
static void negate_and_lift(const struct stark_inverse_modulus *modulus, int64_t flip,
                            struct signed62 *x)
{
    int64_t carry = 0;
    int64_t negative = x->limb[LIMBS - 1] >> 63;
    for (int pass = 0; pass < 2; pass++) {
        carry = 0;
        for (int i = 0; i < LIMBS; i++) {
            int64_t limb = x->limb[i] + (modulus->limb[i] & negative);
            limb = ((limb ^ flip) - flip) + carry;
            carry = limb >> 62;
            x->limb[i] = i == LIMBS - 1 ? limb : (int64_t)((uint64_t)limb & LIMB_MAX);
        }
        negative = x->limb[LIMBS - 1] >> 63;
        flip = 0;
    }
}

static void to_signed62(const uint64_t in[static 4], struct signed62 *ret)
{
    ret->limb[0] = (int64_t)(in[0] & LIMB_MAX);
    ret->limb[1] = (int64_t)((in[0] >> 62 | in[1] << 2) & LIMB_MAX);
    ret->limb[2] = (int64_t)((in[1] >> 60 | in[2] << 4) & LIMB_MAX);
    ret->limb[3] = (int64_t)((in[2] >> 58 | in[3] << 6) & LIMB_MAX);
    ret->limb[4] = (int64_t)(in[3] >> 56);
}

static void from_signed62(const struct signed62 *in, uint64_t ret[static 4])
{
    const int64_t *limb = in->limb;
    ret[0] = (uint64_t)limb[0] | (uint64_t)limb[1] << 62;
    ret[1] = (uint64_t)limb[1] >> 2 | (uint64_t)limb[2] << 60;
    ret[2] = (uint64_t)limb[2] >> 4 | (uint64_t)limb[3] << 58;
    ret[3] = (uint64_t)limb[3] >> 6 | (uint64_t)limb[4] << 56;
}

static void start(const struct stark_inverse_modulus *modulus, const uint64_t in[static 4],
                  struct run *run)
{
    for (int i = 0; i < LIMBS; i++) {
        run->f.limb[i] = modulus->limb[i];
    }
    to_signed62(in, &run->g);
    run->e.limb[0] = 1;
}

/* When g = 0 and f is plus or minus the gcd, d or -d is the inverse. */
static void finish(const struct stark_inverse_modulus *modulus, struct run *run,
                   uint64_t ret[static 4])
{
    negate_and_lift(modulus, run->f.limb[LIMBS - 1] >> 63, &run->d);
    from_signed62(&run->d, ret);
}

void stark_inverse(const struct stark_inverse_modulus *modulus, const uint64_t in[static 4],
                   uint64_t ret[static 4])
{
    SECRET(run, run);
    start(modulus, in, &run);
    run.zeta = UINT64_MAX; /* delta = 1/2 */
    for (int i = 0; i < ROUNDS; i++) {
        round_matrix(&run);
        update_de(modulus, &run);
        update_fg(&run);
    }
    finish(modulus, &run, ret);
}

static bool is_zero(const struct signed62 *x)
{
    return (x->limb[0] | x->limb[1] | x->limb[2] | x->limb[3] | x->limb[4]) == 0;
}

void stark_inverse_var(const struct stark_inverse_modulus *modulus, const uint64_t in[static 4],
                       uint64_t ret[static 4])
{
    struct run run = {0};
    int64_t eta = -1;
    start(modulus, in, &run);
    for (int i = 0; !is_zero(&run.g); i++) {
        INVARIANT(i < ROUNDS_VAR);
        uint64_t f = (uint64_t)run.f.limb[0] | (uint64_t)run.f.limb[1] << 62;
        uint64_t g = (uint64_t)run.g.limb[0] | (uint64_t)run.g.limb[1] << 62;
        eta = divsteps_var(eta, f, g, &run.step);
        update_de(modulus, &run);
        update_fg(&run);
    }
    finish(modulus, &run, ret);
}
