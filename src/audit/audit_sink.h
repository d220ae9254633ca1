/* The file that audit records go to: appended, made durable, and never left with half a record.
 *
 * One process writes to it, under a lock. A write that fails is taken back, so that the file always
 * ends where the last durable record ended; where even that fails, it is tried again before
 * anything else is written. Used by the service's committer. */
#ifndef COFFER_AUDIT_AUDIT_SINK_H
#define COFFER_AUDIT_AUDIT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/audit_lane.h"
#include "base/bytes.h"
#include "base/status.h"

enum {
    AUDIT_SINK_PARTS = 65, /* of one write */
};

struct audit_sink {
    int fd;
    uint64_t len;
    bool failed;                    /* what a write left behind could not be taken back yet */
    int error;                      /* errno of the last failure; 0: not the system's */
    struct audit_previous previous; /* checkpoints of the starts that were in it */
};

/* Open or create a file of mode 0600, and read the checkpoints in it. A last line that a crash cut
 * short is kept as it is and ended, so that the next record starts a line of its own.
 * In: path, not a symbolic link. Out: ret_sink; ret_torn, whether there was such a line.
 * Returns: OK; AUDIT_BUSY when another process has it; IO for everything else.
 * On failure: *ret_sink is closed. */
struct status audit_sink_open(const char *path, struct audit_sink *ret_sink, bool *ret_torn);

/* Append parts [count] in order and wait until they are durable.
 * In: count up to AUDIT_SINK_PARTS.
 * Returns: OK; IO when anything failed, or when the file was removed, cut or written to by somebody
 * else. On failure: nothing of parts is in the file, or the sink is failed until it can be cut. */
struct status audit_sink_write(struct audit_sink *sink, const struct bytes *parts, size_t count);

/* Go on in the file that has the path now, which is created where there is none; of a trail that is
 * moved away no record is lost and none is cut. Between writes only. In: path, as it was opened.
 * Returns: OK, with *ret_is_new false when the path is still the same file; AUDIT_BUSY; IO, also
 * for a file that has something in it already. On failure: the file stays the one before. */
struct status audit_sink_reopen(const char *path, struct audit_sink *sink, bool *ret_is_new);

/* What the last failure was about, in words. */
const char *audit_sink_why(const struct audit_sink *sink);

/* Close; may be closed already. */
void audit_sink_close(struct audit_sink *sink);

#endif
