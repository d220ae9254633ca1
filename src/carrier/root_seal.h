/* What seals the keys of stored roots: the contract of whoever holds the key above them.
 *
 * Each stored root has a key of its own, made when it is written; this port seals that key and
 * opens it again, bound to what it is for. In production that is a key of AWS KMS, which opens for
 * attested code of this deployment only; in development builds a key in a file (root_seal_dev.h).
 * Calls may wait for the network. One at a time. */
#ifndef COFFER_CARRIER_ROOT_SEAL_H
#define COFFER_CARRIER_ROOT_SEAL_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"

enum { ROOT_SEAL_MAX = 1024 }; /* bytes of a sealed key */

struct root_seal {
    void *context;
    /* Seal a key. In: about, public, what it is bound to; key, *secret*. Out: appended to sealed, 1
     * to ROOT_SEAL_MAX bytes. Returns: OK; ENTROPY, NO_MEMORY; why it cannot be sealed now. */
    struct status (*seal)(void *context, struct bytes about, const struct secret32 *key,
                          struct buf *sealed);
    /* Open it. In: about, the same; sealed, unsafe. Out: *ret_key, *secret*.
     * Returns: OK; AEAD_INVALID when it is not as it was sealed; NO_MEMORY; why it cannot be opened
     * now. On failure: *ret_key is zero. */
    struct status (*open)(void *context, struct bytes about, struct bytes sealed,
                          struct secret32 *ret_key);
};

#endif
