/* Who signed a request: the proof of possession of an app or a peer, checked in the order that
 * costs a stranger the most. That of a user or service key is in user_proof.h.
 *
 * Headers, time, nonce authentic, the body's hash, signature, registry, nonce spent: until the
 * registry has said who it is nothing is spent, and after a failure there nothing was. Used by
 * caller.h.
 * Source: formats, section 5; nova reference, section 3. */
#ifndef COFFER_PIPELINE_PROOF_H
#define COFFER_PIPELINE_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "pipeline/context/work.h"
#include "registry/registry.h"
#include "wire/pop.h"

/* What a good proof showed. Public. */
struct proof {
    struct registry_grant grant;
    struct pop pop;                   /* texts of its headers; kind says which version */
    bool is_checksum;                 /* version 1: our wallet was written as in EIP-55 */
    uint8_t sealed_digest[POP_HASH];  /* version 2: what the request's envelope is bound to, */
    uint8_t request_digest[POP_HASH]; /* and what its answer is */
};

/* True when the request has any header of a proof of the route's version, or on a route of users
 * the token of a session. */
bool proof_is_there(const struct work *work);
bool proof_in_head(const struct route *route, const struct http1_head *head);

/* Check it. Sets work->waits where the registry has to be read first.
 * Returns: OK; UNAVAILABLE when no apps are served; POP_MISSING, POP_MALFORMED, POP_STALE,
 * NONCE_INVALID, POP_SIGNATURE; POP_WALLET when the header of version 1 names another wallet; what
 * registry_lookup returns; V1_AFTER_V2; NONCE_SPENT and the other codes of spending; of version 2
 * what versions_note returns.
 * On failure: *ret is unspecified. */
struct status proof_check(struct work *work, struct proof *ret);

#endif
