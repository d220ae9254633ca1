/* What a machine of snapshots asks of its owner, and what it is told.
 *
 * The machines have no thread, clock, disk or chain of their own. Their owner takes actions,
 * carries them out and tells what came of each; whatever storage says is hostile until it was
 * checked. What could not be asked is asked again: after a quarter of a second, then twice as
 * long, up to 15 s.
 * Used by snapshot_writer.h, snapshot_restorer.h and snapshot_sweep.h. */
#ifndef COFFER_SNAPSHOT_SNAPSHOT_ACTION_H
#define COFFER_SNAPSHOT_SNAPSHOT_ACTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "blob/blob.h"
#include "cluster/sync_message.h"
#include "snapshot/snapshot_header.h"
#include "snapshot/snapshot_object.h"

enum {
    SNAPSHOT_RECORDS_MAX = SYNC_PAGE + SYNC_RECORD_MAX + 128, /* bytes of those of one object */
    SNAPSHOT_OBJECT_MAX = SNAPSHOT_RECORDS_MAX + SNAPSHOT_OVERHEAD,
    SNAPSHOT_RETRY_MS = 250,
    SNAPSHOT_RETRY_MAX_MS = 15000,
};

enum snapshot_action_kind {
    SNAPSHOT_GET,    /* blob_get of name, SNAPSHOT_OBJECT_MAX bytes at most; then answered */
    SNAPSHOT_PUT,    /* blob_put of object under name; then answered */
    SNAPSHOT_LIST,   /* blob_list of what begins with name, behind after; then answered */
    SNAPSHOT_REMOVE, /* blob_remove of name; then answered */
    SNAPSHOT_STORE,  /* a step with the store, under its lock */
    SNAPSHOT_ANCHOR, /* raise the chain's anchor from follows to point; then anchored */
    SNAPSHOT_ENDED,  /* named once: status, and point where there is one */
};

struct snapshot_action {
    enum snapshot_action_kind kind;
    uint64_t id; /* of what is to be answered */
    struct blob_name name;
    struct blob_name after;
    struct bytes object; /* of the machine, until it is answered */
    struct snapshot_point point;
    struct snapshot_point follows; /* of ANCHOR: the anchored one; height 0: none is */
    struct status status;
};

/* What came of an action on the storage. Borrowed. */
struct snapshot_answer {
    struct status status;
    struct bytes object;          /* of GET */
    const struct blob_list *list; /* of LIST */
};

/* Where the storage's answers lie. */
struct snapshot_room {
    uint8_t object[SNAPSHOT_OBJECT_MAX];
    struct blob_list list;
};

/* Carry out an action on the storage. Waits for it, so no lock is held. Out: *ret_answer, which
 * borrows from room. */
void snapshot_action_carry_out(const struct blob_port *port, const struct snapshot_action *action,
                               struct snapshot_room *room, struct snapshot_answer *ret_answer);

#endif
