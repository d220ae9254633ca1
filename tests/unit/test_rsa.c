#include "crypto/rsa.h"
#include "fixtures/vector_file.h"

static struct rsa_key key;

static enum rsa_scheme scheme_of(const struct json_in *group)
{
    bool is_pss = bytes_equal(vector_file_text(group, "alg"), BYTES_LITERAL("PS256"));
    return is_pss ? RSA_PSS_SALT_32 : RSA_PKCS1_V15;
}

static enum rsa_scheme other_of(const struct json_in *group)
{
    return scheme_of(group) == RSA_PKCS1_V15 ? RSA_PSS_SALT_32 : RSA_PKCS1_V15;
}

static struct bytes text_at(const struct json_in *test, size_t index)
{
    struct bytes text;
    struct json_in item = json_in_item(test, index);
    assert_status(OK, json_in_string(&item, &text));
    return text;
}

static struct bytes hex_at(const struct json_in *test, size_t index)
{
    static char hex[8193];
    struct bytes text = text_at(test, index);
    assert_true(text.len < sizeof hex);
    memcpy(hex, text.ptr, text.len);
    hex[text.len] = 0;
    return unit_hex(hex);
}

/* Only what is valid: also nothing that Wycheproof would leave to the reader. */
static bool expected(const struct json_in *test)
{
    return bytes_equal(text_at(test, 4), BYTES_LITERAL("valid"));
}

static size_t check_group(const struct json_in *group)
{
    struct json_in tests = vector_file_member(group, "tests");
    size_t count = vector_file_count(&tests);
    size_t good = 0;
    assert_status(OK, rsa_key_read(vector_file_hex(group, "n"), vector_file_hex(group, "e"), &key));
    for (size_t i = 0; i < count; i++) {
        struct json_in test = json_in_item(&tests, i);
        struct status status =
            rsa_verify(scheme_of(group), &key, hex_at(&test, 2), hex_at(&test, 3));
        if (status_is_ok(status) != expected(&test)) {
            struct bytes about = text_at(&test, 1);
            print_message("%.*s\n", (int)about.len, (const char *)about.ptr);
        }
        assert_string_equal(expected(&test) ? "OK" : "SIGNATURE_INVALID", status_name(status.code));
        if (expected(&test)) { /* what is one of a scheme is none of the other */
            good++;
            assert_status(SIGNATURE_INVALID,
                          rsa_verify(other_of(group), &key, hex_at(&test, 2), hex_at(&test, 3)));
        }
    }
    assert_true(good != 0);
    return count;
}

static void wycheproof(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("wycheproof-rsa.json");
    struct json_in groups = vector_file_member(&root, "groups");
    size_t count = 0;
    for (size_t i = 0; i < vector_file_count(&groups); i++) {
        struct json_in group = json_in_item(&groups, i);
        count += check_group(&group);
    }
    assert_int_equal(398, count);
}

static uint8_t modulus[RSA_MODULUS_MAX + 1];

static struct status read(size_t len, uint8_t first, uint8_t last, struct bytes exponent)
{
    memset(modulus, 0x55, sizeof modulus);
    modulus[0] = first;
    modulus[len - 1] = last;
    memset(&key, 0xee, sizeof key);
    return rsa_key_read((struct bytes){modulus, len}, exponent, &key);
}

#define F4 BYTES_LITERAL("\x01\x00\x01")

static void keys_have_sizes(void **state)
{
    (void)state;
    static const struct rsa_key nothing;
    assert_status(OK, read(256, 0x80, 1, F4));
    assert_status(OK, read(257, 1, 1, F4));
    assert_status(OK, read(512, 0xff, 0xff, F4));
    assert_true(key.exponent == 65537 && key.modulus_len == 512 && key.modulus[511] == 0xff);
    assert_status(OK, read(256, 0x80, 1, BYTES_LITERAL("\x03")));
    assert_status(OK, read(256, 0x80, 1, BYTES_LITERAL("\xff\xff\xff\xff")));
    assert_true(key.exponent == UINT32_MAX);
    assert_status(KEY_INVALID, read(255, 0xff, 1, F4));
    assert_status(KEY_INVALID, read(256, 0x7f, 1, F4));
    assert_memory_equal(&nothing, &key, sizeof key);
    assert_status(KEY_INVALID, read(257, 0, 1, F4));
    assert_status(KEY_INVALID, read(513, 1, 1, F4));
    assert_status(KEY_INVALID, read(256, 0x80, 2, F4));
    static const struct bytes wrong[] = {
        {NULL, 0},
        {(const uint8_t *)"\x01", 1},
        {(const uint8_t *)"\x02", 1},
        {(const uint8_t *)"\x00\x03", 2},
        {(const uint8_t *)"\x01\x00\x00", 3},
        {(const uint8_t *)"\x01\x00\x00\x00\x03", 5},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_status(KEY_INVALID, read(256, 0x80, 1, wrong[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wycheproof),
        cmocka_unit_test(keys_have_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
