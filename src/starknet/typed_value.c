#include "base/bytes.h"
#include "starknet/address_text.h"
#include "starknet/felt_text.h"
#include "starknet/selector.h"
#include "starknet/short_string.h"
#include "starknet/typed_value_internal.h"

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_hex_digit(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_all(struct bytes text, bool (*is_one)(uint8_t c))
{
    size_t i = 0;
    while (i < text.len && is_one(text.ptr[i])) {
        i++;
    }
    return i == text.len;
}

/* Everything that JavaScript's BigInt takes: blanks around it, signs, leading zeros, and prefixes
 * for hex, octal and binary. What is a number there must never be text here. */
static bool looks_like_number(struct bytes text)
{
    while (text.len > 0 && is_space(text.ptr[0])) {
        text = bytes_slice(text, 1, SIZE_MAX);
    }
    while (text.len > 0 && is_space(text.ptr[text.len - 1])) {
        text.len--;
    }
    if (text.len == 0) {
        return true;
    }
    if (text.ptr[0] == '+' || text.ptr[0] == '-') {
        return is_all(bytes_slice(text, 1, SIZE_MAX), is_digit);
    }
    bool is_prefixed = text.len >= 2 && text.ptr[0] == '0' && !is_digit(text.ptr[1]);
    if (is_prefixed && bytes_find(BYTES_LITERAL("xXoObB"), text.ptr[1]) != 6) {
        return is_all(bytes_slice(text, 2, SIZE_MAX), is_hex_digit);
    }
    return is_all(text, is_digit);
}

static bool is_printable(uint8_t c)
{
    return c >= ' ' && c < 0x7f;
}

static struct status text_or_number(struct bytes text, struct felt *ret)
{
    struct status status = address_text_felt(text, ret);
    if (text.len == 0) {
        return OK;
    }
    if (status_is_ok(status) || looks_like_number(text)) {
        return status;
    }
    return is_all(text, is_printable) ? short_string_read(text, ret) : FAIL(SHORT_STRING);
}

struct status typed_value_text(const struct json_in *at, struct felt *ret)
{
    if (json_in_kind(at) != JSON_IN_STRING) {
        return typed_value_number(at, ret);
    }
    struct bytes text;
    *ret = FELT_ZERO;
    TRY(json_in_string(at, &text));
    return json_in_about(at, text_or_number(text, ret));
}

struct status typed_value_number(const struct json_in *at, struct felt *ret)
{
    return felt_text_json(at, ret);
}

struct status typed_value_address(const struct json_in *at, struct felt *ret)
{
    return address_text_json(at, ret);
}

struct status typed_value_bits(const struct json_in *at, unsigned bits, struct felt *ret)
{
    return felt_text_json_bits(at, bits, ret);
}

/* The text behind a minus sign. */
static struct status negative(struct bytes digits, struct felt *ret)
{
    static const struct felt two_to_127 = {{0, (uint64_t)1 << 63, 0, 0}};
    struct felt magnitude;
    *ret = FELT_ZERO;
    if (!is_all(digits, is_digit)) {
        return FAIL(INVALID_FELT);
    }
    TRY(felt_text_read(digits, &magnitude));
    if (felt_compare(&magnitude, &two_to_127) > 0) {
        return FAIL(NUMBER_RANGE);
    }
    *ret = felt_negate(&magnitude);
    return OK;
}

struct status typed_value_i128(const struct json_in *at, struct felt *ret)
{
    *ret = FELT_ZERO;
    if (json_in_kind(at) == JSON_IN_STRING) {
        struct bytes text;
        TRY(json_in_string(at, &text));
        if (bytes_starts(text, BYTES_LITERAL("-"))) {
            return json_in_about(at, negative(bytes_slice(text, 1, SIZE_MAX), ret));
        }
    } else if (json_in_kind(at) == JSON_IN_INTEGER && json_in_integer(at) < 0) {
        if (!json_in_is_exact(at)) {
            return JSON_IN_FAIL(at, JSON_NUMBER_RANGE);
        }
        struct felt magnitude = felt_from_u64((uint64_t)-json_in_integer(at));
        *ret = felt_negate(&magnitude);
        return OK;
    }
    return typed_value_bits(at, 127, ret);
}

struct status typed_value_bool(const struct json_in *at, struct felt *ret)
{
    bool value;
    *ret = FELT_ZERO;
    TRY(json_in_bool(at, &value));
    *ret = felt_from_u64(value);
    return OK;
}

struct status typed_value_selector(const struct json_in *at, struct felt *ret)
{
    struct bytes text;
    *ret = FELT_ZERO;
    TRY(json_in_string(at, &text));
    if (bytes_starts(text, BYTES_LITERAL("0x"))) {
        return json_in_about(at, felt_text_read(text, ret));
    }
    /* A name never starts with a digit; a decimal number is none. */
    if (text.len == 0 || is_digit(text.ptr[0])) {
        return JSON_IN_FAIL(at, INVALID_SELECTOR);
    }
    return json_in_about(at, selector_of_name(text, ret));
}
