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

static struct status show_one(struct work *work, const struct permit *permit,
                              const struct json_in *root, const struct items_user *user)
{
    struct account account;
    TRY(accounts_show(work, permit, user, &account));
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    json_out_member_string(&work->out, "username", user->name);
    json_out_member_u64(&work->out, "key_index", user->index);
    account_members(&work->out, &account);
    TRY(put_ownership(work, permit, root, user, &account));
    json_out_object_end(&work->out);
    return OK;
}

struct range {
    uint64_t first;
    uint64_t count;
};

static struct status read_range(const struct json_in *root, struct range *ret_range)
{
    struct json_in member;
    ret_range->first = 0;
    if (json_in_find(root, "first_index", &member) &&
        !status_is_ok(json_in_u64(&member, 0, LIMIT_KEY_INDEX, &ret_range->first))) {
        return JSON_IN_FAIL(&member, INVALID_KEY_INDEX);
    }
    TRY(json_in_member(root, "count", &member));
    if (!status_is_ok(json_in_u64(&member, 1, LIMIT_DERIVE_COUNT, &ret_range->count))) {
        return JSON_IN_FAIL(&member, INVALID_COUNT);
    }
    if (ret_range->first + ret_range->count - 1 > LIMIT_KEY_INDEX) {
        return JSON_IN_FAIL(&member, INVALID_KEY_INDEX);
    }
    return OK;
}

static struct status put_batch(struct work *work, const struct items_user *user,
                               const struct range *range, const struct felt *public_keys)
{
    for (size_t i = 0; i < range->count; i++) {
        struct account account;
        TRY(address_cache_get(work->worker->addresses, user->class, &public_keys[i], &account));
        trail_key(work, (uint32_t)(range->first + i));
        trail_object(work, &account.address);
        TRY(trail_ok(work));
        json_out_object(&work->out);
        json_out_member_u64(&work->out, "key_index", range->first + i);
        felt_text_member(&work->out, "address", &account.address);
        felt_text_member(&work->out, "public_key", &account.public_key);
        json_out_object_end(&work->out);
        items_count(work, ITEMS_ACCOUNT, OK);
    }
    return OK;
}

static struct status show_batch(struct work *work, const struct permit *permit,
                                const struct json_in *root, const struct items_user *user)
{
    struct range range;
    TRY(read_range(root, &range));
    struct felt *public_keys = arena_array(&work->worker->arena, range.count, sizeof *public_keys);
    if (public_keys == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < range.count; i++) {
        trail_key(work, (uint32_t)(range.first + i));
        TRY(trail_intent(work));
    }
    TRY(user_keys_batch(tenant_keys(permit_tenant(permit)), user->name, range.first, range.count,
                        public_keys));
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    json_out_member_string(&work->out, "username", user->name);
    json_out_member_text(&work->out, "account_class", user->class->name);
    felt_text_member(&work->out, "class_hash", &user->class->hash);
    json_out_name(&work->out, "accounts");
    json_out_array(&work->out);
    TRY(put_batch(work, user, &range, public_keys));
    json_out_array_end(&work->out);
    json_out_object_end(&work->out);
    return OK;
}

static struct status show(struct work *work, const struct permit *permit, bool *ret_batch)
{
    struct json_in root = json_in_root(&work->doc);
    struct json_in member;
    struct items_user user;
    TRY(json_in_members(&root, members, sizeof members / sizeof members[0]));
    bool first = json_in_find(&root, "first_index", &member);
    *ret_batch = json_in_find(&root, "count", &member) || first;
    TRY(items_user(work, permit, &root, NULL, &user));
    if (!*ret_batch) {
        return show_one(work, permit, &root, &user);
    }
    /* A range has indices of its own, and nothing to compare with. */
    static const char *const single[] = {"key_index", "public_key", "address"};
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        if (json_in_find(&root, single[i], &member)) {
            return JSON_IN_FAIL(&member, BAD_REQUEST);
        }
    }
    return show_batch(work, permit, &root, &user);
}

struct status starknet_op_accounts(struct work *work, const struct permit *permit)
{
    bool is_batch = false;
    struct status status = show(work, permit, &is_batch);
    if (!is_batch || !status_is_ok(status)) {
        items_count(work, ITEMS_ACCOUNT, status);
    }
    return status;
}
