/* ECDSA on the Stark curve as Starknet has it: deterministic, over hashes below 2^251.
 *
 * The hash is used as it is, neither hashed again nor truncated. r, s and 1/s mod n all lie in
 * [1, 2^251), so that every verifier in the field accepts what is signed here. (r, n-s) verifies
 * as well: a signature identifies nothing.
 * Used by the service. Source: SEC 1, section 4.1; RFC 6979; Starknet documentation, "Cryptography"
 * for the ranges. */
#ifndef COFFER_CRYPTO_STARK_ECDSA_H
#define COFFER_CRYPTO_STARK_ECDSA_H

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/felt.h"
#include "crypto/stark_key.h"

struct stark_signature {
    struct felt r, s;
};

/* Sign a hash. In: key, *secret*; hash, public; extra, the additional input of RFC 6979 section
 * 3.6, *secret* or public, of public length: empty for the plain form, otherwise 32 random bytes
 * (in the vectors also others, up to 32).
 * A nonce with r, s or 1/s out of range (a chance of 2^-53) is followed by the generator's next.
 * Every result is checked before it leaves: R is on the curve, and s*k = z + r*d in another
 * calculation. Whoever wants nonce and hash covered too verifies with stark_ecdsa_verify_var.
 * Returns: OK; MESSAGE_HASH_RANGE when hash is 2^251 or more; SELF_CHECK when a check failed, which
 * only a fault can bring about. On failure: *ret is zero.
 * Timing: depends on the number of nonce candidates that were out of range, which tells nothing
 * about the one that was used, and on the answer. */
struct status stark_ecdsa_sign(const struct stark_key *key, const struct felt *hash,
                               struct bytes extra, struct stark_signature *ret);

/* Verify with the whole public key. In: all public; key, a point of the curve.
 * Returns: OK; SIGNATURE_INVALID when it does not verify or r, s or 1/s is 0 or 2^251 or more;
 * MESSAGE_HASH_RANGE when hash is 2^251 or more. */
struct status stark_ecdsa_verify_var(const struct stark_public *key, const struct felt *hash,
                                     const struct stark_signature *signature);

/* Whether a point has this x. Returns: OK; POINT_INVALID. */
struct status stark_ecdsa_x_check_var(const struct felt *x);

/* Verify with the x coordinate alone, as contracts do: valid for either of the two keys that share
 * it. Returns: as stark_ecdsa_verify_var; POINT_INVALID when no point has this x. */
struct status stark_ecdsa_verify_x_var(const struct felt *x, const struct felt *hash,
                                       const struct stark_signature *signature);

#endif
