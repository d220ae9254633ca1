#include <string.h>

#include "base/rate_table.h"
#include "fixtures/unit.h"

static struct mem memory;
static const struct token_bucket_rule rule = {10, 3};
static const uint64_t second = 1000000000;

static struct rate_table *enter(void)
{
    struct rate_table *table = NULL;
    struct entropy entropy = entropy_system();
    mem_init(&memory, 4 << 20);
    assert_status(OK, rate_table_new(&memory, &rule, &entropy, &table));
    assert_non_null(table);
    return table;
}

static void leave(struct rate_table *table)
{
    rate_table_free(&memory, &table);
    assert_null(table);
    rate_table_free(&memory, &table);
    assert_int_equal(0, mem_used(&memory));
}

static void without_a_limit_there_is_no_table(void **state)
{
    (void)state;
    const struct token_bucket_rule none = {0, 1};
    struct rate_table *table = NULL;
    struct entropy entropy = entropy_system();
    mem_init(&memory, 1);
    assert_status(OK, rate_table_new(&memory, &none, &entropy, &table));
    assert_null(table);
    for (int i = 0; i < 1000; i++) {
        assert_true(rate_table_take(table, (struct rate_table_key){1, 1}, 0));
    }
    const struct token_bucket_price dear = {1000, 0};
    rate_table_owe(table, (struct rate_table_key){1, 1}, 1000, 0);
    assert_int_equal(0, rate_table_charge(table, (struct rate_table_key){1, 1}, dear, 0));
    assert_status(NO_MEMORY, rate_table_new(&memory, &rule, &entropy, &table));
    assert_null(table);
}

static struct status nothing(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0, len);
    return FAIL(ENTROPY);
}

/* A set of a table whose numbers are known can be filled on purpose. */
static void without_entropy_there_is_none_either(void **state)
{
    (void)state;
    const struct entropy entropy = {NULL, nothing};
    struct rate_table *table = (struct rate_table *)&memory;
    mem_init(&memory, 4 << 20);
    assert_status(ENTROPY, rate_table_new(&memory, &rule, &entropy, &table));
    assert_null(table);
    assert_int_equal(0, mem_used(&memory));
}

static void each_has_a_burst_and_then_its_rate(void **state)
{
    (void)state;
    struct rate_table *table = enter();
    const struct rate_table_key one = {7, 1};
    const struct rate_table_key other = {8, 1};
    const struct rate_table_key same_number = {7, 2};
    for (int i = 0; i < 3; i++) {
        assert_true(rate_table_take(table, one, second));
    }
    assert_false(rate_table_take(table, one, second));
    assert_true(rate_table_take(table, other, second));
    assert_true(rate_table_take(table, same_number, second));
    assert_true(rate_table_take(table, one, second + second / 10));
    assert_false(rate_table_take(table, one, second + second / 10));
    leave(table);
}

/* One counts what several do together, and each is charged for himself. */
static void a_price_is_one_callers(void **state)
{
    (void)state;
    struct rate_table *table = enter();
    const struct rate_table_key one = {7, 1};
    const struct rate_table_key other = {8, 1};
    const struct token_bucket_price dear = {50, 0};
    assert_int_equal(0, rate_table_charge(table, one, dear, second));
    assert_int_equal(5 * second, rate_table_charge(table, one, dear, second));
    assert_false(rate_table_take(table, one, second));
    assert_true(rate_table_take(table, other, second));
    rate_table_owe(table, other, 12, second);
    assert_int_equal(second + 3 * second / 10, rate_table_charge(table, other, dear, second));
    assert_int_equal(0, rate_table_charge(table, one, dear, 6 * second));
    leave(table);
}

/* However many others come, who has just been refused stays refused. */
static void a_busy_one_is_not_forgotten(void **state)
{
    (void)state;
    struct rate_table *table = enter();
    const struct rate_table_key busy = {1, 1};
    for (int i = 0; i < 3; i++) {
        assert_true(rate_table_take(table, busy, second));
    }
    for (uint64_t i = 0; i < 200000; i++) {
        assert_true(rate_table_take(table, (struct rate_table_key){i, 2}, second));
    }
    assert_false(rate_table_take(table, busy, second));
    leave(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_limit_there_is_no_table),
        cmocka_unit_test(without_entropy_there_is_none_either),
        cmocka_unit_test(each_has_a_burst_and_then_its_rate),
        cmocka_unit_test(a_price_is_one_callers),
        cmocka_unit_test(a_busy_one_is_not_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
