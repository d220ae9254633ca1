#include <openssl/sha.h>

#include "digest/sha256.h"
#include "digest/sha256_internal.h"
#include "fixtures/unit.h"

/* A generator of test data, the same in every run. */
static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static void fill(uint8_t *out, size_t len, uint64_t *seed)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)next_random(seed);
    }
}

static void the_examples_of_the_standard(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *digest;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
         "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t digest[32];
        sha256_hash(bytes_of(rows[i].text), digest);
        assert_bytes(unit_hex(rows[i].digest), BYTES_ARRAY(digest));
    }
}

static void a_million_letters(void **state)
{
    (void)state;
    struct sha256 sha;
    sha256_init(&sha);
    for (size_t i = 0; i < 100000; i++) {
        sha256_update(&sha, BYTES_LITERAL("aaaaaaaaaa"));
    }
    uint8_t digest[32];
    sha256_final(&sha, digest);
    assert_bytes(unit_hex("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
                 BYTES_ARRAY(digest));
}

static void every_length_agrees_with_openssl(void **state)
{
    (void)state;
    uint64_t seed = 1;
    uint8_t data[1100];
    fill(data, sizeof data, &seed);
    for (size_t len = 0; len <= sizeof data; len++) {
        uint8_t expected[32];
        uint8_t digest[32];
        SHA256(data, len, expected);
        sha256_hash((struct bytes){data, len}, digest);
        assert_memory_equal(expected, digest, 32);
    }
}

static void every_chunking_agrees_with_the_whole(void **state)
{
    (void)state;
    uint64_t seed = 2;
    uint8_t data[700];
    for (size_t round = 0; round < 2000; round++) {
        size_t len = next_random(&seed) % (sizeof data + 1);
        fill(data, len, &seed);
        struct sha256 sha;
        sha256_init(&sha);
        for (size_t at = 0; at < len;) {
            size_t chunk = next_random(&seed) % 150;
            struct bytes part = bytes_slice((struct bytes){data, len}, at, chunk);
            sha256_update(&sha, part);
            at += part.len;
        }
        uint8_t expected[32];
        uint8_t digest[32];
        SHA256(data, len, expected);
        sha256_final(&sha, digest);
        assert_memory_equal(expected, digest, 32);
    }
}

static void a_resumed_stream_is_the_same_stream(void **state)
{
    (void)state;
    uint64_t seed = 3;
    uint8_t data[300];
    fill(data, sizeof data, &seed);
    struct sha256_state middle = sha256_start();
    sha256_compress(&middle, data, 2);
    struct sha256 sha;
    sha256_resume(&sha, &middle, 128);
    sha256_update(&sha, (struct bytes){data + 128, sizeof data - 128});
    uint8_t expected[32];
    uint8_t digest[32];
    SHA256(data, sizeof data, expected);
    sha256_final(&sha, digest);
    assert_memory_equal(expected, digest, 32);
}

static void the_two_implementations_agree(void **state)
{
    (void)state;
    if (!sha256_ni_present()) {
        skip();
    }
    assert_string_equal("sha-ni", sha256_path());
    uint64_t seed = 4;
    for (size_t round = 0; round < 5000; round++) {
        uint8_t blocks[3 * SHA256_BLOCK];
        size_t count = next_random(&seed) % 4;
        struct sha256_state one;
        fill(blocks, sizeof blocks, &seed);
        fill((uint8_t *)one.h, sizeof one.h, &seed);
        struct sha256_state two = one;
        sha256_compress_portable(&one, blocks, count);
        sha256_compress_ni(&two, blocks, count);
        assert_memory_equal(one.h, two.h, sizeof one.h);
    }
}

static void the_two_implementations_agree_on_nested_pairs(void **state)
{
    (void)state;
    if (!sha256_ni_present()) {
        skip();
    }
    uint64_t seed = 5;
    for (size_t round = 0; round < 5000; round++) {
        uint8_t blocks[2 * SHA256_BLOCK];
        struct sha256_state ends[2];
        struct sha256_state one[2];
        struct sha256_state two[2];
        fill(blocks, sizeof blocks, &seed);
        fill((uint8_t *)ends, sizeof ends, &seed);
        sha256_nested_pair_portable(&ends[0], &ends[1], blocks, one);
        sha256_nested_pair_ni(&ends[0], &ends[1], blocks, two);
        assert_memory_equal(one, two, sizeof one);
    }
}

static void the_portable_path_gives_a_known_digest(void **state)
{
    (void)state;
    uint8_t block[SHA256_BLOCK] = {'a', 'b', 'c', 0x80, [63] = 24};
    struct sha256_state chain = sha256_start();
    sha256_compress_portable(&chain, block, 1);
    uint8_t digest[32];
    sha256_state_bytes(&chain, digest);
    assert_bytes(unit_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
                 BYTES_ARRAY(digest));
}

static void a_finished_stream_is_wiped(void **state)
{
    (void)state;
    struct sha256 sha;
    const struct sha256 zero = {0};
    uint8_t digest[32];
    sha256_init(&sha);
    sha256_update(&sha, BYTES_LITERAL("secret"));
    sha256_final(&sha, digest);
    assert_memory_equal(&zero, &sha, sizeof sha);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard),
        cmocka_unit_test(a_million_letters),
        cmocka_unit_test(every_length_agrees_with_openssl),
        cmocka_unit_test(every_chunking_agrees_with_the_whole),
        cmocka_unit_test(a_resumed_stream_is_the_same_stream),
        cmocka_unit_test(the_two_implementations_agree),
        cmocka_unit_test(the_two_implementations_agree_on_nested_pairs),
        cmocka_unit_test(the_portable_path_gives_a_known_digest),
        cmocka_unit_test(a_finished_stream_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
