#include "fixtures/scarce.h"
#include "fixtures/trail_fixture.h"

static const char *const no_end =
    "the start before has no end: its node runs, was killed, or the end was cut off";

static void a_whole_trail_verifies(void **state)
{
    (void)state;
    struct bytes text = whole_trail();
    assert_status(OK, verify(text));
    assert_int_equal(WHOLE, report.lines);
    assert_int_equal(WHOLE - 5, report.records);
    assert_int_equal(5, report.checkpoints);
    assert_int_equal(2, report.starts);
    assert_int_equal(1, report.open);
    assert_int_equal(2, report.uncovered);
    assert_int_equal(0, report.unsigned_starts + report.torn + report.earlier + report.dropped);
    assert_int_equal(2, starts_count);
    assert_int_equal(4, starts[0].size);
    assert_int_equal(6, starts[0].records);
    assert_false(starts[0].ended);
    assert_int_equal(6, starts[1].size);
    assert_true(starts[1].ended);
    options.allow_open = false;
    assert_wrong(no_end, text);
}

static void a_change_of_any_byte_is_seen(void **state)
{
    (void)state;
    struct bytes text = whole_trail();
    size_t tail = (size_t)(trail_but(6, WHOLE, 0, 0).len);
    size_t tail_end = (size_t)(trail_but(8, WHOLE, 0, 0).len);
    size_t last = (size_t)(trail_but(16, WHOLE, 0, 0).len);
    text = whole_trail();
    for (size_t i = 0; i < text.len; i += 3) {
        memory[i] ^= 1;
        struct status status = verify(text);
        /* Two records lie behind the last checkpoint of the killed start: what changes the very
         * last of them cannot be seen; and a last line that is none may be cut short. */
        bool open = (i >= tail && i < tail_end) || (i >= last && report.torn == 1);
        assert_true(status.code == STATUS_AUDIT_INVALID || open);
        memory[i] ^= 1;
    }
}

static void any_line_that_is_missing_or_moved_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < WHOLE; i++) {
        struct status status = verify(trail_but(i, i + 1, 0, 0));
        /* The two records behind the last checkpoint of the killed start, each in a lane of its
         * own; and checkpoints that a later one of the same start makes superfluous. */
        if (i == 6 || i == 7 || i == 1 || i == 9 || i == 13) {
            assert_status(OK, status);
        } else {
            assert_status(AUDIT_INVALID, status);
        }
    }
    for (size_t i = 0; i + 1 < WHOLE; i++) {
        struct status status = verify(trail_but(0, 0, i, i + 1));
        if (i == 6) {
            assert_status(OK, status);
        } else {
            assert_status(AUDIT_INVALID, status);
        }
    }
}

/* The end of the last start cut off looks as if the node still ran: only whoever allows that, or
 * knows a later checkpoint, is told the truth. */
static void a_cut_end_fails_unless_it_is_allowed(void **state)
{
    (void)state;
    static const char *const end_needs = "the last checkpoint of a start is missing";
    struct tlog_note known;
    assert_status(
        OK, tlog_note_read((struct bytes){previous.notes[1].text, previous.notes[1].len}, &known));
    for (size_t cut = 9; cut < WHOLE; cut++) {
        struct bytes text = trail_but(cut, WHOLE, 0, 0);
        options.expected_count = 0;
        if (cut == WHOLE - 1) {
            assert_wrong(end_needs, text);
            continue;
        }
        assert_status(OK, verify(text));
        assert_int_equal(2, report.open);
        options.expected[0] = known;
        options.expected_count = 1;
        if (cut < WHOLE - 1) {
            assert_wrong("a checkpoint that is known is of records that are not here", text);
        }
    }
    options.expected_count = 1;
    assert_status(OK, verify(whole_trail()));
    options.expected[0].root[0] ^= 1;
    assert_wrong("the records so far are not those of the checkpoint that is known", whole_trail());
}

/* An earlier start cut back to where a checkpoint stands: the start behind it knows a later one. */
static void an_earlier_start_that_was_cut_back_is_seen(void **state)
{
    (void)state;
    static const char *const names =
        "the start does not name the last checkpoint of every start before it";
    assert_wrong(names, trail_but(2, FIRST, 0, 0));
    assert_wrong(names, trail_but(1, FIRST, 0, 0));
    assert_wrong("the start names one before it that is not here", trail_but(0, FIRST, 0, 0));
    options.allow_earlier = true;
    assert_status(OK, verify(trail_but(0, FIRST, 0, 0)));
    assert_int_equal(1, report.earlier);
    assert_wrong(names, trail_but(2, FIRST, 0, 0));
}

/* All checkpoints taken out, records changed and all hashes made anew. */
static void a_start_without_its_checkpoints_is_no_trail(void **state)
{
    (void)state;
    struct writer writer;
    trail.count = 0;
    previous.count = 0;
    prepare(&writer, 1, 3);
    put_boot(&writer);
    put(&writer, 1);
    put_end(&writer);
    assert_wrong("the last checkpoint of a start is missing", whole_trail());

    trail.count = 0;
    prepare(&writer, 1, 3);
    writer.no_key = true;
    writer.no_voucher = true;
    put_boot(&writer);
    put(&writer, 1);
    put_end(&writer);
    assert_wrong("no wallet vouches for the key of the start", whole_trail());
    options.allow_unsigned = true;
    assert_status(OK, verify(whole_trail()));
    assert_int_equal(1, report.unsigned_starts);
    assert_int_equal(3, report.uncovered);
}

static void a_key_that_nobody_vouches_for_signs_nothing(void **state)
{
    (void)state;
    struct writer writer;
    trail.count = 0;
    previous.count = 0;
    prepare(&writer, 1, 3);
    writer.no_voucher = true;
    put_boot(&writer);
    put_end(&writer);
    put_note(&writer);
    assert_wrong("no wallet vouches for the key of the start", whole_trail());

    trail.count = 0;
    previous.count = 0;
    prepare(&writer, 1, 3);
    writer.voucher.wallet[0] ^= 1;
    put_boot(&writer);
    assert_wrong("the signature that vouches for the key is not that of the wallet", whole_trail());

    /* The key of another log, vouched for or not. */
    trail.count = 0;
    prepare(&writer, 2, 3);
    struct tlog_note_key other = writer.key;
    prepare(&writer, 1, 3);
    writer.key = other;
    vouch(&writer, 3);
    put_boot(&writer);
    assert_status(AUDIT_INVALID, verify(whole_trail()));
}

static void a_checkpoint_of_another_key_tree_or_log_is_refused(void **state)
{
    (void)state;
    struct writer writer;
    for (int i = 0; i < 4; i++) {
        trail.count = 0;
        previous.count = 0;
        prepare(&writer, 1, 3);
        put_boot(&writer);
        if (i == 1) {
            writer.secret.seed[0] ^= 1;
            assert_status(OK, ed25519_public(&writer.secret, writer.key.public));
        } else if (i == 2) {
            writer.tree.peaks[0][0] ^= 1;
        } else if (i == 3) {
            prepare(&writer, 2, 3);
            writer.tree.count = 1;
        }
        put_note(&writer);
        static const char *const reasons[] = {
            "", "the checkpoint is not signed by the key of the log",
            "the checkpoint does not stand for the records before it",
            "the checkpoint is of another log"};
        if (i == 0) {
            assert_status(OK, verify(whole_trail()));
        } else {
            assert_wrong(reasons[i], whole_trail());
        }
    }
}

static void lines_that_a_crash_cut_short_are_counted(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < trail.lines[7].len - 1; cut += 7) {
        struct bytes text = trail_but(7, WHOLE, 0, 0);
        struct buf out = {memory, text.len, sizeof memory, false};
        buf_put(&out, (struct bytes){trail.lines[7].text, cut});
        assert_status(OK, verify(buf_bytes(&out)));
        assert_int_equal(1, report.torn);
        options.allow_open = false;
        assert_status(AUDIT_INVALID, verify(buf_bytes(&out)));
        options.allow_open = true;
        buf_put_u8(&out, '\n');
        for (size_t i = FIRST; i < WHOLE; i++) {
            buf_put(&out, (struct bytes){trail.lines[i].text, trail.lines[i].len});
        }
        assert_status(OK, verify(buf_bytes(&out)));
        assert_int_equal(1, report.torn);
        assert_int_equal(2, report.starts);
    }
    /* In the middle of a start it is damage. */
    trail.lines[11].len = 50;
    trail.lines[11].text[49] = '\n';
    assert_status(AUDIT_INVALID, verify(whole_trail()));
}

static void gaps_and_outcomes_are_counted(void **state)
{
    (void)state;
    struct writer writer;
    struct audit_gap gap = {.count = 0};
    const struct audit_record record = {.outcome = AUDIT_OK};
    trail.count = 0;
    previous.count = 0;
    prepare(&writer, 1, 3);
    put_boot(&writer);
    put_outcome(&writer, 1, AUDIT_INTENT);
    put_outcome(&writer, 1, AUDIT_INTENT);
    put_outcome(&writer, 1, AUDIT_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_status(OK, audit_lane_drop(&writer.lanes[1], &record, &gap));
    }
    struct buf line = next_line();
    assert_status(OK, audit_lane_gap(&writer.lanes[1], (struct clock_interval){2, 2}, &gap, &line));
    take_record(&writer, 1, &line);
    put_outcome(&writer, 1, AUDIT_UNSETTLED);
    put(&writer, 1);
    put_outcome(&writer, 1, AUDIT_INTENT);
    put_end(&writer);
    put_note(&writer);
    assert_status(OK, verify(whole_trail()));
    assert_status(AUDIT_INVALID, verify(BYTES_LITERAL("")));
    assert_status(OK, verify(whole_trail()));
    assert_int_equal(3, report.dropped);
    assert_int_equal(2, report.unsettled); /* one says so, one has no outcome */
}

/* Of more starts than a boot record can carry, the newest are named. */
static void many_starts_name_the_newest_before_them(void **state)
{
    (void)state;
    struct writer writer;
    audit_verify_init(&check, &arena, &port, &options);
    previous.count = 0;
    for (uint8_t i = 1; i < 2 * AUDIT_PREVIOUS; i++) {
        trail.count = 0;
        prepare(&writer, i, 3);
        put_boot(&writer);
        put_end(&writer);
        put_note(&writer);
        starts_count = 0;
        for (size_t k = 0; k < trail.count; k++) {
            struct bytes line = {trail.lines[k].text, trail.lines[k].len - 1};
            assert_status(OK, audit_verify_line(&check, line));
        }
    }
    assert_status(OK, audit_verify_end(&check));
    assert_int_equal(2 * AUDIT_PREVIOUS - 1, check.report.starts);
}

#define AFTER_SETUP(test) cmocka_unit_test_setup(test, setup)

static struct status verify_whole(void)
{
    struct status status = verify((struct bytes){memory, strlen((const char *)memory)});
    arena_reset(&arena);
    return status;
}

/* Neither the trail nor who signed it is to blame for what could not be looked at. */
static void without_memory_nothing_is_said(void **state)
{
    (void)state;
    struct bytes text = whole_trail();
    memory[text.len] = '\0';
    options = (struct audit_verify_options){.allow_open = true};
    assert_true(scarce_try(verify_whole) > 0);
    assert_true(scarce_try_arena(&arena, verify_whole) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AFTER_SETUP(a_whole_trail_verifies),
        AFTER_SETUP(a_change_of_any_byte_is_seen),
        AFTER_SETUP(any_line_that_is_missing_or_moved_is_seen),
        AFTER_SETUP(a_cut_end_fails_unless_it_is_allowed),
        AFTER_SETUP(an_earlier_start_that_was_cut_back_is_seen),
        AFTER_SETUP(a_start_without_its_checkpoints_is_no_trail),
        AFTER_SETUP(a_key_that_nobody_vouches_for_signs_nothing),
        AFTER_SETUP(a_checkpoint_of_another_key_tree_or_log_is_refused),
        AFTER_SETUP(lines_that_a_crash_cut_short_are_counted),
        AFTER_SETUP(gaps_and_outcomes_are_counted),
        AFTER_SETUP(many_starts_name_the_newest_before_them),
        AFTER_SETUP(without_memory_nothing_is_said),
    };
    if (!status_is_ok(arena_init(&arena, 1 << 20))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
