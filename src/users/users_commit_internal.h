/* What the files of committing share. Used by src/users/users_commit*.c. */
#ifndef COFFER_USERS_USERS_COMMIT_INTERNAL_H
#define COFFER_USERS_USERS_COMMIT_INTERNAL_H

#include "users/users_commit.h"
#include "users/users_internal.h"

/* Look at who signed. Out: commit->by; commit->unknown, why it is not known whether somebody is
 * authority. Returns: as users_commit_check. */
struct status users_commit_signers(struct users_commit *commit);

/* Whether nobody who signed has a part in the scope, as far as it is known here. */
bool users_commit_is_stranger(struct users_commit *commit);

/* Judge it as the home of its scope, and put it, with the lock of who commits. Out: commit. */
struct status users_commit_judge(struct users_commit *commit);

/* Say what the log of the scope is, if it has one. */
struct status users_commit_note_head(struct users_commit *commit);

void users_commit_scope(const struct users_commit *commit, struct users_scope *ret);

#endif
