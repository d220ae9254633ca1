/* What a tenant's own statements mean: its service keys, its approvers, and that it goes on after a
 * restore. Like the logs of users: functions of sets of statements, whatever their order.
 *
 * A service key or approver is added once, and for good: the id is that of the key. Two statements
 * that add one with different bodies contradict each other, and neither counts. A revocation wins,
 * whenever it comes. identity.resume counts for one incarnation, once every policy that any such
 * statement names is there. Public data. Used by sessions and the pipeline.
 * Source: formats for users, sections 16, 19 and 21. */
#ifndef COFFER_STATEMENTS_TENANT_LOG_H
#define COFFER_STATEMENTS_TENANT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "statements/statement.h"
#include "statements/user_log.h"

enum {
    TENANT_LOG_SERVICES = 256,
    TENANT_LOG_APPROVERS = 64,
    TENANT_LOG_REVOCATIONS = 16,   /* of one key */
    TENANT_LOG_SERVICE_DAYS = 400, /* that a service key lives at most */
};

/* A service key, or an approver. */
struct tenant_key {
    const struct statement *add; /* NULL: there is none */
    bool is_contested;           /* what adds it says different things */
    bool is_revoked;
    size_t revocations;
};

/* Read what a set says of one key. In: scope, s:ID or a:ID. */
void tenant_log_key(const struct statement_set *set, const struct auth_place *place,
                    struct bytes scope, struct tenant_key *ret);

/* Whether it counts at a time that lies between lo_ms and hi_ms; approvers have no time. */
bool tenant_log_key_counts(const struct tenant_key *key, uint64_t lo_ms, uint64_t hi_ms);

struct tenant_resume {
    bool is_resumed;
    size_t lacking;      /* policies that are named and not there */
    bool is_spent_known; /* windows begin empty: all who resumed it say so */
};

/* Whether a tenant goes on in an incarnation. In: set, of all scopes; incarnation,
 * [AUTH_TEXT_ID]. */
void tenant_log_resume(const struct statement_set *set, const struct auth_place *place,
                       const uint8_t *incarnation, struct tenant_resume *ret);

#endif
