#include "statements/tenant_log.h"

static bool is_add(const struct statement *statement)
{
    return statement->op == STATEMENT_SERVICE_ADD || statement->op == STATEMENT_APPROVER_ADD;
}

void tenant_log_key(const struct statement_set *set, const struct auth_place *place,
                    struct bytes scope, struct tenant_key *ret)
{
    *ret = (struct tenant_key){0};
    for (size_t i = 0; i < set->count; i++) {
        const struct statement *statement = set->list[i];
        if (!statement_is_of(statement, place, scope)) {
            continue;
        }
        ret->revocations +=
            statement->op == STATEMENT_SERVICE_REVOKE || statement->op == STATEMENT_APPROVER_REVOKE;
        ret->is_revoked = ret->revocations != 0;
        if (is_add(statement)) {
            ret->is_contested =
                ret->is_contested ||
                (ret->add != NULL && !bytes_equal(ret->add->parts.body, statement->parts.body));
            ret->add =
                ret->add == NULL || statement_order(statement, ret->add) < 0 ? statement : ret->add;
        }
    }
}

bool tenant_log_key_counts(const struct tenant_key *key, uint64_t lo_ms, uint64_t hi_ms)
{
    if (key->add == NULL || key->is_contested || key->is_revoked) {
        return false;
    }
    const struct statement_service *service = &key->add->body.service;
    return key->add->op != STATEMENT_SERVICE_ADD ||
           (lo_ms >= service->not_before_ms && hi_ms < service->not_after_ms);
}

static bool has_policy(const struct statement_set *set, const struct auth_place *place,
                       const uint8_t *name)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct statement *statement = set->list[i];
        if (statement->op == STATEMENT_POLICY_SET &&
            statement_is_of(statement, place, statement->read.text.scope) &&
            bytes_equal(BYTES_ARRAY(statement->proof_of), (struct bytes){name, AUTH_TEXT_HASH})) {
            return true;
        }
    }
    return false;
}

void tenant_log_resume(const struct statement_set *set, const struct auth_place *place,
                       const uint8_t *incarnation, struct tenant_resume *ret)
{
    bool is_said = false;
    bool is_known = true;
    *ret = (struct tenant_resume){0};
    for (size_t i = 0; i < set->count; i++) {
        const struct statement *statement = set->list[i];
        const struct statement_resume *resume = &statement->body.resume;
        if (statement->op != STATEMENT_IDENTITY_RESUME ||
            !statement_is_of(statement, place, BYTES_LITERAL("t")) ||
            !bytes_equal(BYTES_ARRAY(resume->incarnation),
                         (struct bytes){incarnation, AUTH_TEXT_ID})) {
            continue;
        }
        is_said = true;
        is_known = is_known && resume->is_spent_known;
        for (size_t k = 0; k < resume->policies.count; k++) {
            ret->lacking += !has_policy(set, place, resume->policies.items + k * AUTH_TEXT_HASH);
        }
    }
    ret->is_resumed = is_said && ret->lacking == 0;
    ret->is_spent_known = is_said && is_known;
}
