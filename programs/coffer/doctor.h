/* What coffer doctor looks at, one function for each line that it says. */
#ifndef COFFER_PROGRAM_DOCTOR_H
#define COFFER_PROGRAM_DOCTOR_H

#include "base/arena.h"

enum doctor_state { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAILED };

/* What was found. hint: what to do about it; "" when there is nothing to do. */
struct doctor_finding {
    enum doctor_state state;
    char text[256];
    char hint[256];
};

struct doctor {
    const char *data;   /* the data folder */
    const char *node;   /* as --node takes it */
    const char *config; /* of the node; NULL: what coffer dev would start it with */
    const char *trust;  /* NULL, as the next: none */
    const char *rows;
    struct arena *arena;
};

/* The machine. */
struct doctor_finding doctor_random(const struct doctor *doctor);
struct doctor_finding doctor_processor(const struct doctor *doctor);
struct doctor_finding doctor_lockdown(const struct doctor *doctor);
struct doctor_finding doctor_memory_lock(const struct doctor *doctor);
struct doctor_finding doctor_files(const struct doctor *doctor);
struct doctor_finding doctor_clock(const struct doctor *doctor);

/* The data folder and the node. Whether it would start is asked of the node's own program, so that
 * no reason for which it refuses is one that is not found here. */
struct doctor_finding doctor_folder(const struct doctor *doctor);
struct doctor_finding doctor_seed(const struct doctor *doctor);
struct doctor_finding doctor_root(const struct doctor *doctor);
struct doctor_finding doctor_disk(const struct doctor *doctor);
struct doctor_finding doctor_snapshots(const struct doctor *doctor);
struct doctor_finding doctor_audit(const struct doctor *doctor);
struct doctor_finding doctor_node(const struct doctor *doctor);
struct doctor_finding doctor_node_clock(const struct doctor *doctor);
struct doctor_finding doctor_start(const struct doctor *doctor);

/* Make a finding; text as printf has it. */
struct doctor_finding doctor_say(enum doctor_state state, const char *hint, const char *text, ...)
    __attribute__((format(printf, 3, 4)));

#endif
