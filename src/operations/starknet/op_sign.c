#include "base/limits.h"
#include "operations/starknet/price.h"
#include "operations/starknet/sign.h"
#include "operations/starknet/sign_out.h"
#include "operations/starknet/starknet_op.h"
#include "starknet/address_text.h"
#include "starknet/chain.h"
#include "starknet/felt_text.h"

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
    "username",        "key_index",     "account_class",     "guardian",     "owner",
    "transaction",     "typed_data",    "outside_execution", "message_hash", "chain_id",
    "account_address", "expected_hash", "other_signature",   "lane",         "replace",
};

static const char *const batch_members[] = {"username", "key_index", "account_class",
                                            "guardian", "owner",     "items"};

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

/* r and s, in an array. */
static struct status read_pair(const struct json_in *at, struct felt ret[static 2])
{
    size_t count;
    TRY(json_in_count(at, &count));
    if (json_in_kind(at) != JSON_IN_ARRAY || count != 2) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    for (size_t i = 0; i < 2; i++) {
        struct json_in item = json_in_item(at, i);
        TRY(felt_text_json(&item, &ret[i]));
    }
    return OK;
}

/* What the caller means: the account, the hash; and the signature of the account's other key. */
static struct status read_expected(const struct json_in *at, const struct items_user *user,
                                   struct sign_item *item)
{
    struct json_in member;
    item->has_address = json_in_find(at, "account_address", &member);
    if (item->has_address) {
        TRY(address_text_json(&member, &item->address));
    }
    item->has_expected = json_in_find(at, "expected_hash", &member);
    if (item->has_expected) {
        TRY(felt_text_json(&member, &item->expected));
    }
    item->has_other = json_in_find(at, "other_signature", &member);
    if (!item->has_other) {
        return OK;
    }
    if (user->role == ITEMS_ALONE) {
        return JSON_IN_FAIL(&member, GUARDIAN);
    }
    return read_pair(&member, item->other);
}

/* Whose nonce it is. */
static struct status read_lane(const struct json_in *at, struct sign_item *item)
{
    struct json_in member;
    uint64_t lane = 0;
    item->has_lane = json_in_find(at, "lane", &member);
    if (item->has_lane) {
        TRY(json_in_u64(&member, 0, UINT32_MAX, &lane));
    }
    item->lane = (uint32_t)lane;
    bool has_replace = json_in_find(at, "replace", &member);
    if (has_replace) {
        TRY(json_in_bool(&member, &item->replaces));
    }
    bool is_misplaced = (item->has_lane || has_replace) && item->kind != ITEMS_INVOKE;
    return is_misplaced ? JSON_IN_FAIL(at, UNKNOWN_FIELD) : OK;
}

static uint64_t price_item(const struct json_in *item)
{
    return price_signature(item) + price_other(item);
}

/* A request is paid for as one signature already. */
static uint64_t price(struct work *work)
{
    struct json_in root = json_in_root(&work->doc);
    struct json_in items;
    uint64_t units = 0;
    if (!json_in_find(&root, "items", &items) || json_in_kind(&items) != JSON_IN_ARRAY) {
        return price_item(&root);
    }
    size_t count = 0;
    struct status counted = json_in_count(&items, &count);
    count = status_is_ok(counted) && count <= LIMIT_SIGN_ITEMS ? count : 0;
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&items, i);
        units += (i == 0 ? 0 : 1) + price_item(&item);
    }
    return units;
}

static struct status begin_batch(struct work *work, const struct json_in *root,
                                 const struct json_in *items)
{
    TRY(json_in_members(root, batch_members, sizeof batch_members / sizeof batch_members[0]));
    if (json_in_kind(items) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(items, BAD_TYPE);
    }
    TRY(json_in_count(items, &work->items.count));
    if (work->items.count == 0) {
        return JSON_IN_FAIL(items, BATCH_EMPTY);
    }
    if (work->items.count > LIMIT_SIGN_ITEMS) {
        return JSON_IN_FAIL(items, BATCH_TOO_LARGE);
    }
    work->items.is_batch = true;
    json_out_name(&work->out, "results");
    json_out_array(&work->out);
    return OK;
}

static struct status begin(struct work *work, const struct permit *permit)
{
    struct json_in root = json_in_root(&work->doc);
    struct json_in items;
    (void)permit;
    json_out_object(&work->out);
    /* A batch of null is one, and a wrong one. */
    if (status_is_ok(json_in_member(&root, "items", &items))) {
        return begin_batch(work, &root, &items);
    }
    work->doc.where[0] = '\0';
    return OK;
}

/* The item in work, in places that live as long as the job. */
static struct status find_item(struct work *work, struct sign_job *job)
{
    job->root = json_in_root(&work->doc);
    job->at = job->root;
    if (work->items.is_batch) {
        TRY(json_in_member(&job->root, "items", &job->items));
        job->at = json_in_item(&job->items, work->items.index);
    }
    return json_in_members(&job->at, item_members, sizeof item_members / sizeof item_members[0]);
}

static struct status prepare(struct work *work, const struct permit *permit)
{
    struct sign_job *job = arena_alloc(work->arena, sizeof *job);
    if (job == NULL) {
        return FAIL(NO_MEMORY);
    }
    work->state = job;
    TRY(find_item(work, job));
    const struct json_in *batch = work->items.is_batch ? &job->root : NULL;
    TRY(items_user(work, permit, &job->at, batch, &job->user));
    TRY(items_other(&job->at, batch, &job->user));
    TRY(find_source(&job->at, &job->item));
    TRY(read_lane(&job->at, &job->item));
    TRY(read_expected(&job->at, &job->user, &job->item));
    return sign_prepare(work, permit, job);
}

static struct status perform(struct work *work, const struct permit *permit)
{
    struct sign_job *job = work->state;
    TRY(sign_number_take(work, permit, job));
    if (work->pause != WORK_GOES_ON) {
        return OK;
    }
    TRY(sign_perform(work, permit, job));
    json_out_member_bool(&work->out, "success", true);
    sign_out_members(&work->out, &job->user, &job->item, &job->result);
    return OK;
}

static struct status end(struct work *work, const struct permit *permit)
{
    (void)permit;
    if (work->items.is_batch) {
        size_t signed_count = work->items.count - work->items.refused;
        json_out_array_end(&work->out);
        json_out_member_bool(&work->out, "success", signed_count != 0);
        json_out_member_u64(&work->out, "signed", signed_count);
        json_out_member_u64(&work->out, "refused", work->items.refused);
    }
    json_out_object_end(&work->out);
    return OK;
}

const struct operation starknet_op_sign = {
    .begin = begin,
    .prepare = prepare,
    .perform = perform,
    .end = end,
    .price = price,
    .items_stand_alone = true,
};
