#include "base/utc.h"
#include "fixtures/unit.h"

static void assert_instant(const char *expected, uint64_t unix_ms)
{
    uint8_t memory[UTC_TEXT];
    struct buf out = buf_over(memory, sizeof memory);
    utc_put(&out, unix_ms);
    assert_bytes(bytes_of(expected), buf_bytes(&out));
}

static void instants_around_leap_days_and_centuries_are_right(void **state)
{
    (void)state;
    assert_instant("1970-01-01T00:00:00.000Z", 0);
    assert_instant("1972-02-29T23:59:59.999Z", 68255999999);
    assert_instant("1972-03-01T00:00:00.000Z", 68256000000);
    assert_instant("2000-02-29T00:00:00.000Z", 951782400000);
    assert_instant("2000-03-01T00:00:00.000Z", 951868800000);
    assert_instant("2023-12-21T02:57:46.007Z", 1703127466007);
    assert_instant("2100-02-28T23:59:59.000Z", 4107542399000);
    assert_instant("2100-03-01T00:00:00.000Z", 4107542400000);
}

static void what_has_no_four_digit_year_is_the_last_instant_that_has(void **state)
{
    (void)state;
    assert_instant("9999-12-31T23:59:59.999Z", UTC_MAX_MS);
    assert_instant("9999-12-31T23:59:59.999Z", UTC_MAX_MS + 1);
    assert_instant("9999-12-31T23:59:59.999Z", UINT64_MAX);
}

static void assert_date(const char *expected, uint64_t unix_ms)
{
    uint8_t memory[UTC_HTTP];
    struct buf out = buf_over(memory, sizeof memory);
    utc_put_http(&out, unix_ms);
    assert_bytes(bytes_of(expected), buf_bytes(&out));
}

/* The first is the example of RFC 9110; the others are what GNU date says. */
static void dates_of_headers_are_right(void **state)
{
    (void)state;
    assert_date("Sun, 06 Nov 1994 08:49:37 GMT", 784111777000);
    assert_date("Thu, 01 Jan 1970 00:00:00 GMT", 999);
    assert_date("Tue, 29 Feb 2000 00:00:00 GMT", 951782400000);
    assert_date("Wed, 01 Mar 2000 00:00:00 GMT", 951868800000);
    assert_date("Mon, 01 Mar 2100 00:00:00 GMT", 4107542400000);
    assert_date("Fri, 31 Dec 9999 23:59:59 GMT", UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants_around_leap_days_and_centuries_are_right),
        cmocka_unit_test(what_has_no_four_digit_year_is_the_last_instant_that_has),
        cmocka_unit_test(dates_of_headers_are_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
