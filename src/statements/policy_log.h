/* Which document is in force for a scope, of all that were set.
 *
 * The greatest version that counts; if several statements have it all of them hold. One counts at
 * once when it is of the user's own layer, or only tightens all that was in force when it was
 * committed; else after the delay of policies; never before the time that its text names. A freeze
 * of a version holds until a greater one counts. A function of the set, like all logs. Public data.
 * Used by the pipeline. Source: formats for users, section 16. */
#ifndef COFFER_STATEMENTS_POLICY_LOG_H
#define COFFER_STATEMENTS_POLICY_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "statements/statement.h"
#include "statements/user_log.h"

enum {
    POLICY_LOG_VERSIONS = 256, /* statements of one scope */
    POLICY_LOG_FREEZES = 64,   /* of one scope that need not change anything */
};

struct policy_log_rules {
    struct auth_place place;
    struct bytes scope;
    enum statement_op op; /* policy.set or tenant.set */
    uint64_t delay_ms;
    uint64_t now_ms; /* the earliest that it can be */
    /* Whether a document only adds to what another one denies. In: before, empty for the default.
     * Called for each that was in force when one was committed. */
    bool (*only_tightens)(void *context, struct bytes before, struct bytes after);
    void *context;
};

/* A statement, and when it counts. */
struct policy_entry {
    const struct statement *statement;
    uint64_t from_ms;
};

struct policy_log {
    const struct policy_entry *in_force; /* by P; none: the default */
    size_t count;
    uint64_t version;  /* that is in force; 0 without */
    uint64_t greatest; /* that there is, also if it does not count yet */
    size_t entries;    /* how many statements there are */
    bool is_frozen;
    size_t freezes;          /* how many there are, of all versions */
    uint64_t frozen_version; /* the greatest version that one names; 0 without */
    uint64_t changes_ms;     /* when another one will count; or UINT64_MAX */
};

/* Read what a set means. In: arena: 24 bytes for each statement; *ret borrows from it.
 * Returns: OK; LIMIT_EXCEEDED for more than POLICY_LOG_VERSIONS; NO_MEMORY. On failure: *ret is
 * frozen, with nothing in force. Timing: linear but for the square of what waits at once. */
struct status policy_log_read(struct arena *arena, const struct statement_set *set,
                              const struct policy_log_rules *rules, struct policy_log *ret);

#endif
