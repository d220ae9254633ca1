/* Whose an address is. */
#include "codec/ip_network.h"
#include "fixtures/unit.h"

static bool is_same(const char *a, const char *b)
{
    uint8_t memory[2][IP_NETWORK];
    struct bytes x = ip_network(bytes_of(a), memory[0]);
    struct bytes y = ip_network(bytes_of(b), memory[1]);
    assert_true(x.len != 0 && y.len != 0);
    return bytes_equal(x, y);
}

static void what_is_no_address_is_nobodys(void **state)
{
    static const char *const texts[] = {"",
                                        "x",
                                        ":",
                                        "1",
                                        "1.2.3",
                                        "1.2.3.4.5",
                                        "256.1.1.1",
                                        "01.2.3.4",
                                        " 1.2.3.4",
                                        "1.2.3.4 ",
                                        "2001:db8",
                                        "2001:db8:::1",
                                        "2001:db8::g",
                                        "[2001:db8::1]",
                                        "fe80::1%eth0",
                                        "1:2:3:4:5:6:7:8:9"};
    uint8_t memory[IP_NETWORK];
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(0, ip_network(bytes_of(texts[i]), memory).len);
    }
    static const uint8_t long_text[1000] = {'1'};
    assert_int_equal(0, ip_network(BYTES_ARRAY(long_text), memory).len);
    assert_int_equal(0, ip_network(BYTES_LITERAL("1.2.3.4\0"), memory).len);
    assert_int_equal(0, ip_network((struct bytes){NULL, 0}, memory).len);
}

static void of_ipv4_each_is_somebody(void **state)
{
    (void)state;
    assert_true(is_same("192.0.2.1", "192.0.2.1"));
    assert_false(is_same("192.0.2.1", "192.0.2.2"));
    assert_true(is_same("192.0.2.1:1024", "192.0.2.1:65535"));
    assert_true(is_same("192.0.2.1", "::ffff:192.0.2.1"));
    assert_true(is_same("192.0.2.1", "::FFFF:c000:201"));
    assert_false(is_same("32.1.13.184", "2001:db8::"));
}

static void of_ipv6_the_first_half_is(void **state)
{
    (void)state;
    assert_true(is_same("2001:db8::1", "2001:db8::2"));
    assert_true(is_same("2001:db8:0:0:ffff:ffff:ffff:ffff", "2001:DB8::"));
    assert_false(is_same("2001:db8:0:1::1", "2001:db8:0:2::1"));
    assert_false(is_same("2001:db8::1", "2001:db9::1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_address_is_nobodys),
        cmocka_unit_test(of_ipv4_each_is_somebody),
        cmocka_unit_test(of_ipv6_the_first_half_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
