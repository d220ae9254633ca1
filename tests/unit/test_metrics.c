#include "base/metrics.h"
#include "fixtures/unit.h"

static const char *const operations[] = {"none", "sign"};
static const char *const items[] = {"invoke", "declare"};
static const struct metrics_names names = {operations, 2, items, 2};
static uint8_t memory[65536];

/* Everything, as a string. */
static const char *report(const struct metrics_slot *slots, size_t count)
{
    struct buf out = buf_over(memory, sizeof memory);
    metrics_put(slots, count, &names, &out);
    buf_put_u8(&out, 0);
    assert_status(OK, buf_check(&out));
    return (const char *)memory;
}

static void assert_has(const char *text, const char *line)
{
    if (strstr(text, line) == NULL) {
        print_message("missing: %s", line);
        fail();
    }
}

static void counters_add_up_over_the_loops(void **state)
{
    (void)state;
    static struct metrics_slot slots[2];
    metrics_add(&slots[0], METRICS_REQUESTS, 1, STATUS_OK, 2);
    metrics_add(&slots[1], METRICS_REQUESTS, 1, STATUS_OK, 3);
    metrics_add(&slots[1], METRICS_REQUESTS, 0, STATUS_BAD_JSON, 1);
    assert_int_equal(5, metrics_read(slots, 2, METRICS_REQUESTS, 1, STATUS_OK));
    const char *text = report(slots, 2);
    assert_has(text, "# HELP coffer_requests_total Requests answered, by operation and error "
                     "code\n# TYPE coffer_requests_total counter\n"
                     "coffer_requests_total{operation=\"none\",code=\"BAD_JSON\"} 1\n"
                     "coffer_requests_total{operation=\"sign\",code=\"OK\"} 5\n# HELP");
    assert_has(text, "\ncoffer_rate_limited_total 0\n");
    assert_has(text, "# TYPE coffer_audit_commits_total counter\n# HELP");
}

static void the_last_cell_of_the_last_metric_is_its_own(void **state)
{
    (void)state;
    static struct metrics_slot slots[1];
    for (size_t code = 0; code < STATUS_CODES; code++) {
        metrics_add(&slots[0], METRICS_REQUESTS, METRICS_OPERATIONS - 1, code, code + 1);
        metrics_add(&slots[0], METRICS_ITEMS, METRICS_ITEMS_MAX - 1, code, 1000 + code);
    }
    for (size_t code = 0; code < STATUS_CODES; code++) {
        assert_int_equal(code + 1,
                         metrics_read(slots, 1, METRICS_REQUESTS, METRICS_OPERATIONS - 1, code));
        assert_int_equal(1000 + code,
                         metrics_read(slots, 1, METRICS_ITEMS, METRICS_ITEMS_MAX - 1, code));
    }
}

static void histograms_count_what_is_below_each_end(void **state)
{
    (void)state;
    static struct metrics_slot slots[2];
    metrics_observe(&slots[0], METRICS_AUDIT_TIME, 0, 0);
    metrics_observe(&slots[0], METRICS_AUDIT_TIME, 0, 10000);
    metrics_observe(&slots[1], METRICS_AUDIT_TIME, 0, 10001);
    metrics_observe(&slots[1], METRICS_AUDIT_TIME, 0, 5000000001);
    const char *text = report(slots, 2);
    assert_has(text, "_duration_seconds_bucket{le=\"0.00001\"} 2\n");
    assert_has(text, "_duration_seconds_bucket{le=\"0.00002\"} 3\n");
    assert_has(text, "_duration_seconds_bucket{le=\"5\"} 3\n");
    assert_has(text, "_duration_seconds_bucket{le=\"+Inf\"} 4\n");
    assert_has(text, "coffer_audit_commit_duration_seconds_sum 5.000020002\n"
                     "coffer_audit_commit_duration_seconds_count 4\n");
}

static void single_values_have_help_and_type(void **state)
{
    (void)state;
    struct buf out = buf_over(memory, sizeof memory);
    metrics_put_one(&out, "x_bytes", "gauge", "Some bytes", 7);
    assert_bytes(bytes_of("# HELP x_bytes Some bytes\n# TYPE x_bytes gauge\nx_bytes 7\n"),
                 buf_bytes(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_add_up_over_the_loops),
        cmocka_unit_test(the_last_cell_of_the_last_metric_is_its_own),
        cmocka_unit_test(histograms_count_what_is_below_each_end),
        cmocka_unit_test(single_values_have_help_and_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
