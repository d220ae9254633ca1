#include <arpa/inet.h>

#include "fixtures/unit.h"
#include "gateway/allow_list.h"

static struct allow_list list;

static int start(void **state)
{
    (void)state;
    static const char *const items[] = {"rpc.example:443", "node.example:8443", "10.0.0.7:443",
                                        "[fd00::7]:443", "192.0.2.1:80"};
    list = (struct allow_list){0};
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        assert_status(OK, allow_list_add(&list, bytes_of(items[i])));
    }
    return 0;
}

static void items_are_a_host_and_a_port(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "example",
        "example:",
        ":443",
        "443",
        "example:0",
        "example:65536",
        "example:https",
        "*:443",
        "*.example:443",
        "user@example:443",
        "https://example:443",
        "example/:443",
        "example:443/",
        "example:443 ",
        " example:443",
        "[::1]",
        "::1:443",
        "example:443:443",
        "10.0.0.0/8:443",
        "%65xample:443",
    };
    size_t before = list.count;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (allow_list_add(&list, bytes_of(texts[i])).code != STATUS_CONFIG_INVALID) {
            print_error("taken: %s\n", texts[i]);
            fail();
        }
    }
    assert_int_equal(before, list.count);
}

static void a_full_list_takes_no_more(void **state)
{
    (void)state;
    while (list.count < GATEWAY_CONFIG_ALLOW_MAX) {
        assert_status(OK, allow_list_add(&list, BYTES_LITERAL("a.example:1")));
    }
    assert_status(CONFIG_INVALID, allow_list_add(&list, BYTES_LITERAL("b.example:1")));
}

static void what_is_not_listed_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *authority;
        enum status_code code;
    } rows[] = {
        {"rpc.example:443", STATUS_OK},
        {"RPC.Example.:443", STATUS_OK},
        {"10.0.0.7:443", STATUS_OK},
        {"[fd00:0::7]:443", STATUS_OK},
        {"rpc.example:444", STATUS_TUNNEL_DENIED},
        {"rpc.example:22", STATUS_TUNNEL_DENIED},
        {"x.rpc.example:443", STATUS_TUNNEL_DENIED},
        {"example:443", STATUS_TUNNEL_DENIED},
        {"rpc.example.evil:443", STATUS_TUNNEL_DENIED},
        {"10.0.0.8:443", STATUS_TUNNEL_DENIED},
        {"169.254.169.254:80", STATUS_TUNNEL_DENIED},
        {"[::1]:443", STATUS_TUNNEL_DENIED},
        {"rpc.example", STATUS_BAD_HTTP},
        {"rpc.example:", STATUS_BAD_HTTP},
        {"rpc.example:443:443", STATUS_BAD_HTTP},
        {"user@rpc.example:443", STATUS_BAD_HTTP},
        {"rpc.example:443/", STATUS_BAD_HTTP},
        {"http://rpc.example:443", STATUS_BAD_HTTP},
        {"", STATUS_BAD_HTTP},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tunnels_target target;
        struct status status = allow_list_admit(&list, bytes_of(rows[i].authority), &target);
        if (status.code != rows[i].code) {
            print_error("%s: %s\n", rows[i].authority, status_name((enum status_code)status.code));
            fail();
        }
    }
}

static void a_target_is_an_address_or_a_name(void **state)
{
    (void)state;
    struct tunnels_target target;
    assert_status(OK, allow_list_admit(&list, BYTES_LITERAL("RPC.example:443"), &target));
    assert_true(target.is_name);
    assert_string_equal("rpc.example", target.host);
    assert_int_equal(443, target.port);
    assert_status(OK, allow_list_admit(&list, BYTES_LITERAL("10.0.0.7:443"), &target));
    assert_false(target.is_name);
    assert_int_equal(SOCKET_TCP4, target.address.kind);
    assert_int_equal(443, target.address.port);
    assert_int_equal(7, target.address.ip[3]);
}

static struct socket_address address_of(const char *text)
{
    struct socket_address address;
    assert_status(OK, socket_address_parse(bytes_of(text), &address));
    return address;
}

static void a_name_may_not_lead_inside(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_fine;
    } rows[] = {
        {"8.8.8.8:443", true},
        {"[2606:4700::1111]:443", true},
        {"10.0.0.7:443", true},
        {"[fd00::7]:443", true},
        {"10.0.0.7:8443", false},
        {"10.0.0.8:443", false},
        {"127.0.0.1:443", false},
        {"169.254.169.254:443", false},
        {"[::1]:443", false},
        {"[::ffff:10.0.0.7]:443", false},
        {"[::ffff:8.8.8.8]:443", false},
        {"[fe80::1]:443", false},
        {"192.0.2.1:443", false},
        {"192.0.2.1:80", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct socket_address address = address_of(rows[i].text);
        struct status status = allow_list_check(&list, &address);
        if (status.code != (rows[i].is_fine ? STATUS_OK : STATUS_TUNNEL_ADDRESS)) {
            print_error("%s\n", rows[i].text);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(items_are_a_host_and_a_port, start),
        cmocka_unit_test_setup(a_full_list_takes_no_more, start),
        cmocka_unit_test_setup(what_is_not_listed_is_refused, start),
        cmocka_unit_test_setup(a_target_is_an_address_or_a_name, start),
        cmocka_unit_test_setup(a_name_may_not_lead_inside, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
