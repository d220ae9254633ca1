/* Whether a new statement about a user may be committed, as the log of the user stands.
 *
 *   user.add       the first: itself, with a ticket for this user and key of authority, or of a
 *                  service key with scope 4; or without, where names are made of keys. A later
 *                  one: an authenticator, and itself. A code never comes first, and signs nothing
 *   user.recover   authority; there is a log
 *   user.grant     an authenticator
 *   foreign.add    an authenticator, where the tenant lets users
 *   lane.set       an authenticator
 *   user.revoke    an authenticator: itself, what came later, service keys with a grant; together
 *                  with one of another scheme all. Authority and service keys with scope 5: all
 *   user.veto      an authenticator, authority, a service key with scope 5
 *   user.join      authority, or an authenticator; names all heads
 *
 * An authenticator counts now and is not revoked. One that is a service key adds, grants and joins
 * nothing, and revokes itself alone. Entries follow the last one, and none a forked log; ids that
 * the log has had are not added again. Before their time statements are refused, but for those
 * that count later by themselves. Used by the pipeline.
 * Source: formats for users, sections 13 and 16. */
#ifndef COFFER_STATEMENTS_USER_JUDGE_H
#define COFFER_STATEMENTS_USER_JUDGE_H

#include "base/status.h"
#include "statements/statement_check.h"
#include "statements/user_log.h"

struct user_judge {
    const struct user_log *log; /* of the scope of the statement; when what was committed before is
                                 * presented again, read behind what it follows */
    const struct statement_now *now;
    struct bytes jit_prefix; /* of names that are made of keys; empty: there are none */
    bool may_add_foreign;
};

/* Returns: OK; STATEMENT_SEQ, LOG_FORKED, STATEMENT_SIGNER, STATEMENT_DELAYED, TICKET_INVALID,
 * LIMIT_EXCEEDED. */
struct status user_judge(const struct user_judge *judge, const struct statement_signed *by);

/* Whether one of those who signed is an authenticator that counts now.
 * Returns: OK; STATEMENT_DELAYED when one will be; STATEMENT_SIGNER. */
struct status user_judge_speaks(const struct user_log *log, const struct statement_signed *by,
                                bool may_services);

#endif
