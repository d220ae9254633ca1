#include "operations/users/session_form.h"
#include "operations/users/session_op.h"

static struct status prepare(struct work *work, const struct permit *permit)
{
    return permit_session(permit) != NULL ? session_form_user(work, permit) : FAIL(FORBIDDEN);
}

/* What was revoked one by one is left out; its record may have come back from another node. */
static struct status perform(struct work *work, const struct permit *permit)
{
    const struct session_token *token = permit_session(permit);
    struct sessions *sessions;
    const struct session_records_of of = {token->tenant, {token->user, token->user_len}};
    struct session_record *found;
    size_t count;
    TRY(permit_logins(permit, &sessions));
    TRY(session_records_list(sessions_records(sessions), work->arena, &of, &found, &count));
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    json_out_name(&work->out, "sessions");
    json_out_array(&work->out);
    for (size_t i = 0; i < count; i++) {
        const struct session_form_shown shown = {
            .tenant = token->tenant,
            .user = of.user,
            .record = &found[i],
            .expires_ms = found[i].abs_exp_ms,
            .has_current = true,
            .is_current = bytes_equal(BYTES_ARRAY(found[i].sid), BYTES_ARRAY(token->sid)),
        };
        if (sessions_is_revoked(sessions, &of, &found[i])) {
            continue;
        }
        json_out_object(&work->out);
        session_form_out(&work->out, &shown);
        json_out_object_end(&work->out);
    }
    json_out_array_end(&work->out);
    json_out_object_end(&work->out);
    return OK;
}

const struct operation session_op_list = {.prepare = prepare, .perform = perform};
