#include "coffer/say_json.h"

#include <string.h>

#include "codec/json_canonical.h"

enum { NAME_SIZE = 96, TEXT_MAX = 64 * 1024, LINE_FULL = 64 };

/* A name as a member of ours: what a node sends is not ours, so only small plain ones are said. */
static bool read_name(const char *before, struct bytes name, char ret[static NAME_SIZE])
{
    size_t at = strlen(before);
    if (name.len == 0 || at + name.len + 2 > NAME_SIZE) {
        return false;
    }
    memcpy(ret, before, at);
    if (at != 0) {
        ret[at++] = '_';
    }
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = name.ptr[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '"' || byte == '\\') {
            return false;
        }
        ret[at++] = (char)byte;
    }
    ret[at] = '\0';
    return true;
}

static struct buf open_text(struct arena *arena, size_t size)
{
    uint8_t *memory = arena_alloc(arena, size);
    return buf_over(memory, memory == NULL ? 0 : size);
}

static void put_raw(struct out *out, struct arena *arena, const char *name,
                    const struct json_in *value)
{
    size_t mark = arena->used;
    struct buf text = open_text(arena, 1024 * 1024);
    if (status_is_ok(json_canonical_put(value, arena, &text))) {
        out_raw(out, name, buf_bytes(&text));
    }
    arena_rewind(arena, mark);
}

/* --- for people ------------------------------------------------------------------------------- */

static void put_scalar(struct buf *text, const struct json_in *at)
{
    struct bytes string = {0};
    bool truth = false;
    switch (json_in_kind(at)) {
    case JSON_IN_STRING:
        (void)!status_is_ok(json_in_string(at, &string));
        buf_put(text, string.len == 0 ? BYTES_LITERAL("none") : string);
        break;
    case JSON_IN_INTEGER:
        buf_put_signed(text, json_in_integer(at));
        break;
    case JSON_IN_REAL:
        buf_put(text, json_in_real(at));
        break;
    case JSON_IN_BOOL:
        (void)!status_is_ok(json_in_bool(at, &truth));
        buf_put_text(text, truth ? "yes" : "no");
        break;
    case JSON_IN_NULL:
        buf_put_text(text, "none");
        break;
    case JSON_IN_OBJECT:
    case JSON_IN_ARRAY:
        buf_put_text(text, "...");
        break;
    }
}

/* An item of a list; of an object its first value, which names it. */
static void put_item(struct buf *text, const struct json_in *item)
{
    struct json_in member;
    void *state = NULL;
    if (json_in_kind(item) != JSON_IN_OBJECT) {
        put_scalar(text, item);
    } else if (json_in_next(item, &state, &member)) {
        put_scalar(text, &member);
    }
}

/* A list, in as many lines as it needs. */
static void put_list(struct out *out, const char *name, const struct json_in *list, size_t count,
                     struct buf *text)
{
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(list, i);
        put_item(text, &item);
        buf_put_text(text, i + 1 < count ? ", " : "");
        if (text->len >= LINE_FULL && i + 1 < count) {
            text->len--;
            out_text(out, name, buf_bytes(text));
            text->len = 0;
            name = "";
        }
    }
    out_text(out, name, text->len == 0 ? BYTES_LITERAL("none") : buf_bytes(text));
}

/* An object that is in one line: its values. */
static void put_values(struct buf *text, const struct json_in *object)
{
    struct json_in member;
    void *state = NULL;
    const char *between = "";
    while (json_in_next(object, &state, &member)) {
        buf_put_text(text, between);
        put_scalar(text, &member);
        between = " ";
    }
}

/* A scalar, a list, or an object that is too deep for lines of its own. */
static void put_line(struct out *out, struct arena *arena, const char *name,
                     const struct json_in *value)
{
    size_t mark = arena->used;
    size_t count = 0;
    struct buf text = open_text(arena, TEXT_MAX);
    if (json_in_kind(value) == JSON_IN_ARRAY && status_is_ok(json_in_count(value, &count))) {
        put_list(out, name, value, count, &text);
    } else {
        if (json_in_kind(value) == JSON_IN_OBJECT) {
            put_values(&text, value);
        } else {
            put_scalar(&text, value);
        }
        out_text(out, name, buf_bytes(&text));
    }
    arena_rewind(arena, mark);
}

/* The members of a heading; those of an object among them with its name before theirs. */
static void put_section(struct out *out, struct arena *arena, const struct json_in *object)
{
    struct json_in member;
    struct json_in inner;
    char outer_name[NAME_SIZE];
    char name[NAME_SIZE];
    void *state = NULL;
    while (json_in_next(object, &state, &member)) {
        void *inner_state = NULL;
        if (!read_name("", member.name, outer_name)) {
            continue;
        }
        if (json_in_kind(&member) != JSON_IN_OBJECT) {
            put_line(out, arena, outer_name, &member);
            continue;
        }
        while (json_in_next(&member, &inner_state, &inner)) {
            if (read_name(outer_name, inner.name, name)) {
                put_line(out, arena, name, &inner);
            }
        }
    }
}

/* True for a list whose items are objects. */
static bool is_table(const struct json_in *value, size_t *ret_count)
{
    if (json_in_kind(value) != JSON_IN_ARRAY || !status_is_ok(json_in_count(value, ret_count)) ||
        *ret_count == 0) {
        return false;
    }
    struct json_in item = json_in_item(value, 0);
    return json_in_kind(&item) == JSON_IN_OBJECT;
}

/* A heading: the name with spaces. */
static void put_heading(struct out *out, const char *name)
{
    char heading[NAME_SIZE];
    size_t len = 0;
    for (; name[len] != '\0' && len + 1 < sizeof heading; len++) {
        heading[len] = name[len];
        if (heading[len] == '_') {
            heading[len] = ' ';
        }
    }
    heading[len] = '\0';
    out_line(out, "");
    out_item(out, NULL, heading);
}

static void put_member(struct out *out, struct arena *arena, const char *name,
                       const struct json_in *value)
{
    size_t count = 0;
    if (json_in_kind(value) == JSON_IN_OBJECT) {
        put_heading(out, name);
        put_section(out, arena, value);
        out_item_end(out);
    } else if (is_table(value, &count)) {
        for (size_t i = 0; i < count; i++) {
            struct json_in item = json_in_item(value, i);
            put_heading(out, name);
            put_section(out, arena, &item);
            out_item_end(out);
        }
    } else {
        put_line(out, arena, name, value);
    }
}

void say_json_value(struct out *out, struct arena *arena, const char *name,
                    const struct json_in *value)
{
    if (out->json) {
        put_raw(out, arena, name, value);
    } else {
        put_member(out, arena, name, value);
    }
}

/* True for what has a heading: said after everything that has none. */
static bool has_heading(const struct json_in *value)
{
    size_t count = 0;
    return json_in_kind(value) == JSON_IN_OBJECT || is_table(value, &count);
}

void say_json_members(struct out *out, struct arena *arena, const struct json_in *object,
                      const char *hidden)
{
    char name[NAME_SIZE];
    for (int pass = 0; pass < (out->json ? 1 : 2); pass++) {
        struct json_in member;
        void *state = NULL;
        while (json_in_next(object, &state, &member)) {
            bool hides = !out->json && hidden != NULL && bytes_equal(member.name, bytes_of(hidden));
            if (hides || bytes_equal(member.name, BYTES_LITERAL("success")) ||
                !read_name("", member.name, name) ||
                (!out->json && has_heading(&member) != (pass == 1))) {
                continue;
            }
            say_json_value(out, arena, name, &member);
        }
    }
}
