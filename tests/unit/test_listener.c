#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fixtures/unit.h"
#include "net/listener.h"
#include "net/listener_internal.h"

static struct listener_address address_of(const char *text)
{
    struct listener_address address;
    assert_status(OK, listener_parse(bytes_of(text), &address));
    return address;
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "4000",
        ":4000",
        "localhost:4000",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "127.0.0.1:04000",
        "127.0.0.1:+4000",
        "127.0.0.1:4000 ",
        " 127.0.0.1:4000",
        "127.0.0.1:4294971296",
        "127.0.0.1:99999999999999999999",
        "127.1:4000",
        "127.0.0.01:4000",
        "127.0.0.1:4000:1",
        "tcp:",
        "tcp:tcp:127.0.0.1:1",
        "TCP:127.0.0.1:1",
        "::1:4000",
        "[::1]",
        "[::1]4000",
        "[::1",
        "[]:4000",
        "[127.0.0.1]:4000",
        "[::1%lo]:4000",
        "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:4000",
        "unix:",
        "unix:/",
        "unix:relative",
        "unix:@abstract",
        "vsock:",
        "vsock:0",
        "vsock:4294967295",
        "vsock::5000",
        "vsock:3:",
        "vsock:4294967295:5000",
        "vsock:-1:5000",
        "vsock:3:5000:1",
        "http://127.0.0.1:4000",
    };
    const struct listener_address empty = {0};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct listener_address address;
        if (listener_parse(bytes_of(texts[i]), &address).code != STATUS_CONFIG_INVALID) {
            print_error("accepted: %s\n", texts[i]);
            fail();
        }
        assert_memory_equal(&empty, &address, sizeof address);
    }
    struct listener_address address;
    assert_status(CONFIG_INVALID, listener_parse(BYTES_LITERAL("unix:/a\0b"), &address));
    assert_status(CONFIG_INVALID, listener_parse(BYTES_LITERAL("127.0.0.1\0:4000"), &address));
}

static void a_path_has_a_longest_length(void **state)
{
    (void)state;
    char text[5 + LISTENER_PATH_MAX + 2] = "unix:";
    memset(text + 5, 'a', LISTENER_PATH_MAX);
    text[5] = '/';
    struct listener_address address = address_of(text);
    assert_string_equal(text + 5, address.path);
    text[5 + LISTENER_PATH_MAX] = 'a';
    assert_status(CONFIG_INVALID, listener_parse(bytes_of(text), &address));
}

static void texts_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *written; /* NULL: the same */
        enum listener_kind kind;
        bool is_local;
    } rows[] = {
        {"127.0.0.1:4000", NULL, LISTENER_TCP4, true},
        {"tcp:127.0.0.1:4000", "127.0.0.1:4000", LISTENER_TCP4, true},
        {"127.255.0.9:0", NULL, LISTENER_TCP4, true},
        {"0.0.0.0:65535", NULL, LISTENER_TCP4, false},
        {"10.0.0.1:80", NULL, LISTENER_TCP4, false},
        {"[::1]:4000", NULL, LISTENER_TCP6, true},
        {"tcp:[0:0::1]:4000", "[::1]:4000", LISTENER_TCP6, true},
        {"[::]:4000", NULL, LISTENER_TCP6, false},
        {"[::ffff:127.0.0.1]:4000", NULL, LISTENER_TCP6, false},
        {"unix:/run/coffer.sock", NULL, LISTENER_UNIX, true},
        {"vsock:5000", NULL, LISTENER_VSOCK, false},
        {"vsock:16:5000", NULL, LISTENER_VSOCK, false},
        {"vsock:0:4294967294", NULL, LISTENER_VSOCK, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct listener_address address = address_of(rows[i].text);
        uint8_t memory[LISTENER_TEXT_MAX];
        struct buf out = buf_over(memory, sizeof memory);
        listener_put(&address, &out);
        const char *written = rows[i].written == NULL ? rows[i].text : rows[i].written;
        assert_bytes(bytes_of(written), buf_bytes(&out));
        assert_int_equal(rows[i].kind, address.kind);
        assert_int_equal(rows[i].is_local, listener_is_local(&address));
    }
}

/* The numbers that bind gets; nothing is bound here, because this machine's vsock is not ours. */
static void a_vsock_address_is_what_the_system_takes(void **state)
{
    (void)state;
    struct listener_address address = address_of("vsock:16:5000");
    struct listener_sockaddr place;
    listener_sockaddr(&address, &place);
    assert_int_equal(AF_VSOCK, place.of.vm.svm_family);
    assert_int_equal(16, place.of.vm.svm_cid);
    assert_int_equal(5000, place.of.vm.svm_port);
    assert_int_equal(sizeof(struct sockaddr_vm), place.len);
    address = address_of("vsock:5000");
    listener_sockaddr(&address, &place);
    assert_int_equal(VMADDR_CID_ANY, place.of.vm.svm_cid);
}

static void a_port_is_chosen_and_then_in_use(void **state)
{
    (void)state;
    static const char *const texts[] = {"127.0.0.1:0", "[::1]:0"};
    for (size_t i = 0; i < 2; i++) {
        struct listener_address address = address_of(texts[i]);
        struct listener first;
        struct listener second;
        assert_status(OK, listener_open(&address, &first));
        assert_true(first.address.port > 0 && first.fd >= 0);
        assert_status(ADDRESS_IN_USE, listener_open(&first.address, &second));
        assert_int_equal(-1, second.fd);
        address = first.address;
        listener_close(&first);
        assert_int_equal(-1, first.fd);
        listener_close(&first);
        assert_status(OK, listener_open(&address, &second));
        listener_close(&second);
    }
}

static void only_local_addresses_are_opened(void **state)
{
    (void)state;
    static const char *const texts[] = {"0.0.0.0:0", "[::]:0", "10.0.0.1:0", "vsock:5000"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct listener_address address = address_of(texts[i]);
        struct listener listener;
        assert_status(LISTENER_DENIED, listener_open(&address, &listener));
        assert_int_equal(-1, listener.fd);
    }
}

/* A folder of its own for a socket; its path is in path and is removed by leave_folder. */
static void enter_folder(char path[static 64])
{
    strcpy(path, "/tmp/coffer-listener-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static void leave_folder(const char *path)
{
    assert_int_equal(0, rmdir(path));
}

static struct listener_address socket_in(const char *folder)
{
    char text[128];
    snprintf(text, sizeof text, "unix:%s/s", folder);
    return address_of(text);
}

static void a_unix_socket_is_private_and_removed(void **state)
{
    (void)state;
    char folder[64];
    enter_folder(folder);
    struct listener_address address = socket_in(folder);
    mode_t before = umask(0);
    struct listener listener;
    struct listener second;
    struct stat file;
    assert_status(OK, listener_open(&address, &listener));
    umask(before);
    assert_int_equal(0, lstat(address.path, &file));
    assert_true(S_ISSOCK(file.st_mode));
    assert_int_equal(0600, file.st_mode & 07777);
    assert_status(ADDRESS_IN_USE, listener_open(&address, &second));
    listener_close(&listener);
    assert_int_equal(-1, lstat(address.path, &file));
    leave_folder(folder);
}

static void only_a_stale_socket_is_replaced(void **state)
{
    (void)state;
    char folder[64];
    enter_folder(folder);
    struct listener_address address = socket_in(folder);
    struct listener_sockaddr place;
    listener_sockaddr(&address, &place);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(0, bind(fd, (struct sockaddr *)&place.of, place.len));
    close(fd);
    struct listener listener;
    assert_status(OK, listener_open(&address, &listener));

    /* Somebody else's file at the path stays. */
    struct stat file;
    assert_int_equal(0, unlink(address.path));
    fd = open(address.path, O_CREAT | O_WRONLY, 0644);
    assert_true(fd >= 0);
    close(fd);
    listener_close(&listener);
    assert_int_equal(0, lstat(address.path, &file));
    assert_status(ADDRESS_IN_USE, listener_open(&address, &listener));
    assert_int_equal(0, lstat(address.path, &file));
    assert_int_equal(0, unlink(address.path));

    assert_int_equal(0, symlink("/nowhere", address.path));
    assert_status(ADDRESS_IN_USE, listener_open(&address, &listener));
    assert_int_equal(0, unlink(address.path));
    leave_folder(folder);
}

static void a_missing_folder_is_an_io_failure(void **state)
{
    (void)state;
    struct listener_address address = address_of("unix:/tmp/coffer-no-such-folder/s");
    struct listener listener;
    assert_status(IO, listener_open(&address, &listener));
    assert_int_equal(-1, listener.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(a_path_has_a_longest_length),
        cmocka_unit_test(texts_are_read_and_written),
        cmocka_unit_test(a_vsock_address_is_what_the_system_takes),
        cmocka_unit_test(a_port_is_chosen_and_then_in_use),
        cmocka_unit_test(only_local_addresses_are_opened),
        cmocka_unit_test(a_unix_socket_is_private_and_removed),
        cmocka_unit_test(only_a_stale_socket_is_replaced),
        cmocka_unit_test(a_missing_folder_is_an_io_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
