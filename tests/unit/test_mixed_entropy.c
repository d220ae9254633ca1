#include "digest/hkdf_sha256.h"
#include "fixtures/unit.h"
#include "identity/mixed_entropy.h"

/* A kernel that counts upwards, as often as it may be asked. */
struct kernel {
    int left;
    uint8_t next;
};

static struct status count_up(void *context, uint8_t *out, size_t len)
{
    struct kernel *kernel = context;
    for (size_t i = 0; i < len; i++) {
        out[i] = kernel->next++;
    }
    return kernel->left-- > 0 ? OK : FAIL(ENTROPY);
}

static const struct secret32 other = {"what the other source says      "};

static void without_the_kernel_there_is_nothing(void **state)
{
    (void)state;
    struct kernel kernel = {.left = 0};
    struct entropy port = {&kernel, count_up};
    struct mixed_entropy mixed;
    assert_status(ENTROPY, mixed_entropy_init(&port, &other, &mixed));
    kernel.left = 1;
    assert_status(OK, mixed_entropy_init(&port, &other, &mixed));
    struct entropy both = mixed_entropy_port(&mixed);
    uint8_t out[40];
    assert_status(ENTROPY, entropy_fill(&both, out, sizeof out));
    for (size_t i = 0; i < sizeof out; i++) {
        assert_int_equal(0, out[i]);
    }
    mixed_entropy_wipe(&mixed);
}

/* The stream that is mixed in, made by another way: HKDF and HMAC over one piece. */
static void every_byte_is_both(void **state)
{
    (void)state;
    struct kernel kernel = {.left = 100};
    struct entropy port = {&kernel, count_up};
    struct mixed_entropy mixed;
    uint8_t salt[32];
    SECRET32(seed);
    for (size_t i = 0; i < sizeof salt; i++) {
        salt[i] = (uint8_t)i;
    }
    hkdf_sha256_extract(BYTES_ARRAY(salt), BYTES_ARRAY(other.b), &seed);
    SECRET(hmac_sha256_key, key);
    hmac_sha256_key_init(&key, BYTES_ARRAY(seed.b));
    assert_status(OK, mixed_entropy_init(&port, &other, &mixed));
    struct entropy both = mixed_entropy_port(&mixed);
    uint64_t block = 0;
    for (size_t len = 17; len <= 100; len += 16) {
        uint8_t out[100];
        uint8_t before = kernel.next;
        assert_status(OK, entropy_fill(&both, out, len));
        for (size_t i = 0; i < len; i++) {
            uint8_t mac[SHA256_BYTES];
            const uint8_t number[8] = {[7] = (uint8_t)(block + i / SHA256_BYTES)};
            hmac_sha256_mac(&key, BYTES_ARRAY(number), mac);
            assert_int_equal((uint8_t)(before + i) ^ mac[i % SHA256_BYTES], out[i]);
        }
        block += (len + SHA256_BYTES - 1) / SHA256_BYTES;
    }
    mixed_entropy_wipe(&mixed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_kernel_there_is_nothing),
        cmocka_unit_test(every_byte_is_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
