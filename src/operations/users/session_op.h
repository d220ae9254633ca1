/* Operations on the sessions of users: challenges, logins, renewal, what there is, and revoking.
 *
 * Each is in the file of its name; see app/app_op.h of what operations do. Used by the table of
 * routes. */
#ifndef COFFER_OPERATIONS_USERS_SESSION_OP_H
#define COFFER_OPERATIONS_USERS_SESSION_OP_H

#include "pipeline/context/routes.h"

extern const struct operation session_op_challenge;
extern const struct operation session_op_login;
extern const struct operation session_op_renew;
extern const struct operation session_op_list;
extern const struct operation session_op_revoke;     /* one, of the path */
extern const struct operation session_op_revoke_all; /* of the user */

#endif
