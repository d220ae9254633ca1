#include <stdio.h>

#include "fixtures/unit.h"
#include "peering/peering_url.h"

static const struct peering_url_rules alone = {false, false};
static const struct peering_url_rules proxied = {true, false};
static const struct peering_url_rules dev = {false, true};

static bool is_taken(const char *url, const struct peering_url_rules *rules, const char *origin)
{
    char got[PEERING_ORIGIN_MAX];
    memset(got, 'x', sizeof got);
    struct status status = peering_url_read(bytes_of(url), rules, got);
    assert_true(status_is_ok(status) || status.code == STATUS_CONFIG_INVALID);
    bool is_right = strcmp(got, status_is_ok(status) ? origin : "") == 0;
    if (!is_right) {
        print_message("%s: %s\n", url, got);
    }
    assert_true(is_right);
    return status_is_ok(status);
}

static void assert_row(const char *url, bool is_fine, const struct peering_url_rules *rules)
{
    if (is_taken(url, rules, url) != is_fine) {
        print_message("%s: private %d, proxy %d\n", url, rules->may_be_private, rules->has_proxy);
        fail();
    }
}

/* Whatever the rules are. */
static const char *const never[] = {
    "",
    "8.8.8.8",
    "//8.8.8.8",
    "http:8.8.8.8",
    "http:/8.8.8.8",
    "http://",
    "http:///",
    "http://:80",
    "https://",
    "https",
    "httpss://8.8.8.8",
    "HTTP://8.8.8.8",
    "ftp://8.8.8.8",
    "file:///etc/passwd",
    "gopher://8.8.8.8:70",
    "unix:///run/x",
    "http://user@8.8.8.8",
    "http://user:word@8.8.8.8",
    "http://@8.8.8.8",
    "http://8.8.8.8@9.9.9.9",
    "http://8.8.8.8#x",
    "http://8.8.8.8/#x",
    "http://8.8.8.8?x",
    "http://8.8.8.8/?x",
    "http://8.8.8.8/x",
    "http://8.8.8.8:80?x",
    "http://8.8.8.8:80#x",
    "http://8.8.8.8:80\\x",
    "http://user@[2606:4700::1111]",
    "http://8.8.8.8//",
    "http://8.8.8.8/.",
    "http://8.8.8.8\\@9.9.9.9",
    "http://8.8.8.8\\",
    "http://8.8.8.8%2f",
    "http://8.8.8.8 ",
    " http://8.8.8.8",
    "http://8.8.8.8\t",
    "http://8.8.8.8\r\nX: y",
    "http://8.8.8.8:",
    "http://8.8.8.8:/",
    "http://8.8.8.8:0",
    "http://8.8.8.8:65536",
    "http://8.8.8.8:4294967376",
    "http://8.8.8.8:0x50",
    "http://8.8.8.8:080",
    "http://8.8.8.8:+80",
    "http://8.8.8.8:80:80",
    "http://\xef\xbc\x98.8.8.8",
    "http://kn\xc3\xb6n.example",
    /* ports where it would be taken for something else */
    "http://8.8.8.8:25",
    "http://8.8.8.8:465",
    "http://8.8.8.8:587",
    "http://8.8.8.8:3306",
    "http://8.8.8.8:5432",
    "http://8.8.8.8:6379",
    "http://8.8.8.8:11211",
    "http://8.8.8.8:27017",
    /* addresses in other forms */
    "http://134744072",
    "http://0x08080808",
    "http://0x8.0x8.0x8.0x8",
    "http://010.010.010.010",
    "http://08.8.8.8",
    "http://8.8.2056",
    "http://1.65793",
    "http://8.526344",
    "http://8.8.8.8.",
    "http://2130706433",
    "http://0x7f000001",
    "http://0x7f.1",
    "http://017700000001",
    "http://0177.0.0.1",
    "http://127.1",
    "http://127.0.1",
    "http://127.0.0.1.",
    "http://127.0.0.01",
    "http://0",
    "http://00",
    "http://256.1.1.1",
    "http://1.2.3.4.5",
    "http://1.2.3.256",
    "http://4294967297",
    "http://0x1.example.0x1",
    "http://a.0",
    "http://[8.8.8.8]",
    "http://[::ffff:8.8.8.8]",
    "http://[::ffff:0808:0808]",
    "http://[0:0:0:0:0:ffff:127.0.0.1]",
    "http://[::ffff:127.0.0.1]",
    "http://[::FFFF:7f00:1]",
    "http://[fe80::1%25eth0]",
    "http://[fe80::1%eth0]",
    "http://[2606:4700::1111%25]",
    "http://[2606:4700::1111",
    "http://2606:4700::1111",
    "http://[2606:4700::1111]4000",
    "http://[2606:4700::1111]:",
    "http://[[2606:4700::1111]]",
    "http://[]",
    /* what never leads to a node */
    "http://0.0.0.0",
    "http://0.1.2.3",
    "http://100.64.0.1",
    "http://100.127.255.255",
    "http://169.254.169.254",
    "http://192.0.0.170",
    "http://192.0.2.1",
    "http://192.31.196.1",
    "http://192.52.193.1",
    "http://192.88.99.1",
    "http://192.175.48.1",
    "http://198.18.0.1",
    "http://198.19.255.255",
    "http://198.51.100.7",
    "http://203.0.113.9",
    "http://224.0.0.1",
    "http://239.255.255.250",
    "http://240.0.0.1",
    "http://255.255.255.255",
    "http://[::]",
    "http://[::8.8.8.8]",
    "http://[::ffff:0:808:808]",
    "http://[64:ff9b::808:808]",
    "http://[64:ff9b:1::7f00:1]",
    "http://[100::1]",
    "http://[2001::1]",
    "http://[2001:10::1]",
    "http://[2001:1ff:ffff::1]",
    "http://[2001:db8::1]",
    "http://[2002:7f00:1::]",
    "http://[2620:4f:8000::1]",
    "http://[3fff:fff::1]",
    "http://[4000::1]",
    "http://[5f00::1]",
    "http://[fe80::1]",
    "http://[febf::1]",
    "http://[fec0::1]",
    "http://[ff02::1]",
    /* names that are none */
    "http://node_1.example",
    "http://-node.example",
    "http://node-.example",
    "http://node..example",
    "http://.example",
    "http://node.example.",
    "http://.",
};

static void what_is_no_origin_is_never_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        assert_row(never[i], false, &alone);
        assert_row(never[i], false, &proxied);
        assert_row(never[i], false, &dev);
    }
}

static void private_networks_are_asked_where_that_is_allowed(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "http://127.0.0.1:4000",     "http://127.255.255.255:1", "http://10.0.0.1:80",
        "http://10.255.1.2:80",      "http://172.16.0.1:80",     "http://172.31.255.255:80",
        "http://192.168.0.1:80",     "http://[::1]:4000",        "http://[fc00::1]:80",
        "http://[fd00:ec2::254]:80",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_row(rows[i], false, &alone);
        assert_row(rows[i], false, &proxied);
        assert_row(rows[i], true, &dev);
    }
}

static void names_go_to_a_proxy(void **state)
{
    (void)state;
    static const char *const rows[] = {"https://node.example:443", "http://a.b-c.d1:65535",
                                       "http://xn--nde-sna.example:80", "http://1.node.example:80"};
    static const char *const inner[] = {
        "http://localhost:80",   "http://a.localhost:80", "http://printer.local:80",
        "http://intranet:80",    "http://metadata:80",    "http://metadata.google.internal:80",
        "http://a.home.arpa:80", "http://a.onion:80",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_row(rows[i], false, &alone);
        assert_row(rows[i], true, &proxied);
        assert_row(rows[i], true, &dev);
    }
    for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++) {
        assert_row(inner[i], false, &alone);
        assert_row(inner[i], false, &proxied);
        assert_row(inner[i], true, &dev);
    }
}

/* Right beside each range, too. */
static void the_public_internet_is_asked(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "http://1.0.0.0:80",        "http://8.8.8.8:4000",         "http://9.255.255.255:80",
        "http://11.0.0.0:80",       "http://100.63.255.255:80",    "http://100.128.0.0:80",
        "http://126.255.255.255:1", "http://128.0.0.0:80",         "http://169.253.255.255:80",
        "http://169.255.0.0:80",    "http://172.15.255.255:80",    "http://172.32.0.0:80",
        "http://192.0.1.0:80",      "http://192.0.3.0:80",         "http://192.167.255.255:80",
        "http://192.169.0.0:80",    "http://198.17.255.255:80",    "http://198.20.0.0:80",
        "http://198.51.99.255:80",  "http://198.51.101.0:80",      "http://203.0.112.255:80",
        "http://203.0.114.0:80",    "http://223.255.255.255:80",   "https://8.8.4.4:443",
        "http://[2001:200::1]:80",  "http://[2606:4700::1111]:80", "http://[2003::1]:80",
        "http://[3ffe::1]:80",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_row(rows[i], true, &alone);
        assert_row(rows[i], true, &proxied);
        assert_row(rows[i], true, &dev);
    }
}

static void what_is_taken_is_written_anew(void **state)
{
    (void)state;
    assert_true(is_taken("https://8.8.8.8", &alone, "https://8.8.8.8:443"));
    assert_true(is_taken("http://8.8.8.8/", &alone, "http://8.8.8.8:80"));
    assert_true(is_taken("http://Node.EXAMPLE:81/", &proxied, "http://node.example:81"));
    assert_true(is_taken("http://[2606:4700:0:0:0:0:0:00AB]", &alone, "http://[2606:4700::ab]:80"));
    assert_true(is_taken("http://[2606:4700::8.8.8.8]:1", &alone, "http://[2606:4700::808:808]:1"));
}

static void the_longest_fit(void **state)
{
    (void)state;
    char url[REGISTRY_URL_MAX + 2] = "https://a.";
    char want[PEERING_ORIGIN_MAX + 2];
    for (size_t i = 10; i < REGISTRY_URL_MAX - 1; i++) {
        url[i] = i % 40 == 39 ? '.' : 'b';
    }
    (void)snprintf(want, sizeof want, "%s:443", url);
    assert_true(is_taken(url, &proxied, want));
    url[REGISTRY_URL_MAX - 1] = 'b';
    assert_false(is_taken(url, &proxied, ""));
    memset(url + 10, 'b', 64); /* a label too long */
    url[10 + 64] = '\0';
    assert_false(is_taken(url, &proxied, ""));
    url[10 + 63] = '\0';
    (void)snprintf(want, sizeof want, "%s:443", url);
    assert_true(is_taken(url, &proxied, want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_origin_is_never_asked),
        cmocka_unit_test(private_networks_are_asked_where_that_is_allowed),
        cmocka_unit_test(names_go_to_a_proxy),
        cmocka_unit_test(the_public_internet_is_asked),
        cmocka_unit_test(what_is_taken_is_written_anew),
        cmocka_unit_test(the_longest_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
