#include "operations/compat/compat_op.h"
#include "operations/compat/seed_form.h"
#include "operations/starknet/sign.h"
#include "operations/starknet/sign_out.h"

static struct status sign_payload(struct work *work, const struct permit *permit,
                                  const struct json_in *root, struct sign_item *item)
{
    struct items_user user;
    struct sign_result result;
    TRY(items_user(work, permit, root, NULL, &user));
    TRY(seed_form_operation(root, "sign_transaction"));
    item->kind = ITEMS_INVOKE;
    item->is_seed = true;
    TRY(json_in_member(root, "transaction_payload", &item->at));
    TRY(sign_read(work, permit, item));
    TRY(sign_item(work, permit, &user, item, &result));
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    sign_out_seed_members(&work->out, &user, item, &result);
    json_out_object_end(&work->out);
    return OK;
}

struct status compat_op_sign(struct work *work, const struct permit *permit)
{
    struct json_in root = json_in_root(&work->doc);
    struct sign_item item = {.kind = ITEMS_UNREAD};
    struct status status = sign_payload(work, permit, &root, &item);
    items_count(work, item.kind, status);
    return status;
}
