/* A security module that is none, for development: documents as the real one writes them, under a
 * root whose key everybody has. Not part of a production build.
 *
 * The root is the same in every build, so that nodes of one machine can verify each other and a
 * client can pin it; what it vouches for proves nothing. Each document has an authority and a leaf
 * of its own, which live a day and three hours. Registers 0 to 2 come from the name of an image
 * that is said to run, 3 to 15 are zero. Used by programs/coffer-node, and its root by
 * programs/coffer. Any thread. */
#ifndef COFFER_ENCLAVE_SIMULATED_MODULE_DEV_H
#define COFFER_ENCLAVE_SIMULATED_MODULE_DEV_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "enclave/security_module.h"

enum {
    SIMULATED_MODULE_DEV_MEASURED = 3, /* registers that say which image runs */
};

/* The image of coffer-node. */
#define SIMULATED_MODULE_DEV_IMAGE "coffer-node"

struct simulated_module_dev;

/* All of it outlives the module. */
struct simulated_module_dev_setup {
    const char *image;
    struct clock clock;
    struct entropy entropy;
    struct mem *mem;
};

/* Returns: OK; NO_MEMORY; ENTROPY; SECURITY_MODULE. On failure: *ret is NULL. */
struct status simulated_module_dev_open(const struct simulated_module_dev_setup *setup,
                                        struct simulated_module_dev **ret);

/* Give back; *module becomes NULL (it may be NULL). */
void simulated_module_dev_close(struct simulated_module_dev **module);

/* The port. The module outlives it. */
struct security_module simulated_module_dev_port(struct simulated_module_dev *module);

/* The root of its documents, in DER. */
struct bytes simulated_module_dev_root(void);

/* Registers 0, 1 and 2 of an image. Returns: OK; SECURITY_MODULE. On failure: zeros. */
struct status simulated_module_dev_measure(
    const char *image, uint8_t ret[static SIMULATED_MODULE_DEV_MEASURED][SECURITY_MODULE_PCR]);

#endif
