#include "base/limits.h"
#include "operations/starknet/accounts.h"
#include "operations/starknet/price.h"
#include "operations/starknet/starknet_op.h"
#include "pipeline/trail.h"
#include "pipeline/turn.h"
#include "starknet/address_text.h"
#include "starknet/felt_text.h"
#include "starknet/felts.h"
#include "tenant/user_account.h"
#include "users/users_foreign.h"

static const char *const members[] = {
    "username",    "key_index", "account_class", "guardian", "owner",
    "first_index", "count",     "public_key",    "address",
};

static void account_members(struct json_out *out, const struct felt *public_key,
                            const struct account *account)
{
    felt_text_member(out, "address", &account->address);
    felt_text_member(out, "public_key", public_key);
    json_out_member_text(out, "account_class", account->class->name);
    felt_text_member(out, "class_hash", &account->class->hash);
    felt_text_member(out, "salt", &account->keys.owner);
    felts_member(out, "constructor_calldata", account_constructor(account));
}

/* What a client knows and asks whose it is: of the key index that it names, or of which of the
 * first LIMIT_OWNED_WINDOW. */
struct claim {
    bool has_public_key;
    struct felt public_key;
    bool has_address;
    struct felt address;
    size_t count;   /* of keys that may be meant */
    size_t checked; /* of them, so far */
};

/* What is asked for, from step to step. */
struct asked {
    struct items_user user;
    uint64_t first; /* of a range */
    uint64_t count;
    struct claim claim; /* of what is no range */
    bool is_shown;
};

static struct status read_claim(const struct json_in *root, struct claim *ret)
{
    struct json_in member;
    *ret = (struct claim){0};
    ret->has_public_key = json_in_find(root, "public_key", &member);
    if (ret->has_public_key) {
        TRY(felt_text_json(&member, &ret->public_key));
    }
    ret->count = json_in_find(root, "key_index", &member) ? 1 : LIMIT_OWNED_WINDOW;
    ret->has_address = json_in_find(root, "address", &member);
    return ret->has_address ? address_text_json(&member, &ret->address) : OK;
}

static bool is_claimed(const struct claim *claim, const struct tenant *tenant,
                       const struct items_user *user, const struct felt *public_key)
{
    struct account_keys keys = items_keys(user, public_key);
    if (claim->has_public_key && !felt_equal(&claim->public_key, public_key)) {
        return false;
    }
    return !claim->has_address ||
           account_find(tenant->classes, tenant->class_count, &keys, &claim->address) != NULL;
}

/* An address that is derived from no key is one of the user's where the user has said so. Out: of
 * one that is, the index of its key. */
static struct status look_at_listed(struct work *work, const struct permit *permit,
                                    const struct asked *asked, uint64_t *ret_index, bool *ret_is)
{
    const struct user_keys *keys = tenant_keys(permit_tenant(permit));
    const struct items_user *user = &asked->user;
    const struct claim *claim = &asked->claim;
    uint8_t address[STATEMENT_FELT];
    struct users_foreign of = {.user = user->name, .address = address};
    struct users_foreign_found found;
    struct felt public_key;
    felt_to_be(&claim->address, address);
    struct status listed = permit_foreign(work, permit, &of, &found);
    if (listed.code == STATUS_SENDER_MISMATCH || user->role != ITEMS_ALONE) {
        return OK;
    }
    TRY(listed);
    if (user->has_index && user->index != found.index) {
        return OK;
    }
    TRY(user_keys_batch(keys, user->name, found.index, 1, &public_key));
    *ret_is = !claim->has_public_key || felt_equal(&claim->public_key, &public_key);
    *ret_index = found.index;
    return OK;
}

/* Whether all that the client knows is of one key of this user. Each key takes all classes to be
 * looked through for the address, so that they are looked at in turns. */
static struct status put_owned(struct work *work, const struct permit *permit, struct asked *asked)
{
    const struct tenant *tenant = permit_tenant(permit);
    const struct items_user *user = &asked->user;
    struct claim *claim = &asked->claim;
    bool is_owned = false;
    if (!claim->has_public_key && !claim->has_address) {
        return OK;
    }
    while (claim->checked < claim->count && !is_owned) {
        if (turn_is_over(work)) {
            work->pause = WORK_YIELDS;
            return OK;
        }
        struct felt public_key;
        uint64_t index = user->index + claim->checked;
        TRY(user_keys_batch(tenant_keys(tenant), user->name, index, 1, &public_key));
        is_owned = is_claimed(claim, tenant, user, &public_key);
        claim->checked++;
    }
    uint64_t index = user->index + claim->checked - 1;
    if (!is_owned && claim->has_address) {
        TRY(look_at_listed(work, permit, asked, &index, &is_owned));
    }
    json_out_member_bool(&work->out, "owned", is_owned);
    if (is_owned) {
        json_out_member_u64(&work->out, "index", index);
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
    static const char *const single[] = {"key_index", "public_key", "address", "guardian", "owner"};
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
    TRY(items_other(&root, NULL, &asked->user));
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    json_out_member_string(&work->out, "username", asked->user.name);
    bool is_range =
        json_in_find(&root, "count", &member) || json_in_find(&root, "first_index", &member);
    return is_range ? begin_range(work, &root, asked) : read_claim(&root, &asked->claim);
}

/* A range that is none costs nothing, and is refused. */
static uint64_t price(struct work *work)
{
    struct json_in root = json_in_root(&work->doc);
    struct asked asked;
    struct json_in member;
    bool has_public_key = json_in_find(&root, "public_key", &member);
    bool has_address = json_in_find(&root, "address", &member);
    if (has_public_key || has_address) {
        size_t count = json_in_find(&root, "key_index", &member) ? 1 : LIMIT_OWNED_WINDOW;
        /* The address is looked for among those of the key that is claimed, or of all. */
        size_t searches = !has_address ? 0 : has_public_key ? 1 : count;
        size_t classes = permit_tenant(work->permit)->class_count;
        return price_accounts(count) + price_searches(searches, classes);
    }
    bool is_range =
        json_in_find(&root, "count", &member) && status_is_ok(read_range(&root, &asked));
    return is_range ? price_accounts(asked.count) : 0;
}

static uint64_t index_of(const struct work *work, const struct asked *asked)
{
    return work->items.is_batch ? asked->first + work->items.index : asked->user.index;
}

static struct status prepare(struct work *work, const struct permit *permit)
{
    const struct asked *asked = work->state;
    work->items.kind = ITEMS_ACCOUNT;
    TRY(trail_user(work, permit_tenant(permit), asked->user.name));
    trail_key(work, (uint32_t)index_of(work, asked));
    return OK;
}

static struct status show_one(struct work *work, const struct permit *permit,
                              const struct asked *asked)
{
    struct account account;
    struct felt public_key;
    TRY(accounts_show(work, permit, &asked->user, &public_key, &account));
    json_out_member_u64(&work->out, "key_index", asked->user.index);
    account_members(&work->out, &public_key, &account);
    return OK;
}

/* Accounts of a range are shown without taking the places of keys that are in use. */
static struct status show_next(struct work *work, const struct permit *permit,
                               const struct asked *asked)
{
    const struct user_keys *keys = tenant_keys(permit_tenant(permit));
    struct felt public_key;
    struct account account;
    TRY(user_keys_batch(keys, asked->user.name, index_of(work, asked), 1, &public_key));
    const struct account_keys both = items_keys(&asked->user, &public_key);
    TRY(user_account_once(asked->user.class, &both, &account));
    trail_object(work, &account.address);
    json_out_member_u64(&work->out, "key_index", index_of(work, asked));
    felt_text_member(&work->out, "address", &account.address);
    felt_text_member(&work->out, "public_key", &public_key);
    return OK;
}

static struct status perform(struct work *work, const struct permit *permit)
{
    struct asked *asked = work->state;
    if (work->items.is_batch) {
        return show_next(work, permit, asked);
    }
    if (!asked->is_shown) {
        TRY(show_one(work, permit, asked));
        asked->is_shown = true;
    }
    return put_owned(work, permit, asked);
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
    .begin = begin, .prepare = prepare, .perform = perform, .end = end, .price = price};
