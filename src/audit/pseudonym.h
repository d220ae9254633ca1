/* Pseudonyms: how the audit trail names a user without saying who it is.
 *
 * Whoever has the tenant's pseudonym key (the nodes, the tenant's auditor) can recompute them;
 * nobody else can try names. Used by the service. */
#ifndef COFFER_AUDIT_PSEUDONYM_H
#define COFFER_AUDIT_PSEUDONYM_H

#include <stdint.h>

#include "base/bytes.h"
#include "digest/hmac_sha256.h"

enum {
    PSEUDONYM_BYTES = 32,
};

/* HMAC-SHA-256(key, `u` ‖ name). In: key, *secret*, prepared; name, a valid username.
 * Out: 32 bytes, public. Timing: depends on the length of the name only. */
void pseudonym_make(const struct hmac_sha256_key *key, struct bytes name,
                    uint8_t out[static PSEUDONYM_BYTES]);

/* The same for a name that an app gave to a key or a value of its own: `n` instead of `u`. */
void pseudonym_name(const struct hmac_sha256_key *key, struct bytes name,
                    uint8_t out[static PSEUDONYM_BYTES]);

#endif
