#include "crypto/stark_mul.h"

#include <string.h>

#include "base/ct.h"

#include "crypto/stark_mul.inc"

#define BASE_BITS    STARK_MUL_WINDOW_BITS
#define BASE_WINDOWS STARK_MUL_WINDOWS
#define BASE_ENTRIES (1 << (BASE_BITS - 1))

#define BITS    5
#define WINDOWS 51
#define ENTRIES (1 << (BITS - 1))

/* The odd multiples 1, 3, .. of 2^(window position)*G: x then y, four limbs each. */
static const uint64_t base_table[BASE_WINDOWS][BASE_ENTRIES][8]
    __attribute__((aligned(64))) = {STARK_MUL_TABLE};

/* An odd k as a sum of +-2^j, j = 0 .. bits-1: bit j of this is 1 where the sign is plus. With it,
 * every window of w bits is an odd digit in [1 - 2^w, 2^w - 1]: none is zero, none is skipped.
 * Why: the signs of bits 0 .. bits-2 are the bits of k one place up, the last is plus, and
 * sum (2*k_(j+1) - 1)*2^j + 2^(bits-1) = (k - 1) + 1. */
struct signs {
    uint64_t limb[5];
};

static void signs_wipe(struct signs *signs)
{
    secret_wipe(signs, sizeof *signs);
}

/* k where it is odd, n - k where it is even; the signs of that number, and a mask of all ones where
 * the result must be negated. In: k nonzero. */
static uint64_t recode(const struct stark_scalar *k, unsigned bits, struct signs *ret)
{
    SECRET(stark_scalar, odd);
    uint64_t even = ct_mask_bit(~k->limb[0] & 1);
    stark_scalar_negate(k, &odd);
    stark_scalar_cmov(~even, k, &odd);
    for (int i = 0; i < 4; i++) {
        ret->limb[i] = odd.limb[i] >> 1 | (i < 3 ? odd.limb[i + 1] << 63 : 0);
    }
    ret->limb[4] = 0;
    ret->limb[(bits - 1) / 64] |= (uint64_t)1 << (bits - 1) % 64;
    return even;
}

/* width bits of the signs from position on. */
static uint64_t window(const struct signs *signs, unsigned position, unsigned width)
{
    unsigned limb = position / 64;
    unsigned shift = position % 64;
    uint64_t word = signs->limb[limb] >> shift;
    if (shift + width > 64) {
        word |= signs->limb[limb + 1] << (64 - shift);
    }
    return word & (((uint64_t)1 << width) - 1);
}

/* A digit of width bits: all ones where it is negative, and (|digit| - 1)/2. */
static uint64_t digit_sign(uint64_t digit, unsigned width)
{
    return ct_mask_bit(digit >> (width - 1) ^ 1);
}

static uint64_t digit_index(uint64_t digit, uint64_t sign, unsigned width)
{
    return (digit ^ sign) & (((uint64_t)1 << (width - 1)) - 1);
}

/* Eight limbs of a row by a secret index: every entry is read, all but one masked away. Vector
 * comparisons give the masks, which no compiler turns into branches. */
typedef uint32_t lanes __attribute__((vector_size(32)));

static inline __attribute__((always_inline)) void scan(const uint64_t row[static BASE_ENTRIES][8],
                                                       uint64_t index, uint64_t ret[static 8])
{
    uint32_t wanted = (uint32_t)ct_barrier(index);
    lanes all = {wanted, wanted, wanted, wanted, wanted, wanted, wanted, wanted};
    lanes counter = {0};
    lanes x = {0};
    lanes y = {0};
    for (int i = 0; i < BASE_ENTRIES; i++) {
        lanes mask = (lanes)(counter == all);
        lanes entry[2];
        memcpy(entry, row[i], sizeof entry);
        x |= entry[0] & mask;
        y |= entry[1] & mask;
        counter += 1;
    }
    memcpy(ret, &x, sizeof x);
    memcpy(ret + 4, &y, sizeof y);
}

static void scan_baseline(const uint64_t row[static BASE_ENTRIES][8], uint64_t index,
                          uint64_t ret[static 8])
{
    scan(row, index, ret);
}

#ifdef __x86_64__
bool stark_mul_scans_wide(void)
{
    return __builtin_cpu_supports("avx2");
}

__attribute__((target("avx2"))) static void scan_avx2(const uint64_t row[static BASE_ENTRIES][8],
                                                      uint64_t index, uint64_t ret[static 8])
{
    scan(row, index, ret);
}

static inline void scan_best(const uint64_t row[static BASE_ENTRIES][8], uint64_t index,
                             uint64_t ret[static 8])
{
    if (stark_mul_scans_wide()) {
        scan_avx2(row, index, ret);
    } else {
        scan_baseline(row, index, ret);
    }
}
#else
bool stark_mul_scans_wide(void)
{
    return false;
}

static inline void scan_best(const uint64_t row[static BASE_ENTRIES][8], uint64_t index,
                             uint64_t ret[static 8])
{
    scan_baseline(row, index, ret);
}
#endif

/* The table's multiple of G for one window. The y coordinate is never 0, so p - y is reduced. */
static inline void base_entry(const struct signs *signs, unsigned i, bool is_public,
                              struct stark_affine *ret)
{
    uint64_t limb[8];
    uint64_t digit = window(signs, BASE_BITS * i, BASE_BITS);
    uint64_t sign = digit_sign(digit, BASE_BITS);
    uint64_t index = digit_index(digit, sign, BASE_BITS);
    if (is_public) {
        memcpy(limb, base_table[i][index], sizeof limb);
    } else {
        scan_best(base_table[i], index, limb);
    }
    struct stark_fe negated;
    ret->x = (struct stark_fe)STARK_FE(limb[0], limb[1], limb[2], limb[3]);
    ret->y = (struct stark_fe)STARK_FE(limb[4], limb[5], limb[6], limb[7]);
    stark_fe_negate(&ret->y, 1, &negated);
    stark_fe_cmov(sign, &negated, &ret->y);
}

static void negate_where(uint64_t mask, struct stark_point *a)
{
    struct stark_point negated;
    stark_point_negate(a, &negated);
    stark_fe_cmov(mask, &negated.y, &a->y);
    stark_point_wipe(&negated);
}

/* One addition per window, from low to high, none of them of a point to itself or its opposite:
 * before window i the sum is s*G with |s| < 2^(6i), and d*2^(6i)*G is added with odd d, |d| < 64.
 * As integers these differ by the size. Modulo n they could only meet in the last window, where
 * d is positive and at most 33, so that d*2^246 -+ s = n; then the total is n, which k is not, or
 * above n. */
static inline __attribute__((always_inline)) void
multiply_base(const struct stark_scalar *k, bool is_public, struct stark_point *ret)
{
    SECRET(signs, signs);
    SECRET(stark_affine, entry);
    uint64_t negate = recode(k, BASE_BITS * BASE_WINDOWS, &signs);
    base_entry(&signs, 0, is_public, &entry);
    stark_point_from_affine(&entry, ret);
    for (unsigned i = 1; i < BASE_WINDOWS; i++) {
        base_entry(&signs, i, is_public, &entry);
        stark_point_add_affine(ret, &entry, ret);
    }
    negate_where(negate, ret);
}

void stark_mul_base(const struct stark_scalar *k, struct stark_point *ret)
{
    CHECKED(!stark_scalar_is_zero(k));
    multiply_base(k, false, ret);
}

void stark_mul_base_var(const struct stark_scalar *k, struct stark_point *ret)
{
    CHECKED(!stark_scalar_is_zero(k));
    multiply_base(k, true, ret);
}

/* a, 3a, 5a, .. */
static void odd_multiples(const struct stark_point *a, const struct stark_point *twice, int count,
                          struct stark_point *ret)
{
    ret[0] = *a;
    for (int i = 1; i < count; i++) {
        stark_point_add(&ret[i - 1], twice, &ret[i]);
    }
}

/* The odd multiples of a point, for secret indices. */
struct multiples {
    struct stark_point odd[ENTRIES];
};

static void multiples_wipe(struct multiples *multiples)
{
    secret_wipe(multiples, sizeof *multiples);
}

static void pick(const struct multiples *table, const struct signs *signs, unsigned position,
                 struct stark_point *ret)
{
    uint64_t digit = window(signs, position, BITS);
    uint64_t sign = digit_sign(digit, BITS);
    uint64_t index = digit_index(digit, sign, BITS);
    *ret = table->odd[0];
    for (uint64_t i = 1; i < ENTRIES; i++) {
        uint64_t mask = ct_mask_equal(i, index);
        stark_fe_cmov(mask, &table->odd[i].x, &ret->x);
        stark_fe_cmov(mask, &table->odd[i].y, &ret->y);
        stark_fe_cmov(mask, &table->odd[i].zz, &ret->zz);
        stark_fe_cmov(mask, &table->odd[i].zzz, &ret->zzz);
    }
    negate_where(sign, ret);
}

/* Windows from high to low. Before a window is added the sum is s*a with s a multiple of 32, so
 * adding d*a with odd |d| < 32 meets itself or its opposite only modulo n, for s = n - |d| in the
 * last window, where k = n - 2|d| needs a doubling: there both results are made and one is kept. */
void stark_mul(const struct stark_scalar *k, const struct stark_affine *a, struct stark_point *ret)
{
    CHECKED(!stark_scalar_is_zero(k));
    SECRET(signs, signs);
    SECRET(multiples, table);
    SECRET(stark_point, sum);
    SECRET(stark_point, other);
    uint64_t negate = recode(k, BITS * WINDOWS, &signs);
    stark_point_from_affine(a, &sum);
    stark_point_double(&sum, &other);
    odd_multiples(&sum, &other, ENTRIES, table.odd);
    pick(&table, &signs, BITS * (WINDOWS - 1), &sum);
    for (unsigned i = WINDOWS - 1; i-- > 0;) {
        for (int bit = 0; bit < BITS; bit++) {
            stark_point_double(&sum, &sum);
        }
        pick(&table, &signs, BITS * i, &other);
        if (i > 0) {
            stark_point_add(&sum, &other, &sum);
        }
    }
    stark_point_add(&sum, &other, ret);
    stark_point_double(&sum, &sum);
    uint64_t same = ct_mask_bit(stark_point_is_neutral(ret));
    stark_fe_cmov(same, &sum.x, &ret->x);
    stark_fe_cmov(same, &sum.y, &ret->y);
    stark_fe_cmov(same, &sum.zz, &ret->zz);
    stark_fe_cmov(same, &sum.zzz, &ret->zzz);
    negate_where(negate, ret);
}

/* Width of the sliding windows of _var, whose digits are odd and below 2^(width - 1). */
#define VAR_BITS    5
#define VAR_ENTRIES (1 << (VAR_BITS - 2))

/* Digits in [-15, 15], each nonzero one followed by at least four zeros. Returns how many. */
static unsigned sliding_digits(const struct stark_scalar *k, int16_t ret[static 257])
{
    struct signs rest = {{k->limb[0], k->limb[1], k->limb[2], k->limb[3], 0}};
    unsigned count = 0;
    uint64_t carry = 0;
    unsigned position = 0;
    memset(ret, 0, 257 * sizeof *ret);
    while (position < 256) {
        if ((window(&rest, position, 1) ^ carry) == 0) {
            position++;
            continue;
        }
        int64_t digit = (int64_t)(window(&rest, position, VAR_BITS) + carry);
        carry = (uint64_t)digit >> (VAR_BITS - 1);
        ret[position] = (int16_t)(digit - (int64_t)(carry << VAR_BITS));
        count = position + 1;
        position += VAR_BITS;
    }
    CHECKED(carry == 0);
    return count;
}

void stark_mul_var(const struct stark_scalar *k, const struct stark_affine *a,
                   const struct stark_fe *coefficient, struct stark_point *ret)
{
    int16_t digits[257];
    struct stark_point table[VAR_ENTRIES];
    struct stark_point first;
    struct stark_point sum = stark_point_neutral;
    unsigned count = sliding_digits(k, digits);
    stark_point_from_affine(a, &first);
    stark_point_double_on(&first, coefficient, &sum);
    odd_multiples(&first, &sum, VAR_ENTRIES, table);
    sum = stark_point_neutral;
    for (unsigned i = count; i-- > 0;) {
        stark_point_double_on(&sum, coefficient, &sum);
        int digit = digits[i];
        if (digit > 0) {
            stark_point_add_on_var(&sum, &table[digit / 2], coefficient, &sum);
        } else if (digit < 0) {
            struct stark_point negated;
            stark_point_negate(&table[-digit / 2], &negated);
            stark_point_add_on_var(&sum, &negated, coefficient, &sum);
        }
    }
    *ret = sum;
}
