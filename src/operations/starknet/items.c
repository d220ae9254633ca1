#include "operations/starknet/items.h"

#include "base/limits.h"
#include "keys/username.h"
#include "pipeline/trail.h"
#include "starknet/felt_text.h"

const char *const items_metric_names[ITEMS_KINDS] = {
    [ITEMS_UNREAD] = "unread",
    [ITEMS_ACCOUNT] = "account",
    [ITEMS_INVOKE] = "invoke",
    [ITEMS_DEPLOY_ACCOUNT] = "deploy_account",
    [ITEMS_DECLARE] = "declare",
    [ITEMS_TYPED_DATA] = "typed_data",
    [ITEMS_OUTSIDE_EXECUTION] = "outside_execution",
    [ITEMS_HASH] = "hash",
    [ITEMS_QUERY] = "query",
};

_Static_assert((int)ITEMS_KINDS <= (int)METRICS_ITEMS_MAX, "every kind has a label");

/* A member of the item, or else of the batch around it. */
static bool find_member(const struct json_in *at, const struct json_in *otherwise, const char *name,
                        struct json_in *ret)
{
    return json_in_find(at, name, ret) || (otherwise != NULL && json_in_find(otherwise, name, ret));
}

static struct status read_index(const struct json_in *at, const struct json_in *otherwise,
                                struct items_user *user)
{
    struct json_in member;
    uint64_t index = 0;
    user->has_index = find_member(at, otherwise, "key_index", &member);
    if (user->has_index && !status_is_ok(json_in_u64(&member, 0, LIMIT_KEY_INDEX, &index))) {
        return JSON_IN_FAIL(&member, INVALID_KEY_INDEX);
    }
    user->index = (uint32_t)index;
    return OK;
}

static struct status read_class(const struct tenant *tenant, const struct json_in *at,
                                const struct json_in *otherwise, struct items_user *user)
{
    struct json_in member;
    struct bytes name = {NULL, 0};
    user->has_class = find_member(at, otherwise, "account_class", &member);
    if (user->has_class) {
        TRY(json_in_string(&member, &name));
        if (name.len == 0) {
            return JSON_IN_FAIL(&member, UNKNOWN_ACCOUNT_CLASS);
        }
        return json_in_about(&member, tenant_class(tenant, name, &user->class));
    }
    user->class = &tenant->classes[0];
    return OK;
}

static struct status read_name(const struct json_in *at, const struct json_in *otherwise,
                               struct bytes *ret)
{
    struct json_in member;
    if (!find_member(at, otherwise, "username", &member)) {
        TRY(json_in_member(at, "username", &member));
    }
    TRY(json_in_string(&member, ret));
    return json_in_about(&member, username_check(*ret));
}

struct status items_user(struct work *work, const struct permit *permit, const struct json_in *at,
                         const struct json_in *otherwise, struct items_user *ret_user)
{
    const struct tenant *tenant = permit_tenant(permit);
    struct json_in member;
    *ret_user = (struct items_user){.name = permit_user_name(permit)};
    if (find_member(at, otherwise, "username", &member) || ret_user->name.len == 0) {
        TRY(read_name(at, otherwise, &ret_user->name));
    }
    TRY(trail_user(work, tenant, ret_user->name));
    TRY(permit_user(work, permit, ret_user->name));
    TRY(read_index(at, otherwise, ret_user));
    trail_key(work, ret_user->index);
    return read_class(tenant, at, otherwise, ret_user);
}

struct status items_other(const struct json_in *at, const struct json_in *otherwise,
                          struct items_user *user)
{
    static const struct {
        const char *name;
        enum items_role role;
    } others[] = {{"guardian", ITEMS_OWNER}, {"owner", ITEMS_GUARDIAN}};
    struct json_in member;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (!find_member(at, otherwise, others[i].name, &member)) {
            continue;
        }
        bool is_second = user->role != ITEMS_ALONE;
        user->role = others[i].role;
        TRY(felt_text_json(&member, &user->other));
        if (is_second || felt_is_zero(&user->other) ||
            (user->has_class && !account_class_has_guardian(user->class))) {
            return JSON_IN_FAIL(&member, GUARDIAN);
        }
    }
    return OK;
}

struct account_keys items_keys(const struct items_user *user, const struct felt *public_key)
{
    switch (user->role) {
    case ITEMS_OWNER:
        return (struct account_keys){*public_key, user->other};
    case ITEMS_GUARDIAN:
        return (struct account_keys){user->other, *public_key};
    case ITEMS_ALONE:
        break;
    }
    return (struct account_keys){*public_key, FELT_ZERO};
}
