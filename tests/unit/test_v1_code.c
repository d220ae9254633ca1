#include "cluster/v1/v1_code.h"
#include "fixtures/unit.h"
#include "fixtures/vector_file.h"

static struct arena arena;
static struct secret32 master;

static int start(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < sizeof master.b; i++) {
        master.b[i] = i; /* S1 of the vectors */
    }
    assert_status(OK, arena_init(&arena, 8u << 20));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

#define BODY "{\"ciphertext\":\"445566\",\"nonce\":\"112233\",\"sender_tee_pubkey\":\"aabbcc\"}"
#define CODE "f23084aa1d76409d64c4c421049d481d466a2179fdf432333a46497eee7cbf89"

static struct status check(const char *body, const char *code)
{
    return v1_code_check(&master, bytes_of(body), bytes_of(code), &arena);
}

static void other_codes_are_refused(void **state)
{
    (void)state;
    char code[] = CODE;
    assert_status(OK, check(BODY, code));
    for (size_t i = 0; i < sizeof code - 1; i++) {
        char kept = code[i];
        code[i] = kept == '0' ? '1' : '0';
        assert_status(SYNC_CODE, check(BODY, code));
        code[i] = kept;
    }
    assert_status(SYNC_CODE, check(BODY, ""));
    assert_status(SYNC_CODE, check(BODY, "0x" CODE));
    assert_status(SYNC_CODE, check(BODY, CODE "00"));
    code[63] = 0;
    assert_status(SYNC_CODE, check(BODY, code));
    assert_status(SYNC_CODE, check("{}", CODE));
    assert_status(BAD_JSON, check("", CODE));
    assert_status(JSON_DUPLICATE_KEY, check("{\"a\":1,\"a\":1}", CODE));
    master.b[0] ^= 1;
    assert_status(SYNC_CODE, check(BODY, CODE));
    master.b[0] ^= 1;
}

/* One that grows by more than any envelope, whatever its code. */
static void what_grows_is_no_envelope(void **state)
{
    (void)state;
    static char body[3 * V1_CODE_GROWS];
    memset(body, 0x7f, sizeof body - 1);
    memcpy(body, "[\"", 2);
    memcpy(body + sizeof body - 3, "\"]", 2);
    assert_status(SYNC_CODE, check(body, CODE));
    assert_int_equal(0, arena.used);
}

static void any_spelling_has_the_same_code(void **state)
{
    (void)state;
    assert_status(OK, check(" { \"sender_tee_pubkey\" : \"\\u0061abbcc\", \"nonce\":\"112233\",\n"
                            "\"ciphertext\":\"445566\"}",
                            CODE));
    assert_status(OK,
                  check(BODY, "F23084AA1D76409D64C4C421049D481D466A2179FDF432333A46497EEE7CBF89"));
}

static void the_vectors_agree(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("nova.json");
    struct json_in list = vector_file_member(&root, "hmac");
    for (size_t i = 0; i < vector_file_count(&list); i++) {
        static uint8_t canonical[2048];
        uint8_t code[64];
        struct json_in item = json_in_item(&list, i);
        struct bytes text = vector_file_text(&item, "canonical");
        struct buf out = buf_over(canonical, sizeof canonical);
        struct buf code_out = buf_over(code, sizeof code);
        assert_status(OK, v1_code_put(&master, text, &arena, &out, &code_out));
        assert_bytes(text, buf_bytes(&out));
        assert_bytes(vector_file_text(&item, "x_sync_signature"), buf_bytes(&code_out));
        assert_status(OK, v1_code_check(&master, text, buf_bytes(&code_out), &arena));
    }
    struct json_in sync = vector_file_member(&root, "sync_example");
    static const char *const names[][2] = {{"py_body", "py_x_sync_signature"},
                                           {"rs_body", "rs_x_sync_signature"}};
    for (size_t i = 0; i < 2; i++) {
        assert_status(OK, v1_code_check(&master, vector_file_text(&sync, names[i][0]),
                                        vector_file_text(&sync, names[i][1]), &arena));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_codes_are_refused),
        cmocka_unit_test(what_grows_is_no_envelope),
        cmocka_unit_test(any_spelling_has_the_same_code),
        cmocka_unit_test(the_vectors_agree),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
