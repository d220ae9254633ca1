#include "digest/hmac_sha256.h"
#include "digest/keyed_sum.h"
#include "fixtures/unit.h"
#include "identity/replay.h"

static const uint8_t app_one[REPLAY_APP] = {[31] = 1};
static const uint8_t app_two[REPLAY_APP] = {[0] = 1, [31] = 1};
static struct mem mem;

static struct replay *memory_of(uint32_t per_app, size_t cap)
{
    struct entropy entropy = entropy_system();
    struct replay *replay;
    mem_init(&mem, cap);
    assert_status(OK, replay_open(per_app, &entropy, &mem, &replay));
    return replay;
}

static void iv_of(uint32_t number, uint8_t ret[static AEAD_IV])
{
    memset(ret, 0, AEAD_IV);
    memcpy(ret, &number, sizeof number);
}

static struct status no_entropy(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0, len);
    return FAIL(ENTROPY);
}

static void without_entropy_or_memory_there_is_nothing(void **state)
{
    (void)state;
    struct entropy bad = {NULL, no_entropy};
    struct entropy good = entropy_system();
    struct replay *replay = NULL;
    mem_init(&mem, SIZE_MAX);
    assert_status(ENTROPY, replay_open(1, &bad, &mem, &replay));
    mem_init(&mem, 100);
    assert_status(NO_MEMORY, replay_open(1, &good, &mem, &replay));
    assert_null(replay);
    replay_close(&replay);
}

static void an_envelope_is_taken_once(void **state)
{
    (void)state;
    struct replay *replay = memory_of(100000, SIZE_MAX);
    struct p384_point sender = {{4, 1}};
    uint8_t iv[AEAD_IV];
    for (uint32_t i = 0; i < 50000; i++) {
        iv_of(i, iv);
        assert_status(OK, replay_remember(replay, app_one, &sender, iv));
    }
    for (uint32_t i = 0; i < 50000; i++) {
        iv_of(i, iv);
        assert_status(ENVELOPE_REPLAYED, replay_remember(replay, app_one, &sender, iv));
    }
    replay_close(&replay);
    assert_int_equal(0, mem_used(&mem));
}

static void every_bit_of_sender_and_iv_counts_and_apps_are_apart(void **state)
{
    (void)state;
    struct replay *replay = memory_of(100000, SIZE_MAX);
    struct p384_point sender = {{4, 1}};
    uint8_t iv[AEAD_IV] = {1};
    assert_status(OK, replay_remember(replay, app_one, &sender, iv));
    for (size_t bit = 0; bit < 8 * sizeof iv; bit++) {
        iv[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(OK, replay_remember(replay, app_one, &sender, iv));
        iv[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * sizeof sender; bit++) {
        sender.sec1[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(OK, replay_remember(replay, app_one, &sender, iv));
        sender.sec1[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_status(ENVELOPE_REPLAYED, replay_remember(replay, app_one, &sender, iv));
    assert_status(OK, replay_remember(replay, app_two, &sender, iv));
    assert_status(ENVELOPE_REPLAYED, replay_remember(replay, app_two, &sender, iv));
    replay_close(&replay);
}

static void beyond_the_bound_an_app_is_refused_for_good(void **state)
{
    (void)state;
    struct replay *replay = memory_of(1000, SIZE_MAX);
    struct p384_point sender = {{4, 1}};
    uint8_t iv[AEAD_IV];
    for (uint32_t i = 0; i < 1000; i++) {
        iv_of(i, iv);
        assert_status(OK, replay_remember(replay, app_one, &sender, iv));
    }
    for (uint32_t i = 1000; i < 1100; i++) {
        iv_of(i, iv);
        assert_status(V1_EXHAUSTED, replay_remember(replay, app_one, &sender, iv));
    }
    iv_of(7, iv);
    assert_status(ENVELOPE_REPLAYED, replay_remember(replay, app_one, &sender, iv));
    assert_status(OK, replay_remember(replay, app_two, &sender, iv));
    replay_close(&replay);
}

static void without_memory_for_more_it_refuses_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct replay *replay = memory_of(1u << 20, 100000);
    struct p384_point sender = {{4, 1}};
    uint8_t iv[AEAD_IV];
    uint32_t taken = 0;
    struct status status = OK;
    for (uint32_t i = 0; i < 100000; i++) {
        iv_of(i, iv);
        status = replay_remember(replay, app_one, &sender, iv);
        taken += status_is_ok(status);
    }
    assert_true(taken > 1000 && taken < 20000);
    assert_int_equal(STATUS_V1_EXHAUSTED, status.code);
    iv_of(0, iv);
    assert_status(ENVELOPE_REPLAYED, replay_remember(replay, app_one, &sender, iv));
    assert_true(mem_peak(&mem) <= 100000);
    uint8_t app[REPLAY_APP] = {0};
    for (uint32_t i = 0; i < 100; i++) {
        app[31] = (uint8_t)i;
        app[1] = 9;
        status = replay_remember(replay, app, &sender, iv);
    }
    assert_int_equal(STATUS_V1_EXHAUSTED, status.code);
    replay_close(&replay);
    assert_int_equal(0, mem_used(&mem));
}

/* So many envelopes of an app until it is refused. */
static uint32_t fill(struct replay *replay, const uint8_t app[static REPLAY_APP])
{
    struct p384_point sender = {{4, 1}};
    uint8_t iv[AEAD_IV];
    uint32_t taken = 0;
    iv_of(taken, iv);
    while (taken < 1u << 20 && status_is_ok(replay_remember(replay, app, &sender, iv))) {
        taken++;
        iv_of(taken, iv);
    }
    return taken;
}

static void however_many_apps_take_all_they_can_the_next_gets_something(void **state)
{
    (void)state;
    struct replay *replay = memory_of(1u << 20, 8u << 20);
    uint8_t app[REPLAY_APP] = {[1] = 9};
    for (uint8_t i = 0; i < 4; i++) {
        app[31] = i;
        assert_true(fill(replay, app) > 1000);
    }
    assert_true(mem_peak(&mem) <= 8u << 20);
    replay_close(&replay);
    assert_int_equal(0, mem_used(&mem));
}

/* The key of what is remembered lies first: with another one, nothing would be known any more. */
static void every_flipped_bit_of_the_key_is_found(void **state)
{
    (void)state;
    struct replay *replay = memory_of(8, 1u << 20);
    struct p384_point sender = {{4, 1}};
    uint8_t iv[AEAD_IV];
    uint8_t *memory = (uint8_t *)replay;
    iv_of(1, iv);
    assert_status(OK, replay_remember(replay, app_one, &sender, iv));
    size_t len = sizeof(struct hmac_sha256_key) + sizeof(struct keyed_sum_key) + KEYED_SUM_BYTES;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        memory[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(SELF_CHECK, replay_remember(replay, app_one, &sender, iv));
        memory[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_status(ENVELOPE_REPLAYED, replay_remember(replay, app_one, &sender, iv));
    replay_close(&replay);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_bit_of_the_key_is_found),
        cmocka_unit_test(without_entropy_or_memory_there_is_nothing),
        cmocka_unit_test(an_envelope_is_taken_once),
        cmocka_unit_test(every_bit_of_sender_and_iv_counts_and_apps_are_apart),
        cmocka_unit_test(beyond_the_bound_an_app_is_refused_for_good),
        cmocka_unit_test(without_memory_for_more_it_refuses_and_keeps_what_it_has),
        cmocka_unit_test(however_many_apps_take_all_they_can_the_next_gets_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
