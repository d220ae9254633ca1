/* Checkpoints: signed lines between the records of a start, each of which stands for all records
 * since the one before.
 *
 * The records of each lane are the leaves of a tree of RFC 6962, h of a record being its leaf hash;
 * the roots of the lanes that have records, by lane, are the leaves of one more. With one lane it
 * is the tree over its records. Checkpoints are numbered and chained by hash; the signature is over
 * the line without its member sig. Trees grow by leaf and hold one hash for each level.
 * Written by the service's committer, followed by audit/audit_verify.h. Knows no key: signing and
 * recovery are ports. Source: formats, section 10; RFC 6962, section 2.1. */
#ifndef COFFER_AUDIT_CHECKPOINT_H
#define COFFER_AUDIT_CHECKPOINT_H

#include <stdint.h>

#include "audit/audit_lane.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/status.h"
#include "digest/sha256.h"

enum {
    CHECKPOINT_LEVELS = 40,
    CHECKPOINT_NODE = 20,      /* bytes of a wallet's address */
    CHECKPOINT_SIGNATURE = 65, /* r, s and v of 27 or 28 */
    CHECKPOINT_SIGNED = 141,   /* characters that the member sig adds to a line */
};

/* Who signs. sign: EIP-191 over text. Called on the thread that writes the audit trail. */
struct checkpoint_signer {
    void *context;
    uint8_t node[CHECKPOINT_NODE];
    struct status (*sign)(void *context, struct bytes text,
                          uint8_t ret_signature[static CHECKPOINT_SIGNATURE]);
};

/* A tree in the making: peaks[i] is the root of 2^i leaves where bit i of count is set. */
struct checkpoint_tree {
    uint64_t count;
    uint8_t peaks[CHECKPOINT_LEVELS][SHA256_BYTES];
};

/* Add a leaf, of fewer than 2^CHECKPOINT_LEVELS. */
void checkpoint_tree_add(struct checkpoint_tree *tree, const uint8_t leaf[static SHA256_BYTES]);

/* The root so far; without leaves it is the hash of nothing. */
void checkpoint_tree_root(const struct checkpoint_tree *tree,
                          uint8_t ret_root[static SHA256_BYTES]);

/* Where a start stands. A value: a copy is a place to return to. Large. */
struct checkpoint_chain {
    uint8_t boot[AUDIT_BOOT_BYTES];
    uint64_t n;                 /* of the next checkpoint */
    uint8_t prev[SHA256_BYTES]; /* hash of the line before it, or zeros */
    uint64_t records;           /* since then */
    struct checkpoint_lane {
        uint64_t seq;                /* of the next record */
        struct checkpoint_tree tree; /* since the last checkpoint */
    } lanes[LIMIT_LOOPS];
};

/* A start without records. */
void checkpoint_init(struct checkpoint_chain *chain, const uint8_t boot[static AUDIT_BOOT_BYTES]);

/* Add the next record of a lane. In: lane, below LIMIT_LOOPS; hash, h of the record. */
void checkpoint_record(struct checkpoint_chain *chain, uint32_t lane,
                       const uint8_t hash[static SHA256_BYTES]);

/* The line of the next checkpoint without its member sig and without line end: what is signed.
 * Returns: OK; BUFFER_FULL, never with room for LIMIT_AUDIT_LINE. */
struct status checkpoint_text(const struct checkpoint_chain *chain,
                              const uint8_t node[static CHECKPOINT_NODE], struct clock_interval at,
                              struct buf *out);

/* After a checkpoint was made or followed: what comes next belongs to the next one.
 * In: line, the whole of it without line end. */
void checkpoint_next(struct checkpoint_chain *chain, struct bytes line);

/* Append the next checkpoint with its line end to out and move the chain on.
 * Returns: OK; BUFFER_FULL; what the signer returned. On failure: chain is as before; out is
 * unspecified. */
struct status checkpoint_append(struct checkpoint_chain *chain,
                                const struct checkpoint_signer *signer, struct clock_interval at,
                                struct buf *out);

#endif
