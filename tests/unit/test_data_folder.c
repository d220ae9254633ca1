#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/data_folder.h"
#include "fixtures/unit.h"

enum { NOBODY = 65534 };

static char base[] = "/tmp/coffer-test-folder-XXXXXX";
static char data[64];
static char why[DATA_FOLDER_WHY_MAX];

static int make_base(void **state)
{
    (void)state;
    (void)umask(022);
    if (mkdtemp(base) == NULL) {
        return -1;
    }
    return snprintf(data, sizeof data, "%s/data", base) > 0 ? 0 : -1;
}

static int remove_base(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", base);
    return system(command);
}

static const char *in(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", data, name);
    return path;
}

static void put(const char *name, mode_t mode)
{
    int file = open(in(name), O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(file >= 0);
    assert_int_equal(0, fchmod(file, mode));
    close(file);
}

static void assert_open(enum status_code code, const char *path, bool is_made)
{
    int folder = 7;
    assert_int_equal(code, data_folder_open(path, is_made, &folder, why).code);
    assert_true(code == STATUS_OK || folder == -1);
    if (folder >= 0) {
        close(folder);
    }
}

static void assert_refused(const char *name, const char *reason)
{
    assert_open(STATUS_DATA_FOLDER, data, true);
    assert_non_null(strstr(why, name));
    assert_non_null(strstr(why, reason));
}

static void a_look_makes_nothing_and_says_what_could_not_be_made(void **state)
{
    (void)state;
    char deep[96];
    (void)snprintf(deep, sizeof deep, "%s/none/data", base);
    assert_open(STATUS_OK, data, false);
    assert_int_equal(-1, access(data, F_OK));
    assert_open(STATUS_IO, deep, false);
    assert_open(STATUS_IO, deep, true);
    assert_non_null(strstr(why, "No such file or directory"));
    assert_open(STATUS_IO, "/dev/null", true);
    assert_non_null(strstr(why, "Not a directory"));
    assert_open(STATUS_IO, "/proc/nothing", false);
}

static void it_is_made_closed_and_never_ends_in_git(void **state)
{
    (void)state;
    struct stat info;
    char text[8] = "";
    assert_open(STATUS_OK, data, true);
    assert_int_equal(0, stat(data, &info));
    assert_int_equal(S_IFDIR | 0700, info.st_mode);
    int file = open(in(".gitignore"), O_RDONLY);
    assert_int_equal(2, read(file, text, sizeof text));
    assert_string_equal("*\n", text);
    close(file);
    /* One that was there stays, and one that is missing comes back. */
    assert_int_equal(0, truncate(in(".gitignore"), 0));
    assert_open(STATUS_OK, data, true);
    assert_int_equal(0, stat(in(".gitignore"), &info));
    assert_int_equal(0, info.st_size);
    assert_int_equal(0, unlink(in(".gitignore")));
    assert_open(STATUS_OK, data, false);
    assert_int_equal(-1, access(in(".gitignore"), F_OK));
    assert_open(STATUS_OK, data, true);
    assert_int_equal(0, access(in(".gitignore"), F_OK));
}

static void what_others_may_write_is_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = {0720, 0702, 0777, 01777};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(0, chmod(data, modes[i]));
        assert_refused("data", "may be written by others");
    }
    assert_int_equal(0, chmod(data, 0755));
    assert_open(STATUS_OK, data, true);
    static const mode_t files[] = {0620, 0602, 0666};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        put("node.json", files[i]);
        assert_refused("data/node.json", "may be written by others");
        assert_int_equal(0, unlink(in("node.json")));
    }
    put("node.json", 0644);
    assert_open(STATUS_OK, data, true);
    assert_int_equal(0, mkdir(in("more"), 0700));
    assert_int_equal(0, chmod(in("more"), 0777));
    assert_refused("data/more", "may be written by others");
    assert_int_equal(0, rmdir(in("more")));
}

static void a_link_is_what_it_leads_to(void **state)
{
    (void)state;
    char other[96];
    (void)snprintf(other, sizeof other, "%s/other", base);
    int file = open(other, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(file >= 0);
    assert_int_equal(0, symlink(other, in("link")));
    assert_open(STATUS_OK, data, true);
    assert_int_equal(0, fchmod(file, 0666));
    assert_refused("data/link", "may be written by others");
    close(file);
    assert_int_equal(0, unlink(other)); /* a link to nothing is nothing */
    assert_open(STATUS_OK, data, true);
    assert_int_equal(0, unlink(in("link")));
}

static void a_socket_may_be_open_to_others(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.90s/socket", data);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(0, bind(listener, (struct sockaddr *)&address, sizeof address));
    assert_int_equal(0, chmod(address.sun_path, 0666));
    assert_open(STATUS_OK, data, true);
    close(listener);
    assert_int_equal(0, unlink(address.sun_path));
}

static void what_belongs_to_others_is_refused(void **state)
{
    (void)state;
    if (geteuid() != 0) { /* then the system's folders are another user's */
        assert_open(STATUS_DATA_FOLDER, "/usr", true);
        assert_non_null(strstr(why, "belongs to another user"));
        return;
    }
    assert_int_equal(0, chown(data, NOBODY, NOBODY));
    assert_refused("data", "belongs to another user");
    assert_int_equal(0, chown(data, 0, 0));
    put("dev-seed", 0600);
    assert_int_equal(0, chown(in("dev-seed"), NOBODY, NOBODY));
    assert_refused("data/dev-seed", "belongs to another user");
    assert_int_equal(0, unlink(in("dev-seed")));
    assert_int_equal(0, symlink("/nowhere", in("link")));
    assert_int_equal(0, lchown(in("link"), NOBODY, NOBODY));
    assert_refused("data/link", "belongs to another user");
    assert_int_equal(0, unlink(in("link")));
}

static void the_top_of_a_repository_is_refused(void **state)
{
    (void)state;
    assert_int_equal(0, mkdir(in(".git"), 0700));
    assert_refused("data", "git");
    assert_int_equal(0, rmdir(in(".git")));
    assert_open(STATUS_OK, data, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_look_makes_nothing_and_says_what_could_not_be_made),
        cmocka_unit_test(it_is_made_closed_and_never_ends_in_git),
        cmocka_unit_test(what_others_may_write_is_refused),
        cmocka_unit_test(a_link_is_what_it_leads_to),
        cmocka_unit_test(a_socket_may_be_open_to_others),
        cmocka_unit_test(what_belongs_to_others_is_refused),
        cmocka_unit_test(the_top_of_a_repository_is_refused),
    };
    return cmocka_run_group_tests(tests, make_base, remove_base);
}
