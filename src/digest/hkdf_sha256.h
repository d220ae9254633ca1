/* HKDF-SHA-256: a uniform key out of a secret, then as many bytes of it as a label asks for.
 *
 * Used by key derivation. To expand more than once, prepare the pseudorandom key with
 * hmac_sha256_key_init and keep it.
 * Source: RFC 5869. */
#ifndef COFFER_DIGEST_HKDF_SHA256_H
#define COFFER_DIGEST_HKDF_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"
#include "digest/hmac_sha256.h"

/* The most that one label yields. */
#define HKDF_SHA256_MAX (255 * SHA256_BYTES)

/* Extract. In: salt, public, may be empty; secret, *secret*, any length.
 * Out: *ret_prk, the pseudorandom key. Timing: depends on the lengths only. */
void hkdf_sha256_extract(struct bytes salt, struct bytes secret, struct secret32 *ret_prk);

/* Expand. In: prk, a prepared pseudorandom key, *secret*; info, public; len from 0 to 8160.
 * Out: len bytes at out, *secret*. Returns: OK; NUMBER_RANGE when len is above 8160.
 * On failure: out is untouched. Timing: depends on the lengths only. */
struct status hkdf_sha256_expand(const struct hmac_sha256_key *prk, struct bytes info, uint8_t *out,
                                 size_t len);

/* The same with the info in pieces, one after the other. In: parts [count]. */
struct status hkdf_sha256_expand_parts(const struct hmac_sha256_key *prk, const struct bytes *parts,
                                       size_t count, uint8_t *out, size_t len);

#endif
