#include "codec/json_in.h"

#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/invariant.h"
#include "base/limits.h"

/* jansson asks for memory through process-wide functions; each thread parses into its own arena. */
static _Thread_local struct arena *parse_arena;

static void *take_memory(size_t len)
{
    return parse_arena == NULL ? NULL : arena_alloc(parse_arena, len);
}

static void leave_memory(void *memory)
{
    (void)memory;
}

void json_in_setup(size_t hash_seed)
{
    json_set_alloc_funcs(take_memory, leave_memory);
    json_object_seed(hash_seed);
}

struct shape {
    size_t depth;
    size_t depth_max;
    size_t values_max;
    bool in_string;
    bool escaped;
};

/* A bound on depth and number of values, before jansson recurses or allocates anything. */
static struct shape measure(struct bytes text)
{
    struct shape shape = {.values_max = 1};
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (shape.in_string) {
            shape.in_string = shape.escaped || c != '"';
            shape.escaped = !shape.escaped && c == '\\';
            continue;
        }
        shape.in_string = c == '"';
        if (c == '[' || c == '{') {
            shape.depth++;
            shape.values_max++;
            shape.depth_max = shape.depth > shape.depth_max ? shape.depth : shape.depth_max;
        } else if (c == ']' || c == '}') {
            shape.depth -= shape.depth > 0;
        } else if (c == ',') {
            shape.values_max++;
        }
    }
    return shape;
}

/* What jansson can allocate at most: for each value itself (an object of its own, a slot in a table
 * that doubles, a hash entry), for each byte of text the copies of a string being read. */
static size_t parse_bytes_max(const struct shape *shape, size_t len)
{
    enum { FIXED = 4096, PER_VALUE = 384, PER_BYTE = 8 };
    return FIXED + shape->values_max * PER_VALUE + len * PER_BYTE;
}

static struct status load_failure(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    INVARIANT(code != json_error_out_of_memory);
    if (code == json_error_duplicate_key) {
        return FAIL(JSON_DUPLICATE_KEY);
    }
    if (code == json_error_numeric_overflow) {
        return FAIL(JSON_NUMBER_RANGE);
    }
    return code == json_error_invalid_utf8 ? FAIL(INVALID_UTF8) : FAIL(BAD_JSON);
}

struct status json_in_parse(struct arena *arena, struct bytes text, struct json_in_doc *ret)
{
    *ret = (struct json_in_doc){0};
    struct shape shape = measure(text);
    if (shape.depth_max > LIMIT_JSON_DEPTH) {
        return FAIL(JSON_TOO_DEEP);
    }
    if (shape.values_max > LIMIT_JSON_VALUES) {
        return FAIL(JSON_TOO_COMPLEX);
    }
    /* jansson 2.14 is not safe when its allocator fails, so it gets what it can need or nothing. */
    if (parse_bytes_max(&shape, text.len) > arena->cap - arena->used) {
        return FAIL(NO_MEMORY);
    }
    json_error_t error;
    parse_arena = arena;
    const json_t *root = json_loadb((const char *)text.ptr, text.len,
                                    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    parse_arena = NULL;
    if (root == NULL) {
        return load_failure(&error);
    }
    ret->root = root;
    return OK;
}

struct json_in json_in_root(struct json_in_doc *doc)
{
    INVARIANT(doc->root != NULL);
    return (struct json_in){doc, NULL, doc->root, {NULL, 0}, 0};
}

enum json_in_kind json_in_kind(const struct json_in *at)
{
    switch (json_typeof((const json_t *)at->value)) {
    case JSON_OBJECT:
        return JSON_IN_OBJECT;
    case JSON_ARRAY:
        return JSON_IN_ARRAY;
    case JSON_STRING:
        return JSON_IN_STRING;
    case JSON_INTEGER:
        return JSON_IN_INTEGER;
    case JSON_REAL:
        return JSON_IN_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_IN_BOOL;
    case JSON_NULL:
        break;
    }
    return JSON_IN_NULL;
}

static void put_name(struct buf *out, struct bytes name)
{
    for (size_t i = 0; i < name.len && i < 40; i++) {
        uint8_t c = name.ptr[i];
        buf_put_u8(out, c > ' ' && c < 0x7f && c != '"' && c != '\\' ? c : '?');
    }
    if (name.len > 40) {
        buf_put_text(out, "...");
    }
}

void json_in_note(const struct json_in *at)
{
    const struct json_in *chain[LIMIT_JSON_DEPTH + 2];
    size_t count = 0;
    for (const struct json_in *step = at; step->parent != NULL; step = step->parent) {
        INVARIANT(count < sizeof chain / sizeof chain[0]);
        chain[count++] = step;
    }
    struct buf out = buf_over((uint8_t *)at->doc->where, sizeof at->doc->where - 1);
    for (size_t i = count; i-- > 0;) {
        if (chain[i]->name.ptr == NULL) {
            buf_put_text(&out, "[");
            buf_put_decimal(&out, chain[i]->index);
            buf_put_text(&out, "]");
            continue;
        }
        if (out.len != 0) {
            buf_put_text(&out, ".");
        }
        put_name(&out, chain[i]->name);
    }
    at->doc->where[out.len] = '\0';
}

struct status json_in_about(const struct json_in *at, struct status status)
{
    if (!status_is_ok(status)) {
        json_in_note(at);
    }
    return status;
}

static bool is_one_of(struct bytes name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(name, bytes_of(names[i]))) {
            return true;
        }
    }
    return false;
}

struct status json_in_members(const struct json_in *at, const char *const *names, size_t count)
{
    if (json_in_kind(at) != JSON_IN_OBJECT) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    struct json_in member;
    for (void *state = NULL; json_in_next(at, &state, &member);) {
        if (!is_one_of(member.name, names, count)) {
            return JSON_IN_FAIL(&member, UNKNOWN_FIELD);
        }
    }
    return OK;
}

struct status json_in_member(const struct json_in *at, const char *name, struct json_in *ret)
{
    *ret = *at;
    if (json_in_kind(at) != JSON_IN_OBJECT) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    const json_t *value = json_object_get((const json_t *)at->value, name);
    struct json_in member = {at->doc, at, value, bytes_of(name), 0};
    if (value == NULL) {
        return JSON_IN_FAIL(&member, MISSING_FIELD);
    }
    *ret = member;
    return OK;
}

bool json_in_find(const struct json_in *at, const char *name, struct json_in *ret)
{
    return json_in_find_bytes(at, bytes_of(name), ret);
}

bool json_in_find_bytes(const struct json_in *at, struct bytes name, struct json_in *ret)
{
    *ret = *at;
    if (json_in_kind(at) != JSON_IN_OBJECT) {
        return false;
    }
    /* jansson 2.14 looks up NUL-terminated names only, and refuses names with a NUL itself. */
    char text[LIMIT_JSON_NAME + 1];
    if (name.len > LIMIT_JSON_NAME || bytes_find(name, 0) != name.len) {
        return false;
    }
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    const json_t *value = json_object_get((const json_t *)at->value, text);
    if (value == NULL || json_is_null(value)) {
        return false;
    }
    *ret = (struct json_in){at->doc, at, value, name, 0};
    return true;
}

/* jansson's iterators take a mutable object, but do not change it. */
static json_t *mutable_value(const struct json_in *at)
{
    union {
        const void *in;
        json_t *out;
    } value = {at->value};
    return value.out;
}

bool json_in_next(const struct json_in *at, void **state, struct json_in *ret)
{
    json_t *object = mutable_value(at);
    *state = *state == NULL ? json_object_iter(object) : json_object_iter_next(object, *state);
    *ret = *at;
    if (*state == NULL) {
        return false;
    }
    struct bytes name = bytes_of(json_object_iter_key(*state));
    *ret = (struct json_in){at->doc, at, json_object_iter_value(*state), name, 0};
    return true;
}

struct status json_in_count(const struct json_in *at, size_t *ret)
{
    *ret = 0;
    if (json_in_kind(at) == JSON_IN_ARRAY) {
        *ret = json_array_size((const json_t *)at->value);
        return OK;
    }
    if (json_in_kind(at) == JSON_IN_OBJECT) {
        *ret = json_object_size((const json_t *)at->value);
        return OK;
    }
    return JSON_IN_FAIL(at, BAD_TYPE);
}

struct json_in json_in_item(const struct json_in *at, size_t index)
{
    const json_t *value = json_array_get((const json_t *)at->value, index);
    INVARIANT(value != NULL);
    return (struct json_in){at->doc, at, value, {NULL, 0}, index};
}

struct status json_in_string(const struct json_in *at, struct bytes *ret)
{
    *ret = (struct bytes){NULL, 0};
    if (json_in_kind(at) != JSON_IN_STRING) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    const json_t *value = at->value;
    *ret = (struct bytes){(const uint8_t *)json_string_value(value), json_string_length(value)};
    return OK;
}

struct status json_in_u64(const struct json_in *at, uint64_t min, uint64_t max, uint64_t *ret)
{
    *ret = min;
    if (json_in_kind(at) != JSON_IN_INTEGER) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    int64_t value = json_in_integer(at);
    if (value < 0 || (uint64_t)value < min || (uint64_t)value > max) {
        return JSON_IN_FAIL(at, NUMBER_RANGE);
    }
    *ret = (uint64_t)value;
    return OK;
}

struct status json_in_bool(const struct json_in *at, bool *ret)
{
    *ret = false;
    if (json_in_kind(at) != JSON_IN_BOOL) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    *ret = json_is_true((const json_t *)at->value);
    return OK;
}

int64_t json_in_integer(const struct json_in *at)
{
    INVARIANT(json_in_kind(at) == JSON_IN_INTEGER);
    return json_integer_value((const json_t *)at->value);
}
