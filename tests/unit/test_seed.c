#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/entropy.h"
#include "fixtures/unit.h"
#include "keys/seed.h"
#include "keys/seed_dev.h"

static char folder[] = "/tmp/coffer-test-seed-XXXXXX";
static int directory = -1;

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory < 0 ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"seed", "link", "fifo", "folder", "made"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unlinkat(directory, names[i], 0);
        unlinkat(directory, names[i], AT_REMOVEDIR);
    }
    close(directory);
    return rmdir(folder);
}

static void write_file(const char *name, size_t len, mode_t mode)
{
    static const uint8_t content[64] = "0123456789abcdef0123456789abcdefX";
    unlinkat(directory, name, 0);
    int file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(file >= 0);
    assert_int_equal(len, write(file, content, len));
    assert_int_equal(0, fchmod(file, mode));
    close(file);
}

static void assert_refused(const char *name)
{
    const struct secret32 zero = {0};
    struct secret32 seed = {{1, 2, 3}};
    assert_status(SEED_INVALID, seed_read_file(directory, name, &seed));
    assert_memory_equal(zero.b, seed.b, 32);
}

static void files_of_another_length_are_refused(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 31, 33, 64};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        write_file("seed", lengths[i], 0600);
        assert_refused("seed");
    }
}

static void files_that_others_may_touch_are_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = {0644, 0640, 0620, 0610, 0604, 0602, 0601, 0777};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        write_file("seed", 32, modes[i]);
        assert_refused("seed");
    }
}

static void what_is_no_regular_file_is_refused(void **state)
{
    (void)state;
    write_file("seed", 32, 0600);
    assert_int_equal(0, symlinkat("seed", directory, "link"));
    assert_refused("link");
    assert_int_equal(0, mkfifoat(directory, "fifo", 0600));
    assert_refused("fifo");
    assert_int_equal(0, mkdirat(directory, "folder", 0700));
    assert_refused("folder");
}

static void a_file_that_is_not_there_is_not_found(void **state)
{
    (void)state;
    struct secret32 seed;
    assert_status(NOT_FOUND, seed_read_file(directory, "nothing", &seed));
}

static void a_fit_file_is_read(void **state)
{
    (void)state;
    static const mode_t modes[] = {0600, 0400};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct secret32 seed;
        write_file("seed", 32, modes[i]);
        assert_status(OK, seed_read_file(directory, "seed", &seed));
        assert_memory_equal("0123456789abcdef0123456789abcdef", seed.b, 32);
    }
}

static void a_pipe_gives_a_seed_in_pieces(void **state)
{
    (void)state;
    for (size_t len = 30; len <= 34; len++) {
        int ends[2];
        struct secret32 seed;
        assert_int_equal(0, pipe(ends));
        assert_int_equal(16, write(ends[1], "0123456789abcdef", 16));
        assert_int_equal(len - 16, write(ends[1], "0123456789abcdefXY", len - 16));
        close(ends[1]);
        struct status status = seed_read_descriptor(ends[0], &seed);
        close(ends[0]);
        if (len == 32) {
            assert_status(OK, status);
            assert_memory_equal("0123456789abcdef0123456789abcdef", seed.b, 32);
        } else {
            assert_status(SEED_INVALID, status);
        }
    }
}

static void a_development_seed_is_made_once(void **state)
{
    (void)state;
    struct entropy entropy = entropy_system();
    struct secret32 first;
    struct secret32 second;
    bool created = false;
    assert_status(OK, seed_dev_open(directory, "made", &entropy, &first, &created));
    assert_true(created);
    struct stat info;
    assert_int_equal(0, fstatat(directory, "made", &info, AT_SYMLINK_NOFOLLOW));
    assert_int_equal(S_IFREG | 0600, info.st_mode);
    assert_int_equal(32, info.st_size);
    assert_status(OK, seed_dev_open(directory, "made", &entropy, &second, &created));
    assert_false(created);
    assert_memory_equal(first.b, second.b, 32);
}

static void a_development_seed_that_is_unfit_is_not_replaced(void **state)
{
    (void)state;
    struct entropy entropy = entropy_system();
    struct secret32 seed;
    bool created = true;
    write_file("made", 31, 0600);
    assert_status(SEED_INVALID, seed_dev_open(directory, "made", &entropy, &seed, &created));
    assert_false(created);
    struct stat info;
    assert_int_equal(0, fstatat(directory, "made", &info, AT_SYMLINK_NOFOLLOW));
    assert_int_equal(31, info.st_size);
}

static struct status broken_fill(void *context, uint8_t *out, size_t len)
{
    (void)context;
    (void)out;
    (void)len;
    return FAIL(ENTROPY);
}

static void without_entropy_no_seed_appears(void **state)
{
    (void)state;
    struct entropy broken = {NULL, broken_fill};
    struct secret32 seed;
    bool created = true;
    unlinkat(directory, "made", 0);
    assert_status(ENTROPY, seed_dev_open(directory, "made", &broken, &seed, &created));
    assert_false(created);
    assert_status(NOT_FOUND, seed_read_file(directory, "made", &seed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_another_length_are_refused),
        cmocka_unit_test(files_that_others_may_touch_are_refused),
        cmocka_unit_test(what_is_no_regular_file_is_refused),
        cmocka_unit_test(a_file_that_is_not_there_is_not_found),
        cmocka_unit_test(a_fit_file_is_read),
        cmocka_unit_test(a_pipe_gives_a_seed_in_pieces),
        cmocka_unit_test(a_development_seed_is_made_once),
        cmocka_unit_test(a_development_seed_that_is_unfit_is_not_replaced),
        cmocka_unit_test(without_entropy_no_seed_appears),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
