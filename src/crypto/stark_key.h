/* Private and public keys of the Stark curve.
 *
 * On chain a public key is the x coordinate alone; the point is kept beside it because verifying
 * and self-checks are several times faster with it. Used by keys, ECDSA and the service.
 * Source: Starknet documentation, "Cryptography"; SEC 1, section 3.2. */
#ifndef COFFER_CRYPTO_STARK_KEY_H
#define COFFER_CRYPTO_STARK_KEY_H

#include "base/secret.h"
#include "base/status.h"
#include "crypto/felt.h"
#include "crypto/stark_point.h"
#include "crypto/stark_scalar.h"

/* A private key: 1 to n-1. *secret*. */
struct stark_key {
    struct stark_scalar d;
};

/* d*G, on the curve. x is what is known on chain and names the account. */
struct stark_public {
    struct felt x;
    struct stark_affine point;
};

static inline void stark_key_wipe(struct stark_key *key)
{
    secret_wipe(key, sizeof *key);
}

/* In: big-endian, *secret*. Returns: OK; KEY_INVALID for 0 and for n and above.
 * On failure: *ret is zero. Timing: depends on the answer only. */
struct status stark_key_from_bytes(const struct secret32 *in, struct stark_key *ret);

/* The public key. In: key, *secret*. Returns: OK; SELF_CHECK when the result is not on the curve,
 * which only a fault can bring about. On failure: *ret is zero. Timing: constant. */
struct status stark_key_public(const struct stark_key *key, struct stark_public *ret);

#endif
