/* A trail in several files. */
#include "fixtures/trail_fixture.h"

static void files_are_checked_as_one(void **state)
{
    (void)state;
    struct bytes text = whole_trail();
    audit_verify_init(&check, &arena, &port, &options);
    starts_count = 0;
    for (size_t i = 0; i < trail.count; i++) {
        static struct audit_lines lines;
        int ends[2];
        assert_int_equal(0, pipe(ends));
        const struct line *line = &trail.lines[i];
        assert_int_equal(line->len, write(ends[1], line->text, line->len));
        close(ends[1]);
        assert_status(OK, audit_verify_file(&check, &lines, ends[0]));
        close(ends[0]);
    }
    assert_status(OK, audit_verify_end(&check));
    assert_int_equal(WHOLE, check.report.lines);
    assert_true(text.len > 0);
}

/* A trail that went on in a new file: that file alone says what it misses. */
static void the_second_half_of_a_start_needs_the_first(void **state)
{
    (void)state;
    static const char *const reason =
        "it begins in the middle of a start: the file before this one is missing";
    options.allow_open = true;
    options.allow_earlier = true;
    assert_wrong(reason, trail_but(0, 4, 0, 0));
    assert_wrong(reason, trail_but(0, 5, 0, 0));
}

/* Start 3 opens a file that was begun in the middle of start 2, and finds these starts in it. */
static void make_trail_of_files(size_t first_named, size_t count_named)
{
    static struct audit_previous all;
    struct writer writer;
    trail.count = 0;
    previous.count = 0;
    for (uint8_t i = 1; i <= 3; i++) {
        prepare(&writer, i, 3);
        put_boot(&writer);
        put_end(&writer);
        put_note(&writer);
        all = previous;
        if (i == 2) {
            previous.count = count_named;
            memmove(previous.notes, all.notes + first_named, count_named * sizeof all.notes[0]);
        }
    }
}

static void a_start_names_the_one_before_it_at_least(void **state)
{
    (void)state;
    static const char *const names =
        "the start does not name the last checkpoint of every start before it";
    make_trail_of_files(0, 2);
    assert_status(OK, verify(whole_trail()));
    make_trail_of_files(1, 1);
    assert_status(OK, verify(whole_trail()));
    assert_int_equal(3, report.starts);
    make_trail_of_files(0, 1);
    assert_wrong(names, whole_trail());
    make_trail_of_files(0, 0);
    assert_wrong(names, whole_trail());
}

#define AFTER_SETUP(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AFTER_SETUP(files_are_checked_as_one),
        AFTER_SETUP(the_second_half_of_a_start_needs_the_first),
        AFTER_SETUP(a_start_names_the_one_before_it_at_least),
    };
    if (!status_is_ok(arena_init(&arena, 1 << 20))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
