/* What a process does to keep its secrets out of files: no core dumps, no debugger, no swap.
 *
 * Called once at the start of a program that holds secrets, before it reads any. */
#ifndef COFFER_BASE_LOCKDOWN_H
#define COFFER_BASE_LOCKDOWN_H

#include <stdbool.h>

#include "base/status.h"

/* What was applied. */
struct lockdown {
    bool no_core;   /* core files have size 0 and the process may not dump */
    bool no_trace;  /* processes of the same user may neither attach nor read its memory */
    bool locked;    /* no page of the process goes to swap */
    bool no_setuid; /* neither it nor its children gain privileges */
};

/* Apply all of it. In: require_locked: locking all memory is required; otherwise it is tried where
 * the limit on locked memory (RLIMIT_MEMLOCK) cannot get in the way later. Secrets of their own
 * struct types lie in locked memory in any case (base/secret.h).
 * Returns: OK; NO_MEMORY when locking is required and refused; INTERNAL when anything else is
 * refused. On failure: *ret_applied says what was. */
struct status lockdown_apply(bool require_locked, struct lockdown *ret_applied);

#endif
