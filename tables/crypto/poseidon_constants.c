/* Makes the constants of crypto/poseidon.c: Hades over the Stark prime, three lanes, 8 full and 83
 * partial rounds, cube, matrix [[3,1,1],[1,-1,1],[1,1,-2]].
 *
 * The 273 published round constants, SHA-256("Hades" || decimal index) mod p, are folded to 107 by
 * the recurrence that poseidon.c runs (derived there). Before anything is printed, the permutation
 * with the 107 is compared here with the permutation as published, on fixed and on many other
 * states. All values are printed in Montgomery form, R = 2^256.
 * Source: the Poseidon paper (eprint 2019/458); Starknet's parameter file for Hades. */
#include <openssl/bn.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 3, ROUNDS = 91, FULL = 4, PARTIAL = 83 };

static BN_CTX *ctx;
static BIGNUM *p;
static BIGNUM *round_constant[ROUNDS][LANES];

/* The folded constants in their order of use, as in poseidon.c. */
static BIGNUM *entry[FULL + 1][LANES];
static BIGNUM *partial[PARTIAL - 1];
static BIGNUM *minus_half;
static BIGNUM *leave;
static BIGNUM *exit_[FULL - 1][LANES];

static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "poseidon_constants: %s\n", what);
        exit(1);
    }
}

static BIGNUM *number(unsigned long value)
{
    BIGNUM *ret = BN_new();
    need(ret != NULL && BN_set_word(ret, value), "out of memory");
    return ret;
}

static void add(BIGNUM *ret, const BIGNUM *a, const BIGNUM *b)
{
    need(BN_mod_add(ret, a, b, p, ctx), "add");
}

static void sub(BIGNUM *ret, const BIGNUM *a, const BIGNUM *b)
{
    need(BN_mod_sub(ret, a, b, p, ctx), "sub");
}

static void mul(BIGNUM *ret, const BIGNUM *a, const BIGNUM *b)
{
    need(BN_mod_mul(ret, a, b, p, ctx), "mul");
}

/* ret += factor * a, for a small signed factor. */
static void accumulate(BIGNUM *ret, long factor, const BIGNUM *a)
{
    BIGNUM *term = number((unsigned long)(factor < 0 ? -factor : factor));
    mul(term, term, a);
    if (factor < 0) {
        sub(ret, ret, term);
    } else {
        add(ret, ret, term);
    }
    BN_free(term);
}

static void cube(BIGNUM *a)
{
    BIGNUM *square = number(0);
    mul(square, a, a);
    mul(a, square, a);
    BN_free(square);
}

static void mix(BIGNUM *state[LANES])
{
    static const long matrix[LANES][LANES] = {{3, 1, 1}, {1, -1, 1}, {1, 1, -2}};
    BIGNUM *mixed[LANES];
    for (int row = 0; row < LANES; row++) {
        mixed[row] = number(0);
        for (int column = 0; column < LANES; column++) {
            accumulate(mixed[row], matrix[row][column], state[column]);
        }
    }
    for (int row = 0; row < LANES; row++) {
        BN_copy(state[row], mixed[row]);
        BN_free(mixed[row]);
    }
}

static void add_constants(BIGNUM *state[LANES], BIGNUM *const constants[LANES])
{
    for (int lane = 0; lane < LANES; lane++) {
        add(state[lane], state[lane], constants[lane]);
    }
}

static void permute_as_published(BIGNUM *state[LANES])
{
    for (int round = 0; round < ROUNDS; round++) {
        int is_full = round < FULL || round >= FULL + PARTIAL;
        add_constants(state, round_constant[round]);
        for (int lane = is_full ? 0 : 2; lane < LANES; lane++) {
            cube(state[lane]);
        }
        mix(state);
    }
}

/* The 83 partial rounds by the recurrence: x = v + 2x^3, v'' = 4v - 3v' + x + constant. */
static void partial_rounds_folded(BIGNUM *s[LANES])
{
    BIGNUM *x = number(0);
    BIGNUM *v0 = number(0);
    BIGNUM *v1 = number(0);
    BIGNUM *next = number(0);
    accumulate(x, -1, s[2]);
    add(v0, s[0], s[1]);
    cube(x);
    add(x, x, x);
    add(x, x, v0);
    accumulate(v1, -4, s[0]);
    accumulate(v1, -1, v0);
    accumulate(v1, 1, x);
    for (int i = 0; i < PARTIAL - 1; i++) {
        cube(x);
        add(x, x, x);
        add(x, x, v1);
        BN_copy(next, partial[i]);
        accumulate(next, 4, v0);
        accumulate(next, -3, v1);
        accumulate(next, 1, x);
        BN_copy(v0, v1);
        BN_copy(v1, next);
    }
    mul(v1, v1, minus_half);
    add(s[0], v1, v0);
    sub(s[1], v1, v0);
    add(s[1], s[1], leave);
    BN_copy(s[2], x);
    BN_free(x);
    BN_free(v0);
    BN_free(v1);
    BN_free(next);
}

static void permute_folded(BIGNUM *s[LANES])
{
    for (int round = 0; round < FULL; round++) {
        add_constants(s, entry[round]);
        for (int lane = 0; lane < LANES; lane++) {
            cube(s[lane]);
        }
        mix(s);
    }
    add_constants(s, entry[FULL]);
    partial_rounds_folded(s);
    for (int round = 0; round < FULL; round++) {
        for (int lane = 0; lane < LANES; lane++) {
            cube(s[lane]);
        }
        mix(s);
        if (round < FULL - 1) {
            add_constants(s, exit_[round]);
        }
    }
}

static void hash_text(const char *text, BIGNUM *ret)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256((const uint8_t *)text, strlen(text), digest);
    need(BN_bin2bn(digest, sizeof digest, ret) != NULL && BN_nnmod(ret, ret, p, ctx), "hash");
}

static void make_round_constants(void)
{
    for (int i = 0; i < ROUNDS * LANES; i++) {
        char text[16];
        snprintf(text, sizeof text, "Hades%d", i);
        round_constant[i / LANES][i % LANES] = number(0);
        hash_text(text, round_constant[i / LANES][i % LANES]);
    }
}

/* k(j, lane): the constant of partial round j, 0 to 83; round 83 is the first full one again. */
static const BIGNUM *k(int j, int lane)
{
    return round_constant[FULL + j][lane];
}

/* 1/value. */
static BIGNUM *inverse_of(unsigned long value)
{
    BIGNUM *ret = number(value);
    need(BN_mod_inverse(ret, ret, p, ctx) != NULL, "inverse");
    return ret;
}

static void fold_entry(void)
{
    for (int round = 0; round < FULL; round++) {
        for (int lane = 0; lane < LANES; lane++) {
            entry[round][lane] = BN_dup(round_constant[round][lane]);
        }
    }
    BIGNUM **last = entry[FULL];
    for (int lane = 0; lane < LANES; lane++) {
        last[lane] = number(0);
    }
    BIGNUM *quarter = inverse_of(4);
    accumulate(last[0], 1, k(1, 0));
    accumulate(last[0], 1, k(1, 1));
    accumulate(last[0], 1, k(2, 2));
    mul(last[0], last[0], quarter);
    accumulate(last[0], 1, k(0, 0));
    accumulate(last[1], 1, k(0, 0));
    accumulate(last[1], 1, k(0, 1));
    accumulate(last[1], 1, k(1, 2));
    accumulate(last[1], -1, last[0]);
    accumulate(last[2], 1, k(0, 2));
    BN_free(quarter);
}

/* The folding; the derivation is in poseidon.c. */
static void fold(void)
{
    fold_entry();
    minus_half = inverse_of(2);
    sub(minus_half, p, minus_half);
    /* -k(84, 2), where k(84, 2) is free and chosen so that no constant enters lane 0 there. */
    leave = number(0);
    accumulate(leave, -1, k(PARTIAL, 0));
    accumulate(leave, 1, k(PARTIAL, 1));
    accumulate(leave, 2, k(PARTIAL, 2));
    for (int j = 0; j < PARTIAL - 1; j++) {
        int is_last = j == PARTIAL - 2;
        long sign = j % 2 == 0 ? 1 : -1;
        partial[j] = number(0);
        accumulate(partial[j], 2 * sign, k(j + 1, 0));
        accumulate(partial[j], -2 * sign, k(j + 1, 1));
        accumulate(partial[j], -4 * sign, k(j + 1, 2));
        accumulate(partial[j], sign, k(j + 2, 0));
        accumulate(partial[j], sign, k(j + 2, 1));
        accumulate(partial[j], -2 * sign, k(j + 2, 2));
        accumulate(partial[j], is_last ? -sign : sign, is_last ? leave : k(j + 3, 2));
    }
    for (int round = 0; round < FULL - 1; round++) {
        for (int lane = 0; lane < LANES; lane++) {
            exit_[round][lane] = BN_dup(round_constant[FULL + PARTIAL + 1 + round][lane]);
        }
    }
}

static void check(void)
{
    BIGNUM *a[LANES];
    BIGNUM *b[LANES];
    for (int lane = 0; lane < LANES; lane++) {
        a[lane] = number(0);
        b[lane] = number(0);
    }
    for (int trial = 0; trial < 64; trial++) {
        for (int lane = 0; lane < LANES; lane++) {
            char text[32];
            snprintf(text, sizeof text, "check %d %d", trial, lane);
            hash_text(text, a[lane]);
            if (trial < 8) { /* zeros and p-1 in every combination */
                BN_zero(a[lane]);
                BN_sub(a[lane], a[lane], BN_value_one());
                need(BN_nnmod(a[lane], a[lane], p, ctx), "mod");
                if ((trial >> lane & 1) == 0) {
                    BN_zero(a[lane]);
                }
            }
            BN_copy(b[lane], a[lane]);
        }
        permute_as_published(a);
        permute_folded(b);
        for (int lane = 0; lane < LANES; lane++) {
            need(BN_cmp(a[lane], b[lane]) == 0, "the folded permutation differs");
        }
    }
    /* The known answer for the state (9, 11, 2). */
    BIGNUM *expected = NULL;
    need(BN_hex2bn(&expected, "510F3A3FAF4084E3B1E95FD44C30746271B48723F7EA9C8BE6A9B6B5408E7E6"),
         "hex");
    BN_set_word(a[0], 9);
    BN_set_word(a[1], 11);
    BN_set_word(a[2], 2);
    permute_as_published(a);
    need(BN_cmp(a[0], expected) == 0, "the known answer differs");
    BN_free(expected);
}

/* Prints limbs, least significant first, between the given texts. */
static void print_limbs(const char *before, const BIGNUM *value, const char *after)
{
    uint8_t bytes[32];
    need(BN_bn2lebinpad(value, bytes, sizeof bytes) == sizeof bytes, "too long");
    printf("%s", before);
    for (int i = 0; i < 4; i++) {
        uint64_t limb = 0;
        for (int j = 7; j >= 0; j--) {
            limb = limb << 8 | bytes[8 * i + j];
        }
        printf("0x%016llxu%s", (unsigned long long)limb, i < 3 ? ", " : after);
    }
}

/* value*R mod p, plus offset*p. */
static BIGNUM *montgomery(const BIGNUM *value, unsigned long offset)
{
    BIGNUM *ret = number(0);
    BIGNUM *extra = BN_dup(p);
    need(BN_lshift(ret, value, 256) && BN_nnmod(ret, ret, p, ctx), "scale");
    need(BN_mul_word(extra, offset) && BN_add(ret, ret, extra), "offset");
    BN_free(extra);
    return ret;
}

static void print_constant(const BIGNUM *value, unsigned long offset)
{
    BIGNUM *scaled = montgomery(value, offset);
    print_limbs("    {", scaled, "},\n");
    BN_free(scaled);
}

static void print_constants(void)
{
    printf("static const uint64_t hades_constants[%d][4] = {\n",
           (2 * FULL) * LANES + PARTIAL - 1 + 2);
    for (int i = 0; i < (FULL + 1) * LANES; i++) {
        print_constant(entry[i / LANES][i % LANES], 0);
    }
    for (int j = 0; j < PARTIAL - 1; j++) {
        print_constant(partial[j], 7);
    }
    print_constant(minus_half, 0);
    print_constant(leave, 0);
    for (int i = 0; i < (FULL - 1) * LANES; i++) {
        print_constant(exit_[i / LANES][i % LANES], 0);
    }
    printf("};\n");
}

/* The sponge after it has absorbed (tag, 3), the start of every v3 transaction hash. */
static void print_start(const char *name, const char *tag)
{
    BIGNUM *state[LANES] = {number(0), number(3), number(0)};
    need(BN_bin2bn((const uint8_t *)tag, (int)strlen(tag), state[0]) != NULL, "tag");
    permute_as_published(state);
    printf("#define %s", name);
    for (int lane = 0; lane < LANES; lane++) {
        BIGNUM *scaled = montgomery(state[lane], 0);
        print_limbs(lane == 0 ? " STARK_FE(" : ", STARK_FE(", scaled, ")");
        BN_free(scaled);
        BN_free(state[lane]);
    }
    printf("\n");
}

int main(void)
{
    ctx = BN_CTX_new();
    p = number(17);
    need(ctx != NULL && BN_lshift(p, p, 192) && BN_set_bit(p, 251) && BN_add_word(p, 1), "p");
    make_round_constants();
    fold();
    check();

    printf("/* Made by tables/crypto/poseidon_constants.c. */\n");
    print_constants();
    print_start("POSEIDON_INVOKE_V3", "invoke");
    print_start("POSEIDON_DEPLOY_ACCOUNT_V3", "deploy_account");
    print_start("POSEIDON_DECLARE_V3", "declare");
    BIGNUM *empty[LANES] = {number(1), number(0), number(0)};
    permute_as_published(empty);
    print_limbs("#define POSEIDON_EMPTY {{", empty[0], "}}\n");
    return 0;
}
