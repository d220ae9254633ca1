/* covers: src/codec/json_in.c src/codec/utf8.c */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "codec/json_in.h"
#include "codec/json_out.h"
#include "codec/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LONGEST = 65536 };

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* Places on the way from the root to a value; the documents are not deeper. */
struct walk {
    struct json_in at[LIMIT_JSON_DEPTH + 1];
    void *state[LIMIT_JSON_DEPTH + 1];
    size_t next[LIMIT_JSON_DEPTH + 1];
};

static void put_name(struct json_out *out, struct bytes name)
{
    /* A name from outside is written as a string; the colon is ours. */
    json_out_string(out, name);
    buf_put_u8(out->buf, ':');
    out->comma = false;
}

static void put_scalar(struct json_out *out, const struct json_in *at)
{
    struct bytes text;
    bool truth = false;
    uint64_t number = 0;
    switch (json_in_kind(at)) {
    case JSON_IN_STRING:
        require(status_is_ok(json_in_string(at, &text)) && utf8_valid(text));
        json_out_string(out, text);
        break;
    case JSON_IN_INTEGER:
        require(status_is_ok(json_in_u64(at, 0, UINT64_MAX, &number)) ==
                (json_in_integer(at) >= 0));
        json_out_i64(out, json_in_integer(at));
        break;
    case JSON_IN_BOOL:
        require(status_is_ok(json_in_bool(at, &truth)));
        json_out_bool(out, truth);
        break;
    case JSON_IN_REAL:
        require(json_in_u64(at, 0, UINT64_MAX, &number).code == STATUS_BAD_TYPE);
        json_out_raw(out, BYTES_LITERAL("0.5"));
        break;
    case JSON_IN_NULL:
    case JSON_IN_OBJECT:
    case JSON_IN_ARRAY:
    default:
        require(json_in_string(at, &text).code == STATUS_BAD_TYPE);
        json_out_null(out);
        break;
    }
}

/* The next value inside a container, with its name written; false at its end. */
static bool next_inside(struct walk *walk, size_t depth, struct json_out *out)
{
    struct json_in *at = &walk->at[depth];
    struct json_in *inside = &walk->at[depth + 1];
    size_t count = 0;
    require(status_is_ok(json_in_count(at, &count)));
    if (json_in_kind(at) == JSON_IN_ARRAY) {
        if (walk->next[depth] == count) {
            return false;
        }
        *inside = json_in_item(at, walk->next[depth]++);
        return true;
    }
    if (!json_in_next(at, &walk->state[depth], inside)) {
        return false;
    }
    struct json_in found;
    bool is_null = json_in_kind(inside) == JSON_IN_NULL;
    require(json_in_find_bytes(at, inside->name, &found) == !is_null);
    require(is_null || found.value == inside->value);
    put_name(out, inside->name);
    return true;
}

/* Write a document as it was read. */
static void copy(struct json_in_doc *doc, struct json_out *out)
{
    static struct walk walk;
    size_t depth = 0;
    walk = (struct walk){{{0}}, {NULL}, {0}};
    walk.at[0] = json_in_root(doc);
    bool is_new = true;
    while (true) {
        enum json_in_kind kind = json_in_kind(&walk.at[depth]);
        bool is_object = kind == JSON_IN_OBJECT;
        if (is_new && kind != JSON_IN_OBJECT && kind != JSON_IN_ARRAY) {
            put_scalar(out, &walk.at[depth]);
            is_new = false;
            depth--;
            continue;
        }
        if (is_new) {
            require(depth < LIMIT_JSON_DEPTH);
            (is_object ? json_out_object : json_out_array)(out);
            walk.state[depth] = NULL;
            walk.next[depth] = 0;
        }
        is_new = next_inside(&walk, depth, out);
        if (is_new) {
            depth++;
            continue;
        }
        (is_object ? json_out_object_end : json_out_array_end)(out);
        if (depth == 0) {
            return;
        }
        depth--;
    }
}

/* Typed access to whatever it is: a status each, never more. */
static void poke(struct json_in_doc *doc)
{
    static const char *const names[] = {"a", "b"};
    struct json_in root = json_in_root(doc);
    struct json_in member;
    bool truth = false;
    struct status all[] = {
        json_in_members(&root, names, 2),
        json_in_member(&root, "a", &member),
        json_in_bool(&root, &truth),
        json_in_about(&root, OK),
    };
    require(all[2].code == STATUS_BAD_TYPE && status_is_ok(all[3]));
    if (status_is_ok(all[1])) {
        struct json_in inner;
        struct status missing = json_in_member(&member, "b", &inner);
        require(json_in_find(&member, "b", &inner) ? status_is_ok(missing) : true);
        require(json_in_about(&member, FAIL(BAD_TYPE)).code == STATUS_BAD_TYPE);
    }
    for (size_t i = 0; i < sizeof doc->where && doc->where[i] != 0; i++) {
        require(doc->where[i] >= 0x20 && doc->where[i] < 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct arena arena;
    static uint8_t first[8 * LONGEST];
    static uint8_t second[8 * LONGEST];
    if (arena.base == NULL) {
        json_in_setup(1);
        require(status_is_ok(arena_init(&arena, (size_t)64 << 20)));
    }
    arena_reset(&arena);
    struct json_in_doc doc;
    struct bytes text = {data, len < LONGEST ? len : LONGEST};
    bool is_utf8 = utf8_valid(text);
    if (!status_is_ok(json_in_parse(&arena, text, &doc))) {
        require(doc.where[0] == 0);
        return 0;
    }
    require(is_utf8);
    struct buf buf = buf_over(first, sizeof first);
    struct json_out out = json_out_over(&buf);
    copy(&doc, &out);
    poke(&doc);
    require(status_is_ok(buf_check(&buf)));

    /* What was written is read as a document that is written the same. */
    struct buf again = buf_over(second, sizeof second);
    out = json_out_over(&again);
    require(status_is_ok(json_in_parse(&arena, buf_bytes(&buf), &doc)));
    copy(&doc, &out);
    require(bytes_equal(buf_bytes(&buf), buf_bytes(&again)));
    return 0;
}
