/* The hash of a list of felts as the revisions of SNIP-12 have it: Pedersen in 0, Poseidon in 1.
 *
 * Used by typed data and outside execution. */
#ifndef COFFER_STARKNET_LIST_HASH_INTERNAL_H
#define COFFER_STARKNET_LIST_HASH_INTERNAL_H

#include "crypto/pedersen.h"
#include "crypto/poseidon.h"

struct list_hash {
    unsigned revision;
    struct pedersen pedersen;
    struct poseidon poseidon;
};

/* The hash before anything was added. In: revision 0 or 1. */
void list_hash_start(struct list_hash *hash, unsigned revision);

/* Append felts to the list. */
void list_hash_add(struct list_hash *hash, const struct felt *felt);
void list_hash_add_all(struct list_hash *hash, const struct felt *felts, size_t count);

/* The hash of all that was added; it is then used up. */
struct felt list_hash_end(struct list_hash *hash);

#endif
