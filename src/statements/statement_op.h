/* What may be stated: every operation, about what, and who may sign it.
 *
 * One table. Used by statements and by the logs of identities. Source: formats for users, sections
 * 13 and 16; where they are silent, docs/decisions/083-identity-logs.md. */
#ifndef COFFER_STATEMENTS_STATEMENT_OP_H
#define COFFER_STATEMENTS_STATEMENT_OP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "wire/auth_text.h"

/* Kinds of scopes: t, u:NAME, s:ID, a:ID, o:NAME; bits. */
enum statement_scope_kind {
    STATEMENT_TENANT = 1,
    STATEMENT_USER = 2,
    STATEMENT_SERVICE = 4,
    STATEMENT_APPROVER = 8,
    STATEMENT_OWN = 16,
};

struct statement_scope {
    enum statement_scope_kind kind;
    struct bytes user;        /* of u and o */
    uint8_t id[AUTH_TEXT_ID]; /* of s and a */
};

/* Who may sign; bits. Which of them an operation asks for is decided where it is judged. */
enum statement_who {
    STATEMENT_BY_ITSELF = 1,        /* the key that is added signs too */
    STATEMENT_BY_TICKET = 2,        /* or it alone, with leave */
    STATEMENT_BY_AUTHENTICATOR = 4, /* of the user */
    STATEMENT_BY_AUTHORITY = 8,
    STATEMENT_BY_REVOKER = 16,   /* a service key with scope 5 */
    STATEMENT_BY_APPROVER = 32,  /* or any one operator */
    STATEMENT_BY_KEY = 64,       /* the service key itself */
    STATEMENT_BY_SERVICES = 128, /* an authenticator that is a service key may, too */
};

#define STATEMENT_POLICIES (STATEMENT_TENANT | STATEMENT_USER | STATEMENT_SERVICE | STATEMENT_OWN)

/* name, op, shape of the body, scopes, in the chain, who */
#define STATEMENT_OPS(X)                                                                         \
    X(USER_ADD, "user.add", ADD, STATEMENT_USER, true,                                           \
      STATEMENT_BY_AUTHENTICATOR | STATEMENT_BY_ITSELF | STATEMENT_BY_TICKET)                    \
    X(USER_RECOVER, "user.recover", RECOVER, STATEMENT_USER, true, STATEMENT_BY_AUTHORITY)       \
    X(USER_GRANT, "user.grant", GRANT, STATEMENT_USER, true, STATEMENT_BY_AUTHENTICATOR)         \
    X(FOREIGN_ADD, "foreign.add", FOREIGN, STATEMENT_USER, true,                                 \
      STATEMENT_BY_AUTHENTICATOR | STATEMENT_BY_SERVICES)                                        \
    X(LANE_SET, "lane.set", LANE, STATEMENT_USER, true,                                          \
      STATEMENT_BY_AUTHENTICATOR | STATEMENT_BY_SERVICES)                                        \
    X(USER_REVOKE, "user.revoke", REVOKE, STATEMENT_USER, false,                                 \
      STATEMENT_BY_AUTHENTICATOR | STATEMENT_BY_SERVICES | STATEMENT_BY_AUTHORITY |              \
          STATEMENT_BY_REVOKER)                                                                  \
    X(USER_VETO, "user.veto", VETO, STATEMENT_USER, false,                                       \
      STATEMENT_BY_AUTHENTICATOR | STATEMENT_BY_SERVICES | STATEMENT_BY_AUTHORITY |              \
          STATEMENT_BY_REVOKER)                                                                  \
    X(USER_JOIN, "user.join", JOIN, STATEMENT_USER, false,                                       \
      STATEMENT_BY_AUTHENTICATOR | STATEMENT_BY_AUTHORITY)                                       \
    X(SERVICE_ADD, "service.add", SERVICE, STATEMENT_SERVICE, false, STATEMENT_BY_AUTHORITY)     \
    X(SERVICE_REVOKE, "service.revoke", NOTHING, STATEMENT_SERVICE, false,                       \
      STATEMENT_BY_AUTHORITY | STATEMENT_BY_KEY)                                                 \
    X(APPROVER_ADD, "approver.add", APPROVER, STATEMENT_APPROVER, false, STATEMENT_BY_AUTHORITY) \
    X(APPROVER_REVOKE, "approver.revoke", NOTHING, STATEMENT_APPROVER, false,                    \
      STATEMENT_BY_AUTHORITY)                                                                    \
    X(POLICY_SET, "policy.set", VERSION, STATEMENT_POLICIES, false,                              \
      STATEMENT_BY_AUTHORITY | STATEMENT_BY_AUTHENTICATOR)                                       \
    X(POLICY_FREEZE, "policy.freeze", FREEZE, STATEMENT_POLICIES, false,                         \
      STATEMENT_BY_AUTHORITY | STATEMENT_BY_AUTHENTICATOR | STATEMENT_BY_APPROVER)               \
    X(TENANT_SET, "tenant.set", VERSION, STATEMENT_TENANT, false, STATEMENT_BY_AUTHORITY)        \
    X(IDENTITY_RESUME, "identity.resume", RESUME, STATEMENT_TENANT, false, STATEMENT_BY_AUTHORITY)

enum statement_op {
#define STATEMENT_OP_NAME(name, text, shape, scopes, is_chained, who) STATEMENT_##name,
    STATEMENT_OPS(STATEMENT_OP_NAME)
#undef STATEMENT_OP_NAME
        STATEMENT_OPS_COUNT,
};

/* What the table says of an operation. */
const char *statement_op_name(enum statement_op op);
unsigned statement_op_scopes(enum statement_op op); /* enum statement_scope_kind */
bool statement_op_is_chained(enum statement_op op);
unsigned statement_op_who(enum statement_op op); /* enum statement_who */

/* Returns: OK; RECORD_INVALID. On failure: *ret is unspecified. */
struct status statement_op_read(struct bytes name, enum statement_op *ret);
struct status statement_scope_read(struct bytes text, struct statement_scope *ret);

/* Whether a key is as long as those of a scheme are. */
bool statement_key_fits(uint64_t scheme, struct bytes key);

/* A name of a user: 1 to AUTH_TEXT_USER of A-Z, a-z, 0-9, _, ., -. */
bool statement_user_is_valid(struct bytes name);

#endif
