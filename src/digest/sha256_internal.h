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

#endif
