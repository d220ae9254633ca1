/* What a folder may do to objects, and what it gives back. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "blob/blob_folder.h"
#include "fixtures/test_folder.h"
#include "fixtures/unit.h"

static char path[64];
static struct blob_folder folder;
static struct blob_port port;
static uint8_t memory[4096];

static struct blob_name name(const char *text)
{
    struct blob_name ret;
    assert_status(OK, blob_name_of(text, &ret));
    return ret;
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/test_blob_XXXXXX");
    assert_non_null(mkdtemp(path));
    folder = (struct blob_folder){open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), entropy_system(),
                                  path};
    assert_true(folder.folder >= 0);
    port = blob_folder_port(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_folder_entries(folder.folder, true);
    close(folder.folder);
    return rmdir(path);
}

static struct status put(const char *text, const char *object)
{
    struct blob_name of = name(text);
    return blob_put(&port, &of, bytes_of(object));
}

static struct status get(const char *text, struct bytes *ret)
{
    struct blob_name of = name(text);
    struct buf out = buf_over(memory, sizeof memory);
    struct status status = blob_get(&port, &of, &out);
    *ret = buf_bytes(&out);
    return status;
}

/* Entries of the folder, with what begins with a point. */
static size_t entries(void)
{
    return test_folder_entries(folder.folder, false);
}

static void names_stay_in_the_folder(void **state)
{
    static const char *const bad[] = {"",     ".",       "..",  "../a", "a/b", "/a",
                                      ".new", "a.b",     "A",   "a b",  "-a",  "a\n",
                                      "\xff", "a\x7f-b", "a_b", "~",    "a\\b"};
    (void)state;
    struct blob_name out;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(BLOB_NAME, blob_name_of(bad[i], &out));
        assert_int_equal(0, out.text[0]);
        struct blob_name forced = {0};
        memcpy(forced.text, bad[i], strlen(bad[i]));
        struct buf into = buf_over(memory, sizeof memory);
        struct blob_list list;
        assert_status(BLOB_NAME, blob_get(&port, &forced, &into));
        assert_status(BLOB_NAME, blob_put(&port, &forced, bytes_of("x")));
        assert_status(BLOB_NAME, blob_remove(&port, &forced));
        if (bad[i][0] != '\0') {
            assert_status(BLOB_NAME, blob_list(&port, &forced, &(struct blob_name){0}, &list));
            assert_status(BLOB_NAME, blob_list(&port, &(struct blob_name){0}, &forced, &list));
        }
    }
    char longest[BLOB_NAME_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[BLOB_NAME_MAX] = '\0';
    assert_status(OK, blob_name_of(longest, &out));
    longest[BLOB_NAME_MAX] = 'a';
    longest[BLOB_NAME_MAX + 1] = '\0';
    assert_status(BLOB_NAME, blob_name_of(longest, &out));
    assert_int_equal(0, entries());
}

static void an_object_comes_back(void **state)
{
    struct bytes got;
    (void)state;
    assert_status(BLOB_ABSENT, get("a", &got));
    assert_status(OK, put("a", "one"));
    assert_status(OK, put("b", ""));
    assert_status(OK, get("a", &got));
    assert_bytes(bytes_of("one"), got);
    assert_status(OK, get("b", &got));
    assert_int_equal(0, got.len);
    assert_int_equal(2, entries());
}

static void nothing_is_replaced(void **state)
{
    struct bytes got;
    (void)state;
    assert_status(OK, put("a", "one"));
    assert_status(OK, put("a", "one"));
    assert_status(BLOB_EXISTS, put("a", "two"));
    assert_status(BLOB_EXISTS, put("a", "on"));
    assert_status(BLOB_EXISTS, put("a", ""));
    assert_status(BLOB_EXISTS, put("a", "one more"));
    assert_status(OK, get("a", &got));
    assert_bytes(bytes_of("one"), got);
    assert_int_equal(1, entries());
}

static void what_is_deleted_is_gone(void **state)
{
    struct bytes got;
    struct blob_name a = name("a");
    (void)state;
    assert_status(OK, blob_remove(&port, &a));
    assert_status(OK, put("a", "one"));
    assert_status(OK, blob_remove(&port, &a));
    assert_status(BLOB_ABSENT, get("a", &got));
    assert_status(OK, put("a", "two"));
}

/* Links, pipes, sockets and folders under the name of an object. */
static void what_is_no_object_is_told(void **state)
{
    struct bytes got;
    (void)state;
    assert_status(OK, put("real", "one"));
    assert_int_equal(0, symlinkat("real", folder.folder, "link"));
    assert_int_equal(0, symlinkat("nowhere", folder.folder, "dangling"));
    assert_int_equal(0, mkdirat(folder.folder, "folder", 0700));
    assert_int_equal(0, mkfifoat(folder.folder, "pipe", 0600));
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", path);
    assert_int_equal(0, bind(server, (const struct sockaddr *)&at, sizeof at));
    static const char *const names[] = {"link", "dangling", "folder", "pipe", "socket"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct blob_name of = name(names[i]);
        assert_status(BLOB_FOREIGN, get(names[i], &got));
        assert_int_equal(0, got.len);
        assert_status(BLOB_EXISTS, put(names[i], "one"));
        assert_status(BLOB_FOREIGN, blob_remove(&port, &of));
    }
    close(server);
    assert_int_equal(6, entries());
}

static void what_is_too_large_is_not_read(void **state)
{
    struct blob_name a = name("a");
    struct buf out = buf_over(memory, 5);
    (void)state;
    buf_put_text(&out, "12");
    assert_status(OK, put("a", "four"));
    assert_status(BLOB_FOREIGN, blob_get(&port, &a, &out));
    assert_int_equal(2, out.len);
    assert_false(out.failed);
}

static void what_was_cut_is_shorter(void **state)
{
    struct bytes got;
    (void)state;
    assert_status(OK, put("a", "four"));
    int file = openat(folder.folder, "a", O_WRONLY);
    assert_int_equal(0, ftruncate(file, 2));
    close(file);
    assert_status(OK, get("a", &got));
    assert_bytes(bytes_of("fo"), got);
    assert_status(BLOB_EXISTS, put("a", "four"));
}

/* A disk that takes no more: nothing is left, and what was there stays. */
static void a_full_storage_is_told(void **state)
{
    struct bytes got;
    struct rlimit before;
    (void)state;
    static uint8_t large[8192];
    struct blob_name a = name("a");
    assert_status(OK, put("b", "one"));
    assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &before));
    const struct rlimit small = {4096, before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &small));
    struct status status = blob_put(&port, &a, BYTES_ARRAY(large));
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &before));
    (void)signal(SIGXFSZ, handler);
    assert_status(BLOB_FULL, status);
    assert_status(BLOB_ABSENT, get("a", &got));
    assert_int_equal(1, entries());
    assert_status(OK, blob_put(&port, &a, BYTES_ARRAY(large)));
}

/* A folder that is gone, or that nobody may write to. */
static void a_lost_storage_is_not_an_empty_one(void **state)
{
    struct bytes got;
    struct blob_list list;
    const struct blob_name none = {0};
    (void)state;
    int good = folder.folder;
    folder.path = NULL;
    folder.folder = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_status(IO, get("a", &got));
    assert_status(IO, put("a", "one"));
    assert_status(IO, blob_list(&port, &none, &none, &list));
    struct blob_name a = name("a");
    assert_status(IO, blob_remove(&port, &a));
    close(folder.folder);
    folder.folder = good;
    assert_int_equal(0, rmdir(path));
    assert_status(IO, put("a", "one"));
    assert_int_equal(0, mkdir(path, 0700));
}

/* It was mounted or made again: nobody has to start the node anew. */
static void a_folder_that_is_back_is_used(void **state)
{
    struct bytes got;
    static struct blob_list list;
    const struct blob_name none = {0};
    (void)state;
    assert_int_equal(0, rmdir(path));
    assert_status(OK, blob_list(&port, &none, &none, &list));
    assert_status(IO, put("a", "one"));
    assert_int_equal(0, mkdir(path, 0700));
    assert_status(OK, blob_list(&port, &none, &none, &list));
    assert_int_equal(0, list.count);
    assert_status(OK, put("a", "one"));
    assert_status(OK, get("a", &got));
    assert_status(OK, blob_list(&port, &none, &none, &list));
    assert_int_equal(1, list.count);
}

static void lists_are_whole_and_in_order(void **state)
{
    enum { COUNT = 2 * BLOB_LIST_MAX + 7 };
    static struct blob_list list;
    struct blob_name after = {0};
    const struct blob_name prefix = name("p");
    size_t seen = 0;
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "p%04zu", i * 7919 % COUNT);
        assert_status(OK, put(text, text));
    }
    assert_status(OK, put("h0", "header"));
    assert_status(OK, put("q0", "other"));
    close(openat(folder.folder, "p.hidden", O_CREAT | O_WRONLY, 0600));
    close(openat(folder.folder, ".new-left", O_CREAT | O_WRONLY, 0600));
    do {
        assert_status(OK, blob_list(&port, &prefix, &after, &list));
        for (size_t i = 0; i < list.count; i++) {
            char text[16];
            (void)snprintf(text, sizeof text, "p%04zu", seen++);
            assert_string_equal(text, list.names[i].text);
            after = list.names[i];
        }
        assert_true(list.count == BLOB_LIST_MAX || !list.more);
    } while (list.more);
    assert_int_equal(COUNT, seen);
    const struct blob_name none = {0};
    assert_status(OK, blob_list(&port, &none, &none, &list));
    assert_string_equal("h0", list.names[0].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_stay_in_the_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_object_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_deleted_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_object_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_too_large_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_cut_is_shorter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_storage_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lost_storage_is_not_an_empty_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_is_back_is_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_are_whole_and_in_order, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
