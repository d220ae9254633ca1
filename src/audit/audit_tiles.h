/* A log as files that other people's tools read: tiles of hashes, bundles of entries, and the
 * checkpoint over them. A log is written once, up to one checkpoint.
 * Used by the command line. Source: C2SP tlog-tiles 0.1. */
#ifndef COFFER_AUDIT_AUDIT_TILES_H
#define COFFER_AUDIT_AUDIT_TILES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "tlog/tlog_tree.h"

enum {
    AUDIT_TILES_WIDTH = 256,
    AUDIT_TILES_LEVELS = TLOG_TREE_LEVELS / 8,
};

/* An export in work. Large. */
struct audit_tiles {
    int folder;    /* that it is written into */
    uint64_t size; /* of the checkpoint */
    uint64_t at;   /* entries so far */
    struct audit_tiles_level {
        uint64_t full; /* tiles written */
        size_t count;
        uint8_t hashes[AUDIT_TILES_WIDTH][SHA256_BYTES];
    } levels[AUDIT_TILES_LEVELS];
    struct buf bundle;
    uint8_t bundle_memory[AUDIT_TILES_WIDTH * (2 + LIMIT_AUDIT_LINE)];
};

/* Begin. In: folder, an open directory, in which files of an earlier export are written anew; size,
 * of the checkpoint. */
void audit_tiles_init(struct audit_tiles *tiles, int folder, uint64_t size);

/* The next entry, of at most LIMIT_AUDIT_LINE bytes; those from size on are passed over.
 * Returns: OK; IO. */
struct status audit_tiles_add(struct audit_tiles *tiles, struct bytes entry);

/* Write what is not full, and the checkpoint last. Returns: OK; IO; AUDIT_INVALID when there were
 * fewer entries than size. */
struct status audit_tiles_end(struct audit_tiles *tiles, struct bytes note);

#endif
