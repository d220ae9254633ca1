/* P-384 key agreement: keys, points in the two forms that occur, and the shared secret.
 *
 * A point is checked when it is parsed; whoever holds a struct p384_point of p384_point_parse or
 * p384_public holds a point of the curve. Used by envelopes and hand-off. Any thread.
 * Source: SEC 1, sections 2.3.4 and 3.3.1; RFC 5480 for the DER form; the curve is OpenSSL's. */
#ifndef COFFER_CRYPTO_P384_H
#define COFFER_CRYPTO_P384_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/secret.h"
#include "base/status.h"

enum {
    P384_BYTES = 48, /* of a scalar or a coordinate */
    P384_SEC1 = 97,  /* 04, x, y */
    P384_SPKI = 120, /* SubjectPublicKeyInfo in DER */
};

/* A private key: 1 to n-1, big-endian. *secret*. */
struct p384_key {
    uint8_t d[P384_BYTES];
};

/* A shared secret: the x coordinate. *secret*. */
struct p384_shared {
    uint8_t x[P384_BYTES];
};

/* A point of the curve, uncompressed. */
struct p384_point {
    uint8_t sec1[P384_SEC1];
};

static inline void p384_key_wipe(struct p384_key *key)
{
    secret_wipe(key, sizeof *key);
}

static inline void p384_shared_wipe(struct p384_shared *shared)
{
    secret_wipe(shared, sizeof *shared);
}

/* A new key. Out: *ret, *secret*. Returns: OK; ENTROPY. On failure: *ret is zero.
 * Timing: depends on the number of candidates out of range, which were thrown away. */
struct status p384_key_generate(const struct entropy *entropy, struct p384_key *ret);

/* A key from its bytes. In: in, *secret*, big-endian. Returns: OK; KEY_INVALID for 0 and for n and
 * above. On failure: *ret is zero. Timing: depends on the answer only. */
struct status p384_key_from(const uint8_t in[static P384_BYTES], struct p384_key *ret);

/* The public key. In: key, *secret*. Returns: OK; NO_MEMORY; INTERNAL when the library fails.
 * On failure: *ret is zero. Timing: constant. */
struct status p384_public(const struct p384_key *key, struct p384_point *ret);

/* A point from outside: 97 bytes of SEC1, uncompressed, or exactly the 120 bytes of DER that name
 * this curve. In: public.
 * Returns: OK; POINT_INVALID for everything else: other lengths, forms, curves, coordinates of p
 * and above, points that are not on the curve, infinity; NO_MEMORY. On failure: *ret is zero. */
struct status p384_point_parse(struct bytes in, struct p384_point *ret);

/* The same where the point ought to be one that was parsed or made here before: of its bytes the
 * library is not asked again, which takes a hundred times as long as to compare them.
 * In, Returns: as above; any other point is parsed as above. */
struct status p384_point_parse_known(struct bytes in, const struct p384_point *known,
                                     struct p384_point *ret);

/* The DER form of a point. */
void p384_point_spki(const struct p384_point *point, uint8_t out[static P384_SPKI]);

/* True when both are the same point. In: public. */
bool p384_point_equal(const struct p384_point *a, const struct p384_point *b);

/* The secret that this key shares with that point. In: key, *secret*; point, public.
 * Out: *ret, *secret*, to be hashed before use. Returns: OK; POINT_INVALID when point is not on the
 * curve; NO_MEMORY; INTERNAL when the library fails. On failure: *ret is zero.
 * Timing: constant (OpenSSL's ladder with a randomized start). */
struct status p384_ecdh(const struct p384_key *key, const struct p384_point *point,
                        struct p384_shared *ret);

#endif
