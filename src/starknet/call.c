#include "starknet/call.h"

#include "base/limits.h"
#include "starknet/address_text.h"
#include "starknet/calldata.h"
#include "starknet/felt_text.h"
#include "starknet/selector.h"

struct status call_encoding_json(const struct json_in *at, enum call_encoding *ret)
{
    uint64_t version = 0;
    *ret = CALL_CAIRO1;
    TRY(felt_text_json_u64(at, &version));
    if (version > 1) {
        return JSON_IN_FAIL(at, NUMBER_RANGE);
    }
    *ret = version == 1 ? CALL_CAIRO1 : CALL_CAIRO0;
    return OK;
}

/* A name or a number, never both. */
static struct status read_selector(const struct json_in *at, struct felt *ret)
{
    struct json_in name;
    struct json_in selector;
    bool has_name = json_in_find(at, "entrypoint", &name);
    bool has_selector = json_in_find(at, "selector", &selector);
    if (!has_name) {
        TRY(json_in_member(at, has_selector ? "selector" : "entrypoint", &selector));
        return felt_text_json(&selector, ret);
    }
    if (has_selector) {
        return JSON_IN_FAIL(&selector, INVALID_SELECTOR);
    }
    struct bytes text;
    TRY(json_in_string(&name, &text));
    return json_in_about(&name, selector_of_name(text, ret));
}

/* What starknet.js and the seed document call the contract. */
static struct status check_foreign(const struct json_in *at)
{
    static const char *const foreign[] = {"contractAddress", "contract_address"};
    struct json_in member;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        if (json_in_find(at, foreign[i], &member)) {
            json_in_note_meant(&member, "to");
            return FAIL(UNKNOWN_FIELD);
        }
    }
    return OK;
}

static struct status read_call(struct arena *arena, const struct json_in *at, bool is_strict,
                               struct call *ret)
{
    static const char *const names[] = {"to", "entrypoint", "selector", "calldata"};
    struct json_in member;
    if (is_strict) {
        TRY(check_foreign(at));
        TRY(json_in_members(at, names, sizeof names / sizeof names[0]));
    }
    TRY(json_in_member(at, "to", &member));
    TRY(address_text_json(&member, &ret->to));
    TRY(read_selector(at, &ret->selector));
    return json_in_find(at, "calldata", &member) ? calldata_json(arena, &member, &ret->calldata)
                                                 : OK;
}

struct status call_json(struct arena *arena, const struct json_in *at, bool is_strict,
                        struct call *ret)
{
    *ret = (struct call){0};
    struct status status = read_call(arena, at, is_strict, ret);
    if (!status_is_ok(status)) {
        *ret = (struct call){0};
    }
    return status;
}

struct status call_list_json(struct arena *arena, const struct json_in *at, bool is_strict,
                             struct calls *ret)
{
    size_t count = 0;
    *ret = (struct calls){NULL, 0};
    if (json_in_kind(at) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    TRY(json_in_count(at, &count));
    if (count > LIMIT_CALLS) {
        return JSON_IN_FAIL(at, CALLDATA_TOO_LARGE);
    }
    struct call *list = arena_array(arena, count, sizeof *list);
    if (list == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(at, i);
        TRY(call_json(arena, &item, is_strict, &list[i]));
    }
    *ret = (struct calls){list, count};
    return OK;
}

static void put_cairo1(struct felts_out *out, struct calls calls)
{
    for (size_t i = 0; i < calls.len; i++) {
        felts_put(out, &calls.ptr[i].to);
        felts_put(out, &calls.ptr[i].selector);
        felts_put_u64(out, calls.ptr[i].calldata.len);
        felts_put_all(out, calls.ptr[i].calldata);
    }
}

static void put_cairo0(struct felts_out *out, struct calls calls)
{
    size_t offset = 0;
    for (size_t i = 0; i < calls.len; i++) {
        felts_put(out, &calls.ptr[i].to);
        felts_put(out, &calls.ptr[i].selector);
        felts_put_u64(out, offset);
        felts_put_u64(out, calls.ptr[i].calldata.len);
        offset += calls.ptr[i].calldata.len;
    }
    felts_put_u64(out, offset);
    for (size_t i = 0; i < calls.len; i++) {
        felts_put_all(out, calls.ptr[i].calldata);
    }
}

struct status call_encode(struct arena *arena, struct calls calls, enum call_encoding encoding,
                          struct felts *ret)
{
    struct felts_out out = felts_open(arena);
    felts_put_u64(&out, calls.len);
    if (encoding == CALL_CAIRO1) {
        put_cairo1(&out, calls);
    } else {
        put_cairo0(&out, calls);
    }
    return felts_close(&out, ret);
}

/* What is left of calldata, and whether anything was missing or wrong so far. */
struct rest {
    struct felts felts;
    bool failed;
};

static struct felts take_felts(struct rest *rest, size_t count)
{
    if (rest->failed || count > rest->felts.len) {
        rest->failed = true;
        return (struct felts){NULL, 0};
    }
    struct felts taken = {rest->felts.ptr, count};
    rest->felts = (struct felts){rest->felts.ptr + count, rest->felts.len - count};
    return taken;
}

static struct felt take_one(struct rest *rest)
{
    struct felts one = take_felts(rest, 1);
    return rest->failed ? FELT_ZERO : one.ptr[0];
}

/* A number that counts felts of the rest. */
static size_t take_count(struct rest *rest)
{
    struct felt count = take_one(rest);
    rest->failed |= felt_bits(&count) > 64 || count.limb[0] > rest->felts.len;
    return rest->failed ? 0 : (size_t)count.limb[0];
}

static void take_cairo1(struct rest *rest, struct call *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        list[i].to = take_one(rest);
        list[i].selector = take_one(rest);
        list[i].calldata = take_felts(rest, take_count(rest));
    }
}

static void take_cairo0(struct rest *rest, struct call *list, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        list[i].to = take_one(rest);
        list[i].selector = take_one(rest);
        struct felt offset = take_one(rest);
        rest->failed |= felt_bits(&offset) > 64 || offset.limb[0] != total;
        list[i].calldata.len = take_count(rest);
        total += list[i].calldata.len;
    }
    rest->failed |= take_count(rest) != total;
    for (size_t i = 0; i < count; i++) {
        list[i].calldata = take_felts(rest, list[i].calldata.len);
    }
}

struct status call_decode(struct arena *arena, struct felts calldata, enum call_encoding encoding,
                          struct calls *ret)
{
    *ret = (struct calls){NULL, 0};
    struct rest rest = {calldata, false};
    size_t count = take_count(&rest);
    if (count > LIMIT_CALLS) {
        return FAIL(CALLDATA_TOO_LARGE);
    }
    struct call *list = arena_array(arena, count, sizeof *list);
    if (list == NULL) {
        return FAIL(NO_MEMORY);
    }
    if (encoding == CALL_CAIRO1) {
        take_cairo1(&rest, list, count);
    } else {
        take_cairo0(&rest, list, count);
    }
    if (rest.failed || rest.felts.len != 0) {
        return FAIL(INVALID_CALLDATA);
    }
    *ret = (struct calls){list, count};
    return OK;
}
