#include "starknet/calldata.h"

#include "base/invariant.h"
#include "base/limits.h"
#include "starknet/address_text.h"
#include "starknet/byte_array.h"
#include "starknet/felt_text.h"
#include "starknet/short_string.h"

static struct status put_short_string(struct felts_out *out, const struct json_in *at)
{
    struct bytes text;
    struct felt felt;
    TRY(json_in_string(at, &text));
    TRY(json_in_about(at, short_string_read(text, &felt)));
    felts_put(out, &felt);
    return OK;
}

static struct status put_u256(struct felts_out *out, const struct json_in *at)
{
    uint64_t limb[4];
    struct felt half[2];
    TRY(felt_text_json_u256(at, limb));
    felt_text_halves(limb, &half[0], &half[1]);
    felts_put(out, &half[0]);
    felts_put(out, &half[1]);
    return OK;
}

static struct status put_byte_array(struct felts_out *out, const struct json_in *at)
{
    struct bytes text;
    TRY(json_in_string(at, &text));
    byte_array_put(out, text);
    return OK;
}

static struct status put_object(struct felts_out *out, const struct json_in *at)
{
    static const struct {
        const char *name;
        struct status (*put)(struct felts_out *out, const struct json_in *at);
    } forms[] = {
        {"short_string", put_short_string},
        {"u256", put_u256},
        {"byte_array", put_byte_array},
    };
    size_t count = 0;
    struct json_in value;
    TRY(json_in_count(at, &count));
    for (size_t i = 0; count == 1 && i < sizeof forms / sizeof forms[0]; i++) {
        if (json_in_find(at, forms[i].name, &value)) {
            return forms[i].put(out, &value);
        }
    }
    return JSON_IN_FAIL(at, INVALID_CALLDATA);
}

static struct status put_value(struct felts_out *out, const struct json_in *at)
{
    enum json_in_kind kind = json_in_kind(at);
    if (kind == JSON_IN_OBJECT) {
        return put_object(out, at);
    }
    if (kind != JSON_IN_STRING && kind != JSON_IN_INTEGER) {
        return JSON_IN_FAIL(at, INVALID_CALLDATA);
    }
    struct felt felt;
    TRY(address_text_json_felt(at, &felt));
    felts_put(out, &felt);
    return OK;
}

/* An array that is being read: where it stands, how far it is read. The value that is being read
 * stands in the place of the array that it belongs to. */
struct level {
    struct json_in at;
    size_t count;
    size_t next;
};

static struct status enter(struct level *level)
{
    level->next = 0;
    return json_in_count(&level->at, &level->count);
}

static struct status put_all(struct felts_out *out, const struct json_in *at)
{
    struct level levels[LIMIT_JSON_DEPTH + 1] = {{.at = *at}};
    TRY(enter(&levels[0]));
    for (struct level *level = levels; !out->buf.failed;) {
        if (level->next == level->count) {
            if (level == levels) {
                break;
            }
            level--;
            continue;
        }
        INVARIANT(level - levels < LIMIT_JSON_DEPTH);
        struct level *inner = level + 1;
        inner->at = json_in_item(&level->at, level->next++);
        if (json_in_kind(&inner->at) != JSON_IN_ARRAY) {
            TRY(put_value(out, &inner->at));
            continue;
        }
        TRY(enter(inner));
        felts_put_u64(out, inner->count);
        level = inner;
    }
    return OK;
}

struct status calldata_json(struct arena *arena, const struct json_in *at, struct felts *ret)
{
    *ret = (struct felts){NULL, 0};
    if (json_in_kind(at) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    struct felts_out out = felts_open(arena);
    struct status status = put_all(&out, at);
    struct status closed = json_in_about(at, felts_close(&out, ret));
    if (!status_is_ok(status)) {
        *ret = (struct felts){NULL, 0};
        return status;
    }
    return closed;
}
