#include "operations/compat/compat_op.h"
#include "operations/compat/seed_form.h"
#include "operations/starknet/accounts.h"
#include "starknet/felt_text.h"

static struct status prepare(struct work *work, const struct permit *permit)
{
    struct json_in root = json_in_root(&work->doc);
    bool derives = bytes_equal(bytes_of(work->route->path), BYTES_LITERAL("/derive"));
    struct items_user *user = arena_alloc(work->arena, sizeof *user);
    if (user == NULL) {
        return FAIL(NO_MEMORY);
    }
    work->state = user;
    work->items.kind = ITEMS_ACCOUNT;
    TRY(items_user(work, permit, &root, NULL, user));
    return seed_form_operation(&root, derives ? "derive_key" : "get_account_info");
}

static struct status perform(struct work *work, const struct permit *permit)
{
    const struct items_user *user = work->state;
    struct account account;
    struct felt public_key;
    TRY(accounts_show(work, permit, user, &public_key, &account));
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    json_out_member_string(&work->out, "username", user->name);
    json_out_member_u64(&work->out, "key_index", user->index);
    felt_text_member(&work->out, "account_address", &account.address);
    felt_text_member(&work->out, "public_key", &public_key);
    json_out_member_text(&work->out, "account_class", account.class->name);
    json_out_object_end(&work->out);
    return OK;
}

const struct operation compat_op_account = {.prepare = prepare, .perform = perform};
