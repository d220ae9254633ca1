/* covers: src/codec/json_in*.c src/codec/json_canonical.c src/codec/utf8.c */
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "codec/json_canonical.h"
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

/* Places on the way from the root to a value; the documents are not deeper. Beside them the same
 * places in what jansson read. */
struct walk {
    struct json_in at[LIMIT_JSON_DEPTH + 1];
    json_t *peer[LIMIT_JSON_DEPTH + 1];
    void *peer_state[LIMIT_JSON_DEPTH + 1];
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

static bool same_scalar(const struct json_in *at, const json_t *peer)
{
    struct bytes text;
    bool truth = false;
    switch (json_in_kind(at)) {
    case JSON_IN_STRING:
        return json_is_string(peer) && status_is_ok(json_in_string(at, &text)) &&
               text.len == json_string_length(peer) &&
               memcmp(text.ptr, json_string_value(peer), text.len) == 0;
    case JSON_IN_INTEGER:
        return json_is_integer(peer) && json_integer_value(peer) == json_in_integer(at);
    case JSON_IN_BOOL:
        return status_is_ok(json_in_bool(at, &truth)) &&
               (truth ? json_is_true(peer) : json_is_false(peer));
    case JSON_IN_REAL:
        text = json_in_real(at);
        return json_is_real(peer) && strtod((const char *)text.ptr, NULL) == json_real_value(peer);
    case JSON_IN_NULL:
    case JSON_IN_OBJECT:
    case JSON_IN_ARRAY:
    default:
        return json_is_null(peer);
    }
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

/* Both keep the members in the order of the text. */
static void next_of_peer(struct walk *walk, size_t depth, struct bytes name)
{
    void *state = walk->peer_state[depth];
    state = state == NULL ? json_object_iter(walk->peer[depth])
                          : json_object_iter_next(walk->peer[depth], state);
    require(state != NULL && bytes_equal(name, bytes_of(json_object_iter_key(state))));
    walk->peer_state[depth] = state;
    walk->peer[depth + 1] = json_object_iter_value(state);
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
        require(json_array_size(walk->peer[depth]) == count);
        walk->peer[depth + 1] = json_array_get(walk->peer[depth], walk->next[depth]);
        *inside = json_in_item(at, walk->next[depth]++);
        return true;
    }
    require(json_object_size(walk->peer[depth]) == count);
    if (!json_in_next(at, &walk->state[depth], inside)) {
        return false;
    }
    next_of_peer(walk, depth, inside->name);
    struct json_in found;
    bool is_null = json_in_kind(inside) == JSON_IN_NULL;
    require(json_in_find_bytes(at, inside->name, &found) == !is_null);
    require(is_null || found.value == inside->value);
    put_name(out, inside->name);
    return true;
}

/* Write a document as it was read, and hold it against what jansson read. */
static void copy(struct json_in_doc *doc, json_t *peer, struct json_out *out)
{
    static struct walk walk;
    size_t depth = 0;
    walk = (struct walk){.at[0] = json_in_root(doc), .peer[0] = peer};
    bool is_new = true;
    while (true) {
        enum json_in_kind kind = json_in_kind(&walk.at[depth]);
        bool is_object = kind == JSON_IN_OBJECT;
        if (is_new && kind != JSON_IN_OBJECT && kind != JSON_IN_ARRAY) {
            require(same_scalar(&walk.at[depth], walk.peer[depth]));
            put_scalar(out, &walk.at[depth]);
            is_new = false;
            depth--;
            continue;
        }
        if (is_new) {
            require(depth < LIMIT_JSON_DEPTH);
            require(is_object ? json_is_object(walk.peer[depth]) : json_is_array(walk.peer[depth]));
            (is_object ? json_out_object : json_out_array)(out);
            walk.state[depth] = NULL;
            walk.peer_state[depth] = NULL;
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

/* The canonical form is that of itself, and means what the document means. */
static void canonical(struct json_in_doc *doc, struct arena *arena)
{
    static uint8_t first[8 * LONGEST];
    static uint8_t second[8 * LONGEST];
    struct buf one = buf_over(first, sizeof first);
    struct buf other = buf_over(second, sizeof second);
    struct json_in root = json_in_root(doc);
    struct json_in_doc again;
    require(status_is_ok(json_canonical_put(&root, arena, &one)));
    require(status_is_ok(json_in_parse(arena, buf_bytes(&one), &again)));
    root = json_in_root(&again);
    require(status_is_ok(json_canonical_put(&root, arena, &other)));
    require(bytes_equal(buf_bytes(&one), buf_bytes(&other)));
}

static json_t *peer_parse(struct bytes text, uint16_t *ret_code)
{
    json_error_t error;
    json_t *peer = json_loadb((const char *)text.ptr, text.len,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    enum json_error_code code = json_error_code(&error);
    *ret_code = peer != NULL                          ? STATUS_OK
                : code == json_error_duplicate_key    ? STATUS_JSON_DUPLICATE_KEY
                : code == json_error_numeric_overflow ? STATUS_JSON_NUMBER_RANGE
                : code == json_error_invalid_utf8     ? STATUS_INVALID_UTF8
                                                      : STATUS_BAD_JSON;
    return peer;
}

/* Both refuse; and give the same reason, unless there may be several. A number out of range where
 * none may stand is one thing to a reader of tokens and another to a reader of values. */
static void same_refusal(uint16_t ours, uint16_t theirs, bool is_utf8)
{
    require(theirs != STATUS_OK || ours == STATUS_JSON_TOO_DEEP);
    require(ours != STATUS_INVALID_UTF8 || !is_utf8);
    bool several = !is_utf8 || ours == STATUS_JSON_TOO_DEEP || theirs == STATUS_JSON_DUPLICATE_KEY;
    bool misplaced = ours == STATUS_BAD_JSON && theirs == STATUS_JSON_NUMBER_RANGE;
    require(several || misplaced || ours == theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct arena arena;
    static uint8_t first[8 * LONGEST];
    static uint8_t second[8 * LONGEST];
    if (arena.base == NULL) {
        require(status_is_ok(arena_init(&arena, (size_t)64 << 20)));
    }
    arena_reset(&arena);
    struct json_in_doc doc;
    struct bytes text = {data, len < LONGEST ? len : LONGEST};
    bool is_utf8 = utf8_valid(text);
    uint16_t theirs = STATUS_OK;
    struct status status = json_in_parse(&arena, text, &doc);
    if (bytes_find(text, 0) != text.len) {
        /* jansson 2.14 overlooks a NUL behind a number. */
        require(!status_is_ok(status));
        return 0;
    }
    json_t *peer = peer_parse(text, &theirs);
    if (!status_is_ok(status)) {
        require(doc.where[0] == 0 && doc.root == NULL);
        same_refusal(status.code, theirs, is_utf8);
        json_decref(peer);
        return 0;
    }
    require(is_utf8 && peer != NULL);
    struct buf buf = buf_over(first, sizeof first);
    struct json_out out = json_out_over(&buf);
    copy(&doc, peer, &out);
    json_decref(peer);
    poke(&doc);
    canonical(&doc, &arena);
    require(status_is_ok(buf_check(&buf)));

    /* What was written is read as a document that is written the same. */
    struct buf again = buf_over(second, sizeof second);
    out = json_out_over(&again);
    require(status_is_ok(json_in_parse(&arena, buf_bytes(&buf), &doc)));
    peer = peer_parse(buf_bytes(&buf), &theirs);
    require(peer != NULL);
    copy(&doc, peer, &out);
    json_decref(peer);
    require(bytes_equal(buf_bytes(&buf), buf_bytes(&again)));
    return 0;
}
