#include "audit/gather.h"
#include "base/limits.h"
#include "fixtures/unit.h"

enum { START = 1000, MOST = LIMIT_AUDIT_GATHER_US * 1000 };

static void requests_without_end_do_not_keep_a_batch_back(void **state)
{
    (void)state;
    struct gather gather = gather_start(START);
    uint64_t requests = 7;
    for (uint64_t now = START; now < START + MOST; now += MOST / 10) {
        assert_true(gather_more(&gather, requests++, now));
    }
    assert_false(gather_more(&gather, requests++, START + MOST));
    gather = gather_start(START);
    assert_false(gather_more(&gather, requests, START + MOST));
}

static void a_batch_does_not_wait_for_nobody(void **state)
{
    (void)state;
    struct gather gather = gather_start(START);
    assert_true(gather_more(&gather, 0, START));
    assert_false(gather_more(&gather, 0, START));
    gather = gather_start(START);
    assert_true(gather_more(&gather, 5, START));
    assert_true(gather_more(&gather, 6, START + 1));
    assert_false(gather_more(&gather, 6, START + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_without_end_do_not_keep_a_batch_back),
        cmocka_unit_test(a_batch_does_not_wait_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
