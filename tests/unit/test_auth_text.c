#include "codec/base64.h"
#include "codec/hex.h"
#include "digest/sha256.h"
#include "fixtures/vector_file.h"
#include "wire/auth_text.h"

static uint8_t domain[AUTH_TEXT_HASH];
static uint8_t tenant[AUTH_TEXT_HASH];
static uint8_t client[33];
static uint8_t challenge[AUTH_TEXT_CHALLENGE];
static uint8_t cnf[AUTH_TEXT_HASH];

static void hex_of(const struct json_in *root, const char *name, uint8_t *ret, size_t len)
{
    struct bytes bytes = vector_file_hex(root, name);
    assert_int_equal(len, bytes.len);
    memcpy(ret, bytes.ptr, len);
}

static struct auth_text login_of(const struct json_in *root)
{
    hex_of(root, "D", domain, sizeof domain);
    hex_of(root, "T", tenant, sizeof tenant);
    hex_of(root, "client_key", client, sizeof client);
    hex_of(root, "challenge", challenge, sizeof challenge);
    const struct auth_client_key key = {AUTH_P256, BYTES_ARRAY(client)};
    auth_text_cnf(&key, cnf);
    return (struct auth_text){
        {domain, tenant}, AUTH_LOGIN, vector_file_text(root, "U"), AUTH_P256, cnf, challenge, NULL};
}

static void assert_text(struct bytes expected, const struct buf *out)
{
    assert_int_equal(expected.len, out->len);
    assert_memory_equal(expected.ptr, out->ptr, out->len);
}

static void texts_and_ids_are_those_of_the_vectors(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("users.json");
    struct auth_text text = login_of(&root);
    uint8_t memory[AUTH_TEXT_MAX];
    uint8_t proof[SHA256_BYTES];
    uint8_t id[AUTH_TEXT_ID];
    struct buf out = buf_over(memory, sizeof memory);
    assert_memory_equal(vector_file_hex(&root, "cnf").ptr, cnf, sizeof cnf);
    assert_status(OK, auth_text_put(&text, &out));
    assert_text(vector_file_text(&root, "X"), &out);
    sha256_hash(buf_bytes(&out), proof);
    assert_memory_equal(vector_file_hex(&root, "P").ptr, proof, sizeof proof);
    auth_text_sid(proof, id);
    out = buf_over(memory, sizeof memory);
    auth_text_sid_put(id, &out);
    assert_text(vector_file_text(&root, "sid"), &out);
    out = buf_over(memory, sizeof memory);
    base64_put_url(&out, BYTES_ARRAY(proof));
    assert_text(vector_file_text(&root, "passkey_challenge"), &out);
    auth_text_authenticator(tenant, AUTH_P256, BYTES_ARRAY(client), id);
    assert_memory_equal(vector_file_hex(&root, "p256_authenticator").ptr, id, sizeof id);
    struct bytes oidc = vector_file_hex(&root, "oidc_K");
    auth_text_authenticator(tenant, AUTH_OIDC, oidc, id);
    assert_memory_equal(vector_file_hex(&root, "oidc_authenticator").ptr, id, sizeof id);
    out = buf_over(memory, sizeof memory);
    assert_status(OK, auth_text_jit_user(BYTES_LITERAL("g-"), oidc, &out));
    assert_text(vector_file_text(&root, "jit_user"), &out);
    auth_text_service(tenant, AUTH_P256, BYTES_ARRAY(client), id);
    assert_memory_equal(vector_file_hex(&root, "service_id").ptr, id, sizeof id);
}

/* Two different things never have one text: no piece holds the end of a line. */
static void a_piece_is_one_line(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("users.json");
    struct auth_text text = login_of(&root);
    static const char *const bad[] = {"a\nb", "a b", "\x7f", "\x80", "a\t"};
    static uint8_t longer[AUTH_TEXT_USER + 1];
    static const uint8_t salt[AUTH_TEXT_SALT];
    uint8_t memory[AUTH_TEXT_MAX];
    memset(longer, 'a', sizeof longer);
    for (size_t i = 0; i <= sizeof bad / sizeof bad[0]; i++) {
        struct bytes piece =
            i < sizeof bad / sizeof bad[0] ? bytes_of(bad[i]) : BYTES_ARRAY(longer);
        const struct auth_ticket ticket = {{domain, tenant}, piece, salt, 1, 2, salt};
        struct auth_statement statement = {.place = {domain, tenant},
                                           .op = piece,
                                           .scope = BYTES_LITERAL("t"),
                                           .body = cnf,
                                           .salt = salt};
        struct buf out = buf_over(memory, sizeof memory);
        text.user = piece;
        assert_status(BAD_REQUEST, auth_text_put(&text, &out));
        assert_status(BAD_REQUEST, auth_text_put_ticket(&ticket, &out));
        assert_status(BAD_REQUEST, auth_text_put_statement(&statement, &out));
        statement.op = BYTES_LITERAL("user.add");
        statement.scope = (struct bytes){piece.ptr, 0};
        assert_status(BAD_REQUEST, auth_text_put_statement(&statement, &out));
    }
}

static void what_is_not_there_is_a_hyphen(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("users.json");
    struct auth_text text = login_of(&root);
    static const uint8_t salt[AUTH_TEXT_SALT];
    uint8_t memory[AUTH_TEXT_MAX];
    struct buf out = buf_over(memory, sizeof memory);
    struct bytes user = text.user;
    text.purpose = AUTH_STEP_UP;
    text.detail = cnf;
    text.user = (struct bytes){user.ptr, 0};
    assert_status(OK, auth_text_put(&text, &out));
    assert_non_null(memmem(out.ptr, out.len, "\nstep-up\n-\n1:", 13));
    const struct auth_statement statement = {.place = {domain, tenant},
                                             .op = BYTES_LITERAL("user.revoke"),
                                             .scope = BYTES_LITERAL("u:alice"),
                                             .not_before_ms = 7,
                                             .body = cnf,
                                             .salt = salt,
                                             .is_apart = true};
    out = buf_over(memory, sizeof memory);
    assert_status(OK, auth_text_put_statement(&statement, &out));
    assert_non_null(memmem(out.ptr, out.len, "\nuser.revoke\nu:alice\n-\n-\n7\n", 27));
    const struct auth_ticket ticket = {{domain, tenant}, user, salt, 1, 2, salt};
    out = buf_over(memory, sizeof memory);
    assert_status(OK, auth_text_put_ticket(&ticket, &out));
    assert_true(bytes_starts(buf_bytes(&out), BYTES_LITERAL("CofferTicket/1\n")));
    out = buf_over(memory, 20);
    assert_status(BUFFER_FULL, auth_text_put_ticket(&ticket, &out));
}

static void schemes_have_words(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "bearer", "P256", "p256 ", "p25", "1", "totp2"};
    enum auth_scheme scheme;
    for (unsigned i = AUTH_P256; i < AUTH_SCHEMES; i++) {
        assert_status(OK, auth_text_scheme_read(bytes_of(auth_text_scheme(i)), &scheme));
        assert_int_equal(i, scheme);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(BAD_REQUEST, auth_text_scheme_read(bytes_of(bad[i]), &scheme));
        assert_int_equal(AUTH_SCHEMES, scheme);
    }
    assert_string_equal("bearer", auth_text_scheme(0));
    assert_string_equal("bearer", auth_text_scheme(AUTH_SCHEMES));
    assert_string_equal("passkey", auth_text_scheme(AUTH_PASSKEY));
}

static void a_session_id_has_one_spelling(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "1b1be6dd-ad41-413e-b951-00fb9c8e01a",
                                      "1b1be6dd-ad41-413e-b951-00fb9c8e01aff",
                                      "1B1be6dd-ad41-413e-b951-00fb9c8e01af",
                                      "1b1be6dd_ad41-413e-b951-00fb9c8e01af",
                                      "1b1be6dda-d41-413e-b951-00fb9c8e01af",
                                      "1b1be6dd-ad41-413e-b951-00fb9c8e01ag"};
    uint8_t sid[AUTH_TEXT_ID];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memset(sid, 1, sizeof sid);
        assert_status(BAD_REQUEST, auth_text_sid_read(bytes_of(bad[i]), sid));
        assert_int_equal(0, sid[0] | sid[15]);
    }
    assert_status(OK,
                  auth_text_sid_read(BYTES_LITERAL("1b1be6dd-ad41-413e-b951-00fb9c8e01af"), sid));
    assert_int_equal(0x1b, sid[0]);
    assert_int_equal(0xaf, sid[15]);
}

/* What is read is what is written, and a text with any other byte is another statement or none. */
static void assert_reads(struct bytes text, bool is_ticket)
{
    static uint8_t changed[AUTH_TEXT_MAX + 1];
    uint8_t again[AUTH_TEXT_MAX];
    for (size_t i = 0; i <= text.len; i++) {
        static const uint8_t tries[] = {'\n', ' ', '-', '0', '9', 'A', 'a', 'g', 0, 0x80};
        for (size_t c = 0; c < sizeof tries + 2; c++) {
            struct auth_text_read_statement statement;
            struct auth_text_read_ticket ticket;
            memcpy(changed, text.ptr, text.len);
            changed[i] = c < sizeof tries ? tries[c] : changed[i];
            struct bytes one = {changed, c == sizeof tries ? i : text.len + (i == text.len)};
            memset(&statement, 1, sizeof statement);
            memset(&ticket, 1, sizeof ticket);
            struct status status = is_ticket ? auth_text_read_ticket(one, &ticket)
                                             : auth_text_read_statement(one, &statement);
            struct buf out = buf_over(again, sizeof again);
            if (status_is_ok(status)) {
                assert_status(OK, is_ticket ? auth_text_put_ticket(&ticket.text, &out)
                                            : auth_text_put_statement(&statement.text, &out));
                assert_bytes(one, buf_bytes(&out));
            } else {
                assert_int_equal(STATUS_BAD_REQUEST, status.code);
                assert_false(bytes_equal(one, text));
                assert_true(is_ticket ? ticket.text.salt == NULL && ticket.salt[0] == 0
                                      : statement.text.salt == NULL && statement.salt[0] == 0);
            }
        }
    }
}

static void what_is_written_is_read_and_nothing_else(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("users.json");
    static const uint8_t salt[AUTH_TEXT_SALT] = {0xab, 0xcd};
    struct auth_statement statement = {.place = login_of(&root).place,
                                       .op = BYTES_LITERAL("user.add"),
                                       .scope = BYTES_LITERAL("u:alice"),
                                       .seq = 19,
                                       .prev = cnf,
                                       .not_before_ms = 7,
                                       .body = cnf,
                                       .salt = salt};
    const struct auth_ticket ticket = {statement.place, BYTES_LITERAL("bob"), salt, 1, 20, salt};
    uint8_t memory[AUTH_TEXT_MAX];
    struct auth_text_read_statement read;
    struct auth_text_read_ticket leave;
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(OK, auth_text_put_statement(&statement, &out));
    assert_status(OK, auth_text_read_statement(buf_bytes(&out), &read));
    assert_memory_equal(cnf, read.text.prev, sizeof cnf);
    assert_memory_equal(tenant, read.text.place.tenant, sizeof tenant);
    assert_true(read.text.seq == 19 && read.text.not_before_ms == 7 && !read.text.is_apart);
    assert_reads(buf_bytes(&out), false);
    statement.is_apart = true;
    statement.prev = NULL;
    out = buf_over(memory, sizeof memory);
    assert_status(OK, auth_text_put_statement(&statement, &out));
    assert_status(OK, auth_text_read_statement(buf_bytes(&out), &read));
    assert_true(read.text.is_apart && read.text.prev == NULL);
    assert_reads(buf_bytes(&out), false);
    assert_status(BAD_REQUEST, auth_text_read_ticket(buf_bytes(&out), &leave));
    out = buf_over(memory, sizeof memory);
    assert_status(OK, auth_text_put_ticket(&ticket, &out));
    assert_status(OK, auth_text_read_ticket(buf_bytes(&out), &leave));
    assert_bytes(ticket.user, leave.text.user);
    assert_memory_equal(salt, leave.text.authenticator, sizeof salt);
    assert_true(leave.text.issued_ms == 1 && leave.text.not_after_ms == 20);
    assert_reads(buf_bytes(&out), true);
    assert_status(BAD_REQUEST, auth_text_read_statement(buf_bytes(&out), &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_and_ids_are_those_of_the_vectors),
        cmocka_unit_test(a_piece_is_one_line),
        cmocka_unit_test(what_is_written_is_read_and_nothing_else),
        cmocka_unit_test(what_is_not_there_is_a_hyphen),
        cmocka_unit_test(a_session_id_has_one_spelling),
        cmocka_unit_test(schemes_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
