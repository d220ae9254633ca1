/* What keeps roots when all nodes are gone: the contract of whatever does that.
 *
 * Behind the port stands a folder of sealed files (carrier/root_folder.h). A carrier only ever
 * gains roots: nothing here replaces or removes one. Its host may do what it likes with what it
 * keeps, so what it gives is compared with the chain before it is installed (root_start.h), and
 * what was written counts after it was read back. Calls wait for disks, and for who holds the key;
 * one at a time. Used by the thread that starts a node. Source: formats, sections 4 and 8. */
#ifndef COFFER_CLUSTER_ROOT_CARRIER_H
#define COFFER_CLUSTER_ROOT_CARRIER_H

#include "base/status.h"
#include "cluster/root_start.h"

struct root_carrier {
    void *context;
    struct status (*read)(void *context, struct root_start_found *ret_found);
    struct status (*write)(void *context, const struct handoff_roots *roots);
};

/* All roots of this deployment that it has. Out: *ret_found, *secret*, what did open, also on
 * failure. Returns: OK when that is all that is stored, also when that is nothing; ROOT_CARRIER
 * when something is stored that does not open, for whatever reason, or there are more than
 * ROOT_START_FOUND_MAX; when it is away, so that nothing is known: DATA_FOLDER, IO, NO_MEMORY.
 * For root_start_carrier_read as it is. Timing: depends on what is stored. */
static inline struct status root_carrier_read(const struct root_carrier *carrier,
                                              struct root_start_found *ret_found)
{
    root_start_found_wipe(ret_found);
    return carrier->read(carrier->context, ret_found);
}

/* Write roots beside what is there, never over it; one that is there already is left as it is.
 * In: roots, *secret*, each of any epoch. Returns: OK when all are durable; ROOT_CARRIER when what
 * has the place of one is something else; DATA_FOLDER, IO, NO_MEMORY, ENTROPY; why the key was not
 * sealed. On failure: some of them may be there. For root_start_carrier_written as it is. */
static inline struct status root_carrier_write(const struct root_carrier *carrier,
                                               const struct handoff_roots *roots)
{
    return carrier->write(carrier->context, roots);
}

#endif
