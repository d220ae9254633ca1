#include <openssl/sha.h>

#include "digest/keyed_sum.h"
#include "fixtures/unit.h"

enum { FIRST = 32, SECOND = 70 };

static uint8_t first[FIRST];
static uint8_t second[SECOND];
static const struct bytes parts[] = {{first, FIRST}, {second, SECOND}};

static struct status no_entropy(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0x11, len);
    return FAIL(ENTROPY);
}

static struct status known_entropy(void *context, uint8_t *out, size_t len)
{
    (void)context;
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(i + 1);
    }
    return OK;
}

static struct keyed_sum_key known_key(void)
{
    struct entropy known = {NULL, known_entropy};
    struct keyed_sum_key key;
    assert_status(OK, keyed_sum_key_make(&known, &key));
    return key;
}

static void no_key_without_entropy(void **state)
{
    (void)state;
    static const struct keyed_sum_key zero;
    struct entropy none = {NULL, no_entropy};
    struct keyed_sum_key key;
    assert_status(ENTROPY, keyed_sum_key_make(&none, &key));
    assert_memory_equal(&zero, &key, sizeof key);
}

static void flips_are_found(uint8_t *bytes, size_t len, const struct keyed_sum_key *key,
                            const struct keyed_sum *sum)
{
    for (size_t bit = 0; bit < 8 * len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(SELF_CHECK, keyed_sum_check(key, parts, 2, sum));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(OK, keyed_sum_check(key, parts, 2, sum));
    }
}

static void every_flipped_bit_is_found(void **state)
{
    (void)state;
    struct keyed_sum_key key = known_key();
    struct keyed_sum sum = keyed_sum_of(&key, parts, 2);
    flips_are_found(first, FIRST, &key, &sum);
    flips_are_found(second, SECOND, &key, &sum);
    flips_are_found(sum.b, sizeof sum.b, &key, &sum);
    flips_are_found((uint8_t *)&key, sizeof key, &key, &sum);
}

static void keys_differ(void **state)
{
    (void)state;
    struct entropy entropy = entropy_system();
    struct keyed_sum_key keys[2];
    assert_status(OK, keyed_sum_key_make(&entropy, &keys[0]));
    assert_status(OK, keyed_sum_key_make(&entropy, &keys[1]));
    struct keyed_sum sum = keyed_sum_of(&keys[0], parts, 2);
    assert_status(OK, keyed_sum_check(&keys[0], parts, 2, &sum));
    assert_status(SELF_CHECK, keyed_sum_check(&keys[1], parts, 2, &sum));
}

static void it_is_the_hash_of_openssl_behind_the_key_cut_short(void **state)
{
    (void)state;
    uint8_t whole[SHA256_BLOCK + FIRST + SECOND] = {0};
    uint8_t expected[32];
    assert_status(OK, known_entropy(NULL, whole, 32));
    memcpy(whole + SHA256_BLOCK, first, FIRST);
    memcpy(whole + SHA256_BLOCK + FIRST, second, SECOND);
    assert_non_null(SHA256(whole, sizeof whole, expected));
    struct keyed_sum_key key = known_key();
    struct keyed_sum sum = keyed_sum_of(&key, parts, 2);
    assert_memory_equal(expected, sum.b, sizeof sum.b);
}

static int fill(void **state)
{
    (void)state;
    memset(first, 0x35, sizeof first);
    memset(second, 0xc7, sizeof second);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_without_entropy),
        cmocka_unit_test(every_flipped_bit_is_found),
        cmocka_unit_test(keys_differ),
        cmocka_unit_test(it_is_the_hash_of_openssl_behind_the_key_cut_short),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
