/* Seeds of a development node: 32 secret bytes by file or descriptor, never by argument or
 * environment, which other processes can read. One that is not there is made at the first start;
 * the folder remembers which one it belongs to. Not part of a production build.
 * Source: formats, sections 3 and 4. */
#ifndef COFFER_KEYS_SEED_DEV_H
#define COFFER_KEYS_SEED_DEV_H

#include <stdbool.h>

#include "base/entropy.h"
#include "base/secret.h"
#include "base/status.h"

/* The names under which the seed of the tenant "default" and the root M_0 are kept. */
#define SEED_DEV_SEED "dev-seed"
#define SEED_DEV_ROOT "dev-root"

/* After the name of a seed: the file with its commitment, "0x", 64 hex digits and a line end. */
#define SEED_DEV_COMMITMENT ".commitment"

/* Read a seed file. In: directory, a descriptor for relative paths or AT_FDCWD; path.
 * The file must be regular (no symbolic link), ours, closed to group and others, and hold exactly
 * 32 bytes. Returns: OK; NOT_FOUND; SEED_INVALID; IO. On failure: *ret_seed is zero. */
struct status seed_read_file(int directory, const char *path, struct secret32 *ret_seed);

/* Read a seed from an open descriptor, a pipe for example, up to its end: exactly 32 bytes. The
 * descriptor stays open. Returns: OK; SEED_INVALID; IO. On failure: *ret_seed is zero. */
struct status seed_read_descriptor(int descriptor, struct secret32 *ret_seed);

/* Where seeds are kept. */
struct seed_dev_folder {
    int directory; /* an open descriptor of it */
    const struct entropy *entropy;
    bool has_history; /* keys of its seeds have been used: there is an audit trail */
    bool is_look; /* nothing is to be written; a seed that would be made is drawn all the same */
};

/* Read the seed file name in the folder, or make it: 32 random bytes of mode 0600, complete on disk
 * before they appear under the name. An existing file is never written to, and a seed that was
 * there before is not made again. Out: *ret_created, true when the file is new.
 * Returns: OK; SEED_INVALID (see seed_read_file); SEED_LOST; those of seed_dev_bind; ENTROPY; IO.
 * On failure: *ret_seed is zero. */
struct status seed_dev_open(const struct seed_dev_folder *folder, const char *name,
                            struct secret32 *ret_seed, bool *ret_created);

/* Hold a seed, from wherever it came, against the commitment that the folder has for this name, or
 * write one when there is none. In: seed, *secret*. Timing: constant but for the outcome.
 * Returns: OK; SEED_COMMITMENT (another seed, or the commitment is damaged); IO. */
struct status seed_dev_bind(const struct seed_dev_folder *folder, const char *name,
                            const struct secret32 *seed);

#endif
