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

static uint64_t charge(struct token_bucket *bucket, uint32_t tokens, uint32_t paid, uint64_t now_ns)
{
    const struct token_bucket_price price = {tokens, paid};
    return token_bucket_charge(bucket, &two_a_second, price, now_ns);
}

static void what_is_owed_is_paid_first_and_all_of_it(void **state)
{
    (void)state;
    struct token_bucket bucket;
    token_bucket_init(&bucket, &two_a_second, 0);
    token_bucket_owe(&bucket, &two_a_second, 1003);
    assert_int_equal(0, take_all(&bucket, &two_a_second, 500 * second + second / 2 - 1));
    assert_int_equal(1, take_all(&bucket, &two_a_second, 500 * second + second / 2));
    assert_int_equal(3, take_all(&bucket, &two_a_second, 502 * second));
}

static void a_price_is_taken_whole_or_not_at_all(void **state)
{
    (void)state;
    struct token_bucket bucket;
    token_bucket_init(&bucket, &two_a_second, 0);
    assert_int_equal(0, charge(&bucket, 2, 0, 0));
    assert_int_equal(second / 2, charge(&bucket, 2, 0, 0));
    assert_int_equal(1, charge(&bucket, 2, 0, second / 2 - 1));
    assert_int_equal(1, take_all(&bucket, &two_a_second, second / 2 - 1));
    assert_int_equal(0, charge(&bucket, 0, 0, second / 2 - 1));
}

/* Work is bounded over time, whatever is asked for: only who has rested gets more than a burst. */
static void what_costs_more_than_a_burst_needs_a_full_bucket_and_leaves_it_owing(void **state)
{
    (void)state;
    struct token_bucket bucket;
    token_bucket_init(&bucket, &two_a_second, 0);
    assert_int_equal(0, charge(&bucket, 100, 0, 0));
    assert_int_equal(50 * second, charge(&bucket, 100, 0, 0));
    assert_int_equal(1, charge(&bucket, 3, 0, 50 * second - 1));
    assert_int_equal(0, charge(&bucket, 100, 0, 50 * second));
    uint64_t done = 0;
    for (uint64_t now = 50 * second; now <= 1050 * second; now += second / 10) {
        done += charge(&bucket, 100, 0, now) == 0 ? 100 : 0;
    }
    assert_int_equal(20 * 100, done);
}

/* Who has paid a part of something gets it, where nothing is owed; and who waits as long as he is
 * told to gets all of it. */
static void what_is_paid_in_part_is_not_refused_but_for_a_debt(void **state)
{
    (void)state;
    struct token_bucket bucket;
    token_bucket_init(&bucket, &two_a_second, 0);
    assert_int_equal(0, charge(&bucket, 2, 0, 0));
    assert_int_equal(0, charge(&bucket, 1, 0, 0));
    assert_int_equal(0, charge(&bucket, 50, 2, 0));
    uint64_t wait_ns = charge(&bucket, 10, 1, 0);
    assert_int_equal(51 * second / 2, wait_ns);
    assert_int_equal(1, charge(&bucket, 1, 0, wait_ns - 1));
    assert_int_equal(0, charge(&bucket, 1, 0, wait_ns));
    assert_int_equal(0, charge(&bucket, 10, 1, wait_ns));
}

/* Nobody who comes too early, again and again, pays for what he does not get. */
static void who_does_not_wait_gets_what_the_rate_allows(void **state)
{
    (void)state;
    struct token_bucket bucket;
    uint64_t done = 0;
    token_bucket_init(&bucket, &two_a_second, 0);
    for (uint64_t now = 0; now < 1000 * second; now += second / 10) {
        if (charge(&bucket, 1, 0, now) == 0 && charge(&bucket, 9, 1, now) == 0) {
            done += 10;
        }
    }
    assert_in_range(done, 1990, 2010);
}

static void the_largest_rule_does_not_overflow(void **state)
{
    (void)state;
    const struct token_bucket_rule rule = {TOKEN_BUCKET_MAX, TOKEN_BUCKET_MAX};
    const struct token_bucket_rule slow = {1, TOKEN_BUCKET_MAX};
    const struct token_bucket_price most = {UINT32_MAX, 0};
    const struct token_bucket_price paid = {UINT32_MAX, UINT32_MAX};
    struct token_bucket bucket;
    token_bucket_init(&bucket, &rule, 0);
    token_bucket_owe(&bucket, &rule, UINT32_MAX);
    assert_false(token_bucket_take(&bucket, &rule, second - 1));
    assert_true(token_bucket_take(&bucket, &rule, second + 1));
    assert_true(token_bucket_take(&bucket, &rule, UINT64_MAX));
    token_bucket_init(&bucket, &slow, 0);
    for (unsigned i = 0; i < 3; i++) {
        token_bucket_owe(&bucket, &slow, UINT32_MAX);
    }
    assert_int_equal(2000000000 * second, token_bucket_charge(&bucket, &slow, most, 0));
    assert_int_equal(2000000000 * second, token_bucket_charge(&bucket, &slow, paid, 0));
    token_bucket_init(&bucket, &slow, 0);
    assert_int_equal(0, token_bucket_charge(&bucket, &slow, paid, 0));
    token_bucket_init(&bucket, &slow, 0);
    assert_int_equal(0, token_bucket_charge(&bucket, &slow, most, 0));
}

static void a_rate_of_zero_is_no_limit(void **state)
{
    (void)state;
    struct token_bucket_rule rule = {0, 0};
    struct token_bucket bucket;
    token_bucket_init(&bucket, &rule, 0);
    token_bucket_owe(&bucket, &rule, 1000);
    assert_int_equal(0, token_bucket_charge(&bucket, &rule, (struct token_bucket_price){9, 9}, 0));
    assert_int_equal(100, take_all(&bucket, &rule, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_passes_and_then_the_rate),
        cmocka_unit_test(hammering_while_refused_gains_nothing),
        cmocka_unit_test(time_that_goes_back_or_jumps_to_the_end_is_harmless),
        cmocka_unit_test(what_is_owed_is_paid_first_and_all_of_it),
        cmocka_unit_test(a_price_is_taken_whole_or_not_at_all),
        cmocka_unit_test(what_costs_more_than_a_burst_needs_a_full_bucket_and_leaves_it_owing),
        cmocka_unit_test(what_is_paid_in_part_is_not_refused_but_for_a_debt),
        cmocka_unit_test(who_does_not_wait_gets_what_the_rate_allows),
        cmocka_unit_test(the_largest_rule_does_not_overflow),
        cmocka_unit_test(a_rate_of_zero_is_no_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
