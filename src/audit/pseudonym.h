/* Pseudonyms: how the audit trail names a user, a request or a plan without saying which.
 *
 * Whoever has the tenant's pseudonym key (the nodes, the tenant's auditor) can recompute them;
 * nobody else can try names or bodies. Used by the service. Source: formats, section 10. */
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

/* The same for the body of a request, `r` ‖ SHA-256(body): the bare hash of a body that can be
 * guessed would undo the pseudonym of the user beside it. In: body_hash, of the wire body. */
void pseudonym_request(const struct hmac_sha256_key *key,
                       const uint8_t body_hash[static PSEUDONYM_BYTES],
                       uint8_t out[static PSEUDONYM_BYTES]);

/* The same for the id of a plan: `p` ‖ plan. */
void pseudonym_plan(const struct hmac_sha256_key *key, struct bytes plan,
                    uint8_t out[static PSEUDONYM_BYTES]);

#endif
