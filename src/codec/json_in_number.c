#include "codec/json_in_internal.h"

/* 2^1024 - 2^970: from here on a double rounds to infinity. */
static const char too_large[] =
    "179769313486231580793728971405303415079934132710037826936173778980444968292764"
    "750946649017977587207096330286416692887910946555547851940402630657488671505820"
    "681908902000708383676273854845817711531764475730270069855571366959622842914819"
    "860834936475292719074168444365510704342711559699508093042880177904174497792";

enum {
    EXPONENT_MOST = 308, /* of too_large, in the form d.ddd * 10^n */
};

/* Exponents beyond this decide alike: a text has at most 2^32 bytes. */
static const int64_t clamp = 1000000000000;

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The exponent as it is written; clamped. */
static int64_t written_exponent(struct bytes text)
{
    bool negative = text.len != 0 && text.ptr[0] == '-';
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (is_digit(text.ptr[i]) && value < clamp) {
            value = 10 * value + (text.ptr[i] - '0');
        }
    }
    return negative ? -value : value;
}

/* In: digits with a point among them, from the first that is not 0. */
static bool reaches(struct bytes digits)
{
    size_t place = 0;
    for (size_t i = 0; i < digits.len && place < sizeof too_large - 1; i++) {
        if (!is_digit(digits.ptr[i])) {
            continue;
        }
        if (digits.ptr[i] != (uint8_t)too_large[place]) {
            return digits.ptr[i] > (uint8_t)too_large[place];
        }
        place++;
    }
    return place == sizeof too_large - 1;
}

bool json_in_is_finite(struct bytes number)
{
    size_t end = 0;
    size_t point = number.len;
    size_t first = number.len;
    for (; end < number.len && (number.ptr[end] | 0x20) != 'e'; end++) {
        if (number.ptr[end] == '.') {
            point = end;
        } else if (first == number.len && number.ptr[end] >= '1' && number.ptr[end] <= '9') {
            first = end;
        }
    }
    if (first == number.len) {
        return true;
    }
    point = point < end ? point : end;
    int64_t exponent = (int64_t)point - (int64_t)first - (point > first);
    exponent += written_exponent(bytes_slice(number, end + 1, SIZE_MAX));
    if (exponent != EXPONENT_MOST) {
        return exponent < EXPONENT_MOST;
    }
    return !reaches(bytes_slice(number, first, end - first));
}
