#include "base/limits.h"
#include "operations/starknet/accounts.h"
#include "operations/starknet/starknet_op.h"
#include "pipeline/trail.h"
#include "starknet/felt_text.h"
#include "starknet/felts.h"

static const char *const members[] = {
    "username", "key_index", "account_class", "first_index", "count", "public_key", "address",
};

static void account_members(struct json_out *out, const struct account *account)
{
    felt_text_member(out, "address", &account->address);
    felt_text_member(out, "public_key", &account->public_key);
    json_out_member_text(out, "account_class", account->class->name);
    felt_text_member(out, "class_hash", &account->class->hash);
    felt_text_member(out, "salt", &account->public_key);
    felts_member(out, "constructor_calldata", account_constructor(account));
}

/* What is asked for, from step to step. */
struct asked {
    struct items_user user;
    uint64_t first; /* of a range */
    uint64_t count;
};

/* Does what the client knows belong to this key? */
static struct status put_ownership(struct work *work, const struct permit *permit,
                                   const struct json_in *root, const struct items_user *user,
                                   const struct account *account)
{
    struct json_in member;
    struct felt given;
    if (json_in_find(root, "public_key", &member)) {
        TRY(felt_text_json(&member, &given));
        json_out_member_bool(&work->out, "owns_public_key",
                             felt_equal(&given, &account->public_key));
    }
    if (json_in_find(root, "address", &member)) {
        bool owns = false;
        TRY(felt_text_json(&member, &given));
        TRY(tenant_owns_address(permit_tenant(permit), user->name, user->index, &given, &owns));
        json_out_member_bool(&work->out, "owns_address", owns);
    }
    return OK;
}

static struct status read_range(const struct json_in *root, struct asked *asked)
{
    struct json_in member;
    asked->first = 0;
    if (json_in_find(root, "first_index", &member) &&
        !status_is_ok(json_in_u64(&member, 0, LIMIT_KEY_INDEX, &asked->first))) {
        return JSON_IN_FAIL(&member, INVALID_KEY_INDEX);
    }
    TRY(json_in_member(root, "count", &member));
    if (!status_is_ok(json_in_u64(&member, 1, LIMIT_DERIVE_COUNT, &asked->count))) {
        return JSON_IN_FAIL(&member, INVALID_COUNT);
    }
    if (asked->first + asked->count - 1 > LIMIT_KEY_INDEX) {
        return JSON_IN_FAIL(&member, INVALID_KEY_INDEX);
    }
    return OK;
}

static struct status begin_range(struct work *work, const struct json_in *root, struct asked *asked)
{
    /* A range has indices of its own, and nothing to compare with. */
    static const char *const single[] = {"key_index", "public_key", "address"};
    struct json_in member;
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        if (json_in_find(root, single[i], &member)) {
            return JSON_IN_FAIL(&member, BAD_REQUEST);
        }
    }
    TRY(read_range(root, asked));
    work->items.is_batch = true;
    work->items.count = asked->count;
    json_out_member_text(&work->out, "account_class", asked->user.class->name);
    felt_text_member(&work->out, "class_hash", &asked->user.class->hash);
    json_out_name(&work->out, "accounts");
    json_out_array(&work->out);
    return OK;
}

static struct status begin(struct work *work, const struct permit *permit)
{
    struct json_in root = json_in_root(&work->doc);
    struct json_in member;
    struct asked *asked = arena_alloc(work->arena, sizeof *asked);
    if (asked == NULL) {
        return FAIL(NO_MEMORY);
    }
    work->state = asked;
    work->items.kind = ITEMS_ACCOUNT;
    TRY(json_in_members(&root, members, sizeof members / sizeof members[0]));
    TRY(items_user(work, permit, &root, NULL, &asked->user));
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    json_out_member_string(&work->out, "username", asked->user.name);
    bool is_range =
        json_in_find(&root, "count", &member) || json_in_find(&root, "first_index", &member);
    return is_range ? begin_range(work, &root, asked) : OK;
}

static uint64_t index_of(const struct work *work, const struct asked *asked)
{
    return work->items.is_batch ? asked->first + work->items.index : asked->user.index;
}

static struct status prepare(struct work *work, const struct permit *permit)
{
    const struct asked *asked = work->state;
    work->items.kind = ITEMS_ACCOUNT;
    trail_user(work, permit_tenant(permit), asked->user.name);
    trail_key(work, (uint32_t)index_of(work, asked));
    return OK;
}

static struct status show_one(struct work *work, const struct permit *permit,
                              const struct asked *asked)
{
    struct json_in root = json_in_root(&work->doc);
    struct account account;
    TRY(accounts_show(work, permit, &asked->user, &account));
    json_out_member_u64(&work->out, "key_index", asked->user.index);
    account_members(&work->out, &account);
    return put_ownership(work, permit, &root, &asked->user, &account);
}

/* Accounts of a range are shown without taking the places of keys that are in use. */
static struct status show_next(struct work *work, const struct permit *permit,
                               const struct asked *asked)
{
    const struct user_keys *keys = tenant_keys(permit_tenant(permit));
    struct felt public_key;
    struct account account;
    TRY(user_keys_batch(keys, asked->user.name, index_of(work, asked), 1, &public_key));
    TRY(address_cache_get(work->worker->addresses, asked->user.class, &public_key, &account));
    trail_object(work, &account.address);
    json_out_member_u64(&work->out, "key_index", index_of(work, asked));
    felt_text_member(&work->out, "address", &account.address);
    felt_text_member(&work->out, "public_key", &account.public_key);
    return OK;
}

static struct status perform(struct work *work, const struct permit *permit)
{
    const struct asked *asked = work->state;
    return work->items.is_batch ? show_next(work, permit, asked) : show_one(work, permit, asked);
}

static struct status end(struct work *work, const struct permit *permit)
{
    (void)permit;
    if (work->items.is_batch) {
        json_out_array_end(&work->out);
    }
    json_out_object_end(&work->out);
    return OK;
}

const struct operation starknet_op_accounts = {
    .begin = begin, .prepare = prepare, .perform = perform, .end = end};
