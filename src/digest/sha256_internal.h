/* The two implementations of the compression function, for dispatch and for tests of each.
 * Private to digest. */
#ifndef COFFER_DIGEST_SHA256_INTERNAL_H
#define COFFER_DIGEST_SHA256_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest/sha256.h"

/* The round constants. */
extern const uint32_t sha256_constants[64];

/* True when the processor has the instructions that the sha256_ni functions need. */
bool sha256_ni_present(void);

/* As sha256_compress. The ni form only where sha256_ni_present. */
void sha256_compress_portable(struct sha256_state *state, const uint8_t *blocks, size_t count);
void sha256_compress_ni(struct sha256_state *state, const uint8_t *blocks, size_t count);

/* Two hashes of a hash, side by side: for each of the two blocks, absorb it after inner, then the
 * padded digest of that after outer. In: all *secret* or public; the second compression is taken
 * to end a message of 96 bytes, as in HMAC. Timing: constant. */
void sha256_nested_pair(const struct sha256_state *inner, const struct sha256_state *outer,
                        const uint8_t blocks[static 128], struct sha256_state ret[static 2]);
void sha256_nested_pair_portable(const struct sha256_state *inner, const struct sha256_state *outer,
                                 const uint8_t blocks[static 128],
                                 struct sha256_state ret[static 2]);
void sha256_nested_pair_ni(const struct sha256_state *inner, const struct sha256_state *outer,
                           const uint8_t blocks[static 128], struct sha256_state ret[static 2]);

#endif
