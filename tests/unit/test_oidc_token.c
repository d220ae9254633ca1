#include "authenticators/oidc_cache.h"
#include "authenticators/oidc_prove.h"
#include "authenticators/oidc_token.h"
#include "fixtures/vector_file.h"

enum { ISSUERS = 3, AUDS = 2 };

static struct arena arena;
static struct oidc_cache caches[ISSUERS];
static struct oidc_issuer issuers[ISSUERS];
static struct bytes auds[ISSUERS][AUDS];
static uint8_t proof[AUTH_TEXT_HASH];
static uint64_t now_ms;
static uint8_t memory[OIDC_K_MAX + 1];

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

static struct bytes text_at(const struct json_in *list, size_t index)
{
    struct bytes text;
    struct json_in item = json_in_item(list, index);
    assert_status(OK, json_in_string(&item, &text));
    return text;
}

static void read_issuer(const struct json_in *row, size_t index)
{
    struct oidc_issuer *issuer = &issuers[index];
    struct json_in algs = vector_file_member(row, "algs");
    struct json_in list = vector_file_member(row, "auds");
    *issuer = (struct oidc_issuer){.iss = vector_file_text(row, "iss"),
                                   .auds = auds[index],
                                   .aud_count = vector_file_count(&list)};
    issuer->is_pairwise = bytes_equal(vector_file_text(row, "sub"), BYTES_LITERAL("pairwise"));
    for (size_t i = 0; i < issuer->aud_count; i++) {
        auds[index][i] = text_at(&list, i);
    }
    for (size_t i = 0; i < vector_file_count(&algs); i++) {
        enum oidc_alg alg = OIDC_RS256;
        assert_status(OK, oidc_keys_alg(text_at(&algs, i), &alg));
        issuer->algs |= 1u << alg;
    }
}

static struct json_in read_file(void)
{
    struct json_in root = vector_file_root("oidc-tokens.json");
    struct json_in rows = vector_file_member(&root, "issuers");
    now_ms = vector_file_u64(&root, "now_ms");
    memcpy(proof, vector_file_hex(&root, "proof").ptr, sizeof proof);
    assert_int_equal(ISSUERS, vector_file_count(&rows));
    for (size_t i = 0; i < ISSUERS; i++) {
        struct json_in row = json_in_item(&rows, i);
        read_issuer(&row, i);
        arena_reset(&arena);
        oidc_cache_init(&caches[i]);
        assert_status(OK, oidc_cache_pin(&caches[i], vector_file_text(&root, "set"), &arena));
    }
    return vector_file_member(&root, "cases");
}

static struct status find(void *context, size_t issuer, struct bytes kid, struct oidc_key *ret)
{
    const struct oidc_key *key;
    (void)context;
    TRY(oidc_cache_find(&caches[issuer], kid, 5, &key));
    *ret = *key;
    return OK;
}

static const char *code_of(struct bytes text, struct clock_interval now, struct buf *ret_key)
{
    const struct oidc_issuers all = {issuers, ISSUERS, NULL, find};
    const struct oidc_said said = {proof, now};
    arena_reset(&arena);
    return status_name(oidc_prove(&all, &said, text, &arena, ret_key).code);
}

static void check_case(const struct json_in *one)
{
    struct bytes name = vector_file_text(one, "name");
    struct bytes code = vector_file_text(one, "code");
    struct buf key = buf_over(memory, sizeof memory);
    buf_put_u8(&key, 0xaa);
    const char *found =
        code_of(vector_file_text(one, "token"), (struct clock_interval){now_ms, now_ms}, &key);
    if (!bytes_equal(code, bytes_of(found))) {
        print_message("%.*s: %s\n", (int)name.len, (const char *)name.ptr, found);
    }
    assert_true(bytes_equal(code, bytes_of(found)));
    struct bytes made = bytes_slice(buf_bytes(&key), 1, SIZE_MAX);
    if (strcmp(found, "OK") == 0) {
        assert_bytes(vector_file_hex(one, "key"), made);
    } else {
        assert_int_equal(0, made.len);
    }
}

static void every_token_has_its_code(void **state)
{
    (void)state;
    struct json_in cases = read_file();
    size_t count = vector_file_count(&cases);
    assert_true(count > 170);
    for (size_t i = 0; i < count; i++) {
        struct json_in one = json_in_item(&cases, i);
        check_case(&one);
    }
}

static struct bytes token_at(const struct json_in *cases, size_t index)
{
    struct json_in one = json_in_item(cases, index);
    return vector_file_text(&one, "token");
}

static const char *code_at(struct bytes text, uint64_t lo_ms, uint64_t hi_ms)
{
    struct buf key = buf_over(memory, sizeof memory);
    return code_of(text, (struct clock_interval){lo_ms, hi_ms}, &key);
}

/* The first token lives from now_ms to 300 s later. */
static void time_is_an_interval_of_which_the_end_counts(void **state)
{
    (void)state;
    struct json_in cases = read_file();
    struct bytes text = token_at(&cases, 0);
    uint64_t end = now_ms + 300000;
    assert_string_equal("OK", code_at(text, now_ms, end - 1));
    assert_string_equal("OIDC_EXPIRED", code_at(text, now_ms, end));
    assert_string_equal("OIDC_EXPIRED", code_at(text, end, end));
    assert_string_equal("OK", code_at(text, now_ms - 60000, now_ms - 60000));
    assert_string_equal("OIDC_EXPIRED", code_at(text, now_ms - 60001, now_ms - 60001));
    assert_string_equal("OK", code_at(text, 0, now_ms - 60000));
}

static void every_changed_character_is_refused(void **state)
{
    (void)state;
    static uint8_t changed[OIDC_TOKEN_TEXT];
    struct json_in cases = read_file();
    for (size_t which = 0; which < 4; which++) {
        struct bytes text = token_at(&cases, which);
        for (size_t i = 0; i < text.len; i += unit_step()) {
            memcpy(changed, text.ptr, text.len);
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            assert_string_not_equal("OK",
                                    code_at((struct bytes){changed, text.len}, now_ms, now_ms));
            assert_string_not_equal("OK", code_at((struct bytes){text.ptr, i}, now_ms, now_ms));
        }
    }
}

/* A login with another challenge: the token of somebody who looked on is worth nothing. */
static void a_token_is_for_one_text(void **state)
{
    (void)state;
    struct json_in cases = read_file();
    for (size_t i = 0; i < sizeof proof; i++) {
        proof[i] ^= 1;
        assert_string_equal("OIDC_NONCE", code_at(token_at(&cases, 0), now_ms, now_ms));
        proof[i] ^= 1;
    }
}

/* What has less or more than three parts is no token, whoever would verify it. */
static void a_token_has_three_parts(void **state)
{
    (void)state;
    struct json_in cases = read_file();
    struct bytes text = token_at(&cases, 0);
    struct oidc_token token;
    size_t first = bytes_find(text, '.');
    size_t second = first + 1 + bytes_find(bytes_slice(text, first + 1, SIZE_MAX), '.');
    assert_status(OK, oidc_token_read(text, &arena, &token));
    assert_status(OK, oidc_token_read(bytes_slice(text, 0, second + 1), &arena, &token));
    assert_status(AUTH_FAILED, oidc_token_read(bytes_slice(text, 0, second), &arena, &token));
    assert_status(AUTH_FAILED, oidc_token_read(bytes_slice(text, 0, first), &arena, &token));
}

/* The first token that is taken of this issuer. */
static struct bytes good_token_of(const struct json_in *cases, size_t issuer)
{
    for (size_t i = 0; i < vector_file_count(cases); i++) {
        struct json_in one = json_in_item(cases, i);
        if (vector_file_u64(&one, "issuer") == issuer &&
            bytes_equal(vector_file_text(&one, "code"), BYTES_LITERAL("OK"))) {
            return vector_file_text(&one, "token");
        }
    }
    fail();
    return (struct bytes){NULL, 0};
}

/* Keys are those of the issuer that the token names, not those of another that has the kid. */
static void an_issuer_has_keys_of_its_own(void **state)
{
    (void)state;
    struct json_in cases = read_file();
    for (size_t i = 0; i < ISSUERS; i++) {
        struct oidc_cache kept = caches[i];
        oidc_cache_init(&caches[i]);
        assert_int_equal(0, oidc_cache_due_in(&caches[i], 5));
        for (size_t j = 0; j < ISSUERS; j++) {
            assert_string_equal(i == j ? "OIDC_KEYS_STALE" : "OK",
                                code_at(good_token_of(&cases, j), now_ms, now_ms));
        }
        caches[i] = kept;
    }
}

/* RFC 7519, sections 3.1 and 6.1; RFC 7515, appendix A.2.1: none names a key, or one of ours. */
#define RFC_PAYLOAD                                                                               \
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn" \
    "VlfQ."

static void published_examples_are_no_tokens_for_us(void **state)
{
    (void)state;
    static const char *const examples[] = {
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" RFC_PAYLOAD
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "eyJhbGciOiJub25lIn0" RFC_PAYLOAD,
        "eyJhbGciOiJSUzI1NiJ9" RFC_PAYLOAD "cC4hiUPoj9Eetdgtv3hF80EGrhuB",
    };
    (void)read_file();
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        assert_string_equal("OIDC_ALG", code_at(bytes_of(examples[i]), now_ms, now_ms));
    }
}

static void room_that_is_too_small_is_said(void **state)
{
    (void)state;
    struct json_in cases = read_file();
    struct buf key = buf_over(memory, 10);
    const struct clock_interval now = {now_ms, now_ms};
    assert_string_equal("BUFFER_FULL", code_of(token_at(&cases, 0), now, &key));
    assert_int_equal(0, key.len);
    struct arena small;
    struct oidc_token token;
    assert_status(OK, arena_init(&small, 4096));
    assert_status(NO_MEMORY, oidc_token_read(token_at(&cases, 0), &small, &token));
    arena_deinit(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_token_has_its_code),
        cmocka_unit_test(time_is_an_interval_of_which_the_end_counts),
        cmocka_unit_test(every_changed_character_is_refused),
        cmocka_unit_test(a_token_is_for_one_text),
        cmocka_unit_test(published_examples_are_no_tokens_for_us),
        cmocka_unit_test(an_issuer_has_keys_of_its_own),
        cmocka_unit_test(a_token_has_three_parts),
        cmocka_unit_test(room_that_is_too_small_is_said),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
