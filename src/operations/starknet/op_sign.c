#include "base/limits.h"
#include "operations/starknet/sign.h"
#include "operations/starknet/sign_out.h"
#include "operations/starknet/starknet_op.h"
#include "pipeline/fail.h"
#include "pipeline/trail.h"
#include "starknet/chain.h"

/* The members that say what is to be signed; an item has exactly one of them. */
static const struct {
    const char *name;
    enum items_kind kind;
} sources[] = {
    {"transaction", ITEMS_INVOKE},
    {"typed_data", ITEMS_TYPED_DATA},
    {"outside_execution", ITEMS_OUTSIDE_EXECUTION},
    {"message_hash", ITEMS_HASH},
};

enum { SOURCES = sizeof sources / sizeof sources[0] };

static const char *const item_members[] = {
    "username",   "key_index",         "account_class", "transaction",
    "typed_data", "outside_execution", "message_hash",  "chain_id",
};

static const char *const batch_members[] = {"username", "key_index", "account_class", "items"};

/* An outside execution says no chain by itself; everything else does, or has none. */
static struct status read_chain(const struct json_in *at, struct sign_item *item)
{
    struct json_in member;
    if (item->kind == ITEMS_OUTSIDE_EXECUTION) {
        TRY(json_in_member(at, "chain_id", &member));
        return chain_json(&member, &item->chain);
    }
    return json_in_find(at, "chain_id", &member) ? JSON_IN_FAIL(&member, UNKNOWN_FIELD) : OK;
}

static struct status find_source(const struct json_in *at, struct sign_item *item)
{
    size_t found = 0;
    struct json_in member;
    for (size_t i = 0; i < SOURCES; i++) {
        if (json_in_find(at, sources[i].name, &member)) {
            item->kind = sources[i].kind;
            item->at = member;
            found++;
        }
    }
    if (found == 0) {
        return json_in_member(at, "transaction", &member);
    }
    if (found > 1) {
        return JSON_IN_FAIL(&item->at, BAD_REQUEST);
    }
    return read_chain(at, item);
}

/* One item: what it says, in work->out as members of an open object.
 * Out: *ret_kind, also on failure, as far as it is known. */
static struct status sign_one(struct work *work, const struct permit *permit,
                              const struct json_in *at, const struct json_in *batch,
                              enum items_kind *ret_kind)
{
    struct items_user user;
    struct sign_item item = {.kind = ITEMS_UNREAD};
    struct sign_result result;
    *ret_kind = ITEMS_UNREAD;
    TRY(json_in_members(at, item_members, sizeof item_members / sizeof item_members[0]));
    TRY(items_user(work, permit, at, batch, &user));
    TRY(find_source(at, &item));
    struct status status = sign_read(work, permit, &item);
    *ret_kind = item.kind;
    TRY(status);
    TRY(sign_item(work, permit, &user, &item, &result));
    json_out_member_bool(&work->out, "success", true);
    sign_out_members(&work->out, &user, &item, &result);
    return OK;
}

/* An item of a batch: its own answer, or its own refusal. Fails only when nothing may leave. */
static struct status sign_in_batch(struct work *work, const struct permit *permit,
                                   const struct json_in *at, const struct json_in *batch)
{
    enum items_kind kind = ITEMS_UNREAD;
    size_t mark = work->worker->arena.used;
    trail_clear(work);
    work->doc.where[0] = '\0';
    json_out_object(&work->out);
    struct status status = sign_one(work, permit, at, batch, &kind);
    items_count(work, kind, status);
    if (!status_is_ok(status)) {
        TRY(trail_refused(work, status));
        fail_members_out(&work->out, status, work->doc.where);
    }
    json_out_object_end(&work->out);
    arena_rewind(&work->worker->arena, mark);
    return OK;
}

static struct status sign_batch(struct work *work, const struct permit *permit,
                                const struct json_in *root, const struct json_in *items)
{
    size_t count = 0;
    TRY(json_in_members(root, batch_members, sizeof batch_members / sizeof batch_members[0]));
    if (json_in_kind(items) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(items, BAD_TYPE);
    }
    TRY(json_in_count(items, &count));
    if (count == 0) {
        return JSON_IN_FAIL(items, BATCH_EMPTY);
    }
    if (count > LIMIT_SIGN_ITEMS) {
        return JSON_IN_FAIL(items, BATCH_TOO_LARGE);
    }
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    json_out_name(&work->out, "results");
    json_out_array(&work->out);
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(items, i);
        TRY(sign_in_batch(work, permit, &item, root));
    }
    json_out_array_end(&work->out);
    json_out_object_end(&work->out);
    return OK;
}

struct status starknet_op_sign(struct work *work, const struct permit *permit)
{
    struct json_in root = json_in_root(&work->doc);
    struct json_in items;
    enum items_kind kind = ITEMS_UNREAD;
    if (json_in_find(&root, "items", &items)) {
        return sign_batch(work, permit, &root, &items);
    }
    json_out_object(&work->out);
    struct status status = sign_one(work, permit, &root, NULL, &kind);
    items_count(work, kind, status);
    json_out_object_end(&work->out);
    return status;
}
