/* Seeds that a development node makes for itself at its first start. Not part of a production
 * build. Source: formats, section 3. */
#ifndef COFFER_KEYS_SEED_DEV_H
#define COFFER_KEYS_SEED_DEV_H

#include <stdbool.h>

#include "base/entropy.h"
#include "base/secret.h"
#include "base/status.h"

/* The names under which the seed of the tenant "default" and the root M_0 are kept. */
#define SEED_DEV_SEED "dev-seed"
#define SEED_DEV_ROOT "dev-root"

/* Read the seed file name in directory, or make it: 32 random bytes of mode 0600, complete on disk
 * before they appear under the name. An existing file is never written to.
 * In: directory, an open descriptor of one. Out: *ret_created, true when the file is new.
 * Returns: OK; SEED_INVALID (see seed_read_file); ENTROPY; IO. On failure: *ret_seed is zero. */
struct status seed_dev_open(int directory, const char *name, const struct entropy *entropy,
                            struct secret32 *ret_seed, bool *ret_created);

#endif
