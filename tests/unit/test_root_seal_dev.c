#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/entropy.h"
#include "carrier/root_seal_dev.h"
#include "fixtures/unit.h"

enum { SEALED = 60 };

static char path[64];
static int folder = -1;
static struct entropy entropy;
static struct root_seal_dev *keys;

static struct status open_keys(void)
{
    const struct seed_dev_folder data = {.directory = folder, .entropy = &entropy};
    root_seal_dev_close(&keys);
    return root_seal_dev_open(&data, &keys);
}

static int make_folder(void **state)
{
    (void)state;
    entropy = entropy_system();
    (void)snprintf(path, sizeof path, "/tmp/coffer-test-seal-XXXXXX");
    if (mkdtemp(path) == NULL) {
        return -1;
    }
    folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return status_is_ok(open_keys()) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[96];
    (void)state;
    root_seal_dev_close(&keys);
    close(folder);
    (void)snprintf(command, sizeof command, "rm -rf %s", path);
    return system(command); /* NOLINT */
}

static const struct secret32 key = {{1, 2, 3}};

static void seal_key(uint8_t ret_sealed[static SEALED])
{
    struct buf out = buf_over(ret_sealed, SEALED);
    struct root_seal seal = root_seal_dev_port(keys);
    assert_status(OK, seal.seal(seal.context, BYTES_LITERAL("about"), &key, &out));
    assert_int_equal(SEALED, out.len);
}

static struct status open_sealed(const char *about, const uint8_t *sealed, size_t len,
                                 struct secret32 *ret)
{
    struct root_seal seal = root_seal_dev_port(keys);
    memset(ret, 7, sizeof *ret);
    return seal.open(seal.context, bytes_of(about), (struct bytes){sealed, len}, ret);
}

static void a_key_opens_after_a_restart(void **state)
{
    uint8_t sealed[SEALED];
    struct secret32 opened;
    (void)state;
    seal_key(sealed);
    assert_status(OK, open_keys());
    assert_status(OK, open_sealed("about", sealed, SEALED, &opened));
    assert_memory_equal(key.b, opened.b, sizeof key.b);
}

static void the_file_is_for_nobody_else(void **state)
{
    struct stat info;
    (void)state;
    assert_int_equal(0, fstatat(folder, ROOT_SEAL_DEV_NAME, &info, AT_SYMLINK_NOFOLLOW));
    assert_int_equal(S_IFREG | 0600, info.st_mode);
    assert_int_equal(32, info.st_size);
    assert_int_equal(0, fchmodat(folder, ROOT_SEAL_DEV_NAME, 0640, 0));
    assert_status(SEED_INVALID, open_keys());
}

static void a_key_that_is_gone_is_not_made_again(void **state)
{
    (void)state;
    assert_int_equal(0, unlinkat(folder, ROOT_SEAL_DEV_NAME, 0));
    assert_status(SEED_LOST, open_keys());
    assert_null(keys);
}

static void whatever_was_changed_does_not_open(void **state)
{
    uint8_t sealed[SEALED];
    struct secret32 opened;
    const struct secret32 zero = {{0}};
    (void)state;
    seal_key(sealed);
    for (size_t i = 0; i < SEALED; i++) {
        sealed[i] ^= 0x80;
        assert_status(AEAD_INVALID, open_sealed("about", sealed, SEALED, &opened));
        assert_memory_equal(zero.b, opened.b, sizeof zero.b);
        assert_status(AEAD_INVALID, open_sealed("about", sealed, i, &opened));
        assert_memory_equal(zero.b, opened.b, sizeof zero.b);
        sealed[i] ^= 0x80;
    }
    assert_status(AEAD_INVALID, open_sealed("abous", sealed, SEALED, &opened));
    assert_status(OK, open_sealed("about", sealed, SEALED, &opened));
}

static void no_two_are_sealed_alike(void **state)
{
    uint8_t first[SEALED];
    uint8_t second[SEALED];
    (void)state;
    seal_key(first);
    seal_key(second);
    assert_memory_not_equal(first, second, 12);
    assert_memory_not_equal(first + 12, second + 12, SEALED - 12);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_key_opens_after_a_restart),
        CASE(the_file_is_for_nobody_else),
        CASE(a_key_that_is_gone_is_not_made_again),
        CASE(whatever_was_changed_does_not_open),
        CASE(no_two_are_sealed_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
