#include "crypto/pedersen.h"

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

/* The sum never meets an entry or its negative: that would give a linear relation between points
 * whose logarithms nobody knows. */
static void add(struct stark_point *sum, const struct stark_affine *entry)
{
    stark_point_add_affine(sum, entry, sum);
}

/* Adds (in mod 2^248)*low + (in >> 248)*high, where table holds the multiples of low and high: of
 * each signed digit's window those from 1 to HALF, and at the end those of the rest of the low
 * bits, by those of the high ones. Digits of zero cost nothing, so short numbers are fast. */
static void add_multiples(const struct stark_affine *table, const struct felt *in,
                          struct stark_point *sum)
{
    unsigned carry = 0;
    for (unsigned window = 0; window < PEDERSEN_WINDOWS; window++) {
        unsigned digit = bits_at(in, PEDERSEN_WIDTH * window, PEDERSEN_WIDTH) + carry;
        carry = digit > HALF;
        if (carry != 0 && digit != 2 * HALF) {
            struct stark_affine negative = table[window * HALF + 2 * HALF - digit - 1];
            stark_fe_negate(&negative.y, 1, &negative.y);
            add(sum, &negative);
        } else if (carry == 0 && digit != 0) {
            add(sum, &table[window * HALF + digit - 1]);
        }
    }
    unsigned low = bits_at(in, LAST_BIT, LAST_WIDTH) + carry;
    unsigned last = low + PEDERSEN_LOW_COUNT * bits_at(in, 248, 4);
    if (last != 0) {
        add(sum, &table[PEDERSEN_WINDOWS * HALF + last]);
    }
}

void pedersen_hash(const struct felt *a, const struct felt *b, struct felt *ret)
{
    struct stark_point sum;
    stark_point_from_affine(&pedersen_shift, &sum);
    add_multiples(pedersen_table[0], a, &sum);
    add_multiples(pedersen_table[1], b, &sum);
    struct stark_fe x;
    stark_fe_inverse(&sum.zz, &x);
    stark_fe_mul(&x, &sum.x, &x);
    stark_fe_to_felt(&x, ret);
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
