/* Statements that somebody signs by logging in with an issuer: what the issuer's token is asked. */
#include <stdio.h>

#include "fixtures/users_signed.h"

#define ALICE "u:alice"

/* Issuer, no audience, sub. */
static const uint8_t own[] = {0,   16,  'h', 't', 't', 'p', 's', ':', '/', '/', 'i', 's',
                              's', '.', 't', 'e', 's', 't', 0,   0,   0,   2,   'm', 'e'};
static const uint8_t other[] = {0,   16,  'h', 't', 't', 'p', 's', ':', '/', '/', 'i', 's',
                                's', '.', 't', 'e', 's', 't', 0,   0,   0,   2,   'u', 's'};

static struct users_world world;
static struct signed_statement statement;
static struct users *users; /* with issuers */
static size_t asked;
static enum status_code code;
static struct bytes shown;

/* The issuers: what they are asked, and what they say. */
static struct status prove(void *context, const struct oidc_question *question, struct arena *arena,
                           struct buf *ret_key, bool *ret_waits)
{
    uint8_t hash[AUTH_TEXT_HASH];
    (void)context;
    (void)arena;
    asked++;
    sha256_hash(statement.parts.text, hash);
    assert_memory_equal(hash, question->proof_of, sizeof hash);
    assert_memory_equal(world.tenant, question->tenant, sizeof world.tenant);
    assert_true(bytes_equal(BYTES_LITERAL("a.b.c"), question->token));
    *ret_waits = code == STATUS_OIDC_KEYS_STALE;
    if (code != STATUS_OK) {
        return (struct status){.code = (uint16_t)code};
    }
    buf_put(ret_key, shown);
    return OK;
}

static const struct oidc_port issuers = {NULL, prove, NULL, NULL};

static int start(void **state)
{
    (void)state;
    users_world_open(&world, USERS_WORLD_TRUST, 4096);
    signed_operators(&world);
    assert_status(OK, signed_enrol(&world, "alice", 1));
    const struct clock clock = {&world, users_world_monotonic, users_world_wall};
    const struct users_setup setup = {.mem = &world.mem,
                                      .clock = clock,
                                      .entropy = entropy_system(),
                                      .trust = &world.trust,
                                      .domain = &world.domain,
                                      .oidc = &issuers,
                                      .strict = &world.port};
    assert_status(OK, users_open(&setup, &users));
    asked = 0;
    code = STATUS_OK;
    shown = BYTES_ARRAY(own);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    users_close(&users);
    users_world_close(&world);
    return 0;
}

/* Alice adds what an issuer calls her, by a key of hers and a token. */
static void make(const char *signers, struct bytes named)
{
    union statement_body body = {0};
    body.key.scheme = AUTH_OIDC;
    body.key.key = BYTES_ARRAY(own);
    const struct signed_maker maker = {
        .op = STATEMENT_USER_ADD, .scope = ALICE, .body = &body, .signers = signers};
    signed_make(&world, &maker, &statement);
    statement.sigs.list[statement.sigs.count++] =
        (struct statement_sig){AUTH_OIDC, named, BYTES_LITERAL("a.b.c")};
    statement.parts.sigs.count = statement.sigs.count;
}

static struct status commit(struct users *by)
{
    struct users *before = world.users;
    world.users = by;
    struct status status = signed_commit(&world, &statement, NULL);
    world.users = before;
    return status;
}

static size_t keys_of_alice(void)
{
    struct user_log log;
    assert_status(OK, users_log(users, &world.arena, world.tenant, BYTES_LITERAL("alice"), &log));
    return log.key_count;
}

static void a_token_signs_for_whom_it_shows(void **state)
{
    (void)state;
    make("\1", BYTES_ARRAY(own));
    assert_status(OK, commit(users));
    assert_int_equal(1, asked);
    assert_int_equal(2, keys_of_alice());
}

static void a_token_of_somebody_else_signs_nothing(void **state)
{
    (void)state;
    shown = BYTES_ARRAY(other);
    make("\1", BYTES_ARRAY(own));
    assert_status(AUTH_FAILED, commit(users));
    shown = (struct bytes){own, sizeof own - 1};
    assert_status(AUTH_FAILED, commit(users));
    shown = BYTES_ARRAY(other);
    make("\1", BYTES_ARRAY(other)); /* whose key is not the one that is added */
    assert_status(STATEMENT_SIGNER, commit(users));
    assert_int_equal(1, keys_of_alice());
}

static void a_token_alone_enrols_nobody(void **state)
{
    (void)state;
    make("", BYTES_ARRAY(own));
    assert_status(STATEMENT_SIGNER, commit(users));
    assert_int_equal(1, keys_of_alice());
}

static void what_the_issuer_says_is_told(void **state)
{
    (void)state;
    static const enum status_code codes[] = {STATUS_OIDC_NONCE, STATUS_OIDC_KEYS_STALE,
                                             STATUS_OIDC_ALG, STATUS_AUTH_FAILED};
    make("\1", BYTES_ARRAY(own));
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        code = codes[i];
        assert_int_equal(codes[i], commit(users).code);
    }
    assert_int_equal(1, keys_of_alice());
}

static void without_issuers_no_token_signs(void **state)
{
    (void)state;
    make("\1", BYTES_ARRAY(own));
    assert_status(OIDC_ISSUER, commit(world.users));
    assert_int_equal(0, asked);
}

static void a_key_that_is_none_is_not_asked_about(void **state)
{
    (void)state;
    make("\1", (struct bytes){own, sizeof own - 1});
    assert_status(BAD_REQUEST, commit(users));
    assert_int_equal(0, asked);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_token_signs_for_whom_it_shows), TEST(a_token_of_somebody_else_signs_nothing),
        TEST(a_token_alone_enrols_nobody),     TEST(what_the_issuer_says_is_told),
        TEST(without_issuers_no_token_signs),  TEST(a_key_that_is_none_is_not_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
