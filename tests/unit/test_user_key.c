#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authenticators/authenticator.h"
#include "client/user_key.h"
#include "digest/sha256.h"
#include "fixtures/unit.h"

static struct arena arena;
static char folder[] = "/tmp/test_user_key.XXXXXX";
static char path[64];

static const enum auth_scheme schemes[] = {AUTH_P256, AUTH_EIP191, AUTH_STARK, AUTH_ED25519};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void write_text(const char *text, unsigned mode)
{
    (void)unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(0, fclose(file));
    assert_int_equal(0, chmod(path, mode));
}

#define PRIVATE(digits) "-----BEGIN PRIVATE KEY-----\n" digits "\n-----END PRIVATE KEY-----\n"
#define PUBLIC(digits)  "-----BEGIN PUBLIC KEY-----\n" digits "\n-----END PUBLIC KEY-----\n"

/* The key of RFC 6979, section A.2.5, and that of RFC 8032, section 7.1, TEST 2, as other libraries
 * write them. */
#define P256_K    "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
#define ED25519_K "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
#define P256_PKCS8                                                       \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX\n" \
    "Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth\n" \
    "+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ"
#define P256_SEC1_PEM                                                                \
    "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" \
    "-----BEGIN EC PRIVATE KEY-----\n"                                               \
    "MHcCAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2choAoGCCqGSM49\n"             \
    "AwEHoUQDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8\n"             \
    "maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n-----END EC PRIVATE KEY-----\n"
#define P256_SPKI                                                        \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7\n" \
    "Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ=="
#define ED25519_PKCS8 "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7"
#define ED25519_SPKI  "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="

static const struct {
    const char *text;
    const char *public;
} files[] = {
    {PRIVATE(P256_PKCS8), P256_K},
    {PRIVATE("MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCDJr6nYRbp1FmtcIVdnsdaTTlDD2zbomxJ7imIr"
             "Eg9nIQ=="),
     P256_K},
    {PRIVATE("MIGTAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBHkwdwIBAQQgya+p2EW6dRZrXCFXZ7HWk05Qw9s26JsSe4pi"
             "KxIPZyGgCgYIKoZIzj0DAQehRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth+mzmaWIuYPKftnkD/hAIuLyZ"
             "pBrp6VYovGTy8bIMLX6fUXejwpTURiKZ"),
     P256_K},
    {P256_SEC1_PEM, P256_K},
    {PRIVATE(ED25519_PKCS8), ED25519_K},
    /* The key 1 of each curve: the wallet is known of it, and x is that of the generator. */
    {"{\"scheme\":\"eip191\",\"key\":"
     "\"0x0000000000000000000000000000000000000000000000000000000000000001\"}",
     "7e5f4552091a69125d5dfcb7b8c2659029395bdf"},
    {"{\"scheme\":\"stark\",\"key\":"
     "\"0x0000000000000000000000000000000000000000000000000000000000000001\"}",
     "01ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca"},
};

static void what_is_no_key_file_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{}",
        PRIVATE(""),
        PRIVATE("MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKY="),
        PRIVATE("MC4CAQAwBQYDK2VxBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7"),
        "-----BEGIN PRIVATE KEY-----\n" ED25519_PKCS8,
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" ED25519_PKCS8
        "\n-----END ENCRYPTED PRIVATE KEY-----\n",
        PUBLIC(P256_SPKI),
        "{\"scheme\":\"p384\",\"key\":"
        "\"0x0000000000000000000000000000000000000000000000000000000000000001\"}",
        "{\"scheme\":\"stark\",\"key\":\"0x01\"}",
        "{\"scheme\":\"stark\",\"key\":"
        "\"0x0000000000000000000000000000000000000000000000000000000000000001\",\"more\":1}",
    };
    struct user_key key;
    struct user_public public;
    (void)unlink(path);
    assert_status(KEY_FILE, user_key_read(path, &arena, &key));
    for (size_t i = 0; i < COUNT(bad); i++) {
        write_text(bad[i], 0600);
        assert_status(KEY_FILE, user_key_read(path, &arena, &key));
        assert_int_equal(0, key.public.len);
    }
    write_text(files[0].text, 0640);
    assert_status(KEY_FILE, user_key_read(path, &arena, &key));
    assert_status(KEY_FILE, user_key_read_public(path, &arena, &public));
    char other[80];
    write_text(files[0].text, 0600);
    (void)snprintf(other, sizeof other, "%s/link", folder);
    assert_int_equal(0, symlink(path, other));
    assert_status(KEY_FILE, user_key_read(other, &arena, &key));
    (void)unlink(other);
}

static void keys_out_of_range_and_of_another_public_key_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"scheme\":\"stark\",\"key\":"
        "\"0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f\"}",
        "{\"scheme\":\"eip191\",\"key\":"
        "\"0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141\"}",
        "{\"scheme\":\"p256\",\"key\":"
        "\"0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551\"}",
        "{\"scheme\":\"p256\",\"key\":"
        "\"0x0000000000000000000000000000000000000000000000000000000000000000\"}",
        PRIVATE("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX\n"
                "Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth\n"
                "+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKa"),
    };
    struct user_key key;
    for (size_t i = 0; i < COUNT(bad); i++) {
        write_text(bad[i], 0600);
        assert_status(KEY_INVALID, user_key_read(path, &arena, &key));
    }
}

static void files_of_other_libraries_are_read(void **state)
{
    (void)state;
    struct user_key key;
    struct user_public public;
    for (size_t i = 0; i < COUNT(files); i++) {
        write_text(files[i].text, 0600);
        assert_status(OK, user_key_read(path, &arena, &key));
        assert_bytes(unit_hex(files[i].public), user_public_bytes(&key.public));
        assert_status(OK, user_key_read_public(path, &arena, &public));
        assert_memory_equal(&key.public, &public, sizeof public);
    }
}

static void public_keys_are_read_and_written(void **state)
{
    (void)state;
    static const char *const texts[] = {
        PUBLIC(P256_SPKI), PUBLIC(ED25519_SPKI),
        "{\"scheme\": \"eip191\", \"public_key\": "
        "\"0x7e5f4552091a69125d5dfcb7b8c2659029395bdf\"}\n",
        "{\"scheme\": \"stark\", \"public_key\": "
        "\"0x01ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca\"}\n"};
    struct user_public public;
    for (size_t i = 0; i < COUNT(texts); i++) {
        uint8_t memory[USER_KEY_FILE];
        struct buf out = buf_over(memory, sizeof memory);
        write_text(texts[i], 0644);
        assert_status(OK, user_key_read_public(path, &arena, &public));
        assert_status(OK, user_key_put_public(&public, &out));
        assert_bytes(bytes_of(texts[i]), buf_bytes(&out));
    }
    /* Another y. */
    write_text(PUBLIC("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7\n"
                      "Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimA=="),
               0644);
    assert_status(POINT_INVALID, user_key_read_public(path, &arena, &public));
}

static struct status check(const struct user_public *public, struct bytes text, struct bytes proof)
{
    uint8_t hash[SHA256_BYTES];
    const struct authenticator_rules rules = {0};
    const struct authenticator_said said = {text, hash, BYTES_LITERAL("user.add"), false};
    const struct authenticator_claim claim = {public->scheme, user_public_bytes(public), proof,
                                              NULL};
    sha256_hash(text, hash);
    return authenticator_check(&arena, &said, &rules, &claim);
}

static void new_keys_differ_come_back_and_sign(void **state)
{
    (void)state;
    struct entropy entropy = entropy_system();
    for (size_t i = 0; i < COUNT(schemes); i++) {
        struct user_key key;
        struct user_key other;
        uint8_t memory[USER_KEY_PROOF];
        struct buf proof = buf_over(memory, sizeof memory);
        assert_status(OK, user_key_generate(&entropy, schemes[i], &other));
        assert_status(OK, user_key_generate(&entropy, schemes[i], &key));
        assert_memory_not_equal(key.d, other.d, sizeof key.d);
        (void)unlink(path);
        assert_status(OK, user_key_write(path, &key));
        assert_status(KEY_FILE, user_key_write(path, &other));
        assert_status(OK, user_key_read(path, &arena, &other));
        assert_memory_equal(&key, &other, sizeof key);
        assert_status(OK, user_key_sign(&other, BYTES_LITERAL("text"), &proof));
        assert_status(OK, check(&key.public, BYTES_LITERAL("text"), buf_bytes(&proof)));
        assert_status(AUTH_FAILED, check(&key.public, BYTES_LITERAL("texs"), buf_bytes(&proof)));
        arena_reset(&arena);
    }
    struct user_key none;
    assert_status(BAD_REQUEST, user_key_generate(&entropy, AUTH_OIDC, &none));
}

static void only_proofs_of_a_scheme_are_taken(void **state)
{
    (void)state;
    static const struct user_public p256 = {.scheme = AUTH_P256};
    static const struct user_public ed25519 = {.scheme = AUTH_ED25519};
    uint8_t memory[USER_KEY_PROOF];
    static const char *const bad[] = {"",
                                      "3006020101020101ff",
                                      "300602010102010200",
                                      "30060201010202",
                                      "3106020101020101",
                                      "3007020101020101"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct buf out = buf_over(memory, sizeof memory);
        assert_status(BAD_REQUEST, user_key_proof(&p256, unit_hex(bad[i]), &out));
    }
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(BAD_REQUEST, user_key_proof(&ed25519, unit_hex("3006020101020102"), &out));
    /* 1, and 255 with its zero before it. */
    assert_status(OK, user_key_proof(&p256, unit_hex("3007020101020200ff"), &out));
    assert_int_equal(64, out.len);
    assert_int_equal(1, memory[31]);
    assert_int_equal(255, memory[63]);
}

static void names_of_schemes_are_those_of_the_formats(void **state)
{
    (void)state;
    enum auth_scheme scheme;
    for (size_t i = 0; i < COUNT(schemes); i++) {
        assert_status(OK, user_key_scheme(bytes_of(user_key_scheme_name(schemes[i])), &scheme));
        assert_int_equal(schemes[i], scheme);
    }
    assert_status(BAD_REQUEST, user_key_scheme(BYTES_LITERAL("passkey"), &scheme));
    assert_string_equal("unknown", user_key_scheme_name(AUTH_SCHEMES));
}

static int open_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    (void)snprintf(path, sizeof path, "%s/key", folder);
    return status_is_ok(arena_init(&arena, 1u << 22)) ? 0 : 1;
}

static int close_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    arena_deinit(&arena);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_key_file_is_refused),
        cmocka_unit_test(keys_out_of_range_and_of_another_public_key_are_refused),
        cmocka_unit_test(files_of_other_libraries_are_read),
        cmocka_unit_test(public_keys_are_read_and_written),
        cmocka_unit_test(new_keys_differ_come_back_and_sign),
        cmocka_unit_test(only_proofs_of_a_scheme_are_taken),
        cmocka_unit_test(names_of_schemes_are_those_of_the_formats),
    };
    return cmocka_run_group_tests(tests, open_folder, close_folder);
}
