#include "fixtures/unit.h"
#include "identity/log_key.h"

static struct status no_entropy(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0, len);
    return FAIL(ENTROPY);
}

static void without_entropy_there_is_no_key(void **state)
{
    (void)state;
    const struct entropy none = {NULL, no_entropy};
    struct log_key *key = (struct log_key *)state;
    assert_status(ENTROPY, log_key_open(&none, &key));
    assert_null(key);
    log_key_close(&key);
}

static void every_key_is_another_and_signs_for_itself(void **state)
{
    (void)state;
    const struct entropy system = entropy_system();
    struct bytes text = BYTES_LITERAL("a checkpoint");
    struct log_key *one;
    struct log_key *two;
    uint8_t signature[ED25519_SIGNATURE];
    assert_status(OK, log_key_open(&system, &one));
    assert_status(OK, log_key_open(&system, &two));
    assert_status(OK, log_key_sign(one, text, signature));
    assert_status(OK, ed25519_verify(log_key_public(one), text, signature));
    assert_status(SIGNATURE_INVALID, ed25519_verify(log_key_public(two), text, signature));
    log_key_close(&one);
    log_key_close(&two);
    assert_null(one);
}

/* Its seed and its public half: a signature is compared with the latter before it is given out. */
static void every_flipped_bit_is_found(void **state)
{
    (void)state;
    enum { LEN = sizeof(struct ed25519_key) + ED25519_PUBLIC };
    const uint8_t none[ED25519_SIGNATURE] = {0};
    const struct entropy system = entropy_system();
    struct bytes text = BYTES_LITERAL("a checkpoint");
    uint8_t signature[ED25519_SIGNATURE];
    struct log_key *key;
    assert_status(OK, log_key_open(&system, &key));
    uint8_t *memory = (uint8_t *)key;
    assert_ptr_equal(memory + LEN - ED25519_PUBLIC, log_key_public(key));
    for (size_t bit = 0; bit < 8 * (size_t)LEN; bit++) {
        memory[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(SELF_CHECK, log_key_sign(key, text, signature));
        assert_memory_equal(none, signature, sizeof none);
        memory[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_status(OK, log_key_sign(key, text, signature));
    log_key_close(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_entropy_there_is_no_key),
        cmocka_unit_test(every_key_is_another_and_signs_for_itself),
        cmocka_unit_test(every_flipped_bit_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
