#include <stdio.h>

#include "authenticators/oidc_keys.h"
#include "codec/base64.h"
#include "fixtures/unit.h"

static struct arena arena;
static struct oidc_keys keys;
static char text[OIDC_KEYS_TEXT + 2];

static int make_arena(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 16u << 20)) ? 0 : -1;
}

static int drop_arena(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct status read(const char *set)
{
    arena_reset(&arena);
    memset(&keys, 0xee, sizeof keys);
    return oidc_keys_read(bytes_of(set), &arena, &keys);
}

/* RFC 7515, appendices A.2.1 and A.3.1; RFC 8037, appendix A.2. */
#define N                                                                                     \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1P" \
    "t0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSH" \
    "SXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6" \
    "_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define X      "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define Y      "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define ED_X   "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define RSA(m) "{\"kty\":\"RSA\",\"n\":\"" N "\",\"e\":\"AQAB\"" m "}"
#define EC(m)  "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\"" m "}"
#define OKP(m) "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "\"" m "}"
#define KID(k) ",\"kid\":\"" k "\""
#define SET(k) "{\"keys\":[" k "]}"

/* RFC 7515, appendices A.2.1 and A.3.1; RFC 8037, appendix A.4: text and signature. */
#define PAYLOAD                                                                                  \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn" \
    "VlfQ"
#define RSA_TEXT "eyJhbGciOiJSUzI1NiJ9." PAYLOAD
#define RSA_SIG                                                                               \
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8" \
    "W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPv" \
    "kSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1ph" \
    "CnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
#define EC_TEXT "eyJhbGciOiJFUzI1NiJ9." PAYLOAD
#define EC_SIG \
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
#define ED_TEXT "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
#define ED_SIG \
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"

/* With the first len bytes of a signature. */
static struct status verify_part(const char *kid, const char *signed_text, const char *base64,
                                 size_t len)
{
    static uint8_t memory[RSA_MODULUS_MAX];
    struct buf signature = buf_over(memory, sizeof memory);
    const struct oidc_key *key = oidc_keys_find(&keys, bytes_of(kid));
    assert_non_null(key);
    assert_status(OK, base64_read_url(bytes_of(base64), &signature));
    return oidc_keys_verify(key, bytes_of(signed_text), bytes_slice(buf_bytes(&signature), 0, len));
}

static struct status verify(const char *kid, const char *signed_text, const char *base64)
{
    return verify_part(kid, signed_text, base64, SIZE_MAX);
}

static void published_keys_verify_published_signatures(void **state)
{
    (void)state;
    assert_status(OK, read(SET(RSA(KID("r")) "," EC(KID("e")) "," OKP(KID("o")))));
    assert_true(keys.count == 3 && keys.ignored == 0);
    assert_status(OK, verify("r", RSA_TEXT, RSA_SIG));
    assert_status(OK, verify("e", EC_TEXT, EC_SIG));
    assert_status(OK, verify("o", ED_TEXT, ED_SIG));
    assert_status(AUTH_FAILED, verify("r", EC_TEXT, RSA_SIG));
    assert_status(AUTH_FAILED, verify("e", ED_TEXT, EC_SIG));
    assert_status(AUTH_FAILED, verify("o", EC_TEXT, ED_SIG));
    for (size_t len = 0; len < 64; len++) {
        assert_status(AUTH_FAILED, verify_part("r", RSA_TEXT, RSA_SIG, len));
        assert_status(AUTH_FAILED, verify_part("e", EC_TEXT, EC_SIG, len));
        assert_status(AUTH_FAILED, verify_part("o", ED_TEXT, ED_SIG, len));
    }
    assert_status(OK, read(SET(RSA(KID("r") ",\"alg\":\"PS256\""))));
    assert_status(AUTH_FAILED, verify("r", RSA_TEXT, RSA_SIG));
}

static void a_key_is_found_by_its_exact_name(void **state)
{
    (void)state;
    assert_status(OK, read(SET(RSA(KID("a")) "," RSA(KID("A")) "," RSA(KID("a b")))));
    assert_int_equal(3, keys.count);
    assert_ptr_equal(&keys.keys[0], oidc_keys_find(&keys, BYTES_LITERAL("a")));
    assert_ptr_equal(&keys.keys[1], oidc_keys_find(&keys, BYTES_LITERAL("A")));
    assert_null(oidc_keys_find(&keys, BYTES_LITERAL("a ")));
    assert_null(oidc_keys_find(&keys, BYTES_LITERAL("")));
    assert_null(oidc_keys_find(&keys, BYTES_LITERAL("a\0")));
}

/* One after the other in a set with a good one. */
static const char *const ignored[] = {
    RSA(""),
    RSA(",\"kid\":\"\""),
    RSA(",\"kid\":7"),
    RSA(",\"kid\":null"),
    RSA(",\"kid\":\"0123456789012345678901234567890123456789012345678901234567890123456789012345678"
        "90123456789012345678901234567890123456789012345678\""),
    RSA(KID("k") ",\"alg\":\"RS384\""),
    RSA(KID("k") ",\"alg\":\"ES256\""),
    RSA(KID("k") ",\"alg\":\"HS256\""),
    RSA(KID("k") ",\"alg\":\"none\""),
    RSA(KID("k") ",\"alg\":\"rs256\""),
    RSA(KID("k") ",\"alg\":7"),
    RSA(KID("k") ",\"use\":\"enc\""),
    RSA(KID("k") ",\"use\":[\"sig\"]"),
    RSA(KID("k") ",\"key_ops\":[\"encrypt\"]"),
    RSA(KID("k") ",\"key_ops\":[]"),
    RSA(KID("k") ",\"key_ops\":\"verify\""),
    RSA(KID("k") ",\"key_ops\":{\"verify\":1}"),
    RSA(KID("k") ",\"d\":\"AQAB\""),
    RSA(KID("k") ",\"x5u\":\"https://evil.example\""),
    RSA(KID("k") ",\"jku\":\"https://evil.example\""),
    EC(KID("k") ",\"alg\":\"ES384\""),
    EC(KID("k") ",\"alg\":\"RS256\""),
    EC(KID("k") ",\"d\":\"AQAB\""),
    OKP(KID("k") ",\"alg\":\"Ed25519\""),
    "{}",
    "{\"kid\":\"k\"}",
    "{\"kid\":\"k\",\"kty\":7}",
    "{\"kid\":\"k\",\"kty\":\"rsa\"}",
    "{\"kid\":\"k\",\"kty\":\"RSA\",\"x5c\":[\"MIIB\"]}",
    "{\"kid\":\"k\",\"kty\":\"oct\",\"k\":\"AAAA\",\"alg\":\"HS256\"}",
    RSA(KID("k") ",\"k\":\"AAAA\""),
    "{\"kid\":\"k\",\"kty\":\"RSA\",\"n\":\"" N "\"}",
    "{\"kid\":\"k\",\"kty\":\"RSA\",\"e\":\"AQAB\"}",
    "{\"kid\":\"k\",\"kty\":\"RSA\",\"n\":\"" N "\",\"e\":\"AQ\"}",
    "{\"kid\":\"k\",\"kty\":\"RSA\",\"n\":\"" N "\",\"e\":\"AAEAAQ\"}",
    "{\"kid\":\"k\",\"kty\":\"RSA\",\"n\":\"" N "\",\"e\":\"AQAB=\"}",
    "{\"kid\":\"k\",\"kty\":\"RSA\",\"n\":\"" N "=\",\"e\":\"AQAB\"}",
    "{\"kid\":\"k\",\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
    "{\"kid\":\"k\",\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\"}",
    "{\"kid\":\"k\",\"kty\":\"EC\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
    "{\"kid\":\"k\",\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
    "{\"kid\":\"k\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" X "\"}",
    "{\"kid\":\"k\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\"}",
    "{\"kid\":\"k\",\"kty\":\"EC\",\"crv\":\"P-256\",\"y\":\"" Y "\"}",
    "{\"kid\":\"k\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"" Y "\"}",
    "{\"kid\":\"k\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"AA\"}",
    "{\"kid\":\"k\",\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" ED_X "\"}",
    "{\"kid\":\"k\",\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" ED_X "\"}",
    "{\"kid\":\"k\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}",
    "{\"kid\":\"k\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
    "\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
    "{\"kid\":\"k\",\"kty\":\"OKP\",\"crv\":\"Ed25519\"}",
};

static void keys_of_other_kinds_count_for_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        (void)snprintf(text, sizeof text, "{\"keys\":[%s,%s,%s]}", ignored[i], EC(KID("good")),
                       ignored[i]);
        struct status status = read(text);
        if (!status_is_ok(status) || keys.count != 1 || keys.ignored != 2) {
            print_message("%s\n", ignored[i]);
        }
        assert_status(OK, status);
        assert_true(keys.count == 1 && keys.ignored == 2);
        assert_int_equal(OIDC_ES256, keys.keys[0].alg);
        (void)snprintf(text, sizeof text, "{\"keys\":[%s]}", ignored[i]);
        assert_status(OIDC_KEYS_STALE, read(text));
    }
}

static void what_is_beside_a_key_is_not_looked_at(void **state)
{
    (void)state;
    assert_status(OK, read("{\"x5u\":1,\"keys\":[" RSA(
                          KID("r") ",\"use\":\"sig\",\"alg\":\"RS256\",\"key_ops\":[\"verify\"],"
                                   "\"x5c\":[\"no certificate\"],\"x5t\":7,\"issuer\":{}") "]}"));
    assert_status(OK, verify("r", RSA_TEXT, RSA_SIG));
}

static const char *const refused[] = {
    "",
    "7",
    "[]",
    "{}",
    "{\"keys\":[]}",
    "{\"keys\":{}}",
    "{\"keys\":{\"r\":" RSA(KID("r")) "}}",
    "{\"keys\":\"\"}",
    "{\"keys\":null}",
    "{\"Keys\":[" RSA(KID("r")) "]}",
    RSA(KID("r")),
    SET(RSA(KID("r")) ",7"),
    SET(RSA(KID("r")) ",[]"),
    SET(RSA(KID("r")) ",null"),
    SET(RSA(KID("r")) "," RSA(KID("r"))),
    SET(RSA(KID("r")) "," EC(KID("r"))),
    SET(RSA(KID("r")) "," EC(KID("\\u0072"))),
    SET(RSA(KID("r") KID("r"))),
    SET(RSA(KID("r") ",\"kty\":\"RSA\"")),
    SET(RSA(KID("r"))) ",",
    "\xef\xbb\xbf" SET(RSA(KID("r"))),
    "{\"keys\":[" RSA(KID("r")) "],\"keys\":[]}",
    "{\"keys\":[" RSA(KID("r")) ",]}",
};

static void what_says_two_things_is_refused_whole(void **state)
{
    (void)state;
    static const struct oidc_keys nothing;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct status status = read(refused[i]);
        if (status_is_ok(status)) {
            print_message("%s\n", refused[i]);
        }
        assert_status(OIDC_KEYS_STALE, status);
        assert_memory_equal(&nothing, &keys, sizeof keys);
    }
}

/* In: count of keys, and so many spaces behind them that there are len bytes; 0: none. */
static struct status read_many(size_t count, size_t len)
{
    int used = snprintf(text, sizeof text, "{\"keys\":[");
    for (size_t i = 0; i < count; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%s%zu\"}", i == 0 ? "" : ",",
                         "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "\",\"kid\":\"", i);
    }
    used += snprintf(text + used, sizeof text - (size_t)used, "]}");
    if (len != 0) {
        memset(text + used, ' ', len - (size_t)used);
        text[len] = 0;
    }
    return read(text);
}

static void a_set_is_bounded(void **state)
{
    (void)state;
    assert_status(OK, read_many(OIDC_KEYS_MAX, 0));
    assert_int_equal(OIDC_KEYS_MAX, keys.count);
    assert_status(OIDC_KEYS_STALE, read_many(OIDC_KEYS_MAX + 1, 0));
    assert_status(OK, read_many(1, OIDC_KEYS_TEXT));
    assert_status(OIDC_KEYS_STALE, read_many(1, OIDC_KEYS_TEXT + 1));
}

static void too_little_memory_is_said(void **state)
{
    (void)state;
    struct arena small;
    assert_status(OK, arena_init(&small, 4096));
    assert_status(NO_MEMORY, oidc_keys_read(bytes_of(SET(RSA(KID("r")))), &small, &keys));
    arena_deinit(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_keys_verify_published_signatures),
        cmocka_unit_test(a_key_is_found_by_its_exact_name),
        cmocka_unit_test(keys_of_other_kinds_count_for_nothing),
        cmocka_unit_test(what_is_beside_a_key_is_not_looked_at),
        cmocka_unit_test(what_says_two_things_is_refused_whole),
        cmocka_unit_test(a_set_is_bounded),
        cmocka_unit_test(too_little_memory_is_said),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
