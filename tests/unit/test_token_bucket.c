#include "base/token_bucket.h"
#include "fixtures/unit.h"

static const uint64_t second = 1000000000;
static const struct token_bucket_rule two_a_second = {2, 3};

static unsigned take_all(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                         uint64_t now_ns)
{
    unsigned taken = 0;
    while (taken < 100 && token_bucket_take(bucket, rule, now_ns)) {
        taken++;
    }
    return taken;
}

static void a_burst_passes_and_then_the_rate(void **state)
{
    (void)state;
    struct token_bucket bucket;
    token_bucket_init(&bucket, &two_a_second, 5 * second);
    assert_int_equal(3, take_all(&bucket, &two_a_second, 5 * second));
    assert_int_equal(0, take_all(&bucket, &two_a_second, 5 * second + second / 2 - 1));
    assert_int_equal(1, take_all(&bucket, &two_a_second, 5 * second + second / 2));
    assert_int_equal(2, take_all(&bucket, &two_a_second, 6 * second + second / 2));
    assert_int_equal(3, take_all(&bucket, &two_a_second, 1000 * second));
}

static void hammering_while_refused_gains_nothing(void **state)
{
    (void)state;
    struct token_bucket bucket;
    token_bucket_init(&bucket, &two_a_second, 0);
    unsigned taken = 0;
    for (uint64_t now = 0; now <= 60 * second; now += second / 1000) {
        taken += token_bucket_take(&bucket, &two_a_second, now);
    }
    assert_int_equal(3 + 2 * 60, taken);
}

static void time_that_goes_back_or_jumps_to_the_end_is_harmless(void **state)
{
    (void)state;
    struct token_bucket bucket;
    token_bucket_init(&bucket, &two_a_second, 9 * second);
    assert_int_equal(3, take_all(&bucket, &two_a_second, 9 * second));
    assert_int_equal(0, take_all(&bucket, &two_a_second, 1));
    assert_int_equal(1, take_all(&bucket, &two_a_second, 9 * second + second / 2));
    assert_int_equal(3, take_all(&bucket, &two_a_second, UINT64_MAX));
}

static void what_is_owed_is_paid_first_and_is_one_burst_at_most(void **state)
{
    (void)state;
    struct token_bucket bucket;
    token_bucket_init(&bucket, &two_a_second, 0);
    token_bucket_charge(&bucket, &two_a_second, 1000000);
    assert_int_equal(0, take_all(&bucket, &two_a_second, 2 * second - 1));
    assert_int_equal(1, take_all(&bucket, &two_a_second, 2 * second));
    assert_int_equal(3, take_all(&bucket, &two_a_second, 4 * second));
}

static void the_largest_rule_does_not_overflow(void **state)
{
    (void)state;
    struct token_bucket_rule rule = {TOKEN_BUCKET_MAX, TOKEN_BUCKET_MAX};
    struct token_bucket bucket;
    token_bucket_init(&bucket, &rule, 0);
    token_bucket_charge(&bucket, &rule, UINT32_MAX);
    assert_false(token_bucket_take(&bucket, &rule, second - 1));
    assert_true(token_bucket_take(&bucket, &rule, second + 1));
    assert_true(token_bucket_take(&bucket, &rule, UINT64_MAX));
}

static void a_rate_of_zero_is_no_limit(void **state)
{
    (void)state;
    struct token_bucket_rule rule = {0, 0};
    struct token_bucket bucket;
    token_bucket_init(&bucket, &rule, 0);
    token_bucket_charge(&bucket, &rule, 1000);
    assert_int_equal(100, take_all(&bucket, &rule, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_passes_and_then_the_rate),
        cmocka_unit_test(hammering_while_refused_gains_nothing),
        cmocka_unit_test(time_that_goes_back_or_jumps_to_the_end_is_harmless),
        cmocka_unit_test(what_is_owed_is_paid_first_and_is_one_burst_at_most),
        cmocka_unit_test(the_largest_rule_does_not_overflow),
        cmocka_unit_test(a_rate_of_zero_is_no_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
