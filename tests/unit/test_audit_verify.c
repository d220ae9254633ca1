#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/audit_verify.h"
#include "support/unit.h"

enum {
    LINES = 9,
};

/* A trail of two starts, the first of two lanes and killed, the second ended. */
struct trail {
    uint8_t memory[65536];
    struct buf out;
    struct bytes line[LINES]; /* with line ends */
    size_t count;
};

static struct arena arena;

static void note_line(struct trail *trail, size_t start)
{
    assert_true(trail->count < LINES);
    trail->line[trail->count++] = bytes_slice(buf_bytes(&trail->out), start, SIZE_MAX);
}

static void add_boot(struct trail *trail, struct audit_lane *lane)
{
    size_t start = trail->out.len;
    struct audit_boot boot = {.at = {1, 1}, .profile = "dev"};
    assert_status(OK, audit_lane_boot(lane, &boot, &trail->out));
    note_line(trail, start);
}

static void add_record(struct trail *trail, struct audit_lane *lane)
{
    size_t start = trail->out.len;
    struct audit_record record = {.at = {2, 2}, .op = "sign", .outcome = AUDIT_OK};
    assert_status(OK, audit_lane_append(lane, &record, &trail->out));
    note_line(trail, start);
}

static struct trail *make_trail(void)
{
    static struct trail trail;
    static const uint8_t boots[2][AUDIT_BOOT_BYTES] = {{1}, {2}};
    struct audit_lane lanes[2];
    trail.out = buf_over(trail.memory, sizeof trail.memory);
    trail.count = 0;
    audit_lane_init(&lanes[0], boots[0], 0);
    audit_lane_init(&lanes[1], boots[0], 1);
    add_boot(&trail, &lanes[0]);
    add_record(&trail, &lanes[1]);
    add_record(&trail, &lanes[0]);
    add_record(&trail, &lanes[1]);
    add_record(&trail, &lanes[0]);
    audit_lane_init(&lanes[0], boots[1], 0);
    add_boot(&trail, &lanes[0]);
    add_record(&trail, &lanes[0]);
    add_record(&trail, &lanes[0]);
    size_t start = trail.out.len;
    assert_status(OK, audit_lane_end(&lanes[0], (struct clock_interval){3, 3}, &trail.out));
    note_line(&trail, start);
    return &trail;
}

static struct audit_verify_report report;

static struct status verify(struct bytes text)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/coffer-audit-verify-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(text.len, write(fd, text.ptr, text.len));
    assert_int_equal(0, lseek(fd, 0, SEEK_SET));
    struct status status = audit_verify_file(fd, &arena, &report);
    close(fd);
    return status;
}

/* The trail with its lines in this order. */
static struct status verify_lines(const struct trail *trail, const size_t *order, size_t count)
{
    static uint8_t memory[65536];
    struct buf text = buf_over(memory, sizeof memory);
    for (size_t i = 0; i < count; i++) {
        buf_put(&text, trail->line[order[i]]);
    }
    return verify(buf_bytes(&text));
}

static void a_whole_trail_verifies(void **state)
{
    (void)state;
    assert_status(OK, verify(buf_bytes(&make_trail()->out)));
    assert_int_equal(LINES, report.lines);
    assert_int_equal(LINES, report.records);
    assert_int_equal(2, report.starts);
    assert_int_equal(1, report.unended);
    assert_int_equal(0, report.torn);
}

static void a_change_of_any_byte_is_seen(void **state)
{
    (void)state;
    struct trail *trail = make_trail();
    struct bytes text = buf_bytes(&trail->out);
    size_t last = trail->line[LINES - 1].len;
    for (size_t i = 0; i < text.len - last; i += 3) {
        /* The last record of a killed start has nothing after it that would tell. */
        size_t from = (size_t)(trail->line[3].ptr - text.ptr);
        size_t to = (size_t)(trail->line[5].ptr - text.ptr);
        if (i >= from && i < to) {
            continue;
        }
        trail->memory[i] ^= 1;
        assert_status(AUDIT_INVALID, verify(text));
        assert_true(report.reason[0] != '\0');
        trail->memory[i] ^= 1;
    }
}

static void a_missing_repeated_or_moved_record_is_seen(void **state)
{
    (void)state;
    const struct trail *trail = make_trail();
    const size_t missing[] = {0, 1, 4, 3, 5, 6, 7, 8};
    assert_status(AUDIT_INVALID, verify_lines(trail, missing, 8));
    assert_int_equal(3, report.lines);
    const size_t repeated[] = {0, 1, 1};
    assert_status(AUDIT_INVALID, verify_lines(trail, repeated, 3));
    const size_t moved[] = {0, 1, 4, 2};
    assert_status(AUDIT_INVALID, verify_lines(trail, moved, 4));
    const size_t headless[] = {1, 2};
    assert_status(AUDIT_INVALID, verify_lines(trail, headless, 2));
    const size_t foreign[] = {0, 6};
    assert_status(AUDIT_INVALID, verify_lines(trail, foreign, 2));
    const size_t twice[] = {0, 0};
    assert_status(AUDIT_INVALID, verify_lines(trail, twice, 2));
    const size_t after_end[] = {5, 6, 7, 8, 6};
    assert_status(AUDIT_INVALID, verify_lines(trail, after_end, 5));
    assert_status(AUDIT_INVALID, verify_lines(trail, missing, 0));
    const size_t lanes_apart[] = {0, 2, 4, 1, 3, 5, 6, 7, 8};
    assert_status(OK, verify_lines(trail, lanes_apart, 9));
}

static void lines_that_a_crash_cut_short_are_counted(void **state)
{
    (void)state;
    struct trail *trail = make_trail();
    static uint8_t memory[65536];
    for (size_t cut = 1; cut < trail->line[4].len; cut += 7) {
        struct buf text = buf_over(memory, sizeof memory);
        for (size_t i = 0; i < 4; i++) {
            buf_put(&text, trail->line[i]);
        }
        buf_put(&text, bytes_slice(trail->line[4], 0, cut));
        assert_status(OK, verify(buf_bytes(&text)));
        assert_int_equal(1, report.torn);
        assert_int_equal(4, report.records);

        if (cut == trail->line[4].len - 1) {
            continue;
        }
        buf_put_text(&text, "\n");
        struct bytes up_to_here = buf_bytes(&text);
        assert_status(AUDIT_INVALID, verify(up_to_here));
        buf_put(&text, trail->line[5]);
        assert_status(OK, verify(buf_bytes(&text)));
        assert_int_equal(1, report.torn);
        assert_int_equal(5, report.records);
        assert_int_equal(2, report.unended);
    }
}

static void other_bytes_are_no_records(void **state)
{
    (void)state;
    static uint8_t memory[2 * LIMIT_AUDIT_LINE];
    memset(memory, ' ', sizeof memory);
    assert_status(AUDIT_INVALID, verify(BYTES_LITERAL("")));
    assert_status(AUDIT_INVALID, verify(BYTES_LITERAL("\n")));
    assert_status(AUDIT_INVALID, verify(BYTES_LITERAL("{}\n")));
    assert_status(AUDIT_INVALID, verify(BYTES_LITERAL("[]\n")));
    assert_status(AUDIT_INVALID, verify(BYTES_ARRAY(memory)));
}

static int set_up(void **state)
{
    (void)state;
    assert_status(OK, arena_init(&arena, 1 << 20));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_trail_verifies),
        cmocka_unit_test(a_change_of_any_byte_is_seen),
        cmocka_unit_test(a_missing_repeated_or_moved_record_is_seen),
        cmocka_unit_test(lines_that_a_crash_cut_short_are_counted),
        cmocka_unit_test(other_bytes_are_no_records),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
