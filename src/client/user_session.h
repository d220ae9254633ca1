/* Sessions as a client has them: what a login has to sign, the file that keeps a session, and the
 * proof of each of its requests.
 *
 * A session has a key of its own, made for it and kept with its token in a file that nobody else
 * may read, so that the key of the user is needed to log in and for nothing else. Requests have
 * numbers that go up; of programs that ask at once each takes its own from a file beside that one.
 * Used by the command line. Source: formats, sections 5 and 6; formats for users, section 14. */
#ifndef COFFER_CLIENT_USER_SESSION_H
#define COFFER_CLIENT_USER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "client/user_key.h"
#include "client/user_place.h"
#include "ethereum/eth_address.h"
#include "wire/pop.h"
#include "wire/sealed_call.h"

enum {
    USER_SESSION_URL = 256, /* with its NUL, as the next two */
    USER_SESSION_TOKEN = 1024,
    USER_SESSION_USER = AUTH_TEXT_USER + 1,
    USER_SESSION_LINES = 8, /* header lines of a request, at most */
    USER_SESSION_LINE = 1280,
};

/* Texts are NUL-terminated. *secret*: key and token. */
struct user_session {
    char url[USER_SESSION_URL];   /* of the node, as --node has it */
    char node[POP_NODE_TEXT + 1]; /* its wallet:boot_id, that was verified */
    struct user_place place;
    char user[USER_SESSION_USER];
    uint8_t sid[AUTH_TEXT_ID];
    char token[USER_SESSION_TOKEN];
    struct user_key key;
};

void user_session_wipe(struct user_session *session);

/* Read the file of a session. In: arena, scratch, which is rewound.
 * Returns: OK; KEY_FILE when it is not there, not private, or none; KEY_INVALID; NO_MEMORY.
 * On failure: *ret is zero. */
struct status user_session_read(const char *path, struct arena *arena, struct user_session *ret);

/* Write it, in the place of one that is there. Returns: OK; KEY_FILE, with errno. */
struct status user_session_write(const char *path, const struct user_session *session);

/* What a login is about. */
struct user_session_login {
    const struct user_place *place;
    struct bytes user;
    const struct user_public *client; /* the key of the session */
    const uint8_t *challenge;         /* [AUTH_TEXT_CHALLENGE] */
    struct bytes origin;              /* for wallets: a page of the tenant; else empty */
};

/* Append what a key proves a login with: what the text is, for a wallet with the message that it
 * shows (EIP-4361) and {"origin","chain_id","issued_at","sig"}. In: now_ms, Unix.
 * Returns: OK; BAD_REQUEST when a wallet has no origin, or for a name that is none; those of
 * user_key_sign; BUFFER_FULL. */
struct status user_session_prove(const struct user_session_login *login, const struct user_key *key,
                                 uint64_t now_ms, struct buf *out);

/* One request of a session. Not to be copied once it was signed. */
struct user_session_request {
    const char *method;
    const char *target;
    struct bytes body;
    struct bytes idempotency; /* empty: none */
    uint64_t now_ms;
    uint64_t number;         /* of user_session_number */
    struct sealed_call call; /* for sealed_call_is_signed: filled in */
    char sid[AUTH_TEXT_SID_TEXT + 1];
    char counter[POP_COUNTER_TEXT + 1];
};

/* The number of the next request: one more than the last one, which is in the file of the session
 * with .count behind its name; not below least. Where that file cannot be used, now_ms.
 * In: now_ms, Unix, where numbers begin; least, 0 or what is said to be new enough. */
uint64_t user_session_number(const char *path, uint64_t now_ms, uint64_t least);

/* Sign it for the session's node, and make its header lines, NUL-terminated, in arena.
 * Returns: OK; POP_MALFORMED for a target or key that cannot be signed; those of user_key_sign;
 * NO_MEMORY; BUFFER_FULL. On failure: *ret_count is 0. */
struct status user_session_sign(struct arena *arena, const struct user_session *session,
                                struct user_session_request *request,
                                const char *ret_lines[static USER_SESSION_LINES],
                                size_t *ret_count);

/* The wallet of wallet:boot_id. Returns: OK; POP_MALFORMED. */
struct status user_session_wallet(const char *node, struct eth_address *ret);

#endif
