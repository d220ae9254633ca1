/* Signing with a Starknet wallet: the typed data that it shows and signs, made here anew.
 *
 * The wallet's page makes the same data and sends what we do not know of it: {"origin","chain",
 * "account","sig":[r,s]}. The origin is one of the tenant's, the proof is P. Chain and account are
 * the wallet's own affair: what is known is the key, which may be that of several accounts, and no
 * contract is asked whose key it is.
 *
 *   domain   {"name":"Coffer","version":"1","chainId":CHAIN,"revision":"1"}
 *   message  {"Purpose":"login","Origin":"https://app.example","Proof":P}, of type Coffer
 *
 * Used by authenticators. Any thread. Source: SNIP-12, revision 1; formats for users,
 * section 14. */
#ifndef COFFER_AUTHENTICATORS_SNIP12_LOGIN_H
#define COFFER_AUTHENTICATORS_SNIP12_LOGIN_H

#include "authenticators/authenticator.h"
#include "crypto/felt.h"
#include "crypto/stark_ecdsa.h"

/* A proof. */
struct snip12_login {
    struct bytes origin; /* a view into the document, in the arena */
    struct felt chain;
    struct felt account;
    struct stark_signature signature;
};

/* Read a proof: chain as starknet/chain.h reads it, account and signature as felts.
 * Returns: OK; BAD_REQUEST for another form; ORIGIN_UNLISTED; NO_MEMORY.
 * On failure: *ret is unspecified. */
struct status snip12_login_read(struct arena *arena, struct bytes proof,
                                const struct authenticator_rules *rules, struct snip12_login *ret);

/* The hash that the account signs. In: read, of snip12_login_read; arena, with 64 KiB free.
 * Returns: OK; BAD_REQUEST when an origin or a purpose is nothing that can be shown; NO_MEMORY.
 * On failure: *ret is unspecified. */
struct status snip12_login_hash(struct arena *arena, const struct snip12_login *read,
                                const struct authenticator_said *said, struct felt *ret);

/* All of it. In: claim, whose key is 32 bytes long.
 * Returns: OK; as the two above; as stark_ecdsa_verify_x_var for a key and its signature. */
struct status snip12_login_verify(struct arena *arena, const struct authenticator_said *said,
                                  const struct authenticator_rules *rules,
                                  const struct authenticator_claim *claim);

#endif
