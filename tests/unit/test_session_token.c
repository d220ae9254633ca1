#include "codec/base64.h"
#include "fixtures/unit.h"
#include "sessions/session_token.h"

static const uint8_t domain[AUTH_TEXT_HASH] = {1};
static struct hmac_sha256_key key;
static uint8_t memory[SESSION_TOKEN_TEXT_MAX];

static struct session_token sample(size_t user_len)
{
    struct session_token token = {.epoch = 3,
                                  .user_len = (uint8_t)user_len,
                                  .auth_epoch = 5,
                                  .assurance = 4,
                                  .factors = 0x11,
                                  .cnf_type = AUTH_P256,
                                  .scope = 0x2f,
                                  .iat_ms = 1000000,
                                  .exp_ms = 1900000,
                                  .abs_exp_ms = 44200000};
    memset(token.sid, 0x51, sizeof token.sid);
    memset(token.tenant, 0x52, sizeof token.tenant);
    memset(token.user, 'u', user_len);
    memset(token.client, 0x53, sizeof token.client);
    memset(token.issuer, 0x54, sizeof token.issuer);
    return token;
}

static struct bytes text_of(const struct session_token *token)
{
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(OK, session_token_put(&key, domain, token, &out));
    return buf_bytes(&out);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (size_t len = 0; len <= AUTH_TEXT_USER; len++) {
        struct session_token token = sample(len);
        struct session_token read;
        uint32_t epoch;
        struct bytes text = text_of(&token);
        assert_true(bytes_starts(text, BYTES_LITERAL("cfs1.")));
        assert_status(OK, session_token_epoch(text, &epoch));
        assert_int_equal(3, epoch);
        assert_status(OK, session_token_read(&key, domain, text, &read));
        assert_memory_equal(&token, &read, sizeof token);
    }
}

static void refuse(struct bytes text)
{
    struct session_token read;
    memset(&read, 1, sizeof read);
    assert_status(AUTH_FAILED, session_token_read(&key, domain, text, &read));
    assert_int_equal(0, read.epoch | read.user_len | read.assurance);
}

static void every_character_counts(void **state)
{
    (void)state;
    struct session_token token = sample(5);
    struct bytes text = text_of(&token);
    for (size_t i = 0; i < text.len; i++) {
        for (unsigned c = 0; c < 256; c += 1 + (c % 7)) {
            uint8_t kept = memory[i];
            memory[i] = (uint8_t)c;
            if (c != kept) {
                refuse(text);
            }
            memory[i] = kept;
        }
        refuse(bytes_slice(text, 0, i));
        refuse(bytes_slice(text, i + 1, text.len));
    }
    memory[text.len] = 'A';
    refuse((struct bytes){memory, text.len + 1});
    refuse((struct bytes){memory, sizeof memory});
}

/* Who knows the key may write what no node writes. */
static void a_body_is_read_to_its_end_and_not_further(void **state)
{
    (void)state;
    struct session_token token = sample(5);
    struct bytes text = text_of(&token);
    uint8_t body[SESSION_TOKEN_BODY_MAX + 1] = {0};
    struct buf plain = buf_over(body, sizeof body);
    assert_status(OK, base64_read_url(bytes_slice(text, 5, text.len - 5 - 44), &plain));
    for (int change = -5; change <= 5; change++) {
        uint8_t code[SHA256_BYTES];
        uint8_t made[SESSION_TOKEN_TEXT_MAX + 8];
        struct buf out = buf_over(made, sizeof made);
        struct hmac_sha256 hmac;
        struct bytes changed = {body, (size_t)((int)plain.len + change)};
        hmac_sha256_init(&hmac, &key);
        hmac_sha256_update(&hmac, BYTES_LITERAL("coffer/session/1"));
        hmac_sha256_update(&hmac, BYTES_ARRAY(domain));
        hmac_sha256_update(&hmac, changed);
        hmac_sha256_final(&hmac, code);
        buf_put_text(&out, "cfs1.");
        base64_put_url(&out, changed);
        buf_put_text(&out, ".");
        base64_put_url(&out, BYTES_ARRAY(code));
        struct session_token read;
        struct status status = session_token_read(&key, domain, buf_bytes(&out), &read);
        assert_int_equal(change == 0 ? STATUS_OK : STATUS_AUTH_FAILED, status.code);
    }
}

static void another_domain_or_key_is_another_token(void **state)
{
    (void)state;
    static const uint8_t other[AUTH_TEXT_HASH] = {2};
    struct session_token token = sample(5);
    struct session_token read;
    struct hmac_sha256_key wrong;
    struct bytes text = text_of(&token);
    assert_status(AUTH_FAILED, session_token_read(&key, other, text, &read));
    hmac_sha256_key_init(&wrong, BYTES_ARRAY(other));
    assert_status(AUTH_FAILED, session_token_read(&wrong, domain, text, &read));
}

static void time_is_judged_for_denial(void **state)
{
    (void)state;
    struct session_token token = sample(5);
    assert_status(OK, session_token_check_time(&token, 1000000, 1899999));
    assert_status(SESSION_EXPIRED, session_token_check_time(&token, 1000000, 1900000));
    assert_status(SESSION_EXPIRED, session_token_check_time(&token, 994999, 1000000));
    token.abs_exp_ms = 1500000;
    assert_status(SESSION_EXPIRED, session_token_check_time(&token, 1000000, 1500000));
}

static int make_key(void **state)
{
    (void)state;
    static const uint8_t secret[32] = {7};
    hmac_sha256_key_init(&key, BYTES_ARRAY(secret));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(every_character_counts),
        cmocka_unit_test(a_body_is_read_to_its_end_and_not_further),
        cmocka_unit_test(another_domain_or_key_is_another_token),
        cmocka_unit_test(time_is_judged_for_denial),
    };
    return cmocka_run_group_tests(tests, make_key, NULL);
}
