/* A second opinion on signatures: ECDSA over the Stark curve with OpenSSL's curve arithmetic and
 * big numbers, without any curve code of ours. Slow, public data only. */
#ifndef COFFER_PROGRAM_JUDGE_H
#define COFFER_PROGRAM_JUDGE_H

#include "base/status.h"
#include "crypto/felt.h"

/* In: key, the x coordinate; hash; r, s.
 * Returns: OK; SIGNATURE_INVALID; POINT_INVALID when no point has this x; NO_MEMORY.
 * Source: SEC 1, section 4.1.4, with the ranges of the Starknet documentation, "Cryptography". */
struct status judge_verify(const struct felt *key, const struct felt *hash, const struct felt *r,
                           const struct felt *s);

/* Returns: OK when a point of the curve, not the one at infinity, has this x; POINT_INVALID;
 * NO_MEMORY. */
struct status judge_key(const struct felt *key);

#endif
