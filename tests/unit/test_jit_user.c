#include "authenticators/jit_user.h"
#include "authenticators/oidc_port.h"
#include "fixtures/vector_file.h"

static uint8_t memory[64];

static struct bytes name_of(const char *prefix, struct bytes key)
{
    struct buf name = buf_over(memory, sizeof memory);
    assert_status(OK, jit_user_put(bytes_of(prefix), key, &name));
    return buf_bytes(&name);
}

static void names_are_those_of_the_vectors(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("users.json");
    struct bytes oidc = vector_file_hex(&root, "oidc_K");
    assert_true(bytes_equal(vector_file_text(&root, "jit_user"), name_of("g-", oidc)));
}

static void without_a_prefix_nobody_enrols(void **state)
{
    (void)state;
    struct buf name = buf_over(memory, sizeof memory);
    struct bytes key = BYTES_LITERAL("key");
    assert_status(AUTH_FAILED, jit_user_put((struct bytes){NULL, 0}, key, &name));
    assert_int_equal(0, name.len);
    assert_int_equal(JIT_USER_OTHER,
                     jit_user_kind((struct bytes){NULL, 0}, BYTES_LITERAL("a"), key));
    assert_int_equal(JIT_USER_OTHER,
                     jit_user_kind((struct bytes){NULL, 0}, (struct bytes){NULL, 0}, key));
}

static void a_name_that_does_not_fit_is_not_begun(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 34; cap++) {
        struct buf name = buf_over(memory, cap);
        assert_status(BUFFER_FULL, jit_user_put(BYTES_LITERAL("g-"), BYTES_LITERAL("key"), &name));
        assert_int_equal(0, name.len);
    }
}

/* All names with the prefix are of this sort, and each is one key's. */
static void a_name_is_its_key_s(void **state)
{
    (void)state;
    const struct bytes prefix = BYTES_LITERAL("g-");
    const struct bytes key = BYTES_LITERAL("key");
    struct bytes name = name_of("g-", key);
    assert_int_equal(34, name.len);
    assert_int_equal(JIT_USER_OWN, jit_user_kind(prefix, name, key));
    assert_int_equal(JIT_USER_TAKEN, jit_user_kind(prefix, name, BYTES_LITERAL("kez")));
    assert_int_equal(JIT_USER_TAKEN, jit_user_kind(prefix, name, (struct bytes){NULL, 0}));
    assert_int_equal(JIT_USER_TAKEN, jit_user_kind(prefix, bytes_slice(name, 0, 33), key));
    assert_int_equal(JIT_USER_TAKEN, jit_user_kind(prefix, BYTES_LITERAL("g-"), key));
    assert_int_equal(JIT_USER_TAKEN, jit_user_kind(prefix, BYTES_LITERAL("g-alice"), key));
    assert_int_equal(JIT_USER_OTHER, jit_user_kind(prefix, BYTES_LITERAL("g"), key));
    assert_int_equal(JIT_USER_OTHER, jit_user_kind(prefix, BYTES_LITERAL("G-alice"), key));
    assert_int_equal(JIT_USER_OTHER, jit_user_kind(prefix, BYTES_LITERAL("alice"), key));
    assert_int_equal(JIT_USER_OTHER, jit_user_kind(BYTES_LITERAL("h-"), name, key));
    memory[33] = memory[33] == 'a' ? 'A' : (uint8_t)(memory[33] ^ 1);
    assert_int_equal(JIT_USER_TAKEN, jit_user_kind(prefix, name, key));
}

static void without_issuers_a_port_takes_no_token(void **state)
{
    (void)state;
    const struct oidc_port port = {0};
    const struct oidc_question question = {.token = BYTES_LITERAL("a.b.c")};
    struct arena arena = {0};
    struct oidc_facts facts;
    struct buf out = buf_over(memory, sizeof memory);
    bool waits = true;
    assert_status(OIDC_ISSUER, oidc_port_prove(&port, &question, &arena, &out, &waits));
    assert_false(waits);
    assert_false(oidc_port_facts(&port, 0, &facts));
    oidc_port_put_metrics(&port, &out);
    assert_int_equal(0, out.len);
    assert_string_equal("dead", oidc_port_state_name(OIDC_PORT_DEAD));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_the_vectors),
        cmocka_unit_test(without_a_prefix_nobody_enrols),
        cmocka_unit_test(a_name_that_does_not_fit_is_not_begun),
        cmocka_unit_test(a_name_is_its_key_s),
        cmocka_unit_test(without_issuers_a_port_takes_no_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
