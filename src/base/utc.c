#include "base/utc.h"

static void put_padded(struct buf *out, uint64_t value, unsigned width)
{
    uint8_t digits[4];
    for (unsigned i = width; i-- > 0;) {
        digits[i] = (uint8_t)('0' + value % 10);
        value /= 10;
    }
    buf_put(out, (struct bytes){digits, width});
}

struct date {
    uint64_t year;
    uint64_t month;
    uint64_t day;
};

/* Years are counted from March, so that the leap day is the last of its year. Days are counted from
 * 0000-03-01, which 1970-01-01 follows after 719468 days. */
static struct date date_of(uint64_t unix_days)
{
    uint64_t days = unix_days + 719468;
    uint64_t era = days / 146097;
    uint64_t day_of_era = days % 146097;
    uint64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t month_from_march = (5 * day_of_year + 2) / 153;
    uint64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    uint64_t year = era * 400 + year_of_era + (month <= 2);
    return (struct date){year, month, day_of_year - (153 * month_from_march + 2) / 5 + 1};
}

static void put_time_of_day(struct buf *out, uint64_t second)
{
    put_padded(out, second / 3600, 2);
    buf_put_u8(out, ':');
    put_padded(out, second / 60 % 60, 2);
    buf_put_u8(out, ':');
    put_padded(out, second % 60, 2);
}

void utc_put(struct buf *out, uint64_t unix_ms)
{
    unix_ms = unix_ms > UTC_MAX_MS ? UTC_MAX_MS : unix_ms;
    struct date date = date_of(unix_ms / 86400000);
    put_padded(out, date.year, 4);
    buf_put_u8(out, '-');
    put_padded(out, date.month, 2);
    buf_put_u8(out, '-');
    put_padded(out, date.day, 2);
    buf_put_u8(out, 'T');
    put_time_of_day(out, unix_ms / 1000 % 86400);
    buf_put_u8(out, '.');
    put_padded(out, unix_ms % 1000, 3);
    buf_put_u8(out, 'Z');
}

void utc_put_http(struct buf *out, uint64_t unix_ms)
{
    /* 1970-01-01 was a Thursday. */
    static const char days[] = "ThuFriSatSunMonTueWed";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    unix_ms = unix_ms > UTC_MAX_MS ? UTC_MAX_MS : unix_ms;
    uint64_t day = unix_ms / 86400000;
    struct date date = date_of(day);
    buf_put(out, bytes_slice(bytes_of(days), day % 7 * 3, 3));
    buf_put_text(out, ", ");
    put_padded(out, date.day, 2);
    buf_put_u8(out, ' ');
    buf_put(out, bytes_slice(bytes_of(months), (date.month - 1) * 3, 3));
    buf_put_u8(out, ' ');
    put_padded(out, date.year, 4);
    buf_put_u8(out, ' ');
    put_time_of_day(out, unix_ms / 1000 % 86400);
    buf_put_text(out, " GMT");
}
