/* Proofs that a record is in a log: made from all leaves of the log in one pass, written as a
 * .tlog-proof with the record inside, read and checked without anything else.
 * Used by the command line. Source: C2SP tlog-proof@v1; RFC 6962, section 2.1.1; RFC 9162,
 * section 2.1.3.2. */
#ifndef COFFER_TLOG_TLOG_PROOF_H
#define COFFER_TLOG_TLOG_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "tlog/tlog_note.h"
#include "tlog/tlog_tree.h"

/* The hashes from a leaf to the root, the leaf's sibling first. */
struct tlog_path {
    size_t count;
    uint8_t hashes[TLOG_TREE_LEVELS][SHA256_BYTES];
};

/* A path in the making. Private. */
struct tlog_proof_maker {
    uint64_t index;
    uint64_t size;
    uint64_t at; /* leaves seen */
    size_t count;
    struct tlog_proof_part {
        uint64_t from;
        uint64_t to;
    } parts[TLOG_TREE_LEVELS]; /* in the order of the path */
    struct tlog_tree tree;     /* of the part that is passed */
    struct tlog_path path;
};

/* A proof as it was read. */
struct tlog_proof {
    struct bytes record; /* the line; in the arena */
    uint64_t index;
    struct tlog_path path;
    struct bytes note; /* whole; points into what was read */
    struct tlog_note checkpoint;
};

/* Begin. In: index below size, which is at most 2^TLOG_TREE_LEVELS. */
void tlog_proof_begin(struct tlog_proof_maker *maker, uint64_t index, uint64_t size);

/* The next leaf, from the first of the log on; those from size on are passed over. */
void tlog_proof_add(struct tlog_proof_maker *maker, const uint8_t leaf[static SHA256_BYTES]);

/* The path, when size leaves were added. Returns: NULL before. */
const struct tlog_path *tlog_proof_path(const struct tlog_proof_maker *maker);

/* The root that follows from a leaf and its path.
 * Returns: OK; AUDIT_NOTE_INVALID when the path has not the length that index and size ask for. */
struct status tlog_proof_root(const struct tlog_path *path, uint64_t index, uint64_t size,
                              const uint8_t leaf[static SHA256_BYTES],
                              uint8_t out[static SHA256_BYTES]);

/* Append a proof. In: record, a line without its end; note, the checkpoint of the tree. */
void tlog_proof_put(struct bytes record, uint64_t index, const struct tlog_path *path,
                    struct bytes note, struct buf *out);

/* Read a proof that has a record inside, and follow its path to the root of its checkpoint; whose
 * the signature is, tlog_note_check says.
 * Returns: OK; AUDIT_NOTE_INVALID; NO_MEMORY. On failure: *ret is zero. */
struct status tlog_proof_read(struct arena *arena, struct bytes text, struct tlog_proof *ret);

#endif
