#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "audit/audit_verify.h"
#include "service/committer.h"
#include "support/unit.h"

struct sink {
    bool fails;
    size_t writes;
    size_t len;
    char text[1 << 16];
    _Atomic unsigned woken;
    struct committer *committer;
    struct mem mem;
};

static struct status write_sink(void *context, const struct bytes *parts, size_t count)
{
    struct sink *sink = context;
    sink->writes++;
    for (size_t i = 0; i < count && !sink->fails; i++) {
        assert_true(sink->len + parts[i].len <= sizeof sink->text);
        memcpy(sink->text + sink->len, parts[i].ptr, parts[i].len);
        sink->len += parts[i].len;
    }
    return sink->fails ? FAIL(IO) : OK;
}

static void wake(void *context)
{
    struct sink *sink = context;
    atomic_fetch_add(&sink->woken, 1);
}

static int setup(void **state)
{
    static const uint8_t boot[AUDIT_BOOT_BYTES] = {7};
    struct sink *sink = calloc(1, sizeof *sink);
    sink->committer = calloc(1, sizeof *sink->committer);
    mem_init(&sink->mem, (size_t)1 << 30);
    const struct committer_port port = {sink, write_sink};
    assert_status(OK, committer_init(sink->committer, &port, &sink->mem, 2, boot));
    *state = sink;
    return 0;
}

static int teardown(void **state)
{
    struct sink *sink = *state;
    committer_deinit(sink->committer);
    assert_int_equal(0, mem_used(&sink->mem));
    free(sink->committer);
    free(sink);
    return 0;
}

static void boot(struct sink *sink)
{
    static const uint8_t domain[32] = {1};
    const struct audit_boot record = {.profile = "dev", .domain = domain};
    assert_status(OK, committer_boot(sink->committer, &record));
}

static struct status append(struct committer_lane *lane)
{
    const struct audit_record record = {.op = "test", .outcome = AUDIT_OK};
    return committer_append(lane, &record);
}

/* What the sink got is a whole trail. */
static struct audit_verify_report verify(const struct sink *sink)
{
    struct arena arena;
    struct audit_verify check;
    assert_status(OK, arena_init(&arena, 1 << 20));
    audit_verify_init(&check, &arena);
    struct bytes rest = {(const uint8_t *)sink->text, sink->len};
    while (rest.len != 0) {
        size_t end = bytes_find(rest, '\n');
        assert_status(OK, audit_verify_line(&check, bytes_slice(rest, 0, end)));
        rest = bytes_slice(rest, end + 1, SIZE_MAX);
    }
    assert_status(OK, audit_verify_end(&check, rest));
    arena_deinit(&arena);
    return check.report;
}

static void nothing_to_write(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[0];
    struct committer_news news;
    committer_submit(lane);
    committer_round(sink->committer);
    assert_int_equal(0, sink->writes);
    assert_false(committer_collect(lane, &news));
    assert_true(committer_idle(lane));
}

static void lanes_share_a_write(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lanes = sink->committer->lanes;
    struct committer_news news;
    boot(sink);
    for (size_t i = 0; i < 2; i++) {
        assert_status(OK, append(&lanes[i]));
        assert_status(OK, append(&lanes[i]));
        committer_submit(&lanes[i]);
    }
    size_t before = sink->writes;
    committer_round(sink->committer);
    assert_int_equal(before + 1, sink->writes);
    for (size_t i = 0; i < 2; i++) {
        assert_false(committer_idle(&lanes[i]));
        assert_true(committer_collect(&lanes[i], &news));
        assert_int_equal(2, news.records);
        assert_true(news.durable != 0 && news.failed_to == 0);
        assert_false(committer_collect(&lanes[i], &news));
    }
    assert_int_equal(5, verify(sink).records);
}

/* Records that come while a batch is on its way go to the next one. */
static void batches_follow_each_other(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[0];
    struct committer_news news;
    boot(sink);
    assert_status(OK, append(lane));
    uint64_t first = committer_ticket(lane);
    committer_submit(lane);
    assert_status(OK, append(lane));
    uint64_t second = committer_ticket(lane);
    assert_true(second > first);
    committer_submit(lane);
    committer_round(sink->committer);
    assert_true(committer_collect(lane, &news));
    assert_int_equal(first, news.durable);
    committer_round(sink->committer);
    assert_true(committer_collect(lane, &news));
    assert_int_equal(second, news.durable);
    assert_int_equal(3, verify(sink).records);
}

/* A lost batch takes what was chained on it along, and the chain goes on where it was. */
static void a_lost_batch_is_taken_back(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[0];
    struct committer_news news;
    boot(sink);
    assert_status(OK, append(lane));
    committer_submit(lane);
    uint64_t lost = committer_ticket(lane) - 1;
    assert_status(OK, append(lane));
    uint64_t follower = committer_ticket(lane);
    sink->fails = true;
    committer_round(sink->committer);
    assert_true(committer_collect(lane, &news));
    assert_int_equal(STATUS_IO, news.status.code);
    assert_int_equal(0, news.durable);
    assert_int_equal(lost, news.failed_from);
    assert_int_equal(follower, news.failed_to);
    assert_true(committer_idle(lane));
    sink->fails = false;
    assert_status(OK, append(lane));
    assert_true(committer_ticket(lane) > follower);
    committer_submit(lane);
    committer_round(sink->committer);
    assert_true(committer_collect(lane, &news));
    assert_true(news.durable > follower);
    assert_int_equal(2, verify(sink).records);
}

static void a_full_batch_takes_no_more(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[0];
    size_t count = 0;
    while (status_is_ok(append(lane))) {
        count++;
    }
    assert_true(count > 1000);
    assert_status(OVERLOADED, append(lane));
    assert_int_equal(count, lane->batch[lane->filling].records);
}

static void the_end_is_last(void **state)
{
    struct sink *sink = *state;
    boot(sink);
    assert_status(OK, append(&sink->committer->lanes[1]));
    assert_status(OK, append(&sink->committer->lanes[0]));
    committer_submit(&sink->committer->lanes[0]);
    assert_status(OK, append(&sink->committer->lanes[0]));
    assert_status(OK, committer_end(sink->committer, (struct clock_interval){5, 5}));
    struct audit_verify_report report = verify(sink);
    assert_int_equal(5, report.records);
    assert_int_equal(0, report.unended);
}

static void a_boot_that_cannot_be_written(void **state)
{
    struct sink *sink = *state;
    static const uint8_t domain[32] = {1};
    const struct audit_boot record = {.profile = "dev", .domain = domain};
    sink->fails = true;
    assert_status(IO, committer_boot(sink->committer, &record));
}

static void the_thread_writes_and_wakes(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[0];
    struct committer_news news;
    boot(sink);
    lane->wake = (struct committer_wake){sink, wake};
    assert_status(OK, committer_start(sink->committer));
    for (unsigned i = 1; i <= 100; i++) {
        assert_status(OK, append(lane));
        committer_submit(lane);
        for (int waits = 0; atomic_load(&sink->woken) < i && waits < 5000; waits++) {
            (void)poll(NULL, 0, 1);
        }
        assert_true(committer_collect(lane, &news));
        assert_true(news.durable != 0);
    }
    assert_status(OK, append(lane));
    committer_submit(lane);
    committer_stop(sink->committer);
    assert_true(committer_collect(lane, &news));
    lane->wake = (struct committer_wake){NULL, NULL};
    assert_int_equal(102, verify(sink).records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_to_write, setup, teardown),
        cmocka_unit_test_setup_teardown(lanes_share_a_write, setup, teardown),
        cmocka_unit_test_setup_teardown(batches_follow_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_batch_is_taken_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_batch_takes_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_is_last, setup, teardown),
        cmocka_unit_test_setup_teardown(a_boot_that_cannot_be_written, setup, teardown),
        cmocka_unit_test_setup_teardown(the_thread_writes_and_wakes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
