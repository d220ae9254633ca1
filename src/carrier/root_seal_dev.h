/* A key in a file in place of AWS KMS, for development. Not part of a production build.
 *
 * dev-seal in the data folder: 32 random bytes of mode 0600, made at the first start and never
 * again (keys/seed_dev.h). A key is sealed by AES-256-GCM: IV 12, ciphertext, tag; what it is bound
 * to goes with it as associated data. Used by programs/coffer-node. */
#ifndef COFFER_CARRIER_ROOT_SEAL_DEV_H
#define COFFER_CARRIER_ROOT_SEAL_DEV_H

#include "base/entropy.h"
#include "base/status.h"
#include "carrier/root_seal.h"
#include "keys/seed_dev.h"

#define ROOT_SEAL_DEV_NAME "dev-seal"

struct root_seal_dev;

/* In: folder, whose entropy outlives the seal; a key that it only looks at is one of its own.
 * Returns: as seed_dev_open; NO_MEMORY; MEMORY_LOCK. On failure: *ret is NULL. */
struct status root_seal_dev_open(const struct seed_dev_folder *folder, struct root_seal_dev **ret);

/* Wipe and give back; *seal becomes NULL (it may be NULL). */
void root_seal_dev_close(struct root_seal_dev **seal);

/* The port. The seal outlives it. */
struct root_seal root_seal_dev_port(struct root_seal_dev *seal);

#endif
