/* The Pedersen hash of Starknet: the x coordinate of a fixed sum of points, by its arguments' bits.
 *
 * Used for contract addresses, revision 0 typed data and transaction hashes before version 3.
 * Public data only: tables are indexed by the inputs.
 * Source: Starknet documentation, "Hash functions". */
#ifndef COFFER_CRYPTO_PEDERSEN_H
#define COFFER_CRYPTO_PEDERSEN_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/felt.h"

/* The hash of two. ret may be a or b. Cost: grows with the number of significant bits in both. */
void pedersen_hash(const struct felt *a, const struct felt *b, struct felt *ret);

/* Two hashes, of a[0] and b[0], and of a[1] and b[1], with one inversion; equal b are summed once.
 * ret may be a or b. Cost: less than that of two. */
void pedersen_hash_two(const struct felt a[static 2], const struct felt b[static 2],
                       struct felt ret[static 2]);

/* The hash of a list: folded from 0 by pedersen_hash, then the length folded in.
 * In: count felts; in may be NULL when count is 0. Cost: count + 1 hashes. */
void pedersen_array(const struct felt *in, size_t count, struct felt *ret);

/* The same fold fed piece by piece. */
struct pedersen {
    struct felt fold;
    uint64_t count;
};

/* The fold before anything was absorbed. */
#define PEDERSEN_INIT ((struct pedersen){FELT_ZERO, 0})

/* Appends felts to the list, one hash for each. */
void pedersen_absorb(struct pedersen *list, const struct felt *in);
void pedersen_absorb_many(struct pedersen *list, const struct felt *in, size_t count);

/* The hash of all that was absorbed, as pedersen_array. */
void pedersen_finish(const struct pedersen *list, struct felt *ret);

/* Folds to copy instead of PEDERSEN_INIT: the prefix of contract addresses; that prefix and the
 * deployer 0, which every account deployed by itself has; the prefix of typed messages. */
extern const struct pedersen pedersen_contract;
extern const struct pedersen pedersen_contract_zero;
extern const struct pedersen pedersen_message;

#endif
