#include "digest/keccak256.h"
#include "fixtures/unit.h"

static void known_digests(void **state)
{
    (void)state;
    uint8_t digest[32];
    keccak256_hash(BYTES_LITERAL(""), digest);
    assert_bytes(unit_hex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
                 BYTES_ARRAY(digest));
    keccak256_hash(BYTES_LITERAL("abc"), digest);
    assert_bytes(unit_hex("4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
                 BYTES_ARRAY(digest));
}

/* No two bytes within a block are the same. */
static void fill(uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        data[i] = (uint8_t)(i * 7 + 3);
    }
}

/* The digests of the first n bytes of a fixed sequence, n from 0 to 600, hashed once more. The
 * expected value is from a Keccak in Python that gives SHA3-256 when only its padding is changed,
 * and agrees there with Python's hashlib. */
static void every_length_up_to_600(void **state)
{
    (void)state;
    uint8_t data[600];
    fill(data, sizeof data);
    struct keccak256 all;
    keccak256_init(&all);
    uint8_t digest[32];
    for (size_t len = 0; len <= sizeof data; len++) {
        keccak256_hash((struct bytes){data, len}, digest);
        keccak256_update(&all, BYTES_ARRAY(digest));
    }
    keccak256_final(&all, digest);
    assert_bytes(unit_hex("f08f149f3ec5580d040fdd873cdd3827d1f2aa2e36cc68c64cc8a7a474a8b98d"),
                 BYTES_ARRAY(digest));
}

static void every_cut_gives_the_digest_of_the_whole(void **state)
{
    (void)state;
    uint8_t data[300];
    fill(data, sizeof data);
    uint8_t whole[32];
    keccak256_hash(BYTES_ARRAY(data), whole);
    for (size_t cut = 0; cut <= sizeof data; cut++) {
        struct keccak256 keccak;
        uint8_t digest[32];
        keccak256_init(&keccak);
        keccak256_update(&keccak, (struct bytes){data, cut});
        keccak256_update(&keccak, (struct bytes){data + cut, sizeof data - cut});
        keccak256_final(&keccak, digest);
        assert_memory_equal(whole, digest, 32);
    }
}

static void a_finished_stream_is_wiped(void **state)
{
    (void)state;
    struct keccak256 keccak;
    const struct keccak256 zero = {0};
    uint8_t digest[32];
    keccak256_init(&keccak);
    keccak256_update(&keccak, BYTES_LITERAL("secret"));
    keccak256_final(&keccak, digest);
    assert_memory_equal(&zero, &keccak, sizeof keccak);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_digests),
        cmocka_unit_test(every_length_up_to_600),
        cmocka_unit_test(every_cut_gives_the_digest_of_the_whole),
        cmocka_unit_test(a_finished_stream_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
