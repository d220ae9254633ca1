/* Seeds from outside: 32 secret bytes by file or descriptor, never by argument or environment,
 * which other processes can read. Used at start. Source: formats, sections 3 and 4. */
#ifndef COFFER_KEYS_SEED_H
#define COFFER_KEYS_SEED_H

#include <stdint.h>

#include "base/secret.h"
#include "base/status.h"

/* Read a seed file. In: directory, a descriptor for relative paths or AT_FDCWD; path.
 * The file must be regular (no symbolic link), ours, closed to group and others, and hold exactly
 * 32 bytes. Returns: OK; NOT_FOUND; SEED_INVALID; IO. On failure: *ret_seed is zero. */
struct status seed_read_file(int directory, const char *path, struct secret32 *ret_seed);

/* Read a seed from an open descriptor, a pipe for example, up to its end: exactly 32 bytes. The
 * descriptor stays open. Returns: OK; SEED_INVALID; IO. On failure: *ret_seed is zero. */
struct status seed_read_descriptor(int descriptor, struct secret32 *ret_seed);

/* What is written down to recognise a seed by, without telling anything about it:
 * HMAC-SHA256(seed, "coffer/seed-commit/1"). In: seed, *secret*. Timing: constant. */
void seed_commitment(const struct secret32 *seed, uint8_t ret_commitment[static 32]);

#endif
