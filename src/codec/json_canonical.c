#include "codec/json_canonical.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "codec/utf8.h"

enum {
    DIGITS_MAX = 17, /* that tell any two doubles apart */
    TEXT_MAX = 32,
};

/* An object or array that is being written. */
struct open {
    struct json_in at;
    struct json_in *members; /* of an object, sorted; NULL for an array */
    size_t count;
    size_t next;
};

struct writer {
    struct buf *out;
    struct arena *arena;
    struct open open[LIMIT_JSON_DEPTH + 1];
    size_t depth;
};

static void put_unit(struct buf *out, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    buf_put_text(out, "\\u");
    for (unsigned shift = 16; shift != 0;) {
        shift -= 4;
        buf_put_u8(out, (uint8_t)digits[unit >> shift & 15]);
    }
}

/* The code point of the well-formed character at the start of text, of that width. */
static uint32_t code_point(struct bytes text, size_t width)
{
    if (width == 1) {
        return text.ptr[0];
    }
    uint32_t point = text.ptr[0] & (0x7fu >> width);
    for (size_t i = 1; i < width; i++) {
        point = point << 6 | (text.ptr[i] & 0x3fu);
    }
    return point;
}

static void put_character(struct buf *out, uint32_t point)
{
    static const char short_names[][2] = {{'"', '"'},  {'\\', '\\'}, {'\b', 'b'}, {'\f', 'f'},
                                          {'\n', 'n'}, {'\r', 'r'},  {'\t', 't'}};
    for (size_t i = 0; i < sizeof short_names / sizeof short_names[0]; i++) {
        if (point == (uint8_t)short_names[i][0]) {
            buf_put_u8(out, '\\');
            buf_put_u8(out, (uint8_t)short_names[i][1]);
            return;
        }
    }
    if (point >= 0x20 && point < 0x7f) {
        buf_put_u8(out, (uint8_t)point);
    } else if (point < 0x10000) {
        put_unit(out, point);
    } else {
        put_unit(out, 0xd800 + ((point - 0x10000) >> 10));
        put_unit(out, 0xdc00 + (point & 0x3ff));
    }
}

static void put_string(struct buf *out, struct bytes text)
{
    buf_put_u8(out, '"');
    while (text.len != 0) {
        size_t width = utf8_width(text);
        INVARIANT(width != 0);
        put_character(out, code_point(text, width));
        text = bytes_slice(text, width, SIZE_MAX);
    }
    buf_put_u8(out, '"');
}

/* Significant digits of a double, and where the point is: 0.digits * 10^point. */
struct decimal_form {
    char digits[DIGITS_MAX + 1];
    int point;
};

/* The exponent behind the e of a number that printf wrote: a sign and digits. */
static int exponent_of(const char *text)
{
    int value = 0;
    for (const char *c = text + 1; *c != '\0'; c++) {
        value = 10 * value + (*c - '0');
    }
    return text[0] == '-' ? -value : value;
}

/* count digits, rounded to the nearest, or one more in the last place: next to a power of two the
 * nearest one can be too far away while the next one is not. Returns: whether it means value. */
static bool try_digits(double value, int count, bool up, struct decimal_form *ret)
{
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof text, "%.*e", count - 1, value);
    char *exponent = strchr(text, 'e');
    INVARIANT(exponent != NULL);
    size_t len = 0;
    for (const char *c = text; c < exponent; c++) {
        if (*c != '.') {
            ret->digits[len++] = *c;
        }
    }
    ret->digits[len] = '\0';
    ret->point = exponent_of(exponent + 1) + 1;
    if (up) {
        if (ret->digits[len - 1] == '9') {
            return false; /* its successor has fewer digits and was tried */
        }
        ret->digits[len - 1]++;
    }
    (void)snprintf(text, sizeof text, "0.%se%d", ret->digits, ret->point);
    return strtod(text, NULL) == value;
}

static void shortest(double value, struct decimal_form *ret)
{
    for (int count = 1; count <= DIGITS_MAX; count++) {
        if (try_digits(value, count, false, ret) || try_digits(value, count, true, ret)) {
            return;
        }
    }
    INVARIANT(false);
}

/* Positive and finite. Python writes exponents from 10^16 on and below 10^-4. */
static void put_positive(struct buf *out, double value)
{
    struct decimal_form form;
    shortest(value, &form);
    struct bytes digits = bytes_of(form.digits);
    int point = form.point;
    if (point > 16 || point < -3) {
        int exponent = point - 1;
        buf_put(out, bytes_slice(digits, 0, 1));
        if (digits.len > 1) {
            buf_put_u8(out, '.');
            buf_put(out, bytes_slice(digits, 1, SIZE_MAX));
        }
        buf_put_text(out, exponent < 0 ? "e-" : "e+");
        unsigned magnitude = (unsigned)abs(exponent);
        buf_put_text(out, magnitude < 10 ? "0" : "");
        buf_put_decimal(out, magnitude);
        return;
    }
    size_t whole = point > 0 ? (size_t)point : 0;
    buf_put_text(out, whole == 0 ? "0" : "");
    buf_put(out, bytes_slice(digits, 0, whole));
    for (size_t i = digits.len; i < whole; i++) {
        buf_put_u8(out, '0');
    }
    buf_put_u8(out, '.');
    for (int i = point; i < 0; i++) {
        buf_put_u8(out, '0');
    }
    buf_put(out, bytes_slice(digits, whole, SIZE_MAX));
    buf_put_text(out, whole >= digits.len ? "0" : "");
}

static void put_real(struct buf *out, const struct json_in *at)
{
    struct bytes text = json_in_real(at);
    double value = strtod((const char *)text.ptr, NULL);
    if (text.ptr[0] == '-') {
        buf_put_u8(out, '-');
        value = -value;
    }
    if (value == 0) {
        buf_put_text(out, "0.0");
    } else {
        put_positive(out, value);
    }
}

static void put_scalar(struct buf *out, const struct json_in *at)
{
    struct bytes text;
    bool truth = false;
    switch (json_in_kind(at)) {
    case JSON_IN_STRING:
        (void)json_in_string(at, &text);
        put_string(out, text);
        return;
    case JSON_IN_INTEGER:
        buf_put_signed(out, json_in_integer(at));
        return;
    case JSON_IN_REAL:
        put_real(out, at);
        return;
    case JSON_IN_BOOL:
        (void)json_in_bool(at, &truth);
        buf_put_text(out, truth ? "true" : "false");
        return;
    case JSON_IN_OBJECT:
    case JSON_IN_ARRAY:
    case JSON_IN_NULL:
        break;
    }
    buf_put_text(out, "null");
}

/* Names in UTF-8: the order of bytes is that of code points. */
static bool is_before(const struct json_in *a, const struct json_in *b)
{
    return bytes_compare(a->name, b->name) < 0;
}

static void sift(struct json_in *members, size_t root, size_t count)
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count) {
            return;
        }
        if (child + 1 < count && is_before(&members[child], &members[child + 1])) {
            child++;
        }
        if (!is_before(&members[root], &members[child])) {
            return;
        }
        struct json_in kept = members[root];
        members[root] = members[child];
        members[child] = kept;
        root = child;
    }
}

/* A heap sort: no memory of its own, and no order of names makes it slow. */
static void sort(struct json_in *members, size_t count)
{
    for (size_t i = count / 2; i-- > 0;) {
        sift(members, i, count);
    }
    for (size_t end = count; end > 1; end--) {
        struct json_in last = members[0];
        members[0] = members[end - 1];
        members[end - 1] = last;
        sift(members, 0, end - 1);
    }
}

static struct status begin(struct writer *writer, const struct json_in *at)
{
    INVARIANT(writer->depth <= LIMIT_JSON_DEPTH);
    struct open *open = &writer->open[writer->depth];
    *open = (struct open){.at = *at};
    TRY(json_in_count(at, &open->count));
    writer->depth++;
    if (json_in_kind(at) == JSON_IN_ARRAY) {
        buf_put_u8(writer->out, '[');
        return OK;
    }
    buf_put_u8(writer->out, '{');
    size_t room = open->count != 0 ? open->count : 1;
    open->members = arena_array(writer->arena, room, sizeof open->members[0]);
    if (open->members == NULL) {
        return FAIL(NO_MEMORY);
    }
    void *state = NULL;
    for (size_t i = 0; i < open->count; i++) {
        INVARIANT(json_in_next(&open->at, &state, &open->members[i]));
    }
    sort(open->members, open->count);
    return OK;
}

/* The next value of the innermost object or array, or its end. */
static struct status step(struct writer *writer)
{
    struct open *open = &writer->open[writer->depth - 1];
    bool object = open->members != NULL;
    if (open->next == open->count) {
        buf_put_u8(writer->out, object ? '}' : ']');
        writer->depth--;
        return OK;
    }
    buf_put_text(writer->out, open->next != 0 ? "," : "");
    struct json_in value = object ? open->members[open->next] : json_in_item(&open->at, open->next);
    open->next++;
    if (object) {
        put_string(writer->out, value.name);
        buf_put_u8(writer->out, ':');
    }
    enum json_in_kind kind = json_in_kind(&value);
    if (kind == JSON_IN_OBJECT || kind == JSON_IN_ARRAY) {
        return begin(writer, &value);
    }
    put_scalar(writer->out, &value);
    return OK;
}

struct status json_canonical_put(const struct json_in *at, struct arena *arena, struct buf *out)
{
    struct writer writer = {.out = out, .arena = arena};
    size_t mark = arena->used;
    enum json_in_kind kind = json_in_kind(at);
    if (kind != JSON_IN_OBJECT && kind != JSON_IN_ARRAY) {
        put_scalar(out, at);
        return buf_check(out);
    }
    struct status status = begin(&writer, at);
    while (status_is_ok(status) && writer.depth != 0) {
        status = step(&writer);
    }
    arena_rewind(arena, mark);
    return status_is_ok(status) ? buf_check(out) : status;
}
