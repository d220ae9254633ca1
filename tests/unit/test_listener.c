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

static struct socket_address address_of(const char *text)
{
    struct socket_address address;
    assert_status(OK, socket_address_parse(bytes_of(text), &address));
    return address;
}

static void a_port_is_chosen_and_then_in_use(void **state)
{
    (void)state;
    static const char *const texts[] = {"127.0.0.1:0", "[::1]:0"};
    for (size_t i = 0; i < 2; i++) {
        struct socket_address address = address_of(texts[i]);
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
        struct socket_address address = address_of(texts[i]);
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

static struct socket_address socket_in(const char *folder)
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
    struct socket_address address = socket_in(folder);
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
    struct socket_address address = socket_in(folder);
    struct socket_address_system place;
    socket_address_system(&address, &place);
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
    struct socket_address address = address_of("unix:/tmp/coffer-no-such-folder/s");
    struct listener listener;
    assert_status(IO, listener_open(&address, &listener));
    assert_int_equal(-1, listener.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_is_chosen_and_then_in_use),
        cmocka_unit_test(only_local_addresses_are_opened),
        cmocka_unit_test(a_unix_socket_is_private_and_removed),
        cmocka_unit_test(only_a_stale_socket_is_replaced),
        cmocka_unit_test(a_missing_folder_is_an_io_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
