/* Shown once more, for one request: who signs a request with the key of a session may prove with an
 * authenticator of the user besides, about that request and no other.
 *
 * Header Coffer-Pop-Step: base64 of URLs of {"challenge","proofs":[{"scheme","key","proof"}]}, each
 * as a login has them. The text that is proven has the SHA-256 of the text that the session's key
 * signs for its detail, and so body, node and counter. Used by user_proof.h. Source: formats for
 * users, section 14. */
#ifndef COFFER_PIPELINE_STEP_UP_H
#define COFFER_PIPELINE_STEP_UP_H

#include <stdint.h>

#include "base/status.h"
#include "pipeline/context/work.h"
#include "sessions/session_token.h"

#define STEP_UP_HEADER "coffer-pop-step"

enum {
    STEP_UP_TEXT = 8192, /* characters of the header */
    STEP_UP_UNITS = 8,   /* that it costs, in plain signatures */
};

/* Whether a request says more than its session. In: digest, [32], of its signed text. Out:
 * session's assurance, for this request; as it was without the header.
 * Returns: OK; POP_MALFORMED; as sessions_step_up; NO_MEMORY. On failure: it is unchanged. */
struct status step_up_check(struct work *work, const uint8_t *digest,
                            struct session_token *session);

#endif
