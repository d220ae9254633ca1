/* Something is stated: by whom, its signatures say. */
#include "codec/hex.h"
#include "operations/users/session_form.h"
#include "operations/users/users_op.h"
#include "pipeline/permit.h"
#include "pipeline/trail.h"
#include "users/users_commit.h"

static const char *const members[] = {"tenant", "text", "body", "sigs"};

/* Where none is named it is the local tenant "default". */
static struct status read_tenant(struct work *work, const struct permit *permit,
                                 const struct json_in *root, const uint8_t **ret)
{
    struct json_in member;
    struct bytes text;
    uint8_t *tenant = arena_alloc(work->arena, USERS_TENANT);
    *ret = tenant;
    if (tenant == NULL) {
        return FAIL(NO_MEMORY);
    }
    if (!json_in_find(root, "tenant", &member)) {
        *ret = users_local(permit_users(permit), BYTES_LITERAL(TENANT_DEFAULT));
        return *ret == NULL ? FAIL(UNAVAILABLE) : OK;
    }
    TRY(json_in_string(&member, &text));
    return json_in_about(&member, hex_read(text, USERS_TENANT, tenant));
}

/* The records say whom it was about also when it is refused. */
static struct status check(struct work *work, const struct permit *permit,
                           struct users_commit *commit)
{
    struct json_in root = json_in_root(&work->doc);
    struct statement_parts parts;
    struct users_commit_from from = {.address = session_form_address(work)};
    TRY(json_in_members(&root, members, sizeof members / sizeof members[0]));
    TRY(read_tenant(work, permit, &root, &from.tenant));
    TRY(statement_parts_read(work->arena, &root, &parts));
    struct status status =
        users_commit_check(permit_users(permit), work->arena, &from, &parts, commit);
    TRY(trail_about(work, from.tenant, commit->user));
    TRY(trail_statement(work, commit->statement));
    return status;
}

static struct status prepare(struct work *work, const struct permit *permit)
{
    struct users_commit *commit = arena_alloc(work->arena, sizeof *commit);
    if (commit == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct status status = check(work, permit, commit);
    work->waits = status.code == STATUS_REGISTRY_PENDING;
    work->state = commit;
    TRY(status);
    /* What strangers try is written down as often as any refusal of strangers, and no more. */
    return !commit->is_stranger || permit_stranger_take(permit) ? OK : FAIL(RATE_LIMITED);
}

static bool is_over(void *context)
{
    return users_commit_is_over(context);
}

static void give_up(void *context)
{
    users_commit_give_up(context);
}

static void committed_out(struct json_out *out, const struct users_commit *commit,
                          const struct users_committed *done)
{
    json_out_object(out);
    json_out_member_bool(out, "success", true);
    json_out_name(out, "statement");
    json_out_hex(out, BYTES_ARRAY(commit->statement));
    if (done->has_head) {
        json_out_member_u64(out, "seq", done->seq);
        json_out_name(out, "head");
        json_out_hex(out, BYTES_ARRAY(done->head));
    }
    json_out_object_end(out);
}

static struct status perform(struct work *work, const struct permit *permit)
{
    struct users_commit *commit = work->state;
    struct users_committed done;
    if (commit->stage == USERS_COMMIT_CHECKED) {
        users_commit_start(commit, permit_worker(permit));
    }
    if (!users_commit_is_over(commit)) {
        work->waiting = (struct work_waiting){commit, is_over, give_up};
        work->pause = WORK_SETTLES;
        return OK;
    }
    TRY(users_commit_end(commit, &done));
    work->is_unsettled = !done.is_held;
    committed_out(&work->out, commit, &done);
    return OK;
}

const struct operation users_op_state = {
    .prepare = prepare, .perform = perform, .needs_records = true};
