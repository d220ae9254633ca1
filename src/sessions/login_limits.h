/* How often somebody may ask for challenges and try to log in.
 *
 * Proofs are signatures, which nobody guesses: these limits are of work, of sessions, and of what a
 * node remembers. There is a bucket for each pair of user and address, one for each address, and
 * one for all together. Where the address of a client is not known it has none, and whoever asks
 * for a user then shares the user's. Tables have a fixed size, whatever names are made up: what
 * gives way in them is whoever is closest to nothing used (rate_table.h).
 *
 * The address is what the gateway says it is; of IPv6 its first half counts (ip_network.h). Any
 * thread. Used by the operations on sessions. */
#ifndef COFFER_SESSIONS_LOGIN_LIMITS_H
#define COFFER_SESSIONS_LOGIN_LIMITS_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "wire/auth_text.h"

struct login_limits;

/* Returns: OK; NO_MEMORY; ENTROPY. On failure: *ret is NULL. */
struct status login_limits_open(struct mem *mem, const struct entropy *entropy,
                                struct login_limits **ret);
void login_limits_close(struct login_limits **limits);

enum login_limits_kind {
    LOGIN_LIMITS_CHALLENGE = 1,
    LOGIN_LIMITS_TRY = 2,
};

struct login_limits_who {
    const uint8_t *tenant; /* [AUTH_TEXT_HASH] */
    struct bytes user;     /* from outside: any name */
    struct bytes address;  /* as text; empty, or none: not known */
};

/* Count one. In: now_ns, monotonic. Returns: 0 when it may be done; otherwise in how many
 * nanoseconds it could. */
uint64_t login_limits_take(struct login_limits *limits, enum login_limits_kind kind,
                           const struct login_limits_who *who, uint64_t now_ns);

/* A try has failed: it counts for LIMIT_LOGIN_FAILED more, of its address. Not of a user whom
 * anybody may name. */
void login_limits_failed(struct login_limits *limits, const struct login_limits_who *who,
                         uint64_t now_ns);

#endif
