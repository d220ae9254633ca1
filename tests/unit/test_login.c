/* Logins of tests/vectors/logins.json: root, statements, challenges, proofs and tokens were made by
 * another program from the formats alone. */
#include "authenticators/passkey.h"
#include "fixtures/login_world.h"
#include "sessions/challenge.h"

static struct login_world world;
static struct login_example example;
static struct login_proven proven;
static struct user_log user_log;
static uint32_t counter;
static bool is_frozen;

static int set_up(void **state)
{
    (void)state;
    login_world_open(&world);
    user_log = login_world_log(&world, world.count);
    counter = 0;
    is_frozen = false;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    login_world_close(&world);
    return 0;
}

static struct status prove(void)
{
    return login_prove(&world.arena, &world.judge, &example.login, NULL, &proven);
}

static uint32_t ask_counter(void *context, const uint8_t id[static AUTH_TEXT_ID])
{
    (void)context;
    assert_non_null(user_log_key(&user_log, id));
    return counter;
}

static struct status admit(void)
{
    const struct login_user user = {&user_log, is_frozen, NULL, ask_counter};
    return login_admit(&world.arena, &proven, &user);
}

static struct status log_in(const char *name)
{
    login_world_example(&world, name, &example);
    TRY(prove());
    return admit();
}

static struct session_token make_token(void)
{
    const struct login_session session = {SESSION_SCOPES, user_log.auth_epoch, world.epoch,
                                          world.boot};
    struct session_token token;
    login_token(&world.judge, &example.login, &proven, &session, &token);
    return token;
}

/* The token has every byte of the one that the other program made. */
static void compare(void)
{
    uint8_t memory[SESSION_TOKEN_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct hmac_sha256_key key;
    const struct session_token token = make_token();
    assert_status(OK, session_keys_of(&world.keys, world.epoch, &key));
    assert_status(OK, session_token_put(&key, world.domain, &token, &text));
    assert_bytes(example.token, buf_bytes(&text));
    text = buf_over(memory, sizeof memory);
    auth_text_sid_put(token.sid, &text);
    assert_bytes(example.sid, buf_bytes(&text));
    assert_bytes(example.proof_of, BYTES_ARRAY(proven.proof_of));
}

static void each_scheme_logs_in(void **state)
{
    static const char *const names[] = {
        "p256",   "ed25519", "passkey",         "oidc",
        "bearer", "two",     "two of a bearer", "after the revocation"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        print_message("%s\n", names[i]);
        assert_status(OK, log_in(names[i]));
        compare();
    }
}

static void a_login_that_is_repeated_is_the_same_session(void **state)
{
    (void)state;
    assert_status(OK, log_in("p256"));
    const struct session_token first = make_token();
    world.judge.now.lo_ms += 3000;
    world.judge.now.hi_ms += 4000;
    assert_status(OK, log_in("p256"));
    const struct session_token second = make_token();
    assert_memory_equal(first.sid, second.sid, sizeof first.sid);
    assert_int_equal(first.abs_exp_ms, second.abs_exp_ms);
    assert_int_equal(first.exp_ms + 3000, second.exp_ms);
    assert_status(OK, log_in("ed25519"));
    const struct session_token other = make_token();
    assert_memory_not_equal(first.sid, other.sid, sizeof first.sid);
}

static void every_byte_of_a_challenge_counts(void **state)
{
    (void)state;
    login_world_example(&world, "p256", &example);
    for (size_t i = 0; i < 8 * sizeof example.challenge; i++) {
        example.challenge[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_status(AUTH_FAILED, prove());
        example.challenge[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    assert_status(OK, prove());
}

static void a_challenge_has_its_life(void **state)
{
    (void)state;
    login_world_example(&world, "p256", &example);
    world.judge.now.hi_ms += CHALLENGE_LIFE_MS - 1001;
    assert_status(OK, prove());
    world.judge.now.hi_ms++;
    assert_status(CHALLENGE_STALE, prove());
    /* Who logs in elsewhere has longer. */
    login_world_example(&world, "oidc", &example);
    assert_status(OK, prove());
    world.judge.now.hi_ms += CHALLENGE_LIFE_OIDC_MS;
    assert_status(CHALLENGE_STALE, prove());
}

static void what_was_signed_is_what_is_asked(void **state)
{
    uint8_t other[AUTH_TEXT_HASH];
    (void)state;
    login_world_example(&world, "p256", &example);
    const struct login good = example.login;
    example.login.user = BYTES_LITERAL("alic");
    assert_status(AUTH_FAILED, prove());
    example.login = good;
    example.login.purpose = AUTH_STEP_UP;
    assert_status(AUTH_FAILED, prove());
    example.login = good;
    example.login.cnf_type = AUTH_PASSKEY;
    assert_status(AUTH_FAILED, prove());
    example.login = good;
    memcpy(other, example.cnf, sizeof other);
    other[0] ^= 1;
    example.login.cnf = other;
    assert_status(AUTH_FAILED, prove());
    example.login = good;
    memcpy(other, world.tenant, sizeof other);
    other[0] ^= 1;
    example.login.tenant = other;
    assert_status(AUTH_FAILED, prove());
    example.login = good;
    example.login.detail = other;
    assert_status(AUTH_FAILED, prove());
    example.login = good;
    memcpy(other, world.domain, sizeof other);
    other[0] ^= 1;
    world.judge.domain = other;
    assert_status(AUTH_FAILED, prove());
    world.judge.domain = world.domain;
    world.keys.incarnation[0] ^= 1;
    assert_status(AUTH_FAILED, prove());
    world.keys.incarnation[0] ^= 1;
    assert_status(OK, prove());
}

static void a_proof_is_of_its_key(void **state)
{
    (void)state;
    login_world_example(&world, "p256", &example);
    struct login_example other;
    login_world_example(&world, "two", &other);
    struct login_proof good = example.login.proofs[0];
    example.login.proofs[0].proof = other.login.proofs[0].proof;
    assert_status(AUTH_FAILED, prove());
    example.login.proofs[0] = good;
    example.login.proofs[0].key = example.client.key;
    assert_status(AUTH_FAILED, prove());
    example.login.proofs[0] = good;
    example.login.proofs[0].scheme = AUTH_ED25519;
    assert_status(BAD_REQUEST, prove());
    /* The second one has to be right, too. */
    other.login.proofs[1].proof = other.login.proofs[0].proof;
    example = other;
    assert_status(AUTH_FAILED, prove());
}

static void some_things_prove_nothing(void **state)
{
    static const enum auth_scheme schemes[] = {(enum auth_scheme)0, AUTH_TOTP, AUTH_SERVICE,
                                               AUTH_SCHEMES};
    (void)state;
    login_world_example(&world, "p256", &example);
    example.login.count = 0;
    assert_status(BAD_REQUEST, prove());
    example.login.count = 3;
    assert_status(BAD_REQUEST, prove());
    example.login.count = 1;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        example.login.proofs[0].scheme = schemes[i];
        example.login.proofs[0].key = BYTES_LITERAL("sixteen bytes...");
        assert_status(BAD_REQUEST, prove());
    }
    login_world_example(&world, "oidc", &example);
    example.login.proofs[0].key = BYTES_LITERAL("a key of its own");
    assert_status(BAD_REQUEST, prove());
    world.judge.oidc = NULL;
    assert_status(OIDC_ISSUER, log_in("oidc"));
    world.judge.rules.origin_count = 0;
    assert_status(ORIGIN_UNLISTED, log_in("passkey"));
}

/* One key twice would look like two. */
static void two_of_one_scheme_are_no_second_factor(void **state)
{
    (void)state;
    login_world_example(&world, "two", &example);
    example.login.proofs[1] = example.login.proofs[0];
    assert_status(BAD_REQUEST, prove());
    /* Two keys of one scheme, as their bits say it. */
    assert_status(OK, log_in("two"));
    assert_int_equal(5, make_token().assurance);
    proven.factors = 1u << (AUTH_P256 - 1);
    assert_int_equal(4, make_token().assurance);
}

static void who_is_not_enrolled_does_not_get_in(void **state)
{
    (void)state;
    /* Statement after statement the keys of the user come. */
    static const char *const names[] = {"p256", "ed25519", "passkey", "oidc"};
    for (size_t count = 0; count <= 4; count++) {
        user_log = login_world_log(&world, count);
        for (size_t i = 0; i < 4; i++) {
            struct status status = log_in(names[i]);
            assert_string_equal(i < count ? "OK" : "AUTH_FAILED", status_name(status.code));
        }
        struct status status = log_in("two");
        assert_string_equal(count >= 2 ? "OK" : "AUTH_FAILED", status_name(status.code));
    }
}

static void a_login_is_later_than_the_last_revocation(void **state)
{
    (void)state;
    assert_status(CHALLENGE_STALE, log_in("before the revocation"));
    assert_status(OK, log_in("after the revocation"));
    user_log = login_world_log(&world, 4);
    assert_int_equal(0, user_log.auth_epoch);
    assert_status(OK, log_in("before the revocation"));
    /* Strangers are not told when a user revoked something. */
    user_log = login_world_log(&world, world.count);
    user_log.key_count = 0;
    assert_status(AUTH_FAILED, log_in("before the revocation"));
}

static void nobody_logs_in_as_who_is_frozen(void **state)
{
    (void)state;
    is_frozen = true;
    assert_status(FROZEN, log_in("p256"));
    user_log.key_count = 0;
    assert_status(AUTH_FAILED, log_in("p256"));
}

static void a_passkey_counts_from_when_it_was_enrolled(void **state)
{
    (void)state;
    assert_status(WEBAUTHN_COUNTER, log_in("passkey without counting"));
    counter = 5;
    assert_status(OK, log_in("passkey"));
    counter = 6;
    assert_status(WEBAUTHN_COUNTER, log_in("passkey"));
}

/* Browsers know the credential of a passkey, not its key. */
static void the_key_of_a_passkey_may_be_left_out(void **state)
{
    (void)state;
    login_world_example(&world, "passkey", &example);
    example.login.proofs[0].key = (struct bytes){NULL, 0};
    assert_status(OK, login_prove(&world.arena, &world.judge, &example.login, &user_log, &proven));
    assert_status(OK, admit());
    compare();
    assert_status(AUTH_FAILED, prove());
    user_log = login_world_log(&world, 2);
    assert_status(AUTH_FAILED,
                  login_prove(&world.arena, &world.judge, &example.login, &user_log, &proven));
}

static void a_new_root_takes_challenges_of_the_old_one(void **state)
{
    const struct secret32 next = {{9}};
    (void)state;
    assert_status(OK, root_keyring_install(world.roots, world.epoch + 1, &next));
    assert_status(OK, log_in("p256"));
    root_keyring_hold_back(world.roots, world.epoch + 1);
    assert_status(OK, log_in("p256"));
}

static void without_a_root_nobody_logs_in(void **state)
{
    const struct entropy entropy = entropy_system();
    struct root_keyring *none;
    uint32_t epoch;
    struct hmac_sha256_key key;
    (void)state;
    assert_status(OK, root_keyring_open(world.domain, &entropy, &none));
    world.keys.roots = none;
    assert_status(UNAVAILABLE, log_in("p256"));
    assert_status(UNAVAILABLE, session_keys_newest(&world.keys, &epoch, &key));
    world.keys.roots = world.roots;
    root_keyring_close(&none);
}

static void a_renewed_token_is_of_the_same_session(void **state)
{
    const struct login_session session = {.epoch = world.epoch + 1, .issuer = world.domain};
    (void)state;
    assert_status(OK, log_in("two"));
    const struct session_token first = make_token();
    struct session_token token = first;
    world.judge.now.lo_ms += 1000000;
    login_renew(&world.judge, &session, &token);
    assert_int_equal(4, token.assurance);
    assert_int_equal(first.factors, token.factors);
    assert_int_equal(first.iat_ms + 1000000, token.iat_ms);
    assert_int_equal(first.exp_ms + 1000000, token.exp_ms);
    assert_int_equal(world.epoch + 1, token.epoch);
    assert_memory_equal(world.domain, token.issuer, sizeof token.issuer);
    token.assurance = first.assurance;
    token.iat_ms = first.iat_ms;
    token.exp_ms = first.exp_ms;
    token.epoch = first.epoch;
    memcpy(token.issuer, first.issuer, sizeof token.issuer);
    assert_memory_equal(&first, &token, sizeof token);
}

static void a_session_ends_after_twelve_hours(void **state)
{
    const struct login_session session = {.epoch = world.epoch, .issuer = world.boot};
    (void)state;
    assert_status(OK, log_in("bearer"));
    struct session_token token = make_token();
    assert_int_equal(world.now_ms - 1000 + SESSION_LONGEST_MS, token.abs_exp_ms);
    world.judge.now.lo_ms = token.abs_exp_ms - 10;
    login_renew(&world.judge, &session, &token);
    assert_int_equal(token.abs_exp_ms, token.exp_ms);
    assert_int_equal(3, token.assurance);
}

static void a_step_up_is_for_one_request(void **state)
{
    uint8_t other[AUTH_TEXT_HASH];
    (void)state;
    assert_status(OK, log_in("p256"));
    const struct session_token token = make_token();
    assert_int_equal(4, login_stepped_up(&token, &proven));
    assert_status(OK, log_in("step-up"));
    assert_int_equal(5, login_stepped_up(&token, &proven));
    memcpy(other, example.detail, sizeof other);
    other[31] ^= 1;
    example.login.detail = other;
    assert_status(AUTH_FAILED, prove());
    example.login.detail = NULL;
    assert_status(AUTH_FAILED, prove());
}

static void a_bearer_does_not_step_up(void **state)
{
    (void)state;
    assert_status(OK, log_in("bearer"));
    const struct session_token token = make_token();
    assert_status(OK, log_in("step-up"));
    assert_int_equal(3, login_stepped_up(&token, &proven));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_scheme_logs_in),
        TEST(a_login_that_is_repeated_is_the_same_session),
        TEST(every_byte_of_a_challenge_counts),
        TEST(a_challenge_has_its_life),
        TEST(what_was_signed_is_what_is_asked),
        TEST(a_proof_is_of_its_key),
        TEST(some_things_prove_nothing),
        TEST(two_of_one_scheme_are_no_second_factor),
        TEST(who_is_not_enrolled_does_not_get_in),
        TEST(a_login_is_later_than_the_last_revocation),
        TEST(nobody_logs_in_as_who_is_frozen),
        TEST(a_passkey_counts_from_when_it_was_enrolled),
        TEST(the_key_of_a_passkey_may_be_left_out),
        TEST(a_new_root_takes_challenges_of_the_old_one),
        TEST(without_a_root_nobody_logs_in),
        TEST(a_renewed_token_is_of_the_same_session),
        TEST(a_session_ends_after_twelve_hours),
        TEST(a_step_up_is_for_one_request),
        TEST(a_bearer_does_not_step_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
