#include "statements/statement_body.h"

#include <string.h>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/json_in.h"
#include "codec/json_out.h"
#include "statements/statement_internal.h"

#define NUMBER_MAX ((UINT64_C(1) << 53) - 1)

/* Types of members, and what their limits mean. */
enum type {
    NUMBER,         /* uint64_t, from min to max */
    NUMBER_OR_NULL, /* likewise; null is UINT64_MAX */
    FIXED,          /* uint8_t [max] */
    FELT,           /* uint8_t [STATEMENT_FELT], below the prime */
    BYTES,          /* struct bytes of min to max */
    LABEL,          /* struct bytes, UTF-8 without control characters, of min to max */
    NAME,           /* struct bytes, visible ASCII, of min to max */
    DOCUMENT,       /* struct bytes, UTF-8, as long as there is room */
    DOCUMENT_OR_NULL,
    LIST,         /* struct statement_list of items of max bytes, at least min */
    NAMES,        /* struct statement_names, of visible ASCII */
    USERS_OR_ALL, /* likewise, of users; null is all */
    TRUTH,        /* bool */
    TICKET,       /* struct statement_ticket */
};

struct member {
    const char *name;
    enum type type;
    uint16_t at;
    uint64_t min;
    uint64_t max;
};

#define AT(field) (uint16_t) offsetof(union statement_body, field)

enum { MEMBERS_MAX = 7 };

static const struct member shapes[SHAPES][MEMBERS_MAX + 1] = {
    [SHAPE_ADD] = {{"n", NUMBER, AT(key.scheme), 1, AUTH_SERVICE},
                   {"K", BYTES, AT(key.key), 1, STATEMENT_KEY_MAX},
                   {"cred", BYTES, AT(key.cred), 0, STATEMENT_CRED_MAX},
                   {"label", LABEL, AT(key.label), 0, STATEMENT_LABEL_MAX},
                   {"ticket", TICKET, AT(key.ticket), 0, 0}},
    [SHAPE_RECOVER] = {{"n", NUMBER, AT(key.scheme), 1, AUTH_SERVICE},
                       {"K", BYTES, AT(key.key), 1, STATEMENT_KEY_MAX},
                       {"cred", BYTES, AT(key.cred), 0, STATEMENT_CRED_MAX},
                       {"label", LABEL, AT(key.label), 0, STATEMENT_LABEL_MAX}},
    [SHAPE_GRANT] = {{"service", FIXED, AT(grant.service), 0, AUTH_TEXT_ID},
                     {"document", DOCUMENT_OR_NULL, AT(grant.document), 0, 0},
                     {"not_after", NUMBER, AT(grant.not_after_ms), 0, NUMBER_MAX}},
    [SHAPE_FOREIGN] = {{"chain", FELT, AT(foreign.chain), 0, STATEMENT_FELT},
                       {"address", FELT, AT(foreign.address), 0, STATEMENT_FELT},
                       {"class", NAME, AT(foreign.class), 1, 2 + 2 * STATEMENT_FELT},
                       {"index", NUMBER, AT(foreign.index), 0, LIMIT_KEY_INDEX}},
    [SHAPE_LANE] = {{"chain", FELT, AT(lane.chain), 0, STATEMENT_FELT},
                    {"account", FELT, AT(lane.account), 0, STATEMENT_FELT},
                    {"lane", NUMBER, AT(lane.lane), 0, UINT32_MAX},
                    {"next", NUMBER, AT(lane.next), 0, NUMBER_MAX}},
    [SHAPE_REVOKE] = {{"ids", LIST, AT(revoke.ids), 1, AUTH_TEXT_ID},
                      {"since", NUMBER_OR_NULL, AT(revoke.since), 1, NUMBER_MAX}},
    [SHAPE_VETO] = {{"of", FIXED, AT(veto.of), 0, AUTH_TEXT_HASH}},
    [SHAPE_JOIN] = {{"heads", LIST, AT(join.heads), 2, AUTH_TEXT_HASH}},
    [SHAPE_SERVICE] = {{"alg", NUMBER, AT(service.alg), AUTH_P256, AUTH_PASSKEY},
                       {"K", BYTES, AT(service.key), 1, STATEMENT_KEY_MAX},
                       {"scopes", NUMBER, AT(service.scopes), 0, 0xff},
                       {"users", USERS_OR_ALL, AT(service.users), 0, AUTH_TEXT_USER},
                       {"document", DOCUMENT_OR_NULL, AT(service.document), 0, 0},
                       {"not_before", NUMBER, AT(service.not_before_ms), 0, NUMBER_MAX},
                       {"not_after", NUMBER, AT(service.not_after_ms), 0, NUMBER_MAX}},
    [SHAPE_NOTHING] = {{NULL, NUMBER, 0, 0, 0}},
    [SHAPE_APPROVER] = {{"n", NUMBER, AT(approver.scheme), AUTH_P256, AUTH_SNIP12},
                        {"K", BYTES, AT(approver.key), 1, STATEMENT_KEY_MAX},
                        {"groups", NAMES, AT(approver.groups), 0, STATEMENT_NAME_MAX}},
    [SHAPE_VERSION] = {{"version", NUMBER, AT(version.version), 1, NUMBER_MAX},
                       {"document", DOCUMENT, AT(version.document), 0, 0}},
    [SHAPE_FREEZE] = {{"version", NUMBER, AT(freeze.version), 0, NUMBER_MAX}},
    [SHAPE_RESUME] = {{"incarnation", FIXED, AT(resume.incarnation), 0, AUTH_TEXT_ID},
                      {"policies", LIST, AT(resume.policies), 0, AUTH_TEXT_HASH},
                      {"spent", TRUTH, AT(resume.is_spent_known), 0, 0}},
};

/* 2^251 + 17 * 2^192 + 1. */
static bool is_felt(const uint8_t *felt)
{
    static const uint8_t prime[STATEMENT_FELT] = {[0] = 8, [7] = 0x11, [31] = 1};
    return bytes_compare((struct bytes){felt, STATEMENT_FELT}, BYTES_ARRAY(prime)) < 0;
}

static bool is_visible(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7f) {
            return false;
        }
    }
    return text.len != 0;
}

static bool has_control(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

struct status statement_read_bytes(struct arena *arena, const struct json_in *at, struct bytes *ret)
{
    struct bytes text;
    *ret = (struct bytes){NULL, 0};
    TRY(json_in_string(at, &text));
    size_t cap = text.len / 4 * 3 + 2;
    uint8_t *memory = arena_alloc(arena, cap);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf out = buf_over(memory, cap);
    TRY(base64_read_url(text, &out));
    *ret = buf_bytes(&out);
    return OK;
}

static struct status read_fixed(struct arena *arena, const struct json_in *at, size_t len,
                                uint8_t *ret)
{
    struct bytes bytes;
    TRY(statement_read_bytes(arena, at, &bytes));
    if (bytes.len != len) {
        return FAIL(RECORD_INVALID);
    }
    memcpy(ret, bytes.ptr, len);
    return OK;
}

/* How many items an array has: at most STATEMENT_LIST_MAX. */
static struct status count_items(const struct json_in *at, size_t *ret)
{
    if (json_in_kind(at) != JSON_IN_ARRAY) {
        return FAIL(RECORD_INVALID);
    }
    TRY(json_in_count(at, ret));
    return *ret <= STATEMENT_LIST_MAX ? OK : FAIL(RECORD_INVALID);
}

static struct status read_list(struct arena *arena, const struct json_in *at,
                               const struct member *member, struct statement_list *ret)
{
    size_t count;
    const size_t len = (size_t)member->max;
    TRY(count_items(at, &count));
    uint8_t *items = arena_alloc(arena, count * len + 1);
    if (items == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(at, i);
        uint8_t *to = items + i * len;
        TRY(read_fixed(arena, &item, len, to));
        if (i > 0 && bytes_compare((struct bytes){to - len, len}, (struct bytes){to, len}) >= 0) {
            return FAIL(RECORD_INVALID);
        }
    }
    *ret = (struct statement_list){items, count};
    return count >= member->min ? OK : FAIL(RECORD_INVALID);
}

static struct status read_names(struct arena *arena, const struct json_in *at,
                                const struct member *member, struct statement_names *ret)
{
    size_t count;
    if (member->type == USERS_OR_ALL && json_in_kind(at) == JSON_IN_NULL) {
        ret->is_all = true;
        return OK;
    }
    TRY(count_items(at, &count));
    struct bytes *list = arena_array(arena, count + 1, sizeof *list);
    if (list == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(at, i);
        TRY(json_in_string(&item, &list[i]));
        bool is_good =
            member->type == USERS_OR_ALL ? statement_user_is_valid(list[i]) : is_visible(list[i]);
        if (!is_good || list[i].len > member->max ||
            (i > 0 && bytes_compare(list[i - 1], list[i]) >= 0)) {
            return FAIL(RECORD_INVALID);
        }
    }
    *ret = (struct statement_names){list, count, false};
    return OK;
}

struct status statement_read_sigs(struct arena *arena, const struct json_in *at,
                                  struct statement_sigs *ret)
{
    size_t count;
    TRY(count_items(at, &count));
    if (count == 0 || count > STATEMENT_SIGS_MAX) {
        return FAIL(RECORD_INVALID);
    }
    struct statement_sig *list = arena_array(arena, count, sizeof *list);
    if (list == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in sig = json_in_item(at, i);
        size_t parts;
        uint64_t scheme;
        TRY(count_items(&sig, &parts));
        if (parts != 3) {
            return FAIL(RECORD_INVALID);
        }
        struct json_in part[3] = {json_in_item(&sig, 0), json_in_item(&sig, 1),
                                  json_in_item(&sig, 2)};
        TRY(json_in_u64(&part[0], 1, AUTH_SERVICE, &scheme));
        TRY(statement_read_bytes(arena, &part[1], &list[i].key));
        TRY(statement_read_bytes(arena, &part[2], &list[i].proof));
        list[i].scheme = (enum auth_scheme)scheme;
        if (!statement_key_fits(scheme, list[i].key) || list[i].proof.len == 0 ||
            list[i].proof.len > STATEMENT_PROOF_MAX) {
            return FAIL(RECORD_INVALID);
        }
    }
    *ret = (struct statement_sigs){list, count};
    return OK;
}

static struct status read_ticket(struct arena *arena, const struct json_in *at,
                                 struct statement_ticket *ret)
{
    struct json_in text;
    struct json_in sigs;
    if (json_in_kind(at) == JSON_IN_NULL) {
        return OK;
    }
    TRY(json_in_member(at, "text", &text));
    TRY(json_in_member(at, "sigs", &sigs));
    TRY(json_in_string(&text, &ret->text));
    TRY(statement_read_sigs(arena, &sigs, &ret->sigs));
    return ret->text.len != 0 && ret->text.len <= STATEMENT_TEXT_MAX ? OK : FAIL(RECORD_INVALID);
}

static struct status read_text(const struct json_in *at, const struct member *member,
                               struct bytes *ret)
{
    if (member->type == DOCUMENT_OR_NULL && json_in_kind(at) == JSON_IN_NULL) {
        return OK;
    }
    TRY(json_in_string(at, ret));
    if (member->type == LABEL || member->type == NAME) {
        bool is_good = ret->len >= member->min && ret->len <= member->max &&
                       (member->type == LABEL ? !has_control(*ret) : is_visible(*ret));
        return is_good ? OK : FAIL(RECORD_INVALID);
    }
    return ret->len != 0 ? OK : FAIL(RECORD_INVALID);
}

static struct status read_number(const struct json_in *at, const struct member *member,
                                 uint64_t *ret)
{
    if (member->type == NUMBER_OR_NULL && json_in_kind(at) == JSON_IN_NULL) {
        *ret = UINT64_MAX;
        return OK;
    }
    return json_in_u64(at, member->min, member->max, ret);
}

static struct status read_member(struct arena *arena, const struct json_in *at,
                                 const struct member *member, uint8_t *to)
{
    struct bytes *bytes = (struct bytes *)(void *)to;
    switch (member->type) {
    case NUMBER:
    case NUMBER_OR_NULL:
        return read_number(at, member, (uint64_t *)(void *)to);
    case FIXED:
    case FELT:
        TRY(read_fixed(arena, at, (size_t)member->max, to));
        return member->type == FIXED || is_felt(to) ? OK : FAIL(RECORD_INVALID);
    case BYTES:
        TRY(statement_read_bytes(arena, at, bytes));
        return bytes->len >= member->min && bytes->len <= member->max ? OK : FAIL(RECORD_INVALID);
    case LABEL:
    case NAME:
    case DOCUMENT:
    case DOCUMENT_OR_NULL:
        return read_text(at, member, bytes);
    case LIST:
        return read_list(arena, at, member, (struct statement_list *)(void *)to);
    case NAMES:
    case USERS_OR_ALL:
        return read_names(arena, at, member, (struct statement_names *)(void *)to);
    case TRUTH:
        return json_in_bool(at, (bool *)to);
    case TICKET:
        return read_ticket(arena, at, (struct statement_ticket *)(void *)to);
    }
    return FAIL(RECORD_INVALID);
}

void statement_put_bytes(struct json_out *out, struct bytes bytes)
{
    json_out_raw(out, BYTES_LITERAL("\""));
    base64_put_url(out->buf, bytes);
    buf_put_u8(out->buf, '"');
}

void statement_put_sigs(struct json_out *out, const struct statement_sigs *sigs)
{
    json_out_array(out);
    for (size_t i = 0; i < sigs->count; i++) {
        json_out_array(out);
        json_out_u64(out, sigs->list[i].scheme);
        statement_put_bytes(out, sigs->list[i].key);
        statement_put_bytes(out, sigs->list[i].proof);
        json_out_array_end(out);
    }
    json_out_array_end(out);
}

static void put_ticket(struct json_out *out, const struct statement_ticket *ticket)
{
    if (ticket->text.len == 0) {
        json_out_null(out);
        return;
    }
    json_out_object(out);
    json_out_member_string(out, "text", ticket->text);
    json_out_name(out, "sigs");
    statement_put_sigs(out, &ticket->sigs);
    json_out_object_end(out);
}

static void put_list(struct json_out *out, const struct statement_list *list, size_t len)
{
    json_out_array(out);
    for (size_t i = 0; i < list->count; i++) {
        statement_put_bytes(out, (struct bytes){list->items + i * len, len});
    }
    json_out_array_end(out);
}

static void put_names(struct json_out *out, const struct statement_names *names)
{
    if (names->is_all) {
        json_out_null(out);
        return;
    }
    json_out_array(out);
    for (size_t i = 0; i < names->count; i++) {
        json_out_string(out, names->list[i]);
    }
    json_out_array_end(out);
}

static void put_number(struct json_out *out, uint64_t number)
{
    if (number == UINT64_MAX) {
        json_out_null(out);
    } else {
        json_out_u64(out, number);
    }
}

static void put_text(struct json_out *out, struct bytes text)
{
    if (text.ptr == NULL) {
        json_out_null(out);
    } else {
        json_out_string(out, text);
    }
}

static void put_member(struct json_out *out, const struct member *member, const uint8_t *from)
{
    switch (member->type) {
    case NUMBER:
    case NUMBER_OR_NULL:
        put_number(out, *(const uint64_t *)(const void *)from);
        return;
    case FIXED:
    case FELT:
        statement_put_bytes(out, (struct bytes){from, (size_t)member->max});
        return;
    case BYTES:
        statement_put_bytes(out, *(const struct bytes *)(const void *)from);
        return;
    case LABEL:
    case NAME:
        json_out_string(out, *(const struct bytes *)(const void *)from);
        return;
    case DOCUMENT:
    case DOCUMENT_OR_NULL:
        put_text(out, *(const struct bytes *)(const void *)from);
        return;
    case LIST:
        put_list(out, (const struct statement_list *)(const void *)from, (size_t)member->max);
        return;
    case NAMES:
    case USERS_OR_ALL:
        put_names(out, (const struct statement_names *)(const void *)from);
        return;
    case TRUTH:
        json_out_bool(out, *(const bool *)from);
        return;
    case TICKET:
        put_ticket(out, (const struct statement_ticket *)(const void *)from);
        return;
    }
}

static const struct member *members_of(enum statement_op op)
{
    return shapes[statement_op_shape(op)];
}

struct status statement_body_put(enum statement_op op, const union statement_body *body,
                                 struct buf *out)
{
    struct json_out json = json_out_over(out);
    json_out_object(&json);
    for (const struct member *member = members_of(op); member->name != NULL; member++) {
        json_out_name(&json, member->name);
        put_member(&json, member, (const uint8_t *)body + member->at);
    }
    json_out_object_end(&json);
    return buf_check(out);
}

static size_t longest(enum statement_op op)
{
    for (const struct member *member = members_of(op); member->name != NULL; member++) {
        if (member->type == DOCUMENT || member->type == DOCUMENT_OR_NULL) {
            return STATEMENT_BODY_DOCUMENT_MAX;
        }
    }
    return STATEMENT_BODY_MAX;
}

/* What the types of members do not say. */
static bool fits(enum statement_op op, const union statement_body *body)
{
    if (op == STATEMENT_USER_ADD || op == STATEMENT_USER_RECOVER) {
        return statement_key_fits(body->key.scheme, body->key.key) &&
               (body->key.scheme == AUTH_PASSKEY) == (body->key.cred.len != 0);
    }
    if (op == STATEMENT_SERVICE_ADD) {
        return statement_key_fits(body->service.alg, body->service.key) &&
               body->service.not_before_ms < body->service.not_after_ms;
    }
    return op != STATEMENT_APPROVER_ADD ||
           statement_key_fits(body->approver.scheme, body->approver.key);
}

static struct status read_body(struct arena *arena, enum statement_op op, struct bytes text,
                               union statement_body *ret)
{
    struct json_in_doc doc;
    if (text.len > longest(op)) {
        return FAIL(RECORD_INVALID);
    }
    TRY(json_in_parse(arena, text, &doc));
    struct json_in root = json_in_root(&doc);
    for (const struct member *member = members_of(op); member->name != NULL; member++) {
        struct json_in at;
        TRY(json_in_member(&root, member->name, &at));
        TRY(read_member(arena, &at, member, (uint8_t *)ret + member->at));
    }
    uint8_t *memory = arena_alloc(arena, text.len + 1);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf again = buf_over(memory, text.len);
    bool is_same =
        status_is_ok(statement_body_put(op, ret, &again)) && bytes_equal(buf_bytes(&again), text);
    return is_same && fits(op, ret) ? OK : FAIL(RECORD_INVALID);
}

struct status statement_body_read(struct arena *arena, enum statement_op op, struct bytes text,
                                  union statement_body *ret)
{
    *ret = (union statement_body){0};
    struct status status = read_body(arena, op, text, ret);
    if (!status_is_ok(status)) {
        memset(ret, 0, sizeof *ret);
        return status_judged(status, FAIL(RECORD_INVALID));
    }
    return OK;
}
