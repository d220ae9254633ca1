/* Field elements for the unit tests: any representative below a bound, near the ends more often,
 * the check of a result, and test groups for each of the two implementations. */
#ifndef COFFER_TESTS_UNIT_STARK_ORACLE_FE_H
#define COFFER_TESTS_UNIT_STARK_ORACLE_FE_H

#include "crypto/stark_fe.h"
#include "unit/stark_oracle.h"

struct oracle_field {
    BN_CTX *bn;
    BIGNUM *p;
    BIGNUM *r_inverse; /* 1/2^256 mod p */
};

static inline struct oracle_field oracle_field(void)
{
    struct oracle_field field = {BN_CTX_new(), oracle_hex(STARK_ORACLE_P), oracle_hex("1")};
    BN_lshift(field.r_inverse, field.r_inverse, 256);
    BN_mod_inverse(field.r_inverse, field.r_inverse, field.p, field.bn);
    return field;
}

/* Random limbs anywhere below bound*p. */
static inline struct stark_fe oracle_element(const struct oracle_field *field, uint64_t *seed,
                                             uint64_t bound)
{
    BIGNUM *limit = BN_dup(field->p);
    assert_true(BN_mul_word(limit, bound));
    uint64_t limb[4];
    for (size_t i = 0; i < 4; i++) {
        limb[i] = oracle_edgy(seed);
    }
    BIGNUM *value = oracle_from_limbs(limb);
    BN_mod(value, value, limit, field->bn);
    uint64_t pick = oracle_random(seed) % 8;
    if (pick < 2) { /* just below the limit, or just around some multiple of p */
        BN_copy(value, limit);
        BN_sub_word(value, 1 + (oracle_random(seed) % 3));
    } else if (pick == 2) {
        BN_copy(value, field->p);
        BN_mul_word(value, oracle_random(seed) % bound);
        BN_add_word(value, oracle_random(seed) % 3);
    }
    struct stark_fe fe = STARK_FE_ZERO;
    oracle_to_limbs(value, fe.limb);
    STARK_FE_SET_BOUND(&fe, bound);
    BN_free(value);
    BN_free(limit);
    return fe;
}

/* Fails unless fe is congruent to expected mod p and below bound*p. Frees expected. */
static inline void oracle_assert_element(const struct oracle_field *field, BIGNUM *expected,
                                         const struct stark_fe *fe, uint64_t bound)
{
    BIGNUM *value = oracle_from_limbs(fe->limb);
    BIGNUM *limit = BN_dup(field->p);
    BN_mul_word(limit, bound);
    assert_true(BN_cmp(value, limit) < 0);
    BN_nnmod(value, value, field->p, field->bn);
    BN_nnmod(expected, expected, field->p, field->bn);
    assert_int_equal(BN_cmp(value, expected), 0);
    BN_free(value);
    BN_free(limit);
    BN_free(expected);
}

/* Set-up of a test group that runs one of the two implementations. */
static inline int oracle_portable(void **state)
{
    (void)state;
    stark_fe_select(false);
    return 0;
}

static inline int oracle_assembly(void **state)
{
    (void)state;
    if (!stark_fe_select(true)) {
        print_message("no BMI2 and ADX here: the portable code runs twice\n");
    }
    return 0;
}

#endif
