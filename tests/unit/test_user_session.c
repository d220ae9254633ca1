#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authenticators/authenticator.h"
#include "client/user_session.h"
#include "codec/base64.h"
#include "digest/sha256.h"
#include "fixtures/unit.h"

static struct arena arena;
static char folder[] = "/tmp/test_user_session.XXXXXX";
static char path[64];

#define NODE                                     \
    "0x1111111111111111111111111111111111111111" \
    ":22222222222222222222222222222222"

static struct user_session session_of(enum auth_scheme scheme)
{
    struct user_session session = {.url = "http://127.0.0.1:4000",
                                   .node = NODE,
                                   .place = {{0xd0}, {0x7e}},
                                   .user = "alice",
                                   .sid = {1, 2, 3, 4, 5, 6, 0x40, 7, 0x80},
                                   .token = "cfs1.AAAA.BBBB"};
    struct entropy entropy = entropy_system();
    assert_status(OK, user_key_generate(&entropy, scheme, &session.key));
    return session;
}

static void write_text(const char *text, unsigned mode)
{
    (void)unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(0, fclose(file));
    assert_int_equal(0, chmod(path, mode));
}

static void what_is_no_session_file_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "{}", "[]", "{\"token\":\"cfs1.\"}"};
    struct user_session session = session_of(AUTH_P256);
    struct user_session read;
    (void)unlink(path);
    assert_status(KEY_FILE, user_session_read(path, &arena, &read));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_text(bad[i], 0600);
        assert_status(KEY_FILE, user_session_read(path, &arena, &read));
    }
    assert_status(OK, user_session_write(path, &session));
    assert_status(OK, user_session_read(path, &arena, &read));
    assert_int_equal(0, chmod(path, 0640));
    assert_status(KEY_FILE, user_session_read(path, &arena, &read));
    assert_int_equal(0, read.token[0]);
    assert_status(KEY_FILE, user_session_write("/nowhere/session", &session));
}

static void a_file_comes_back_and_is_replaced_whole(void **state)
{
    (void)state;
    struct user_session session = session_of(AUTH_P256);
    struct user_session read;
    struct stat about;
    assert_status(OK, user_session_write(path, &session));
    assert_status(OK, user_session_read(path, &arena, &read));
    assert_memory_equal(&session, &read, sizeof read);
    (void)snprintf(session.token, sizeof session.token, "cfs1.CCCC.DDDD");
    assert_status(OK, user_session_write(path, &session));
    assert_status(OK, user_session_read(path, &arena, &read));
    assert_string_equal("cfs1.CCCC.DDDD", read.token);
    assert_int_equal(0, stat(path, &about));
    assert_int_equal(0600, about.st_mode & 07777);
}

static const char *value_of(const char *const *lines, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(lines[i], name, strlen(name)) == 0 && lines[i][strlen(name)] == ':') {
            return lines[i] + strlen(name) + 2;
        }
    }
    fail_msg("no line %s", name);
    return "";
}

/* What a node reads of the headers, and whether the key of the session signed it. */
static void check_request(struct user_session *session, struct user_session_request *request)
{
    const char *lines[USER_SESSION_LINES];
    size_t count;
    struct pop pop;
    uint8_t text_memory[POP_TEXT_MAX];
    uint8_t key_memory[USER_KEY_PROOF];
    uint8_t proof_memory[USER_KEY_PROOF];
    struct buf text = buf_over(text_memory, sizeof text_memory);
    struct buf key = buf_over(key_memory, sizeof key_memory);
    struct buf proof = buf_over(proof_memory, sizeof proof_memory);
    assert_status(OK, user_session_sign(&arena, session, request, lines, &count));
    const struct pop_headers headers = {
        .signature = bytes_of(value_of(lines, count, "coffer-pop-signature")),
        .nonce = bytes_of(value_of(lines, count, "coffer-pop-nonce")),
        .time = bytes_of(value_of(lines, count, "coffer-pop-time")),
        .caller = bytes_of(value_of(lines, count, "coffer-pop-caller")),
        .recipient = bytes_of(value_of(lines, count, "coffer-pop-recipient")),
        .key = bytes_of(value_of(lines, count, "coffer-pop-key")),
    };
    assert_status(OK, pop_read(POP_USER, &headers, &pop));
    assert_int_equal(request->number, pop.counter);
    assert_memory_equal(session->sid, pop.caller, sizeof session->sid);
    assert_string_equal("Bearer cfs1.AAAA.BBBB", value_of(lines, count, "authorization"));
    assert_status(OK, base64_read_url(headers.key, &key));
    assert_bytes(user_public_bytes(&session->key.public), buf_bytes(&key));
    assert_status(OK, base64_read_url(headers.signature, &proof));
    assert_status(OK, pop_request_text(&request->call.proof, &text));
    const struct authenticator_rules rules = {0};
    const struct authenticator_said said = {buf_bytes(&text), request->call.digest,
                                            BYTES_LITERAL("request"), false};
    const struct authenticator_claim claim = {session->key.public.scheme, buf_bytes(&key),
                                              buf_bytes(&proof), NULL};
    assert_status(OK, authenticator_check(&arena, &said, &rules, &claim));
}

static void requests_are_signed_as_nodes_read_them(void **state)
{
    (void)state;
    static const enum auth_scheme schemes[] = {AUTH_P256, AUTH_EIP191, AUTH_STARK, AUTH_ED25519};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        struct user_session session = session_of(schemes[i]);
        struct user_session_request request = {.method = "POST",
                                               .target = "/v1/starknet/sign",
                                               .body = BYTES_LITERAL("{}"),
                                               .idempotency = BYTES_LITERAL("key-1"),
                                               .now_ms = 1700000000123,
                                               .number = 77};
        check_request(&session, &request);
    }
    struct user_session session = session_of(AUTH_P256);
    struct user_session_request request = {.method = "GET", .target = "", .now_ms = 1};
    const char *lines[USER_SESSION_LINES];
    size_t count = 7;
    assert_status(POP_MALFORMED, user_session_sign(&arena, &session, &request, lines, &count));
    assert_int_equal(0, count);
}

/* By a key of each scheme; a wallet names the page that it logs in at. */
static void logins_are_proven_as_nodes_check_them(void **state)
{
    (void)state;
    static const enum auth_scheme schemes[] = {AUTH_P256, AUTH_EIP191, AUTH_STARK, AUTH_ED25519};
    static const uint8_t challenge[AUTH_TEXT_CHALLENGE] = {1, 1};
    const struct bytes origin = BYTES_LITERAL("https://app.example");
    struct user_session session = session_of(AUTH_P256);
    struct user_session_login login = {.place = &session.place,
                                       .user = BYTES_LITERAL("alice"),
                                       .client = &session.key.public,
                                       .challenge = challenge};
    uint8_t cnf[AUTH_TEXT_HASH];
    uint8_t hash[AUTH_TEXT_HASH];
    uint8_t text_memory[AUTH_TEXT_MAX];
    struct buf text = buf_over(text_memory, sizeof text_memory);
    const struct auth_client_key client = {AUTH_P256, user_public_bytes(&session.key.public)};
    auth_text_cnf(&client, cnf);
    const struct auth_text what = {.place = user_place_of(&session.place),
                                   .purpose = AUTH_LOGIN,
                                   .user = login.user,
                                   .cnf_type = AUTH_P256,
                                   .cnf = cnf,
                                   .challenge = challenge};
    assert_status(OK, auth_text_put(&what, &text));
    sha256_hash(buf_bytes(&text), hash);
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        uint8_t memory[1024];
        struct buf proof = buf_over(memory, sizeof memory);
        struct user_key key;
        struct entropy entropy = entropy_system();
        assert_status(OK, user_key_generate(&entropy, schemes[i], &key));
        login.origin = (struct bytes){0};
        if (schemes[i] == AUTH_EIP191) {
            assert_status(BAD_REQUEST, user_session_prove(&login, &key, 1, &proof));
            login.origin = origin;
        }
        assert_status(OK, user_session_prove(&login, &key, 1700000000123, &proof));
        const struct authenticator_rules rules = {.origins = &origin, .origin_count = 1};
        const struct authenticator_said said = {buf_bytes(&text), hash, BYTES_LITERAL("login"),
                                                true};
        const struct authenticator_claim claim = {schemes[i], user_public_bytes(&key.public),
                                                  buf_bytes(&proof), NULL};
        assert_status(OK, authenticator_check(&arena, &said, &rules, &claim));
    }
}

static void numbers_go_up_from_the_time_on(void **state)
{
    (void)state;
    char beside[80];
    (void)snprintf(beside, sizeof beside, "%s.count", path);
    assert_int_equal(1000, user_session_number(path, 1000, 0));
    assert_int_equal(1001, user_session_number(path, 5000, 0));
    assert_int_equal(7000, user_session_number(path, 7000, 7000));
    assert_int_equal(7001, user_session_number(path, 1, 1));
    FILE *file = fopen(beside, "w");
    assert_non_null(file);
    assert_true(fputs("no number", file) >= 0);
    assert_int_equal(0, fclose(file));
    assert_int_equal(9000, user_session_number(path, 9000, 0));
    assert_int_equal(9001, user_session_number(path, 9000, 0));
    (void)unlink(beside);
    assert_int_equal(5, user_session_number("/nowhere/session", 5, 0));
}

static void wallets_of_nodes_are_read(void **state)
{
    (void)state;
    struct eth_address wallet;
    assert_status(OK, user_session_wallet(NODE, &wallet));
    assert_int_equal(0x11, wallet.b[19]);
    assert_status(POP_MALFORMED, user_session_wallet("0x11:22", &wallet));
    assert_status(POP_MALFORMED, user_session_wallet("", &wallet));
}

static int open_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    (void)snprintf(path, sizeof path, "%s/session", folder);
    return status_is_ok(arena_init(&arena, 1u << 24)) ? 0 : 1;
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
        cmocka_unit_test(what_is_no_session_file_is_refused),
        cmocka_unit_test(a_file_comes_back_and_is_replaced_whole),
        cmocka_unit_test(requests_are_signed_as_nodes_read_them),
        cmocka_unit_test(logins_are_proven_as_nodes_check_them),
        cmocka_unit_test(numbers_go_up_from_the_time_on),
        cmocka_unit_test(wallets_of_nodes_are_read),
    };
    return cmocka_run_group_tests(tests, open_folder, close_folder);
}
