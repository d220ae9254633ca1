/* Accounts at addresses that are not derived from a user's keys, as the user has said.
 * Used by the pipeline. Source: formats for users, section 16. */
#ifndef COFFER_USERS_USERS_FOREIGN_H
#define COFFER_USERS_USERS_FOREIGN_H

#include "users/users.h"

struct users_foreign {
    const uint8_t *tenant; /* [USERS_TENANT] */
    struct bytes user;
    const uint8_t *chain;   /* [STATEMENT_FELT]; NULL: any */
    const uint8_t *address; /* [STATEMENT_FELT] */
};

struct users_foreign_found {
    uint32_t index;     /* of the key that is the account's */
    struct bytes class; /* its name or hash, in the arena */
};

/* Whether an account is one that the user has added. In: arena, as for users_log.
 * Returns: OK; SENDER_MISMATCH when it is none; as users_log. On failure: *ret is zeros. */
struct status users_foreign_find(struct users *users, struct arena *arena,
                                 const struct users_foreign *of, struct users_foreign_found *ret);

#endif
