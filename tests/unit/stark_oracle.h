/* An independent Stark curve for the unit tests: OpenSSL's big numbers, and inputs that reach the
 * ends of every range. */
#ifndef COFFER_TESTS_UNIT_STARK_ORACLE_H
#define COFFER_TESTS_UNIT_STARK_ORACLE_H

#include <openssl/bn.h>
#include <openssl/ec.h>

#include "crypto/felt.h"
#include "fixtures/unit.h"

#define STARK_ORACLE_P "800000000000011000000000000000000000000000000000000000000000001"
#define STARK_ORACLE_N "800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f"
#define STARK_ORACLE_B "6f21413efbe40de150e596d72f7a8c5609ad26c15c915c1f4cdfcb99cee9e89"

/* A big number from hex digits; freed by the test, or never: tests are short. */
static inline BIGNUM *oracle_hex(const char *hex)
{
    BIGNUM *number = NULL;
    assert_true(BN_hex2bn(&number, hex) != 0);
    return number;
}

static inline BIGNUM *oracle_from_limbs(const uint64_t limb[static 4])
{
    uint8_t bytes[32];
    for (size_t i = 0; i < 32; i++) {
        bytes[i] = (uint8_t)(limb[i / 8] >> (8 * (i % 8)));
    }
    return BN_lebin2bn(bytes, sizeof bytes, NULL);
}

static inline void oracle_to_limbs(const BIGNUM *number, uint64_t ret[static 4])
{
    uint8_t bytes[32];
    assert_int_equal(BN_bn2lebinpad(number, bytes, sizeof bytes), 32);
    for (size_t i = 0; i < 4; i++) {
        ret[i] = 0;
        for (size_t j = 8; j-- > 0;) {
            ret[i] = ret[i] << 8 | bytes[8 * i + j];
        }
    }
}

static inline struct felt oracle_felt(const BIGNUM *number)
{
    struct felt felt;
    oracle_to_limbs(number, felt.limb);
    return felt;
}

/* Fails unless the limbs hold this number; frees it. */
static inline void oracle_assert_limbs(BIGNUM *expected, const uint64_t limb[static 4])
{
    uint64_t wanted[4];
    oracle_to_limbs(expected, wanted);
    assert_memory_equal(wanted, limb, sizeof wanted);
    BN_free(expected);
}

/* A repeatable stream of words (splitmix64). */
static inline uint64_t oracle_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Words that are often all zeros, all ones or next to it, so that carries run. */
static inline uint64_t oracle_edgy(uint64_t *state)
{
    uint64_t pick = oracle_random(state);
    switch (pick % 8) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX;
    case 2:
        return UINT64_MAX - (pick >> 3) % 40;
    case 3:
        return (pick >> 3) % 40;
    default:
        return oracle_random(state);
    }
}

#endif
