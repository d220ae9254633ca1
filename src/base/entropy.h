/* The entropy port: where random bytes come from. The kernel, or a seeded generator in tests. */
#ifndef COFFER_BASE_ENTROPY_H
#define COFFER_BASE_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct entropy {
    void *context;
    /* Fill out with len random bytes. Returns: OK, ENTROPY. */
    struct status (*fill)(void *context, uint8_t *out, size_t len);
};

/* The generator of the kernel (getrandom), blocking until it is seeded. */
struct entropy entropy_system(void);

/* Fill out with len bytes, 1 or more. Returns: OK, ENTROPY (the source failed, or gave 16 or more
 * bytes that are all the same). On failure: out is all zeros and must not be used. */
struct status entropy_fill(const struct entropy *entropy, uint8_t *out, size_t len);

#endif
