#include <arpa/inet.h>

#include "codec/ip_range.h"
#include "fixtures/unit.h"

static const struct {
    const char *address;
    enum ip_range range;
} rows[] = {
    {"127.0.0.1", IP_RANGE_PRIVATE},
    {"127.255.255.255", IP_RANGE_PRIVATE},
    {"10.0.0.0", IP_RANGE_PRIVATE},
    {"172.16.0.0", IP_RANGE_PRIVATE},
    {"172.31.255.255", IP_RANGE_PRIVATE},
    {"192.168.255.255", IP_RANGE_PRIVATE},
    {"0.0.0.0", IP_RANGE_SPECIAL},
    {"100.64.0.0", IP_RANGE_SPECIAL},
    {"169.254.169.254", IP_RANGE_SPECIAL},
    {"224.0.0.1", IP_RANGE_SPECIAL},
    {"255.255.255.255", IP_RANGE_SPECIAL},
    {"9.255.255.255", IP_RANGE_PUBLIC},
    {"11.0.0.0", IP_RANGE_PUBLIC},
    {"172.15.255.255", IP_RANGE_PUBLIC},
    {"172.32.0.0", IP_RANGE_PUBLIC},
    {"100.128.0.0", IP_RANGE_PUBLIC},
    {"192.167.255.255", IP_RANGE_PUBLIC},
    {"::1", IP_RANGE_PRIVATE},
    {"fc00::", IP_RANGE_PRIVATE},
    {"fdff::1", IP_RANGE_PRIVATE},
    {"::", IP_RANGE_SPECIAL},
    {"::ffff:8.8.8.8", IP_RANGE_SPECIAL},
    {"64:ff9b::808:808", IP_RANGE_SPECIAL},
    {"2002::1", IP_RANGE_SPECIAL},
    {"2001:db8::1", IP_RANGE_SPECIAL},
    {"fe80::1", IP_RANGE_SPECIAL},
    {"ff02::1", IP_RANGE_SPECIAL},
    {"4000::", IP_RANGE_SPECIAL},
    {"2606:4700::1111", IP_RANGE_PUBLIC},
    {"2001:4860:4860::8888", IP_RANGE_PUBLIC},
};

static void ranges_end_where_they_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t address[16];
        bool is_v4 = inet_pton(AF_INET, rows[i].address, address) == 1;
        assert_true(is_v4 || inet_pton(AF_INET6, rows[i].address, address) == 1);
        enum ip_range range = is_v4 ? ip_range_v4(address) : ip_range_v6(address);
        if (range != rows[i].range) {
            print_error("%s: %d\n", rows[i].address, range);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges_end_where_they_do)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
