/* What a seed is recognised by. Source: formats, sections 3 and 4. */
#ifndef COFFER_KEYS_SEED_H
#define COFFER_KEYS_SEED_H

#include <stdint.h>

#include "base/secret.h"

/* What is written down to recognise a seed by, without telling anything about it:
 * HMAC-SHA256(seed, "coffer/seed-commit/1"). In: seed, *secret*. Timing: constant. */
void seed_commitment(const struct secret32 *seed, uint8_t ret_commitment[static 32]);

#endif
