/* Random bytes of the kernel with those of another source mixed in.
 *
 * Every byte is the kernel's, XOR that of a stream under a seed that was made of the other source
 * and the kernel at the start: as long as one of the two is good, and the other does not know it,
 * the result is. Never fewer bytes of the kernel than without. Any thread.
 * Used by a node that has Odyn's generator beside it. */
#ifndef COFFER_IDENTITY_MIXED_ENTROPY_H
#define COFFER_IDENTITY_MIXED_ENTROPY_H

#include <stdatomic.h>

#include "base/entropy.h"
#include "base/secret.h"
#include "base/status.h"
#include "digest/hmac_sha256.h"

/* *secret*. Its members are mixed_entropy's own. */
struct mixed_entropy {
    struct entropy kernel;
    struct hmac_sha256_key seed;
    _Atomic uint64_t blocks; /* of the stream that were used */
};

/* In: kernel; other, *secret*, 32 bytes of the other source. Returns: OK; ENTROPY.
 * On failure: *ret is zero. */
struct status mixed_entropy_init(const struct entropy *kernel, const struct secret32 *other,
                                 struct mixed_entropy *ret);

void mixed_entropy_wipe(struct mixed_entropy *mixed);

/* The port. mixed outlives it. */
struct entropy mixed_entropy_port(struct mixed_entropy *mixed);

#endif
