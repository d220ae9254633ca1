/* One-time codes of an app on the user's phone: six digits, a new one each 30 seconds.
 *
 * Never a proof alone. What was tried and which step was taken last is kept elsewhere, before a
 * code is looked at here: somebody who may try often enough will meet one. No clock, no memory.
 * Used by sessions. Source: RFC 6238 with HMAC-SHA-1; RFC 4226, section 5.3. */
#ifndef COFFER_AUTHENTICATORS_TOTP_H
#define COFFER_AUTHENTICATORS_TOTP_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"

enum {
    TOTP_SECRET = 20, /* as long as what HMAC-SHA-1 yields, as RFC 4226 wants it */
    TOTP_DIGITS = 6,
    TOTP_STEP_MS = 30 * 1000,
};

/* What node and phone share. *secret*. */
struct totp_secret {
    uint8_t b[TOTP_SECRET];
};

static inline void totp_secret_wipe(struct totp_secret *secret)
{
    secret_wipe(secret, sizeof *secret);
}

/* When it is, and the step whose code was taken last; 0 for none, since none is older. */
struct totp_time {
    uint64_t now_ms; /* since 1970 */
    uint64_t last_step;
};

/* The step whose code this is: that of now, the one before or the one behind it, and after the
 * last one; of two with the same code the later one. In: secret, *secret*; code, from outside.
 * Returns: OK; AUTH_FAILED for all else. On failure: *ret_step is 0.
 * Timing: constant but for the outcome. */
struct status totp_check(const struct totp_secret *secret, struct bytes code,
                         const struct totp_time *time, uint64_t *ret_step);

#endif
