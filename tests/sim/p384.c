/* In the place of crypto/p384.c, where a life would spend most of its time: the same interface over
 * a group that is too small to keep a secret, the multiplicative one modulo 2^31 - 1. Everything
 * that hand-off needs of P-384 holds: both sides come to the same secret, another key to another,
 * and bytes that were changed are no point. */
#include "crypto/p384.h"

#include <string.h>

#include "base/bytes.h"

enum { PRIME = 0x7fffffff, GENERATOR = 7, WORD = 8 };

static uint64_t load(const uint8_t *in)
{
    uint64_t word;
    memcpy(&word, in, WORD);
    return word;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
    return a * b % PRIME;
}

static uint64_t power(uint64_t base, const struct p384_key *key)
{
    uint64_t out = 1;
    base %= PRIME;
    for (uint64_t bits = load(key->d); bits != 0; bits >>= 1) {
        out = (bits & 1) != 0 ? multiply(out, base) : out;
        base = multiply(base, base);
    }
    return out;
}

/* 04, and the same word wherever there is room for one. */
static void put_point(uint64_t word, struct p384_point *ret)
{
    ret->sec1[0] = 4;
    for (size_t at = 1; at < P384_SEC1; at += WORD) {
        memcpy(ret->sec1 + at, &word, WORD);
    }
}

struct status p384_key_generate(const struct entropy *entropy, struct p384_key *ret)
{
    return entropy_fill(entropy, ret->d, sizeof ret->d);
}

struct status p384_public(const struct p384_key *key, struct p384_point *ret)
{
    put_point(power(GENERATOR, key), ret);
    return OK;
}

struct status p384_point_parse(struct bytes in, struct p384_point *ret)
{
    struct p384_point same = {0};
    *ret = (struct p384_point){0};
    if (in.len == P384_SEC1) {
        put_point(load(in.ptr + 1), &same);
    }
    if (in.len != P384_SEC1 || !bytes_equal(in, BYTES_ARRAY(same.sec1))) {
        return FAIL(POINT_INVALID);
    }
    *ret = same;
    return OK;
}

bool p384_point_equal(const struct p384_point *a, const struct p384_point *b)
{
    return bytes_equal(BYTES_ARRAY(a->sec1), BYTES_ARRAY(b->sec1));
}

struct status p384_ecdh(const struct p384_key *key, const struct p384_point *point,
                        struct p384_shared *ret)
{
    uint64_t word = power(load(point->sec1 + 1), key);
    memset(ret->x, 0, sizeof ret->x);
    memcpy(ret->x, &word, WORD);
    return OK;
}
