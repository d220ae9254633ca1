#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "base/secret.h"
#include "codec/hex.h"
#include "codec/json_in_internal.h"
#include "codec/json_plain_internal.h"
#include "codec/utf8.h"

/* A container that is being read. Its parts so far are on the stack, from first on. */
struct open {
    struct json_in_node *first;
    uint32_t kind;
};

/* Complete values wait on a stack until their container ends; then they move to where they stay,
 * side by side. So nothing is reserved for a value but its node, and nothing recurses. */
struct parser {
    uint8_t *at; /* in a copy of the text, which ends with eight NULs: no value may hold one */
    const uint8_t *end;
    struct json_in_node *out; /* next free node that stays */
    struct json_in_node *top; /* next free node of the stack */
    struct json_in_node *peak;
    const struct json_in_node *stack;
    const struct json_in_node *stack_end;
    size_t values;
    size_t depth;
    struct open open[LIMIT_JSON_DEPTH];
};

/* Bytes of a string that stand for themselves. */
static bool is_plain(uint8_t c)
{
    return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static void skip_space(struct parser *parser)
{
    while (*parser->at == ' ' || *parser->at == '\n' || *parser->at == '\r' ||
           *parser->at == '\t') {
        parser->at++;
    }
}

static struct bytes rest(const struct parser *parser)
{
    return (struct bytes){parser->at, (size_t)(parser->end - parser->at)};
}

/* What is wrong with a byte that may not stand here. */
static struct status fault(const struct parser *parser)
{
    bool is_utf8 = *parser->at < 0x80 || utf8_width(rest(parser)) != 0;
    return is_utf8 ? FAIL(BAD_JSON) : FAIL(INVALID_UTF8);
}

static void push(struct parser *parser, struct json_in_node node)
{
    INVARIANT(parser->top < parser->stack_end);
    *parser->top++ = node;
}

/* The code unit of \uXXXX, or -1 when there is none. */
static int32_t code_unit(const uint8_t *at)
{
    int32_t unit = 0;
    if (at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    for (size_t i = 2; i < 6; i++) {
        unsigned digit = hex_digit(at[i]);
        if (digit == HEX_NO_DIGIT) {
            return -1;
        }
        unit = unit << 4 | (int32_t)digit;
    }
    return unit;
}

static uint8_t *put_utf8(uint8_t *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (uint8_t)c;
        return to;
    }
    unsigned tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (uint8_t)(lead[tail] | c >> (6 * tail));
    while (tail-- > 0) {
        *to++ = (uint8_t)(0x80 | (c >> (6 * tail) & 0x3f));
    }
    return to;
}

static bool in_range(int32_t unit, int32_t from, int32_t to)
{
    return unit >= from && unit <= to;
}

/* \uXXXX, or two of them that are a surrogate pair. */
static struct status read_unicode(struct parser *parser, uint8_t **to)
{
    int32_t unit = code_unit(parser->at);
    if (unit < 0 || in_range(unit, 0xdc00, 0xdfff)) {
        return FAIL(BAD_JSON);
    }
    parser->at += 6;
    if (in_range(unit, 0xd800, 0xdbff)) {
        int32_t low = code_unit(parser->at);
        if (!in_range(low, 0xdc00, 0xdfff)) {
            return FAIL(BAD_JSON);
        }
        parser->at += 6;
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    *to = put_utf8(*to, (uint32_t)unit);
    return OK;
}

static struct status read_escape(struct parser *parser, uint8_t **to)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    uint8_t c = parser->at[1];
    if (c == 'u') {
        return read_unicode(parser, to);
    }
    const char *name = c == 0 ? NULL : strchr(names, c);
    if (name == NULL) {
        parser->at++;
        return fault(parser);
    }
    *(*to)++ = (uint8_t)meanings[name - names];
    parser->at += 2;
    return OK;
}

/* The rest of a string from a byte that is not plain, written over itself: an escape is never
 * shorter than what it stands for. Out: ret_end, the end of the string. */
static struct status unescape(struct parser *parser, uint8_t **ret_end)
{
    uint8_t *to = parser->at;
    while (*parser->at != '"') {
        if (is_plain(*parser->at)) {
            *to++ = *parser->at++;
            continue;
        }
        if (*parser->at == '\\') {
            TRY(read_escape(parser, &to));
            continue;
        }
        size_t width = utf8_width(rest(parser));
        if (width < 2) {
            return fault(parser);
        }
        memmove(to, parser->at, width);
        to += width;
        parser->at += width;
    }
    *ret_end = to;
    return OK;
}

/* In: the place of the opening quote. */
static struct status read_string(struct parser *parser, struct json_in_node *ret)
{
    const uint8_t *start = ++parser->at;
    while (json_plain_eight(parser->at)) {
        parser->at += 8;
    }
    while (is_plain(*parser->at)) {
        parser->at++;
    }
    uint8_t *end = parser->at;
    TRY(unescape(parser, &end));
    parser->at++;
    *ret = (struct json_in_node){.text = start, .len = (uint32_t)(end - start), JSON_IN_STRING};
    return OK;
}

/* A member's name with its colon. */
static struct status read_name(struct parser *parser)
{
    struct json_in_node name;
    skip_space(parser);
    if (*parser->at != '"') {
        return fault(parser);
    }
    TRY(read_string(parser, &name));
    if (bytes_find(json_in_node_text(&name), 0) != name.len) {
        return FAIL(BAD_JSON);
    }
    push(parser, name);
    skip_space(parser);
    if (*parser->at != ':') {
        return fault(parser);
    }
    parser->at++;
    return OK;
}

/* At least one digit. Out: value, UINT64_MAX when it does not fit. */
static struct status read_digits(struct parser *parser, uint64_t *ret_value)
{
    bool overflow = false;
    *ret_value = 0;
    if (!is_digit(*parser->at)) {
        return fault(parser);
    }
    for (; is_digit(*parser->at); parser->at++) {
        unsigned digit = *parser->at - (unsigned)'0';
        overflow |= __builtin_mul_overflow(*ret_value, 10, ret_value);
        overflow |= __builtin_add_overflow(*ret_value, digit, ret_value);
    }
    *ret_value = overflow ? UINT64_MAX : *ret_value;
    return OK;
}

/* Fraction and exponent. The text is kept as it is, once it is known that a double can hold it. */
static struct status read_real(struct parser *parser, const uint8_t *start)
{
    uint64_t unused;
    if (*parser->at == '.') {
        parser->at++;
        TRY(read_digits(parser, &unused));
    }
    if (*parser->at == 'e' || *parser->at == 'E') {
        parser->at++;
        parser->at += *parser->at == '+' || *parser->at == '-';
        TRY(read_digits(parser, &unused));
    }
    size_t len = (size_t)(parser->at - start);
    if (!json_in_is_finite((struct bytes){start, len})) {
        return FAIL(JSON_NUMBER_RANGE);
    }
    push(parser, (struct json_in_node){.text = start, .len = (uint32_t)len, .kind = JSON_IN_REAL});
    return OK;
}

static struct status read_number(struct parser *parser)
{
    const uint8_t *start = parser->at;
    bool negative = *parser->at == '-';
    uint64_t magnitude = 0;
    parser->at += negative;
    if (*parser->at == '0') {
        parser->at++; /* a digit behind it is a fault of whoever reads on */
    } else {
        TRY(read_digits(parser, &magnitude));
    }
    if (*parser->at == '.' || *parser->at == 'e' || *parser->at == 'E') {
        return read_real(parser, start);
    }
    if (magnitude > (uint64_t)INT64_MAX + negative) {
        return FAIL(JSON_NUMBER_RANGE);
    }
    int64_t value = (int64_t)(negative ? 0 - magnitude : magnitude);
    push(parser, (struct json_in_node){.integer = value, .kind = JSON_IN_INTEGER});
    return OK;
}

static struct status read_word(struct parser *parser, const char *word, struct json_in_node node)
{
    for (; *word != 0; word++, parser->at++) {
        if (*parser->at != (uint8_t)*word) {
            return fault(parser);
        }
    }
    push(parser, node);
    return OK;
}

static struct status open_container(struct parser *parser, uint32_t kind)
{
    if (parser->depth == LIMIT_JSON_DEPTH) {
        return FAIL(JSON_TOO_DEEP);
    }
    parser->at++;
    parser->open[parser->depth++] = (struct open){parser->top, kind};
    return OK;
}

/* A value, or the start of one that has parts. */
static struct status read_value(struct parser *parser)
{
    struct json_in_node node;
    skip_space(parser);
    if (++parser->values > LIMIT_JSON_VALUES) {
        return FAIL(JSON_TOO_COMPLEX);
    }
    switch (*parser->at) {
    case '{':
        return open_container(parser, JSON_IN_OBJECT);
    case '[':
        return open_container(parser, JSON_IN_ARRAY);
    case '"':
        TRY(read_string(parser, &node));
        push(parser, node);
        return OK;
    case 't':
        return read_word(parser, "true", (struct json_in_node){.truth = true, 0, JSON_IN_BOOL});
    case 'f':
        return read_word(parser, "false", (struct json_in_node){.kind = JSON_IN_BOOL});
    case 'n':
        return read_word(parser, "null", (struct json_in_node){.kind = JSON_IN_NULL});
    default:
        return read_number(parser);
    }
}

/* The index of a large object, behind its members; what is above the stack serves as scratch. */
static void index_members(struct parser *parser, size_t count)
{
    size_t per_node = sizeof parser->out[0] / sizeof(uint32_t);
    const struct json_in_node *members = parser->out - 2 * count;
    json_in_index(members, count, (uint32_t *)(void *)parser->out, (uint32_t *)(void *)parser->top);
    parser->out += (count + per_node - 1) / per_node;
}

static void note_peak(struct parser *parser)
{
    parser->peak = parser->top > parser->peak ? parser->top : parser->peak;
}

/* Move the parts of the innermost container to where they stay, and make it a value. */
static struct status close_container(struct parser *parser)
{
    struct open open = parser->open[--parser->depth];
    size_t parts = (size_t)(parser->top - open.first);
    size_t count = open.kind == JSON_IN_OBJECT ? parts / 2 : parts;
    struct json_in_node node = {.inside = parser->out, (uint32_t)count, open.kind};
    note_peak(parser);
    INVARIANT(parts + count < (size_t)(parser->stack - parser->out));
    memcpy(parser->out, open.first, parts * sizeof parser->out[0]);
    parser->out += parts;
    parser->top = open.first;
    parser->at++;
    if (open.kind == JSON_IN_OBJECT) {
        if (count > JSON_IN_INDEXED) {
            index_members(parser, count);
        }
        if (json_in_duplicate(&node)) {
            return FAIL(JSON_DUPLICATE_KEY);
        }
    }
    push(parser, node);
    return OK;
}

/* The next part of the innermost container, or its end. */
static struct status read_part(struct parser *parser)
{
    const struct open *open = &parser->open[parser->depth - 1];
    skip_space(parser);
    if (*parser->at == (open->kind == JSON_IN_OBJECT ? '}' : ']')) {
        return close_container(parser);
    }
    if (parser->top != open->first) {
        if (*parser->at != ',') {
            return fault(parser);
        }
        parser->at++;
    }
    if (open->kind == JSON_IN_OBJECT) {
        TRY(read_name(parser));
    }
    return read_value(parser);
}

static struct status read_document(struct parser *parser)
{
    skip_space(parser);
    if (*parser->at != '{' && *parser->at != '[') {
        return fault(parser);
    }
    TRY(read_value(parser));
    while (parser->depth != 0) {
        TRY(read_part(parser));
    }
    skip_space(parser);
    return parser->at == parser->end ? OK : fault(parser);
}

/* The most nodes of a text: a value takes a byte and a comma or bracket of its own. For each value
 * two nodes wait on the stack, one of them its name, and these and a share of an index stay. */
static size_t values_max(size_t len)
{
    size_t most = len / 2 + LIMIT_JSON_DEPTH;
    return most < LIMIT_JSON_VALUES ? most : LIMIT_JSON_VALUES;
}

struct status json_in_parse(struct arena *arena, struct bytes text, struct json_in_doc *ret)
{
    *ret = (struct json_in_doc){0};
    size_t values = text.len > UINT32_MAX ? 0 : values_max(text.len);
    uint8_t *copy = values == 0 ? NULL : arena_alloc(arena, text.len + 8);
    struct buf room = arena_open(arena);
    size_t stay_max = 3 * values;
    size_t stack_max = 2 * values + 2;
    if (copy == NULL || room.cap < (stay_max + stack_max) * sizeof(struct json_in_node)) {
        return FAIL(NO_MEMORY);
    }
    if (text.len != 0) {
        memcpy(copy, text.ptr, text.len);
    }
    struct json_in_node *start = (struct json_in_node *)(void *)room.ptr;
    struct json_in_node *stack = start + stay_max;
    struct parser parser = {.at = copy,
                            .end = copy + text.len,
                            .out = start,
                            .top = stack,
                            .peak = stack,
                            .stack = stack,
                            .stack_end = stack + stack_max};
    struct status status = read_document(&parser);
    note_peak(&parser);
    if (status_is_ok(status)) {
        *parser.out = stack[0];
        ret->root = parser.out++;
        secret_wipe(stack, (size_t)(parser.peak - stack) * sizeof stack[0]);
        room.len = (size_t)(parser.out - start) * sizeof start[0];
    } else {
        room.len = (size_t)(parser.peak - start) * sizeof start[0];
        ret->stopped = 1 + (size_t)(parser.at - copy);
    }
    arena_close(arena, &room);
    return status;
}
