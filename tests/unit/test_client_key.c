#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/client_key.h"
#include "fixtures/unit.h"

static struct arena arena;
static char folder[] = "/tmp/test_client_key.XXXXXX";
static char path[64];

static void write_text(const char *text, unsigned mode)
{
    (void)unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(0, fclose(file));
    assert_int_equal(0, chmod(path, mode));
}

static void files_that_are_not_private_key_files_are_refused(void **state)
{
    (void)state;
    struct client_key key;
    static const char good[] =
        "{\"wallet_key\":\"0x1111111111111111111111111111111111111111111111111111111111111111\","
        "\"tee_key\":\"0x11111111111111111111111111111111111111111111111111111111111111111111111111"
        "1111111111111111111111\"}";
    static const char *const bad[] = {"", "{}", "[]",
                                      "{\"wallet_key\":\"0x11\",\"tee_key\":\"0x11\"}",
                                      "{\"wallet_key\":\"11\"}"};
    (void)unlink(path);
    assert_status(KEY_FILE, client_key_read(path, &arena, &key));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_text(bad[i], 0600);
        assert_status(KEY_FILE, client_key_read(path, &arena, &key));
    }
    write_text(good, 0644);
    assert_status(KEY_FILE, client_key_read(path, &arena, &key));
    write_text(good, 0600);
    assert_status(OK, client_key_read(path, &arena, &key));
    /* The address of this key in the reference. */
    assert_bytes(unit_hex("19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"), BYTES_ARRAY(key.address.b));
    char other[80];
    (void)snprintf(other, sizeof other, "%s/link", folder);
    assert_int_equal(0, symlink(path, other));
    assert_status(KEY_FILE, client_key_read(other, &arena, &key));
    (void)unlink(other);
}

static void keys_out_of_range_are_refused(void **state)
{
    (void)state;
    struct client_key key;
    char text[512];
    (void)snprintf(text, sizeof text, "{\"wallet_key\":\"0x%064d\",\"tee_key\":\"0x%096d\"}", 0, 1);
    write_text(text, 0600);
    assert_status(KEY_INVALID, client_key_read(path, &arena, &key));
    (void)snprintf(text, sizeof text, "{\"wallet_key\":\"0x%064d\",\"tee_key\":\"0x%096d\"}", 1, 0);
    write_text(text, 0600);
    assert_status(KEY_INVALID, client_key_read(path, &arena, &key));
    for (size_t i = 0; i < sizeof key; i++) {
        assert_int_equal(0, ((const uint8_t *)&key)[i]);
    }
}

static void what_is_written_is_read_back_and_never_overwritten(void **state)
{
    (void)state;
    struct entropy entropy = entropy_system();
    struct client_key made;
    struct client_key back;
    struct stat about;
    (void)unlink(path);
    assert_status(OK, client_key_generate(&entropy, &made));
    assert_status(OK, client_key_write(path, &made));
    assert_int_equal(0, stat(path, &about));
    assert_int_equal(0600, about.st_mode & 0777);
    assert_status(KEY_FILE, client_key_write(path, &made));
    assert_status(OK, client_key_read(path, &arena, &back));
    assert_memory_equal(&made, &back, sizeof made);
}

int main(void)
{
    assert_status(OK, arena_init(&arena, 1u << 20));
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/key.json", folder);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_are_not_private_key_files_are_refused),
        cmocka_unit_test(keys_out_of_range_are_refused),
        cmocka_unit_test(what_is_written_is_read_back_and_never_overwritten),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    (void)rmdir(folder);
    return failures;
}
