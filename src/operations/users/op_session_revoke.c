#include "operations/users/session_form.h"
#include "operations/users/session_op.h"
#include "pipeline/query.h"
#include "pipeline/trail.h"

/* From one step to the next. */
struct revoking {
    struct sessions *sessions;
    struct session_records_of of;
    size_t worker;
    bool is_all;
    uint8_t sid[AUTH_TEXT_ID];
    size_t wait; /* 0: it is not put yet */
    enum strict_outcome outcome;
};

static struct status start(struct work *work, const struct permit *permit, struct revoking **ret)
{
    const struct session_token *token = permit_session(permit);
    struct json_in root = json_in_root(&work->doc);
    TRY(json_in_members(&root, NULL, 0));
    if (token == NULL) {
        return FAIL(FORBIDDEN);
    }
    *ret = arena_alloc(work->arena, sizeof **ret);
    if (*ret == NULL) {
        return FAIL(NO_MEMORY);
    }
    work->state = *ret;
    TRY(permit_logins(permit, &(*ret)->sessions));
    (*ret)->worker = permit_worker(permit);
    (*ret)->of = (struct session_records_of){token->tenant, {token->user, token->user_len}};
    return session_form_user(work, permit);
}

static struct status prepare_one(struct work *work, const struct permit *permit)
{
    struct revoking *revoking;
    struct bytes text;
    TRY(start(work, permit, &revoking));
    TRY(query_tail(work, &text));
    TRY(auth_text_sid_read(text, revoking->sid));
    return session_form_wait(work, sessions_limit_revoke(revoking->sessions, &revoking->of));
}

static struct status prepare_all(struct work *work, const struct permit *permit)
{
    struct revoking *revoking;
    TRY(start(work, permit, &revoking));
    revoking->is_all = true;
    return OK;
}

static bool is_over(void *context)
{
    struct revoking *revoking = context;
    if (revoking->outcome == STRICT_WAITS) {
        revoking->outcome = sessions_outcome(revoking->sessions, revoking->wait);
    }
    return revoking->outcome != STRICT_WAITS;
}

static void give_up(void *context)
{
    const struct revoking *revoking = context;
    if (revoking->outcome == STRICT_WAITS) {
        sessions_give_up(revoking->sessions, revoking->wait);
    }
}

static struct status put(struct revoking *revoking)
{
    const size_t worker = revoking->worker;
    revoking->outcome = STRICT_WAITS;
    return revoking->is_all
               ? sessions_revoke_all(revoking->sessions, &revoking->of, worker, &revoking->wait)
               : sessions_revoke(revoking->sessions, &revoking->of, revoking->sid, worker,
                                 &revoking->wait);
}

static void answer_out(struct work *work, const struct revoking *revoking)
{
    uint8_t memory[AUTH_TEXT_SID_TEXT];
    struct buf sid = buf_over(memory, sizeof memory);
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    if (revoking->is_all) {
        json_out_member_null(&work->out, "session_id");
    } else {
        auth_text_sid_put(revoking->sid, &sid);
        json_out_member_string(&work->out, "session_id", buf_bytes(&sid));
    }
    json_out_member_bool(&work->out, "revoked", true);
    json_out_object_end(&work->out);
}

/* A majority must have it before anybody is told; then its record has served its time. */
static struct status perform(struct work *work, const struct permit *permit)
{
    struct revoking *revoking = work->state;
    struct session_records_by by;
    (void)permit;
    if (revoking->wait == 0) {
        TRY(put(revoking));
    }
    if (!is_over(revoking)) {
        work->waiting = (struct work_waiting){revoking, is_over, give_up};
        work->pause = WORK_SETTLES;
        return OK;
    }
    if (revoking->outcome != STRICT_HELD) {
        return FAIL(WRITE_UNSETTLED);
    }
    trail_origin(work, by.op, by.cause);
    if (!revoking->is_all) {
        TRY(session_records_forget(sessions_records(revoking->sessions), &revoking->of,
                                   revoking->sid, &by));
    }
    answer_out(work, revoking);
    return OK;
}

const struct operation session_op_revoke = {.prepare = prepare_one, .perform = perform};
const struct operation session_op_revoke_all = {.prepare = prepare_all, .perform = perform};
