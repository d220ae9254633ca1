#include "base/ct.h"
#include "fixtures/unit.h"

static void masks_are_all_or_nothing(void **state)
{
    (void)state;
    const uint64_t values[] = {1, 2, 0x80, UINT64_C(1) << 63, UINT64_MAX, 0x100000000};
    assert_true(ct_mask_zero(0) == UINT64_MAX);
    assert_true(ct_mask_bit(1) == UINT64_MAX && ct_mask_bit(0) == 0);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_true(ct_mask_zero(values[i]) == 0);
        assert_true(ct_mask_equal(values[i], values[i]) == UINT64_MAX);
        assert_true(ct_mask_equal(values[i], values[i] ^ 1) == 0);
        assert_true(ct_select(UINT64_MAX, values[i], 5) == values[i]);
        assert_true(ct_select(0, values[i], 5) == 5);
    }
}

static void one_bit_anywhere_makes_a_difference(void **state)
{
    (void)state;
    uint8_t a[40] = {0};
    uint8_t b[40] = {0};
    assert_true(ct_equal(a, b, sizeof a) == 1);
    assert_true(ct_equal(a, b, 0) == 1);
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        b[bit / 8] = (uint8_t)(1u << bit % 8);
        assert_true(ct_equal(a, b, sizeof a) == 0);
        b[bit / 8] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_are_all_or_nothing),
        cmocka_unit_test(one_bit_anywhere_makes_a_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
