#include "operations/compat/compat_op.h"
#include "operations/compat/seed_form.h"
#include "operations/starknet/accounts.h"
#include "starknet/felt_text.h"

static struct status show(struct work *work, const struct permit *permit)
{
    struct json_in root = json_in_root(&work->doc);
    struct items_user user;
    struct account account;
    bool derives = bytes_equal(bytes_of(work->route->path), BYTES_LITERAL("/derive"));
    TRY(items_user(work, permit, &root, NULL, &user));
    TRY(seed_form_operation(&root, derives ? "derive_key" : "get_account_info"));
    TRY(accounts_show(work, permit, &user, &account));
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    json_out_member_string(&work->out, "username", user.name);
    json_out_member_u64(&work->out, "key_index", user.index);
    felt_text_member(&work->out, "account_address", &account.address);
    felt_text_member(&work->out, "public_key", &account.public_key);
    json_out_member_text(&work->out, "account_class", account.class->name);
    json_out_object_end(&work->out);
    return OK;
}

struct status compat_op_account(struct work *work, const struct permit *permit)
{
    struct status status = show(work, permit);
    items_count(work, ITEMS_ACCOUNT, status);
    return status;
}
