/* The starts that a file of the audit trail has already: of each, the last checkpoint. The next
 * boot record carries them, so that whoever cuts an earlier start back has to break a later one.
 * A boot record carries the newest AUDIT_PREVIOUS; those before are in the boot records of these.
 * Used when a trail is opened and when it is checked. Source: formats, section 10. */
#ifndef COFFER_AUDIT_AUDIT_HISTORY_H
#define COFFER_AUDIT_AUDIT_HISTORY_H

#include "audit/audit_lane.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

/* A line of the trail that is no record: a checkpoint. */
#define AUDIT_HISTORY_NOTE "{\"type\":\"checkpoint\",\"note\":"

/* Append the line of a note, with its line end. */
void audit_history_put(struct bytes note, struct buf *out);

/* The note of such a line. In: line, without its end. Out: *ret_note in arena.
 * Returns: OK; AUDIT_NOTE_INVALID when it is no such line, or what stands in it no checkpoint of
 * ours; NO_MEMORY. On failure: *ret_note is empty. */
struct status audit_history_note(struct arena *arena, struct bytes line, struct bytes *ret_note);

/* Take note of the next checkpoint; it replaces the one before it of the same log. In: note, of at
 * most TLOG_NOTE_OURS bytes. */
void audit_history_add(struct audit_previous *previous, struct bytes note);

/* Collect those of a file from where it stands; lines that are no checkpoints are passed over.
 * In: arena, of 256 KiB or more, reset for each. Returns: OK; NO_MEMORY; IO. */
struct status audit_history_read(int fd, struct arena *arena, struct audit_previous *ret);

#endif
