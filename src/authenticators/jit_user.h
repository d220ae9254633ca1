/* The names of users who enrol by logging in: which there are, and whose one is.
 *
 * A tenant that lets them has a prefix, and all names that begin with it are theirs: nobody is
 * enrolled under one in another way, and nobody but who has the key that the name says. Then a name
 * needs no ticket, and says no more about somebody than a key does. The key is K of the scheme; of
 * OIDC that is issuer, audience and subject, so the same person of two issuers is two users.
 * Pure. Public data. Used by sessions and statements. Source: formats for users, section 15. */
#ifndef COFFER_AUTHENTICATORS_JIT_USER_H
#define COFFER_AUTHENTICATORS_JIT_USER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

/* Whose name it is. */
enum jit_user_kind {
    JIT_USER_OTHER, /* not of this sort: a ticket enrols */
    JIT_USER_OWN,   /* of the holder of this key, whom a first login enrols */
    JIT_USER_TAKEN, /* of this sort and not of this key: nobody is enrolled */
};

/* The name of who has this key. In: prefix, of the trust configuration (jit); empty: nobody enrols
 * by logging in. Out: appended to ret_user, prefix and 32 characters.
 * Returns: OK; AUTH_FAILED with an empty prefix; BUFFER_FULL. On failure: nothing is appended. */
struct status jit_user_put(struct bytes prefix, struct bytes key, struct buf *ret_user);

/* Whose a name is, beside a key; empty for no key. */
enum jit_user_kind jit_user_kind(struct bytes prefix, struct bytes user, struct bytes key);

#endif
