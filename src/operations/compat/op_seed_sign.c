#include "operations/compat/compat_op.h"
#include "operations/compat/seed_form.h"
#include "operations/starknet/sign.h"
#include "operations/starknet/sign_out.h"

static struct status prepare(struct work *work, const struct permit *permit)
{
    struct sign_job *job = arena_alloc(work->arena, sizeof *job);
    if (job == NULL) {
        return FAIL(NO_MEMORY);
    }
    work->state = job;
    job->root = json_in_root(&work->doc);
    job->at = job->root;
    TRY(items_user(work, permit, &job->root, NULL, &job->user));
    TRY(seed_form_operation(&job->root, "sign_transaction"));
    job->item.kind = ITEMS_INVOKE;
    job->item.is_seed = true;
    TRY(json_in_member(&job->root, "transaction_payload", &job->item.at));
    return sign_prepare(work, permit, job);
}

static struct status perform(struct work *work, const struct permit *permit)
{
    struct sign_job *job = work->state;
    TRY(sign_perform(work, permit, job));
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    sign_out_seed_members(&work->out, &job->user, &job->item, &job->result);
    json_out_object_end(&work->out);
    return OK;
}

const struct operation compat_op_sign = {.prepare = prepare, .perform = perform};
