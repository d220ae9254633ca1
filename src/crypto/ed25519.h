/* Ed25519: the signatures of notes and logs, and of those who log in with such a key.
 *
 * A signature is checked with the public key that was kept aside before it is handed out, so that
 * a key of which a bit has flipped signs nothing. Used by a node's audit trail and its readers,
 * and by authenticators. Any thread. Source: RFC 8032, sections 5.1.3 and 5.1.5 to 5.1.7; the
 * curve is OpenSSL's. */
#ifndef COFFER_CRYPTO_ED25519_H
#define COFFER_CRYPTO_ED25519_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/secret.h"
#include "base/status.h"

enum {
    ED25519_PUBLIC = 32,
    ED25519_SIGNATURE = 64,
};

/* A private key: the 32 bytes that it is made of. *secret*. */
struct ed25519_key {
    uint8_t seed[32];
};

static inline void ed25519_key_wipe(struct ed25519_key *key)
{
    secret_wipe(key, sizeof *key);
}

/* A new key. Out: *ret, *secret*. Returns: OK; ENTROPY. On failure: *ret is zero. */
struct status ed25519_key_generate(const struct entropy *entropy, struct ed25519_key *ret);

/* The public key. In: key, *secret*. Returns: OK; NO_MEMORY; INTERNAL when the library fails.
 * On failure: out is zeros. Timing: constant. */
struct status ed25519_public(const struct ed25519_key *key, uint8_t out[static ED25519_PUBLIC]);

/* Sign a text. In: key, *secret*; public, what ed25519_public said of it when it was made; text,
 * public.
 * Returns: OK; SELF_CHECK when the signature is not one of public; NO_MEMORY; INTERNAL.
 * On failure: out is zeros. Timing: depends on the length of text only. */
struct status ed25519_sign(const struct ed25519_key *key,
                           const uint8_t public[static ED25519_PUBLIC], struct bytes text,
                           uint8_t out[static ED25519_SIGNATURE]);

/* Whether public, from outside, is a key with which a signature shows anything: one point of the
 * curve in its only form, and not of the eight of small order, for which signatures of any text are
 * easily made. One of small order added to a key is not seen: it harms none but the key's holder.
 * In: public data. Returns: OK; POINT_INVALID; NO_MEMORY. */
struct status ed25519_key_check(const uint8_t public[static ED25519_PUBLIC]);

/* Whether signature is that of public over text; a second half of the order and above is none. For
 * keys from outside ed25519_key_check comes first. In: public data.
 * Returns: OK; SIGNATURE_INVALID; NO_MEMORY. */
struct status ed25519_verify(const uint8_t public[static ED25519_PUBLIC], struct bytes text,
                             const uint8_t signature[static ED25519_SIGNATURE]);

#endif
