#include "codec/url.h"
#include "fixtures/unit.h"

static void assert_server(const char *url, bool is_https, const char *host, uint16_t port)
{
    struct url_server server;
    assert_status(OK, url_server_read(bytes_of(url), &server));
    assert_string_equal(host, server.host);
    assert_int_equal(port, server.port);
    assert_int_equal(is_https, server.is_https);
}

static void what_leads_nowhere_is_refused(void **state)
{
    (void)state;
    static const struct url_server nothing;
    static const char *const wrong[] = {
        "",
        "http",
        "http:",
        "http:/",
        "http://",
        "https://",
        "ftp://a",
        "//a",
        "a",
        "http:///a",
        "http://:80",
        "http://a:b",
        "http://a:0",
        "http://a:65536",
        "http://a:080",
        "http://a:-1",
        "http://a:1:2",
        "http://a b",
        "http://a%2eb",
        "http://\xc3\xa4",
        "http://[::1",
        "http://[]",
        "http://[1.2.3.4]",
        "http://[::1]x",
        "http://[g::1]",
        "http://user@",
        "http://.",
        "http://?a",
        "http://a,b",
        "http://[::1]1",
        "http://[::1%25lo]",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct url_server server;
        memset(&server, 0xee, sizeof server);
        struct status status = url_server_read(bytes_of(wrong[i]), &server);
        if (status.code != STATUS_CONFIG_INVALID) {
            print_message("%s was taken\n", wrong[i]);
        }
        assert_status(CONFIG_INVALID, status);
        assert_memory_equal(&nothing, &server, sizeof server);
    }
    char longest[300] = "http://";
    memset(longest + 7, 'a', URL_HOST_MAX - 1);
    struct url_server server;
    assert_status(OK, url_server_read(bytes_of(longest), &server));
    longest[7 + URL_HOST_MAX - 1] = 'a';
    assert_status(CONFIG_INVALID, url_server_read(bytes_of(longest), &server));
}

static void a_server_has_many_names(void **state)
{
    (void)state;
    static const char *const same[] = {
        "https://rpc.example.com",           "https://rpc.example.com/",
        "https://rpc.example.com/v1/key",    "HTTPS://RPC.EXAMPLE.COM",
        "https://rpc.example.com:443",       "https://rpc.example.com:/a",
        "https://rpc.example.com?a",         "https://rpc.example.com#a",
        "https://user:word@rpc.example.com", "https://a@b@rpc.example.com",
        "https://rpc.example.com.",          "https://rpc.example.com.:443/",
        "http://rpc.example.com:443",        "https://rpc.example.com\\@other.example.com",
    };
    struct url_server first;
    assert_status(OK, url_server_read(bytes_of(same[0]), &first));
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        struct url_server server;
        assert_status(OK, url_server_read(bytes_of(same[i]), &server));
        assert_true(url_server_equal(&first, &server));
    }
    static const char *const other[] = {"https://rpc.example.com:444", "http://rpc.example.com",
                                        "https://rpc2.example.com", "https://example.com"};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        struct url_server server;
        assert_status(OK, url_server_read(bytes_of(other[i]), &server));
        assert_false(url_server_equal(&first, &server));
    }
}

static void addresses_have_one_form(void **state)
{
    (void)state;
    static const char *const local[] = {"http://127.0.0.1",          "http://127.1",
                                        "http://0x7f000001",         "http://2130706433",
                                        "http://0177.0.0.1",         "http://127.0.0.1.",
                                        "http://[::ffff:127.0.0.1]", "http://[::FFFF:7f00:1]:80"};
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
        assert_server(local[i], false, "127.0.0.1", 80);
    }
    assert_server("http://[::1]:8545/", false, "[::1]", 8545);
    assert_server("https://[0:0:0:0:0:0:0:1]", true, "[::1]", 443);
    assert_server("https://[2001:DB8::0:1]:1", true, "[2001:db8::1]", 1);
    assert_server("https://1.2.3.4.5", true, "1.2.3.4.5", 443);
}

static void a_host_is_known_in_one_way(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        enum url_host kind;
        uint8_t address[16];
    } rows[] = {
        {"http://1.2.3.4.5", URL_HOST_NAME, {0}},
        {"http://a.1", URL_HOST_NAME, {0}},
        {"http://0x7f.1", URL_HOST_V4, {127, 0, 0, 1}},
        {"http://[::ffff:1.2.3.4]", URL_HOST_V4, {1, 2, 3, 4}},
        {"http://[2001:db8::5]", URL_HOST_V6, {0x20, 0x01, 0x0d, 0xb8, [15] = 5}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct url_server server;
        assert_status(OK, url_server_read(bytes_of(rows[i].url), &server));
        assert_int_equal(rows[i].kind, server.kind);
        assert_memory_equal(rows[i].address, server.address, sizeof server.address);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_leads_nowhere_is_refused),
        cmocka_unit_test(a_server_has_many_names),
        cmocka_unit_test(addresses_have_one_form),
        cmocka_unit_test(a_host_is_known_in_one_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
