#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "authenticators/totp.h"
#include "fixtures/unit.h"

/* That of the tables below. */
static const struct totp_secret published = {"12345678901234567890"};

static struct status check(const struct totp_secret *secret, const char *code, uint64_t now_ms,
                           uint64_t last_step, uint64_t *ret_step)
{
    const struct totp_time time = {now_ms, last_step};
    *ret_step = 7;
    return totp_check(secret, bytes_of(code), &time, ret_step);
}

/* What the code of a step must be, by OpenSSL and a division. */
static const char *code_at(const struct totp_secret *secret, uint64_t step)
{
    static char ret[TOTP_DIGITS + 1];
    uint8_t counter[8];
    uint8_t mac[20];
    for (size_t i = 0; i < sizeof counter; i++) {
        counter[i] = (uint8_t)(step >> (56 - 8 * i));
    }
    HMAC(EVP_sha1(), secret->b, sizeof secret->b, counter, sizeof counter, mac, NULL);
    const uint8_t *at = mac + (mac[19] & 15);
    unsigned word = (at[0] & 127u) << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3];
    snprintf(ret, sizeof ret, "%06u", word % 1000000);
    return ret;
}

static void check_taken(const char *code, uint64_t now_ms, uint64_t last_step, uint64_t step)
{
    uint64_t found;
    assert_status(OK, check(&published, code, now_ms, last_step, &found));
    assert_int_equal(step, found);
}

static void check_refused(const char *code, uint64_t now_ms, uint64_t last_step)
{
    uint64_t found;
    assert_status(AUTH_FAILED, check(&published, code, now_ms, last_step, &found));
    assert_int_equal(0, found);
}

/* RFC 6238, appendix B, those of SHA-1: the last six of their eight digits. */
static void the_published_times(void **state)
{
    (void)state;
    static const struct {
        uint64_t seconds;
        const char *code;
    } table[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                 {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint64_t step = table[i].seconds / 30;
        check_taken(table[i].code, table[i].seconds * 1000, 0, step);
        check_taken(table[i].code, table[i].seconds * 1000 + 999, step - 1, step);
    }
}

/* RFC 4226, appendix D; nobody counts from 0 here. */
static const char *const counted[] = {"755224", "287082", "359152", "969429", "338314",
                                      "254676", "287922", "162583", "399871", "520489"};

static void the_published_counts(void **state)
{
    (void)state;
    for (uint64_t step = 1; step < 10; step++) {
        check_taken(counted[step], step * TOTP_STEP_MS, 0, step);
    }
    check_refused(counted[0], 0, 0);
    check_refused(counted[0], TOTP_STEP_MS, 0);
}

static void a_code_counts_one_step_around_its_own(void **state)
{
    (void)state;
    const uint64_t begin = 5 * (uint64_t)TOTP_STEP_MS;
    check_refused(counted[5], begin - TOTP_STEP_MS - 1, 0);
    check_taken(counted[5], begin - TOTP_STEP_MS, 0, 5);
    check_taken(counted[5], begin, 0, 5);
    check_taken(counted[5], begin + 2 * TOTP_STEP_MS - 1, 0, 5);
    check_refused(counted[5], begin + 2 * TOTP_STEP_MS, 0);
}

static void a_step_is_taken_once_and_none_before_it(void **state)
{
    (void)state;
    const uint64_t now = 5 * (uint64_t)TOTP_STEP_MS;
    check_taken(counted[6], now, 5, 6);
    check_refused(counted[6], now, 6);
    check_refused(counted[5], now, 5);
    check_refused(counted[5], now, 6);
    check_refused(counted[4], now, 5);
    check_refused(counted[4], now, 4);
    check_taken(counted[4], now, 3, 4);
    check_refused(counted[6], now, UINT64_MAX);
}

/* Found by search: of the secret above, these two steps have one code. */
static void of_two_steps_with_one_code_the_later_is_taken(void **state)
{
    (void)state;
    const uint64_t first = 910737;
    check_taken("911617", first * TOTP_STEP_MS, 0, first + 1);
    check_taken("911617", first * TOTP_STEP_MS, first, first + 1);
    check_refused("911617", first * TOTP_STEP_MS, first + 1);
    check_taken("911617", (first - 1) * TOTP_STEP_MS, 0, first);
}

/* Found by search: what is divided at this step is 1,970 million. */
static void a_code_may_be_zeros(void **state)
{
    (void)state;
    check_taken("000000", 1290532 * (uint64_t)TOTP_STEP_MS, 0, 1290532);
    check_refused("000000", 1290530 * (uint64_t)TOTP_STEP_MS, 0);
}

static void at_the_ends_of_time_nothing_wraps(void **state)
{
    (void)state;
    const uint64_t last = UINT64_MAX / TOTP_STEP_MS;
    uint64_t found;
    check_refused(code_at(&published, UINT64_MAX), 0, 0); /* a step before the first one */
    assert_status(AUTH_FAILED, check(&published, "000000", UINT64_MAX, last + 1, &found));
    check_taken(counted[1], 0, 0, 1);
}

static void a_code_is_six_digits(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "8",
                                      "87082",
                                      "0287082",
                                      "2870820",
                                      " 287082",
                                      "287082\n",
                                      "28708 ",
                                      "28708a",
                                      "+87082",
                                      "-87082",
                                      "28708/",
                                      "28707<",
                                      "28709(",
                                      "28708:",
                                      "0x4616a",
                                      "2870.2",
                                      "\xd9\xa2"
                                      "87082"};
    static const char *const short_of[] = {"5924", "05924", "0005924"};
    check_taken("287082", 59000, 0, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        check_refused(bad[i], 59000, 0);
    }
    for (size_t i = 0; i < sizeof short_of / sizeof short_of[0]; i++) {
        check_refused(short_of[i], 1234567890000, 0);
    }
}

static void random_secrets_agree_with_openssl(void **state)
{
    (void)state;
    struct totp_secret secret;
    for (uint64_t i = 1; i < 3000; i++) {
        char code[TOTP_DIGITS + 1];
        uint64_t found;
        uint64_t step = i * i * 37;
        for (size_t j = 0; j < sizeof secret.b; j++) {
            secret.b[j] = (uint8_t)(i * 7 + j * i);
        }
        memcpy(code, code_at(&secret, step), sizeof code);
        assert_status(OK, check(&secret, code, step * TOTP_STEP_MS + i, step - 1, &found));
        assert_int_equal(step, found);
        code[i % 6] = code[i % 6] == '9' ? '0' : (char)(code[i % 6] + 1);
        assert_status(AUTH_FAILED, check(&secret, code, step * TOTP_STEP_MS + i, 0, &found));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_times),
        cmocka_unit_test(the_published_counts),
        cmocka_unit_test(a_code_counts_one_step_around_its_own),
        cmocka_unit_test(a_step_is_taken_once_and_none_before_it),
        cmocka_unit_test(of_two_steps_with_one_code_the_later_is_taken),
        cmocka_unit_test(a_code_may_be_zeros),
        cmocka_unit_test(at_the_ends_of_time_nothing_wraps),
        cmocka_unit_test(a_code_is_six_digits),
        cmocka_unit_test(random_secrets_agree_with_openssl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
