#include <openssl/hmac.h>

#include "digest/hmac_sha256.h"
#include "fixtures/unit.h"

static void mac_of(struct bytes secret, struct bytes message, uint8_t out[static 32])
{
    struct hmac_sha256_key key;
    hmac_sha256_key_init(&key, secret);
    hmac_sha256_mac(&key, message, out);
}

static struct bytes repeated(uint8_t byte, size_t len)
{
    static uint8_t memory[2][200];
    static unsigned next;
    uint8_t *out = memory[next++ % 2];
    assert_true(len <= sizeof memory[0]);
    memset(out, byte, len);
    return (struct bytes){out, len};
}

static void the_cases_of_rfc_4231(void **state)
{
    (void)state;
    struct {
        struct bytes key;
        struct bytes message;
        const char *mac;
    } rows[] = {
        {repeated(0x0b, 20), BYTES_LITERAL("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {BYTES_LITERAL("Jefe"), BYTES_LITERAL("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {unit_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), repeated(0xcd, 50),
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    };
    uint8_t mac[32];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mac_of(rows[i].key, rows[i].message, mac);
        assert_bytes(unit_hex(rows[i].mac), BYTES_ARRAY(mac));
    }
    mac_of(repeated(0xaa, 20), repeated(0xdd, 50), mac);
    assert_bytes(unit_hex("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
                 BYTES_ARRAY(mac));
}

static void keys_longer_than_a_block_are_hashed_first(void **state)
{
    (void)state;
    uint8_t mac[32];
    mac_of(repeated(0xaa, 131),
           BYTES_LITERAL("Test Using Larger Than Block-Size Key - Hash Key First"), mac);
    assert_bytes(unit_hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
                 BYTES_ARRAY(mac));
    mac_of(repeated(0xaa, 131),
           BYTES_LITERAL("This is a test using a larger than block-size key and a larger t"
                         "han block-size data. The key needs to be hashed before being use"
                         "d by the HMAC algorithm."),
           mac);
    assert_bytes(unit_hex("9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
                 BYTES_ARRAY(mac));
}

static void every_pair_of_lengths_agrees_with_openssl(void **state)
{
    (void)state;
    uint8_t key[140];
    uint8_t message[140];
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)(i * 31 + 7);
        message[i] = (uint8_t)(i * 17 + 3);
    }
    for (size_t k = 0; k <= sizeof key; k++) {
        for (size_t m = 0; m <= sizeof message; m += k % 3 + 1) {
            uint8_t expected[32];
            uint8_t mac[32];
            HMAC(EVP_sha256(), key, (int)k, message, m, expected, NULL);
            mac_of((struct bytes){key, k}, (struct bytes){message, m}, mac);
            assert_memory_equal(expected, mac, 32);
        }
    }
}

static void pieces_give_the_code_of_the_whole(void **state)
{
    (void)state;
    uint8_t message[150];
    memset(message, 0x5a, sizeof message);
    struct hmac_sha256_key key;
    hmac_sha256_key_init(&key, BYTES_LITERAL("key"));
    uint8_t whole[32];
    hmac_sha256_mac(&key, BYTES_ARRAY(message), whole);
    for (size_t cut = 0; cut <= sizeof message; cut++) {
        struct hmac_sha256 hmac;
        uint8_t mac[32];
        hmac_sha256_init(&hmac, &key);
        hmac_sha256_update(&hmac, (struct bytes){message, cut});
        hmac_sha256_update(&hmac, (struct bytes){message + cut, sizeof message - cut});
        hmac_sha256_final(&hmac, mac);
        assert_memory_equal(whole, mac, 32);
        const struct hmac_sha256 zero = {0};
        assert_memory_equal(&zero, &hmac, sizeof hmac);
    }
}

static void a_pair_of_short_messages_gives_both_codes(void **state)
{
    (void)state;
    uint8_t message[HMAC_SHA256_SHORT];
    for (size_t i = 0; i < sizeof message; i++) {
        message[i] = (uint8_t)(i * 13 + 5);
    }
    struct hmac_sha256_key key;
    hmac_sha256_key_init(&key, BYTES_LITERAL("another key"));
    for (size_t len = 0; len <= sizeof message; len++) {
        struct bytes first = {message, len};
        struct bytes second = {message, sizeof message - len};
        uint8_t blocks[2 * SHA256_BLOCK];
        struct sha256_state codes[2];
        hmac_sha256_pad(first, blocks);
        hmac_sha256_pad(second, blocks + SHA256_BLOCK);
        hmac_sha256_pair(&key, blocks, codes);
        uint8_t expected[32];
        uint8_t code[32];
        hmac_sha256_mac(&key, first, expected);
        sha256_state_bytes(&codes[0], code);
        assert_memory_equal(expected, code, 32);
        hmac_sha256_mac(&key, second, expected);
        sha256_state_bytes(&codes[1], code);
        assert_memory_equal(expected, code, 32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cases_of_rfc_4231),
        cmocka_unit_test(keys_longer_than_a_block_are_hashed_first),
        cmocka_unit_test(every_pair_of_lengths_agrees_with_openssl),
        cmocka_unit_test(pieces_give_the_code_of_the_whole),
        cmocka_unit_test(a_pair_of_short_messages_gives_both_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
