/* secp256k1 as Ethereum uses it: keys, recoverable signatures over 32-byte digests, recovery.
 *
 * Used by ethereum's messages and transactions and by the node's wallet. Any thread.
 * Source: SEC 1, section 4.1.6 for recovery; RFC 6979; the curve is libsecp256k1's. */
#ifndef COFFER_CRYPTO_K256_H
#define COFFER_CRYPTO_K256_H

#include <stdbool.h>
#include <stdint.h>

#include "base/entropy.h"
#include "base/secret.h"
#include "base/status.h"

/* A private key: 1 to n-1, big-endian. *secret*. */
struct k256_key {
    uint8_t d[32];
};

/* A point of the curve, affine, both coordinates big-endian. */
struct k256_public {
    uint8_t xy[64];
};

/* r and s, big-endian, and which of the two points R is: 0 or 1 as made here; recovery takes 27 and
 * 28 for the same. */
struct k256_signature {
    uint8_t rs[64];
    uint8_t v;
};

static inline void k256_key_wipe(struct k256_key *key)
{
    secret_wipe(key, sizeof *key);
}

/* A new key. Out: *ret, *secret*. Returns: OK; ENTROPY. On failure: *ret is zero.
 * Timing: depends on the number of candidates out of range, which were thrown away. */
struct status k256_key_generate(const struct entropy *entropy, struct k256_key *ret);

/* A key from its bytes. In: in, *secret*. Returns: OK; KEY_INVALID for 0 and for n and above;
 * ENTROPY. On failure: *ret is zero. Timing: depends on the answer only. */
struct status k256_key_from(const struct secret32 *in, struct k256_key *ret);

/* The public key. In: key, *secret*. Returns: OK; KEY_INVALID when key was never made;
 * ENTROPY. On failure: *ret is zero. Timing: constant. */
struct status k256_public(const struct k256_key *key, struct k256_public *ret);

/* Sign with the nonce of RFC 6979; s is low. In: key, *secret*; digest, public.
 * Returns: OK; KEY_INVALID when key was never made; ENTROPY. On failure: *ret is zero.
 * Timing: constant. */
struct status k256_sign(const struct k256_key *key, const uint8_t digest[static 32],
                        struct k256_signature *ret);

/* Who signed: the one public key for which signature verifies. In: public; v of 0, 1, 27, 28;
 * require_low_s refuses the second form that every signature has.
 * Returns: OK; SIGNATURE_INVALID for any other v, for r or s of 0 or n and above, for an r that is
 * no coordinate, for a high s when it is refused; ENTROPY. On failure: *ret is zero. */
struct status k256_recover(const uint8_t digest[static 32], const struct k256_signature *signature,
                           bool require_low_s, struct k256_public *ret);

#endif
