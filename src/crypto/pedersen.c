#include "crypto/pedersen.h"

#include <stdbool.h>

#include "base/invariant.h"
#include "crypto/stark_point.h"

#include "crypto/pedersen_table.inc"

const struct pedersen pedersen_contract = {PEDERSEN_CONTRACT, 1};
const struct pedersen pedersen_contract_zero = {PEDERSEN_CONTRACT_ZERO, 2};
const struct pedersen pedersen_message = {PEDERSEN_MESSAGE, 1};

enum {
    HALF = 1 << (PEDERSEN_WIDTH - 1),
    LAST_BIT = PEDERSEN_WIDTH * PEDERSEN_WINDOWS,
    LAST_WIDTH = 248 - LAST_BIT,
};

static unsigned bits_at(const struct felt *felt, unsigned at, unsigned count)
{
    uint64_t value = felt->limb[at / 64] >> at % 64;
    if (at % 64 + count > 64 && at / 64 < 3) {
        value |= felt->limb[at / 64 + 1] << (64 - at % 64);
    }
    return (unsigned)value & ((1u << count) - 1);
}

/* What an argument adds to the sum: entries of the tables, some negated. */
struct terms {
    size_t count;
    const struct stark_affine *entry[PEDERSEN_WINDOWS + 1];
    bool is_negative[PEDERSEN_WINDOWS + 1];
};

/* The tables are larger than a processor's nearest memory; a sum takes longer than to fetch one. */
static void add_term(struct terms *terms, const struct stark_affine *entry, bool is_negative)
{
    __builtin_prefetch(entry);
    terms->entry[terms->count] = entry;
    terms->is_negative[terms->count] = is_negative;
    terms->count++;
}

/* Finds (in mod 2^248)*low + (in >> 248)*high, where table holds the multiples of low and high: of
 * each signed digit's window those from 1 to HALF, and at the end those of the rest of the low
 * bits, by those of the high ones. Digits of zero cost nothing, so short numbers are fast. */
static void find_terms(const struct stark_affine *table, const struct felt *in, struct terms *terms)
{
    unsigned carry = 0;
    terms->count = 0;
    for (unsigned window = 0; window < PEDERSEN_WINDOWS; window++) {
        unsigned digit = bits_at(in, PEDERSEN_WIDTH * window, PEDERSEN_WIDTH) + carry;
        carry = digit > HALF;
        if (carry != 0 && digit != 2 * HALF) {
            add_term(terms, &table[window * HALF + 2 * HALF - digit - 1], true);
        } else if (carry == 0 && digit != 0) {
            add_term(terms, &table[window * HALF + digit - 1], false);
        }
    }
    unsigned low = bits_at(in, LAST_BIT, LAST_WIDTH) + carry;
    unsigned last = low + PEDERSEN_LOW_COUNT * bits_at(in, 248, 4);
    if (last != 0) {
        add_term(terms, &table[PEDERSEN_WINDOWS * HALF + last], false);
    }
}

/* Every address begins with one and the same first argument. */
static void find_first(const struct felt *in, struct terms *terms)
{
    if (felt_equal(in, &pedersen_contract_zero.fold)) {
        terms->count = 0;
        add_term(terms, &pedersen_contract_zero_sum, false);
        return;
    }
    find_terms(pedersen_table[0], in, terms);
}

/* The sum never meets an entry or its negative: that would give a linear relation between points
 * whose logarithms nobody knows. */
static void sum_terms(const struct terms *terms, struct stark_point *sum)
{
    for (size_t i = 0; i < terms->count; i++) {
        struct stark_affine entry = *terms->entry[i];
        if (terms->is_negative[i]) {
            stark_fe_negate(&entry.y, 1, &entry.y);
        }
        stark_point_add_affine(sum, &entry, sum);
    }
}

void pedersen_hash(const struct felt *a, const struct felt *b, struct felt *ret)
{
    struct stark_point sum;
    struct terms first;
    struct terms second;
    find_first(a, &first);
    find_terms(pedersen_table[1], b, &second);
    stark_point_from_affine(&pedersen_shift, &sum);
    sum_terms(&first, &sum);
    sum_terms(&second, &sum);
    struct stark_fe x;
    stark_fe_inverse_var(&sum.zz, &x);
    stark_fe_mul(&x, &sum.x, &x);
    stark_fe_to_felt(&x, ret);
}

/* x of both points: 1/z1 = z2/(z1*z2), and the other way round. */
static void finish_two(const struct stark_point sum[static 2], struct felt ret[static 2])
{
    struct stark_fe inverse;
    stark_fe_mul(&sum[0].zz, &sum[1].zz, &inverse);
    stark_fe_inverse_var(&inverse, &inverse);
    for (size_t i = 0; i < 2; i++) {
        struct stark_fe x;
        stark_fe_mul(&inverse, &sum[1 - i].zz, &x);
        stark_fe_mul(&x, &sum[i].x, &x);
        stark_fe_to_felt(&x, &ret[i]);
    }
}

void pedersen_hash_two(const struct felt a[static 2], const struct felt b[static 2],
                       struct felt ret[static 2])
{
    bool is_shared = felt_equal(&b[0], &b[1]);
    struct stark_point sum[2];
    struct terms first[2];
    struct terms second[2];
    find_terms(pedersen_table[1], &b[0], &second[0]);
    for (size_t i = 0; i < 2; i++) {
        find_first(&a[i], &first[i]);
    }
    if (!is_shared) {
        find_terms(pedersen_table[1], &b[1], &second[1]);
        stark_point_from_affine(&pedersen_shift, &sum[1]);
        sum_terms(&second[1], &sum[1]);
    }
    stark_point_from_affine(&pedersen_shift, &sum[0]);
    sum_terms(&second[0], &sum[0]);
    if (is_shared) {
        sum[1] = sum[0];
    }
    sum_terms(&first[0], &sum[0]);
    sum_terms(&first[1], &sum[1]);
    finish_two(sum, ret);
}

void pedersen_array(const struct felt *in, size_t count, struct felt *ret)
{
    struct pedersen list = PEDERSEN_INIT;
    pedersen_absorb_many(&list, in, count);
    pedersen_finish(&list, ret);
}

void pedersen_absorb(struct pedersen *list, const struct felt *in)
{
    pedersen_hash(&list->fold, in, &list->fold);
    list->count++;
}

void pedersen_absorb_many(struct pedersen *list, const struct felt *in, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pedersen_absorb(list, &in[i]);
    }
}

void pedersen_finish(const struct pedersen *list, struct felt *ret)
{
    struct felt count = felt_from_u64(list->count);
    pedersen_hash(&list->fold, &count, ret);
}
