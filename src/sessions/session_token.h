/* The token of a session: what a node says of a login, so that every node of the cluster believes
 * it without asking.
 *
 * Text: cfs1. and the body in base64 of URLs, then a point and 32 bytes of code likewise, under
 * the session key of the cluster and the epoch. Body: version u8 (1), epoch u32, sid 16, tenant
 * 32, length u8 and name of the user, auth_epoch u32, assurance u8, factors u16, cnf_type u8,
 * SHA-256 of the client's key 32, scope u32, digest of the session's own policy 32, then iat, exp
 * and abs_exp as u64 of Unix ms, boot id of who made it 16. Whether a session was revoked, and
 * whether its user may still do what it says, is not known here. Used by sessions and the
 * pipeline. Source: formats, section 6. */
#ifndef COFFER_SESSIONS_SESSION_TOKEN_H
#define COFFER_SESSIONS_SESSION_TOKEN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "digest/hmac_sha256.h"
#include "wire/auth_text.h"

enum {
    SESSION_TOKEN_BOOT = 16,
    SESSION_TOKEN_BODY_MAX =
        1 + 4 + 16 + 32 + 1 + AUTH_TEXT_USER + 4 + 1 + 2 + 1 + 32 + 4 + 32 + 3 * 8 + 16,
    SESSION_TOKEN_TEXT_MAX = 5 + (SESSION_TOKEN_BODY_MAX + 2) / 3 * 4 + 1 + 43,

    SESSION_LIFE_MS = 900 * 1000,          /* of a token */
    SESSION_IDLE_MS = 3600 * 1000,         /* from when it was made, that it may be renewed */
    SESSION_LONGEST_MS = 12 * 3600 * 1000, /* of a session */
};

struct session_token {
    uint32_t epoch; /* of the root that its code is made with */
    uint8_t sid[AUTH_TEXT_ID];
    uint8_t tenant[AUTH_TEXT_HASH];
    uint8_t user_len;
    uint8_t user[AUTH_TEXT_USER];
    uint32_t auth_epoch;
    uint8_t assurance;
    uint16_t factors;
    uint8_t cnf_type;
    uint8_t client[AUTH_TEXT_HASH];
    uint32_t scope;
    uint8_t policy[AUTH_TEXT_HASH];
    uint64_t iat_ms;
    uint64_t exp_ms;
    uint64_t abs_exp_ms;
    uint8_t issuer[SESSION_TOKEN_BOOT];
};

/* Append the text of a token. In: key, of its epoch, *secret*; domain, 32 bytes.
 * Returns: OK; BUFFER_FULL. Timing: depends on the length of the name only. */
struct status session_token_put(const struct hmac_sha256_key *key, const uint8_t *domain,
                                const struct session_token *token, struct buf *out);

/* The epoch that a text says it is of, so that its key can be found; believed for nothing else.
 * Returns: OK; AUTH_FAILED when it is no token of any. On failure: *ret_epoch is 0. */
struct status session_token_epoch(struct bytes text, uint32_t *ret_epoch);

/* Read a text: length, prefix, code, version, in this order. Times are not looked at.
 * In: key, of the epoch, *secret*; domain, 32 bytes.
 * Returns: OK; AUTH_FAILED. On failure: *ret is zero. Timing: depends on text only. */
struct status session_token_read(const struct hmac_sha256_key *key, const uint8_t *domain,
                                 struct bytes text, struct session_token *ret);

/* Whether it counts at a time that lies between lo_ms and hi_ms.
 * Returns: OK; SESSION_EXPIRED. */
struct status session_token_check_time(const struct session_token *token, uint64_t lo_ms,
                                       uint64_t hi_ms);

#endif
