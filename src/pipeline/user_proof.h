/* Who signed a request in the name of a user: a session or a service key; or whose token came
 * without a signature.
 *
 * Checked in the order that costs a stranger the most: headers, the node that it was signed for,
 * time, then of a session the token and its key, of a service key that its nonce is ours and that
 * it is known, then the body's hash and the signature, and what a session shows besides; the
 * counter or nonce is spent last, and
 * nothing is before. No chain is asked. Used by caller.h.
 * Source: formats, sections 5 and 6; formats for users, sections 12 to 14. */
#ifndef COFFER_PIPELINE_USER_PROOF_H
#define COFFER_PIPELINE_USER_PROOF_H

#include <stdbool.h>

#include "base/status.h"
#include "net/http1.h"
#include "pipeline/context/speakers.h"
#include "pipeline/context/work.h"
#include "pipeline/proof.h"
#include "sessions/session_token.h"
#include "tenant/tenant.h"

enum user_proof_kind {
    USER_PROOF_NONE, /* an app's, or nobody's */
    USER_PROOF_SESSION,
    USER_PROOF_SERVICE,
    USER_PROOF_BEARER,
};

/* What a good one showed. Public. */
struct user_proof {
    enum user_proof_kind kind;
    struct proof proof;           /* without its grant; of a bearer nothing */
    struct session_token session; /* but of a service key */
    struct users_service service; /* of one */
    const struct tenant *tenant;
};

/* True for a request with a token, or with headers that only sessions and service keys have. */
bool user_proof_in_head(const struct http1_head *head);

/* Whose the headers of a request say that it is. */
enum user_proof_kind user_proof_kind(const struct work *work);

/* Check it. In: kind, of user_proof_kind, not NONE.
 * Returns: OK; UNAVAILABLE when users are not served here; POP_MISSING, POP_MALFORMED;
 * NODE_CHANGED when it was signed for another node or start; POP_STALE, CLOCK_BEHIND; what
 * speakers.h says of the session or service; AUTH_FAILED for another session or key than that of
 * the token, and for a service key's wrong signature; POP_SIGNATURE for a session's; WEBAUTHN_*,
 * ORIGIN_UNLISTED for keys that are passkeys; as step_up_check; FROZEN; NONCE_INVALID, NONCE_SPENT
 * and the other codes of spending; NO_MEMORY. On failure: *ret is unspecified. */
struct status user_proof_check(struct work *work, enum user_proof_kind kind,
                               struct user_proof *ret);

#endif
