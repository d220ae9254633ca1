#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/entropy.h"
#include "carrier/root_folder.h"
#include "carrier/root_seal_dev.h"
#include "fixtures/unit.h"
#include "keys/root.h"

enum { CONTENT_MAX = 2048, OPERATIONS_MAX = 8 };

/* --- a disk that fails ------------------------------------------------------------------------ */

/* The operation on the disk, from 1, that ends the process or fails; 0: none. */
static int fatal_at;
static int failing_at;
static int operations;

/* Returns: whether it fails. */
static bool count_operation(void)
{
    operations++;
    if (operations == fatal_at) {
        _exit(7);
    }
    errno = EIO;
    return operations == failing_at;
}

/* In place of the library's. */
int fsync(int file)
{
    return count_operation() ? -1 : (int)syscall(SYS_fsync, file);
}

int linkat(int from, const char *name, int to, const char *other, int flags)
{
    return count_operation() ? -1 : (int)syscall(SYS_linkat, from, name, to, other, flags);
}

int unlinkat(int folder, const char *name, int flags)
{
    return count_operation() ? -1 : (int)syscall(SYS_unlinkat, folder, name, flags);
}

int fchmod(int file, mode_t mode)
{
    return count_operation() ? -1 : (int)syscall(SYS_fchmod, file, mode);
}

/* --- a folder --------------------------------------------------------------------------------- */

static char top_path[64];
static int top = -1;
static struct entropy entropy;
static struct root_seal_dev *keys;
static struct root_folder *folder;
static struct root_carrier carrier;
static struct root_start_found found;

static struct root_folder_setup setup_of(uint8_t domain, struct root_seal seal)
{
    struct root_folder_setup setup = {
        .directory = top, .name = "roots", .seal = seal, .entropy = entropy};
    memset(setup.domain, domain, sizeof setup.domain);
    return setup;
}

static void reopen(uint8_t domain, struct root_seal seal)
{
    struct root_folder_setup setup = setup_of(domain, seal);
    root_folder_close(&folder);
    assert_status(OK, root_folder_open(&setup, &folder));
    carrier = root_folder_port(folder);
}

static int make_top(void **state)
{
    (void)state;
    (void)snprintf(top_path, sizeof top_path, "/tmp/coffer-test-roots-XXXXXX");
    if (mkdtemp(top_path) == NULL) {
        return -1;
    }
    fatal_at = 0;
    failing_at = 0;
    top = open(top_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    entropy = entropy_system();
    const struct seed_dev_folder data = {.directory = top, .entropy = &entropy};
    assert_status(OK, root_seal_dev_open(&data, &keys));
    reopen(1, root_seal_dev_port(keys));
    return 0;
}

static int remove_top(void **state)
{
    char command[128];
    (void)state;
    root_folder_close(&folder);
    root_seal_dev_close(&keys);
    close(top);
    (void)snprintf(command, sizeof command, "rm -rf %s", top_path);
    return system(command); /* NOLINT */
}

static struct handoff_roots roots_of(uint8_t first, size_t count)
{
    struct handoff_roots roots = {.count = count};
    for (size_t i = 0; i < count; i++) {
        roots.list[i].epoch = (uint32_t)i;
        memset(roots.list[i].master.b, first + (int)i, sizeof roots.list[i].master.b);
    }
    return roots;
}

static void write_roots(uint8_t first, size_t count)
{
    struct handoff_roots roots = roots_of(first, count);
    assert_status(OK, root_carrier_write(&carrier, &roots));
}

static bool has_found(uint8_t first, size_t count)
{
    struct handoff_roots roots = roots_of(first, count);
    size_t same = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < found.count; j++) {
            same += memcmp(&found.list[j], &roots.list[i], sizeof found.list[j]) == 0;
        }
    }
    return same == count;
}

/* The path of the only root that is stored, or of the one of that epoch. */
static const char *path_of(uint32_t epoch)
{
    static char path[400];
    char start[32];
    char folder_path[96];
    (void)snprintf(start, sizeof start, "root-%u-", epoch);
    (void)snprintf(folder_path, sizeof folder_path, "%s/roots", top_path);
    DIR *list = opendir(folder_path);
    path[0] = '\0';
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        if (strncmp(entry->d_name, start, strlen(start)) == 0) {
            (void)snprintf(path, sizeof path, "%s/%s", folder_path, entry->d_name);
        }
    }
    closedir(list);
    assert_int_not_equal(0, path[0]);
    return path;
}

static size_t count_entries(bool is_hidden)
{
    char folder_path[96];
    size_t count = 0;
    (void)snprintf(folder_path, sizeof folder_path, "%s/roots", top_path);
    DIR *list = opendir(folder_path);
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        bool is_dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        count += !is_dots && (entry->d_name[0] == '.') == is_hidden;
    }
    closedir(list);
    return count;
}

static size_t read_file(const char *path, uint8_t content[static CONTENT_MAX])
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = read(file, content, CONTENT_MAX);
    close(file);
    assert_true(len > 0);
    return (size_t)len;
}

static void write_file(const char *path, const uint8_t *content, size_t len)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(len, write(file, content, len));
    close(file);
}

/* --- the tests -------------------------------------------------------------------------------- */

static void what_is_written_is_read_back(void **state)
{
    struct stat info;
    uint8_t hash[32];
    char name[128] = "root-0-";
    struct handoff_roots roots = roots_of(5, 3);
    (void)state;
    assert_status(OK, root_carrier_read(&carrier, &found));
    assert_int_equal(0, found.count);
    write_roots(5, 3);
    reopen(1, root_seal_dev_port(keys));
    assert_status(OK, root_carrier_read(&carrier, &found));
    assert_int_equal(3, found.count);
    assert_true(has_found(5, 3));
    assert_int_equal(0, count_entries(true));
    assert_int_equal(0, stat(path_of(0), &info));
    assert_int_equal(0600, info.st_mode & 07777);
    assert_int_equal(1, info.st_nlink);
    root_master_hash(&roots.list[0].master, hash);
    for (size_t i = 0; i < sizeof hash; i++) {
        (void)snprintf(name + 7 + 2 * i, 3, "%02x", hash[i]);
    }
    assert_non_null(strstr(path_of(0), name));
}

static void the_root_is_not_in_the_file(void **state)
{
    uint8_t content[CONTENT_MAX];
    (void)state;
    write_roots(5, 1);
    size_t len = read_file(path_of(0), content);
    for (size_t i = 0; i + 8 <= len; i++) {
        assert_memory_not_equal(content + i, "\5\5\5\5\5\5\5\5", 8);
    }
}

static void nothing_is_written_over(void **state)
{
    uint8_t before[CONTENT_MAX];
    uint8_t after[CONTENT_MAX];
    struct stat first;
    struct stat again;
    (void)state;
    write_roots(5, 1);
    char path[400];
    (void)snprintf(path, sizeof path, "%s", path_of(0));
    size_t len = read_file(path, before);
    assert_int_equal(0, stat(path, &first));
    write_roots(5, 1);
    write_roots(9, 1);
    assert_int_equal(0, stat(path, &again));
    assert_int_equal(first.st_ino, again.st_ino);
    assert_int_equal(len, read_file(path, after));
    assert_memory_equal(before, after, len);
    assert_status(OK, root_carrier_read(&carrier, &found));
    assert_int_equal(2, found.count);
    assert_true(has_found(5, 1) && has_found(9, 1));
}

static void a_place_that_is_taken_is_left(void **state)
{
    uint8_t content[CONTENT_MAX];
    struct handoff_roots roots = roots_of(5, 1);
    (void)state;
    write_roots(5, 1);
    write_file(path_of(0), (const uint8_t *)"something", 9);
    assert_status(ROOT_CARRIER, root_carrier_write(&carrier, &roots));
    assert_int_equal(9, read_file(path_of(0), content));
    assert_memory_equal("something", content, 9);
}

static void every_changed_byte_is_told(void **state)
{
    uint8_t content[CONTENT_MAX];
    (void)state;
    write_roots(5, 1);
    size_t len = read_file(path_of(0), content);
    assert_int_equal(4 + 1 + 32 + 4 + 2 + 60 + 12 + 48, len);
    for (size_t i = 0; i < len; i++) {
        content[i] ^= 1;
        write_file(path_of(0), content, len);
        assert_status(ROOT_CARRIER, root_carrier_read(&carrier, &found));
        assert_int_equal(0, found.count);
        content[i] ^= 1;
    }
    write_file(path_of(0), content, len);
    assert_status(OK, root_carrier_read(&carrier, &found));
    assert_int_equal(1, found.count);
}

static void every_other_length_is_told(void **state)
{
    uint8_t content[CONTENT_MAX] = {0};
    (void)state;
    write_roots(5, 1);
    size_t len = read_file(path_of(0), content);
    for (size_t i = 0; i < len; i++) {
        write_file(path_of(0), content, i);
        assert_status(ROOT_CARRIER, root_carrier_read(&carrier, &found));
    }
    write_file(path_of(0), content, len + 1);
    assert_status(ROOT_CARRIER, root_carrier_read(&carrier, &found));
    write_file(path_of(0), content, sizeof content);
    assert_status(ROOT_CARRIER, root_carrier_read(&carrier, &found));
}

static void what_is_of_another_deployment_or_key_is_told(void **state)
{
    static const struct {
        uint8_t domain;
        bool is_other_key;
    } rows[] = {{2, false}, {1, true}};
    (void)state;
    write_roots(5, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char other[] = "/tmp/coffer-test-keys-XXXXXX";
        char command[64];
        struct root_seal_dev *others;
        assert_non_null(mkdtemp(other));
        int data = open(other, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const struct seed_dev_folder of = {.directory = data, .entropy = &entropy};
        assert_status(OK, root_seal_dev_open(&of, &others));
        reopen(rows[i].domain, root_seal_dev_port(rows[i].is_other_key ? others : keys));
        assert_status(ROOT_CARRIER, root_carrier_read(&carrier, &found));
        assert_int_equal(0, found.count);
        root_seal_dev_close(&others);
        close(data);
        (void)snprintf(command, sizeof command, "rm -rf %s", other);
        assert_int_equal(0, system(command)); /* NOLINT */
    }
}

static void what_does_not_open_hides_nothing(void **state)
{
    uint8_t content[CONTENT_MAX];
    (void)state;
    write_roots(5, 8);
    /* In whatever order the folder has them. */
    for (uint32_t epoch = 0; epoch < 8; epoch++) {
        size_t len = read_file(path_of(epoch), content);
        write_file(path_of(epoch), (const uint8_t *)"x", 1);
        assert_status(ROOT_CARRIER, root_carrier_read(&carrier, &found));
        assert_int_equal(7, found.count);
        write_file(path_of(epoch), content, len);
    }
    assert_status(OK, root_carrier_read(&carrier, &found));
    assert_true(has_found(5, 8));
}

static void what_is_no_file_of_ours_alone_is_told(void **state)
{
    char path[400];
    char aside[96];
    uint8_t content[CONTENT_MAX];
    static const mode_t modes[] = {0640, 0604, 0620, 0602, 0610};
    (void)state;
    write_roots(5, 1);
    (void)snprintf(path, sizeof path, "%s", path_of(0));
    (void)snprintf(aside, sizeof aside, "%s/aside", top_path);
    size_t len = read_file(path, content);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(0, chmod(path, modes[i]));
        assert_status(ROOT_CARRIER, root_carrier_read(&carrier, &found));
    }
    assert_int_equal(0, unlink(path));
    write_file(aside, content, len);
    assert_int_equal(0, symlink(aside, path));
    assert_status(ROOT_CARRIER, root_carrier_read(&carrier, &found));
    assert_int_equal(0, unlink(path));
    assert_int_equal(0, mkfifo(path, 0600));
    assert_status(ROOT_CARRIER, root_carrier_read(&carrier, &found));
    assert_int_equal(0, unlink(path));
    assert_int_equal(0, mkdir(path, 0700));
    assert_status(ROOT_CARRIER, root_carrier_read(&carrier, &found));
    assert_int_equal(0, rmdir(path));
    assert_status(OK, root_carrier_read(&carrier, &found));
}

static void more_than_fit_are_told(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < ROOT_START_FOUND_MAX; i++) {
        write_roots((uint8_t)(1 + i), 1);
    }
    assert_status(OK, root_carrier_read(&carrier, &found));
    write_roots(100, 1);
    assert_status(ROOT_CARRIER, root_carrier_read(&carrier, &found));
    assert_int_equal(ROOT_START_FOUND_MAX, found.count);
}

static void a_folder_that_is_not_ours_alone_is_refused(void **state)
{
    char path[96];
    struct root_folder *other;
    struct root_folder_setup setup = setup_of(1, root_seal_dev_port(keys));
    (void)state;
    (void)snprintf(path, sizeof path, "%s/other", top_path);
    setup.name = "other";
    assert_int_equal(0, symlink("roots", path));
    assert_status(DATA_FOLDER, root_folder_open(&setup, &other));
    assert_int_equal(0, unlink(path));
    write_file(path, (const uint8_t *)"", 0);
    assert_status(DATA_FOLDER, root_folder_open(&setup, &other));
    assert_int_equal(0, unlink(path));
    assert_int_equal(0, mkdir(path, 0700));
    assert_int_equal(0, chmod(path, 0750));
    assert_status(DATA_FOLDER, root_folder_open(&setup, &other));
    assert_null(other);
}

/* --- who holds the key is away ---------------------------------------------------------------- */

static struct status seal_away(void *context, struct bytes about, const struct secret32 *key,
                               struct buf *sealed)
{
    (void)context;
    (void)about;
    (void)key;
    (void)sealed;
    return FAIL(UNAVAILABLE);
}

static struct status open_away(void *context, struct bytes about, struct bytes sealed,
                               struct secret32 *ret_key)
{
    (void)context;
    (void)about;
    (void)sealed;
    *ret_key = (struct secret32){{0}};
    return FAIL(UNAVAILABLE);
}

static void a_key_that_is_away_is_a_root_that_does_not_open(void **state)
{
    struct handoff_roots roots = roots_of(9, 1);
    (void)state;
    write_roots(5, 1);
    reopen(1, (struct root_seal){NULL, seal_away, open_away});
    assert_status(ROOT_CARRIER, root_carrier_read(&carrier, &found));
    assert_int_equal(0, found.count);
    assert_status(UNAVAILABLE, root_carrier_write(&carrier, &roots));
    reopen(1, root_seal_dev_port(keys));
    assert_status(OK, root_carrier_read(&carrier, &found));
    assert_int_equal(1, found.count);
}

/* --- a disk that fails ------------------------------------------------------------------------ */

static void dies_writing(int at)
{
    struct handoff_roots roots = roots_of(5, 1);
    pid_t child = fork();
    if (child == 0) {
        /* The child has no guarded memory of its parent. */
        struct root_folder_setup setup = setup_of(1, root_seal_dev_port(NULL));
        struct root_folder *own = NULL;
        struct root_seal_dev *own_keys = NULL;
        const struct seed_dev_folder data = {.directory = top, .entropy = &entropy};
        operations = 0;
        bool is_ready = status_is_ok(root_seal_dev_open(&data, &own_keys));
        setup.seal = root_seal_dev_port(own_keys);
        is_ready = is_ready && status_is_ok(root_folder_open(&setup, &own));
        operations = 0;
        fatal_at = at;
        struct root_carrier to = root_folder_port(own);
        _exit(is_ready && status_is_ok(root_carrier_write(&to, &roots)) ? 0 : 1);
    }
    int ended = 0;
    assert_int_equal(child, waitpid(child, &ended, 0));
    assert_true(WIFEXITED(ended));
    assert_int_equal(at <= 5 ? 7 : 0, WEXITSTATUS(ended));
}

/* The mode, the content, the link, the removal of the other name, the folder. */
static void a_death_at_any_point_leaves_nothing_broken(void **state)
{
    (void)state;
    for (int at = 1; at <= 6; at++) {
        struct handoff_roots other = roots_of(9, 1);
        dies_writing(at);
        assert_status(OK, root_carrier_read(&carrier, &found));
        assert_int_equal(at <= 3 ? 0 : 1, found.count);
        assert_int_equal(at <= 4 ? 1 : 0, count_entries(true));
        assert_status(OK, root_carrier_write(&carrier, &other));
        write_roots(5, 1);
        assert_status(OK, root_carrier_read(&carrier, &found));
        assert_int_equal(2, found.count);
        remove_top(NULL);
        assert_int_equal(0, make_top(NULL));
    }
}

static void a_failure_at_any_point_is_told(void **state)
{
    struct handoff_roots roots = roots_of(5, 1);
    (void)state;
    for (int at = 1; at <= 5; at++) {
        operations = 0;
        failing_at = at;
        struct status status = root_carrier_write(&carrier, &roots);
        failing_at = 0;
        /* The other name may stay: nobody looks at it. */
        assert_string_equal(at == 4 ? "OK" : "IO", status_name(status.code));
        assert_status(OK, root_carrier_read(&carrier, &found));
        write_roots(5, 1);
        assert_status(OK, root_carrier_read(&carrier, &found));
        assert_int_equal(1, found.count);
        remove_top(NULL);
        assert_int_equal(0, make_top(NULL));
    }
}

static void a_full_disk_leaves_nothing(void **state)
{
    struct rlimit before;
    struct handoff_roots roots = roots_of(5, 1);
    (void)state;
    assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &before));
    struct rlimit small = {100, before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &small));
    struct status status = root_carrier_write(&carrier, &roots);
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &before));
    assert_status(IO, status);
    assert_int_equal(0, count_entries(false) + count_entries(true));
    assert_status(OK, root_carrier_read(&carrier, &found));
    assert_int_equal(0, found.count);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_top, remove_top)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_written_is_read_back),
        CASE(the_root_is_not_in_the_file),
        CASE(nothing_is_written_over),
        CASE(a_place_that_is_taken_is_left),
        CASE(every_changed_byte_is_told),
        CASE(every_other_length_is_told),
        CASE(what_is_of_another_deployment_or_key_is_told),
        CASE(what_does_not_open_hides_nothing),
        CASE(what_is_no_file_of_ours_alone_is_told),
        CASE(more_than_fit_are_told),
        CASE(a_folder_that_is_not_ours_alone_is_refused),
        CASE(a_key_that_is_away_is_a_root_that_does_not_open),
        CASE(a_death_at_any_point_leaves_nothing_broken),
        CASE(a_failure_at_any_point_is_told),
        CASE(a_full_disk_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
