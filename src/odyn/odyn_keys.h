/* The keys that Odyn holds, for a node that runs beside it: what node_identity.h wants of them.
 *
 * Every call waits for Odyn, up to LIMIT_ODYN_MS. After one that failed nobody waits any more: all
 * are refused at once until a thread of this module has seen that Odyn answers, has the same keys
 * and signs with them. It looks when a call failed, every LIMIT_ODYN_PROBE_MS until all is well,
 * and every LIMIT_ODYN_IDLE_MS then. Keys that have changed are for ever: what apps were told about
 * this node, and what the registry says of it, is wrong then. Any thread but for open and close.
 * Used by programs/coffer-node. Source: reference of the Nova protocol, section 4.6. */
#ifndef COFFER_ODYN_ODYN_KEYS_H
#define COFFER_ODYN_ODYN_KEYS_H

#include <stddef.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "identity/node_identity.h"

struct odyn_keys;

/* Told of each attestation that Odyn has made, and between which two moments of the monotonic
 * clock, ms. On the thread that asked for it; by several at a time. */
struct odyn_keys_made {
    void *context;
    void (*call)(void *context, struct bytes document, uint64_t asked_ms, uint64_t answered_ms);
};

/* All of it outlives the keys. */
struct odyn_keys_setup {
    const char *url;
    size_t callers;             /* threads that may call at once: 1 to LIMIT_ODYN_THREADS + 1 */
    uint32_t attest_ms;         /* how old an attestation may become before there is a new one */
    struct odyn_keys_made made; /* its call may be NULL */
    struct clock clock;
    struct entropy entropy; /* the kernel's */
    const struct log *log;
    struct mem *mem;
};

/* Ask Odyn whose keys it has, whether it signs with them, and for random bytes.
 * Returns: OK; CONFIG_INVALID for a URL that is not on loopback; ODYN_UNAVAILABLE, ODYN_INVALID;
 * NO_MEMORY; ENTROPY. On failure: *ret is NULL. */
struct status odyn_keys_open(const struct odyn_keys_setup *setup, struct odyn_keys **ret);

/* Start the thread that looks after Odyn. Returns: as thread_start. */
struct status odyn_keys_start(struct odyn_keys *keys);

/* End the thread; it may not run. A call that is under way is waited for. */
void odyn_keys_stop(struct odyn_keys *keys);

/* Stop, wipe and give everything back; *keys becomes NULL (it may be NULL). */
void odyn_keys_close(struct odyn_keys **keys);

/* What a node's identity is made of. The keys outlive it. Calls return, besides what they name:
 * OK; ODYN_UNAVAILABLE, ODYN_INVALID, IDENTITY_CHANGED; OVERLOADED when more threads call than the
 * setup said; NO_MEMORY. */
struct node_identity_remote odyn_keys_port(struct odyn_keys *keys);

/* The kernel's random bytes with Odyn's mixed in. The keys outlive it. */
struct entropy odyn_keys_entropy(struct odyn_keys *keys);

enum { ODYN_KEYS_BINDING = 34 };

/* Say, once, what attestations of this node bind, and ask for the first. The thread asks for
 * another whenever it is older than the setup says, since its certificates end. In: arena, scratch.
 * Returns: as the calls of odyn_keys_port. */
struct status odyn_keys_bind(struct odyn_keys *keys, struct arena *arena,
                             const uint8_t binding[static ODYN_KEYS_BINDING]);

/* An attestation of what Odyn runs beside, which nothing is checked of. In: nonce, empty: the last
 * that the thread asked for, at once; otherwise a new one with this nonce of up to
 * LIMIT_ATTEST_NONCE bytes in it, which is waited for. Out: *ret_document in arena.
 * Returns: as the calls of odyn_keys_port. */
struct status odyn_keys_attest(struct odyn_keys *keys, struct arena *arena, struct bytes nonce,
                               struct bytes *ret_document);

#endif
