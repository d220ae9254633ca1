/* The steps of coffer demo that any node can be taken through: a user's key, what is signed with
 * it, and what is not. Not part of a production build. */
#ifndef COFFER_PROGRAM_DEMO_USER_DEV_H
#define COFFER_PROGRAM_DEMO_USER_DEV_H

#include "coffer/demo_teller_dev.h"

/* In: where: as --node takes it. Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit demo_user_show(struct demo_teller *teller, const char *where);

#endif
