#include "fixtures/unit.h"
#include "net/address/socket_address.h"

static struct socket_address address_of(const char *text)
{
    struct socket_address address;
    assert_status(OK, socket_address_parse(bytes_of(text), &address));
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
    const struct socket_address empty = {0};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct socket_address address;
        if (socket_address_parse(bytes_of(texts[i]), &address).code != STATUS_CONFIG_INVALID) {
            print_error("accepted: %s\n", texts[i]);
            fail();
        }
        assert_memory_equal(&empty, &address, sizeof address);
    }
    struct socket_address address;
    assert_status(CONFIG_INVALID, socket_address_parse(BYTES_LITERAL("unix:/a\0b"), &address));
    assert_status(CONFIG_INVALID,
                  socket_address_parse(BYTES_LITERAL("127.0.0.1\0:4000"), &address));
}

static void a_path_has_a_longest_length(void **state)
{
    (void)state;
    char text[5 + SOCKET_ADDRESS_PATH_MAX + 2] = "unix:";
    memset(text + 5, 'a', SOCKET_ADDRESS_PATH_MAX);
    text[5] = '/';
    struct socket_address address = address_of(text);
    assert_string_equal(text + 5, address.path);
    text[5 + SOCKET_ADDRESS_PATH_MAX] = 'a';
    assert_status(CONFIG_INVALID, socket_address_parse(bytes_of(text), &address));
}

static void texts_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *written; /* NULL: the same */
        enum socket_address_kind kind;
        bool is_local;
    } rows[] = {
        {"127.0.0.1:4000", NULL, SOCKET_TCP4, true},
        {"tcp:127.0.0.1:4000", "127.0.0.1:4000", SOCKET_TCP4, true},
        {"127.255.0.9:0", NULL, SOCKET_TCP4, true},
        {"0.0.0.0:65535", NULL, SOCKET_TCP4, false},
        {"10.0.0.1:80", NULL, SOCKET_TCP4, false},
        {"[::1]:4000", NULL, SOCKET_TCP6, true},
        {"tcp:[0:0::1]:4000", "[::1]:4000", SOCKET_TCP6, true},
        {"[::]:4000", NULL, SOCKET_TCP6, false},
        {"[::ffff:127.0.0.1]:4000", NULL, SOCKET_TCP6, false},
        {"unix:/run/coffer.sock", NULL, SOCKET_UNIX, true},
        {"vsock:5000", NULL, SOCKET_VSOCK, false},
        {"vsock:16:5000", NULL, SOCKET_VSOCK, false},
        {"vsock:0:4294967294", NULL, SOCKET_VSOCK, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct socket_address address = address_of(rows[i].text);
        uint8_t memory[SOCKET_ADDRESS_TEXT_MAX];
        struct buf out = buf_over(memory, sizeof memory);
        socket_address_put(&address, &out);
        const char *written = rows[i].written == NULL ? rows[i].text : rows[i].written;
        assert_bytes(bytes_of(written), buf_bytes(&out));
        assert_int_equal(rows[i].kind, address.kind);
        assert_int_equal(rows[i].is_local, socket_address_is_local(&address));
    }
}

/* The numbers that bind gets; nothing is bound here, because this machine's vsock is not ours. */
static void a_vsock_address_is_what_the_system_takes(void **state)
{
    (void)state;
    struct socket_address address = address_of("vsock:16:5000");
    struct socket_address_system place;
    socket_address_system(&address, &place);
    assert_int_equal(AF_VSOCK, place.of.vm.svm_family);
    assert_int_equal(16, place.of.vm.svm_cid);
    assert_int_equal(5000, place.of.vm.svm_port);
    assert_int_equal(sizeof(struct sockaddr_vm), place.len);
    address = address_of("vsock:5000");
    socket_address_system(&address, &place);
    assert_int_equal(VMADDR_CID_ANY, place.of.vm.svm_cid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(a_path_has_a_longest_length),
        cmocka_unit_test(texts_are_read_and_written),
        cmocka_unit_test(a_vsock_address_is_what_the_system_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
