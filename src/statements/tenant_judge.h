/* Whether a new statement of a tenant, its keys and its policies may be committed.
 *
 *   service.add      authority; the key was never added or revoked, and lives 400 days at most
 *   service.revoke   authority, or the key itself; TENANT_LOG_REVOCATIONS times
 *   approver.add     authority; never added or revoked
 *   approver.revoke  authority
 *   policy.set       authority; of the user's own layer, an authenticator of the user and nobody
 *                    else. The version is greater than all before; when what was committed before
 *                    is presented again, or the same
 *   policy.freeze    authority, any one operator, an approver; of the own layer also the user. It
 *                    names a version from that in force to the greatest there is. What is frozen
 *                    already is so POLICY_LOG_FREEZES times
 *   tenant.set       authority; as policy.set
 *   identity.resume  authority; of this incarnation
 *
 * Used by the pipeline. Source: formats for users, sections 13, 16 and 19. */
#ifndef COFFER_STATEMENTS_TENANT_JUDGE_H
#define COFFER_STATEMENTS_TENANT_JUDGE_H

#include "base/status.h"
#include "statements/policy_log.h"
#include "statements/statement_check.h"
#include "statements/tenant_log.h"
#include "statements/user_log.h"

/* What there is of the scope of the statement: what its operation asks for. */
struct tenant_judge {
    const struct statement_now *now;
    const struct tenant_key *key;    /* of s:ID, a:ID: service.*, approver.* */
    size_t key_count;                /* that count now, of its kind, of the tenant */
    const struct policy_log *policy; /* policy.*, tenant.set */
    const struct user_log *user;     /* of o:NAME */
    const uint8_t *incarnation;      /* [AUTH_TEXT_ID] */
};

/* Returns: OK; STATEMENT_SEQ, STATEMENT_SIGNER, STATEMENT_DELAYED, LIMIT_EXCEEDED. */
struct status tenant_judge(const struct tenant_judge *judge, const struct statement_signed *by);

#endif
