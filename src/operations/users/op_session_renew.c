#include "operations/users/session_form.h"
#include "operations/users/session_op.h"

/* The client's key has signed the request, and the token may be over. */
static struct status prepare(struct work *work, const struct permit *permit)
{
    struct json_in root = json_in_root(&work->doc);
    TRY(json_in_members(&root, NULL, 0));
    return permit_session(permit) != NULL ? session_form_user(work, permit) : FAIL(FORBIDDEN);
}

static struct status perform(struct work *work, const struct permit *permit)
{
    struct session_token token = *permit_session(permit);
    struct sessions *sessions;
    const struct session_records_of of = {token.tenant, {token.user, token.user_len}};
    struct session_record record;
    struct bytes address = session_form_address(work);
    TRY(permit_logins(permit, &sessions));
    if (session_records_find(sessions_records(sessions), &of, token.sid, &record)) {
        address = (struct bytes){record.address, record.address_len};
    }
    TRY(sessions_renew(sessions, &token));
    return session_form_token_out(work, sessions, &token, address);
}

const struct operation session_op_renew = {.prepare = prepare, .perform = perform, .renews = true};
