#include "codec/json_in.h"

#include <string.h>

#include "base/buf.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "codec/json_in_internal.h"

static const struct json_in_node *node_at(const struct json_in *at)
{
    return at->value;
}

void json_in_note_stop(struct json_in_doc *doc, struct bytes text)
{
    size_t line = 1;
    size_t column = 1;
    for (size_t i = 0; i + 1 < doc->stopped && i < text.len; i++) {
        bool ends = text.ptr[i] == '\n';
        bool begins = (text.ptr[i] & 0xc0) != 0x80; /* of the bytes of a character the first */
        line += ends;
        column = ends ? 1 : column + begins;
    }
    if (doc->stopped != 0) {
        struct buf out = buf_over((uint8_t *)doc->where, sizeof doc->where - 1);
        buf_put_text(&out, "line ");
        buf_put_decimal(&out, line);
        buf_put_text(&out, ", column ");
        buf_put_decimal(&out, column);
        doc->where[out.len] = '\0';
    }
}

struct json_in json_in_root(struct json_in_doc *doc)
{
    INVARIANT(doc->root != NULL);
    return (struct json_in){doc, NULL, doc->root, {NULL, 0}, 0};
}

enum json_in_kind json_in_kind(const struct json_in *at)
{
    return node_at(at)->kind;
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

/* No name holds a NUL, so the comparison ends at the one of ours at the latest. */
static bool is_one_of(struct bytes name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *ours = names[i];
        bool starts = name.len == 0 || ours[0] == (char)name.ptr[0];
        if (starts && strncmp(ours, (const char *)name.ptr, name.len) == 0 && ours[name.len] == 0) {
            return true;
        }
    }
    return false;
}

void json_in_note_meant(const struct json_in *at, const char *name)
{
    json_in_note(at);
    struct buf out = buf_over((uint8_t *)at->doc->where, sizeof at->doc->where - 1);
    out.len = strlen(at->doc->where);
    buf_put_text(&out, ", did you mean ");
    buf_put_text(&out, name);
    at->doc->where[out.len] = '\0';
}

static size_t without_underscores(struct bytes text, size_t at)
{
    while (at < text.len && text.ptr[at] == '_') {
        at++;
    }
    return at;
}

/* Equal but for case and underscores, as camelCase and snake_case are. */
static bool is_alike(struct bytes a, struct bytes b)
{
    size_t i = without_underscores(a, 0);
    size_t j = without_underscores(b, 0);
    while (i < a.len && j < b.len && (a.ptr[i] | 0x20) == (b.ptr[j] | 0x20)) {
        i = without_underscores(a, i + 1);
        j = without_underscores(b, j + 1);
    }
    return i == a.len && j == b.len;
}

static struct status unknown(const struct json_in *member, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_alike(member->name, bytes_of(names[i]))) {
            json_in_note_meant(member, names[i]);
            return FAIL(UNKNOWN_FIELD);
        }
    }
    return JSON_IN_FAIL(member, UNKNOWN_FIELD);
}

struct status json_in_members(const struct json_in *at, const char *const *names, size_t count)
{
    if (json_in_kind(at) != JSON_IN_OBJECT) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    struct json_in member;
    for (void *state = NULL; json_in_next(at, &state, &member);) {
        if (!is_one_of(member.name, names, count)) {
            return unknown(&member, names, count);
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
    struct bytes text = bytes_of(name);
    struct json_in member = {at->doc, at, json_in_lookup(node_at(at), text), text, 0};
    if (member.value == NULL) {
        return JSON_IN_FAIL(&member, MISSING_FIELD);
    }
    *ret = member;
    return OK;
}

bool json_in_find_bytes(const struct json_in *at, struct bytes name, struct json_in *ret)
{
    *ret = *at;
    if (json_in_kind(at) != JSON_IN_OBJECT) {
        return false;
    }
    const struct json_in_node *value = json_in_lookup(node_at(at), name);
    if (value == NULL || value->kind == JSON_IN_NULL) {
        return false;
    }
    *ret = (struct json_in){at->doc, at, value, name, 0};
    return true;
}

/* The state of a walk is the next name. Callers keep it as a plain pointer; nobody writes there. */
union walk {
    void *state;
    const struct json_in_node *name;
};

bool json_in_next(const struct json_in *at, void **state, struct json_in *ret)
{
    const struct json_in_node *object = node_at(at);
    union walk walk = {*state};
    if (walk.state == NULL) {
        walk.name = object->inside;
    }
    *ret = *at;
    if (walk.name == object->inside + 2 * (size_t)object->len) {
        return false;
    }
    *ret = (struct json_in){at->doc, at, walk.name + 1, json_in_node_text(walk.name), 0};
    walk.name += 2;
    *state = walk.state;
    return true;
}

struct status json_in_count(const struct json_in *at, size_t *ret)
{
    *ret = 0;
    if (json_in_kind(at) != JSON_IN_ARRAY && json_in_kind(at) != JSON_IN_OBJECT) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    *ret = node_at(at)->len;
    return OK;
}

size_t json_in_size(const struct json_in *at)
{
    /* Of an open array or object: its first node that was not looked at, and its end. */
    struct {
        const struct json_in_node *next;
        const struct json_in_node *end;
    } open[LIMIT_JSON_DEPTH + 1];
    size_t depth = 0;
    size_t count = 1;
    const struct json_in_node *node = node_at(at);
    for (;;) {
        if (node->kind == JSON_IN_ARRAY || node->kind == JSON_IN_OBJECT) {
            bool is_object = node->kind == JSON_IN_OBJECT;
            INVARIANT(depth < sizeof open / sizeof open[0]);
            count += node->len;
            open[depth].next = node->inside;
            open[depth].end = node->inside + (is_object ? 2 : 1) * (size_t)node->len;
            depth++;
        } else if (node->kind == JSON_IN_STRING) {
            count += node->len / 64;
        }
        while (depth > 0 && open[depth - 1].next == open[depth - 1].end) {
            depth--;
        }
        if (depth == 0) {
            return count;
        }
        node = open[depth - 1].next++;
    }
}

struct json_in json_in_item(const struct json_in *at, size_t index)
{
    INVARIANT(json_in_kind(at) == JSON_IN_ARRAY && index < node_at(at)->len);
    return (struct json_in){at->doc, at, node_at(at)->inside + index, {NULL, 0}, index};
}

struct status json_in_string(const struct json_in *at, struct bytes *ret)
{
    *ret = (struct bytes){NULL, 0};
    if (json_in_kind(at) != JSON_IN_STRING) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    *ret = json_in_node_text(node_at(at));
    return OK;
}

struct status json_in_u64(const struct json_in *at, uint64_t min, uint64_t max, uint64_t *ret)
{
    *ret = min;
    if (json_in_kind(at) != JSON_IN_INTEGER) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    int64_t value = json_in_integer(at);
    if (!json_in_is_exact(at)) {
        return JSON_IN_FAIL(at, JSON_NUMBER_RANGE);
    }
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
    *ret = node_at(at)->truth;
    return OK;
}

bool json_in_is_exact(const struct json_in *at)
{
    const int64_t exact_max = ((int64_t)1 << 53) - 1;
    int64_t value = json_in_integer(at);
    return value >= -exact_max && value <= exact_max;
}

int64_t json_in_integer(const struct json_in *at)
{
    INVARIANT(json_in_kind(at) == JSON_IN_INTEGER);
    return node_at(at)->integer;
}

struct bytes json_in_real(const struct json_in *at)
{
    INVARIANT(json_in_kind(at) == JSON_IN_REAL);
    return json_in_node_text(node_at(at));
}
