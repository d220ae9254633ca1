/* How those who make strict records reach them: of a node alone, or of one in a cluster.
 *
 * Functions are there all of them, may be called by any thread, and take a lock of whoever is
 * behind them, unless they say otherwise; none waits for another node. A node in a cluster may be
 * outside of one for a while, before its root is there or because others go on with another
 * snapshot: then a slot has no home, writes are NOT_CURRENT, nothing is found, it is not fresh, and
 * what waited is UNKNOWN.
 *
 * Waits. What waits has a number from 1 on, which is its caller's until its outcome was told or it
 * was given up; each must come to one of both. Its worker is woken when there is an outcome, as for
 * a write of values (membership_tell.wake), perhaps for nothing.
 *
 * Requests of other nodes to this one as a home are served by worker 0: it is woken when there is
 * one, takes requests until there is none, and replies to each, whenever it can.
 *
 * Given by strict_alone.h and membership_strict. Source: formats for users, sections 17 to 19. */
#ifndef COFFER_CLUSTER_STRICT_STRICT_PORT_H
#define COFFER_CLUSTER_STRICT_STRICT_PORT_H

#include "cluster/strict/strict.h"

struct strict_port {
    void *context;

    /* As strict_slot. Takes no lock. */
    uint16_t (*slot)(void *context, const uint8_t tenant[static STRICT_TENANT], struct bytes scope);

    /* As strict_home. Out: *ret_member, of THERE. */
    enum strict_home (*home)(void *context, uint16_t slot, struct strict_member *ret_member);

    /* As strict_term. */
    uint64_t (*term)(void *context, uint16_t slot);

    /* As strict_put. In: worker, who is woken. Out: *ret_wait. Returns: as it does. On failure:
     * *ret_wait is 0. */
    struct status (*put)(void *context, const struct strict_record *record, size_t worker,
                         size_t *ret_wait);

    /* As strict_forward: for up to 5 s, and it may be done without an answer. In: request, 1 to
     * STRICT_REQUEST_MAX bytes. Returns: OK; UNAVAILABLE when that one is no peer; OVERLOADED;
     * NO_MEMORY. On failure: *ret_wait is 0. */
    struct status (*forward)(void *context, const struct strict_member *to, struct bytes request,
                             size_t worker, size_t *ret_wait);

    /* What came of a wait; unless it waits it is forgotten. Out: answer, of a forward that is
     * HELD, appended: up to STRICT_REQUEST_MAX bytes; of a put it may be NULL. */
    enum strict_outcome (*outcome)(void *context, size_t wait, struct buf *answer);

    /* Forget a wait, whatever comes of it. */
    void (*give_up)(void *context, size_t wait);

    /* As strict_get, a copy. Out: ret_value, appended: up to what its kind has (strict_kinds.h).
     * Returns: false without one. */
    bool (*get)(void *context, const struct strict_record *named, struct buf *ret_value);

    /* As strict_table_walk. What is shown is so under the lock: visit is short, and keeps nothing
     * of it. Returns: whether there is more. */
    bool (*walk)(void *context, struct strict_walk *walk);

    /* Another number than before once a record of the slot came, changed or went, and in another
     * cluster: what was made of them before is out of date. Read it before the records. Takes no
     * lock. */
    uint64_t (*changes)(void *context, uint16_t slot);

    /* As strict_check_fresh: whether what revokes is here. Takes no lock. Returns: OK;
     * UNAVAILABLE. */
    struct status (*check_fresh)(void *context);

    /* Out: what the cluster is called (formats, section 9), and when it began with a snapshot, Unix
     * ms; 0: it began with nothing. Returns: OK; UNAVAILABLE while that is not known here; then
     * both are zero. */
    struct status (*incarnation)(void *context, uint8_t ret[static STRICT_INCARNATION],
                                 uint64_t *ret_began_ms);

    /* The next request of another node. Out: ret_request, appended: up to STRICT_REQUEST_MAX bytes;
     * *ret_id, for reply. Returns: false when there is none. */
    bool (*request)(void *context, uint64_t *ret_id, struct buf *ret_request);

    /* Answer it, with 1 to STRICT_REQUEST_MAX bytes; whoever asked may have gone, and is not told
     * then. */
    void (*reply)(void *context, uint64_t id, struct bytes answer);
};

#endif
