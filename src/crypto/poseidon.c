#include "crypto/poseidon.h"

#include "base/invariant.h"
#include "crypto/stark_x64_internal.h"

#include "crypto/poseidon_constants.inc"

enum { FULL_ROUNDS = 4, PARTIAL_ROUNDS = 83 };

const struct felt poseidon_empty = POSEIDON_EMPTY;
const struct poseidon poseidon_invoke_v3 = {{POSEIDON_INVOKE_V3}, false};
const struct poseidon poseidon_deploy_account_v3 = {{POSEIDON_DEPLOY_ACCOUNT_V3}, false};
const struct poseidon poseidon_declare_v3 = {{POSEIDON_DECLARE_V3}, false};

/* A round is: add constants, cube lanes (in partial rounds only the last), multiply by
 * [[3,1,1],[1,-1,1],[1,1,-2]].
 *
 * Partial rounds. Before its cube let round j have lanes a, b, x, with constants k(j, lane) added,
 * and let d = x^3, u = a + b. After it, x' = u - 2d + k(j+1, 2), and
 *   u'  = 4a + 2d + k(j+1, 0) + k(j+1, 1)
 *   u'' = 2u' + 4u + 2d' + constants,
 * so a and b are needed only at the ends. With v = u + k(j+1, 2) this is x' = v - 2d, and since
 * 2d' = v' - x'', v'' = 3v' + 4v - x'' + constants. Alternating signs, x of round j counted
 * (-1)^(j+1) and v (-1)^j, remove the subtractions from the chain that decides the time:
 *   x'  = v + 2x^3
 *   v'' = 4v - 3v' + x'' + constant.
 * At the end a = v - v'/2 and b = -v - v'/2 + constant. The generator folds the constants so and
 * checks the result against the permutation as published. */

/* Constants in the order of use; bound is 1, or 8 for those of the partial rounds, which have 7*p
 * added so that v'' is above p even when it is summed up without offsets, as the assembly does. */
static void add_constant(struct stark_fe *lane, const uint64_t constant[static 4], uint64_t bound)
{
    struct stark_fe term = STARK_FE(constant[0], constant[1], constant[2], constant[3]);
    (void)bound; /* only kept in test builds */
    STARK_FE_SET_BOUND(&term, bound);
    stark_fe_add(lane, &term, lane);
}

/* In: bound 6. Out: bound 2. */
static void cube(const struct stark_fe *x, struct stark_fe *ret)
{
    struct stark_fe square;
    stark_fe_sqr(x, &square);
    stark_fe_mul(&square, x, ret);
}

static void add_constants(struct stark_fe s[static 3], const uint64_t constant[static 3][4])
{
    for (int lane = 0; lane < 3; lane++) {
        add_constant(&s[lane], constant[lane], 1);
    }
}

/* Cubes, mixes, and adds the constants of the next round. In: bounds 6. Out: bounds 3. */
static void full_round_portable(struct stark_fe s[static 3], const uint64_t constant[static 3][4])
{
    struct stark_fe sum;
    struct stark_fe part;
    for (int lane = 0; lane < 3; lane++) {
        cube(&s[lane], &s[lane]);
    }
    stark_fe_add(&s[0], &s[1], &sum);
    stark_fe_add(&sum, &s[2], &sum);
    stark_fe_times(&s[0], 2, &part);
    stark_fe_add(&sum, &part, &s[0]);
    stark_fe_times(&s[1], 2, &part);
    stark_fe_sub(&sum, &part, 4, &s[1]);
    stark_fe_times(&s[2], 3, &part);
    stark_fe_sub(&sum, &part, 6, &s[2]);
    for (int lane = 0; lane < 3; lane++) {
        stark_fe_weak(&s[lane], &s[lane]);
    }
    add_constants(s, constant);
}

static void full_round(struct stark_fe s[static 3], const uint64_t constant[static 3][4])
{
    if (stark_x64_used()) {
        stark_x64_full_round(s, constant);
        for (int lane = 0; lane < 3; lane++) {
            STARK_FE_SET_BOUND(&s[lane], 2);
        }
    } else {
        full_round_portable(s, constant);
    }
}

/* *x = v + 2x^3. In: bounds 2 and 6. Out: bound 6. */
static void next_x(const struct stark_fe *v, struct stark_fe *x)
{
    cube(x, x);
    stark_fe_times(x, 2, x);
    stark_fe_add(x, v, x);
}

/* *v0 = 4*v0 - 3*v1 + x + constant. In: bounds 2, 2, 6. Out: bound 2. */
static void next_v(struct stark_fe *v0, const struct stark_fe *v1, const struct stark_fe *x,
                   const uint64_t constant[static 4])
{
    struct stark_fe part;
    stark_fe_times(v0, 4, v0);
    stark_fe_times(v1, 3, &part);
    stark_fe_sub(v0, &part, 6, v0);
    stark_fe_add(v0, x, v0);
    add_constant(v0, constant, 8);
    stark_fe_weak(v0, v0);
}

/* Rounds by twos: x and v as above, v[0] the older. In and out: bounds 6, 2, 2. */
static void next_rounds(struct stark_fe *x, struct stark_fe v[static 2],
                        const uint64_t constant[static PARTIAL_ROUNDS - 1][4])
{
    if (stark_x64_used()) {
        stark_x64_partial_rounds(x, v, constant);
        STARK_FE_SET_BOUND(x, 6);
        STARK_FE_SET_BOUND(&v[0], 2);
        STARK_FE_SET_BOUND(&v[1], 2);
        return;
    }
    for (int j = 0; j < PARTIAL_ROUNDS - 1; j++) {
        next_x(&v[(j + 1) % 2], x);
        next_v(&v[j % 2], &v[(j + 1) % 2], x, constant[j]);
    }
}

/* In: bounds 3. Out: bounds 6. */
static void partial_rounds(struct stark_fe s[static 3], const uint64_t (*constant)[4])
{
    struct stark_fe x;
    struct stark_fe v[2];
    struct stark_fe part;
    stark_fe_negate(&s[2], 3, &x);
    stark_fe_add(&s[0], &s[1], &v[0]);
    stark_fe_weak(&v[0], &v[0]);
    next_x(&v[0], &x);
    stark_fe_times(&s[0], 4, &part);
    stark_fe_add(&part, &v[0], &part);
    stark_fe_sub(&x, &part, 14, &v[1]);
    stark_fe_weak(&v[1], &v[1]);
    next_rounds(&x, v, constant);
    constant += PARTIAL_ROUNDS - 1;
    struct stark_fe minus_half = STARK_FE_ZERO;
    add_constant(&minus_half, *constant++, 1);
    stark_fe_mul(&v[1], &minus_half, &part);
    stark_fe_add(&part, &v[0], &s[0]);
    stark_fe_sub(&part, &v[0], 2, &s[1]);
    add_constant(&s[1], *constant++, 1);
    s[2] = x;
}

/* In: bounds 3. Out: bounds 3. */
static void permute(struct stark_fe s[static 3])
{
    static const uint64_t none[3][4] = {{0}};
    const uint64_t(*constant)[4] = hades_constants;
    add_constants(s, constant);
    for (int round = 0; round < FULL_ROUNDS; round++) {
        constant += 3;
        full_round(s, constant);
    }
    constant += 3;
    partial_rounds(s, constant);
    constant += PARTIAL_ROUNDS - 1 + 2;
    for (int round = 0; round < FULL_ROUNDS - 1; round++) {
        full_round(s, constant);
        constant += 3;
    }
    full_round(s, none);
}

static void absorb_into(struct stark_fe *lane, const struct felt *in)
{
    struct stark_fe term;
    stark_fe_from_felt(in, &term);
    stark_fe_add(lane, &term, lane);
    stark_fe_weak(lane, lane);
}

void poseidon_permute(struct felt state[static 3])
{
    struct stark_fe lane[3];
    for (int i = 0; i < 3; i++) {
        stark_fe_from_felt(&state[i], &lane[i]);
    }
    permute(lane);
    for (int i = 0; i < 3; i++) {
        stark_fe_to_felt(&lane[i], &state[i]);
    }
}

static void hash_state(const struct felt *a, const struct felt *b, uint64_t last, struct felt *ret)
{
    const struct felt capacity = felt_from_u64(last);
    struct stark_fe lane[3];
    stark_fe_from_felt(a, &lane[0]);
    stark_fe_from_felt(b, &lane[1]);
    stark_fe_from_felt(&capacity, &lane[2]);
    permute(lane);
    stark_fe_to_felt(&lane[0], ret);
}

void poseidon_hash1(const struct felt *a, struct felt *ret)
{
    hash_state(a, &FELT_ZERO, 1, ret);
}

void poseidon_hash2(const struct felt *a, const struct felt *b, struct felt *ret)
{
    hash_state(a, b, 2, ret);
}

void poseidon_hash_many(const struct felt *in, size_t count, struct felt *ret)
{
    struct poseidon sponge;
    poseidon_init(&sponge);
    poseidon_absorb_many(&sponge, in, count);
    poseidon_finish(&sponge, ret);
}

void poseidon_init(struct poseidon *sponge)
{
    *sponge = (struct poseidon){{STARK_FE_ZERO, STARK_FE_ZERO, STARK_FE_ZERO}, false};
}

void poseidon_absorb(struct poseidon *sponge, const struct felt *in)
{
    absorb_into(&sponge->lane[sponge->is_odd ? 1 : 0], in);
    if (sponge->is_odd) {
        permute(sponge->lane);
    }
    sponge->is_odd = !sponge->is_odd;
}

void poseidon_absorb_many(struct poseidon *sponge, const struct felt *in, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        poseidon_absorb(sponge, &in[i]);
    }
}

void poseidon_finish(struct poseidon *sponge, struct felt *ret)
{
    const struct felt one = felt_from_u64(1);
    absorb_into(&sponge->lane[sponge->is_odd ? 1 : 0], &one);
    permute(sponge->lane);
    stark_fe_to_felt(&sponge->lane[0], ret);
}
