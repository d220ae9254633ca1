/* Makes the tables of crypto/pedersen.c: multiples of the four Pedersen points, and the folds that
 * every contract address and typed message begins with.
 *
 * Before anything is printed: the points are on the curve, and the hash computed from the digits
 * and tables about to be printed is compared with the hash as defined, on edges and other inputs.
 * Coordinates are printed in Montgomery form, R = 2^256.
 * Source: Starknet documentation, "Hash functions"; StarkWare's Pedersen parameters. */
#include <openssl/bn.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Signed digits of 9 bits, 27 of them; the last 5 of the low 248 bits, up to 32 with the carry,
 * share a table with the high 4 bits, up to 8. */
enum { WIDTH = 9, HALF = 256, WINDOWS = 27, LOW_COUNT = 33, HIGH_COUNT = 9 };
enum { ENTRIES = WINDOWS * HALF + LOW_COUNT * HIGH_COUNT };

struct point {
    BIGNUM *x; /* NULL for the point at infinity */
    BIGNUM *y;
};

static const char *const point_text[5][2] = {
    {"49EE3EBA8C1600700EE1B87EB599F16716B0B1022947733551FDE4050CA6804",
     "3CA0CFE4B3BC6DDF346D49D06EA0ED34E621062C0E056C1D0405D266E10268A"},
    {"234287DCBAFFE7F969C748655FCA9E58FA8120B6D56EB0C1080D17957EBE47B",
     "3B056F100F96FB21E889527D41F4E39940135DD7A6C94CC6ED0268EE89E5615"},
    {"4FA56F376C83DB33F9DAB2656558F3399099EC1DE5E3018B7A6932DBA8AA378",
     "3FA0984C931C9E38113E0C0E47E4401562761F92A7A23B45168F4E80FF5B54D"},
    {"4BA4CC166BE8DEC764910F75B45F74B40C690C74709E90F3AA372F0BD2D6997",
     "40301CF5C1751F4B971E46C4EDE85FCAC5C59A5CE5AE7C48151F27B24B219C"},
    {"54302DCB0E6CC1C6E44CCA8F61A63BB2CA65048D53FB325D36FF12C49A58202",
     "1B77B3E37D13504B348046268D8AE25CE98AD783C25561A879DCC77E99C2426"},
};
static const char *const beta_text =
    "6F21413EFBE40DE150E596D72F7A8C5609AD26C15C915C1F4CDFCB99CEE9E89";

static BN_CTX *ctx;
static BIGNUM *p;
static struct point base[5]; /* the shift point, then low and high of a, low and high of b */
static struct point table[2][ENTRIES];

static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "pedersen_table: %s\n", what);
        exit(1);
    }
}

static BIGNUM *number(unsigned long value)
{
    BIGNUM *ret = BN_new();
    need(ret != NULL && BN_set_word(ret, value), "out of memory");
    return ret;
}

static BIGNUM *from_hex(const char *text)
{
    BIGNUM *ret = NULL;
    need(BN_hex2bn(&ret, text), "hex");
    return ret;
}

/* y^2 = x^3 + x + beta */
static void check_on_curve(const struct point *a)
{
    BIGNUM *left = number(0);
    BIGNUM *right = from_hex(beta_text);
    BIGNUM *cube = number(0);
    need(BN_mod_sqr(left, a->y, p, ctx) && BN_mod_sqr(cube, a->x, p, ctx) &&
             BN_mod_mul(cube, cube, a->x, p, ctx) && BN_mod_add(right, right, cube, p, ctx) &&
             BN_mod_add(right, right, a->x, p, ctx),
         "curve");
    need(BN_cmp(left, right) == 0, "a point is not on the curve");
    BN_free(left);
    BN_free(right);
    BN_free(cube);
}

static struct point copy(const struct point *a)
{
    return (struct point){a->x == NULL ? NULL : BN_dup(a->x), a->x == NULL ? NULL : BN_dup(a->y)};
}

static void clear(struct point *a)
{
    BN_free(a->x);
    BN_free(a->y);
    *a = (struct point){NULL, NULL};
}

/* (3x^2 + 1)/2y for doubling, (y2 - y1)/(x2 - x1) otherwise. */
static void slope(const struct point *a, const struct point *b, BIGNUM *ret)
{
    BIGNUM *divisor = number(0);
    if (BN_cmp(a->x, b->x) == 0) {
        need(BN_cmp(a->y, b->y) == 0, "a sum is the point at infinity");
        need(BN_mod_sqr(ret, a->x, p, ctx) && BN_mul_word(ret, 3) && BN_add_word(ret, 1), "slope");
        need(BN_mod_lshift1(divisor, a->y, p, ctx), "slope");
    } else {
        need(BN_mod_sub(ret, b->y, a->y, p, ctx), "slope");
        need(BN_mod_sub(divisor, b->x, a->x, p, ctx), "slope");
    }
    need(BN_mod_inverse(divisor, divisor, p, ctx) != NULL, "inverse");
    need(BN_mod_mul(ret, ret, divisor, p, ctx), "slope");
    BN_free(divisor);
}

/* A new point, the sum of both. */
static struct point sum(const struct point *a, const struct point *b)
{
    if (a->x == NULL || b->x == NULL) {
        return copy(a->x == NULL ? b : a);
    }
    struct point ret = {number(0), number(0)};
    BIGNUM *lambda = number(0);
    slope(a, b, lambda);
    need(BN_mod_sqr(ret.x, lambda, p, ctx) && BN_mod_sub(ret.x, ret.x, a->x, p, ctx) &&
             BN_mod_sub(ret.x, ret.x, b->x, p, ctx) && BN_mod_sub(ret.y, a->x, ret.x, p, ctx) &&
             BN_mod_mul(ret.y, ret.y, lambda, p, ctx) && BN_mod_sub(ret.y, ret.y, a->y, p, ctx),
         "sum");
    BN_free(lambda);
    return ret;
}

static void add_to(struct point *a, const struct point *b)
{
    struct point total = sum(a, b);
    clear(a);
    *a = total;
}

/* low: base for the low 248 bits, high: base for the rest. Fills entries in the order of use. */
static void fill(struct point *entry, const struct point *low, const struct point *high)
{
    struct point unit = copy(low); /* 2^(9*window) * low */
    for (int window = 0; window < WINDOWS; window++) {
        struct point *row = entry + window * HALF;
        row[0] = copy(&unit);
        for (int i = 1; i < HALF; i++) {
            row[i] = sum(&row[i - 1], &unit);
        }
        clear(&unit);
        unit = sum(&row[HALF - 1], &row[HALF - 1]);
    }
    struct point *last = entry + WINDOWS * HALF;
    for (int i = 1; i < LOW_COUNT * HIGH_COUNT; i++) {
        last[i] = i % LOW_COUNT != 0 ? sum(&last[i - 1], &unit) : sum(&last[i - LOW_COUNT], high);
    }
    clear(&unit);
}

/* The part of the first argument or the second, by doubling and adding. */
static void add_as_defined(struct point *total, const BIGNUM *in, int argument)
{
    for (int part = 0; part < 2; part++) { /* low and high */
        struct point unit = copy(&base[1 + 2 * argument + part]);
        for (int bit = part == 0 ? 0 : 248; bit < (part == 0 ? 248 : 252); bit++) {
            if (BN_is_bit_set(in, bit)) {
                add_to(total, &unit);
            }
            add_to(&unit, &unit);
        }
        clear(&unit);
    }
}

/* The hash as defined. */
static BIGNUM *hash_as_defined(const BIGNUM *const in[2])
{
    struct point total = copy(&base[0]);
    add_as_defined(&total, in[0], 0);
    add_as_defined(&total, in[1], 1);
    BIGNUM *ret = BN_dup(total.x);
    clear(&total);
    return ret;
}

static int bits_of(const BIGNUM *value, int first, int count)
{
    int ret = 0;
    for (int i = 0; i < count; i++) {
        ret |= BN_is_bit_set(value, first + i) << i;
    }
    return ret;
}

/* The hash from the tables, with the digits of pedersen.c. */
static BIGNUM *hash_by_table(const BIGNUM *const in[2])
{
    struct point total = copy(&base[0]);
    for (int i = 0; i < 2; i++) {
        int carry = 0;
        for (int window = 0; window < WINDOWS; window++) {
            int digit = bits_of(in[i], WIDTH * window, WIDTH) + carry;
            carry = digit > HALF;
            digit -= carry << WIDTH;
            if (digit == 0) {
                continue;
            }
            struct point term = copy(&table[i][window * HALF + abs(digit) - 1]);
            if (digit < 0) {
                BN_sub(term.y, p, term.y);
            }
            add_to(&total, &term);
            clear(&term);
        }
        int last = bits_of(in[i], WIDTH * WINDOWS, 248 - WIDTH * WINDOWS) + carry +
                   LOW_COUNT * bits_of(in[i], 248, 4);
        add_to(&total, &table[i][WINDOWS * HALF + last]);
    }
    BIGNUM *ret = BN_dup(total.x);
    clear(&total);
    return ret;
}

static void check(void)
{
    static const char *const edges[] = {
        "0",
        "1",
        "100",
        "101",
        "1FF",
        "20000",
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "100000000000000000000000000000000000000000000000000000000000000",
        "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "800000000000011000000000000000000000000000000000000000000000000",
    };
    enum { EDGES = sizeof edges / sizeof *edges };
    for (int i = 0; i < EDGES * EDGES; i++) {
        BIGNUM *in[2] = {from_hex(edges[i / EDGES]), from_hex(edges[i % EDGES])};
        if (i % EDGES == i / EDGES) { /* in place of equal edges, two that are spread */
            uint8_t digest[32];
            for (int j = 0; j < 2; j++) {
                uint8_t text[2] = {(uint8_t)i, (uint8_t)j};
                SHA256(text, sizeof text, digest);
                BN_bin2bn(digest, sizeof digest, in[j]);
                need(BN_nnmod(in[j], in[j], p, ctx), "mod");
            }
        }
        BIGNUM *expected = hash_as_defined((const BIGNUM *const *)in);
        BIGNUM *actual = hash_by_table((const BIGNUM *const *)in);
        need(BN_cmp(expected, actual) == 0, "the hash from the tables differs");
        BN_free(in[0]);
        BN_free(in[1]);
        BN_free(expected);
        BN_free(actual);
    }
}

static void print_limbs(const BIGNUM *value)
{
    uint8_t bytes[32];
    need(BN_bn2lebinpad(value, bytes, sizeof bytes) == sizeof bytes, "too long");
    for (int i = 0; i < 4; i++) {
        uint64_t limb = 0;
        for (int j = 7; j >= 0; j--) {
            limb = limb << 8 | bytes[8 * i + j];
        }
        printf("%s0x%llxu", i == 0 ? "" : ",", (unsigned long long)limb);
    }
}

static void print_point(const struct point *a)
{
    const BIGNUM *coordinate[2] = {a->x, a->y};
    for (int i = 0; i < 2; i++) {
        BIGNUM *scaled = number(0);
        if (a->x != NULL) {
            need(BN_lshift(scaled, coordinate[i], 256) && BN_nnmod(scaled, scaled, p, ctx), "R");
        }
        printf("%s", i == 0 ? "{STARK_FE(" : "),STARK_FE(");
        print_limbs(scaled);
        printf("%s", i == 0 ? "" : ")}");
        BN_free(scaled);
    }
}

static BIGNUM *print_fold(const char *name, const BIGNUM *a, const BIGNUM *b)
{
    const BIGNUM *const in[2] = {a, b};
    BIGNUM *fold = hash_as_defined(in);
    printf("#define %s {{", name);
    print_limbs(fold);
    printf("}}\n");
    return fold;
}

/* What it adds to a hash as the first argument. */
static void print_sum(const char *name, const BIGNUM *fold)
{
    struct point total = {NULL, NULL};
    add_as_defined(&total, fold, 0);
    printf("static const struct stark_affine %s = ", name);
    print_point(&total);
    printf(";\n");
    clear(&total);
}

static void print_folds(void)
{
    static const char *const contract = "STARKNET_CONTRACT_ADDRESS";
    static const char *const message = "StarkNet Message";
    BIGNUM *zero = number(0);
    BIGNUM *text = BN_bin2bn((const uint8_t *)contract, (int)strlen(contract), NULL);
    BIGNUM *fold = print_fold("PEDERSEN_CONTRACT", zero, text);
    BIGNUM *of_zero = print_fold("PEDERSEN_CONTRACT_ZERO", fold, zero);
    print_sum("pedersen_contract_zero_sum", of_zero);
    BN_free(of_zero);
    BN_free(fold);
    BN_free(text);
    text = BN_bin2bn((const uint8_t *)message, (int)strlen(message), NULL);
    BN_free(print_fold("PEDERSEN_MESSAGE", zero, text));
    BN_free(text);
    BN_free(zero);
}

int main(void)
{
    ctx = BN_CTX_new();
    p = number(17);
    need(ctx != NULL && BN_lshift(p, p, 192) && BN_set_bit(p, 251) && BN_add_word(p, 1), "p");
    for (int i = 0; i < 5; i++) {
        base[i] = (struct point){from_hex(point_text[i][0]), from_hex(point_text[i][1])};
        check_on_curve(&base[i]);
    }
    fill(table[0], &base[1], &base[2]);
    fill(table[1], &base[3], &base[4]);
    check();

    printf("/* Made by tables/crypto/pedersen_table.c. */\n");
    printf("enum { PEDERSEN_WIDTH = %d, PEDERSEN_WINDOWS = %d, PEDERSEN_LOW_COUNT = %d };\n", WIDTH,
           WINDOWS, LOW_COUNT);
    printf("static const struct stark_affine pedersen_shift = ");
    print_point(&base[0]);
    printf(";\nstatic const struct stark_affine pedersen_table[2][%d]\n", ENTRIES);
    printf("    __attribute__((aligned(64))) = {\n");
    for (int i = 0; i < 2; i++) {
        printf("{\n");
        for (int j = 0; j < ENTRIES; j++) {
            print_point(&table[i][j]);
            printf(",\n");
        }
        printf("},\n");
    }
    printf("};\n");
    print_folds();
    return 0;
}
