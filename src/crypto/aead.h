/* AES-256-GCM: bytes sealed under a key so that any change to them, or to what goes with them, is
 * noticed.
 *
 * An IV must never repeat under one key. Used by envelopes, values at rest, hand-off. Any thread.
 * Source: NIST SP 800-38D; the cipher is OpenSSL's. */
#ifndef COFFER_CRYPTO_AEAD_H
#define COFFER_CRYPTO_AEAD_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"

enum {
    AEAD_IV = 12,
    AEAD_TAG = 16,
};

/* Seal. In: key and plaintext, *secret*; iv and aad, public; each up to 2^30 bytes.
 * Out: out, plaintext.len + AEAD_TAG bytes: the ciphertext, then the tag. It may start where
 * plaintext starts, and must not overlap it otherwise.
 * Returns: OK; NUMBER_RANGE when something is too long; NO_MEMORY; INTERNAL when the library fails.
 * On failure: out is all zeros. Timing: depends on lengths only. */
struct status aead_seal(const struct secret32 *key, const uint8_t iv[static AEAD_IV],
                        struct bytes aad, struct bytes plaintext, uint8_t *out);

/* Open. In: key, *secret*; iv, aad and sealed, public; sealed holds ciphertext and tag.
 * Out: out, sealed.len - AEAD_TAG bytes (none when sealed is shorter than a tag), *secret*. It may
 * start where sealed starts, and must not overlap it otherwise.
 * Returns: OK; AEAD_INVALID when sealed is too short or anything differs from what was sealed;
 * NUMBER_RANGE, NO_MEMORY, INTERNAL as above. On failure: out is all zeros.
 * Timing: depends on lengths and on the answer. */
struct status aead_open(const struct secret32 *key, const uint8_t iv[static AEAD_IV],
                        struct bytes aad, struct bytes sealed, uint8_t *out);

#endif
