/* Who is asking. A caller comes from caller_authenticate and from nowhere else: the struct is
 * known to caller.c only.
 *
 * A request with the headers of a proof of possession is an app's, on a route of users a session's
 * or a service key's too, on a route of peers another node's, and stands or falls with the proof.
 * With the token of a session alone it is a bearer's. Without any of these it is, in a development
 * build, that of any program of this machine, over loopback or a unix socket, on routes of users; a
 * production build has no such caller.
 * Used by the pipeline. Source: formats, sections 5 and 6. */
#ifndef COFFER_PIPELINE_CALLER_H
#define COFFER_PIPELINE_CALLER_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "pipeline/context/work.h"
#include "pipeline/proof.h"
#include "pipeline/user_proof.h"

enum {
    CALLER_APP_ID = 24,                          /* a number below 2^63 in decimal, with its NUL */
    CALLER_PRINCIPAL = 48,                       /* app:ID, peer:WALLET, service:ID */
    CALLER_BLOCK = 88,                           /* number:hash */
    CALLER_SCOPE = 80,                           /* app:ID:WALLET */
    CALLER_USER_SCOPE = 72 + AUTH_TEXT_USER + 1, /* user:TENANT:NAME */
};

struct admitted;
struct caller;

/* What kind of principal asks. Operators have no way to authenticate yet, and never come out of
 * caller_authenticate. Source: formats, section 1; formats for users, section 13. */
enum caller_kind {
    CALLER_LOOPBACK_PROGRAM, /* any program of this machine; development builds only */
    CALLER_IS_GUEST,         /* on a route of guests: nobody yet */
    CALLER_IS_APP,           /* a registered enclave, by its proof */
    CALLER_IS_USER,          /* a session, by its key */
    CALLER_IS_SERVICE,       /* a service key, by its proof */
    CALLER_IS_BEARER,        /* whoever has the token of a session that has no key */
    CALLER_IS_PEER,
    CALLER_IS_OPERATOR,
};

/* A registered app that proved to be it. Public. */
struct caller_app {
    struct proof proof;
    char id[CALLER_APP_ID];
    char scope[CALLER_SCOPE];
};

/* In: admitted, which shows that the request was admitted.
 * Returns: OK; UNAUTHENTICATED; for a request with a proof what proof_check returns; NO_MEMORY.
 * Sets work->waits where the answer depends on a lookup. On failure: *ret_caller is NULL. */
struct status caller_authenticate(struct work *work, const struct admitted *admitted,
                                  const struct caller **ret_caller);

enum caller_kind caller_kind(const struct caller *caller);

/* What the audit trail calls the caller, and how sure it is, as enum trust_assurance. */
const char *caller_principal(const struct caller *caller);
uint8_t caller_assurance(const struct caller *caller);

/* Whose repeated requests are the same ones: for an app, those of one wallet; for a session, those
 * of its user. */
const char *caller_scope(const struct caller *caller);

/* The app; NULL for any other caller. */
const struct caller_app *caller_app(const struct caller *caller);

/* What was shown for a session, a service key or a bearer; NULL for any other caller. */
const struct user_proof *caller_user(const struct caller *caller);

/* The proof of an app or a peer, whose bodies and answers are sealed, and the block of the chain
 * that it was judged at; NULL and empty for any other caller. */
const struct proof *caller_proof(const struct caller *caller);
struct bytes caller_block(const struct caller *caller);

/* The proof over this request, of whomever: what its answer is bound to. NULL without one. */
const struct proof *caller_signed(const struct caller *caller);

/* What the audit trail says of the session and of how it was shown, all empty for others: its id,
 * and as JSON the scheme of the key that signed and those of what it logged in with. */
struct bytes caller_sid(const struct caller *caller);
struct bytes caller_auth(const struct caller *caller);
struct bytes caller_factors(const struct caller *caller);

#endif
