#include "statements/tenant_judge.h"

#include "statements/user_judge.h"

#define SERVICE_MS ((uint64_t)TENANT_LOG_SERVICE_DAYS * 24 * 3600 * 1000)

/* Whether a service key signed what is about itself. */
static bool is_itself(const struct statement_signed *by)
{
    const struct statement *statement = by->statement;
    const struct statement_sigs *sigs = &statement->parts.sigs;
    const struct bytes id = BYTES_ARRAY(statement->scope.id);
    for (size_t i = 0; i < sigs->count; i++) {
        uint8_t own[AUTH_TEXT_ID];
        auth_text_service(statement->read.tenant, sigs->list[i].scheme, sigs->list[i].key, own);
        if (bytes_equal(BYTES_ARRAY(own), id) ||
            (sigs->list[i].scheme == AUTH_SERVICE && bytes_equal(sigs->list[i].key, id))) {
            return true;
        }
    }
    return false;
}

static struct status judge_add(const struct tenant_judge *judge, const struct statement_signed *by)
{
    const struct statement *statement = by->statement;
    const bool is_service = statement->op == STATEMENT_SERVICE_ADD;
    const struct statement_service *service = &statement->body.service;
    if (!by->roles.is_authority) {
        return FAIL(STATEMENT_SIGNER);
    }
    if (judge->key->add != NULL || judge->key->is_revoked) {
        return FAIL(STATEMENT_SEQ);
    }
    bool is_long = is_service && service->not_after_ms - service->not_before_ms > SERVICE_MS;
    size_t most = is_service ? TENANT_LOG_SERVICES : TENANT_LOG_APPROVERS;
    return !is_long && judge->key_count < most ? OK : FAIL(LIMIT_EXCEEDED);
}

static struct status judge_set(const struct tenant_judge *judge, const struct statement_signed *by)
{
    const struct statement *statement = by->statement;
    const uint64_t version = statement->body.version.version;
    if (statement->scope.kind == STATEMENT_OWN) {
        TRY(user_judge_speaks(judge->user, by, false));
    } else if (!by->roles.is_authority) {
        return FAIL(STATEMENT_SIGNER);
    }
    bool is_next = version > judge->policy->greatest ||
                   (judge->now->is_resuming && version == judge->policy->greatest);
    if (!is_next) {
        return FAIL(STATEMENT_SEQ);
    }
    return judge->policy->entries < POLICY_LOG_VERSIONS ? OK : FAIL(LIMIT_EXCEEDED);
}

static struct status judge_freeze(const struct tenant_judge *judge,
                                  const struct statement_signed *by)
{
    const struct statement *statement = by->statement;
    const uint64_t version = statement->body.freeze.version;
    const struct statement_roles *roles = &by->roles;
    if (!roles->is_authority && !roles->is_operator && !roles->is_approver) {
        if (statement->scope.kind != STATEMENT_OWN) {
            return FAIL(STATEMENT_SIGNER);
        }
        TRY(user_judge_speaks(judge->user, by, false));
    }
    bool is_there = version >= judge->policy->version && version <= judge->policy->greatest;
    bool does_something = judge->policy->freezes == 0 || version > judge->policy->frozen_version;
    bool has_room = judge->policy->freezes < POLICY_LOG_FREEZES;
    TRY(is_there ? OK : FAIL(STATEMENT_SEQ));
    return has_room || does_something ? OK : FAIL(LIMIT_EXCEEDED);
}

/* A key that is none any more can still sign: what it says is not kept without end. */
static struct status judge_revoke(const struct tenant_judge *judge,
                                  const struct statement_signed *by)
{
    bool may_key = (statement_op_who(by->statement->op) & STATEMENT_BY_KEY) != 0;
    bool may = by->roles.is_authority || (may_key && is_itself(by));
    bool has_room = judge->key->revocations < TENANT_LOG_REVOCATIONS;
    TRY(may ? OK : FAIL(STATEMENT_SIGNER));
    return has_room ? OK : FAIL(LIMIT_EXCEEDED);
}

static struct status judge_resume(const struct tenant_judge *judge,
                                  const struct statement_signed *by)
{
    if (!by->roles.is_authority) {
        return FAIL(STATEMENT_SIGNER);
    }
    bool is_this = bytes_equal(BYTES_ARRAY(by->statement->body.resume.incarnation),
                               (struct bytes){judge->incarnation, AUTH_TEXT_ID});
    return is_this ? OK : FAIL(STATEMENT_SEQ);
}

struct status tenant_judge(const struct tenant_judge *judge, const struct statement_signed *by)
{
    const struct statement *statement = by->statement;
    const enum statement_op op = statement->op;
    const bool is_set = op == STATEMENT_POLICY_SET || op == STATEMENT_TENANT_SET;
    if (!is_set && statement->read.text.not_before_ms > judge->now->lo_ms) {
        return FAIL(STATEMENT_DELAYED);
    }
    if (is_set) {
        return judge_set(judge, by);
    }
    if (op == STATEMENT_SERVICE_ADD || op == STATEMENT_APPROVER_ADD) {
        return judge_add(judge, by);
    }
    if (op == STATEMENT_SERVICE_REVOKE || op == STATEMENT_APPROVER_REVOKE) {
        return judge_revoke(judge, by);
    }
    if (op == STATEMENT_POLICY_FREEZE) {
        return judge_freeze(judge, by);
    }
    return op == STATEMENT_IDENTITY_RESUME ? judge_resume(judge, by) : FAIL(STATEMENT_SIGNER);
}
