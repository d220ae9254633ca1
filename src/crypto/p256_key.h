/* Keys of P-256 that are ours: those of people and back ends, on their own machines.
 *
 * A signature is checked with the public key that was kept aside before it is handed out. Used by
 * clients; nodes only verify (p256.h). Any thread.
 * Source: FIPS 186-5, section 6.4.1; SEC 1, section 2.3.3; the curve and its nonces are OpenSSL's.
 */
#ifndef COFFER_CRYPTO_P256_KEY_H
#define COFFER_CRYPTO_P256_KEY_H

#include "base/secret.h"
#include "base/status.h"
#include "crypto/p256.h"

/* A private key: 1 to n-1, big-endian. *secret*. */
struct p256_key {
    uint8_t d[P256_BYTES];
};

static inline void p256_key_wipe(struct p256_key *key)
{
    secret_wipe(key, sizeof *key);
}

/* A key from its bytes. In: in, *secret*, big-endian. Returns: OK; KEY_INVALID for 0 and for n and
 * above. On failure: *ret is zero. Timing: depends on the answer only. */
struct status p256_key_from(const uint8_t in[static P256_BYTES], struct p256_key *ret);

/* The public key, compressed and whole (04, x, y). In: key, *secret*. Returns: OK; NO_MEMORY;
 * INTERNAL when the library fails. On failure: both are zeros. Timing: constant. */
enum { P256_KEY_WHOLE = 1 + 2 * P256_BYTES };
struct status p256_key_public(const struct p256_key *key, uint8_t ret_sec1[static P256_SEC1],
                              uint8_t ret_whole[static P256_KEY_WHOLE]);

/* Sign a digest. In: key, *secret*; sec1, what p256_key_public said of it when it was made.
 * Returns: OK; SELF_CHECK when the signature is not one of sec1; NO_MEMORY; INTERNAL.
 * On failure: out is zeros. Timing: constant, as far as the library's is. */
struct status p256_key_sign(const struct p256_key *key, const uint8_t sec1[static P256_SEC1],
                            const uint8_t digest[static P256_DIGEST],
                            uint8_t out[static P256_SIGNATURE]);

#endif
