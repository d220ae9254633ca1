#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/audit_sink.h"
#include "fixtures/unit.h"

static char path[64];

static int fresh_path(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/coffer-audit-sink-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    return 0;
}

static int remove_path(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static struct bytes content(void)
{
    static uint8_t memory[1 << 16];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t len = read(fd, memory, sizeof memory);
    close(fd);
    assert_true(len >= 0);
    return (struct bytes){memory, (size_t)len};
}

static void set_content(const char *text)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(strlen(text), write(fd, text, strlen(text)));
    close(fd);
}

static struct status write_text(struct audit_sink *sink, const char *text)
{
    struct bytes part = bytes_of(text);
    return audit_sink_write(sink, &part, 1);
}

static void parts_are_appended_in_order(void **state)
{
    (void)state;
    struct audit_sink sink;
    bool torn = true;
    set_content("old\n");
    assert_status(OK, audit_sink_open(path, &sink, &torn));
    assert_false(torn);
    struct bytes parts[] = {BYTES_LITERAL("a"), {NULL, 0}, BYTES_LITERAL("bc"), BYTES_LITERAL("d")};
    assert_status(OK, audit_sink_write(&sink, parts, 4));
    assert_status(OK, audit_sink_write(&sink, parts, 0));
    audit_sink_close(&sink);
    assert_bytes(BYTES_LITERAL("old\nabcd"), content());
    assert_status(IO, write_text(&sink, "x"));
}

static void a_new_file_is_for_its_owner_only(void **state)
{
    (void)state;
    struct audit_sink sink;
    bool torn;
    unlink(path);
    assert_status(OK, audit_sink_open(path, &sink, &torn));
    audit_sink_close(&sink);
    struct stat found;
    assert_int_equal(0, stat(path, &found));
    assert_int_equal(0600, found.st_mode & 0777);
}

static void a_torn_last_line_is_kept_and_ended(void **state)
{
    (void)state;
    struct audit_sink sink;
    bool torn = false;
    set_content("whole\nhal");
    assert_status(OK, audit_sink_open(path, &sink, &torn));
    assert_true(torn);
    assert_status(OK, write_text(&sink, "next\n"));
    audit_sink_close(&sink);
    assert_bytes(BYTES_LITERAL("whole\nhal\nnext\n"), content());
}

static void a_second_writer_and_a_symbolic_link_are_refused(void **state)
{
    (void)state;
    struct audit_sink first;
    struct audit_sink second;
    bool torn;
    assert_status(OK, audit_sink_open(path, &first, &torn));
    assert_status(AUDIT_BUSY, audit_sink_open(path, &second, &torn));
    audit_sink_close(&first);

    char link_path[80];
    snprintf(link_path, sizeof link_path, "%s.link", path);
    assert_int_equal(0, symlink(path, link_path));
    assert_status(IO, audit_sink_open(link_path, &second, &torn));
    unlink(link_path);
    assert_status(IO, audit_sink_open("/nowhere/at/all", &second, &torn));
    assert_status(IO, audit_sink_open("/dev/null", &second, &torn));
}

static void a_file_that_somebody_else_cut_wrote_or_removed_is_not_trusted(void **state)
{
    (void)state;
    struct audit_sink sink;
    bool torn;
    assert_status(OK, audit_sink_open(path, &sink, &torn));
    assert_status(OK, write_text(&sink, "one\n"));
    set_content("one\ntwo\n");
    assert_status(IO, write_text(&sink, "three\n"));
    assert_non_null(strstr(audit_sink_why(&sink), "somebody else"));
    set_content("on");
    assert_status(IO, write_text(&sink, "three\n"));
    set_content("one\n");
    assert_status(OK, write_text(&sink, "four\n"));
    unlink(path);
    assert_status(IO, write_text(&sink, "five\n"));
    audit_sink_close(&sink);
}

/* In a child, because the limit holds for all files of a process. */
static int write_beyond_the_limit(void)
{
    struct rlimit limit = {10, RLIM_INFINITY};
    struct audit_sink sink;
    bool torn;
    signal(SIGXFSZ, SIG_IGN);
    if (!status_is_ok(audit_sink_open(path, &sink, &torn)) ||
        setrlimit(RLIMIT_FSIZE, &limit) != 0 || !status_is_ok(write_text(&sink, "12345\n")) ||
        write_text(&sink, "abcdef\n").code != STATUS_IO || content().len != 6 ||
        strcmp(audit_sink_why(&sink), strerror(EFBIG)) != 0) {
        return 1;
    }
    limit.rlim_cur = RLIM_INFINITY;
    bool ok = setrlimit(RLIMIT_FSIZE, &limit) == 0 && status_is_ok(write_text(&sink, "gh\n")) &&
              bytes_equal(content(), BYTES_LITERAL("12345\ngh\n"));
    return ok ? 0 : 2;
}

static void a_full_disk_leaves_whole_records_and_is_overcome(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        _exit(write_beyond_the_limit());
    }
    int code = 0;
    assert_int_equal(child, waitpid(child, &code, 0));
    assert_true(WIFEXITED(code));
    assert_int_equal(0, WEXITSTATUS(code));
}

static void where_taking_back_fails_it_is_tried_again(void **state)
{
    (void)state;
    struct audit_sink sink;
    bool torn;
    assert_status(OK, audit_sink_open(path, &sink, &torn));
    int writable = sink.fd;
    sink.fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(sink.fd >= 0);
    assert_status(IO, write_text(&sink, "x\n"));
    assert_true(sink.failed);
    assert_status(IO, write_text(&sink, "x\n"));
    close(sink.fd);
    sink.fd = writable;
    assert_status(OK, write_text(&sink, "y\n"));
    assert_false(sink.failed);
    audit_sink_close(&sink);
    assert_bytes(BYTES_LITERAL("y\n"), content());
}

static char moved[80];

static void move_away(void)
{
    snprintf(moved, sizeof moved, "%s.1", path);
    assert_int_equal(0, rename(path, moved));
}

static void a_trail_goes_on_in_a_new_file(void **state)
{
    (void)state;
    struct audit_sink sink;
    bool torn;
    bool is_new;
    assert_status(OK, audit_sink_open(path, &sink, &torn));
    assert_status(OK, write_text(&sink, "one\n"));
    move_away();
    assert_status(OK, write_text(&sink, "two\n"));
    assert_status(OK, audit_sink_reopen(path, &sink, &is_new));
    assert_true(is_new);
    assert_status(OK, write_text(&sink, "three\n"));
    assert_bytes(BYTES_LITERAL("three\n"), content());
    assert_status(OK, audit_sink_reopen(path, &sink, &is_new));
    assert_false(is_new);
    assert_status(OK, write_text(&sink, "four\n"));
    assert_bytes(BYTES_LITERAL("three\nfour\n"), content());
    assert_int_equal(0, rename(moved, path));
    assert_bytes(BYTES_LITERAL("one\ntwo\n"), content());
    audit_sink_close(&sink);
}

/* Whatever has the path instead of a new file, the one before is gone on with. */
static void what_is_no_new_file_is_not_taken(void **state)
{
    (void)state;
    struct audit_sink sink;
    struct audit_sink other;
    bool torn;
    bool is_new;
    assert_status(OK, audit_sink_open(path, &sink, &torn));
    move_away();
    assert_status(OK, audit_sink_open(path, &other, &torn));
    assert_status(AUDIT_BUSY, audit_sink_reopen(path, &sink, &is_new));
    assert_status(OK, write_text(&other, "of another\n"));
    audit_sink_close(&other);
    assert_status(IO, audit_sink_reopen(path, &sink, &is_new));
    assert_string_equal(strerror(EEXIST), audit_sink_why(&sink));
    unlink(path);
    assert_int_equal(0, symlink("/dev/null", path));
    assert_status(IO, audit_sink_reopen(path, &sink, &is_new));
    assert_status(IO, audit_sink_reopen("/nowhere/at/all", &sink, &is_new));
    assert_string_equal(strerror(ENOENT), audit_sink_why(&sink));
    assert_false(is_new);
    assert_status(OK, write_text(&sink, "one\n"));
    unlink(path);
    assert_int_equal(0, rename(moved, path));
    assert_bytes(BYTES_LITERAL("one\n"), content());
    audit_sink_close(&sink);
}

/* Half a record that cannot be taken back keeps the trail where it is. */
static void half_a_record_is_not_left_behind(void **state)
{
    (void)state;
    struct audit_sink sink;
    bool torn;
    bool is_new;
    assert_status(OK, audit_sink_open(path, &sink, &torn));
    int writable = sink.fd;
    sink.fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(sink.fd >= 0);
    assert_status(IO, write_text(&sink, "x\n"));
    move_away();
    assert_status(IO, audit_sink_reopen(path, &sink, &is_new));
    assert_int_equal(-1, access(path, F_OK));
    close(sink.fd);
    sink.fd = writable;
    assert_status(OK, audit_sink_reopen(path, &sink, &is_new));
    assert_true(is_new);
    audit_sink_close(&sink);
    unlink(moved);
}

#define ON_A_FILE(test) cmocka_unit_test_setup_teardown(test, fresh_path, remove_path)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_FILE(parts_are_appended_in_order),
        ON_A_FILE(a_new_file_is_for_its_owner_only),
        ON_A_FILE(a_torn_last_line_is_kept_and_ended),
        ON_A_FILE(a_second_writer_and_a_symbolic_link_are_refused),
        ON_A_FILE(a_file_that_somebody_else_cut_wrote_or_removed_is_not_trusted),
        ON_A_FILE(a_full_disk_leaves_whole_records_and_is_overcome),
        ON_A_FILE(where_taking_back_fails_it_is_tried_again),
        ON_A_FILE(a_trail_goes_on_in_a_new_file),
        ON_A_FILE(what_is_no_new_file_is_not_taken),
        ON_A_FILE(half_a_record_is_not_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
