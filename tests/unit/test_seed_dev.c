#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/entropy.h"
#include "fixtures/unit.h"
#include "keys/seed_dev.h"

static char folder_path[] = "/tmp/coffer-test-seed-XXXXXX";
static int directory = -1;

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder_path) == NULL) {
        return -1;
    }
    directory = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory < 0 ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"seed",   "link", "fifo",
                                        "folder", "made", "made.commitment"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unlinkat(directory, names[i], 0);
        unlinkat(directory, names[i], AT_REMOVEDIR);
    }
    close(directory);
    return rmdir(folder_path);
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

/* --- the folder of a development node --- */

static struct entropy system_entropy;

static struct seed_dev_folder empty_folder(void)
{
    system_entropy = entropy_system();
    unlinkat(directory, "made", 0);
    unlinkat(directory, "made.commitment", 0);
    return (struct seed_dev_folder){.directory = directory, .entropy = &system_entropy};
}

static bool is_there(const char *name)
{
    return faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void assert_open(enum status_code code, const struct seed_dev_folder *folder)
{
    const struct secret32 zero = {0};
    struct secret32 seed = {{1}};
    bool created = true;
    assert_int_equal(code, seed_dev_open(folder, "made", &seed, &created).code);
    assert_false(created);
    if (code != STATUS_OK) {
        assert_memory_equal(zero.b, seed.b, 32);
    }
}

static void make_seed(const struct seed_dev_folder *folder, struct secret32 *ret_seed)
{
    bool created = false;
    assert_status(OK, seed_dev_open(folder, "made", ret_seed, &created));
    assert_true(created);
}

static void flip_bit(const char *name, off_t at)
{
    uint8_t byte = 0;
    int file = openat(directory, name, O_RDWR);
    assert_true(file >= 0);
    assert_int_equal(1, pread(file, &byte, 1, at));
    byte ^= 1;
    assert_int_equal(1, pwrite(file, &byte, 1, at));
    close(file);
}

static void a_development_seed_is_made_once(void **state)
{
    (void)state;
    struct seed_dev_folder folder = empty_folder();
    struct secret32 first;
    struct secret32 second;
    bool created = true;
    make_seed(&folder, &first);
    struct stat info;
    assert_int_equal(0, fstatat(directory, "made", &info, AT_SYMLINK_NOFOLLOW));
    assert_int_equal(S_IFREG | 0600, info.st_mode);
    assert_int_equal(32, info.st_size);
    assert_true(is_there("made.commitment"));
    folder.has_history = true;
    assert_status(OK, seed_dev_open(&folder, "made", &second, &created));
    assert_false(created);
    assert_memory_equal(first.b, second.b, 32);
}

static void a_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct seed_dev_folder folder = empty_folder();
    struct secret32 seed;
    make_seed(&folder, &seed);
    for (off_t i = 0; i < 32; i++) {
        flip_bit("made", i);
        assert_open(STATUS_SEED_COMMITMENT, &folder);
        flip_bit("made", i);
    }
    for (off_t i = 0; i < 67; i++) {
        flip_bit("made.commitment", i);
        assert_open(STATUS_SEED_COMMITMENT, &folder);
        flip_bit("made.commitment", i);
    }
    assert_open(STATUS_OK, &folder);
}

static void a_seed_that_was_there_is_not_made_again(void **state)
{
    (void)state;
    struct seed_dev_folder folder = empty_folder();
    struct secret32 seed;
    make_seed(&folder, &seed);
    unlinkat(directory, "made", 0);
    assert_open(STATUS_SEED_LOST, &folder); /* the commitment is there */
    assert_false(is_there("made"));
    unlinkat(directory, "made.commitment", 0);
    folder.has_history = true;
    assert_open(STATUS_SEED_LOST, &folder);
    assert_false(is_there("made"));
    folder.has_history = false;
    make_seed(&folder, &seed);
}

static void a_folder_from_before_commitments_gets_one(void **state)
{
    (void)state;
    struct seed_dev_folder folder = empty_folder();
    folder.has_history = true;
    write_file("made", 32, 0600);
    folder.is_look = true;
    assert_open(STATUS_OK, &folder);
    assert_false(is_there("made.commitment"));
    folder.is_look = false;
    assert_open(STATUS_OK, &folder);
    assert_true(is_there("made.commitment"));
}

static void a_seed_from_elsewhere_must_be_that_of_the_folder(void **state)
{
    (void)state;
    struct seed_dev_folder folder = empty_folder();
    const struct secret32 one = {{1}};
    const struct secret32 two = {{2}};
    assert_status(OK, seed_dev_bind(&folder, "made", &one));
    assert_status(OK, seed_dev_bind(&folder, "made", &one));
    assert_status(SEED_COMMITMENT, seed_dev_bind(&folder, "made", &two));
    assert_open(STATUS_SEED_LOST, &folder);
}

/* HMAC-SHA-256 of "coffer/seed-commit/1" under the key 00 01 .. 1f, from Python's hmac. */
static void a_commitment_is_what_others_compute(void **state)
{
    (void)state;
    struct seed_dev_folder folder = empty_folder();
    struct secret32 seed;
    char text[68] = "";
    for (size_t i = 0; i < sizeof seed.b; i++) {
        seed.b[i] = (uint8_t)i;
    }
    assert_status(OK, seed_dev_bind(&folder, "made", &seed));
    int file = openat(directory, "made.commitment", O_RDONLY);
    assert_int_equal(67, read(file, text, sizeof text));
    close(file);
    assert_string_equal("0x15b702d3d40bfbf4f84c09461f4ca2a0ca7a90bdaf471f8395d159bb98998385\n",
                        text);
}

static void a_look_writes_nothing(void **state)
{
    (void)state;
    struct seed_dev_folder folder = empty_folder();
    struct secret32 seed;
    bool created = true;
    folder.is_look = true;
    assert_status(OK, seed_dev_open(&folder, "made", &seed, &created));
    assert_false(created);
    assert_false(is_there("made") || is_there("made.commitment"));
}

static void a_development_seed_that_is_unfit_is_not_replaced(void **state)
{
    (void)state;
    struct seed_dev_folder folder = empty_folder();
    write_file("made", 31, 0600);
    assert_open(STATUS_SEED_INVALID, &folder);
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
    struct seed_dev_folder folder = empty_folder();
    folder.entropy = &broken;
    assert_open(STATUS_ENTROPY, &folder);
    assert_false(is_there("made") || is_there("made.commitment"));
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
        cmocka_unit_test(a_flipped_bit_is_refused),
        cmocka_unit_test(a_seed_that_was_there_is_not_made_again),
        cmocka_unit_test(a_folder_from_before_commitments_gets_one),
        cmocka_unit_test(a_seed_from_elsewhere_must_be_that_of_the_folder),
        cmocka_unit_test(a_commitment_is_what_others_compute),
        cmocka_unit_test(a_look_writes_nothing),
        cmocka_unit_test(a_development_seed_that_is_unfit_is_not_replaced),
        cmocka_unit_test(without_entropy_no_seed_appears),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
