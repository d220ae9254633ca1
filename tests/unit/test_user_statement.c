#include "client/user_place.h"
#include "client/user_statement.h"
#include "digest/sha256.h"
#include "fixtures/unit.h"
#include "keys/domain.h"

static struct arena arena;
static const uint8_t domain[AUTH_TEXT_HASH] = {0xd0};
static const uint8_t tenant[AUTH_TEXT_HASH] = {0x7e};
static const uint8_t salt[AUTH_TEXT_SALT] = {0x5a};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct auth_statement about(const char *scope)
{
    return (struct auth_statement){
        .place = {domain, tenant}, .scope = bytes_of(scope), .salt = salt};
}

static struct user_statement freeze(void)
{
    struct user_statement made;
    struct auth_statement where = about("t");
    const union statement_body body = {.freeze = {.version = 7}};
    assert_status(OK, user_statement_make(&arena, &where, STATEMENT_POLICY_FREEZE, &body, &made));
    return made;
}

static struct user_key key_of(enum auth_scheme scheme)
{
    struct user_key key;
    struct entropy entropy = entropy_system();
    assert_status(OK, user_key_generate(&entropy, scheme, &key));
    return key;
}

static void what_none_may_say_is_not_made(void **state)
{
    (void)state;
    static const struct {
        enum statement_op op;
        const char *scope;
        uint64_t seq;
    } bad[] = {
        {STATEMENT_POLICY_FREEZE, "x", 0},    {STATEMENT_POLICY_FREEZE, "u:", 0},
        {STATEMENT_TENANT_SET, "u:alice", 0}, {STATEMENT_USER_VETO, "t", 0},
        {STATEMENT_USER_GRANT, "u:alice", 0}, {STATEMENT_USER_GRANT, "u:alice", 2},
        {STATEMENT_USER_ADD, "u:alice", 1},   {STATEMENT_USER_JOIN, "u:alice", 0},
    };
    static const union statement_body body;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct user_statement made;
        struct auth_statement where = about(bad[i].scope);
        where.seq = bad[i].seq;
        assert_status(RECORD_INVALID, user_statement_make(&arena, &where, bad[i].op, &body, &made));
        assert_int_equal(0, made.text.len);
    }
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "{\"text\":\"x\"}",
        "{\"text\":1,\"sigs\":[]}",
        "{\"text\":\"x\",\"sigs\":{}}",
        "{\"text\":\"x\",\"sigs\":[],\"more\":1}",
        "{\"text\":\"x\",\"body\":\"*\",\"sigs\":[]}",
        "{\"text\":\"x\",\"sigs\":[[4,\"AA\",\"AA\"]]}",
        "{\"text\":\"x\",\"sigs\":[[2,\"AAAAAAAAAAAAAAAAAAAAAAAAAAA\"]]}",
        "{\"text\":\"x\",\"sigs\":[[2,\"AAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"\"]]}",
        "{\"text\":\"x\",\"sigs\":[[0,\"AAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"AA\"]]}",
    };
    struct user_statement read;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_status(RECORD_INVALID, user_statement_read(&arena, bytes_of(bad[i]), &read));
        assert_int_equal(0, read.text.len);
    }
    assert_status(BAD_JSON, user_statement_read(&arena, BYTES_LITERAL("{"), &read));
}

static void a_body_or_text_that_was_changed_is_none(void **state)
{
    (void)state;
    struct statement *said;
    struct user_statement made = freeze();
    assert_status(OK, user_statement_open(&arena, &made, &said));
    made.body = BYTES_LITERAL("{\"version\":8}");
    assert_status(RECORD_INVALID, user_statement_open(&arena, &made, &said));
    made = freeze();
    made.text.len--;
    assert_status(RECORD_INVALID, user_statement_open(&arena, &made, &said));
    struct auth_text_read_ticket ticket;
    assert_status(RECORD_INVALID, user_statement_open_ticket(&made, &ticket));
}

static struct user_statement again(const struct user_statement *statement)
{
    static uint8_t memory[1 << 16];
    struct user_statement read;
    struct buf file = buf_over(memory, sizeof memory);
    assert_status(OK, user_statement_put(statement, &file));
    assert_status(OK, user_statement_read(&arena, buf_bytes(&file), &read));
    return read;
}

static void signers_sign_one_after_the_other_and_once(void **state)
{
    (void)state;
    static const enum auth_scheme schemes[] = {AUTH_P256, AUTH_EIP191, AUTH_STARK, AUTH_ED25519};
    struct user_statement statement = freeze();
    struct statement *said;
    for (size_t i = 0; i < COUNT(schemes); i++) {
        struct user_key key = key_of(schemes[i]);
        assert_status(OK, user_statement_sign(&arena, &statement, &key));
        statement = again(&statement);
        assert_status(STATEMENT_SIGNER, user_statement_sign(&arena, &statement, &key));
        assert_int_equal(i + 1, statement.sig_count);
    }
    assert_status(OK, user_statement_open(&arena, &statement, &said));
    assert_int_equal(7, said->body.freeze.version);
    assert_int_equal(4, said->parts.sigs.count);
    for (size_t i = 0; i < statement.sig_count; i++) {
        assert_status(OK, user_statement_check(&arena, &statement, &statement.sigs[i]));
    }
    struct user_statement other = freeze();
    other.text = BYTES_LITERAL("another text");
    for (size_t i = 0; i < statement.sig_count; i++) {
        assert_status(AUTH_FAILED, user_statement_check(&arena, &other, &statement.sigs[i]));
    }
    struct statement_sig none = {AUTH_OIDC, BYTES_LITERAL("key"), BYTES_LITERAL("token")};
    assert_status(AUTH_FAILED, user_statement_check(&arena, &statement, &none));
}

static void a_signature_of_another_text_is_not_added(void **state)
{
    (void)state;
    uint8_t memory[USER_KEY_PROOF];
    struct buf proof = buf_over(memory, sizeof memory);
    struct user_key key = key_of(AUTH_ED25519);
    struct user_statement statement = freeze();
    assert_status(OK, user_key_sign(&key, BYTES_LITERAL("another text"), &proof));
    assert_status(AUTH_FAILED,
                  user_statement_add(&arena, &statement, &key.public, buf_bytes(&proof)));
    assert_status(BAD_REQUEST,
                  user_statement_add(&arena, &statement, &key.public, BYTES_LITERAL("short")));
    assert_int_equal(0, statement.sig_count);
}

static void tickets_have_no_body(void **state)
{
    (void)state;
    static const uint8_t id[AUTH_TEXT_ID] = {1};
    struct auth_text_read_ticket said;
    struct user_statement ticket;
    struct user_key key = key_of(AUTH_P256);
    struct auth_ticket what = {.place = {domain, tenant},
                               .user = BYTES_LITERAL("alice"),
                               .authenticator = id,
                               .issued_ms = 1,
                               .not_after_ms = 2,
                               .salt = salt};
    assert_status(OK, user_statement_make_ticket(&arena, &what, &ticket));
    assert_status(OK, user_statement_sign(&arena, &ticket, &key));
    ticket = again(&ticket);
    assert_true(user_statement_is_ticket(&ticket));
    assert_status(OK, user_statement_open_ticket(&ticket, &said));
    assert_bytes(BYTES_LITERAL("alice"), said.text.user);
    assert_status(OK, user_statement_check(&arena, &ticket, &ticket.sigs[0]));
    struct statement *statement;
    assert_status(RECORD_INVALID, user_statement_open(&arena, &ticket, &statement));
    what.user = BYTES_LITERAL("a b");
    assert_status(BAD_REQUEST, user_statement_make_ticket(&arena, &what, &ticket));
}

static void tenants_have_the_ids_that_nodes_give_them(void **state)
{
    (void)state;
    uint8_t ours[AUTH_TEXT_HASH];
    uint8_t theirs[AUTH_TEXT_HASH];
    static const char *const bad[] = {"", "Default", "a_b", "0123456789012345678901234567890123"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_status(BAD_REQUEST, user_place_tenant(domain, bytes_of(bad[i]), ours));
    }
    assert_status(OK, user_place_tenant(domain, BYTES_LITERAL("default"), ours));
    assert_status(OK, domain_local_tenant(domain, BYTES_LITERAL("default"), theirs));
    assert_memory_equal(theirs, ours, sizeof ours);
    assert_status(OK, user_place_tenant(domain,
                                        BYTES_LITERAL("7e000000000000000000000000000000"
                                                      "00000000000000000000000000000000"),
                                        ours));
    assert_memory_equal(tenant, ours, sizeof ours);
}

static int open_arena(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 1u << 26)) ? 0 : 1;
}

static int close_arena(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_none_may_say_is_not_made),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(a_body_or_text_that_was_changed_is_none),
        cmocka_unit_test(signers_sign_one_after_the_other_and_once),
        cmocka_unit_test(a_signature_of_another_text_is_not_added),
        cmocka_unit_test(tickets_have_no_body),
        cmocka_unit_test(tenants_have_the_ids_that_nodes_give_them),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
