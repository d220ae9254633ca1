/* Whether a proof shows that the holder of a key said something: one entry for all schemes.
 *
 * What was said is a text, X, of wire/auth_text.h, and its SHA-256, P. Keys and proofs are bytes as
 * below; those that are JSON are strict: members as listed, none missing, none besides. Nothing is
 * fetched, kept or remembered here: counters of passkeys and the keys of issuers are given and what
 * a proof says of them is handed back. Public data only, so time may depend on all of it.
 *
 *   scheme    K                       proof
 *   P256      SEC1, 33                r and s, 64: ECDSA with SHA-256 of X
 *   EIP191    address, 20             X: signature, 65. To log in: {"origin","chain_id",
 *                                     "issued_at","sig"} of the EIP-4361 message, rebuilt here
 *   STARK     x, 32                   r and s, 64, of P without its top 5 bits
 *   ED25519   32                      64, of X
 *   PASSKEY   SEC1, 33                {"cred","client","auth","sig"}, in base64 of URLs
 *   SNIP12    x, 32                   {"origin","chain","account","sig":[r,s]} of the typed data,
 *                                     rebuilt here, revision 1
 *   OIDC      issuer, audience, sub   the ID token, of which the claim nonce is P in base64 of URLs
 *
 * TOTP and service keys prove nothing about a text alone: totp.h, and the proof of possession of a
 * request. Used by sessions and statements. Source: formats for users, sections 14 and 15. */
#ifndef COFFER_AUTHENTICATORS_AUTHENTICATOR_H
#define COFFER_AUTHENTICATORS_AUTHENTICATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "wire/auth_text.h"

/* What was said, and how it is used. */
struct authenticator_said {
    struct bytes text;       /* X */
    const uint8_t *proof_of; /* P: [AUTH_TEXT_HASH], SHA-256 of X */
    bool is_login;           /* X is a CofferAuth text: wallets show a message instead of X */
    enum auth_purpose purpose;
};

/* What a tenant takes. All borrowed. */
struct authenticator_rules {
    struct bytes rp_id;
    const struct bytes *origins; /* exact, such as https://app.example */
    size_t origin_count;
};

/* A key, and what it shall prove with. */
struct authenticator_claim {
    enum auth_scheme scheme;
    struct bytes key;   /* K */
    struct bytes proof; /* from outside */
};

/* What is known of the passkey from when it was enrolled, and what this proof says. */
struct authenticator_passkey {
    bool is_backup_eligible;
    uint32_t counter;
};

/* Whether a key is one of its scheme at all: a point of the curve, a length. */
struct status authenticator_key_check(enum auth_scheme scheme, struct bytes key);

#endif
