#include "fixtures/vector_file.h"
#include "sessions/challenge.h"

static struct status fill(void *state, uint8_t *out, size_t len)
{
    (void)state;
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(i + 1);
    }
    return OK;
}

static const struct entropy entropy = {NULL, fill};
static uint8_t domain[AUTH_TEXT_HASH];
static uint8_t tenant[AUTH_TEXT_HASH];
static uint8_t cnf[AUTH_TEXT_HASH];
static uint8_t expected[AUTH_TEXT_CHALLENGE];
static struct hmac_sha256_key key;
static struct challenge_about about;

enum { ISSUED_AT = 2 }; /* behind version and purpose */

static struct status check_at(const struct challenge_about *what, const uint8_t *challenge,
                              uint64_t now_ms, uint64_t *ret_ms)
{
    const struct challenge_time time = {now_ms, CHALLENGE_LIFE_MS};
    return challenge_check(&key, what, challenge, &time, ret_ms);
}

static int read_vector(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("users.json");
    memcpy(domain, vector_file_hex(&root, "D").ptr, sizeof domain);
    memcpy(tenant, vector_file_hex(&root, "T").ptr, sizeof tenant);
    memcpy(cnf, vector_file_hex(&root, "cnf").ptr, sizeof cnf);
    memcpy(expected, vector_file_hex(&root, "challenge").ptr, sizeof expected);
    hmac_sha256_key_init(&key, vector_file_hex(&root, "session_key"));
    about = (struct challenge_about){
        {domain, tenant}, AUTH_LOGIN, BYTES_LITERAL("alice"), AUTH_P256, cnf};
    return 0;
}

static uint64_t issued_ms(void)
{
    uint64_t ms = 0;
    for (size_t i = 0; i < 6; i++) {
        ms = ms << 8 | expected[ISSUED_AT + i];
    }
    return ms;
}

static void it_is_that_of_the_vectors(void **state)
{
    (void)state;
    uint8_t made[AUTH_TEXT_CHALLENGE];
    uint64_t ms;
    assert_status(OK, challenge_make(&key, &about, &entropy, issued_ms(), made));
    assert_memory_equal(expected, made, sizeof made);
    assert_status(OK, check_at(&about, expected, issued_ms() + CHALLENGE_LIFE_MS - 1, &ms));
    assert_int_equal(issued_ms(), ms);
}

static void it_has_a_beginning_and_an_end(void **state)
{
    (void)state;
    uint64_t ms = 1;
    assert_status(CHALLENGE_STALE,
                  check_at(&about, expected, issued_ms() + CHALLENGE_LIFE_MS, &ms));
    assert_int_equal(0, ms);
    assert_status(CHALLENGE_STALE, check_at(&about, expected, issued_ms() - 5001, &ms));
    assert_status(OK, check_at(&about, expected, issued_ms() - 5000, &ms));
}

static void refuse(const struct challenge_about *other, const uint8_t *challenge)
{
    uint64_t ms;
    assert_status(AUTH_FAILED, check_at(other, challenge, issued_ms(), &ms));
}

static void it_is_for_one_thing_only(void **state)
{
    (void)state;
    uint8_t changed[AUTH_TEXT_HASH];
    for (size_t i = 0; i < sizeof expected; i++) {
        memcpy(changed, expected, sizeof changed);
        changed[i] ^= 1;
        refuse(&about, changed);
    }
    struct challenge_about other = about;
    other.user = BYTES_LITERAL("alic");
    refuse(&other, expected);
    other.user = BYTES_LITERAL("");
    refuse(&other, expected);
    other = about;
    other.purpose = AUTH_STEP_UP;
    refuse(&other, expected);
    other = about;
    other.cnf_type = AUTH_EIP191;
    refuse(&other, expected);
    memcpy(changed, cnf, sizeof changed);
    changed[31] ^= 1;
    other = about;
    other.cnf = changed;
    refuse(&other, expected);
    memcpy(changed, tenant, sizeof changed);
    changed[0] ^= 1;
    other = about;
    other.place.tenant = changed;
    refuse(&other, expected);
    memcpy(changed, domain, sizeof changed);
    changed[0] ^= 1;
    other = about;
    other.place.domain = changed;
    refuse(&other, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_that_of_the_vectors),
        cmocka_unit_test(it_has_a_beginning_and_an_end),
        cmocka_unit_test(it_is_for_one_thing_only),
    };
    return cmocka_run_group_tests(tests, read_vector, NULL);
}
