/* What a process does to keep its secrets out of files: no core dumps, no debugger, no swap,
 * and no output where a file of its own is.
 *
 * Called once at the start of a program that holds secrets, before it reads any. */
#ifndef COFFER_BASE_LOCKDOWN_H
#define COFFER_BASE_LOCKDOWN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/status.h"

enum lockdown_mode {
    LOCKDOWN_REQUIRED,   /* all memory must be locked */
    LOCKDOWN_TRIED,      /* all of it is, where no limit can get in the way later */
    LOCKDOWN_DEBUGGABLE, /* the same, and debuggers and core files work; secrets of their own
                            struct types stay out of core files all the same (base/secret.h) */
};

/* What was applied. */
struct lockdown {
    bool no_core;   /* core files have size 0 and the process may not dump */
    bool no_trace;  /* processes of the same user may neither attach nor read its memory */
    bool locked;    /* no page of the process goes to swap */
    bool no_setuid; /* neither it nor its children gain privileges */
};

/* Apply all of it.
 * Returns: OK; MEMORY_LOCK when locking is required and refused; INTERNAL when anything else is
 * refused. On failure: *ret_applied says what was. */
struct status lockdown_apply(enum lockdown_mode mode, struct lockdown *ret_applied);

/* What this process may lock. */
struct lockdown_memory {
    bool is_unlimited; /* no limit, or the capability to pass it */
    uint64_t limit_kib;
};

struct lockdown_memory lockdown_memory(void);

/* Append in words what the limit is and which names it has: "RLIMIT_MEMLOCK is 64 KiB, without
 * CAP_IPC_LOCK". */
void lockdown_put_memory(struct buf *out);

/* Have descriptors 0, 1 and 2, before anything is opened: a file or socket that took the place of
 * one that was closed would get what is said to standard output, or the log. One that was closed
 * neither reads nor writes from then on. Returns: whether they are there. */
bool lockdown_descriptors(void);

#endif
