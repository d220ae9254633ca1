/* The header of a snapshot: which one it is, of whom, and the root of all that it has.
 *
 * CFSH, domain 32, epoch u32, incarnation 16, height u64, prev 32, root 32, block u64, time u64,
 * records u64, HMAC-SHA256 under HKDF-Expand(snapshot key, "coffer/snapshot/1 header", 32). Its
 * digest, SHA-256 of all of it, is what the chain has and what the next one names.
 * Used by snapshots. Source: formats, sections 4 and 9; docs/decisions/068-snapshots.md. */
#ifndef COFFER_SNAPSHOT_SNAPSHOT_HEADER_H
#define COFFER_SNAPSHOT_SNAPSHOT_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "blob/blob.h"
#include "keys/root_keyring.h"
#include "snapshot/snapshot_object.h"

enum {
    SNAPSHOT_INCARNATION = 16,
    SNAPSHOT_HEADER =
        4 + DOMAIN_ID + 4 + SNAPSHOT_INCARNATION + 8 + 2 * SNAPSHOT_DIGEST + 3 * 8 + 32,
};

/* Which snapshot. Height 0: none. */
struct snapshot_point {
    uint64_t height;
    uint8_t digest[SNAPSHOT_DIGEST];
};

struct snapshot_header {
    uint32_t epoch;
    uint8_t incarnation[SNAPSHOT_INCARNATION]; /* of the cluster that wrote it */
    uint64_t height;                           /* 1 or more */
    uint8_t prev[SNAPSHOT_DIGEST];             /* zeros: there was none */
    uint8_t root[SNAPSHOT_DIGEST];             /* of the root node */
    uint64_t block;                            /* the newest that its writer knew */
    uint64_t time_ms;                          /* Unix, when it was ended */
    uint64_t records;
};

/* Write a header under a root. In: root, *secret*, whose domain and epoch are the header's. Out:
 * out, [SNAPSHOT_HEADER]. Returns: OK; INTERNAL. Timing: constant. */
struct status snapshot_header_make(const struct root *root, const struct snapshot_header *header,
                                   uint8_t out[static SNAPSHOT_HEADER],
                                   struct snapshot_point *ret_point);

/* Read a header from outside. In: roots, *secret*; domain, of the deployment; point, which one it
 * has to be. Returns: OK; SNAPSHOT_INVALID; VALUE_EPOCH without its root. On failure: *ret_header
 * is zero. Timing: depends on the answer. */
struct status snapshot_header_open(const struct root_keyring *roots,
                                   const uint8_t domain[static DOMAIN_ID],
                                   const struct snapshot_point *point, struct bytes from,
                                   struct snapshot_header *ret_header);

/* Less than, equal to, greater than zero as a is to b: height, then digest. */
int snapshot_point_order(const struct snapshot_point *a, const struct snapshot_point *b);

/* The name that it lies under, and the reverse. Returns of the latter: whether it is one. */
struct blob_name snapshot_header_name(const struct snapshot_point *point);
bool snapshot_header_point(const struct blob_name *name, struct snapshot_point *ret_point);

#endif
