/* The Poseidon hash of Starknet: the Hades permutation over the Stark prime, three lanes, rate two.
 *
 * Used for version 3 transaction hashes and revision 1 typed data. Public data only: the time of
 * hash functions depends on the number of felts, nothing here is wiped.
 * Source: Poseidon paper (eprint 2019/458); Starknet documentation, "Hash functions". */
#ifndef COFFER_CRYPTO_POSEIDON_H
#define COFFER_CRYPTO_POSEIDON_H

#include <stdbool.h>
#include <stddef.h>

#include "crypto/felt.h"
#include "crypto/stark_fe.h"

/* The Hades permutation, in place. */
void poseidon_permute(struct felt state[static 3]);

/* The first lane after one permutation: of (a, 0, 1) and of (a, b, 2). */
void poseidon_hash1(const struct felt *a, struct felt *ret);
void poseidon_hash2(const struct felt *a, const struct felt *b, struct felt *ret);

/* The sponge over a list: the list, a one, and a zero when that makes the length even.
 * In: count felts; in may be NULL when count is 0. Cost: count / 2 + 1 permutations. */
void poseidon_hash_many(const struct felt *in, size_t count, struct felt *ret);

/* The hash of the empty list. */
extern const struct felt poseidon_empty;

/* The same sponge fed piece by piece. Open only so that it can lie on the stack. */
struct poseidon {
    struct stark_fe lane[3];
    bool is_odd; /* the first lane has one felt more than the second */
};

/* The sponge before anything was absorbed. */
void poseidon_init(struct poseidon *sponge);

/* Appends felts to the list. A permutation runs after every second one. */
void poseidon_absorb(struct poseidon *sponge, const struct felt *in);
void poseidon_absorb_many(struct poseidon *sponge, const struct felt *in, size_t count);

/* The hash of all that was absorbed, as poseidon_hash_many. The sponge is then used up. */
void poseidon_finish(struct poseidon *sponge, struct felt *ret);

/* Sponges to copy instead of poseidon_init, which have absorbed what every version 3 transaction
 * hash starts with: ("invoke", 3), ("deploy_account", 3), ("declare", 3). */
extern const struct poseidon poseidon_invoke_v3;
extern const struct poseidon poseidon_deploy_account_v3;
extern const struct poseidon poseidon_declare_v3;

#endif
