#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "audit/audit_verify.h"
#include "audit/committer.h"
#include "fixtures/unit.h"

struct sink {
    _Atomic bool fails;
    bool mute; /* the signer fails */
    size_t signatures;
    uint64_t now_ms;
    size_t writes;
    size_t len;
    char text[1 << 18];
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

/* A signature that anyone can make: the public key and the hash of the text. */
static struct status sign(void *context, struct bytes text, uint8_t *ret_signature)
{
    struct sink *sink = context;
    sink->signatures++;
    memset(ret_signature, 9, TLOG_NOTE_PUBLIC);
    sha256_hash(text, ret_signature + TLOG_NOTE_PUBLIC);
    return sink->mute ? FAIL(ENTROPY) : OK;
}

static struct status verify_note(void *context, const uint8_t *public, struct bytes text,
                                 const uint8_t *signature)
{
    uint8_t hash[SHA256_BYTES];
    (void)context;
    sha256_hash(text, hash);
    bool same = memcmp(public, signature, 32) == 0 && memcmp(hash, signature + 32, 32) == 0;
    return same ? OK : FAIL(SIGNATURE_INVALID);
}

static uint64_t virtual_ns(void *context)
{
    return ((const struct sink *)context)->now_ms * 1000000;
}

static struct clock_interval virtual_wall(void *context)
{
    uint64_t now = ((const struct sink *)context)->now_ms;
    return (struct clock_interval){now, now};
}

static const uint8_t boot_id[AUDIT_BOOT_BYTES] = {7};
static const uint8_t domain[32] = {1};

/* Checkpoints from now on, in virtual time. */
static void sign_checkpoints(struct sink *sink)
{
    struct committer_signer signer = {.context = sink, .sign = sign};
    uint8_t public[TLOG_NOTE_PUBLIC];
    uint8_t memory[TLOG_NOTE_NAME];
    struct buf origin = buf_over(memory, sizeof memory);
    memset(public, 9, sizeof public);
    tlog_note_origin(domain, boot_id, &origin);
    assert_status(OK, tlog_note_key_make(buf_bytes(&origin), public, &signer.key));
    sink->committer->clock = (struct clock){sink, virtual_ns, virtual_wall};
    committer_sign(sink->committer, &signer);
}

static void wake(void *context)
{
    struct sink *sink = context;
    atomic_fetch_add(&sink->woken, 1);
}

static int setup(void **state)
{
    struct sink *sink = calloc(1, sizeof *sink);
    sink->committer = calloc(1, sizeof *sink->committer);
    mem_init(&sink->mem, (size_t)1 << 30);
    const struct committer_setup parts = {
        .port = {sink, write_sink},
        .clock = clock_system(),
        .mem = &sink->mem,
        .lanes = 2,
        .boot = boot_id,
    };
    assert_status(OK, committer_init(sink->committer, &parts));
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
    static struct audit_verify check;
    struct arena arena;
    const struct audit_verify_port port = {.notes = {.verify = verify_note}};
    const struct audit_verify_options options = {.allow_open = true, .allow_unsigned = true};
    assert_status(OK, arena_init(&arena, 1 << 20));
    audit_verify_init(&check, &arena, &port, &options);
    struct bytes rest = {(const uint8_t *)sink->text, sink->len};
    while (rest.len != 0) {
        size_t end = bytes_find(rest, '\n');
        struct status status = audit_verify_line(&check, bytes_slice(rest, 0, end));
        assert_string_equal("", check.report.reason);
        assert_status(OK, status);
        rest = bytes_slice(rest, end + 1, SIZE_MAX);
    }
    assert_status(OK, audit_verify_end(&check));
    arena_deinit(&arena);
    return check.report;
}

static void nothing_to_write(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[0];
    struct committer_news news;
    assert_false(committer_submit(lane));
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
        assert_true(committer_submit(&lanes[i]));
    }
    size_t before = sink->writes;
    committer_round(sink->committer);
    assert_int_equal(before + 1, sink->writes);
    for (size_t i = 0; i < 2; i++) {
        assert_false(committer_idle(&lanes[i]));
        assert_true(committer_collect(&lanes[i], &news));
        assert_int_equal(2, news.records);
        assert_true(news.durable != 0);
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
    assert_true(committer_submit(lane));
    assert_status(OK, append(lane));
    uint64_t second = committer_ticket(lane);
    assert_true(second > first);
    assert_false(committer_submit(lane));
    committer_round(sink->committer);
    assert_false(committer_submit(lane));
    assert_true(committer_collect(lane, &news));
    assert_int_equal(first, news.durable);
    assert_true(committer_submit(lane));
    committer_round(sink->committer);
    assert_true(committer_collect(lane, &news));
    assert_int_equal(second, news.durable);
    assert_int_equal(3, verify(sink).records);
}

/* Append count records to a lane and have them written. */
static struct committer_news write_records(struct sink *sink, size_t lane, size_t count)
{
    struct committer_news news;
    for (size_t i = 0; i < count; i++) {
        assert_status(OK, append(&sink->committer->lanes[lane]));
    }
    committer_submit(&sink->committer->lanes[lane]);
    committer_round(sink->committer);
    assert_true(committer_collect(&sink->committer->lanes[lane], &news));
    return news;
}

/* What could not be written is tried again as it was, and what came after it follows. */
static void a_batch_that_fails_is_tried_again(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[0];
    struct committer_news news;
    boot(sink);
    assert_status(OK, append(lane));
    uint64_t first = committer_ticket(lane);
    assert_true(committer_submit(lane));
    assert_status(OK, append(lane));
    sink->fails = true;
    committer_round(sink->committer);
    assert_true(committer_collect(lane, &news));
    assert_int_equal(STATUS_IO, news.status.code);
    assert_int_equal(0, news.durable);
    assert_false(committer_collect(lane, &news));
    committer_round(sink->committer);
    assert_false(committer_collect(lane, &news)); /* it is said once */
    assert_false(committer_submit(lane));
    assert_false(committer_idle(lane));
    sink->fails = false;
    committer_round(sink->committer);
    assert_true(committer_collect(lane, &news));
    assert_status(OK, news.status);
    assert_int_equal(first, news.durable);
    write_records(sink, 0, 1);
    assert_int_equal(4, verify(sink).records);
}

static void a_failed_write_is_known_until_one_succeeds(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[0];
    boot(sink);
    assert_false(committer_is_failing(sink->committer));
    assert_status(OK, append(lane));
    assert_true(committer_submit(lane));
    sink->fails = true;
    committer_round(sink->committer);
    assert_true(committer_is_failing(sink->committer));
    assert_false(committer_is_stuck(sink->committer)); /* it may pass */
    committer_round(sink->committer);
    assert_true(committer_is_failing(sink->committer) && committer_is_stuck(sink->committer));
    sink->fails = false;
    committer_round(sink->committer);
    assert_false(committer_is_failing(sink->committer) || committer_is_stuck(sink->committer));
}

static void a_mark_is_made_when_it_is_asked_for(void **state)
{
    struct sink *sink = *state;
    committer_mark(sink->committer); /* nothing without a signer */
    sign_checkpoints(sink);
    boot(sink);
    unsigned before = (unsigned)sink->signatures;
    committer_round(sink->committer);
    assert_int_equal(before, sink->signatures);
    committer_mark(sink->committer);
    committer_round(sink->committer);
    committer_round(sink->committer);
    assert_int_equal(before + 1, sink->signatures);
    assert_int_equal(2, verify(sink).records);
    assert_int_equal(0, verify(sink).uncovered);
}

/* Records for which there is no room while nothing can be written leave one that says so. */
static void dropped_records_leave_a_gap(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[1];
    struct committer_news news;
    sign_checkpoints(sink);
    boot(sink);
    assert_status(OK, append(lane));
    lane->batch[lane->filling].lines.cap = lane->batch[lane->filling].lines.len;
    for (size_t i = 0; i < 5; i++) {
        assert_status(AUDIT_FULL, append(lane));
    }
    committer_drop(lane, AUDIT_DROPPED_RATE);
    assert_true(committer_submit(lane));
    assert_false(committer_idle(lane));
    committer_round(sink->committer);
    assert_true(committer_collect(lane, &news));
    sink->now_ms += LIMIT_CHECKPOINT_MS;
    write_records(sink, 1, 1);
    assert_non_null(strstr(sink->text, "\"from\":1,\"to\":5,\"count\":5,"));
    assert_non_null(strstr(sink->text, "\"dropped\":{\"full\":5,\"rate\":1,\"overloaded\":0}"));
    struct audit_verify_report report = verify(sink);
    assert_int_equal(5, report.dropped);
    assert_int_equal(5, report.records); /* boot, one, gap, one, mark */
    lane->batch[0].lines.cap = COMMITTER_BATCH_BYTES;
    lane->batch[1].lines.cap = COMMITTER_BATCH_BYTES;
}

/* A gap that nothing follows is written at the end. */
static void a_gap_at_the_end_is_written(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[0];
    boot(sink);
    lane->batch[0].lines.cap = 0;
    assert_status(AUDIT_FULL, append(lane));
    lane->batch[0].lines.cap = COMMITTER_BATCH_BYTES;
    assert_status(OK, committer_end(sink->committer, (struct clock_interval){5, 5}));
    assert_int_equal(1, verify(sink).dropped);
    assert_int_equal(0, verify(sink).open);
}

static void a_lane_is_pressed_when_its_batch_is_half_full(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[0];
    while (!committer_is_pressed(lane)) {
        assert_status(OK, append(lane));
    }
    assert_true(lane->batch[0].lines.len > COMMITTER_BATCH_BYTES / 2);
    assert_true(lane->batch[0].lines.len < COMMITTER_BATCH_BYTES / 2 + LIMIT_AUDIT_LINE);
    assert_true(committer_submit(lane));
    assert_false(committer_is_pressed(lane));
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
    assert_status(AUDIT_FULL, append(lane));
    assert_int_equal(count, lane->batch[lane->filling].records);
}

static void the_end_is_last(void **state)
{
    struct sink *sink = *state;
    boot(sink);
    assert_status(OK, append(&sink->committer->lanes[1]));
    assert_status(OK, append(&sink->committer->lanes[0]));
    assert_true(committer_submit(&sink->committer->lanes[0]));
    assert_status(OK, append(&sink->committer->lanes[0]));
    assert_status(OK, committer_end(sink->committer, (struct clock_interval){5, 5}));
    struct audit_verify_report report = verify(sink);
    assert_int_equal(5, report.records);
    assert_int_equal(0, report.open);
}

static void a_boot_that_cannot_be_written(void **state)
{
    struct sink *sink = *state;
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
        assert_true(committer_submit(lane));
        for (int waits = 0; atomic_load(&sink->woken) < i && waits < 5000; waits++) {
            (void)poll(NULL, 0, 1);
        }
        assert_true(committer_collect(lane, &news));
        assert_true(news.durable != 0);
    }
    assert_status(OK, append(lane));
    assert_true(committer_submit(lane));
    committer_stop(sink->committer);
    assert_true(committer_collect(lane, &news));
    lane->wake = (struct committer_wake){NULL, NULL};
    assert_int_equal(102, verify(sink).records);
}

static void without_a_signer_there_are_no_checkpoints(void **state)
{
    struct sink *sink = *state;
    boot(sink);
    write_records(sink, 0, 30);
    assert_status(OK, committer_end(sink->committer, (struct clock_interval){5, 5}));
    assert_int_equal(0, verify(sink).checkpoints);
}

static void a_checkpoint_comes_with_the_boot_each_second_and_when_idle(void **state)
{
    struct sink *sink = *state;
    sign_checkpoints(sink);
    boot(sink);
    assert_int_equal(1, sink->writes);
    assert_int_equal(1, verify(sink).checkpoints);
    write_records(sink, 0, 2);
    sink->now_ms += LIMIT_CHECKPOINT_MS - 1;
    write_records(sink, 1, 2);
    assert_int_equal(1, sink->signatures);
    sink->now_ms += 1;
    size_t writes = sink->writes;
    write_records(sink, 1, 2);
    assert_int_equal(2, verify(sink).checkpoints);
    assert_int_equal(writes + 1, sink->writes);
    /* Nothing new: only when idle for long. */
    sink->now_ms += LIMIT_CHECKPOINT_IDLE_MS - 1;
    committer_round(sink->committer);
    assert_int_equal(2, verify(sink).checkpoints);
    sink->now_ms += 1;
    committer_round(sink->committer);
    assert_int_equal(3, verify(sink).checkpoints);
    /* New ones that no round follows. */
    write_records(sink, 0, 1);
    assert_int_equal(3, verify(sink).checkpoints);
    sink->now_ms += LIMIT_CHECKPOINT_MS;
    committer_round(sink->committer);
    struct audit_verify_report report = verify(sink);
    assert_int_equal(4, report.checkpoints);
    assert_int_equal(8 + 3, report.records); /* with a mark for each but the first checkpoint */
    assert_int_equal(0, report.uncovered);
    assert_status(OK, committer_end(sink->committer, (struct clock_interval){5, 5}));
    report = verify(sink);
    assert_int_equal(5, report.checkpoints);
    assert_int_equal(0, report.open);
}

static void many_records_bring_a_checkpoint_forward(void **state)
{
    struct sink *sink = *state;
    sign_checkpoints(sink);
    boot(sink);
    for (size_t left = LIMIT_CHECKPOINT_RECORDS - 1; left != 0; left -= 45) {
        sink->len = 0; /* this much is not kept */
        write_records(sink, left / 45 % 2, 45);
    }
    assert_int_equal(1, sink->signatures);
    assert_int_equal(LIMIT_CHECKPOINT_RECORDS - 1, sink->committer->unsigned_records);
    write_records(sink, 0, 1);
    assert_int_equal(2, sink->signatures);
    assert_int_equal(0, sink->committer->unsigned_records);
}

/* No two checkpoints of one log contradict each other, whatever became of the first. */
static void a_checkpoint_that_was_not_written_is_written_as_it_was(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[1];
    struct committer_news news;
    sign_checkpoints(sink);
    boot(sink);
    sink->now_ms += LIMIT_CHECKPOINT_MS;
    sink->fails = true;
    assert_status(OK, append(lane));
    assert_true(committer_submit(lane));
    committer_round(sink->committer);
    assert_int_equal(2, sink->signatures);
    assert_status(OK, append(&sink->committer->lanes[0]));
    assert_true(committer_submit(&sink->committer->lanes[0]));
    sink->now_ms += LIMIT_CHECKPOINT_MS;
    committer_round(sink->committer);
    assert_int_equal(2, sink->signatures);
    sink->fails = false;
    committer_round(sink->committer);
    assert_int_equal(2, sink->signatures);
    assert_int_equal(3, verify(sink).records); /* boot, one, mark */
    committer_round(sink->committer);
    assert_true(committer_collect(&sink->committer->lanes[0], &news));
    struct audit_verify_report report = verify(sink);
    assert_int_equal(3, report.checkpoints);
    assert_int_equal(5, report.records);
}

/* Records do not wait for a signer that fails, but boot and end do. */
static void a_signer_that_fails(void **state)
{
    struct sink *sink = *state;
    sign_checkpoints(sink);
    boot(sink);
    sink->mute = true;
    sink->now_ms += LIMIT_CHECKPOINT_MS;
    assert_true(write_records(sink, 0, 2).durable != 0);
    assert_int_equal(2, sink->signatures);
    assert_true(write_records(sink, 0, 2).durable != 0);
    assert_int_equal(2, sink->signatures);
    assert_int_equal(1, verify(sink).checkpoints);
    assert_int_equal(5, verify(sink).uncovered);
    assert_status(ENTROPY, committer_end(sink->committer, (struct clock_interval){5, 5}));
    assert_int_equal(1, verify(sink).open);
    sink->mute = false;
    assert_status(OK, committer_end(sink->committer, (struct clock_interval){5, 5}));
    struct audit_verify_report report = verify(sink);
    assert_int_equal(2, report.checkpoints);
    assert_int_equal(0, report.uncovered);
    assert_int_equal(0, report.open);
}

/* In real time: the thread signs on its own. */
static void the_thread_signs(void **state)
{
    struct sink *sink = *state;
    sign_checkpoints(sink);
    sink->committer->clock = clock_system();
    boot(sink);
    struct committer_lane *lane = &sink->committer->lanes[1];
    lane->wake = (struct committer_wake){sink, wake};
    assert_status(OK, committer_start(sink->committer));
    assert_status(OK, append(lane));
    committer_submit(lane);
    (void)poll(NULL, 0, LIMIT_CHECKPOINT_MS + 300);
    committer_stop(sink->committer);
    lane->wake = (struct committer_wake){NULL, NULL};
    struct audit_verify_report report = verify(sink);
    assert_int_equal(2, report.checkpoints);
    assert_int_equal(3, report.records);
}

/* In real time: the thread tries again without being asked. */
static void the_thread_tries_again(void **state)
{
    struct sink *sink = *state;
    struct committer_lane *lane = &sink->committer->lanes[0];
    struct committer_news news;
    boot(sink);
    sink->fails = true;
    lane->wake = (struct committer_wake){sink, wake};
    assert_status(OK, append(lane));
    committer_submit(lane);
    assert_status(OK, committer_start(sink->committer));
    (void)poll(NULL, 0, 50);
    assert_true(committer_collect(lane, &news));
    assert_int_equal(0, news.durable);
    sink->fails = false;
    (void)poll(NULL, 0, 2 * LIMIT_AUDIT_RETRY_MS);
    assert_true(committer_collect(lane, &news));
    assert_int_equal(1, news.durable);
    committer_stop(sink->committer);
    lane->wake = (struct committer_wake){NULL, NULL};
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_to_write, setup, teardown),
        cmocka_unit_test_setup_teardown(lanes_share_a_write, setup, teardown),
        cmocka_unit_test_setup_teardown(batches_follow_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(a_batch_that_fails_is_tried_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failed_write_is_known_until_one_succeeds, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_mark_is_made_when_it_is_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_batch_takes_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_is_last, setup, teardown),
        cmocka_unit_test_setup_teardown(a_boot_that_cannot_be_written, setup, teardown),
        cmocka_unit_test_setup_teardown(the_thread_writes_and_wakes, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_signer_there_are_no_checkpoints, setup, teardown),
        cmocka_unit_test_setup_teardown(a_checkpoint_comes_with_the_boot_each_second_and_when_idle,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(many_records_bring_a_checkpoint_forward, setup, teardown),
        cmocka_unit_test_setup_teardown(a_checkpoint_that_was_not_written_is_written_as_it_was,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(dropped_records_leave_a_gap, setup, teardown),
        cmocka_unit_test_setup_teardown(a_gap_at_the_end_is_written, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lane_is_pressed_when_its_batch_is_half_full, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_thread_tries_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_signer_that_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(the_thread_signs, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
