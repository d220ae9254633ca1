#include "cluster/v1/v1_scan.h"

#include "codec/json_in.h"

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct bytes *rest)
{
    while (rest->len != 0 && is_space(rest->ptr[0])) {
        *rest = bytes_slice(*rest, 1, SIZE_MAX);
    }
}

/* Bytes of the string that text starts with; 0 when it has no end. */
static size_t string_len(struct bytes text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] == '"') {
            return i + 1;
        }
        i += text.ptr[i] == '\\' ? 1 : 0;
    }
    return 0;
}

/* The same of a number, true, false or null. */
static size_t word_len(struct bytes text)
{
    size_t len = 0;
    while (len < text.len) {
        uint8_t c = text.ptr[len];
        bool is_in = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' ||
                     c == '.' || c == 'E';
        if (!is_in) {
            break;
        }
        len++;
    }
    return len;
}

/* The same of an object or an array. */
static size_t container_len(struct bytes text)
{
    uint8_t closes[V1_SCAN_DEPTH];
    size_t depth = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '"') {
            size_t len = string_len(bytes_slice(text, i, SIZE_MAX));
            if (len == 0) {
                return 0;
            }
            i += len - 1;
        } else if (c == '{' || c == '[') {
            if (depth == V1_SCAN_DEPTH) {
                return 0;
            }
            closes[depth++] = c == '{' ? '}' : ']';
        } else if (c == '}' || c == ']') {
            if (closes[depth - 1] != c) {
                return 0;
            }
            depth--;
            if (depth == 0) {
                return i + 1;
            }
        }
    }
    return 0;
}

/* Take the value that rest starts with. Returns: false when it is none. */
static bool take_value(struct bytes *rest, struct bytes *ret)
{
    *ret = (struct bytes){NULL, 0};
    skip_space(rest);
    if (rest->len == 0) {
        return false;
    }
    uint8_t c = rest->ptr[0];
    size_t len = c == '"'               ? string_len(*rest)
                 : c == '{' || c == '[' ? container_len(*rest)
                                        : word_len(*rest);
    *ret = bytes_slice(*rest, 0, len);
    *rest = bytes_slice(*rest, len, SIZE_MAX);
    return len != 0;
}

static bool take_byte(struct bytes *rest, uint8_t byte)
{
    skip_space(rest);
    if (rest->len == 0 || rest->ptr[0] != byte) {
        return false;
    }
    *rest = bytes_slice(*rest, 1, SIZE_MAX);
    return true;
}

bool v1_scan_text(struct bytes text, struct bytes *ret_value)
{
    bool is_one = take_value(&text, ret_value);
    skip_space(&text);
    return is_one && text.len == 0;
}

bool v1_scan_enter(struct bytes value, uint8_t open, struct v1_scan *ret)
{
    *ret = (struct v1_scan){.rest = value, .close = open == '{' ? '}' : ']', .is_first = true};
    ret->failed = !take_byte(&ret->rest, open);
    return !ret->failed;
}

bool v1_scan_next(struct v1_scan *scan, struct v1_scan_item *ret)
{
    *ret = (struct v1_scan_item){0};
    if (scan->failed || scan->is_done || take_byte(&scan->rest, scan->close)) {
        scan->is_done = true;
        return false;
    }
    bool is_good = scan->is_first || take_byte(&scan->rest, ',');
    scan->is_first = false;
    if (is_good && scan->close == '}') {
        is_good = take_value(&scan->rest, &ret->name) && ret->name.ptr[0] == '"' &&
                  take_byte(&scan->rest, ':');
    }
    scan->failed = !is_good || !take_value(&scan->rest, &ret->value);
    return !scan->failed;
}

static bool is_named(struct bytes name, const char *wanted)
{
    return name.len >= 2 && bytes_equal(bytes_slice(name, 1, name.len - 2), bytes_of(wanted));
}

bool v1_scan_member(struct bytes object, const char *name, struct bytes *ret_value)
{
    struct v1_scan scan;
    struct v1_scan_item item;
    bool is_there = false;
    *ret_value = (struct bytes){NULL, 0};
    for (v1_scan_enter(object, '{', &scan); v1_scan_next(&scan, &item);) {
        if (is_named(item.name, name)) {
            is_there = !bytes_equal(item.value, BYTES_LITERAL("null"));
            *ret_value = item.value;
        }
    }
    return is_there && !scan.failed;
}

/* As the document of one item. */
static struct status unescape(struct bytes value, struct arena *arena, struct bytes *ret)
{
    struct json_in_doc doc;
    uint8_t *text = arena_alloc(arena, value.len + 2);
    if (text == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf out = buf_over(text, value.len + 2);
    buf_put_u8(&out, '[');
    buf_put(&out, value);
    buf_put_u8(&out, ']');
    TRY(json_in_parse(arena, buf_bytes(&out), &doc));
    struct json_in root = json_in_root(&doc);
    struct json_in item = json_in_item(&root, 0);
    return json_in_string(&item, ret);
}

struct status v1_scan_string(struct bytes value, struct arena *arena, struct bytes *ret)
{
    *ret = (struct bytes){NULL, 0};
    if (value.len < 2 || value.ptr[0] != '"') {
        return FAIL(BAD_TYPE);
    }
    if (bytes_find(value, '\\') != value.len) {
        return unescape(value, arena, ret);
    }
    *ret = bytes_slice(value, 1, value.len - 2);
    return OK;
}
